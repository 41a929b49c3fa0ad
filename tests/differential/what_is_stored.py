"""Columns, their types, and files as they are read."""

from __future__ import annotations

from dataclasses import replace

from differential.cases import FILES
from differential.examples import ABSENT, CASED, KEYS_OF_TWO_TYPES, case_of, ruled
from differential.generated import LOGICAL
from differential.seen import VERDICTS, Deviation, Example, is_of_texts, is_stored_otherwise
from differential.sides import NOTHING

WHAT_IS_STORED: tuple[Deviation, ...] = (
    Deviation(
        "types-as-promised",
        "fail",
        "pass",
        "a fraction is no whole number; physicalType and timezone are promises too",
        "defect 6; semantics: decimal(p,s), type families",
        lambda seen: seen.rule.what == "type" and seen.pair == ("fail", "pass") and is_stored_otherwise(seen),
        Example(case_of({"logicalType": "integer"}, "DOUBLE", "1"), "t.a.type", "fail", "pass"),
    ),
    Deviation(
        "physical-type-alone",
        "its verdict",
        "nothing",
        "without a logicalType no type is looked at there",
        "semantics: decimal(p,s)",
        lambda seen: seen.rule.what == "type" and "logicalType" not in seen.part and seen.theirs.outcome == NOTHING,
        Example(case_of({"physicalType": "decimal(12,2)"}, "DECIMAL(10,2)", "1"), "t.a.type", "fail", NOTHING),
    ),
    Deviation(
        "types-in-files",
        "its verdict",
        "warn: not supported in parquet files",
        "a Parquet file says what its columns are",
        "run: files are cast to the contract's types before they are tested",
        lambda seen: seen.rule.what == "type" and seen.case.server == FILES and seen.theirs.outcome == "warn",
        Example(case_of({"logicalType": "integer"}, "INTEGER", 1, server=FILES), "t.a.type", "pass", "warn"),
    ),
    Deviation(
        "cast-in-files",
        "what is stored is tested",
        "what is left of it in the contract's type is tested",
        "a cast hides what the contract forbids",
        "run: a number without a physicalType becomes DECIMAL(18,3)",
        lambda _seen: False,  # `_names` finds it by testing what the peer loads
        Example(
            case_of({"logicalType": "number", "enum": [{"value": 0.123}]}, "DOUBLE", "0.1234", server=FILES),
            "t.a.enum",
            "fail",
            "pass",
        ),
    ),
    Deviation(
        "absent-in-files",
        "error: there is no column",
        "the verdict on a column of nulls",
        "a column that is not there has no values that could be right",
        "semantics: optional column absent",
        lambda _seen: False,  # `_names` finds it
        Example(replace(ABSENT, server=FILES), "t.a.unique", "error", "pass"),
    ),
    Deviation(
        "case-in-files",
        "the column that differs in case alone is tested",
        "the verdict on a column of nulls",
        "it is found under either name, so it is there",
        "semantics: case",
        lambda _seen: False,  # `_names` finds it
        Example(CASED, "t.a.required", "pass", "fail"),
    ),
    Deviation(
        "files-not-read",
        "its verdict",
        "nothing on any rule",
        "one value that cannot be cast, or one column without a type, loses the whole run there",
        "run: the load of all tables fails",
        lambda seen: (
            seen.case.server == FILES
            and seen.theirs.outcome == NOTHING
            and seen.outcomes.loaded is None
            and bool(seen.outcomes.failure)
        ),
        Example(
            case_of({"logicalType": "integer", "required": True}, "VARCHAR", "a", server=FILES),
            "t.a.required",
            "pass",
            NOTHING,
        ),
    ),
    Deviation(
        "texts-of-other-types",
        "error: the column is no text",
        "the verdict on the values written as texts",
        "how a number is written is the engine's choice",
        "semantics: regex; type families",
        lambda seen: (
            is_of_texts(seen)
            and seen.ours.outcome == "error"
            and seen.theirs.outcome in VERDICTS
            and seen.kind not in {"", "VARCHAR"}
        ),
        Example(
            ruled("INTEGER", 1, logical="integer", metric="invalidValues", arguments={"pattern": "^.$"}, mustBe=0),
            "r",
            "error",
            "pass",
        ),
    ),
    Deviation(
        "values-of-another-type",
        "error: the value cannot be compared with the column",
        "the verdict after a cast",
        "nothing is cast silently; that the column has another type is said by a rule of its own",
        "semantics: type families",
        lambda seen: (
            seen.rule.what in {"range", "enum", "missingValues", "invalidValues"}
            and seen.ours.outcome == "error"
            and seen.theirs.outcome in VERDICTS
            and seen.part.get("logicalType") != LOGICAL.get(seen.kind)
        ),
        Example(
            case_of(
                {"logicalType": "timestamp", "logicalTypeOptions": {"minimum": "2020-02-29T00:00:00"}},
                "DATE",
                "2024-01-31",
            ),
            "t.a.range",
            "error",
            "pass",
        ),
    ),
    Deviation(
        "keys-of-two-types",
        "the engine's comparison; nothing to compare is a pass",
        "fail: not comparable",
        "types are promised by a rule of their own",
        "checks: referential integrity",
        lambda seen: (
            seen.rule.what == "relationship"
            and seen.pair[0] in VERDICTS
            and seen.theirs.words.endswith("are not comparable")
        ),
        Example(KEYS_OF_TWO_TYPES, "t.a.relationship", "pass", "fail"),
    ),
)

"""What of a contract is tested, and what is said of the rest."""

from __future__ import annotations

from dataclasses import replace

from differential.cases import TABLES, Ago
from differential.examples import ABSENT, LEFT_OUT, case_of, promised, ruled
from differential.seen import Deviation, Example, is_about_absent, is_of_measure
from differential.sides import NOTHING, REFUSED

_AGES = frozenset({"freshness", "retention"})

WHAT_IS_TESTED: tuple[Deviation, ...] = (
    Deviation(
        "refused-contract",
        "the contract is refused, with the line",
        "tests what it can",
        "a rule that cannot mean what it says gets no verdict that looks like one",
        "semantics: type of mustBe; conformance: what a schema cannot see",
        lambda seen: seen.ours.outcome == REFUSED and seen.case.is_spoiled,
        Example(
            replace(
                case_of({}, "INTEGER", 1, quality=[{"id": "r", "metric": "rowCount", "mustBe": "1"}]), is_spoiled=True
            ),
            "r",
            REFUSED,
            "fail",
        ),
    ),
    Deviation(
        "rows-are-there",
        "pass, or warn when there are no rows",
        "nothing",
        "an empty table must not look well tested",
        "semantics: empty table",
        lambda seen: seen.rule.what == "rows" and seen.theirs.outcome == NOTHING,
        Example(case_of({}, "INTEGER"), "t.rows", "warn", NOTHING),
    ),
    Deviation(
        "other-columns",
        "pass, or warn of columns that the contract does not name",
        "nothing",
        "whoever reads the contract should know what else is there",
        "semantics: extra columns; datacontract-cli #403",
        lambda seen: seen.rule.what == "columns" and seen.theirs.outcome == NOTHING,
        Example(replace(ABSENT, server=TABLES), "t.columns", "warn", NOTHING),
    ),
    Deviation(
        "rules-in-words",
        "skip, with the text",
        "nothing",
        "every rule has a verdict, and one that no machine can judge says so",
        "defect 4; semantics: every rule a verdict",
        lambda seen: seen.rule.what == "text" and seen.pair == ("skip", NOTHING),
        Example(ruled("INTEGER", 1, logical="integer", type="text", description="Looks right."), "r", "skip", NOTHING),
    ),
    Deviation(
        "own-rules",
        "its verdict",
        "nothing",
        "a custom rule of another engine disappears there",
        "defect 4",
        lambda seen: (
            seen.rule.what == "custom" and seen.rule.entry["engine"] == "assay" and seen.theirs.outcome == NOTHING
        ),
        Example(
            ruled(
                "INTEGER",
                1,
                logical="integer",
                type="custom",
                engine="assay",
                implementation={"check": "row", "condition": "a > 1"},
            ),
            "r",
            "fail",
            NOTHING,
        ),
    ),
    Deviation(
        "foreign-rules",
        "skip: for another engine",
        "warn",
        "nothing is wrong with the data",
        "run: rules of Soda are no longer carried out",
        lambda seen: (
            seen.rule.what == "custom" and seen.rule.entry["engine"] != "assay" and seen.pair == ("skip", "warn")
        ),
        Example(
            ruled("INTEGER", 1, logical="integer", type="custom", engine="soda", implementation="- checks"),
            "r",
            "skip",
            "warn",
        ),
    ),
    Deviation(
        "not-measured",
        "its verdict, or skip with the reason",
        "nothing",
        "multipleOf, format, latency, frequency and availability are not looked at there",
        "defect 5",
        lambda seen: (
            seen.rule.what in {"multipleOf", "format", "latency", "frequency", "availability"}
            and seen.theirs.outcome == NOTHING
        ),
        Example(
            case_of({"logicalType": "integer", "logicalTypeOptions": {"multipleOf": 2}}, "INTEGER", 1),
            "t.a.multipleOf",
            "fail",
            NOTHING,
        ),
    ),
    Deviation(
        "element-without-table",
        "its verdict",
        "nothing",
        "where the contract has one dataset, a bare column says enough",
        "defect 5",
        lambda seen: (
            seen.rule.what in _AGES and "." not in seen.rule.entry["element"] and seen.theirs.outcome == NOTHING
        ),
        Example(
            promised({"logicalType": "timestamp"}, "TIMESTAMP", Ago(20), property="freshness", value=1, element="a"),
            "s",
            "pass",
            NOTHING,
        ),
    ),
    Deviation(
        "validity-of-the-column",
        "its verdict by the column's own enum or pattern; without either, error",
        "warn: needs arguments",
        "the column says already which values are valid",
        "results: error means no verdict",
        lambda seen: (
            seen.rule.what == "invalidValues" and "arguments" not in seen.rule.entry and seen.theirs.outcome == "warn"
        ),
        Example(ruled("INTEGER", 1, logical="integer", metric="invalidValues", mustBe=0), "r", "error", "warn"),
    ),
    Deviation(
        "percent-of-duplicates",
        "its verdict: excess rows of the rows with a key",
        "warn: not supported",
        "the standard shows it",
        "semantics: duplicateValues",
        lambda seen: (
            seen.rule.what == "duplicateValues"
            and seen.rule.entry.get("unit") == "percent"
            and seen.theirs.outcome == "warn"
        ),
        Example(
            ruled("INTEGER", 1, 1, logical="integer", metric="duplicateValues", unit="percent", mustBeLessThan=50),
            "r",
            "fail",
            "warn",
        ),
    ),
    Deviation(
        "percent-of-row-count",
        "error: a number of rows is not a percentage",
        "warn",
        "there is no verdict, and that is what an error says",
        "results: error means no verdict",
        lambda seen: (
            seen.rule.what == "rowCount" and seen.rule.entry.get("unit") == "percent" and seen.pair == ("error", "warn")
        ),
        Example(
            case_of({}, "INTEGER", 1, quality=[{"id": "r", "metric": "rowCount", "unit": "percent", "mustBe": 1}]),
            "r",
            "error",
            "warn",
        ),
    ),
    Deviation(
        "may-be-absent",
        "skip, and pass on its presence",
        "fail",
        "the contract lets the column be left out",
        "semantics: optional column absent; datacontract-cli #977",
        lambda seen: seen.ours.outcome in {"skip", "pass"} and is_about_absent(seen),
        Example(LEFT_OUT, "t.a.column", "pass", "fail"),
    ),
    Deviation(
        "not-stored",
        "skip",
        "its verdict",
        "a measure is computed by readers; no column holds it",
        "ODCS v3.2: semanticType",
        lambda seen: seen.ours.outcome == "skip" and is_of_measure(seen),
        Example(case_of({"semanticType": "measure"}, "INTEGER", 1), "t.a.column", "skip", "pass"),
    ),
)

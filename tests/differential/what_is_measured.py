"""Measures and the limits they are held against."""

from __future__ import annotations

from differential.cases import Ago
from differential.examples import PARENTLESS, asked, case_of, promised, ruled
from differential.seen import Deviation, Example, answers, are_verdicts, has_cells, is_all_null, is_near

_AGES = frozenset({"freshness", "retention"})
_PLAIN_UNITS = frozenset({None, "d", "h"})

WHAT_IS_MEASURED: tuple[Deviation, ...] = (
    Deviation(
        "units-of-time",
        "its verdict; a month goes by the calendar, and one and a half days are 36 hours",
        "fail or nothing for weeks and months, a month of 30 days, fractions cut off",
        "the unit is understood as it is written",
        "semantics: freshness, units",
        lambda seen: (
            seen.rule.what in _AGES
            and (seen.rule.entry.get("unit") not in _PLAIN_UNITS or isinstance(seen.rule.entry["value"], float))
            # What cannot be evaluated here for another reason, such as a missing column, is a fail there for the unit.
            and (seen.ours.outcome != "error" or "Cannot evaluate" in seen.theirs.words)
        ),
        Example(
            promised({"logicalType": "timestamp"}, "TIMESTAMP", Ago(20), property="freshness", value=1, unit="w"),
            "s",
            "pass",
            "fail",
        ),
    ),
    Deviation(
        "date-from-its-end",
        "pass",
        "fail",
        "a date is a whole day: yesterday's rows are not a day late this morning",
        "semantics: freshness",
        lambda seen: seen.rule.what in _AGES and seen.kind == "DATE" and seen.pair == ("pass", "fail"),
        Example(promised({"logicalType": "date"}, "DATE", Ago(24), property="freshness", value=1), "s", "pass", "fail"),
    ),
    Deviation(
        "default-timezone",
        "measured in the column's defaultTimezone",
        "measured in UTC",
        "the contract says in which zone the moments are meant",
        "semantics: freshness",
        lambda seen: seen.rule.what in {*_AGES, "range"} and "defaultTimezone" in seen.options and are_verdicts(seen),
        Example(
            promised(
                {"logicalType": "timestamp", "logicalTypeOptions": {"defaultTimezone": "America/New_York"}},
                "TIMESTAMP",
                Ago(26),
                property="freshness",
                value=1,
            ),
            "s",
            "pass",
            "fail",
        ),
    ),
    Deviation(
        "from-the-future",
        "warn",
        "pass",
        "a newest moment that is yet to come says nothing of freshness",
        "semantics: freshness",
        lambda seen: (
            seen.rule.what == "freshness" and seen.pair == ("warn", "pass") and has_cells(seen, Ago(-120), Ago(-240))
        ),
        Example(
            promised({"logicalType": "timestamp"}, "TIMESTAMP", Ago(-120), property="freshness", value=1),
            "s",
            "warn",
            "pass",
        ),
    ),
    Deviation(
        "nothing-retained",
        "pass: 0 rows tested",
        "fail",
        "where nothing is, nothing was kept too long",
        "semantics: empty table",
        lambda seen: seen.rule.what == "retention" and seen.pair == ("pass", "fail") and is_all_null(seen),
        Example(
            promised({"logicalType": "timestamp"}, "TIMESTAMP", None, property="retention", value=1),
            "s",
            "pass",
            "fail",
        ),
    ),
    Deviation(
        "age-of-no-moment",
        "error: an age needs a date or a timestamp",
        "the verdict on the value taken for nanoseconds since 1970, or for a text that looks like a moment",
        "a number has no age",
        "semantics: freshness",
        lambda seen: (
            seen.rule.what in _AGES
            and seen.ours.outcome == "error"
            and seen.kind not in {"", "DATE", "TIMESTAMP", "TIMESTAMPTZ"}
        ),
        Example(
            promised({"logicalType": "timestamp"}, "INTEGER", 1, property="retention", value=1), "s", "error", "fail"
        ),
    ),
    Deviation(
        "not-a-finite-number",
        "fail: NaN and infinity lie outside of every range",
        "pass where the one bound allows it",
        "NaN counts as the greatest number in DuckDB",
        "semantics: float equality, NaN and infinity",
        lambda seen: (
            seen.rule.what == "range"
            and seen.kind == "DOUBLE"
            and seen.pair == ("fail", "pass")
            and has_cells(seen, "nan", "inf", "-inf")
        ),
        Example(
            case_of({"logicalType": "number", "logicalTypeOptions": {"minimum": 1}}, "DOUBLE", "nan"),
            "t.a.range",
            "fail",
            "pass",
        ),
    ),
    Deviation(
        "percent-exactly",
        "compared exactly",
        "rounded to six digits first",
        "a third is more than 33.3333333 percent",
        "semantics: percent",
        lambda seen: seen.rule.entry.get("unit") == "percent" and is_near(seen) and are_verdicts(seen),
        Example(
            ruled(
                "INTEGER", 1, 1, None, logical="integer", metric="nullValues", unit="percent", mustBeLessThan=33.3333333
            ),
            "r",
            "fail",
            "pass",
        ),
    ),
    Deviation(
        "no-answer",
        "error: the query gives null, or no row",
        "fail, or warn",
        "no verdict is not a failure of the data",
        "semantics: operator on a null metric",
        lambda seen: answers(seen, "none") and seen.ours.outcome == "error" and seen.theirs.outcome in {"fail", "warn"},
        Example(asked("SELECT NULL", 0), "r", "error", "fail"),
    ),
    Deviation(
        "many-answers",
        "error: the query should give one value",
        "the verdict on the first value",
        "which value is the first is chance",
        "semantics: operator on a null metric",
        lambda seen: answers(seen, "many") and seen.ours.outcome == "error",
        Example(asked("SELECT 1, 2", 1), "r", "error", "pass"),
    ),
    Deviation(
        "answer-of-another-kind",
        "error: true is no 1, and a text or NaN no number",
        "the verdict of Python's comparison, in which true equals 1",
        "what cannot be compared has no verdict",
        "semantics: type of mustBe",
        lambda seen: (answers(seen, "truth") or answers(seen, "other")) and seen.ours.outcome == "error",
        Example(asked("SELECT count(*) > 0 FROM {object}", 1), "r", "error", "pass"),
    ),
    Deviation(
        "decimal-answer",
        "0.3 is 0.3",
        "the decimal is compared with the nearest binary fraction",
        "comparisons are exact, in the digits that were written",
        "semantics: float equality",
        lambda seen: answers(seen, "decimal"),
        Example(asked("SELECT 0.3", 0.3), "r", "pass", "fail"),
    ),
    Deviation(
        "nothing-to-refer-to",
        "error: the table referred to is empty",
        "fail, or pass where no row refers to anything",
        "with an empty target it is the target that is wrong, not each row",
        "checks: referential integrity",
        lambda seen: (
            seen.rule.what == "relationship"
            and seen.ours.outcome == "error"
            and "is empty" in seen.ours.words
            and seen.theirs.outcome in {"fail", "pass"}
        ),
        Example(PARENTLESS, "t.a.relationship", "error", "fail"),
    ),
)

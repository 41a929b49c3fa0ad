"""Rules that cannot be evaluated, and rules that get in each other's way."""

from __future__ import annotations

from differential.examples import ABSENT, LEVELS, LOOKS_AHEAD, TWO_KEYS, case_of
from differential.seen import Deviation, Example, is_lost_beside, is_lost_by_name, is_overwritten

WHAT_GOES_WRONG: tuple[Deviation, ...] = (
    Deviation(
        "error-is-no-failure",
        "error, with the reason",
        "fail",
        "what cannot be evaluated says nothing of the data; the run fails all the same",
        "defect 3; results: error means no verdict",
        lambda seen: seen.pair == ("error", "fail") and seen.theirs.is_unevaluated,
        Example(ABSENT, "t.a.unique", "error", "fail"),
    ),
    Deviation(
        "broken-beside-others",
        "its verdict",
        "fail, as all rules of the table's one query",
        "one rule that cannot be evaluated must not hide the others",
        "defect 3; datacontract-cli #888",
        lambda seen: seen.theirs.outcome == "fail" and is_lost_beside(seen),
        Example(case_of(LOOKS_AHEAD, "VARCHAR", "a"), "t.a.required", "pass", "fail"),
    ),
    Deviation(
        "same-name-in-one-query",
        "its verdict",
        "fail, or nothing",
        "two rules of one metric, or two exclusive bounds, give two columns of one name there, and the query fails",
        "defect 2",
        is_lost_by_name,
        Example(case_of({"logicalType": "integer", "quality": LEVELS}, "INTEGER", 1), "r1", "pass", "fail"),
    ),
    Deviation(
        "overwritten",
        "each its own verdict",
        "the last one's verdict, under the first; nothing on the others",
        "results are kept under a name that two rules share",
        "defect 1; datacontract-cli #1515",
        is_overwritten,
        Example(TWO_KEYS, "r_a", "fail", "pass"),
    ),
)

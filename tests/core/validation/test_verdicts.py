"""Verdicts: one a check, whatever failed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from assay.base.canonical import canonical_json
from assay.base.snapshots import Column
from assay.contract.model import Severity
from assay.validation.asked import ROWS
from assay.validation.conditions import Outcome
from assay.validation.findings import age_text
from assay.validation.promises import Dimension
from assay.validation.reads import compile_reads, split
from assay.validation.verdicts import Verdict, judge, worst
from core.validation.duck import NOW, Duck, T, checks_on, contract_of

BODY = """\
schema:
- name: t
  properties: [{name: a, required: true, unique: true, logicalType: integer}]
  quality: [{id: words, type: text, description: Good.}]
"""
COLUMNS = [Column("a", "INTEGER")]


def verdict(outcome: Outcome) -> Verdict:
    return Verdict("c", outcome, "s")


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], Outcome.SKIP),
        ([Outcome.SKIP], Outcome.SKIP),
        ([Outcome.SKIP, Outcome.PASS], Outcome.PASS),
        ([Outcome.PASS, Outcome.WARN], Outcome.WARN),
        ([Outcome.WARN, Outcome.FAIL], Outcome.FAIL),
        ([Outcome.FAIL, Outcome.ERROR, Outcome.PASS], Outcome.ERROR),
    ],
)
def test_the_gravest_verdict_is_that_of_the_whole(outcomes: list[Outcome], expected: Outcome) -> None:
    assert worst(verdict(outcome) for outcome in outcomes) is expected


def test_what_was_not_read_is_an_error_and_never_a_pass() -> None:
    plan = compile_reads(checks_on(contract_of(BODY)), T, COLUMNS)
    outcomes = {
        one.check_id.split(":")[-2] if ":" in one.check_id else one.check_id: one for one in judge(plan, {}, NOW)
    }

    assert [outcomes[name].outcome for name in ("required", "unique", "rows")] == [Outcome.ERROR] * 3
    assert outcomes["required"].message == "the read was not run"
    assert (outcomes["type"].outcome, outcomes["words"].outcome) == (Outcome.PASS, Outcome.SKIP)


def test_a_failed_read_leaves_only_its_own_checks_without_a_verdict() -> None:
    plan = compile_reads(checks_on(contract_of(BODY)), T, COLUMNS)
    key = next(read for read in plan.reads if read.id != ROWS)
    results = {ROWS: [(0, 3)], key.id: "Out of Memory Error: too large\nmore"}
    verdicts = {
        one.check_id.split(":")[-2] if ":" in one.check_id else one.check_id: one for one in judge(plan, results, NOW)
    }

    assert verdicts["required"].outcome is Outcome.PASS
    assert (verdicts["unique"].outcome, verdicts["unique"].message) == (
        Outcome.ERROR,
        "Out of Memory Error: too large",
    )


def test_the_answers_of_a_split_read_are_preferred_to_the_common_one() -> None:
    plan = compile_reads(checks_on(contract_of(BODY)), T, COLUMNS)
    rows = next(read for read in plan.reads if read.id == ROWS)
    parts = {part.id: [(2, 3)] if len(part.expressions) == 2 else [(3,)] for part in split(rows)}
    verdicts = judge(plan, {ROWS: "Binder Error", **parts}, NOW)

    assert {one.bad_rows for one in verdicts if "required" in one.check_id} == {2}


def test_a_verdict_is_written_as_canonical_json(duck: Duck) -> None:
    duck.table("t", "SELECT unnest([1, 1, NULL]) AS a")
    written = [one.as_json() for one in duck.judge(contract_of(BODY))]

    assert json.loads(canonical_json(written)) == written


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(0), "0 s"),
        (timedelta(days=-1), "0 s"),
        (timedelta(seconds=61), "1 min 1 s"),
        (timedelta(days=2, hours=3, minutes=4), "2 d 3 h"),
        (timedelta(days=1, seconds=1), "1 d 1 s"),
    ],
)
def test_an_age_is_told_in_its_two_largest_units(age: timedelta, text: str) -> None:
    assert age_text(age) == text


def test_a_verdict_says_what_it_is_about_and_whether_it_only_warns(duck: Duck) -> None:
    duck.table("t", "SELECT 1 AS a")
    found = duck.verdict(
        "schema: [{name: t, properties: [{name: a, quality: "
        "[{id: r, metric: nullValues, mustBe: 1, severity: warning, dimension: accuracy}]}]}]",
        "r",
    )

    assert (found.outcome, found.dimension, found.severity) == (Outcome.WARN, Dimension.ACCURACY, Severity.WARN)
    assert (found.as_json()["dimension"], found.as_json()["severity"]) == ("accuracy", "warn")
    assert verdict(Outcome.PASS).as_json()["dimension"] is None

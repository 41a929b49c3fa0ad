"""Evidence is read whatever stands in it, for no gate reads its details and it may come from anywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assay.actions.evidence import WORDS, evidence_about, evidence_on, read_evidence
from assay.actions.numbers import numbers_of
from assay.contract.model import Severity
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.record import fold
from assay.lifecycle.statements import Kind, Result
from assay.validation.conditions import Outcome
from assay.validation.promises import Dimension
from assay.validation.verdicts import Verdict
from fakes.cast import DATASET, ROSTER, Play, changed, played

VERDICT = Verdict("volume", Outcome.WARN, "t has 1 to 9 rows", "12 rows", "1 to 9", 3, 12, "more than yesterday",
                  Dimension.COVERAGE, Severity.WARN)  # fmt: skip
GOOD_RULES = [VERDICT.as_json()]
odd = st.sampled_from([None, 7, -1, 1.5, True, "x", "", [], [1], {}, {"check": 1}, {"check": "a", "badRows": -1}])
fields = st.dictionaries(
    st.sampled_from(["check", "outcome", "badRows", "dimension", "severity", "rows"]), odd, max_size=3
)
names = st.sampled_from(["rows", "rules", "profile", "cut", "page"])
details = st.dictionaries(names, odd | fields | st.lists(odd | fields, max_size=2))


def checked(play: Play, told: dict[str, Any]) -> Signed:
    """Return the newest check of the dataset, with other details."""
    found = next(s for s in reversed(play.said) if s.statement.kind is Kind.CHECKED)
    return replace(found, statement=replace(found.statement, details=told))


def test_a_check_is_read_with_its_rows_and_the_verdict_of_each_rule() -> None:
    evidence = read_evidence(checked(played("dataset.qa.checked"), {"rows": 12, "rules": GOOD_RULES}))

    assert (evidence.words, evidence.environment, evidence.result) == ("every rule checked", "qa", Result.PASS)
    assert (evidence.rows, evidence.counts, evidence.verdicts) == (12, {"warn": 1}, (VERDICT,))
    assert evidence.is_claim


def test_what_a_node_measured_is_no_claim_of_a_person() -> None:
    play = played("dataset.prod.compared")
    by_kind = {s.statement.kind: read_evidence(s) for s in evidence_about(play.record(), DATASET)}

    assert [str(kind) for kind in by_kind] == ["built", "checked", "populated", "compared"]
    assert [one.is_claim for one in by_kind.values()] == [True, True, False, False]


def test_an_outcome_that_is_none_of_ours_is_an_error() -> None:
    (verdict,) = read_evidence(
        checked(played("dataset.qa.checked"), {"rules": [{"check": "a", "outcome": "fine"}]})
    ).verdicts

    assert verdict == Verdict("a", Outcome.ERROR, "a")


def test_evidence_that_says_no_dimension_and_no_severity_is_read_without() -> None:
    older = {name: value for name, value in VERDICT.as_json().items() if name not in ("dimension", "severity")}
    (verdict,) = read_evidence(checked(played("dataset.qa.checked"), {"rules": [older]})).verdicts

    assert verdict == replace(VERDICT, dimension=None, severity=None)


@given(details)
def test_whatever_stands_in_evidence_is_read(told: dict[str, Any]) -> None:
    evidence = read_evidence(checked(PLAY, told))

    assert sum(evidence.counts.values()) == len(evidence.verdicts)


PLAY = played("dataset.qa.checked")
RELEASED = played("release.released")


@given(details)
def test_numbers_in_another_form_than_ours_are_not_set_beside_others(told: dict[str, Any]) -> None:
    now = changed(DATASET, "later")
    old = checked(RELEASED, told)
    statement = replace(old.statement, subjects=tuple(replace(m, digest=now.digest) for m in old.statement.subjects))
    record = fold([*RELEASED.said, replace(old, statement=statement)], ROSTER)

    assert numbers_of(record, now, "p", (), frozenset()) is None


def test_the_newest_evidence_of_each_kind_counts_where_the_gate_is() -> None:
    play = played("dataset.qa.accepted-by-engineer")
    state = play.state("dataset.qa.accepted-by-other-engineer", DATASET)
    again = play.sign("dataset.qa.checked", DATASET, ROSTER.people[3], result=Result.WARN)

    assert [s.digest for s in evidence_on(play.record(), state)] == [again.digest]
    assert [s.statement.kind for s in evidence_about(play.record(), DATASET)] == [Kind.BUILT, Kind.CHECKED]


def test_every_kind_of_evidence_has_words() -> None:
    assert {Kind.CHECKED, Kind.PUBLISHED, Kind.POPULATED, Kind.COMPARED, Kind.SOAKED, Kind.ASSESSED} <= set(WORDS)

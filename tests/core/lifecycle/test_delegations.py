"""Delegation: who may sign for whom, at what and when, and never one person as two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.base.roles import Holder, Person
from assay.lifecycle.decide import Decision, Status, decide, delegations_to
from assay.lifecycle.delegations import delegation_details, delegation_meant
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.gates import DEFAULT_TABLE, By, gate_named
from assay.lifecycle.record import extend, fold
from assay.lifecycle.statements import Kind
from fakes.cast import (
    AUGUST,
    CONTRACT,
    DATASET,
    EMIL,
    ERNA,
    EVERYBODY,
    OLIVE,
    PORTIA,
    RITA,
    ROSTER,
    SIMON,
    SOLUTION,
    START,
    STELLA,
    THE_NODE,
    VIKTOR,
    Play,
    digest,
    played,
)

ENGINEER = "dataset.qa.accepted-by-engineer"
OTHER = "dataset.qa.accepted-by-other-engineer"
STAKEHOLDER = "dataset.qa.accepted-by-stakeholder"
FIRST = START.date()
LAST = FIRST + timedelta(days=6)


def away(play: Play, absent: Person, to: Person, **scope: Any) -> Signed:
    """Let somebody delegate to somebody for a week, or as it is said."""
    scope = {"starts": FIRST, "ends": LAST, "products": None, "gates": None, "reason": "on leave"} | scope
    reason, signer = scope.pop("reason"), scope.pop("signer", absent)
    held = {"holder": scope.pop("holder")} if "holder" in scope else {}
    details = delegation_details(to.email, **scope)
    meant = delegation_meant(absent.email, details, reason, play.now + timedelta(hours=1))
    subject = (meant.id, meant.digest)
    return play.say(signer, Kind.DELEGATED, subject, details=details, reason=reason, release=None, **held)


def back(play: Play, delegation: Signed, who: Person, reason: str = "back again") -> Signed:
    meant = delegation.statement.subjects[0]
    return play.say(who, Kind.WITHDRAWN, (meant.id, meant.digest), reason=reason, observed=(delegation.digest,))


def sign_for(play: Play, gate: str, who: Person, absent: Person, *delegations: Signed, **fields: Any) -> Signed:
    """Sign a gate of the dataset on somebody's behalf."""
    seen = (*play.evidence(play.state(gate, DATASET)), *(each.digest for each in delegations))
    return play.sign(gate, DATASET, who, on_behalf_of=absent.email, **{"observed": seen} | fields)


@pytest.fixture
def play() -> Play:
    """Return a release whose dataset waits in QA for a stakeholder."""
    return played(OTHER)


# What counts


def test_a_delegate_signs_with_the_roles_of_the_absent(play: Play) -> None:
    leave = away(play, STELLA, VIKTOR)
    signed = sign_for(play, STAKEHOLDER, VIKTOR, STELLA, leave)

    state = play.state(STAKEHOLDER, DATASET)
    assert (state.status, state.by) == (Status.SATISFIED, signed)
    assert signed.statement.speaker == "viktor@example.org for stella@example.org"


def test_who_can_act_names_the_people_themselves_and_then_the_delegates(play: Play) -> None:
    away(play, STELLA, VIKTOR)

    assert play.state(STAKEHOLDER, DATASET).who == (STELLA.email, SIMON.email, VIKTOR.email)


def test_a_delegate_who_says_nothing_of_whom_they_act_for_has_no_more_roles_than_before(play: Play) -> None:
    leave = away(play, STELLA, VIKTOR)
    play.sign(STAKEHOLDER, DATASET, VIKTOR, observed=(*play.evidence(play.state(STAKEHOLDER, DATASET)), leave.digest))

    assert play.state(STAKEHOLDER, DATASET).status is Status.OPEN


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        ({"products": ["q"]}, "is not for this gate of p"),
        ({"gates": [OTHER]}, "is not for this gate of p"),
        ({"starts": FIRST + timedelta(days=3)}, "lasts from 2026-03-05 to 2026-03-08"),
        ({"starts": date(2026, 2, 1), "ends": date(2026, 2, 28)}, "lasts from 2026-02-01 to 2026-02-28"),
    ],
    ids=["another-product", "another-gate", "not-yet", "no-more"],
)
def test_a_delegate_acts_within_the_scope_and_not_beyond(play: Play, scope: dict[str, Any], why: str) -> None:
    leave = away(play, STELLA, VIKTOR, **scope)
    sign_for(play, STAKEHOLDER, VIKTOR, STELLA, leave)

    state = play.state(STAKEHOLDER, DATASET)
    assert state.status is Status.STALE
    assert why in state.why
    assert VIKTOR.email not in state.who


def test_within_the_scope_a_delegate_acts(play: Play) -> None:
    leave = away(
        play, STELLA, VIKTOR, products=["p", "q"], gates=[STAKEHOLDER], starts=FIRST, ends=FIRST + timedelta(1)
    )
    sign_for(play, STAKEHOLDER, VIKTOR, STELLA, leave)

    assert play.state(STAKEHOLDER, DATASET).status is Status.SATISFIED


@pytest.mark.parametrize("observed", [False, True], ids=["not-looked-at", "not-in-the-ledger"])
def test_a_sign_off_rests_on_a_delegation_that_it_observed_and_that_is_there(play: Play, observed: bool) -> None:
    leave = away(play, STELLA, VIKTOR)
    if observed:
        play.said.remove(leave)
    sign_for(play, STAKEHOLDER, VIKTOR, STELLA, *([leave] if observed else []))

    state = play.state(STAKEHOLDER, DATASET)
    assert state.status is Status.STALE
    assert state.why.startswith("viktor@example.org signed for stella@example.org, and no delegation of theirs is here")


@pytest.mark.parametrize("who", [STELLA, VIKTOR], ids=["the-absent", "the-delegate"])
def test_either_of_the_two_ends_it_and_what_was_signed_before_stays(play: Play, who: Person) -> None:
    leave = away(play, STELLA, VIKTOR)
    before = sign_for(play, STAKEHOLDER, VIKTOR, STELLA, leave)
    back(play, leave, who)
    assert play.state(STAKEHOLDER, DATASET).by == before

    play.said.remove(before)
    sign_for(play, STAKEHOLDER, VIKTOR, STELLA, leave)
    assert play.state(STAKEHOLDER, DATASET).status is Status.STALE
    assert VIKTOR.email not in play.state(STAKEHOLDER, DATASET).who


@pytest.mark.parametrize(("who", "reason"), [(SIMON, "I say so"), (STELLA, " ")], ids=["somebody-else", "no-reason"])
def test_nobody_else_ends_it_and_nobody_without_a_reason(play: Play, who: Person, reason: str) -> None:
    leave = away(play, STELLA, VIKTOR)
    back(play, leave, who, reason)
    sign_for(play, STAKEHOLDER, VIKTOR, STELLA, leave)

    assert play.state(STAKEHOLDER, DATASET).status is Status.SATISFIED


def test_a_delegation_that_somebody_else_signed_is_none(play: Play) -> None:
    forged = away(play, STELLA, VIKTOR, signer=VIKTOR)
    sign_for(play, STAKEHOLDER, VIKTOR, STELLA, forged)

    assert play.state(STAKEHOLDER, DATASET).status is Status.STALE


def test_what_was_delegated_is_not_handed_on(play: Play) -> None:
    first, second = away(play, STELLA, VIKTOR), away(play, VIKTOR, AUGUST)
    third = away(play, VIKTOR, OLIVE)
    sign_for(play, STAKEHOLDER, OLIVE, STELLA, first, second, third)
    sign_for(play, STAKEHOLDER, OLIVE, VIKTOR, third)

    state = play.state(STAKEHOLDER, DATASET)
    assert state.status is Status.STALE
    assert state.who == (STELLA.email, SIMON.email, VIKTOR.email)


@pytest.mark.parametrize(
    "changes", [{"people": (SIMON, VIKTOR)}, {"people": (STELLA, SIMON)}], ids=["absent", "delegate"]
)
def test_both_have_to_be_on_the_roster(play: Play, changes: dict[str, Any]) -> None:
    leave = away(play, STELLA, VIKTOR)
    sign_for(play, STAKEHOLDER, VIKTOR, STELLA, leave)
    others = tuple(p for p in EVERYBODY if p not in (STELLA, VIKTOR, SIMON))
    play.roster = replace(ROSTER, people=(*others, *changes["people"]))

    assert play.state(STAKEHOLDER, DATASET).status is not Status.SATISFIED


def test_whoever_looks_on_by_profession_is_nobodys_delegate(play: Play) -> None:
    leave = away(play, STELLA, AUGUST)
    sign_for(play, STAKEHOLDER, AUGUST, STELLA, leave)

    assert play.state(STAKEHOLDER, DATASET).why.endswith("may sign nothing themselves")
    assert AUGUST.email not in play.state(STAKEHOLDER, DATASET).who


def test_a_gate_can_take_no_delegate_and_the_release_order_takes_none() -> None:
    ordered = gate_named(DEFAULT_TABLE, "release.ordered")
    assert ordered is not None
    assert not ordered.delegates

    play = played(OTHER, table=tuple(replace(gate, delegates=gate.id != STAKEHOLDER) for gate in DEFAULT_TABLE))
    leave = away(play, STELLA, VIKTOR)
    sign_for(play, STAKEHOLDER, VIKTOR, STELLA, leave)
    assert play.state(STAKEHOLDER, DATASET).why.endswith("and this gate takes no delegate")
    assert play.state(STAKEHOLDER, DATASET).who == (STELLA.email, SIMON.email)


def test_evidence_is_never_on_behalf_of_anybody() -> None:
    play = played("release.frozen")
    leave = away(play, ERNA, EMIL)
    play.sign("dataset.qa.checked", DATASET, EMIL, on_behalf_of=ERNA.email, observed=(leave.digest,))

    assert play.state("dataset.qa.checked", DATASET).status is Status.OPEN


@pytest.mark.parametrize("kind", [Kind.OPENED, Kind.CANCELLED, Kind.FROZEN])
def test_a_delegate_does_nothing_but_sign_off(kind: Kind) -> None:
    play = played("release.frozen")
    before = play.record().releases
    details = {"product": "p", "version": "9.9.9"}
    for name in ("R-0001", "R-0009"):
        fields: dict[str, Any] = {"on_behalf_of": OLIVE.email, "reason": "x", "details": details}
        play.say(EMIL, kind, (f"release:{name}", digest("x")), **fields)

    assert play.record().releases == before


# Never two


def test_the_delegate_of_the_author_accepts_as_the_author_and_then_neither_is_the_other_engineer() -> None:
    play = played("dataset.qa.checked")
    leave = away(play, EMIL, ERNA)
    assert play.state(ENGINEER, DATASET).who == (EMIL.email, ERNA.email)
    sign_for(play, ENGINEER, ERNA, EMIL, leave)

    assert play.state(ENGINEER, DATASET).status is Status.SATISFIED
    assert play.state(OTHER, DATASET).who == (VIKTOR.email,)
    play.sign(OTHER, DATASET, ERNA)
    assert "erna@example.org counts at dataset.qa.accepted-by-engineer" in play.state(OTHER, DATASET).why


def test_whoever_accepted_as_the_author_in_qa_is_not_the_other_engineer_in_production() -> None:
    play = played("dataset.qa.checked")
    leave = away(play, EMIL, ERNA)
    sign_for(play, ENGINEER, ERNA, EMIL, leave)
    play.advance("dataset.prod.accepted-by-engineer")

    assert play.state("dataset.prod.accepted-by-engineer", DATASET).is_settled
    assert play.state("dataset.prod.accepted-by-other-engineer", DATASET).who == (VIKTOR.email,)


def test_a_release_manager_who_accepted_as_the_author_orders_no_release_of_it() -> None:
    play = played("dataset.qa.checked")
    leave = away(play, EMIL, RITA)
    sign_for(play, ENGINEER, RITA, EMIL, leave)
    play.advance("solution.prod.accepted-by-stakeholder")

    assert play.state("release.ordered").status is Status.OPEN
    assert play.state("release.ordered").who == ()


def test_a_gate_for_who_signed_another_one_is_for_the_absent_and_not_for_their_delegate() -> None:
    table = tuple(replace(g, same_person=ENGINEER, distinct=()) if g.id == OTHER else g for g in DEFAULT_TABLE)
    play = Play(table=table)
    play.open()
    play.advance("dataset.qa.checked")
    leave = away(play, EMIL, ERNA)
    sign_for(play, ENGINEER, ERNA, EMIL, leave)
    play.sign(OTHER, DATASET, ERNA)

    assert "erna@example.org did not sign dataset.qa.accepted-by-engineer" in play.state(OTHER, DATASET).why
    sign_for(play, OTHER, ERNA, EMIL, leave)
    assert play.state(OTHER, DATASET).status is Status.SATISFIED


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"holders": frozenset({Holder.PERSON})}, "was signed with a key that this gate does not take"),
        ({"authenticated_within_minutes": 5}, "had not just shown who they are when they signed delegation"),
    ],
    ids=["a-key-of-ones-own", "shown-anew"],
)
def test_what_a_gate_asks_of_a_key_it_asks_of_the_one_that_signed_the_delegation(
    asked: dict[str, Any], why: str
) -> None:
    table = tuple(replace(g, **asked) if g.id == STAKEHOLDER else g for g in DEFAULT_TABLE)
    play = Play(table=table, roster=replace(ROSTER, people=(*EVERYBODY, PORTIA)))
    play.open()
    play.advance(OTHER)
    leave = away(play, PORTIA, VIKTOR, holder=Holder.PORTAL)
    assert VIKTOR.email not in play.state(STAKEHOLDER, DATASET).who
    sign_for(play, STAKEHOLDER, VIKTOR, PORTIA, leave)

    assert why in play.state(STAKEHOLDER, DATASET).why


def test_an_author_is_nobodys_other_engineer_by_a_delegation() -> None:
    play = played(ENGINEER)
    leave = away(play, VIKTOR, EMIL)
    sign_for(play, OTHER, EMIL, VIKTOR, leave)

    assert "emil@example.org counts at dataset.dev.built" in play.state(OTHER, DATASET).why
    assert play.state(OTHER, DATASET).who == (ERNA.email, VIKTOR.email)


def test_whoever_signed_the_other_gate_themselves_is_not_signed_for_here() -> None:
    play = Play()
    play.open()
    play.advance("contract.feasible")
    both = replace(STELLA, roles=STELLA.roles | OLIVE.roles)
    play.roster = replace(ROSTER, people=tuple(both if p == STELLA else p for p in EVERYBODY))
    play.sign("contract.approved-by-owner", CONTRACT, both)
    leave = away(play, both, VIKTOR)
    gate = "contract.approved-by-stakeholder"
    play.sign(
        gate,
        CONTRACT,
        VIKTOR,
        on_behalf_of=both.email,
        observed=(*play.evidence(play.state(gate, CONTRACT)), leave.digest),
    )

    assert "stella@example.org counts at contract.approved-by-owner" in play.state(gate, CONTRACT).why
    assert play.state(gate, CONTRACT).who == (SIMON.email,)


# Rejections


@pytest.mark.parametrize("who", [STELLA, VIKTOR], ids=["the-absent", "the-delegate"])
def test_a_rejection_on_behalf_stands_until_either_of_the_two_withdraws_it(play: Play, who: Person) -> None:
    leave = away(play, STELLA, VIKTOR)
    no = sign_for(play, STAKEHOLDER, VIKTOR, STELLA, leave, kind=Kind.REJECTED, reason="wrong")
    state = play.state(STAKEHOLDER, DATASET)
    assert (state.status, state.why) == (Status.REJECTED, "viktor@example.org for stella@example.org: wrong")

    play.withdraw(no, SIMON)
    assert play.state(STAKEHOLDER, DATASET).status is Status.REJECTED
    play.withdraw(no, who)
    assert play.state(STAKEHOLDER, DATASET).status is Status.OPEN


# Reading


@given(st.integers(0, 15 * 86_400), st.integers(-12, 14))
def test_it_counts_from_the_first_day_to_the_end_of_the_last_in_utc_wherever_one_asks(seconds: int, hours: int) -> None:
    play = Play()
    away(play, STELLA, VIKTOR)
    (leave,) = play.record().delegating.all.values()
    at = datetime(2026, 2, 25, tzinfo=UTC) + timedelta(seconds=seconds)

    assert leave.holds_on(at.astimezone(timezone(timedelta(hours=hours)))) == (FIRST <= at.date() <= LAST)


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"to": VIKTOR.email, "starts": "2026-03-02", "ends": "soon"},
        {"to": VIKTOR.email, "starts": "20260302", "ends": "2026-03-09"},
        {"to": VIKTOR.email, "starts": "2026-03-02", "ends": "2026-03-09", "gates": []},
        {"to": VIKTOR.email, "starts": "2026-03-02", "ends": "2026-03-09", "gates": "all"},
        {"to": VIKTOR.email, "starts": "2026-03-02", "ends": "2026-03-09", "products": [1]},
        {"to": VIKTOR.email, "starts": "2026-03-02", "ends": "2026-03-09", "more": True},
        {"to": ["viktor"], "starts": "2026-03-02", "ends": "2026-03-09"},
        {"to": "STELLA@example.org", "starts": "2026-03-02", "ends": "2026-03-09"},
    ],
)
def test_what_has_another_form_or_names_its_own_signer_is_no_delegation(details: dict[str, Any]) -> None:
    play = Play()
    meant = delegation_meant(STELLA.email, details, "x", play.now + timedelta(hours=1))
    play.say(STELLA, Kind.DELEGATED, (meant.id, meant.digest), details=details, reason="x")

    assert play.record().delegating.all == {}


def test_a_delegation_is_named_by_its_content_and_not_as_its_signer_likes() -> None:
    play = Play()
    details = delegation_details(VIKTOR.email, None, None, FIRST, LAST)
    play.say(STELLA, Kind.DELEGATED, ("delegation:00000000", digest("x")), details=details, reason="x")

    assert play.record().delegating.all == {}


# Laws

TEAM = (OLIVE, STELLA, SIMON, EMIL, ERNA, VIKTOR, RITA)
people = st.sampled_from(TEAM)
scopes = st.fixed_dictionaries(
    {
        "gates": st.sampled_from([None, None, [STAKEHOLDER], [OTHER, ENGINEER]]),
        "ends": st.sampled_from([FIRST, LAST]),
    }
)
leaves = st.lists(st.tuples(people, people, scopes), max_size=4)
"""Who delegates to whom."""

SIGN_OFFS = [
    g.id for g in DEFAULT_TABLE if g.by is By.SIGN_OFF and g.id.startswith(("contract.", "dataset.qa", "solution.qa"))
]
answers = st.lists(
    st.tuples(st.sampled_from(SIGN_OFFS), people, st.sampled_from([None, *TEAM]), st.booleans()), max_size=12
)
"""At which gate who signs, for whom, and whether they observe every delegation there is."""

SUBJECTS = {"contract": CONTRACT, "dataset": DATASET, "solution": SOLUTION}


def busy(leaves: Sequence[tuple[Person, Person, dict[str, Any]]], answers: Sequence[tuple[Any, ...]]) -> Play:
    """Play any delegations, and any sign-offs on top of all the evidence that there is before deployment."""
    play = replace(_evidenced(), said=list(_evidenced().said))
    made = [away(play, absent, to, **scope) for absent, to, scope in leaves]
    for gate, who, absent, observes in answers:
        subject = SUBJECTS[gate.partition(".")[0]]
        seen = play.evidence(play.state(gate, subject))
        fields = {} if absent is None else {"on_behalf_of": absent.email}
        seen = (*seen, *(each.digest for each in made)) if observes else seen
        play.sign(gate, subject, who, observed=seen, **fields)
    return play


@lru_cache(maxsize=1)
def _evidenced() -> Play:
    play = Play()
    play.open()
    for gate in DEFAULT_TABLE:
        if gate.by is By.PERSON and str(gate.per) in SUBJECTS:
            play.sign(gate.id, SUBJECTS[str(gate.per)], EMIL)
    return play


@settings(max_examples=25, deadline=None)
@given(leaves, answers)
def test_at_gates_that_ask_for_different_people_nobody_counts_twice(
    leaves: list[tuple[Person, Person, dict[str, Any]]], answers: list[tuple[Any, ...]]
) -> None:
    decision = busy(leaves, answers).decide()
    for state in decision.states:
        counted = set(state.by.statement.speakers) if state.by is not None else set()
        for need in state.gate.distinct:
            other = decision.state(need.gate, state.subject.id)
            if other is not None and other.by is not None and state.status is not Status.REJECTED:
                assert not counted & set(other.by.statement.speakers), (state.gate.id, need.gate)


@settings(max_examples=25, deadline=None)
@given(leaves, answers)
def test_delegations_alone_change_nothing_but_who_can_act(
    leaves: list[tuple[Person, Person, dict[str, Any]]], answers: list[tuple[Any, ...]]
) -> None:
    play = busy(leaves, answers)
    own = [s for s in play.said if not s.statement.on_behalf_of]
    without = [s for s in own if s.statement.kind is not Kind.DELEGATED]

    assert _outcome(_decided(play, own)) == _outcome(_decided(play, without))


@settings(max_examples=25, deadline=None)
@given(leaves, answers, st.integers(0, 30))
def test_a_ledger_read_in_two_parts_says_the_same_of_delegations(
    leaves: list[tuple[Person, Person, dict[str, Any]]], answers: list[tuple[Any, ...]], cut: int
) -> None:
    said = busy(leaves, answers).said
    assert extend(fold(said[:cut], ROSTER), said[cut:]).delegating == fold(said, ROSTER).delegating


@settings(max_examples=25, deadline=None)
@given(leaves, answers)
def test_whoever_is_named_as_a_delegate_can_sign_and_then_counts(
    leaves: list[tuple[Person, Person, dict[str, Any]]], answers: list[tuple[Any, ...]]
) -> None:
    play = busy(leaves, answers)
    record = play.record()
    case = play.case(record)
    for state in play.decide().actionable:
        for who in TEAM:
            lent = delegations_to(play.table, case, record, play.now, state.gate, state.subject, who)
            assert who.email in state.who or not lent
            for each in lent[:1]:
                sign = replace(play, said=list(play.said))
                seen = (*sign.evidence(state), each.digest)
                sign.answer(state, who, on_behalf_of=each.absent, observed=seen, at=play.now)
                after = sign.state(state.gate.id, state.subject)
                assert after.status is Status.SATISFIED, after.why


def _decided(play: Play, said: list[Signed]) -> Decision:
    record = fold(said, play.roster)
    return decide(play.table, play.case(record), record, play.now)


def _outcome(decision: Decision) -> list[tuple[str, str, Status, Any, str]]:
    return [(s.gate.id, s.subject.id, s.status, s.by, s.why) for s in decision.states]


def test_a_node_delegates_nothing() -> None:
    play = Play()
    details = delegation_details(VIKTOR.email, None, None, FIRST, LAST)
    meant = delegation_meant(THE_NODE.name, details, "x", play.now + timedelta(hours=1))
    play.say(THE_NODE, Kind.DELEGATED, (meant.id, meant.digest), details=details, reason="x")

    assert play.record().delegating.all == {}

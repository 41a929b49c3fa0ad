"""The decision: each rule of the process (design, section 2) as one sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from assay.base.canonical import parse_digest
from assay.base.errors import AssayError
from assay.base.roles import Holder, Person, Role, Roster
from assay.lifecycle.decide import (
    NOTHING,
    Decision,
    GateState,
    Status,
    case_of,
    decide,
    missing_before,
    objection_to,
)
from assay.lifecycle.gates import DEFAULT_TABLE, ChangeClass, GateTable, Phase, gate_named
from assay.lifecycle.statements import Kind, Result
from assay.lifecycle.subjects import Aspect, Subject, SubjectKind
from fakes.cast import (
    AUGUST,
    CONTRACT,
    DATASET,
    EMIL,
    ERNA,
    EVERYBODY,
    NODE,
    OLIVE,
    PORTIA,
    PRODUCT,
    REQUEST,
    RITA,
    ROSTER,
    SIMON,
    SOLUTION,
    START,
    STELLA,
    THE_NODE,
    VIKTOR,
    Play,
    changed,
    digest,
    person,
    played,
)

ENGINEER = "dataset.qa.accepted-by-engineer"
OTHER = "dataset.qa.accepted-by-other-engineer"
STAKEHOLDER = "dataset.qa.accepted-by-stakeholder"
IN_QA = (ENGINEER, OTHER, STAKEHOLDER)
ORDERED = "release.ordered"


def roster_with(*people: Person) -> Roster:
    """Return the roster with some people in place of those of the same e-mail."""
    new = {p.email: p for p in people}
    kept = tuple(new.pop(p.email, p) for p in EVERYBODY)
    return replace(ROSTER, people=(*kept, *new.values()))


def statuses(decision: Decision) -> dict[tuple[str, str], Status]:
    return {(s.gate.id, s.subject.id): s.status for s in decision.states}


# The way through


def test_before_anything_is_said_the_request_is_all_that_can_be_acted_upon() -> None:
    play = Play()
    play.say(EMIL, Kind.OPENED, ("release:R-0001", digest("opened")), details={"product": "p", "requests": [REQUEST]})
    assert [(s.gate.id, s.status) for s in play.decide().actionable] == [("request.recorded", Status.OPEN)]


def test_honest_people_reach_the_end_of_the_table() -> None:
    decision = played().decide()
    assert {s.status for s in decision.states} == {Status.SATISFIED}
    assert decision.unsettled == ()
    assert decision.phase is None


def test_every_gate_is_judged_once_for_each_subject_of_its_kind_in_the_order_of_the_table() -> None:
    second = Subject(SubjectKind.DATASET, "p/e", {Aspect.WHOLE: digest("e")}, (DATASET.id,))
    decision = played(subjects=(second, *PRODUCT)).decide()
    assert [s.subject.name for s in decision.of("dataset.dev.built")] == ["p/d", "p/e"]
    order = [gate.id for gate in DEFAULT_TABLE]
    found = [order.index(s.gate.id) for s in decision.states]
    assert found == sorted(found)
    assert len(statuses(decision)) == len(decision.states)


@pytest.mark.parametrize(
    ("until", "phase"),
    [
        (None, None),
        ("request.recorded", Phase.DISCOVERY),
        ("contract.approved-by-stakeholder", Phase.DEVELOPMENT),
        ("release.frozen", Phase.INITIAL_VALIDATION),
        ("solution.qa.accepted-by-stakeholder", Phase.DEPLOYMENT),
        ("solution.prod.published", Phase.FINAL_VALIDATION),
        ("solution.prod.accepted-by-stakeholder", Phase.RELEASE),
        ("release.announced", Phase.MONITORING),
    ],
)
def test_the_phase_is_the_first_with_something_unsettled(until: str | None, phase: Phase | None) -> None:
    assert played(until).decide().phase is phase


def test_a_blocked_gate_names_what_comes_first_and_for_which_subject() -> None:
    play = Play()
    play.open()
    blocked = play.state("contract.approved-by-owner", CONTRACT)
    assert (blocked.status, blocked.waits_for) == (Status.BLOCKED, ("contract.feasible contract:p/d",))
    assert play.state("release.frozen").waits_for[-1] == "solution.dev.built solution:p/s"


def test_a_solution_waits_for_the_acceptance_of_the_datasets_it_reads_and_of_no_other() -> None:
    other = Subject(SubjectKind.DATASET, "p/e", {Aspect.WHOLE: digest("e")})
    play = played("release.frozen", subjects=(*PRODUCT, other))
    for gate in ("dataset.qa.checked", *IN_QA):
        play.answer(play.state(gate, DATASET), _first(play.state(gate, DATASET)))
    assert play.state("solution.qa.published", SOLUTION).status is Status.OPEN
    assert play.state(STAKEHOLDER, other).status is Status.BLOCKED


def _first(state: GateState) -> Person:
    found = ROSTER.person(state.who[0])
    assert found is not None
    return found


def test_a_request_that_a_release_names_and_nobody_has_recorded_is_asked_for() -> None:
    play = Play()
    play.say(EMIL, Kind.OPENED, ("release:R-0001", digest("opened")), details={"product": "p", "requests": ["Q-9"]})
    state = play.decide().of("request.recorded")[0]
    assert (state.subject.id, state.status) == ("request:Q-9", Status.OPEN)
    assert play.state("contract.feasible", CONTRACT).status is Status.BLOCKED


def test_a_release_without_a_payload_has_a_meaning_that_no_statement_can_have() -> None:
    record = Play().record()
    own = case_of("R-0001", None, PRODUCT, (), ChangeClass.STANDARD, record).subjects[-1]
    assert own.digest == NOTHING
    with pytest.raises(AssayError):
        parse_digest(own.digest)


def test_subjects_that_read_each_other_in_a_circle_are_still_judged() -> None:
    one = Subject(SubjectKind.DATASET, "p/a", {Aspect.WHOLE: digest("a")}, ("dataset:p/b",))
    two = Subject(SubjectKind.DATASET, "p/b", {Aspect.WHOLE: digest("b")}, ("dataset:p/a",))
    decision = Play(subjects=(one, two)).decide()
    assert {s.subject.name for s in decision.of("dataset.dev.built")} == {"p/a", "p/b"}
    assert missing_before(DEFAULT_TABLE, decision, "release.frozen")


# Who may


def test_the_author_never_counts_as_the_other_engineer() -> None:
    play = played(ENGINEER)
    assert EMIL.email not in play.state(OTHER, DATASET).who
    play.sign(OTHER, DATASET, EMIL)
    state = play.state(OTHER, DATASET)
    assert state.status is Status.STALE
    assert state.why.startswith("emil@example.org counts at dataset.dev.built of p/d")


def test_everybody_who_built_this_digest_is_an_author() -> None:
    play = played(ENGINEER)
    play.sign("dataset.dev.built", DATASET, ERNA)
    play.sign(OTHER, DATASET, ERNA)
    assert play.state(OTHER, DATASET).status is Status.STALE
    play.sign(OTHER, DATASET, VIKTOR)
    assert play.state(OTHER, DATASET).status is Status.SATISFIED


def test_who_built_an_earlier_digest_and_not_this_one_is_no_author_of_it() -> None:
    play = played("dataset.dev.built")
    play.subjects = (CONTRACT, changed(DATASET, "d2"), SOLUTION)
    play.answer(play.state("dataset.dev.built", play.subjects[1]), ERNA)
    play.advance("dataset.qa.checked")
    play.sign(ENGINEER, play.subjects[1], ERNA)
    play.sign(OTHER, play.subjects[1], EMIL)
    assert play.state(OTHER, play.subjects[1]).status is Status.SATISFIED


def test_an_author_who_is_only_a_validator_by_now_is_the_author_still() -> None:
    play = played(ENGINEER)
    play.sign("dataset.dev.built", DATASET, ERNA)
    play.roster = roster_with(replace(ERNA, roles=frozenset({Role.VALIDATOR})))
    assert ERNA.email not in play.state(OTHER, DATASET).who
    play.sign(OTHER, DATASET, ERNA)
    assert play.state(OTHER, DATASET).status is Status.STALE


def test_an_engineer_who_did_not_build_it_does_not_accept_as_its_engineer() -> None:
    play = played("dataset.qa.checked")
    play.sign(ENGINEER, DATASET, ERNA)
    state = play.state(ENGINEER, DATASET)
    assert (state.status, state.who) == (Status.STALE, (EMIL.email,))
    assert "did not sign dataset.dev.built" in state.why


JACK = person("jack", *Role)
"""Holds every role there is, an administrator's included."""


def test_nobody_with_every_role_satisfies_two_gates_that_ask_for_different_people() -> None:
    alone = replace(ROSTER, people=(JACK,))
    play = Play(roster=alone)
    details = {"product": "p", "requests": [REQUEST]}
    play.say(JACK, Kind.REQUESTED, (f"request:{REQUEST}", digest(f"request {REQUEST}")), details={"product": "p"})
    play.say(JACK, Kind.OPENED, ("release:R-0001", digest("opened")), details=details)
    play.advance()
    assert play.state("contract.approved-by-owner", CONTRACT).status is Status.SATISFIED
    stuck = play.state("contract.approved-by-stakeholder", CONTRACT)
    assert (stuck.status, stuck.who) == (Status.OPEN, ())
    for gate in DEFAULT_TABLE:
        for subject in play.case(play.record()).subjects:
            state = play.decide().state(gate.id, subject.id)
            if state is not None:
                play.answer(state, JACK)
    decision = play.decide()
    for needed in ("contract.approved-by-stakeholder", OTHER, STAKEHOLDER):
        assert not decision.of(needed)[0].is_settled
    assert {s.gate.id for s in missing_before(DEFAULT_TABLE, decision, ORDERED)} >= {OTHER, STAKEHOLDER}


@pytest.mark.parametrize("gate", [ENGINEER, OTHER])
def test_who_counts_as_an_engineer_of_it_does_not_count_as_its_stakeholder(gate: str) -> None:
    both = replace(EMIL if gate == ENGINEER else ERNA, roles=frozenset({Role.ENGINEER, Role.STAKEHOLDER}))
    play = played(OTHER, roster=roster_with(both))
    play.sign(STAKEHOLDER, DATASET, both)
    assert play.state(STAKEHOLDER, DATASET).status is Status.STALE
    play.sign(STAKEHOLDER, DATASET, SIMON)
    assert play.state(STAKEHOLDER, DATASET).status is Status.SATISFIED


def test_the_owner_who_approved_does_not_approve_as_stakeholder_too() -> None:
    both = replace(OLIVE, roles=frozenset({Role.OWNER, Role.STAKEHOLDER}))
    play = played("contract.approved-by-owner", roster=roster_with(both))
    play.sign("contract.approved-by-stakeholder", CONTRACT, both)
    assert play.state("contract.approved-by-stakeholder", CONTRACT).who == (STELLA.email, SIMON.email)
    play.sign("contract.approved-by-stakeholder", CONTRACT, STELLA)
    assert play.state("contract.approved-by-stakeholder", CONTRACT).status is Status.SATISFIED


def test_a_release_manager_who_built_something_in_it_does_not_order_the_release() -> None:
    both = replace(EMIL, roles=frozenset({Role.ENGINEER, Role.RELEASE_MANAGER}))
    play = played("solution.prod.accepted-by-stakeholder", roster=roster_with(both))
    assert play.state(ORDERED).who == (RITA.email,)
    play.sign(ORDERED, None, both)
    assert play.state(ORDERED).status is Status.STALE


@pytest.mark.parametrize(
    ("gate", "who"),
    [
        (ENGINEER, OLIVE),
        (OTHER, STELLA),
        (OTHER, RITA),
        (STAKEHOLDER, ERNA),
        (STAKEHOLDER, OLIVE),
        (STAKEHOLDER, AUGUST),
    ],
)
def test_a_sign_off_by_somebody_without_the_role_is_as_if_it_were_not_there(gate: str, who: Person) -> None:
    play = played("dataset.qa.checked")
    for earlier in IN_QA[: IN_QA.index(gate)]:
        play.answer(play.state(earlier, DATASET), _first(play.state(earlier, DATASET)))
    before = statuses(play.decide())
    play.sign(gate, DATASET, who)
    assert statuses(play.decide()) == before
    assert play.state(gate, DATASET).why == ""


def test_a_role_that_is_taken_away_takes_its_sign_offs_along() -> None:
    play = played(OTHER)
    play.sign(STAKEHOLDER, DATASET, SIMON)
    assert play.state(STAKEHOLDER, DATASET).status is Status.SATISFIED
    play.roster = roster_with(replace(SIMON, roles=frozenset({Role.AUDITOR})))
    assert play.state(STAKEHOLDER, DATASET).status is Status.OPEN


def test_a_person_removed_from_the_roster_satisfies_nothing_any_more() -> None:
    play = played(OTHER)
    play.sign(STAKEHOLDER, DATASET, SIMON)
    play.roster = replace(ROSTER, people=tuple(p for p in EVERYBODY if p is not SIMON))
    state = play.state(STAKEHOLDER, DATASET)
    assert (state.status, state.who) == (Status.OPEN, (STELLA.email,))


def test_a_request_of_somebody_who_left_is_asked_for_again_of_those_who_may() -> None:
    play = played(STAKEHOLDER)
    play.roster = replace(ROSTER, people=tuple(p for p in EVERYBODY if p is not STELLA))
    (state,) = play.decide().of("request.recorded")
    assert (state.status, state.who) == (Status.OPEN, (OLIVE.email, SIMON.email, EMIL.email, ERNA.email))


def test_what_was_signed_with_a_key_before_it_was_revoked_counts_and_nothing_after() -> None:
    play = played(STAKEHOLDER)
    signed = play.state(STAKEHOLDER, DATASET).by
    assert signed is not None
    for offset, expected in ((1, Status.SATISFIED), (0, Status.OPEN), (-1, Status.OPEN)):
        when = signed.statement.at + timedelta(seconds=offset)
        play.roster = roster_with(replace(STELLA, keys=(replace(STELLA.keys[0], revoked_at=when),)))
        if offset <= 0:  # her request was made long before
            assert play.decide().of("request.recorded")[0].status is Status.SATISFIED
        assert play.state(STAKEHOLDER, DATASET).status is expected


def held_by_portal(who: Person) -> Person:
    return replace(who, keys=tuple(replace(key, holder=Holder.PORTAL) for key in who.keys))


def own_key_at(gate: str) -> GateTable:
    """Return the table with a gate that asks for a key which the person themselves holds."""
    own = frozenset({Holder.PERSON})
    return tuple(replace(g, holders=own) if g.id == gate else g for g in DEFAULT_TABLE)


def test_a_sign_off_with_a_key_that_the_portal_holds_counts_where_the_gate_does_not_mind() -> None:
    play = played(OTHER)
    play.roster = roster_with(held_by_portal(STELLA))
    play.sign(STAKEHOLDER, DATASET, STELLA, holder=Holder.PORTAL)
    assert play.state(STAKEHOLDER, DATASET).status is Status.SATISFIED


def test_a_sign_off_with_a_key_that_the_portal_holds_is_passed_over_where_the_gate_asks_for_ones_own() -> None:
    play = played(OTHER, table=own_key_at(STAKEHOLDER))
    play.roster = roster_with(held_by_portal(STELLA))
    play.sign(STAKEHOLDER, DATASET, STELLA, holder=Holder.PORTAL)
    state = play.state(STAKEHOLDER, DATASET)
    assert (state.status, state.who) == (Status.STALE, (SIMON.email,))
    assert state.why == "signed with a key that the portal holds, and this gate asks for one's own"
    play.sign(STAKEHOLDER, DATASET, SIMON)
    assert play.state(STAKEHOLDER, DATASET).status is Status.SATISFIED


def test_evidence_signed_with_a_key_that_the_portal_holds_is_passed_over_where_the_gate_asks_for_ones_own() -> None:
    play = played("release.frozen", table=own_key_at("dataset.qa.checked"))
    play.roster = roster_with(held_by_portal(VIKTOR))
    play.sign("dataset.qa.checked", DATASET, VIKTOR, holder=Holder.PORTAL)
    state = play.state("dataset.qa.checked", DATASET)
    assert (state.status, VIKTOR.email in state.who) == (Status.STALE, False)
    assert "and this gate asks for one's own" in state.why


def test_a_rejection_stands_whoever_holds_the_key_that_signed_it() -> None:
    play = played(OTHER, table=own_key_at(STAKEHOLDER))
    play.roster = roster_with(held_by_portal(STELLA))
    state = play.state(STAKEHOLDER, DATASET)
    play.answer(state, STELLA, kind=Kind.REJECTED, reason="wrong", holder=Holder.PORTAL)
    assert play.state(STAKEHOLDER, DATASET).status is Status.REJECTED


def test_who_cannot_sign_a_gate_for_the_portal_holds_their_key_is_told_so() -> None:
    play = played(OTHER, table=own_key_at(STAKEHOLDER))
    both = replace(STELLA, keys=(*STELLA.keys, *PORTIA.keys))
    cases = (
        (STELLA, None, ""),
        (held_by_portal(STELLA), None, "the portal holds that of stella@example.org"),
        (both, None, ""),
        (both, Holder.PORTAL, "this gate asks for a key of one's own"),
        (replace(STELLA, keys=()), None, ""),
    )
    for who, holder, expected in cases:
        play.roster = roster_with(who)
        record = play.record()
        gate = play.state(STAKEHOLDER, DATASET).gate
        said = objection_to(play.table, play.case(record), record, play.now, gate, DATASET, who, holder)
        assert bool(said) is bool(expected)
        assert expected in said


def test_evidence_of_production_is_believed_of_a_node_alone() -> None:
    play = played("release.prod.admitted")
    for who in EVERYBODY:
        play.sign("dataset.prod.populated", DATASET, who)
    state = play.state("dataset.prod.populated", DATASET)
    assert (state.status, state.who) == (Status.OPEN, ("node",))


@pytest.mark.parametrize("gate", ["dataset.dev.built", ENGINEER, ORDERED])
def test_a_node_does_not_stand_in_for_people(gate: str) -> None:
    play = played()
    kept = [s for s in play.said if s.statement.gate != gate and s.statement.kind is not Kind.BUILT]
    play.said = kept
    play.sign(gate, None if gate == ORDERED else DATASET, THE_NODE)
    state = play.state(gate, None if gate == ORDERED else DATASET)
    assert not state.is_settled
    assert NODE not in state.who


# What makes stale


def test_a_stale_gate_says_who_signed_when_for_what_and_what_it_is_now() -> None:
    play = played(STAKEHOLDER)
    new = changed(DATASET, "d2")
    play.subjects = (CONTRACT, new, SOLUTION)
    state = play.state("dataset.dev.built", new)
    assert state.status is Status.STALE
    assert state.why == (f"emil@example.org signed {DATASET.digest[7:14]} on 2026-03-02; now it is {new.digest[7:14]}")
    assert play.state(STAKEHOLDER, new).why.startswith(f"stella@example.org signed {DATASET.digest[7:14]} on")
    assert play.state(STAKEHOLDER, new).status is Status.BLOCKED


def test_a_change_of_a_dataset_stales_what_is_about_it_and_nothing_else() -> None:
    play = played("solution.qa.accepted-by-stakeholder")
    before = statuses(play.decide())
    play.subjects = (CONTRACT, changed(DATASET, "d2"), SOLUTION)
    after = statuses(play.decide())
    direct = {place for place in before if before[place] is Status.SATISFIED and after[place] is Status.STALE}
    assert direct == {("dataset.dev.built", DATASET.id)}
    kept = {("contract.feasible", CONTRACT.id), ("dataset.feeds-delivered", DATASET.id)}
    assert {after[place] for place in kept} == {Status.SATISFIED}
    play.advance("solution.qa.accepted-by-stakeholder")
    redone = [s.statement for s in play.said if s.statement.meant(SOLUTION.id)]
    assert len(redone) == len({(s.kind, s.gate, s.environment) for s in redone})  # nobody signed the solution again


def test_evidence_that_fails_afterwards_takes_every_sign_off_back_that_stands_on_it() -> None:
    play = played(STAKEHOLDER)
    play.sign("dataset.qa.checked", DATASET, EMIL, result=Result.FAIL)
    state = play.state("dataset.qa.checked", DATASET)
    assert (state.status, state.why) == (Status.STALE, "the result was fail")
    play.sign("dataset.qa.checked", DATASET, EMIL)
    for gate in IN_QA:
        assert not play.state(gate, DATASET).is_settled
    assert "later evidence: checked in qa gave fail" in play.state(ENGINEER, DATASET).why
    play.advance(STAKEHOLDER)
    assert {play.state(gate, DATASET).status for gate in IN_QA} == {Status.SATISFIED}


def test_evidence_that_failed_before_a_sign_off_does_not_touch_it() -> None:
    play = played("release.frozen")
    play.sign("dataset.qa.checked", DATASET, EMIL, result=Result.FAIL)
    play.advance(STAKEHOLDER, without=["dataset.qa.checked"])
    assert play.state(ENGINEER, DATASET).status is Status.BLOCKED
    play.sign("dataset.qa.checked", DATASET, EMIL)
    play.advance(STAKEHOLDER)
    assert play.state(STAKEHOLDER, DATASET).status is Status.SATISFIED


def test_evidence_that_failed_after_a_sign_off_was_made_takes_it_back_though_recorded_before_it() -> None:
    play = played("dataset.qa.checked")
    signed = play.sign(ENGINEER, DATASET, EMIL)
    play.sign("dataset.qa.checked", DATASET, EMIL, result=Result.FAIL)
    play.sign("dataset.qa.checked", DATASET, EMIL)
    play.said.remove(signed)
    play.said.append(signed)  # the order in which a node gets to see it
    assert "later evidence" in play.state(ENGINEER, DATASET).why


@pytest.mark.parametrize("result", [Result.FAIL, Result.ERROR, None])
def test_evidence_without_a_good_result_satisfies_nothing(result: Result | None) -> None:
    play = played("release.frozen")
    play.sign("dataset.qa.checked", DATASET, EMIL, result=result)
    state = play.state("dataset.qa.checked", DATASET)
    assert (state.status, state.why) == (Status.STALE, f"the result was {result or 'not said'}")


def test_a_warning_is_good_enough() -> None:
    play = played("release.frozen")
    play.sign("dataset.qa.checked", DATASET, EMIL, result=Result.WARN)
    assert play.state("dataset.qa.checked", DATASET).status is Status.SATISFIED


def test_new_data_that_passes_its_checks_stales_nothing() -> None:
    play = played()
    play.sign("dataset.prod.populated", DATASET, THE_NODE, details={"snapshot": digest("today")})
    play.sign("dataset.qa.checked", DATASET, EMIL)
    assert {s.status for s in play.decide().states} == {Status.SATISFIED}


def test_evidence_that_fails_elsewhere_or_of_something_else_touches_no_sign_off() -> None:
    play = played(STAKEHOLDER)
    play.sign("dataset.qa.checked", DATASET, EMIL, result=Result.FAIL, environment="dev")
    play.say(EMIL, Kind.CHECKED, (DATASET.id, digest("older")), result=Result.FAIL, environment="qa")
    play.say(EMIL, Kind.CHECKED, ("dataset:p/other", DATASET.digest), result=Result.FAIL, environment="qa")
    assert play.state(STAKEHOLDER, DATASET).status is Status.SATISFIED


def test_a_sign_off_older_than_the_table_allows_does_not_count() -> None:
    aged = tuple(replace(g, max_age_days=30) if g.id == STAKEHOLDER else g for g in DEFAULT_TABLE)
    play = played(STAKEHOLDER, table=aged)
    play.hours += 30 * 24
    assert play.state(STAKEHOLDER, DATASET).status is Status.SATISFIED
    play.hours += 1
    state = play.state(STAKEHOLDER, DATASET)
    assert (state.status, state.who) == (Status.STALE, (STELLA.email, SIMON.email))
    assert state.why == "signed on 2026-03-02, more than 30 days ago"


def test_a_sign_off_given_before_there_was_anything_to_see_does_not_count_once_there_is() -> None:
    play = played("release.frozen")
    blind = play.sign(ENGINEER, DATASET, EMIL)
    play.sign("dataset.qa.checked", DATASET, EMIL)
    assert blind.statement.observed == ()
    state = play.state(ENGINEER, DATASET)
    assert (state.status, state.why) == (
        Status.STALE,
        "emil@example.org signed without having looked at: checks pass in QA",
    )
    play.sign(ENGINEER, DATASET, EMIL)
    assert play.state(ENGINEER, DATASET).status is Status.SATISFIED


def test_a_sign_off_that_looked_only_at_evidence_of_another_meaning_or_of_a_failure_does_not_count() -> None:
    play = played("release.frozen")
    failed = play.sign("dataset.qa.checked", DATASET, EMIL, result=Result.FAIL)
    older = play.say(EMIL, Kind.CHECKED, (DATASET.id, digest("older")), result=Result.PASS, environment="qa")
    play.sign("dataset.qa.checked", DATASET, EMIL)
    play.sign(ENGINEER, DATASET, EMIL, observed=(failed.digest, older.digest))
    assert "without having looked at" in play.state(ENGINEER, DATASET).why


def test_an_approval_in_production_is_not_given_in_advance_in_qa() -> None:
    play = played("solution.qa.accepted-by-stakeholder")
    in_advance = [g.replace(".qa.", ".prod.") for g in IN_QA]
    for gate, who in zip(in_advance, (EMIL, ERNA, STELLA), strict=True):
        play.sign(gate, DATASET, who)
    play.advance("solution.prod.published")
    assert [play.state(gate, DATASET).is_settled for gate in in_advance] == [False] * 3


def test_a_sign_off_that_names_another_environment_than_its_gate_does_not_count() -> None:
    play = played("dataset.qa.checked")
    play.sign(ENGINEER, DATASET, EMIL, environment="prod", observed=play.evidence(play.state(ENGINEER, DATASET)))
    assert play.state(ENGINEER, DATASET).status is Status.OPEN


def test_a_sign_off_for_another_gate_does_not_count() -> None:
    play = played("dataset.qa.checked")
    of = (DATASET.id, DATASET.digest)
    seen = play.evidence(play.state(ENGINEER, DATASET))
    for gate in ("solution.qa.accepted-by-engineer", OTHER, None):
        play.say(EMIL, Kind.ACCEPTED, of, environment="qa", gate=gate, observed=seen)
    assert play.state(ENGINEER, DATASET).status is Status.OPEN


# Aspects


def test_amended_acceptance_criteria_ask_for_both_approvals_again_and_for_nothing_else_of_discovery() -> None:
    play = played("solution.dev.built")
    amended = changed(CONTRACT, "contract d2")
    play.subjects = (amended, DATASET, SOLUTION)
    found = statuses(play.decide())
    stale = {gate for (gate, _), status in found.items() if status is Status.STALE}
    assert stale == {"contract.approved-by-owner", "contract.approved-by-stakeholder"}
    assert found["contract.feasible", CONTRACT.id] is Status.SATISFIED
    assert found["dataset.feeds-delivered", DATASET.id] is Status.SATISFIED
    assert found["dataset.dev.built", DATASET.id] is Status.SATISFIED


def test_another_column_asks_for_another_assessment() -> None:
    play = played("solution.dev.built")
    wider = changed(CONTRACT, "wider", Aspect.WHOLE, Aspect.COLUMNS)
    play.subjects = (wider, DATASET, SOLUTION)
    assert play.state("contract.feasible", wider).status is Status.STALE


def test_other_sources_ask_for_their_delivery_and_other_code_does_not() -> None:
    play = played("release.frozen")
    play.subjects = (CONTRACT, changed(DATASET, "code"), SOLUTION)
    assert play.state("dataset.feeds-delivered", play.subjects[1]).status is Status.SATISFIED
    play.subjects = (CONTRACT, changed(DATASET, "sources", Aspect.WHOLE, Aspect.FEEDS), SOLUTION)
    assert play.state("dataset.feeds-delivered", play.subjects[1]).status is Status.STALE


def test_a_contract_that_cannot_be_met_is_not_approved() -> None:
    play = Play()
    play.open()
    play.sign("contract.feasible", CONTRACT, EMIL, result=Result.FAIL)
    assert play.state("contract.feasible", CONTRACT).why == "the result was fail"
    assert play.state("contract.approved-by-owner", CONTRACT).status is Status.BLOCKED


# Rejections


def test_a_rejection_stands_with_the_name_and_the_reason_of_who_made_it() -> None:
    play = played(ENGINEER)
    rejection = play.reject(OTHER, DATASET, ERNA, "cancelled flights are counted as on time")
    state = play.state(OTHER, DATASET)
    assert (state.status, state.by) == (Status.REJECTED, rejection)
    assert state.why == "erna@example.org: cancelled flights are counted as on time"


def test_a_rejection_is_not_outvoted_by_another_who_accepts_nor_by_accepting_oneself() -> None:
    play = played(ENGINEER)
    play.reject(OTHER, DATASET, ERNA)
    play.sign(OTHER, DATASET, VIKTOR)
    play.sign(OTHER, DATASET, ERNA)
    assert play.state(OTHER, DATASET).status is Status.REJECTED


def test_a_rejection_ends_when_its_subject_changes() -> None:
    play = played(ENGINEER)
    play.reject(OTHER, DATASET, ERNA)
    play.subjects = (CONTRACT, changed(DATASET, "mended"), SOLUTION)
    play.advance(STAKEHOLDER)
    assert play.state(STAKEHOLDER, play.subjects[1]).status is Status.SATISFIED


def test_a_rejection_comes_back_with_the_digest_it_was_made_of() -> None:
    play = played(ENGINEER)
    play.reject(OTHER, DATASET, ERNA)
    play.subjects = (CONTRACT, changed(DATASET, "mended"), SOLUTION)
    play.advance(STAKEHOLDER)
    play.subjects = PRODUCT
    assert play.state(OTHER, DATASET).status is Status.REJECTED


def test_a_rejection_ends_when_its_maker_withdraws_it_and_by_nobody_elses_word() -> None:
    play = played(ENGINEER)
    rejection = play.reject(OTHER, DATASET, ERNA)
    for who in (EMIL, VIKTOR, STELLA):
        play.withdraw(rejection, who)
        assert play.state(OTHER, DATASET).status is Status.REJECTED
    play.withdraw(rejection, ERNA)
    assert play.state(OTHER, DATASET).status is Status.OPEN


def test_of_two_rejections_the_second_stands_when_the_first_is_withdrawn() -> None:
    play = played(ENGINEER)
    first = play.reject(OTHER, DATASET, ERNA)
    second = play.reject(OTHER, DATASET, VIKTOR)
    play.withdraw(first, ERNA)
    assert play.state(OTHER, DATASET).by == second


def test_a_rejection_reopens_its_gate_and_what_depends_on_it_and_nothing_else() -> None:
    play = played("solution.qa.accepted-by-stakeholder")
    before = statuses(play.decide())
    play.reject(OTHER, DATASET, ERNA)
    after = statuses(play.decide())
    hit = {place: status for place, status in after.items() if before[place] is not status}
    assert hit == {
        (OTHER, DATASET.id): Status.REJECTED,
        (STAKEHOLDER, DATASET.id): Status.BLOCKED,
        ("solution.qa.published", SOLUTION.id): Status.BLOCKED,
        ("solution.qa.accepted-by-engineer", SOLUTION.id): Status.BLOCKED,
        ("solution.qa.accepted-by-other-engineer", SOLUTION.id): Status.BLOCKED,
        ("solution.qa.accepted-by-stakeholder", SOLUTION.id): Status.BLOCKED,
        ("release.prod.admitted", "release:R-0001"): Status.BLOCKED,
    }


def test_a_rejection_outlives_the_role_of_who_made_it() -> None:
    play = played(ENGINEER)
    play.reject(OTHER, DATASET, ERNA)
    play.roster = roster_with(replace(ERNA, roles=frozenset({Role.OWNER})))
    assert play.state(OTHER, DATASET).status is Status.REJECTED


@pytest.mark.parametrize("who", [AUGUST, person("rolf")])
def test_who_may_sign_nothing_rejects_nothing(who: Person) -> None:
    play = played(ENGINEER, roster=roster_with(person("rolf")))
    play.reject(OTHER, DATASET, who)
    assert play.state(OTHER, DATASET).status is Status.OPEN


def test_a_rejection_counts_at_a_gate_that_the_class_does_not_ask_for() -> None:
    play = played("release.frozen", change_class=ChangeClass.COSMETIC)
    assert play.state(STAKEHOLDER, DATASET).status is Status.NOT_ASKED
    play.reject(STAKEHOLDER, DATASET, STELLA, "this is not cosmetic")
    assert play.state(STAKEHOLDER, DATASET).status is Status.REJECTED
    missing = missing_before(DEFAULT_TABLE, play.decide(), ORDERED)
    assert STAKEHOLDER in {state.gate.id for state in missing}


def test_the_release_order_can_be_rejected_too() -> None:
    play = played("solution.prod.accepted-by-stakeholder")
    play.reject(ORDERED, None, RITA, "not before the holidays")
    assert play.state("release.released").status is Status.BLOCKED


# Carrying over


def _next(play: Play, *subjects: Subject, change_class: ChangeClass = ChangeClass.STANDARD) -> Play:
    play.release, play.payload, play.change_class = "R-0002", digest("payload 2"), change_class
    play.subjects = subjects or play.subjects
    play.open()
    return play


def test_a_satisfied_gate_carries_to_the_next_release_for_what_did_not_change() -> None:
    play = _next(played(), CONTRACT, DATASET, changed(SOLUTION, "s2"))
    found = statuses(play.decide())
    of_dataset = {gate: status for (gate, subject), status in found.items() if subject == DATASET.id}
    assert of_dataset["dataset.dev.built"] is Status.CARRIED
    assert found["solution.dev.built", SOLUTION.id] is Status.STALE
    decision = play.advance()
    assert decision.unsettled == ()
    kinds = {s.subject.kind: {t.status for t in decision.states if t.subject.kind is s.subject.kind} for s in
             decision.states}  # fmt: skip
    assert kinds[SubjectKind.DATASET] == {Status.CARRIED}
    assert kinds[SubjectKind.CONTRACT] == {Status.CARRIED}
    assert kinds[SubjectKind.SOLUTION] == {Status.SATISFIED}
    assert kinds[SubjectKind.RELEASE] == {Status.SATISFIED}


def test_nothing_of_the_release_itself_carries_over() -> None:
    decision = _next(played()).decide()
    own = [s for s in decision.states if s.subject.kind is SubjectKind.RELEASE]
    assert {s.status for s in own} == {Status.OPEN, Status.BLOCKED}


def test_what_another_release_ordered_and_released_is_no_order_for_this_one() -> None:
    play = played()
    play.release, play.payload = "R-0002", play.payload  # the very same payload under another number
    play.open()
    assert not play.state(ORDERED).is_settled
    assert not play.state("release.released").is_settled


def test_an_order_for_an_earlier_payload_of_the_same_release_is_stale() -> None:
    play = played(ORDERED)
    play.payload = digest("payload 2")
    assert "rita@example.org signed" in play.state(ORDERED).why
    assert not play.state(ORDERED).is_settled


# Change classes


def test_a_cosmetic_change_asks_for_fewer_gates() -> None:
    decision = played(change_class=ChangeClass.COSMETIC).decide()
    assert decision.unsettled == ()
    asked = {s.gate.id for s in decision.states if s.status is Status.SATISFIED}
    assert asked == {
        "request.recorded", "dataset.dev.built", "solution.dev.built", "release.frozen",
        "dataset.qa.checked", OTHER, "solution.qa.published", "solution.qa.accepted-by-other-engineer",
        "release.prod.admitted", "dataset.prod.populated", "dataset.prod.compared", "solution.prod.published",
        "release.ordered", "release.released", "release.announced", "release.feedback-asked",
    }  # fmt: skip


@pytest.mark.parametrize("change_class", [ChangeClass.ADDITIVE, ChangeClass.REPAIR])
def test_what_lies_between_asks_for_what_the_table_says_and_is_released(change_class: ChangeClass) -> None:
    decision = played(change_class=change_class).decide()
    assert decision.unsettled == ()
    skipped = {s.gate.id for s in decision.states if s.status is Status.NOT_ASKED}
    assert skipped == {gate.id for gate in DEFAULT_TABLE if change_class not in gate.classes}


def test_a_repair_carries_the_approvals_and_is_looked_at_by_two_engineers() -> None:
    repaired = changed(DATASET, "d2"), changed(SOLUTION, "s2")
    play = _next(played(), CONTRACT, *repaired, change_class=ChangeClass.REPAIR)
    found = play.decide()
    assert [s.status for s in found.of("contract.approved-by-owner")] == [Status.NOT_ASKED]
    assert [s.status for s in found.of("dataset.feeds-delivered")] == [Status.CARRIED]
    assert found.of("dataset.dev.built")[0].status is Status.STALE
    play.advance("dataset.qa.checked")
    play.sign(ENGINEER, repaired[0], EMIL)
    assert play.state(OTHER, repaired[0]).status is Status.STALE
    play.sign(OTHER, repaired[0], EMIL)
    assert not play.state(OTHER, repaired[0]).is_settled
    play.sign(OTHER, repaired[0], ERNA)
    assert play.state("solution.qa.published", repaired[1]).status is Status.STALE


def test_an_addition_is_not_soaked_and_is_approved_and_accepted_in_qa_by_a_stakeholder() -> None:
    play = played("dataset.prod.compared", change_class=ChangeClass.ADDITIVE)
    assert play.state("dataset.prod.soaked", DATASET).status is Status.NOT_ASKED
    assert play.state("contract.approved-by-owner", CONTRACT).status is Status.SATISFIED
    assert play.state(STAKEHOLDER, DATASET).status is Status.SATISFIED
    assert play.state("dataset.prod.accepted-by-engineer", DATASET).status is Status.OPEN


def test_a_gate_that_is_not_asked_hands_on_to_what_it_needs_itself() -> None:
    play = played("release.frozen", change_class=ChangeClass.COSMETIC)
    published = play.state("solution.qa.published", SOLUTION)
    assert published.waits_for == (f"dataset.qa.checked {DATASET.id}", f"{OTHER} {DATASET.id}")
    play.advance("solution.prod.published", without=["dataset.prod.compared"])
    missing = missing_before(DEFAULT_TABLE, play.decide(), ORDERED)
    assert "dataset.prod.compared" in {state.gate.id for state in missing}
    assert f"dataset.prod.compared {DATASET.id}" in play.state(ORDERED).waits_for


def test_a_cosmetic_change_still_needs_somebody_elses_eyes() -> None:
    play = played("dataset.qa.checked", change_class=ChangeClass.COSMETIC)
    play.sign(OTHER, DATASET, EMIL)
    assert play.state(OTHER, DATASET).status is Status.STALE


@pytest.mark.parametrize("change_class", [ChangeClass.STANDARD, ChangeClass.BREAKING])
def test_any_other_change_asks_for_everything(change_class: ChangeClass) -> None:
    decision = played(change_class=change_class).decide()
    assert {s.status for s in decision.states} == {Status.SATISFIED}


# What is missing, and who can act


def test_everything_missing_before_a_gate_is_named_near_and_far() -> None:
    play = played("release.frozen")
    missing = missing_before(DEFAULT_TABLE, play.decide(), "release.prod.admitted")
    assert [s.gate.id for s in missing] == [
        "dataset.qa.checked", *IN_QA, "solution.qa.published",
        *(gate.replace("dataset", "solution") for gate in IN_QA),
    ]  # fmt: skip


def test_nothing_is_missing_before_the_order_once_all_is_accepted() -> None:
    play = played("solution.prod.accepted-by-stakeholder")
    assert missing_before(DEFAULT_TABLE, play.decide(), ORDERED) == ()
    assert [s.gate.id for s in missing_before(DEFAULT_TABLE, play.decide(), "release.released")] == [ORDERED]


def _objection(play: Play, gate_id: str, subject: Subject, who: Person) -> str:
    gate = gate_named(DEFAULT_TABLE, gate_id)
    assert gate is not None
    record = play.record()
    return objection_to(DEFAULT_TABLE, play.case(record), record, play.now, gate, subject, who)


def test_who_cannot_sign_is_told_why_and_who_can_is_told_nothing() -> None:
    play = played(ENGINEER)
    assert _objection(play, OTHER, DATASET, ERNA) == ""
    assert "emil@example.org counts at" in _objection(play, OTHER, DATASET, EMIL)
    assert _objection(play, OTHER, DATASET, STELLA) == (
        "the gate asks for the role engineer or validator, and stella@example.org is stakeholder"
    )
    assert "rolf@example.org is no role" in _objection(play, OTHER, DATASET, person("rolf"))


def test_whoever_a_gate_names_as_able_to_act_can_satisfy_it() -> None:
    play = Play()
    play.open()
    while ready := [s for s in play.decide().actionable if s.who != ("node",)] or play.decide().actionable:
        state = ready[0]
        for email in state.who:
            rehearsal = replace(play, said=list(play.said))
            who = THE_NODE if email == "node" else ROSTER.person(email)
            assert who is not None
            rehearsal.answer(state, who)
            assert rehearsal.state(state.gate.id, state.subject).status is Status.SATISFIED
        play.advance(state.gate.id)


def test_nobody_a_gate_does_not_name_can_satisfy_it() -> None:
    play = Play()
    play.open()
    for gate in DEFAULT_TABLE:
        for state in (s for s in play.decide().of(gate.id) if not s.is_settled):
            for who in (*EVERYBODY, THE_NODE):
                name = who.email if isinstance(who, Person) else "node"
                if name not in state.who:
                    rehearsal = replace(play, said=list(play.said))
                    rehearsal.answer(state, who)
                    assert not rehearsal.state(gate.id, state.subject).is_settled, (gate.id, name)
        play.advance(gate.id)


@pytest.mark.parametrize("gate", [g.id for g in DEFAULT_TABLE[1:-1]])
def test_without_any_one_gate_nothing_is_announced(gate: str) -> None:
    play = Play()
    play.open()
    decision = play.advance(without=[gate])
    assert not decision.of("release.announced")[0].is_settled


def test_the_decision_depends_on_its_arguments_alone() -> None:
    play = played(OTHER)
    record = play.record()
    case = play.case(record)
    first, second = (decide(DEFAULT_TABLE, case, record, START + timedelta(days=1)) for _ in range(2))
    assert first == second

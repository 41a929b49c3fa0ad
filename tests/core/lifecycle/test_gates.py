"""The gate table: what must hold of any table, and what the default one says."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from assay.base.roles import PERMISSIONS, Action, Role
from assay.lifecycle.gates import DEFAULT_TABLE, By, ChangeClass, Gate, Need, Phase, Scope, aspect_asked, gate_named
from assay.lifecycle.statements import Kind
from assay.lifecycle.subjects import Aspect, SubjectKind

POSITION = {gate.id: position for position, gate in enumerate(DEFAULT_TABLE)}
every_gate = pytest.mark.parametrize("gate", DEFAULT_TABLE, ids=lambda gate: gate.id)


def test_ids_are_unique_and_open_with_what_the_gate_is_asked_per() -> None:
    assert len(POSITION) == len(DEFAULT_TABLE)
    assert all(gate.id.partition(".")[0] == gate.per for gate in DEFAULT_TABLE)


@every_gate
def test_every_gate_that_is_needed_exists_and_stands_before(gate: Gate) -> None:
    for need in gate.needs:
        upstream = need == Need(gate.id, Scope.READS)
        assert upstream or POSITION[need.gate] < POSITION[gate.id], need


@every_gate
def test_whoever_must_be_somebody_else_signs_before(gate: Gate) -> None:
    for need in gate.distinct:
        assert POSITION[need.gate] < POSITION[gate.id]
        assert gate_named(DEFAULT_TABLE, need.gate).by is not By.NODE  # type: ignore[union-attr]
    if gate.same_person:
        assert POSITION[gate.same_person] < POSITION[gate.id]


@every_gate
def test_a_need_points_to_subjects_that_there_can_be(gate: Gate) -> None:
    reads = {
        SubjectKind.DATASET: {SubjectKind.CONTRACT, SubjectKind.DATASET},
        SubjectKind.SOLUTION: {SubjectKind.DATASET},
    }
    for need in (*gate.needs, *gate.distinct):
        other = gate_named(DEFAULT_TABLE, need.gate)
        assert other is not None
        if need.scope is Scope.SAME:
            assert other.per is gate.per
        elif need.scope is Scope.RELEASE:
            assert other.per is SubjectKind.RELEASE
        elif need.scope is Scope.READS:
            assert other.per in reads[gate.per]


@every_gate
def test_every_gate_for_people_has_roles_and_every_gate_for_a_node_none(gate: Gate) -> None:
    assert bool(gate.roles) is (gate.by is not By.NODE)


@every_gate
def test_every_role_that_signs_off_is_permitted_to(gate: Gate) -> None:
    if gate.by is By.SIGN_OFF:
        assert gate.roles <= PERMISSIONS[Action.SIGN_OFF]
        assert Role.AUDITOR not in gate.roles


@every_gate
def test_what_happens_in_an_environment_says_so_in_its_id(gate: Gate) -> None:
    named = {"dev", "qa", "prod"} & set(gate.id.split("."))
    assert named <= {gate.environment}


@every_gate
def test_a_gate_of_production_evidence_is_a_nodes_and_every_other_evidence_a_persons(gate: Gate) -> None:
    if gate.by is not By.SIGN_OFF:
        assert (gate.by is By.NODE) is (gate.environment == "prod")


def test_the_needs_of_a_subject_never_go_round_in_a_circle() -> None:
    def above(gate_id: str, seen: tuple[str, ...]) -> None:
        assert gate_id not in seen, seen
        gate = gate_named(DEFAULT_TABLE, gate_id)
        assert gate is not None
        for need in gate.needs:
            if need != Need(gate_id, Scope.READS):  # of other subjects, which read in no circle
                above(need.gate, (*seen, gate_id))

    for gate in DEFAULT_TABLE:
        above(gate.id, ())


def test_phases_follow_one_another_down_the_table() -> None:
    order = [list(Phase).index(gate.phase) for gate in DEFAULT_TABLE]
    assert order == sorted(order)
    assert {gate.phase for gate in DEFAULT_TABLE} == set(Phase)


def test_no_statement_can_satisfy_two_gates() -> None:
    places = [(g.per, g.kind, g.id if g.by is By.SIGN_OFF else None, g.environment) for g in DEFAULT_TABLE]
    assert len(places) == len(set(places))


def test_standard_and_breaking_changes_ask_for_every_gate() -> None:
    assert all(gate.classes >= {ChangeClass.STANDARD, ChangeClass.BREAKING} for gate in DEFAULT_TABLE)


LEFT_OUT = {
    ChangeClass.COSMETIC: {
        "contract.feasible", "contract.approved-by-owner", "contract.approved-by-stakeholder",
        "dataset.feeds-delivered", "dataset.prod.soaked",
        *(f"{per}.qa.accepted-by-{who}" for per in ("dataset", "solution") for who in ("engineer", "stakeholder")),
        *(f"{per}.prod.accepted-by-{who}" for per in ("dataset", "solution")
          for who in ("engineer", "other-engineer", "stakeholder")),
    },
    ChangeClass.ADDITIVE: {
        "dataset.prod.soaked", "dataset.prod.accepted-by-stakeholder", "solution.prod.accepted-by-stakeholder",
    },
    ChangeClass.REPAIR: {
        "contract.feasible", "contract.approved-by-owner", "contract.approved-by-stakeholder",
        *(f"{per}.{where}.accepted-by-stakeholder" for per in ("dataset", "solution") for where in ("qa", "prod")),
        "dataset.prod.accepted-by-engineer", "solution.prod.accepted-by-engineer",
    },
    ChangeClass.STANDARD: set(),
    ChangeClass.BREAKING: set(),
}  # fmt: skip
"""The gates that a class leaves out, as decision 37 has them."""


@pytest.mark.parametrize("change_class", ChangeClass)
def test_each_class_leaves_out_what_the_decision_says_and_nothing_else(change_class: ChangeClass) -> None:
    assert {gate.id for gate in DEFAULT_TABLE if change_class not in gate.classes} == LEFT_OUT[change_class]


def test_every_class_is_built_checked_looked_at_by_somebody_else_compared_and_ordered() -> None:
    always = {
        "request.recorded", "dataset.dev.built", "release.frozen", "dataset.qa.checked",
        "dataset.qa.accepted-by-other-engineer", "solution.qa.accepted-by-other-engineer", "release.prod.admitted",
        "dataset.prod.populated", "dataset.prod.compared", "release.ordered",
    }  # fmt: skip
    assert all(gate.classes == frozenset(ChangeClass) for gate in DEFAULT_TABLE if gate.id in always)


@pytest.mark.parametrize("environment", ["qa", "prod"])
@pytest.mark.parametrize("per", ["dataset", "solution"])
def test_three_different_people_accept_everything_in_qa_and_in_production(per: str, environment: str) -> None:
    ids = [f"{per}.{environment}.accepted-by-{who}" for who in ("engineer", "other-engineer", "stakeholder")]
    engineer, other, stakeholder = (gate_named(DEFAULT_TABLE, gate_id) for gate_id in ids)
    assert engineer is not None
    assert other is not None
    assert stakeholder is not None
    built = f"{per}.dev.built"
    assert engineer.same_person == built
    assert {need.gate for need in other.distinct} == {built, ids[0]}
    assert {need.gate for need in stakeholder.distinct} == {built, ids[0], ids[1]}
    assert {gate.kind for gate in (engineer, other, stakeholder)} == {Kind.ACCEPTED}


def test_everything_that_is_asked_before_a_release_stands_before_its_order() -> None:
    before: set[str] = set()

    def collect(gate_id: str) -> None:
        gate = gate_named(DEFAULT_TABLE, gate_id)
        assert gate is not None
        for need in gate.needs:
            if need.gate not in before:
                before.add(need.gate)
                collect(need.gate)

    collect("release.ordered")
    assert before == {gate.id for gate in DEFAULT_TABLE[: POSITION["release.ordered"]]}


def test_what_is_said_in_production_of_datasets_and_solutions_is_of_how_they_run_there() -> None:
    for gate in DEFAULT_TABLE:
        is_production = gate.environment == "prod" and gate.per is not SubjectKind.RELEASE
        assert (gate.aspect is Aspect.PRODUCTION) is is_production, gate.id


def test_evidence_names_the_meaning_that_its_gate_asks_for_and_else_the_whole() -> None:
    dataset = SubjectKind.DATASET
    assert aspect_asked(DEFAULT_TABLE, dataset, Kind.SOAKED, "prod") is Aspect.PRODUCTION
    assert aspect_asked(DEFAULT_TABLE, dataset, Kind.CHECKED, "qa") is Aspect.WHOLE
    assert aspect_asked((), dataset, Kind.SOAKED, "prod") is Aspect.WHOLE


def test_a_gate_that_is_not_there_is_not_found() -> None:
    assert gate_named(DEFAULT_TABLE, "dataset.qa.blessed") is None


def test_the_default_table(snapshot: SnapshotAssertion) -> None:
    assert "\n\n".join(drawn(gate) for gate in DEFAULT_TABLE) == snapshot


def drawn(gate: Gate) -> str:
    """Write a gate as text, leaving out what is as everywhere."""
    who = " or ".join(sorted(gate.roles)) or "node"
    where = f" in {gate.environment}" if gate.environment else ""
    lines = [f"{gate.id}: {gate.title}", f"  {gate.phase}, {gate.kind}{where}, {gate.by}: {who}"]
    lines += [f"  needs {need.gate} ({need.scope})" for need in gate.needs]
    lines += [f"  by nobody who counts at {need.gate} ({need.scope})" for need in gate.distinct]
    lines += [f"  by who signed {gate.same_person}"] if gate.same_person else []
    lines += [f"  of its {gate.aspect}"] if gate.aspect is not Aspect.WHOLE else []
    lines += [f"  asked for {', '.join(sorted(gate.classes))}"] if gate.classes != frozenset(ChangeClass) else []
    lines += [f"  for {gate.max_age_days} days"] if gate.max_age_days else []
    within = gate.authenticated_within_minutes
    lines += [f"  in the portal within {within} minutes of showing who one is"] if within else []
    return "\n".join(lines)

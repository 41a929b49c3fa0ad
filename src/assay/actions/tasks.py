"""Tasks: what somebody could do now for a release, in their own name, for somebody absent, or to correct it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assay.actions.case import Standing
from assay.actions.guidance import Step, step_for
from assay.actions.home import Home
from assay.actions.turns import Turn, turn_of, why_theirs
from assay.base.roles import HANDS, Person, Role
from assay.lifecycle.decide import GateState, Status, objection_to
from assay.lifecycle.delegations import Delegation
from assay.lifecycle.gates import By
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import Kind
from assay.lifecycle.subjects import SubjectKind

CORRECTION = "correct it, commit, build it again and freeze"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing for one kind of act: which gate, on what, and the command that does it.

    Attributes:
        on_behalf_of: e-mail of the absent person whose it is; empty where it is one's own.
        instead: why it is a delegate's, as a sentence; empty where it is one's own.
    """

    release: str
    gate: str
    title: str
    subjects: tuple[str, ...]
    step: Step
    who: tuple[str, ...]
    why: str = ""
    on_behalf_of: str = ""
    instead: str = ""


def tasks_for(home: Home, record: Record, standing: Standing, person: Person | None) -> tuple[Task, ...]:
    """Return what a person could do now for a release, gate by gate in the table's order."""
    actionable = standing.decision.actionable
    rejected = tuple(state for state in standing.decision.states if state.status is Status.REJECTED)
    return tasks_among(home, record, standing, actionable, rejected, person)


def tasks_among(
    home: Home, record: Record, standing: Standing, actionable: Sequence[GateState], rejected: Sequence[GateState],
    person: Person | None,
) -> tuple[Task, ...]:  # fmt: skip
    """Return the same where it is known already what of a release can be acted upon, and what was rejected."""
    if person is None or not (actionable or rejected):
        return ()
    theirs = [state for state in actionable if _is_theirs(home, record, standing, state, person)]
    others = [state for state in actionable if not any(state is own for own in theirs)]
    lent = _lent(home, record, standing, others, person)
    return (*_corrections(record, standing.release, rejected, person), *tasks_of(standing, theirs), *lent)


def _lent(
    home: Home, record: Record, standing: Standing, others: Sequence[GateState], person: Person
) -> tuple[Task, ...]:
    """Return what a person could do for somebody absent, of what they cannot do in their own name."""
    if not record.delegating.standing(home.now(), person.email):
        return ()
    by: dict[Delegation, list[GateState]] = {}
    for state in others:
        if person.email in state.who:
            turn = turn_of(home, record, standing.decision.case, state, person, None)
            if isinstance(turn, Turn) and turn.by is not None:
                by.setdefault(turn.by, []).append(state)
    return tuple(
        replace(
            task, on_behalf_of=each.absent, instead=why_theirs(record, each),
            step=Step(task.step.words, f"{task.step.command} --for {each.absent}"),
        )
        for each, states in by.items()
        for task in tasks_of(standing, states)
    )  # fmt: skip


def _is_theirs(home: Home, record: Record, standing: Standing, state: GateState, person: Person) -> bool:
    """Say whether a person can do it; who can was worked out with the state, but for what only evidence bars."""
    gate = state.gate
    if gate.by is By.NODE or person.email not in state.who or not person.roles & gate.roles:
        return False
    is_told = gate.by is By.SIGN_OFF and not record.delegating.standing(home.now(), person.email)  # else as a delegate
    if gate.holders >= HANDS and (is_told or not (gate.distinct or gate.same_person)):
        return True
    case, holder = standing.decision.case, home.holder_for(person)
    return not objection_to(home.table, case, record, home.now(), gate, state.subject, person, holder)


def _corrections(record: Record, release: Release, rejected: Sequence[GateState], person: Person) -> tuple[Task, ...]:
    """Return what was rejected and is this person's to correct: whoever signed that it was built."""
    found = []
    for state in rejected:
        subject = state.subject
        is_author = subject.kind is SubjectKind.CONTRACT and Role.ENGINEER in person.roles
        is_author = is_author or any(
            s.statement.kind is Kind.BUILT and s.statement.signer == person.email
            for s in record.of(subject.id)
            if s.statement.meant(subject.id) == subject.digest
        )
        if is_author:
            step = Step(CORRECTION, f"assay build {release.product} --env dev --sign")
            found.append(Task(release.id, state.gate.id, "rejected", (subject.name,), step, (person.email,), state.why))
    return tuple(found)


def all_tasks(standing: Standing) -> tuple[Task, ...]:
    """Return everything that somebody could do now for a release."""
    return tasks_of(standing, standing.decision.actionable)


def tasks_of(standing: Standing, states: Sequence[GateState]) -> tuple[Task, ...]:
    """Return some gates' states as tasks, a task a gate."""
    release = standing.release
    by_gate: dict[str, list[GateState]] = {}
    for state in states:
        by_gate.setdefault(state.gate.id, []).append(state)
    return tuple(
        Task(
            release=release.id,
            gate=gate,
            title=found[0].gate.title,
            subjects=tuple(state.subject.name for state in found),
            step=step_for(found[0], release.id, release.product),
            who=tuple(dict.fromkeys(email for state in found for email in state.who)),
            why=next((state.why for state in found if state.why), ""),
        )
        for gate, found in by_gate.items()
    )

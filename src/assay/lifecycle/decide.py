"""The one decision: for a release at a moment, which gates are satisfied, which are not, why, and who can act.

Pure. Terminal, pages, bundles and the node all ask here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from assay.base.canonical import Digest
from assay.base.roles import Holder, Person
from assay.lifecycle.counting import Counting
from assay.lifecycle.delegations import Delegation
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.gates import ChangeClass, Gate, GateTable, Need, Phase
from assay.lifecycle.record import Record, subject_of_request
from assay.lifecycle.subjects import Aspect, Subject, SubjectKind


class Status(StrEnum):
    """How a gate stands for a subject."""

    SATISFIED = "satisfied"
    CARRIED = "carried"
    """Satisfied by a statement made for an earlier release, on a digest that has not changed since."""
    OPEN = "open"
    """Can be acted upon now."""
    STALE = "stale"
    """Open, and was satisfied once; ``why`` says what changed."""
    REJECTED = "rejected"
    """Somebody said no to exactly this digest, and has not withdrawn it."""
    BLOCKED = "blocked"
    """Waits for other gates."""
    NOT_ASKED = "not asked"
    """This change class does not ask for it."""


SETTLED: frozenset[Status] = frozenset({Status.SATISFIED, Status.CARRIED, Status.NOT_ASKED})


@dataclass(frozen=True, slots=True)
class GateState:
    """How one gate stands for one subject.

    Attributes:
        by: the statement that satisfies it, or rejects it; None for neither.
        why: in words, where it is stale or rejected or a sign-off was passed over.
        waits_for: ids of the gates that come first and are not settled, with their subjects: ``gate subject-id``.
        who: e-mails of the people who can act now; ``node`` where a node does it; empty where nobody on the roster can.
    """

    gate: Gate
    subject: Subject
    status: Status
    by: Signed | None = None
    why: str = ""
    waits_for: tuple[str, ...] = ()
    who: tuple[str, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is asked here."""
        return self.status in SETTLED


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be decided: a release with its subjects (requests and the release itself among them) and class."""

    release: str
    subjects: tuple[Subject, ...]
    change_class: ChangeClass


@dataclass(frozen=True, slots=True)
class Decision:
    """How every gate of a release stands, in the order of the table."""

    case: Case
    states: tuple[GateState, ...]

    def state(self, gate_id: str, subject_id: str) -> GateState | None:
        """Find how one gate stands for one subject."""
        return next((s for s in self.states if s.gate.id == gate_id and s.subject.id == subject_id), None)

    def of(self, gate_id: str) -> tuple[GateState, ...]:
        """Return how one gate stands for every subject it is asked for."""
        return tuple(s for s in self.states if s.gate.id == gate_id)

    @property
    def unsettled(self) -> tuple[GateState, ...]:
        """Everything that is still asked for."""
        return tuple(s for s in self.states if not s.is_settled)

    @property
    def actionable(self) -> tuple[GateState, ...]:
        """What somebody can do now."""
        return tuple(s for s in self.states if s.status in (Status.OPEN, Status.STALE))

    @property
    def phase(self) -> Phase | None:
        """The first phase with something unsettled; None when all is done."""
        open_phases = {s.gate.phase for s in self.unsettled}
        return next((phase for phase in Phase if phase in open_phases), None)


def decide(table: GateTable, case: Case, record: Record, now: datetime) -> Decision:
    """Say how every gate of a release stands.

    Args:
        table: the gates, each after those it needs.
        case: the release; its subjects' digests are the present meaning.
        record: everything that was said, with the roster of who may say it.
        now: the present moment, for statements that age.
    """
    judge = _Judge(table, case, record, now)
    ordered = _in_order({subject.id: subject for subject in case.subjects})
    for gate in table:
        for subject in ordered:
            if subject.kind is gate.per:
                judge.judge(gate, subject)
    return Decision(case, tuple(judge.states.values()))


class _Judge:
    """The working state of one decision: gates are judged in the table's order, each seeing those before it."""

    def __init__(self, table: GateTable, case: Case, record: Record, now: datetime) -> None:
        self.case = case
        self.counting = _counting(table, case, record, now)
        self.gates = self.counting.gates
        self.states: dict[tuple[str, str], GateState] = {}

    def judge(self, gate: Gate, subject: Subject) -> None:
        """Judge one gate of one subject, after the gates and subjects that stand before it."""
        self.states[gate.id, subject.id] = self._judged(gate, subject)

    def _judged(self, gate: Gate, subject: Subject) -> GateState:
        rejection = self.counting.rejection(gate, subject)
        if rejection is None and self.case.change_class not in gate.classes:
            return GateState(gate, subject, Status.NOT_ASKED)
        waits_for = tuple(dict.fromkeys(self._unsettled(gate.needs, subject)))
        if rejection is not None:
            why = f"{rejection.statement.speaker}: {rejection.statement.reason}"
            return GateState(gate, subject, Status.REJECTED, rejection, why, waits_for)
        signed, why = self.counting.satisfying(gate, subject)
        if waits_for:
            return GateState(gate, subject, Status.BLOCKED, None, why, waits_for)
        if signed is not None:
            carried = signed.statement.release not in (None, self.case.release)
            return GateState(gate, subject, Status.CARRIED if carried else Status.SATISFIED, signed)
        status = Status.STALE if why else Status.OPEN
        return GateState(gate, subject, status, None, why, (), self.counting.who(gate, subject))

    def _unsettled(self, needs: Sequence[Need], subject: Subject) -> Iterable[str]:
        """Name the needed gates that are not settled; one that is not asked hands on to what it needs itself."""
        for need in needs:
            if need.gate not in self.gates:
                continue
            for target in self.counting.targets(need, subject):
                state = self.states.get((need.gate, target.id))
                if state is None or not state.is_settled:
                    yield f"{need.gate} {target.id}"
                elif state.status is Status.NOT_ASKED:
                    yield from self._unsettled(self.gates[need.gate].needs, target)


def _counting(table: GateTable, case: Case, record: Record, now: datetime) -> Counting:
    return Counting(table, case.subjects, case.change_class, record, now)


def _in_order(by_id: Mapping[str, Subject]) -> list[Subject]:
    """Put subjects after those they read; a circle, which only a forged payload can hold, is cut somewhere."""
    ordered: dict[str, Subject] = {}
    seen: set[str] = set()

    def visit(subject_id: str) -> None:
        if subject_id in by_id and subject_id not in seen:
            seen.add(subject_id)
            for read in by_id[subject_id].reads:
                visit(read)
            ordered[subject_id] = by_id[subject_id]

    for subject_id in by_id:
        visit(subject_id)
    return list(ordered.values())


def case_of(
    release: str, payload: Digest | None, subjects: Iterable[Subject], requests: Iterable[str],
    change_class: ChangeClass, record: Record,
) -> Case:  # fmt: skip
    """Put together what is to be decided of a release.

    Args:
        release: its id.
        payload: the digest of what was frozen; None before QA.
        subjects: contracts, datasets and solutions.
        requests: ids of the requests that it answers.
        change_class: how much it differs from what is released.
        record: where the requests stand.
    """
    asked = [subject_of_request(record.requests[r]) if r in record.requests else _unknown_request(r) for r in requests]
    own = Subject(SubjectKind.RELEASE, release, {Aspect.WHOLE: payload or NOTHING})
    return Case(release, (*asked, *subjects, own), change_class)


NOTHING = Digest("none")
"""Stands for the meaning of what is not there yet; it is not written as a digest is, so no statement can be of it."""


def _unknown_request(name: str) -> Subject:
    """Ask for a request that a release names and that is not in the record: left out, it is missing, not needless."""
    return Subject(SubjectKind.REQUEST, name, {Aspect.WHOLE: NOTHING})


def missing_before(table: GateTable, decision: Decision, gate_id: str) -> tuple[GateState, ...]:
    """Return everything unsettled that a gate stands on, near or far, in the order of the table."""
    gates = {gate.id: gate for gate in table}
    before: set[str] = set()

    def collect(gate: Gate) -> None:
        for need in gate.needs:
            if need.gate in gates and need.gate not in before:
                before.add(need.gate)
                collect(gates[need.gate])

    collect(gates[gate_id])
    return tuple(state for state in decision.unsettled if state.gate.id in before)


def objection_to(
    table: GateTable, case: Case, record: Record, now: datetime, gate: Gate, subject: Subject, person: Person,
    holder: Holder | None = None,
) -> str:  # fmt: skip
    """Say why a person cannot sign a gate of a subject, whatever else is open; empty when they can.

    ``holder`` is who holds the key that they would sign with; None for any of theirs.
    """
    if not person.roles & gate.roles:
        asked = " or ".join(sorted(gate.roles))
        held = ", ".join(sorted(person.roles)) or "no role"
        return f"the gate asks for the role {asked}, and {person.email} is {held}"
    counting = _counting(table, case, record, now)
    return counting.in_wrong_hands(gate, person, holder) or counting.barred(gate, subject, person.email)


def delegations_to(
    table: GateTable, case: Case, record: Record, now: datetime, gate: Gate, subject: Subject, person: Person,
    holder: Holder | None = None,
) -> tuple[Delegation, ...]:  # fmt: skip
    """Return the delegations by which a person can sign a gate of a subject on somebody's behalf, oldest first.

    ``holder`` as of `objection_to`.
    """
    return tuple(_counting(table, case, record, now).delegations(gate, subject, person.email, holder))

"""Status: who and where I am, what needs me, every release, production, debts, and one suggestion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from assay.actions.case import Standing, released_release, standing_of
from assay.actions.guidance import Step, step_for
from assay.actions.home import Home
from assay.actions.signoff import SIGNABLE
from assay.base.errors import Fault
from assay.base.roles import Person, Role
from assay.lifecycle.decide import GateState, Status, objection_to
from assay.lifecycle.gates import By, Phase
from assay.lifecycle.record import Record, Release, Request
from assay.lifecycle.statements import GOOD, Kind, Statement
from assay.lifecycle.subjects import SubjectKind

CORRECTION = "correct it, commit, build it again and freeze"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing for one kind of act: which gate, on what, and the command that does it."""

    release: str
    gate: str
    title: str
    subjects: tuple[str, ...]
    step: Step
    who: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A release in a line: class, phase, whom it waits for and since when."""

    release: Release
    version: str
    change_class: str
    phase: Phase | None
    settled: int
    asked: int
    carried: int
    waits_for: tuple[Task, ...]
    rejections: tuple[GateState, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class ServedLine:
    """What production serves of a product, by the node's own statements.

    Attributes:
        version: None before the first release.
        as_of: the logical date of what is served.
        last_run: the node's newest run; None when none was imported.
        late: why it is not newer; empty when the newest run was good.
    """

    product: str
    version: str | None
    release: str | None
    as_of: str | None
    last_run: Statement | None
    late: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that ``assay status`` shows."""

    project: str
    person: Person | None
    mine: tuple[Task, ...]
    releases: tuple[ReleaseLine, ...]
    asked: tuple[Request, ...]
    served: tuple[ServedLine, ...]
    debts: tuple[str, ...]
    faults: tuple[Fault, ...]
    suggestion: Task | None


def overview(home: Home) -> Overview:
    """Read the ledger and say how everything stands."""
    loaded = home.load()
    record = loaded.record
    standings = [standing_of(home, record, release) for release in record.open_releases()]
    standings += [s for r in record.releases.values() if (s := _asking_feedback(home, record, r)) is not None]
    mine = tuple(task for standing in standings for task in tasks_for(home, record, standing, home.person))
    lines = tuple(_line(record, standing) for standing in standings)
    return Overview(
        project=home.project.name,
        person=home.person,
        mine=mine,
        releases=lines,
        asked=tuple(_unanswered(record)),
        served=tuple(_served(record, product) for product in sorted(home.project.products)),
        debts=_debts(record),
        faults=loaded.faults,
        suggestion=next(iter(mine), next((task for line in lines for task in line.waits_for), None)),
    )


def _unanswered(record: Record) -> Iterator[Request]:
    """Give the requests that stand and that no release answers."""
    answered = {q for r in record.releases.values() if r.cancelled is None for q in r.requests}
    return (q for q in record.requests.values() if q.cancelled is None and q.id not in answered)


def tasks_for(home: Home, record: Record, standing: Standing, person: Person | None) -> tuple[Task, ...]:
    """Return what a person could do now for a release, gate by gate in the table's order."""
    if person is None:
        return ()
    case = standing.decision.case
    theirs = [
        state
        for state in standing.decision.states
        if state.status in SIGNABLE
        and state.gate.by is not By.NODE
        and not objection_to(home.table, case, record, home.now(), state.gate, state.subject, person)
    ]
    return (*_corrections(record, standing, person), *_tasks(standing, theirs))


def _corrections(record: Record, standing: Standing, person: Person) -> tuple[Task, ...]:
    """Return what was rejected and is this person's to correct: whoever signed that it was built."""
    found = []
    for state in standing.decision.states:
        subject = state.subject
        is_author = subject.kind is SubjectKind.CONTRACT and Role.ENGINEER in person.roles
        is_author = is_author or any(
            s.statement.kind is Kind.BUILT and s.statement.signer == person.email
            for s in record.of(subject.id)
            if s.statement.meant(subject.id) == subject.digest
        )
        if state.status is Status.REJECTED and is_author:
            product = standing.release.product
            step = Step(CORRECTION, f"assay build {product} --env dev --sign")
            found.append(
                Task(standing.release.id, state.gate.id, "rejected", (subject.name,), step, (person.email,), state.why)
            )
    return tuple(found)


def all_tasks(standing: Standing) -> tuple[Task, ...]:
    """Return everything that somebody could do now for a release."""
    return _tasks(standing, standing.decision.actionable)


def _tasks(standing: Standing, states: list[GateState] | tuple[GateState, ...]) -> tuple[Task, ...]:
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


def _line(record: Record, standing: Standing) -> ReleaseLine:
    states = standing.decision.states
    asked = [state for state in states if state.status is not Status.NOT_ASKED]
    newest = [s.statement.at for s in record.statements if s.statement.release == standing.release.id]
    return ReleaseLine(
        release=standing.release,
        version=standing.release.version or "",
        change_class=str(standing.change_class),
        phase=standing.decision.phase,
        settled=sum(state.is_settled for state in asked),
        asked=len(asked),
        carried=sum(state.status is Status.CARRIED for state in asked),
        waits_for=all_tasks(standing),
        rejections=tuple(state for state in states if state.status is Status.REJECTED),
        since=max(newest, default=standing.release.at),
    )


def _asking_feedback(home: Home, record: Record, release: Release) -> Standing | None:
    """A released release stays in sight until its stakeholders were asked for feedback."""
    if release.announced is None or release.rolled_back is not None:
        return None
    standing = standing_of(home, record, release)
    return standing if standing.decision.phase is Phase.MONITORING else None


def _served(record: Record, product: str) -> ServedLine:
    release = released_release(record, product)
    if release is None:
        return ServedLine(product, None, None, None, None, "")
    runs = [
        s.statement for s in record.of(f"release:{release.id}")
        if s.statement.kind in (Kind.RAN, Kind.RELEASED, Kind.ROLLED_BACK)
    ]  # fmt: skip
    good = [run for run in runs if run.result in GOOD]
    last = runs[-1] if runs else None
    late = "" if last is None or last.result in GOOD else f"the run of {last.at:%Y-%m-%d %H:%M} gave {last.result}"
    as_of = str(good[-1].details.get("as_of", "")) if good else None
    return ServedLine(product, release.version, release.id, as_of, last, late)


def _debts(record: Record) -> tuple[str, ...]:
    """Name what was left behind: rejections that stand on open releases are not debts, cancelled work is none."""
    return tuple(
        f"{release.id} {release.product} {release.version}: rolled back, its defect is not corrected yet"
        for release in record.releases.values()
        if release.rolled_back is not None
        and not any(
            other.product == release.product and other.at > release.rolled_back.statement.at and other.released
            for other in record.releases.values()
        )
    )

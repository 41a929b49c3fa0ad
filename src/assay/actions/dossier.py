"""The dossier of a release: everything about it on one screen, for the pages and for whoever asks for it as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from assay.actions.case import Standing, released_release
from assay.actions.home import Home, release_named
from assay.actions.status import standing_remembered
from assay.actions.tasks import Task, all_tasks, tasks_for
from assay.actions.work import needed_by
from assay.lifecycle.decide import GateState, Status
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.gates import Phase
from assay.lifecycle.record import Record, Release, Request
from assay.lifecycle.statements import Kind, Statement


@dataclass(frozen=True, slots=True)
class PhaseOnRail:
    """One phase: how many of its gates are settled; ``is_now`` for the first with something left."""

    phase: Phase
    settled: int
    asked: int
    is_now: bool

    @property
    def is_done(self) -> bool:
        """Whether nothing is left of it."""
        return self.settled == self.asked


@dataclass(frozen=True, slots=True)
class Item:
    """One subject in one phase, and how its gates stand, in the table's order."""

    kind: str
    name: str
    states: tuple[GateState, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A release on one screen.

    Attributes:
        title: of the product.
        serving: what production serves of the product now; None before the first release.
        by: the earliest day for which it was asked.
        rail: the phases in order, those without a gate for this class left out.
        items: what is asked, by phase.
        carried: how many gates need not be looked at again.
        mine: what the person who looks can do now.
        next: what anybody can do now.
        comparisons: what the node measured on the same cut, newest last.
        history: every statement about the release and its subjects, newest first.
    """

    standing: Standing
    title: str
    serving: Release | None
    by: date | None
    requests: tuple[Request, ...]
    rail: tuple[PhaseOnRail, ...]
    items: dict[Phase, tuple[Item, ...]]
    carried: int
    mine: tuple[Task, ...]
    next: tuple[Task, ...]
    comparisons: tuple[Statement, ...]
    history: tuple[Signed, ...]

    @property
    def release(self) -> Release:
        """The release itself."""
        return self.standing.release


def dossier_of(home: Home, release_id: str) -> Dossier:
    """Put together everything about a release.

    Raises:
        AssayError: no such release.
    """
    record = home.load().record
    release = release_named(record, release_id)
    standing = standing_remembered(home, record, release)
    asked = [state for state in standing.decision.states if state.status is not Status.NOT_ASKED]
    product = home.project.products.get(release.product)
    history = _history(record, standing)
    return Dossier(
        standing=standing,
        title=product.title if product else release.product,
        serving=released_release(record, release.product),
        by=needed_by(record, release),
        requests=tuple(record.requests[name] for name in release.requests if name in record.requests),
        rail=tuple(_rail(asked, standing.decision.phase)),
        items={phase: items for phase in Phase if (items := tuple(_items(asked, phase)))},
        carried=sum(state.status is Status.CARRIED for state in asked),
        mine=tasks_for(home, record, standing, home.person) if _is_on_its_way(release) else (),
        next=all_tasks(standing) if _is_on_its_way(release) else (),
        comparisons=tuple(s.statement for s in reversed(history) if s.statement.kind is Kind.COMPARED),
        history=history,
    )


def _is_on_its_way(release: Release) -> bool:
    return release.cancelled is None and release.rolled_back is None


def _rail(asked: list[GateState], now: Phase | None) -> Iterator[PhaseOnRail]:
    for phase in Phase:
        states = [state for state in asked if state.gate.phase is phase]
        if states:
            yield PhaseOnRail(phase, sum(state.is_settled for state in states), len(states), phase is now)


def _items(asked: list[GateState], phase: Phase) -> Iterator[Item]:
    found: dict[str, list[GateState]] = {}
    for state in asked:
        if state.gate.phase is phase:
            found.setdefault(state.subject.id, []).append(state)
    for states in found.values():
        subject = states[0].subject
        yield Item(str(subject.kind), subject.name, tuple(states))


def _history(record: Record, standing: Standing) -> tuple[Signed, ...]:
    """Return what was said of the release and, for it, of its subjects: newest first, each once."""
    own = f"release:{standing.release.id}"
    ids = [subject.id for subject in standing.decision.case.subjects]
    said = {signed.digest: signed for subject_id in ids for signed in record.of(subject_id)}
    about = [s for s in said.values() if s.statement.release == standing.release.id or s.statement.meant(own)]
    return tuple(sorted(about, key=lambda signed: signed.statement.at, reverse=True))

"""Schedules: say what is due, run it in its order, and what a person asks for at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from assay.automation.attempts import History, history_of, wanted_run
from assay.automation.node import Node, Progress, admitted_releases, alone, candidate_release, served_release
from assay.automation.running import Due, run_release
from assay.base.errors import AssayError, Busy, Fault, raise_faults, refusal
from assay.base.snapshots import Slot
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import Kind, Statement
from assay.project.schedule import Missed, Schedule


@dataclass(frozen=True, slots=True)
class Active:
    """A release whose schedule runs: into which slot, by which schedule, and what is known of its runs."""

    release: Release
    slot: Slot
    schedule: Schedule
    history: History

    def due(self, now: datetime) -> Due | None:
        """Return the run that is due now, if there is one."""
        wanted = wanted_run(self.schedule, self.history, now)
        if wanted is None:
            return None
        at = wanted.moment if self.schedule.missed is Missed.ALL else now
        return Due(self.release, self.slot, wanted.moment, at, wanted.number, wanted.skipped)


def due_runs(node: Node, record: Record) -> tuple[Due, ...]:
    """Say what is due now, at most one run of each release: the newest moment, or the oldest where all are run."""
    return tuple(due for active in active_schedules(node, record) if (due := active.due(node.now())) is not None)


def active_schedules(node: Node, record: Record) -> Iterator[Active]:
    """Give the releases whose schedules run, those without a schedule left out."""
    for release, slot in active_releases(record):
        schedule = schedule_of(node, release)
        if schedule is not None:
            yield Active(release, slot, schedule, history_of(record, release, schedule))


def active_releases(record: Record) -> Iterator[tuple[Release, Slot]]:
    """Give the releases whose schedules run: what is served, and the candidate once it is populated."""
    for product in sorted({r.product for r in admitted_releases(record)}):
        served = served_release(record, product)
        if served is not None:
            yield served, Slot.RELEASED
        candidate = candidate_release(record, product)
        if candidate is not None and _is_populated(record, candidate):
            yield candidate, Slot.CANDIDATE


def schedule_of(node: Node, release: Release) -> Schedule | None:
    """Return a release's schedule, as its payload has it."""
    assert release.payload is not None
    payload = node.payload(release.payload)
    return node.project(payload).products[payload.product].schedule


@alone
def run_due(node: Node, progress: Progress) -> tuple[Statement, ...]:
    """Run everything that is due and return what the node says of it; nothing due gives nothing.

    Raises:
        AssayError: of releases for which nobody can say what is due; the others have been run.
    """
    said: list[Statement] = []
    faults: list[Fault] = []
    for release, slot in active_releases(node.load().record):
        try:
            said += _run_due(node, release, slot, progress)
        except Busy:
            raise
        except AssayError as error:
            faults += error.faults
    raise_faults(faults)
    return tuple(said)


def _run_due(node: Node, release: Release, slot: Slot, progress: Progress) -> Iterator[Statement]:
    """Run what is due of one release: one run, or several where all missed ones are run."""
    schedule = schedule_of(node, release)
    if schedule is None:
        return
    for _ in range(schedule.missed_per_turn if schedule.missed is Missed.ALL else 1):
        due = Active(release, slot, schedule, history_of(node.load().record, release, schedule)).due(node.now())
        if due is None:
            return
        yield from run_release(node, due, progress)


@alone
def run_now(node: Node, product: str, progress: Progress) -> tuple[Statement, ...]:
    """Run what is served of a product at once, due or not: to catch up after a rollback or a repaired source."""
    release = served_release(node.load().record, product)
    if release is None:
        raise refusal(product, expected="a product that is served here", found="none")
    now = node.now()
    return run_release(node, Due(release, Slot.RELEASED, now, now, is_manual=True), progress)


def _is_populated(record: Record, release: Release) -> bool:
    return any(s.statement.release == release.id and s.statement.kind is Kind.POPULATED for s in record.statements)

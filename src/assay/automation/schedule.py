"""Schedules: run what is due, count the soak, keep yesterday's data served when a run fails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cronsim import CronSim

from assay.automation.node import Node, Progress, admitted_releases, alone, candidate_release, served_release
from assay.automation.production import land, publish_pages, run_details, run_product
from assay.base.errors import AssayError, refusal
from assay.base.roles import Holder
from assay.base.snapshots import Slot
from assay.bundle.payload import Payload
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import GOOD, Kind, Meant, Result, Statement, parse_time, time_text
from assay.lifecycle.subjects import SubjectKind
from assay.project.model import Project

_STARTS = frozenset({Kind.POPULATED, Kind.RELEASED, Kind.RAN})


@dataclass(frozen=True, slots=True)
class Due:
    """A run that is due: which release, into which slot, for which moment of its schedule."""

    release: Release
    slot: Slot
    at: datetime
    skipped: int


def due_runs(node: Node, record: Record) -> tuple[Due, ...]:
    """Say what is due now: the newest missed moment of each active schedule; older ones are skipped and counted."""
    found = []
    for release, slot in active_releases(record):
        assert release.payload is not None
        moments = list(_moments(node, record, release))
        if moments:
            found.append(Due(release, slot, moments[-1], len(moments) - 1))
    return tuple(found)


def active_releases(record: Record) -> Iterator[tuple[Release, Slot]]:
    """Give the releases whose schedules run: what is served, and the candidate once it is populated."""
    for product in sorted({r.product for r in admitted_releases(record)}):
        served = served_release(record, product)
        if served is not None:
            yield served, Slot.RELEASED
        candidate = candidate_release(record, product)
        if candidate is not None and _newest(record, candidate, frozenset({Kind.POPULATED})) is not None:
            yield candidate, Slot.CANDIDATE


@alone
def run_due(node: Node, progress: Progress) -> tuple[Statement, ...]:
    """Run everything that is due and return what the node says of it; nothing due gives nothing."""
    said: list[Statement] = []
    for due in due_runs(node, node.load().record):
        said += run_release(node, due, progress)
    return tuple(said)


@alone
def run_now(node: Node, product: str, progress: Progress) -> tuple[Statement, ...]:
    """Run what is served of a product at once, due or not: to catch up after a rollback or a repaired source."""
    release = served_release(node.load().record, product)
    if release is None:
        raise refusal(product, expected="a product that is served here", found="none")
    return run_release(node, Due(release, Slot.RELEASED, node.now(), 0), progress)


def run_release(node: Node, due: Due, progress: Progress) -> tuple[Statement, ...]:
    """Run one release once; a run that fails moves nothing and says why."""
    assert due.release.payload is not None
    payload = node.payload(due.release.payload)
    progress(f"running {payload.product} {payload.version} ({due.slot}) for {time_text(due.at)}")
    start = time.monotonic()
    result, reason, details = _outcome(node, payload, due, progress)
    details = {
        **details, "slot": time_text(due.at), "skipped": due.skipped, "pointer": str(due.slot),
        "product": payload.product, "milliseconds": int((time.monotonic() - start) * 1000),
    }  # fmt: skip
    ran = node.statement(
        Kind.RAN, subjects=(Meant(f"release:{due.release.id}", payload.digest),), release=due.release.id,
        result=result, reason=reason, details=details,
    )  # fmt: skip
    node.say(ran)
    soaked = _soaked(node, due, payload) if due.slot is Slot.CANDIDATE else ()
    if soaked:
        node.say(*soaked)
    return (ran, *soaked)


def _outcome(node: Node, payload: Payload, due: Due, progress: Progress) -> tuple[Result, str, dict[str, object]]:
    try:
        project = node.project(payload)
        run = run_product(node, project, payload, due.slot, land(node, project, payload.product), progress)
    except AssayError as error:
        return Result.ERROR, str(error.faults[0]), {}
    details = run_details(run, 0, payload.product)
    if not run.is_published:
        return run.result, "checks did not pass; what was served before is still served", details
    return *_shown(node, project, payload, due, run.result), details


def _shown(node: Node, project: Project, payload: Payload, due: Due, result: Result) -> tuple[Result, str]:
    """Publish the pages of what is served now; if one is not put in place, say that it shows what was served before."""
    try:
        banner = "" if due.slot is Slot.RELEASED else "Candidate"
        pages = publish_pages(node, project, payload, due.slot, banner)
    except AssayError as error:
        return Result.ERROR, f"the data is served, its pages show what was served before: {error.faults[0]}"
    kept = [name for name, page in pages.items() if page.result not in GOOD]
    if kept:
        return Result.FAIL, f"the data is served, these pages show what was served before: {', '.join(kept)}"
    return result, ""


def _soaked(node: Node, due: Due, payload: Payload) -> tuple[Statement, ...]:
    """Say that the candidate is soaked once enough scheduled runs in a row were good, and not twice."""
    record = node.load().record
    subject_id = f"release:{due.release.id}"
    schedule = node.project(payload).products[payload.product].schedule
    if schedule is None:
        return ()
    runs = [
        s.statement for s in record.of(subject_id)
        if s.statement.kind is Kind.RAN and s.statement.meant(subject_id) == payload.digest
    ]  # fmt: skip
    good = 0
    for run in runs:
        good = good + 1 if run.result in GOOD else 0
    if good < schedule.soak_runs:
        return ()
    return tuple(
        node.statement(
            Kind.SOAKED, subjects=(node.meant(subject, Kind.SOAKED),), release=due.release.id,
            result=Result.PASS, reason=f"{good} scheduled runs without failure", details={"runs": good},
        )
        for subject in payload.subjects
        if subject.kind is SubjectKind.DATASET and not _has(record, node.meant(subject, Kind.SOAKED))
    )  # fmt: skip


def _has(record: Record, meant: Meant) -> bool:
    return any(
        s.statement.kind is Kind.SOAKED
        and s.statement.holder is Holder.NODE
        and s.statement.meant(meant.id) == meant.digest
        for s in record.of(meant.id)
    )


def _moments(node: Node, record: Record, release: Release) -> Iterator[datetime]:
    """Give the moments of a schedule (in UTC) after the newest run, up to now."""
    assert release.payload is not None
    payload = node.payload(release.payload)
    schedule = node.project(payload).products[payload.product].schedule
    since = _newest(record, release, _STARTS)
    if schedule is None or since is None:
        return
    for moment in CronSim(schedule.cron, since):
        if moment > node.now():
            return
        yield moment


def _newest(record: Record, release: Release, kinds: frozenset[Kind]) -> datetime | None:
    """Return the moment up to which a release has been run; of a scheduled run, its moment in the schedule."""
    found = [
        parse_time(s.statement.details["slot"]) if s.statement.kind is Kind.RAN else s.statement.at
        for s in record.statements
        if s.statement.release == release.id and s.statement.kind in kinds
    ]
    return max(found, default=None)

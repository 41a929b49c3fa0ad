"""Running a release once: a run that fails moves nothing and says why; good ones in a row soak a candidate."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from assay.automation.attempts import Failure, attempt_of, good_in_a_row
from assay.automation.node import Node, Progress
from assay.automation.production import land, make_product, publish_pages, put_in_place, run_details
from assay.automation.time_limit import TooLong, time_limit
from assay.base.errors import AssayError
from assay.base.roles import Holder
from assay.base.snapshots import Slot
from assay.bundle.payload import Payload
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import GOOD, Kind, Meant, Result, Statement, time_text
from assay.lifecycle.subjects import SubjectKind
from assay.project.model import Project


@dataclass(frozen=True, slots=True)
class Due:
    """A run that is due.

    Attributes:
        release: what runs.
        slot: where its data is put.
        moment: of its schedule, for which it is made; of one that a person begins, now.
        on: the moment whose day is its logical date, where its product takes that from when it runs.
        attempt: 1 for the first at this moment.
        skipped: how many moments before it are left out.
        is_manual: whether a person begins it.
    """

    release: Release
    slot: Slot
    moment: datetime
    on: datetime
    attempt: int = 1
    skipped: int = 0
    is_manual: bool = False


@dataclass(frozen=True, slots=True)
class _Outcome:
    result: Result
    reason: str = ""
    failure: Failure | None = None
    details: Mapping[str, object] = field(default_factory=dict)


def run_release(node: Node, due: Due, progress: Progress) -> tuple[Statement, ...]:
    """Run one release once; a run that fails moves nothing and says why."""
    assert due.release.payload is not None
    payload = node.payload(due.release.payload)
    again = f", attempt {due.attempt}" if due.attempt > 1 else ""
    progress(f"running {payload.product} {payload.version} ({due.slot}) for {time_text(due.moment)}{again}")
    start = time.monotonic()
    outcome = _outcome(node, payload, due, progress)
    details = {
        **outcome.details, "slot": time_text(due.moment), "skipped": due.skipped, "pointer": str(due.slot),
        "product": payload.product, "milliseconds": int((time.monotonic() - start) * 1000), "attempt": due.attempt,
        **({"failure": str(outcome.failure)} if outcome.failure else {}), **({"manual": True} if due.is_manual else {}),
    }  # fmt: skip
    ran = node.statement(
        Kind.RAN, subjects=(Meant(f"release:{due.release.id}", payload.digest),), release=due.release.id,
        result=outcome.result, reason=outcome.reason, details=details,
    )  # fmt: skip
    node.say(ran)
    soaked = _soaked(node, due, payload) if due.slot is Slot.CANDIDATE else ()
    if soaked:
        node.say(*soaked)
    return (ran, *soaked)


def _outcome(node: Node, payload: Payload, due: Due, progress: Progress) -> _Outcome:
    try:
        project = node.project(payload)
        schedule = project.products[payload.product].schedule
        with time_limit(schedule.timeout_seconds if schedule else None, f"the run of {payload.product}"):
            sources = land(node, project, payload.product)
            run = make_product(node, project, payload, due.slot, sources, due.on, progress)
        run = put_in_place(node, run, due.slot)
        details = run_details(run, 0, payload.product)
    except AssayError as error:
        return _Outcome(Result.ERROR, str(error.faults[0]), _failure(error))
    except OSError as error:  # of a disk or a network that nobody put into better words
        return _Outcome(Result.ERROR, _words(error), Failure.UNAVAILABLE)
    if not run.is_published:
        reason = "checks did not pass; what was served before is still served"
        return _Outcome(run.result, reason, Failure.CHECKS, details)
    return _shown(node, project, payload, due, _Outcome(run.result, details=details))


def _failure(error: AssayError) -> Failure:
    if isinstance(error, TooLong):
        return Failure.TIMEOUT
    return Failure.UNAVAILABLE if error.is_passing else Failure.ERROR


def _words(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _shown(node: Node, project: Project, payload: Payload, due: Due, served: _Outcome) -> _Outcome:
    """Publish the pages of what is served now; if one is not put in place, say that it shows what was served before."""
    try:
        banner = "" if due.slot is Slot.RELEASED else "Candidate"
        pages = publish_pages(node, project, payload, due.slot, banner)
    except AssayError as error:
        reason = f"the data is served, its pages show what was served before: {error.faults[0]}"
        failure = Failure.UNAVAILABLE if error.is_passing else Failure.PAGES
        return _Outcome(Result.ERROR, reason, failure, served.details)
    except OSError as error:
        reason = f"the data is served, its pages show what was served before: {_words(error)}"
        return _Outcome(Result.ERROR, reason, Failure.UNAVAILABLE, served.details)
    kept = [name for name, page in pages.items() if page.result not in GOOD]
    if kept:
        reason = f"the data is served, these pages show what was served before: {', '.join(kept)}"
        return _Outcome(Result.FAIL, reason, Failure.PAGES, served.details)
    return served


def _soaked(node: Node, due: Due, payload: Payload) -> tuple[Statement, ...]:
    """Say that the candidate is soaked once enough moments of its schedule in a row ended well, and not twice."""
    record = node.load().record
    subject_id = f"release:{due.release.id}"
    schedule = node.project(payload).products[payload.product].schedule
    if schedule is None:
        return ()
    good = good_in_a_row([
        attempt_of(s.statement) for s in record.of(subject_id)
        if s.statement.kind is Kind.RAN and s.statement.holder is Holder.NODE
        and s.statement.meant(subject_id) == payload.digest
    ])  # fmt: skip
    if len(good) < schedule.soak_runs:
        return ()
    later = sum(attempt.number > 1 for attempt in good)
    reason = f"{len(good)} scheduled runs without failure" + (f", {later} of them when tried again" if later else "")
    return tuple(
        node.statement(
            Kind.SOAKED, subjects=(node.meant(subject, Kind.SOAKED),), release=due.release.id,
            result=Result.PASS, reason=reason, details={"runs": len(good), "tried_again": later},
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

"""The node's own report: what it serves, what is on its way, what is due and comes next, and how its runs went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from assay.automation.attempts import Attempt, Wanted, attempt_of, awaited_run
from assay.automation.node import ENVIRONMENT, Node, admitted_releases, candidate_release, served_release
from assay.automation.running import Due
from assay.automation.schedule import Active, active_schedules
from assay.base.errors import refusal
from assay.base.roles import Holder
from assay.base.snapshots import Slot
from assay.lifecycle.record import Record
from assay.lifecycle.statements import GOOD, Kind, time_text
from assay.project.schedule import next_moments

_NEXT = 2
"""So many moments of a schedule are shown."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A product as it stands in a slot; ``note`` says how its last run went."""

    product: str
    version: str
    release: str
    as_of: str
    note: str


@dataclass(frozen=True, slots=True)
class Coming:
    """What comes of a schedule that is active.

    Attributes:
        due: the run that is due now, if there is one.
        awaited: the attempt that waits for its time, if one does.
        moments: of the schedule, the next ones (UTC).
        timezone: by whose clock people read them.
    """

    product: str
    release: str
    slot: Slot
    due: Due | None
    awaited: Wanted | None
    moments: tuple[datetime, ...]
    timezone: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a node says of itself."""

    served: tuple[Entry, ...]
    candidates: tuple[Entry, ...]
    coming: tuple[Coming, ...]


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A run as its statement tells of it."""

    product: str
    release: str
    pointer: str
    attempt: Attempt
    reason: str
    rows: Mapping[str, int]
    milliseconds: int
    as_of: str | None
    skipped: int

    def as_json(self) -> dict[str, Any]:
        """Write it for machines."""
        return {
            "product": self.product, "release": self.release, "pointer": self.pointer,
            "moment": time_text(self.attempt.moment), "attempt": self.attempt.number,
            "ended": time_text(self.attempt.ended), "result": str(self.attempt.result), "reason": self.reason,
            "failure": str(self.attempt.failure) if self.attempt.failure else None,
            "manual": self.attempt.is_manual, "rows": dict(self.rows), "milliseconds": self.milliseconds,
            "as_of": self.as_of, "skipped": self.skipped,
        }  # fmt: skip


def report(node: Node) -> Report:
    """Read the node's ledger and pointers and say how it stands."""
    record = node.load().record
    served: list[Entry] = []
    candidates: list[Entry] = []
    for product in sorted({r.product for r in admitted_releases(record)}):
        for release, slot, entries in (
            (served_release(record, product), Slot.RELEASED, served),
            (candidate_release(record, product), Slot.CANDIDATE, candidates),
        ):
            if release is not None:
                pointer = node.workshop.pointers.get(ENVIRONMENT, product, slot)
                as_of = pointer.as_of if pointer is not None and pointer.payload == release.payload else "-"
                entries.append(Entry(product, release.version or "-", release.id, as_of, _last_run(record, release.id)))
    now = node.now()
    coming = tuple(_coming(active, now) for active in active_schedules(node, record))
    return Report(tuple(served), tuple(candidates), coming)


def runs(node: Node, product: str | None = None) -> tuple[RunEntry, ...]:
    """List the runs that this node made, by schedule or by hand, in their order.

    Args:
        node: whose.
        product: of which; None for all.

    Raises:
        AssayError: no release of such a product was admitted here.
    """
    record = node.load().record
    known = sorted({release.product for release in admitted_releases(record)})
    if product is not None and product not in known:
        hint = f"Products here: {', '.join(known) or 'none'}."
        raise refusal(product, expected="a product that was admitted here", found="none", hint=hint)
    said = (s.statement for s in record.statements if s.statement.kind is Kind.RAN)
    return tuple(
        RunEntry(
            each.details["product"], each.release or "-", each.details["pointer"], attempt_of(each), each.reason,
            each.details.get("rows", {}), each.details["milliseconds"], each.details.get("as_of"),
            each.details.get("skipped", 0),
        )
        for each in said
        if each.holder is Holder.NODE and product in (None, each.details["product"])
    )  # fmt: skip


def _coming(active: Active, now: datetime) -> Coming:
    due = active.due(now)
    return Coming(
        active.release.product, active.release.id, active.slot, due,
        awaited_run(active.schedule, active.history) if due is None else None,
        tuple(islice(next_moments(active.schedule, now), _NEXT)), active.schedule.timezone,
    )  # fmt: skip


def _last_run(record: Record, release_id: str) -> str:
    runs = [
        s.statement for s in record.statements if s.statement.release == release_id and s.statement.kind is Kind.RAN
    ]
    if not runs:
        return "not run yet"
    last = runs[-1]
    word = "good" if last.result in GOOD else f"{last.result}: {last.reason}"
    return f"last run {time_text(last.at)} {word}"

"""The node's own report: what it serves, what is on its way, what is due."""

from __future__ import annotations

from dataclasses import dataclass

from assay.automation.node import ENVIRONMENT, Node, admitted_releases, candidate_release, served_release
from assay.automation.running import Due
from assay.automation.schedule import due_runs
from assay.base.snapshots import Slot
from assay.lifecycle.record import Record
from assay.lifecycle.statements import GOOD, Kind, time_text


@dataclass(frozen=True, slots=True)
class Entry:
    """A product as it stands in a slot; ``note`` says how its last run went."""

    product: str
    version: str
    release: str
    as_of: str
    note: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a node says of itself."""

    served: tuple[Entry, ...]
    candidates: tuple[Entry, ...]
    due: tuple[Due, ...]


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
    return Report(tuple(served), tuple(candidates), due_runs(node, record))


def _last_run(record: Record, release_id: str) -> str:
    runs = [
        s.statement for s in record.statements if s.statement.release == release_id and s.statement.kind is Kind.RAN
    ]
    if not runs:
        return "not run yet"
    last = runs[-1]
    word = "good" if last.result in GOOD else f"{last.result}: {last.reason}"
    return f"last run {time_text(last.at)} {word}"

"""Backfills before anything runs: how many of the slices that were built last the named ranges mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assay.actions.workshop import Workshop
from assay.base.errors import Fault, raise_faults
from assay.base.snapshots import Manifest
from assay.workflow.backfill import Backfill
from assay.workflow.plan import Before
from assay.workflow.selection import Selection
from assay.workflow.slices import EMPTY


def with_slices(workshop: Workshop, selection: Selection, last: Before) -> Selection:
    """Return a selection whose backfills say how many slices they mean.

    Args:
        workshop: where it was built.
        selection: which steps are meant.
        last: what was built before.

    Raises:
        AssayError: ranges in which no slice was built.
    """
    faults: list[Fault] = []
    counted = {}
    for step, backfill in selection.backfills.items():
        digest = last.snapshots.get(step)
        manifest = workshop.snapshots.get(digest) if digest else None
        labels = [name for name in manifest.slices if name not in ("", EMPTY)] if manifest else []
        faults += _empty(backfill, labels, manifest)
        counted[step] = backfill.counted(labels)
    raise_faults(faults)
    return replace(selection, backfills=counted)


def _empty(backfill: Backfill, labels: list[str], manifest: Manifest | None) -> Iterator[Fault]:
    for stretch in backfill.stretches:
        if any(stretch.span.holds(label) for label in labels):
            continue
        if labels:
            found = f"none; those that were built begin on {min(labels)} to {max(labels)}"
            hint = "What is new in its input is built without a backfill."
        else:
            found = "none, for it has no rows" if manifest else "none, for it is not built here"
            hint = "Build it without a backfill."
        yield Fault(stretch.wish.place, "a range that holds slices", found, hint)

"""Making a step that is built in slices: those that changed, beside those that stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.actions.workshop import Workshop
from assay.base.canonical import Digest
from assay.base.errors import AssayError, Fault, Place
from assay.base.names import TableRef
from assay.base.ports import Engine, Stage
from assay.base.snapshots import Column, ContentSums, Manifest, SlicedFile
from assay.workflow.slices import Slicing, Span, changed_slices, condition_sql, label_sql, unfit_types
from assay.workflow.steps import Step


@dataclass(frozen=True, slots=True)
class WrittenSlices:
    """What was staged of a step in slices, and what stays beside it.

    Attributes:
        columns: of every file.
        slices: the slice of each staged file, in the order of their names.
        rows: of each staged file.
        kept: files of the snapshot before.
    """

    columns: tuple[Column, ...]
    slices: tuple[str, ...]
    rows: tuple[int, ...]
    kept: tuple[SlicedFile, ...] = ()


def write_slices(
    workshop: Workshop, engine: Engine, step: Step, base: tuple[Digest, Digest] | None,
    inputs: Mapping[TableRef, Manifest], stage: Stage, spans: Sequence[Span] = (),
) -> WrittenSlices | None:  # fmt: skip
    """Write the slices of a step that are not as they were; all of them where there is nothing to go on from.

    Args:
        workshop: where it is made.
        engine: in which the inputs are tables.
        step: it has slices.
        base: the version of the input that counts from which it was built last, and what that gave.
        inputs: what it reads now.
        stage: where the files go.
        spans: slices that are written in any case.

    Returns:
        What was written; None where what was there does not go with what is made now, so that all has to be made.

    Raises:
        AssayError: the query fails, its result has no such column, or the disk is full.
    """
    slicing = step.slicing
    assert slicing is not None
    kinds = _checked_types(step, slicing, engine, inputs[slicing.table])
    before = workshop.snapshots.get(base[0]) if base else None
    last = workshop.snapshots.get(base[1]) if base else None
    if before is not None and last is not None and last.slices:
        changed = _changed(workshop, engine, slicing, kinds[1], before, inputs[slicing.table])
        if changed is not None:
            return _go_on(engine, step, (slicing, kinds[0]), (changed, spans), last, stage)
    columns, files = engine.write_slices(step.text, stage.directory, label_sql(slicing, slicing.by, kinds[0]))
    if not files:  # a dataset has a file even where it has no rows; it is in no slice
        columns, rows = engine.write(step.text, f"{stage.directory}/part-0.parquet")
        return WrittenSlices(columns, ("",), (rows,))
    return WrittenSlices(columns, tuple(name for name, _ in files), tuple(rows for _, rows in files))


def _go_on(
    engine: Engine, step: Step, by: tuple[Slicing, str], due: tuple[frozenset[str], Sequence[Span]], last: Manifest,
    stage: Stage,
) -> WrittenSlices | None:  # fmt: skip
    """Make the slices that changed or were asked for, beside the files of the others."""
    (slicing, kind), (changed, spans) = by, due

    def is_due(label: str) -> bool:
        return label in changed or any(span.holds(label) for span in spans)

    kept = tuple(one for one in last.sliced if one.slice and not is_due(one.slice))
    if not kept:
        return None
    if not changed and not spans:
        return WrittenSlices(last.columns, (), (), kept)
    label, condition = label_sql(slicing, slicing.by, kind), condition_sql(slicing, changed, kind, spans)
    columns, files = engine.write_slices(step.text, stage.directory, label, condition)
    if (files and columns != last.columns) or not all(is_due(name) for name, _ in files):
        return None  # another version of the engine, say, gives another type
    return WrittenSlices(last.columns, tuple(name for name, _ in files), tuple(rows for _, rows in files), kept)


def _changed(
    workshop: Workshop, engine: Engine, slicing: Slicing, kind: str, before: Manifest, after: Manifest
) -> frozenset[str] | None:
    """Return the slices in which the rows of an input are not what they were; None where nobody can tell.

    Files that both have are not looked at.
    """
    if before.columns != after.columns:
        return None
    label = label_sql(slicing, slicing.column, kind)
    gone, new = _alone(before, after), _alone(after, before)
    try:
        old = _sums(workshop, engine, gone, label)
    except AssayError:  # of a source that is read where it lies, what it held before may not be there any more
        return None
    return changed_slices(old, _sums(workshop, engine, new, label))


def _sums(workshop: Workshop, engine: Engine, part: Manifest, label: str) -> Mapping[str, ContentSums]:
    if not part.files:
        return {}
    with workshop.snapshots.reading([part]):
        return engine.content_by(workshop.snapshots.paths(part), label)


def _alone(one: Manifest, other: Manifest) -> Manifest:
    """Return the files that only one of two snapshots has, each as often as it has it more."""
    left = Counter(file.digest for file in other.files)
    alone = []
    for file in one.files:
        if left[file.digest]:
            left[file.digest] -= 1
        else:
            alone.append(file)
    return Manifest(one.dataset, one.columns, tuple(alone))


def _checked_types(step: Step, slicing: Slicing, engine: Engine, source: Manifest) -> tuple[str, str]:
    """Return the types of the result's column and of the input's.

    Raises:
        AssayError: one of them is not there, or they do not name the same slices.
    """
    made, over = _types(engine.columns(step.text)), _types(source.columns)
    by, column = slicing.by.lower(), slicing.column.lower()
    hint = "See `incremental` in product.yaml."
    for name, types, where in ((by, made, step.name), (column, over, str(slicing.table))):
        if name not in types:
            raise AssayError(Fault(Place(step.file), f"a column {name} in {where}", ", ".join(types), hint))
    if unfit := unfit_types(slicing, made[by], over[column]):
        raise AssayError(Fault(Place(step.file), "columns that name the same slices", unfit, hint))
    return made[by], over[column]


def _types(columns: Sequence[Column]) -> dict[str, str]:
    return {column.name.lower(): column.type for column in columns}

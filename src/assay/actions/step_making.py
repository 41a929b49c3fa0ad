"""Making one step, in whatever language it is written: the engine's session, and what its rows become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assay.actions.step_slices import WrittenSlices, write_slices
from assay.actions.workshop import Workshop
from assay.base.canonical import Digest
from assay.base.errors import AssayError, Fault, Place
from assay.base.names import TableRef
from assay.base.ports import Engine, Program, Stage
from assay.base.snapshots import Column, Manifest
from assay.sql.dialects import Dialect
from assay.workflow.plan import Decision
from assay.workflow.steps import Language, Step

_PART = "part-0.parquet"


class Session:
    """One session of the engine for all steps of a build: opened by the first that runs, each table attached once."""

    def __init__(self, workshop: Workshop, as_of: date) -> None:
        self.workshop = workshop
        self.as_of = as_of
        self._engine: Engine | None = None
        self._attached: set[TableRef] = set()

    @property
    def engine(self) -> Engine:
        """The engine, which belongs to the thread that opened it."""
        assert self._engine is not None
        return self._engine

    def open(self) -> None:
        """Open the engine, if it is not yet; it costs some 20 ms, which a build with nothing to do does not spend."""
        if self._engine is None:
            self._engine = self.workshop.engine(self.as_of)

    def attach(self, inputs: Mapping[TableRef, Manifest]) -> None:
        """Offer what a step reads to its query."""
        for table, manifest in inputs.items():
            if table not in self._attached:
                self.engine.attach(table, self.workshop.snapshots.paths(manifest))
                self._attached.add(table)

    def define(self, views: Sequence[Step]) -> None:
        """Offer the views that a step reads to its query; all on which they rest is attached.

        Raises:
            AssayError: the query of a view cannot be run; the fault names the view's file.
        """
        for view in views:
            table = TableRef(None, view.name)
            if table in self._attached:
                continue
            try:
                self.engine.define(table, view.text)
            except AssayError as error:
                raise AssayError(*(_placed(view, fault) for fault in error.faults)) from error
            self._attached.add(table)

    def interrupt(self) -> None:
        """Stop what runs in other threads."""
        if self._engine is not None:
            self._engine.interrupt()
        for runner in self.workshop.runners.values():
            runner.interrupt()

    def close(self) -> None:
        """End the session."""
        if self._engine is not None:
            self._engine.close()


@dataclass(frozen=True, slots=True)
class Job:
    """One step that is due: what was decided of it, what it reads, and whether somebody asked for it to run."""

    step: Step
    decision: Decision
    inputs: Mapping[TableRef, Manifest]
    is_asked: bool


def run_step(session: Session, product: str, job: Job) -> Manifest:
    """Run a step and keep what it makes as a snapshot of its fingerprint.

    Args:
        session: open, and of a query the inputs are attached in it.
        product: whose step it is.
        job: what is due; all its inputs are there.

    Raises:
        AssayError: the step fails, or the disk is full; the faults name its file.
    """
    mark = job.decision.fingerprint
    assert mark is not None  # all inputs are there
    try:
        return _made(session, f"{product}/{job.step.name}", job, mark, job.decision.base)
    except AssayError as error:
        raise AssayError(*(_placed(job.step, fault) for fault in error.faults)) from error


def _made(session: Session, dataset: str, job: Job, mark: Digest, base: tuple[Digest, Digest] | None) -> Manifest:
    """Write what a step makes and commit it, once it is known that what was read did not change meanwhile."""
    snapshots = session.workshop.snapshots
    with snapshots.stage() as stage:
        with snapshots.reading(job.inputs.values()):
            made = _written(session, job, base, stage)
        if made is not None:
            return snapshots.commit(
                stage, mark, dataset, made.columns, made.rows, is_anew=job.is_asked, slices=made.slices, kept=made.kept
            )
    return _made(session, dataset, job, mark, None)  # what was there cannot be gone on from


def _written(session: Session, job: Job, base: tuple[Digest, Digest] | None, stage: Stage) -> WrittenSlices | None:
    if job.step.slicing is None:
        paths = {table: session.workshop.snapshots.paths(manifest) for table, manifest in job.inputs.items()}
        columns, rows = write_rows(session, job.step, paths, f"{stage.directory}/{_PART}")
        return WrittenSlices(columns, (), (rows,))
    backfill = job.decision.backfill
    spans = backfill.spans if backfill else ()
    return write_slices(session.workshop, session.engine, job.step, base, job.inputs, stage, spans)


Paths = Mapping[TableRef, Sequence[str]]
"""The Parquet files of each table that a step reads."""


def write_rows(session: Session, step: Step, inputs: Paths, target: str) -> tuple[tuple[Column, ...], int]:
    """Run a step, in whatever language it is, as a whole, and write its rows to one new Parquet file.

    Args:
        session: open, and of a query the inputs are attached in it.
        step: what runs.
        inputs: the files of every table that it reads.
        target: the file to write, in a staging place.

    Returns:
        The columns, and the number of rows.

    Raises:
        AssayError: the step fails; the faults name its file.
    """
    try:
        return _WRITERS[step.language](session, step, inputs, target)
    except AssayError as error:
        raise AssayError(*(_placed(step, fault) for fault in error.faults)) from error


def _write_query(session: Session, step: Step, inputs: Paths, target: str) -> tuple[tuple[Column, ...], int]:
    return session.engine.write(step.text, target)


def _run_program(session: Session, step: Step, inputs: Paths, target: str) -> tuple[tuple[Column, ...], int]:
    program = Program(
        file=step.file,
        name=step.name,
        source=step.text,
        modules=step.modules,
        forms={parameter.name: str(parameter.form) for parameter in step.parameters},
        takes_as_of=step.uses_as_of,
        limits=step.limits,
    )
    inputs_of = {parameter.name: inputs[parameter.table] for parameter in step.parameters}
    session.workshop.runners[step.language].run(program, inputs_of, target, session.as_of)
    return session.engine.describe(target)


_WRITERS = {
    Language.SQL: _write_query,
    Language.SPARK_SQL: _run_program,
    Language.PYTHON: _run_program,
    Language.R: _run_program,
}


def _placed(step: Step, fault: Fault) -> Fault:
    """Name the step's file where the engine could only say "query"."""
    if fault.where.file != "query":
        return fault
    made = "" if step.dialect is Dialect.DUCKDB else f"What DuckDB is given: assay sql {step.name}"
    return replace(fault, where=Place(step.shown_file, fault.where.line), hint=fault.hint or made)

"""Building: make what is not made yet, in the order of the graph, and move one pointer at the end or none."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime

from assay.actions.workshop import Progress, Workshop
from assay.base.canonical import Digest
from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.names import TableRef
from assay.base.ports import Engine, Program
from assay.base.snapshots import Column, Manifest, Pointer, Slot
from assay.project.model import Product
from assay.workflow.plan import Before, Built, Decision, Plan, Reason, before, cut_key, decide, plan
from assay.workflow.steps import Language, Step

_PART = "part-0.parquet"

SAME_CUT = "same-cut"
"""For which environment versions are built only to be compared; nothing is served there."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What was done with one step: whether it ran, why, what it gave and how long it took (0 when it was reused)."""

    step: str
    ran: bool
    reasons: tuple[Reason, ...]
    snapshot: Manifest
    seconds: float


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build gave; readers see nothing of it until its pointer is moved."""

    environment: str
    product: str
    steps: tuple[StepResult, ...]
    outside: Mapping[TableRef, Manifest]
    as_of: date
    payload: Digest | None

    @property
    def snapshots(self) -> dict[str, Manifest]:
        """The snapshot of each step, by its name."""
        return {entry.step: entry.snapshot for entry in self.steps}

    @property
    def cut(self) -> dict[str, Digest]:
        """The versions of what came from outside."""
        return {cut_key(table): manifest.digest for table, manifest in self.outside.items()}


def plan_build(
    workshop: Workshop,
    product: Product,
    environment: str,
    slot: Slot,
    outside: Mapping[TableRef, Manifest],
    as_of: date,
) -> Plan:
    """Say what a build would run, and why.

    Raises:
        AssayError: a step reads something of which there is no version.
    """
    _check_outside(product, outside)
    versions = {table: manifest.digest for table, manifest in outside.items()}
    return plan(product.graph, versions, as_of, _last(workshop, environment, product.name, slot), _built(workshop))


def build(
    workshop: Workshop, product: Product, environment: str, slot: Slot, outside: Mapping[TableRef, Manifest],
    as_of: date, payload: Digest | None, progress: Progress, only: str | None = None,
) -> BuildResult:  # fmt: skip
    """Make every step whose fingerprint has no snapshot yet; what is made is kept, whatever happens after it.

    Args:
        workshop: where it is made.
        product: whose steps.
        environment: for which environment.
        slot: whose last build the reasons are told against.
        outside: the landed sources and other products' datasets: the cut.
        as_of: the logical date.
        payload: what the steps were read from; None for a working tree.
        progress: told of each step that runs.
        only: a dataset: it and what it rests on; None for everything.

    Raises:
        AssayError: another build of the product runs in this environment, a step reads something of which there is no
            version, or a step fails; what was finished before is kept, and the next build goes on from there. No
            pointer is moved.
    """
    _check_outside(product, outside)
    with workshop.locks.hold(f"{environment}-{product.name}"):
        last = _last(workshop, environment, product.name, slot)
        made: dict[str, Manifest] = {}
        results = []
        wanted = product.graph.steps if only is None else {only, *product.graph.above(only)}
        with closing(_Session(workshop, as_of)) as session:
            for name, step in product.graph.steps.items():
                if name in wanted:
                    result = _step(session, product.name, step, outside, made, last, progress)
                    made[name] = result.snapshot
                    results.append(result)
        workshop.snapshots.persist()
    return BuildResult(environment, product.name, tuple(results), outside, as_of, payload)


def serve(workshop: Workshop, result: BuildResult, slot: Slot, now: datetime) -> Pointer:
    """Let readers of a slot see a build: one row is moved for all datasets of the product."""
    present = workshop.pointers.get(result.environment, result.product, slot)
    return workshop.pointers.move(
        Pointer(
            result.environment,
            result.product,
            slot,
            {name: manifest.digest for name, manifest in result.snapshots.items()},
            result.cut,
            result.payload,
            result.as_of.isoformat(),
            now,
            present.revision if present else 0,
        )
    )


def _check_outside(product: Product, outside: Mapping[TableRef, Manifest]) -> None:
    hint = "Only sources are read from outside so far: deliver it as one."
    raise_faults(
        Fault(step.places[table], f"a version of {table}", "none", hint)
        for step in product.steps.values()
        for table in step.reads
        if table.schema is not None and table not in outside
    )


class _Session:
    """One session of the engine for all steps of a build: opened by the first that runs, each table attached once."""

    def __init__(self, workshop: Workshop, as_of: date) -> None:
        self.workshop = workshop
        self.as_of = as_of
        self._engine: Engine | None = None
        self._attached: set[TableRef] = set()

    @property
    def engine(self) -> Engine:
        """The engine; opening it costs some 20 ms, which a build with nothing to do does not spend."""
        if self._engine is None:
            self._engine = self.workshop.engine(self.as_of)
        return self._engine

    def attach(self, inputs: Mapping[TableRef, Manifest]) -> None:
        for table, manifest in inputs.items():
            if table not in self._attached:
                self.engine.attach(table, self.workshop.snapshots.paths(manifest))
                self._attached.add(table)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()


def _step(
    session: _Session, product: str, step: Step, outside: Mapping[TableRef, Manifest], made: Mapping[str, Manifest],
    last: Before, progress: Progress,
) -> StepResult:  # fmt: skip
    workshop = session.workshop
    inputs = {t: outside[t] if t.schema is not None else made[t.name] for t in step.reads}
    versions = {table: manifest.digest for table, manifest in inputs.items()}
    decision = decide(product, step, versions, session.as_of, last, _built(workshop))
    if decision.snapshot is not None:
        kept = workshop.snapshots.get(decision.snapshot)
        assert kept is not None  # it was found by its fingerprint a moment ago
        return StepResult(step.name, False, decision.reasons, kept, 0.0)
    progress(f"{step.name}: {'; '.join(map(str, decision.reasons))}")
    start = time.monotonic()
    snapshot = _run(session, product, step, inputs, decision)
    return StepResult(step.name, True, decision.reasons, snapshot, time.monotonic() - start)


def _run(
    session: _Session, product: str, step: Step, inputs: Mapping[TableRef, Manifest], decision: Decision
) -> Manifest:
    assert decision.fingerprint is not None  # all inputs are there
    snapshots = session.workshop.snapshots
    try:
        with snapshots.stage() as stage:
            target = f"{stage.directory}/{_PART}"
            columns, rows = _WRITERS[step.language](session, step, inputs, target)
            return snapshots.commit(stage, decision.fingerprint, f"{product}/{step.name}", columns, [rows])
    except AssayError as error:
        raise AssayError(*(_placed(step, fault) for fault in error.faults)) from error


def _write_query(
    session: _Session, step: Step, inputs: Mapping[TableRef, Manifest], target: str
) -> tuple[tuple[Column, ...], int]:
    session.attach(inputs)
    return session.engine.write(step.text, target)


def _write_python(
    session: _Session, step: Step, inputs: Mapping[TableRef, Manifest], target: str
) -> tuple[tuple[Column, ...], int]:
    program = Program(
        file=step.file,
        function=step.name,
        source=step.text,
        modules=step.modules,
        forms={parameter.name: str(parameter.form) for parameter in step.parameters},
        takes_as_of=step.uses_as_of,
    )
    paths = {table: session.workshop.snapshots.paths(manifest) for table, manifest in inputs.items()}
    session.workshop.python.run(program, {p.name: paths[p.table] for p in step.parameters}, target, session.as_of)
    return session.engine.describe(target)


_WRITERS = {Language.SQL: _write_query, Language.PYTHON: _write_python}


def _placed(step: Step, fault: Fault) -> Fault:
    """Name the step's file where the engine could only say "query"."""
    if fault.where.file != "query":
        return fault
    return Fault(Place(step.file, fault.where.line), fault.expected, fault.found, fault.hint)


def _last(workshop: Workshop, environment: str, product: str, slot: Slot) -> Before:
    pointer = workshop.pointers.get(environment, product, slot)
    return before(pointer, lambda digest: workshop.snapshots.get(digest) is not None)


def _built(workshop: Workshop) -> Built:
    def built(fingerprint: Digest) -> Digest | None:
        manifest = workshop.snapshots.find(fingerprint)
        return manifest.digest if manifest else None

    return built

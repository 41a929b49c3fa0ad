"""Building: make what is not made yet, in the order of the graph, and move one pointer at the end or none."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date, datetime

from assay.actions.backfilling import with_slices
from assay.actions.step_events import StepResult, Took, Watch, saying
from assay.actions.step_making import Session
from assay.actions.step_runs import StepRuns, most_at_once
from assay.actions.workshop import Progress, Workshop
from assay.base.canonical import Digest
from assay.base.errors import AssayError, Fault, raise_faults
from assay.base.names import TableRef
from assay.base.snapshots import Manifest, Pointer, Slot
from assay.project.model import Product
from assay.workflow.plan import Before, Built, Plan, before, cut_key, plan
from assay.workflow.selection import Selection, select

_SAME_CUT = "same-cut"
"""For which environment versions are built only to be compared; nothing is served there."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build gave; readers see nothing of it until its pointer is moved.

    Attributes:
        environment: for which it was made.
        product: whose steps.
        steps: what was done with each that was wanted, in the order of the graph.
        outside: what it was built on.
        as_of: the logical date.
        payload: what the steps were read from; None for a working tree.
        left: the steps that were not wanted; what is served of them stays as it is.
        dropped: what was built before and is no step any more, ordered; it is not served after this.
    """

    environment: str
    product: str
    steps: tuple[StepResult, ...]
    outside: Mapping[TableRef, Manifest]
    as_of: date
    payload: Digest | None
    left: frozenset[str] = frozenset()
    dropped: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all steps of the product were wanted."""
        return not self.left

    @property
    def snapshots(self) -> dict[str, Manifest]:
        """The snapshot of each step, by its name."""
        return {entry.step: entry.snapshot for entry in self.steps}

    @property
    def cut(self) -> dict[str, Digest]:
        """The versions of what came from outside."""
        return {cut_key(table): manifest.digest for table, manifest in self.outside.items()}


def plan_build(
    workshop: Workshop, product: Product, environment: str, slot: Slot, outside: Mapping[TableRef, Manifest],
    as_of: date, selection: Selection | None = None,
) -> Plan:  # fmt: skip
    """Say what a build would run, and why.

    Args:
        workshop: where it would be made.
        product: whose steps.
        environment: for which environment.
        slot: whose last build the reasons are told against.
        outside: the landed sources and other products' datasets.
        as_of: the logical date.
        selection: which steps are meant; None for all of them.

    Raises:
        AssayError: a step reads something of which there is no version, or no slice is in a range that is wanted.
    """
    chosen = selection or select(product.graph)
    _check_outside(product, chosen, outside)
    versions = {table: manifest.digest for table, manifest in outside.items()}
    last = _last(workshop, environment, product, slot)
    chosen = with_slices(workshop, chosen, last)
    return plan(product.graph.built, chosen, versions, as_of, last, _built(workshop))


def build(
    workshop: Workshop, product: Product, environment: str, slot: Slot, outside: Mapping[TableRef, Manifest],
    as_of: date, payload: Digest | None, watch: Watch, selection: Selection | None = None, jobs: int | None = None,
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
        watch: told what happens to each step.
        selection: which steps are meant; None for all of them.
        jobs: how many steps run side by side; None for as many as suits the machine.

    Raises:
        AssayError: another build of the product runs in this environment, a step reads something of which there is no
            version, no slice is in a range that is wanted, or steps fail; what was finished is kept, and the next build
            goes on from there. No pointer is moved.
    """
    chosen = selection or select(product.graph)
    _check_outside(product, chosen, outside)
    graph = product.graph.built
    with workshop.locks.hold(f"{environment}-{product.name}"):
        last = _last(workshop, environment, product, slot)
        chosen = with_slices(workshop, chosen, last)
        took = Took(watch)
        try:
            with closing(Session(workshop, as_of)) as session:
                runs = StepRuns(session, graph, chosen, outside, last, _built(workshop), took, jobs or most_at_once())
                results = runs.run()
            workshop.snapshots.persist()
        except BaseException:
            with suppress(AssayError):  # what ended the build is told, and no more
                workshop.costs.remember(product.name, took.seconds)
            raise
        workshop.costs.remember(product.name, took.seconds)
    left = frozenset(graph.steps.keys() - chosen.wanted)
    return BuildResult(environment, product.name, results, outside, as_of, payload, left, tuple(sorted(last.dropped)))


def build_on_cut(
    workshop: Workshop, product: Product, sources: Mapping[TableRef, Manifest], as_of: date, payload: Digest | None,
    progress: Progress,
) -> BuildResult:  # fmt: skip
    """Build a version of a product on a given cut, only to compare it; ``progress`` is told, all else as of `build`."""
    return build(workshop, product, _SAME_CUT, Slot.CURRENT, sources, as_of, payload, saying(progress))


def serve(workshop: Workshop, result: BuildResult, slot: Slot, now: datetime) -> Pointer:
    """Let readers of a slot see a build: one row is moved for all datasets of the product.

    What stays of a build before is not of this payload, so then the pointer names none.
    """
    present = workshop.pointers.get(result.environment, result.product, slot)
    served = present.snapshots if present else {}
    left = {n: served[n] for n in result.left if n in served and workshop.snapshots.get(served[n]) is not None}
    return workshop.pointers.move(
        Pointer(
            result.environment,
            result.product,
            slot,
            {**left, **{name: manifest.digest for name, manifest in result.snapshots.items()}},
            result.cut,
            result.payload if result.is_whole else None,
            result.as_of.isoformat(),
            now,
            present.revision if present else 0,
        )
    )


def _check_outside(product: Product, selection: Selection, outside: Mapping[TableRef, Manifest]) -> None:
    hint = "Only sources are read from outside so far: deliver it as one."
    raise_faults(
        Fault(step.places[table], f"a version of {table}", "none", hint)
        for step in product.graph.built.steps.values()
        for table in step.reads
        if step.name in selection.wanted and table.schema is not None and table not in outside
    )


def _last(workshop: Workshop, environment: str, product: Product, slot: Slot) -> Before:
    pointer = workshop.pointers.get(environment, product.name, slot)
    return before(pointer, lambda digest: workshop.snapshots.get(digest) is not None, product.graph.built.steps)


def _built(workshop: Workshop) -> Built:
    """Return what tells the snapshots of fingerprints; it asks the store once for each."""
    known: dict[Digest, Digest | None] = {}

    def built(fingerprints: Collection[Digest]) -> Mapping[Digest, Digest | None]:
        asked = [fingerprint for fingerprint in fingerprints if fingerprint not in known]
        found = workshop.snapshots.find(asked) if asked else {}
        known.update((f, found[f].digest if f in found else None) for f in asked)
        return known

    return built

"""The plan: for each step whether it runs, and why.

A step's fingerprint is known only when the snapshots of all its inputs are. Before a build they are not known below a
step that will run, so the plan says there what runs for certain and what *may* run: the input will be rebuilt, and if
it comes out the same, the step is not run. A build asks the same question again, step by step, when the inputs are
there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from assay.base.canonical import Digest
from assay.base.names import TableRef
from assay.base.snapshots import Cut, Pointer
from assay.workflow.backfill import Backfill
from assay.workflow.fingerprint import fingerprint
from assay.workflow.graph import Graph
from assay.workflow.selection import Selection
from assay.workflow.steps import Step

Built = Callable[[Collection[Digest]], Mapping[Digest, Digest | None]]
"""Tells the snapshots that were made for fingerprints; None, or nothing, for those without one."""


class Verb(StrEnum):
    """What a build does with a step."""

    RUN = "run"
    MAY_RUN = "may run"
    REUSE = "reuse"


class Cause(StrEnum):
    """Why a build does it."""

    NEVER_BUILT = "never built here"
    ASKED = "asked for"
    BACKFILL = "backfill"
    CODE = "code changed"
    INPUT = "input changed"
    INPUT_RUNS = "input will be rebuilt"
    AS_OF = "logical date changed"
    GONE = "its snapshot is gone"
    UNCHANGED = "nothing changed"
    ELSEWHERE = "already built from the same code and inputs"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, and of what it speaks: the name of an input, the two logical dates; empty where there is no more."""

    cause: Cause
    about: str = ""

    def __str__(self) -> str:
        return f"{self.cause}: {self.about}" if self.about else str(self.cause)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done with one step.

    Attributes:
        fingerprint: None while an input is not known yet.
        snapshot: what is reused; None if the step runs or may run.
        base: of a step in slices, what it was built from last and the snapshot that this gave, if nothing but the
            slices of that input may have changed; None if all of them are built.
        backfill: the slices of it that are made anew in any case; None if nobody asked for it.
    """

    step: str
    verb: Verb
    reasons: tuple[Reason, ...]
    fingerprint: Digest | None = None
    snapshot: Digest | None = None
    base: tuple[Digest, Digest] | None = None
    backfill: Backfill | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """What was built before, as the pointer that is moved tells it; empty before the first build.

    Attributes:
        snapshots: by the name of the step.
        cut: the versions of what came from outside, see `cut_key`.
        as_of: the logical date; None before the first build.
        gone: the steps whose snapshots are not in the store any more.
        dropped: what was built before and is no step any more.
    """

    snapshots: Mapping[str, Digest] = field(default_factory=dict)
    cut: Cut = field(default_factory=dict)
    as_of: date | None = None
    gone: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()

    def version(self, table: TableRef) -> Digest | None:
        """Return the version of a table that was read or made; None when it was not."""
        return self.snapshots.get(table.name) if table.schema is None else self.cut.get(cut_key(table))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build would do now.

    Attributes:
        decisions: one for each step, in the order of building.
        dropped: what was built before and is no step any more, ordered; the next build serves it no longer.
    """

    decisions: tuple[Decision, ...]
    dropped: tuple[str, ...] = ()

    @property
    def is_idle(self) -> bool:
        """Whether nothing would run."""
        return all(decision.verb is Verb.REUSE for decision in self.decisions)


def cut_key(table: TableRef) -> str:
    """Return under what name a cut holds what comes from outside: a source's own, else ``product.dataset``."""
    return table.name if table.is_source else str(table)


def before(pointer: Pointer | None, is_kept: Callable[[Digest], bool], steps: Collection[str]) -> Before:
    """Tell what a pointer says of the last build.

    Args:
        pointer: None before the first build.
        is_kept: tells whether a snapshot is still in the store.
        steps: the names of the steps that there are now.
    """
    if pointer is None:
        return Before()
    gone = frozenset(name for name, snapshot in pointer.snapshots.items() if not is_kept(snapshot))
    dropped = frozenset(name for name in pointer.snapshots if name not in steps)
    return Before(pointer.snapshots, pointer.cut, date.fromisoformat(pointer.as_of), gone, dropped)


def decide(
    product: str, step: Step, versions: Mapping[TableRef, Digest], as_of: date, last: Before, built: Built,
    *, is_asked: bool = False, backfill: Backfill | None = None,
) -> Decision:  # fmt: skip
    """Decide what to do with one step.

    Args:
        product: whose step it is.
        step: the step.
        versions: the snapshots of its inputs, without those that are still to be made.
        as_of: the logical date.
        last: what was built before.
        built: the snapshots there are.
        is_asked: whether somebody wants it to run whatever there is.
        backfill: the slices of it that somebody wants to be made whatever there is.
    """
    asked = (Reason(Cause.ASKED),) if is_asked else (Reason(Cause.BACKFILL, str(backfill)),) if backfill else ()
    waits = [table for table in step.reads if table not in versions]
    if waits:
        reasons = (*asked, *_changes(product, step, versions, as_of, last, built))
        verb = Verb.RUN if reasons else Verb.MAY_RUN
        reasons = (*reasons, *(Reason(Cause.INPUT_RUNS, str(table)) for table in waits))
        return Decision(step.name, verb, reasons, backfill=backfill)
    mark = fingerprint(product, step, versions, as_of)
    snapshot = built((mark,)).get(mark)
    if backfill and snapshot is not None:
        assert step.slicing is not None  # else nobody could ask for some slices
        return Decision(step.name, Verb.RUN, asked, mark, None, (versions[step.slicing.table], snapshot), backfill)
    if snapshot is None or asked:
        changes = _changes(product, step, versions, as_of, last, built)
        base = None if is_asked else _base(step, changes, last)
        return Decision(step.name, Verb.RUN, (*asked, *changes), mark, base=base, backfill=backfill)
    cause = Cause.UNCHANGED if last.snapshots.get(step.name) == snapshot else Cause.ELSEWHERE
    return Decision(step.name, Verb.REUSE, (Reason(cause),), mark, snapshot)


def plan(
    graph: Graph, selection: Selection, outside: Mapping[TableRef, Digest], as_of: date, last: Before, built: Built
) -> Plan:
    """Say what a build would do.

    Args:
        graph: the steps.
        selection: which of them are meant.
        outside: the versions of what comes from outside the product.
        as_of: the logical date.
        last: what was built before in the environment, see `before`.
        built: the snapshots there are.
    """
    versions = dict(outside)
    decisions: dict[str, Decision] = {}
    for level in graph.levels:
        steps = [graph.steps[name] for name in level if name in selection.wanted]
        built(known_fingerprints(graph.product, steps, versions, as_of))  # all of them at once
        for step in steps:
            is_asked = step.name in selection.anew
            backfill = selection.backfills.get(step.name)
            decision = decide(graph.product, step, versions, as_of, last, built, is_asked=is_asked, backfill=backfill)
            decisions[step.name] = decision
            if decision.snapshot is not None:
                versions[TableRef(None, step.name)] = decision.snapshot
    return Plan(tuple(decisions[name] for name in graph.steps if name in decisions), tuple(sorted(last.dropped)))


def known_fingerprints(
    product: str, steps: Iterable[Step], versions: Mapping[TableRef, Digest], as_of: date
) -> list[Digest]:
    """Return the fingerprints of those steps whose inputs are all there, to ask for them together."""
    return [
        fingerprint(product, step, versions, as_of) for step in steps if all(table in versions for table in step.reads)
    ]


def _base(step: Step, reasons: tuple[Reason, ...], last: Before) -> tuple[Digest, Digest] | None:
    """Return from what a step in slices can go on: only its one input has changed since."""
    if step.slicing is None or reasons != (Reason(Cause.INPUT, str(step.slicing.table)),):
        return None
    source = last.version(step.slicing.table)
    assert source is not None  # it is known to have changed
    return source, last.snapshots[step.name]


def _changes(
    product: str, step: Step, versions: Mapping[TableRef, Digest], as_of: date, last: Before, built: Built
) -> tuple[Reason, ...]:
    """Say what is not as it was: the code is, unless with the inputs of then it stands for the snapshot of then."""
    if step.name not in last.snapshots or last.as_of is None:
        called = _called_before(product, step, last, built)
        return (Reason(Cause.NEVER_BUILT, f"it was called {called}" if called else ""),)
    then = {table: version for table in step.reads if (version := last.version(table)) is not None}
    changed = [table for table, version in then.items() if versions.get(table, version) != version]
    reasons = [Reason(Cause.INPUT, str(table)) for table in changed]
    if step.uses_as_of and as_of != last.as_of:
        reasons.append(Reason(Cause.AS_OF, f"{last.as_of} to {as_of}"))
    if step.name in last.gone:
        return (Reason(Cause.GONE), *reasons)
    if _made_then(product, step, last, built):
        return tuple(reasons)
    taken = [*sorted(step.modules), *(f"the view {view.name}" for view in step.views)]
    whose = f"its own, or that of {', '.join(taken)}" if taken else ""
    return (Reason(Cause.CODE, whose), *reasons)


def _made_then(product: str, step: Step, last: Before, built: Built) -> bool:
    """Say whether the step as it is now stands, with the inputs of then, for the snapshot of then."""
    then = {table: version for table in step.reads if (version := last.version(table)) is not None}
    if last.as_of is None or len(then) < len(step.reads):
        return False
    mark = fingerprint(product, step, then, last.as_of)
    return built((mark,)).get(mark) == last.snapshots[step.name]


def _called_before(product: str, step: Step, last: Before, built: Built) -> str:
    """Return under what name a step was built that is new by its name only; empty for one that is new."""
    names = (name for name in sorted(last.dropped) if _made_then(product, replace(step, name=name), last, built))
    return next(names, "")

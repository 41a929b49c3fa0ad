"""The plan: for each step whether it runs, and why.

A step's fingerprint is known only when the snapshots of all its inputs are. Before a build they are not known below a
step that will run, so the plan says there what runs for certain and what *may* run: the input will be rebuilt, and if
it comes out the same, the step is not run. A build asks the same question again, step by step, when the inputs are
there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from assay.base.canonical import Digest
from assay.base.names import TableRef
from assay.base.snapshots import Cut, Pointer
from assay.workflow.fingerprint import fingerprint
from assay.workflow.graph import Graph
from assay.workflow.steps import Step

Built = Callable[[Digest], Digest | None]
"""Tells the snapshot that was made for a fingerprint; None when there is none."""


class Verb(StrEnum):
    """What a build does with a step."""

    RUN = "run"
    MAY_RUN = "may run"
    REUSE = "reuse"


class Cause(StrEnum):
    """Why a build does it."""

    NEVER_BUILT = "never built here"
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
    """

    step: str
    verb: Verb
    reasons: tuple[Reason, ...]
    fingerprint: Digest | None = None
    snapshot: Digest | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """What was built before, as the pointer that is moved tells it; empty before the first build.

    Attributes:
        snapshots: by the name of the step.
        cut: the versions of what came from outside, see `cut_key`.
        as_of: the logical date; None before the first build.
        gone: the steps whose snapshots are not in the store any more.
    """

    snapshots: Mapping[str, Digest] = field(default_factory=dict)
    cut: Cut = field(default_factory=dict)
    as_of: date | None = None
    gone: frozenset[str] = frozenset()

    def version(self, table: TableRef) -> Digest | None:
        """Return the version of a table that was read or made; None when it was not."""
        return self.snapshots.get(table.name) if table.schema is None else self.cut.get(cut_key(table))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build would do now: one decision a step, in the order of building."""

    decisions: tuple[Decision, ...]

    @property
    def is_idle(self) -> bool:
        """Whether nothing would run."""
        return all(decision.verb is Verb.REUSE for decision in self.decisions)


def cut_key(table: TableRef) -> str:
    """Return under what name a cut holds what comes from outside: a source's own, else ``product.dataset``."""
    return table.name if table.is_source else str(table)


def before(pointer: Pointer | None, is_kept: Callable[[Digest], bool]) -> Before:
    """Tell what a pointer says of the last build; ``is_kept`` tells whether a snapshot is still in the store."""
    if pointer is None:
        return Before()
    gone = frozenset(name for name, snapshot in pointer.snapshots.items() if not is_kept(snapshot))
    return Before(pointer.snapshots, pointer.cut, date.fromisoformat(pointer.as_of), gone)


def decide(
    product: str, step: Step, versions: Mapping[TableRef, Digest], as_of: date, last: Before, built: Built
) -> Decision:
    """Decide what to do with one step.

    Args:
        product: whose step it is.
        step: the step.
        versions: the snapshots of its inputs, without those that are still to be made.
        as_of: the logical date.
        last: what was built before.
        built: the snapshots there are.
    """
    waits = [table for table in step.reads if table not in versions]
    if waits:
        reasons = _changes(product, step, versions, as_of, last, built)
        verb = Verb.RUN if reasons else Verb.MAY_RUN
        return Decision(step.name, verb, (*reasons, *(Reason(Cause.INPUT_RUNS, str(table)) for table in waits)))
    mark = fingerprint(product, step, versions, as_of)
    snapshot = built(mark)
    if snapshot is None:
        return Decision(step.name, Verb.RUN, _changes(product, step, versions, as_of, last, built), mark)
    cause = Cause.UNCHANGED if last.snapshots.get(step.name) == snapshot else Cause.ELSEWHERE
    return Decision(step.name, Verb.REUSE, (Reason(cause),), mark, snapshot)


def plan(graph: Graph, outside: Mapping[TableRef, Digest], as_of: date, last: Before, built: Built) -> Plan:
    """Say what a build would do.

    Args:
        graph: the steps.
        outside: the versions of what comes from outside the product.
        as_of: the logical date.
        last: what was built before in the environment, see `before`.
        built: the snapshots there are.
    """
    versions = dict(outside)
    decisions = []
    for step in graph.steps.values():
        decision = decide(graph.product, step, versions, as_of, last, built)
        decisions.append(decision)
        if decision.snapshot is not None:
            versions[TableRef(None, step.name)] = decision.snapshot
    return Plan(tuple(decisions))


def _changes(
    product: str, step: Step, versions: Mapping[TableRef, Digest], as_of: date, last: Before, built: Built
) -> tuple[Reason, ...]:
    """Say what is not as it was: the code is, unless with the inputs of then it stands for the snapshot of then."""
    if step.name not in last.snapshots or last.as_of is None:
        return (Reason(Cause.NEVER_BUILT),)
    then = {table: version for table in step.reads if (version := last.version(table)) is not None}
    changed = [table for table, version in then.items() if versions.get(table, version) != version]
    reasons = [Reason(Cause.INPUT, str(table)) for table in changed]
    if step.uses_as_of and as_of != last.as_of:
        reasons.append(Reason(Cause.AS_OF, f"{last.as_of} to {as_of}"))
    if step.name in last.gone:
        return (Reason(Cause.GONE), *reasons)
    knows_all = len(then) == len(step.reads)
    if knows_all and built(fingerprint(product, step, then, last.as_of)) == last.snapshots[step.name]:
        return tuple(reasons)
    return (Reason(Cause.CODE), *reasons)

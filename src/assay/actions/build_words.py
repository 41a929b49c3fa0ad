"""What is told of a plan and of a build, the same at the terminal, in a notebook and to machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from assay.actions.build import BuildResult
from assay.actions.plan_ahead import PlanAhead
from assay.actions.step_events import StepResult
from assay.base.printable import some
from assay.documentation.blocks import Block, Grid, Line, counted
from assay.workflow.plan import Decision, Verb

_MOST_REUSED = 20
"""Beyond so many, steps of which nothing is to be told are counted and not listed."""

_MOST_NAMED = 8
_MOST_PARTS = 3


def plan_blocks(found: PlanAhead) -> Iterator[Block]:
    """Tell what a build would do, with what each step took last, and what it means for others."""
    decisions = found.plan.decisions
    reused = [d for d in decisions if d.verb is Verb.REUSE]
    is_long = len(reused) > _MOST_REUSED
    listed: Sequence[Decision] = [d for d in decisions if d.verb is not Verb.REUSE or not is_long]
    if listed:
        rows = [(d.step, str(d.verb), _took(found.seconds.get(d.step)), _why(d)) for d in listed]
        yield Grid(tuple(rows), ("step", "", "last", "why"), numbers=frozenset({2}))
    if is_long:
        yield Line(f"{counted(len(reused), 'step')}: nothing to do.")
    if found.plan.is_idle and not found.plan.dropped:
        yield Line("Nothing to do.")
    if found.plan.dropped:
        yield Line(f"No step any more, and not served after the next build: {some(found.plan.dropped, _MOST_NAMED)}.")
    for what, names in (("Datasets", found.touched.datasets), ("Solutions", found.touched.solutions)):
        if names:
            yield Line(f"{what} that rest on it: {some(list(map(_with_parts, names.items())), _MOST_NAMED)}.")
    if found.change_class is not None:
        asked = "What that asks for: assay change"
        yield Line(f"Since {found.since}: a change of class {found.change_class}. {asked}")


def plan_as_json(found: PlanAhead) -> dict[str, Any]:
    """Return what a build would do for machines."""
    return {
        "isIdle": found.plan.is_idle,
        "steps": [
            {
                "step": d.step, "verb": str(d.verb), "reasons": [str(reason) for reason in d.reasons],
                "fingerprint": d.fingerprint, "snapshot": d.snapshot, "lastSeconds": found.seconds.get(d.step),
                "backfill": {"range": d.backfill.written, "slices": d.backfill.slices} if d.backfill else None,
            }
            for d in found.plan.decisions
        ],
        "dropped": list(found.plan.dropped),
        "touched": {"datasets": dict(found.touched.datasets), "solutions": dict(found.touched.solutions)},
        "changeClass": found.change_class, "since": found.since or None,
    }  # fmt: skip


def build_blocks(made: BuildResult) -> Iterator[Block]:
    """Tell what came of each step; many that were reused are counted only."""
    reused = [entry for entry in made.steps if not entry.ran]
    listed = made.steps if len(reused) <= _MOST_REUSED else [entry for entry in made.steps if entry.ran]
    if listed:
        yield Grid(tuple(map(_told, listed)), ("step", "", "", "", "why"), numbers=frozenset({2, 3}))
    if len(listed) < len(made.steps):
        yield Line(f"{counted(len(reused), 'step')} reused.")
    if made.dropped:
        yield Line(f"No step any more, and not served: {some(made.dropped, _MOST_NAMED)}.")
    if made.left:
        yield Line(f"Left as they were, for they were not selected: {some(sorted(made.left), _MOST_NAMED)}.")
    yield Line(f"{made.environment} serves it now, as of {made.as_of}.")


def build_as_json(made: BuildResult) -> dict[str, Any]:
    """Return what came of a build for machines; seconds are those of the step alone."""
    return {
        "product": made.product, "environment": made.environment, "asOf": made.as_of.isoformat(),
        "cut": dict(made.cut), "left": sorted(made.left), "dropped": list(made.dropped),
        "steps": [
            {
                "step": entry.step, "ran": entry.ran, "reasons": [str(reason) for reason in entry.reasons],
                "rows": entry.snapshot.rows, "snapshot": entry.snapshot.digest, "seconds": round(entry.seconds, 3),
            }
            for entry in made.steps
        ],
    }  # fmt: skip


def _told(entry: StepResult) -> tuple[str, ...]:
    verb, seconds = ("ran", _took(entry.seconds)) if entry.ran else ("reused", "")
    return entry.step, verb, counted(entry.snapshot.rows, "row"), seconds, _why(entry)


def _with_parts(touched: tuple[str, tuple[str, ...] | None]) -> str:
    name, parts = touched
    return f"{name} ({some(parts, _MOST_PARTS)})" if parts else name


def _why(of: Decision | StepResult) -> str:
    return "; ".join(map(str, of.reasons))


def _took(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.2f} s"

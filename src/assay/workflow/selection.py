"""Which steps a build is about: all, or some that are named; and which of them run whatever there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from assay.base.errors import Fault, Place, raise_faults
from assay.base.names import TableRef
from assay.workflow.backfill import Backfill, Wish, backfill_of
from assay.workflow.graph import Graph
from assay.workflow.slices import SliceUnit


@dataclass(frozen=True, slots=True)
class Selection:
    """The steps of one build.

    Attributes:
        wanted: those that are built; with each, all that it rests on.
        anew: those that run even if there is a snapshot of the same code and inputs.
        backfills: those of which only some slices do, and which.
    """

    wanted: frozenset[str]
    anew: frozenset[str] = frozenset()
    backfills: Mapping[str, Backfill] = field(default_factory=dict)


def select(
    graph: Graph, names: Sequence[str] = (), starts: Sequence[str] = (), *, is_full: bool = False,
    wishes: Sequence[Wish] = (),
) -> Selection:  # fmt: skip
    """Select steps of a product.

    Args:
        graph: its steps.
        names: those that are wanted, and what they rest on; none for all.
        starts: those that run anew, and what rests on them; of a view its readers.
        is_full: whether all that is wanted runs anew.
        wishes: ranges of steps in slices of time that are made anew.

    Raises:
        AssayError: names that no step has, all of them; a view by itself, which is never built; ranges of what is not
            in slices of time, is not wanted, or runs anew as a whole.
    """
    known = list(graph.steps)
    raise_faults(_unknown(graph.product, name, known) for name in (*names, *starts) if name not in graph.steps)
    views = frozenset(name for name, step in graph.steps.items() if step.is_view)
    raise_faults(_view(name, graph) for name in names if name in views)
    wanted = (_with_above(graph, (*names, *starts)) if names else frozenset(known)) - views
    anew = wanted if is_full else wanted & (graph.below(starts) | frozenset(starts))
    raise_faults(fault for wish in wishes for fault in _unfit(graph, wish, wanted, anew, is_full=is_full))
    return Selection(wanted, anew, dict(_backfills(graph, wishes)))


def _backfills(graph: Graph, wishes: Sequence[Wish]) -> Iterator[tuple[str, Backfill]]:
    for name in dict.fromkeys(wish.step for wish in wishes):
        unit = _unit(graph, name)
        assert unit is not None  # what has none was refused
        yield name, backfill_of([wish for wish in wishes if wish.step == name], unit)


def _unfit(graph: Graph, wish: Wish, wanted: frozenset[str], anew: frozenset[str], *, is_full: bool) -> Iterator[Fault]:
    """Say why a range of a step cannot be made anew, if it cannot."""
    step = graph.steps.get(wish.step)
    if step is None:
        fault = _unknown(graph.product, wish.step, list(graph.steps))
        yield Fault(wish.place, fault.expected, fault.found, fault.hint)
    elif _unit(graph, wish.step) is None:
        how = "a view" if step.is_view else "built in slices by a key" if step.slicing else "built as a whole"
        hint = f"All of it runs anew with: --from {wish.step}"
        yield Fault(wish.place, "a step built in slices of time", f"{wish.step}, {how}", hint)
    elif wish.step not in wanted:
        hint = "Select it too, or leave --select out."
        yield Fault(wish.place, "a step that is selected", f"{wish.step}, which is not", hint)
    elif wish.step in anew:
        found = "--full as well" if is_full else f"{wish.step} among what runs anew with --from"
        yield Fault(wish.place, "some slices of a step, or all of it", found, "Leave one of the two out.")


def _unit(graph: Graph, name: str) -> SliceUnit | None:
    slicing = graph.steps[name].slicing
    return slicing.unit if slicing else None


def _with_above(graph: Graph, names: Iterable[str]) -> frozenset[str]:
    return frozenset(names).union(*(graph.above(name) for name in names))


def _view(name: str, graph: Graph) -> Fault:
    readers = [each for each, step in graph.steps.items() if TableRef(None, name) in step.reads]
    hint = f"It is read by {', '.join(readers)}." if readers else "No step reads it."
    return Fault(Place(name), "a step that keeps rows", "a view", hint)


def _unknown(product: str, name: str, known: Sequence[str]) -> Fault:
    close = get_close_matches(name, known, n=3, cutoff=0.6)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"See them all with: assay plan {product}"
    return Fault(Place(name), f"a step of {product}", "none of that name", hint)

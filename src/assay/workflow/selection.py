"""Which steps a build is about: all, or some that are named; and which of them run whatever there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from assay.base.errors import Fault, Place, raise_faults
from assay.workflow.graph import Graph


@dataclass(frozen=True, slots=True)
class Selection:
    """The steps of one build.

    Attributes:
        wanted: those that are built; with each, all that it rests on.
        anew: those that run even if there is a snapshot of the same code and inputs.
    """

    wanted: frozenset[str]
    anew: frozenset[str] = frozenset()


def select(graph: Graph, names: Sequence[str] = (), starts: Sequence[str] = (), *, is_full: bool = False) -> Selection:
    """Select steps of a product.

    Args:
        graph: its steps.
        names: those that are wanted, and what they rest on; none for all.
        starts: those that run anew, and what rests on them.
        is_full: whether all that is wanted runs anew.

    Raises:
        AssayError: names that no step has, all of them.
    """
    known = list(graph.steps)
    raise_faults(_unknown(graph.product, name, known) for name in (*names, *starts) if name not in graph.steps)
    wanted = _with_above(graph, (*names, *starts)) if names else frozenset(known)
    return Selection(wanted, wanted if is_full else wanted & (graph.below(starts) | frozenset(starts)))


def _with_above(graph: Graph, names: Iterable[str]) -> frozenset[str]:
    return frozenset(names).union(*(graph.above(name) for name in names))


def _unknown(product: str, name: str, known: Sequence[str]) -> Fault:
    close = get_close_matches(name, known, n=3, cutoff=0.6)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"See them all with: assay plan {product}"
    return Fault(Place(name), f"a step of {product}", "none of that name", hint)

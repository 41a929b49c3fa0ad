"""The graph that the steps of one product form by what they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from assay.base.errors import Fault, Place, raise_faults
from assay.base.names import TableRef
from assay.workflow.steps import Step
from assay.workflow.views import view_faults, without_views


@dataclass(frozen=True, slots=True)
class Graph:
    """The steps of a product, each after all that it reads.

    Attributes:
        product: whose steps they are.
        steps: by name, in an order in which they can be built; the order is the same for the same steps.
    """

    product: str
    steps: Mapping[str, Step]

    @property
    def built(self) -> Graph:
        """The steps that have rows, as they are built: the views that they read are put into them."""
        return Graph(self.product, without_views(self.steps)) if any(s.is_view for s in self.steps.values()) else self

    @property
    def outside(self) -> tuple[TableRef, ...]:
        """The tables that come from outside the product: sources and other products' datasets, each once."""
        tables = {table for step in self.steps.values() for table in step.reads if table.schema is not None}
        return tuple(sorted(tables, key=str))

    @property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """The names of the steps in levels: each rests on those of the levels before alone."""
        depths: dict[str, int] = {}
        for name, step in self.steps.items():
            depths[name] = 1 + max((depths[t.name] for t in step.reads if t.schema is None), default=-1)
        levels: list[list[str]] = [[] for _ in range(max(depths.values(), default=-1) + 1)]
        for name, depth in depths.items():
            levels[depth].append(name)
        return tuple(map(tuple, levels))

    def below(self, names: Iterable[str]) -> frozenset[str]:
        """Return the steps that rest on one of some steps, near and far; without these unless one rests on another."""
        given, found = set(names), set[str]()
        for name, step in self.steps.items():  # each after all that it reads
            if any(table.schema is None and table.name in given | found for table in step.reads):
                found.add(name)
        return frozenset(found)

    def above(self, name: str) -> frozenset[str]:
        """Return the steps on which a step rests, near and far."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            reads = {table.name for table in self.steps[waiting.pop()].reads if table.schema is None}
            waiting += reads - found
            found |= reads
        return frozenset(found)


def build_graph(product: str, steps: Sequence[Step], known: Iterable[TableRef]) -> Graph:
    """Put the steps of a product in order.

    Args:
        product: its name.
        steps: all of its steps.
        known: what can be read from outside: ``sources.NAME`` and ``PRODUCT.DATASET``.

    Raises:
        AssayError: two steps of one name, tables that nobody makes, steps that read each other in a circle; all of it.
    """
    ordered = sorted(steps, key=lambda step: (step.name, step.file))
    by_name = {step.name: step for step in reversed(ordered)}
    reads = {name: {t.name for t in by_name[name].reads if not t.schema} & by_name.keys() for name in sorted(by_name)}
    faults = [*_same_names(ordered), *_unknown_tables(product, ordered, set(known)), *_cycles(reads, by_name)]
    raise_faults([*faults, *view_faults(by_name)])
    order = TopologicalSorter({name: sorted(reads[name]) for name in reads}).static_order()
    return Graph(product, {name: by_name[name] for name in order})


def _same_names(ordered: Sequence[Step]) -> Iterator[Fault]:
    for first, second in pairwise(ordered):
        if first.name == second.name:
            found = f"{second.name!r} again (the first is {first.file})"
            yield Fault(Place(second.file), "steps of different names", found, "Rename one of the files.")


def _unknown_tables(product: str, steps: Sequence[Step], known: set[TableRef]) -> Iterator[Fault]:
    own = {TableRef(None, step.name) for step in steps}
    names = [str(table) for table in own | known]
    for step in steps:
        for table in step.reads:
            if table in own or table in known:
                continue
            if table.schema == product and TableRef(None, table.name) in own:
                hint = f"Within its product it is named {table.name}."
            else:
                close = get_close_matches(str(table), names, n=3, cutoff=0.6)
                hint = f"Did you mean {' or '.join(close)}?" if close else f"Known here: {_some(names)}."
            yield Fault(step.places[table], "a step of this product, a source or another's dataset", str(table), hint)


def _some(names: Iterable[str], most: int = 8) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return ", ".join(ordered[:most]) + more


def _cycles(reads: Mapping[str, set[str]], steps: Mapping[str, Step]) -> Iterator[Fault]:
    """Find circles that have no step in common; what lies between two of them shows once these are mended."""
    left = {name: sorted(reads[name]) for name in reads}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = list(reversed(error.args[1][:-1]))  # graphlib goes from what is read to its reader
        else:
            return
        start = circle.index(min(circle))
        circle = [*circle[start:], *circle[:start]]
        path = " reads ".join([*(f"{name} ({steps[name].file})" for name in circle), circle[0]])
        place = steps[circle[0]].places[TableRef(None, circle[1 % len(circle)])]
        yield Fault(place, "steps that do not read each other in a circle", path, "Take one of these readings out.")
        left = {n: [r for r in left[n] if r not in circle] for n in left if n not in circle}

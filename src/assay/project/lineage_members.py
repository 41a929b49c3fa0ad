"""What is in a project's lineage: tables and solutions, and of each its members with what they come from directly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from assay.base.names import SOURCES, TableRef
from assay.contract.model import Contract
from assay.project.model import Product, Project
from assay.solutions.dashboard import Dashboard
from assay.workflow.steps import Language

_ROWS = "\0rows"


class Influence(StrEnum):
    """How something stands to what comes of it, the plainest first."""

    DIRECT = "direct"
    """Its values are made of these values."""
    INDIRECT = "indirect"
    """These values decide which rows there are: a filter, a join, a grouping."""
    UNDETERMINED = "undetermined"
    """Nobody can tell from the code; so it counts as if it did."""


class TableKind(StrEnum):
    """What a table of the lineage is."""

    SOURCE = "source"
    DATASET = "dataset"
    STEP = "step"
    """One without a contract: an intermediate table."""
    DASHBOARD = "dashboard"


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A column of a table, or a chart of a solution.

    Attributes:
        table: ``sources.NAME``, ``PRODUCT.STEP``, or ``PRODUCT/SOLUTION``.
        column: in lower case, or a chart's title; empty for all of the table.
    """

    table: str
    column: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether all of the table is meant."""
        return not self.column

    @property
    def is_rows(self) -> bool:
        """Whether it stands for which rows there are in the table."""
        return self.column == _ROWS

    @property
    def rows(self) -> Node:
        """Which rows there are in its table."""
        return Node(self.table, _ROWS)

    def __str__(self) -> str:
        if self.is_rows:
            return f"rows of {self.table}"
        return self.table if self.is_whole else f"{self.table}{': ' if '/' in self.table else '.'}{self.column}"


Edge = tuple[Node, Influence]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, or a solution.

    Attributes:
        key: its name in the project, see `Node.table`.
        product: empty for a source.
        name: within its product.
        reads: the keys of what it reads, each once.
        names: of its columns where files tell them; None where only lineage can.
    """

    key: str
    kind: TableKind
    product: str
    name: str
    reads: tuple[str, ...]
    names: tuple[str, ...] | None

    @property
    def is_shown(self) -> bool:
        """Whether it is a solution."""
        return self.kind is TableKind.DASHBOARD


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a table, and what each comes from.

    Attributes:
        names: of the columns as they are written, or of the charts; None where nobody can tell.
        edges: by member, among them which rows there are.
        otherwise: what a member comes from that is not known here.
    """

    names: tuple[str, ...] | None
    edges: Mapping[Node, tuple[Edge, ...]]
    otherwise: tuple[Edge, ...]

    @property
    def everything(self) -> Mapping[Node, tuple[Edge, ...]]:
        """What all members come from; where nobody can tell their names, also what any of them does."""
        if self.names is not None or not self.edges:
            return self.edges
        rows = next(iter(self.edges)).rows
        return {**self.edges, Node(rows.table): self.otherwise}


Names = Callable[[str], "tuple[str, ...] | None"]
"""Tells the columns of a table by its key."""


def key_of(table: TableRef, product: str) -> str:
    """Return the key of a table as a step or solution of a product names it."""
    return f"{table.schema or product}.{table.name}"


def strongest(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Return each node once, in the order given, with the plainest of its influences."""
    found: dict[Node, Influence] = {}
    order = list(Influence)
    for node, influence in edges:
        found[node] = min(influence, found.get(node, influence), key=order.index)
    return tuple(found.items())


def tables_of(project: Project) -> dict[str, Table]:
    """Return every table and solution of a project, each product's after those that it can read."""
    found = [
        Table(f"{SOURCES}.{name}", TableKind.SOURCE, "", name, (), _promised(source.contract))
        for name, source in sorted(project.sources.items())
    ]
    for product in project.products.values():
        found += _steps(product)
        found += _solutions(product)
    known = {table.key for table in found}
    promised = {str(table): contract for table, contract in project.contracts.items() if str(table) not in known}
    found += [_unmade(key, contract) for key, contract in sorted(promised.items())]
    return {table.key: table for table in found}


def members_of(project: Project, table: Table, names: Names) -> Members:
    """Work out the members of a table.

    Args:
        project: whose table.
        table: one of `tables_of` it.
        names: tells the columns of what it reads.
    """
    product = project.products.get(table.product)
    if product is None or (not table.is_shown and table.name not in product.steps):
        edges: dict[Node, tuple[Edge, ...]] = {Node(table.key, name.lower()): () for name in table.names or ()}
        return Members(table.names, edges, ())
    from assay.project.lineage_queries import of_dashboard, of_query  # sqlglot is slow to import

    if table.is_shown:
        return of_dashboard(table, product.solutions[table.name], product.name, names)
    step = product.steps[table.name]
    if step.language is Language.SQL:
        return of_query(table, step.text, step.reads, product.name, names)
    return _untold(table)


def _steps(product: Product) -> Iterator[Table]:
    for name, step in product.steps.items():
        contract = product.contracts.get(name)
        reads = _unique(key_of(table, product.name) for table in step.reads)
        told = _promised(contract) if contract else step.columns
        kind = TableKind.DATASET if contract else TableKind.STEP
        yield Table(f"{product.name}.{name}", kind, product.name, name, reads, told)


def _solutions(product: Product) -> Iterator[Table]:
    for name, dashboard in product.solutions.items():
        reads = _unique(key_of(t, product.name) for query in dashboard.queries.values() for t in query.facts.tables)
        parts = tuple(part for part, _ in parts_of(dashboard))
        yield Table(f"{product.name}/{name}", TableKind.DASHBOARD, product.name, name, reads, _unique(parts))


def parts_of(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    """Give the name of each key figure and chart of a dashboard, and of the query that it shows."""
    yield from ((f"number {number.title!r}", number.query) for number in dashboard.numbers)
    yield from ((f"chart {chart.title!r}", chart.query) for chart in dashboard.charts)


def _unmade(key: str, contract: Contract) -> Table:
    """Return a dataset that is promised and has no step here: not written yet, or another product's in a payload."""
    product, _, name = key.partition(".")
    return Table(key, TableKind.DATASET, product, name, (), _promised(contract))


def _untold(table: Table) -> Members:
    """Return the members of a step whose code does not tell: all of each input touches every column."""
    every = tuple((Node(key), Influence.UNDETERMINED) for key in table.reads)
    members = [*(Node(table.key, name.lower()) for name in table.names or ()), Node(table.key).rows]
    return Members(table.names, dict.fromkeys(members, every), every)


def _promised(contract: Contract) -> tuple[str, ...]:
    return tuple(part.column for part in contract.datasets[0].properties)


def _unique(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(keys))

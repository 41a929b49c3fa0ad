"""The members of what is written as queries: a step's columns, a dashboard's key figures and charts.

A query is first asked without the columns of the tables, for a contract may not promise all that the data has; what
it does not tell so is asked with them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from assay.base.names import TableRef
from assay.project.lineage_members import Edge, Influence, Members, Names, Node, Table, key_of, strongest
from assay.solutions.check import fields_of
from assay.solutions.dashboard import Dashboard, DashboardQuery
from assay.sql.lineage import Lineage, OutputColumn, lineage_of
from assay.sql.relations import SourceColumn


def of_query(table: Table, text: str, reads: Sequence[TableRef], product: str, names: Names) -> Members:
    """Return the columns of a step, and which rows there are."""
    told = _told(text, reads, product, names)
    asked = _Asked(told, reads, product)
    known = {column.name.lower(): column for column in told.columns or ()}
    written = tuple(column.name for column in told.columns) if told.columns is not None else table.names
    rows = Node(table.key).rows
    edges: dict[Node, tuple[Edge, ...]] = {}
    for name in (name.lower() for name in written or ()):
        edges[Node(table.key, name)] = (*asked.values(known.get(name)), (rows, Influence.INDIRECT))
    edges[rows] = asked.rows()
    return Members(written, edges, (*asked.everything, (rows, Influence.INDIRECT)))


def of_dashboard(table: Table, dashboard: Dashboard, product: str, names: Names) -> Members:
    """Return the key figures and charts of a dashboard."""
    found: dict[Node, list[Edge]] = {}
    asked = {name: _ask(query, product, names) for name, query in dashboard.queries.items()}
    shown = [(f"number {each.title!r}", each.query, frozenset({each.field})) for each in dashboard.numbers]
    shown += [(f"chart {each.title!r}", each.query, fields_of(each.spec)) for each in dashboard.charts]
    for part, query, fields in shown:
        found.setdefault(Node(table.key, part), []).extend((*asked[query].fields(fields), *asked[query].rows()))
    return Members(table.names, {node: strongest(edges) for node, edges in found.items()}, ())


class _Asked:
    """What was found out about one query, as edges."""

    def __init__(self, told: Lineage, reads: Sequence[TableRef], product: str) -> None:
        self.told = told
        self.reads = tuple(Node(key_of(table, product)) for table in reads)
        self.keys = {str(table): key_of(table, product) for table in reads}
        self.everything: tuple[Edge, ...] = tuple((node, Influence.UNDETERMINED) for node in self.reads)

    def values(self, column: OutputColumn | None) -> tuple[Edge, ...]:
        """Return from what the values of a column come."""
        if column is None or column.sources is None or not self._knows(column.sources):
            return self.everything
        return tuple(self._edges(column.sources, Influence.DIRECT))

    def fields(self, named: Collection[str]) -> tuple[Edge, ...]:
        """Return from what the fields of a chart come; a field that the query does not give comes from anything."""
        if self.told.columns is None:
            return self.everything
        wanted = {name.lower() for name in named}
        return tuple(edge for c in self.told.columns if c.name.lower() in wanted for edge in self.values(c))

    def rows(self) -> tuple[Edge, ...]:
        """Return what decides about the rows: columns, and which rows there are in what is read."""
        sources = self.told.row_sources
        is_told = sources is not None and self._knows(sources)
        own = self.everything if not is_told else tuple(self._edges(sources or (), Influence.INDIRECT))
        return (*own, *((node.rows, Influence.INDIRECT) for node in self.reads))

    def _knows(self, sources: Sequence[SourceColumn]) -> bool:
        return all(source.table in self.keys for source in sources)

    def _edges(self, sources: Sequence[SourceColumn], influence: Influence) -> Iterator[Edge]:
        return ((Node(self.keys[source.table], source.column), influence) for source in sources)


def _ask(query: DashboardQuery, product: str, names: Names) -> _Asked:
    tables = query.facts.tables
    return _Asked(_told(query.sql, tables, product, names), tables, product)


def _told(text: str, reads: Sequence[TableRef], product: str, names: Names) -> Lineage:
    plain = lineage_of(text)
    if (
        plain.columns is not None
        and plain.row_sources is not None
        and all(c.sources is not None for c in plain.columns)
    ):
        return plain
    known: Mapping[TableRef, tuple[str, ...]] = {
        table: told for table in reads if (told := names(key_of(table, product))) is not None
    }
    full = lineage_of(text, known)
    rows = full.row_sources if full.row_sources is not None else plain.row_sources
    if full.columns is None or plain.columns is None:
        return Lineage(full.columns if full.columns is not None else plain.columns, rows)
    by_name = {column.name: column for column in plain.columns}
    merged = (c if c.sources is not None else by_name.get(c.name, c) for c in full.columns)
    return Lineage(tuple(merged), rows)

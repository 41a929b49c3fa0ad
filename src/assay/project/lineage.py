"""The lineage of a whole project: which column comes from which, from what is received to what is shown.

Two grains. By tables: who reads whom. By columns: from which columns the values of a column come, which columns decide
about the rows that there are, and where nobody can tell (steps that are not SQL, queries that are not understood).
Only the queries on the way are taken apart, each once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from assay.project.lineage_members import Edge, Influence, Members, Node, Table, members_of, strongest, tables_of
from assay.project.model import Project

_ORDER = list(Influence)

Step = Callable[[Node], tuple[Edge, ...]]


@dataclass(frozen=True, slots=True)
class Reach:
    """What lies upstream or downstream of something.

    Attributes:
        starts: from where it was looked.
        edges: of each node that was met, in the order of meeting: those next to it, and how they stand to each other.
    """

    starts: tuple[Node, ...]
    edges: Mapping[Node, tuple[Edge, ...]]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All that was met, without the starts."""
        return tuple(node for node in self.edges if node not in self.starts)


class Lineage:
    """The lineage of one project; what was worked out of it is remembered as long as it lives."""

    def __init__(self, project: Project) -> None:
        """Look who reads whom; no query is taken apart yet."""
        self.project = project
        self.tables: Mapping[str, Table] = tables_of(project)
        readers: dict[str, list[str]] = {key: [] for key in self.tables}
        for key, table in self.tables.items():
            for read in table.reads:
                readers[read].append(key)
        self._readers = readers
        self._members: dict[str, Members] = {}
        self._given: dict[str, Mapping[Node, tuple[Edge, ...]]] = {}
        self._whole: dict[str, tuple[Edge, ...]] = {}

    def upstream(self, starts: Iterable[Node], *, columns: bool) -> Reach:
        """Return from what something comes; ``columns``: by columns, else by tables."""
        return _reach(starts, self.comes_from if columns else self.reads)

    def downstream(self, starts: Iterable[Node], *, columns: bool) -> Reach:
        """Return what rests on something; arguments as of `upstream`."""
        return _reach(starts, self.goes_into if columns else self.readers)

    def reads(self, node: Node) -> tuple[Edge, ...]:
        """Return the tables that a table reads."""
        return tuple((Node(key), Influence.DIRECT) for key in self.tables[node.table].reads)

    def readers(self, node: Node) -> tuple[Edge, ...]:
        """Return the tables and solutions that read a table."""
        return tuple((Node(key), Influence.DIRECT) for key in self._readers[node.table])

    def members(self, key: str) -> Members:
        """Return the columns of a table, or the charts of a solution, each with what is next to it upstream."""
        waiting = [key]
        while waiting:  # no recursion: a chain of a thousand steps is as deep
            table = self.tables[waiting[-1]]
            missing = [] if table.key in self._members else self._needed(table)
            if table.key not in self._members and not missing:
                self._members[table.key] = members_of(self.project, table, self.names)
            waiting = [*waiting, *missing] if missing else waiting[:-1]
        return self._members[key]

    def names(self, key: str) -> tuple[str, ...] | None:
        """Return the names of a table's columns as they are written; None where nobody can tell yet."""
        told = self.tables[key].names
        if told is None and key in self._members:
            told = self._members[key].names
        return told

    def comes_from(self, node: Node) -> tuple[Edge, ...]:
        """Return what is next to a column upstream, or to all columns of a table."""
        members = self.members(node.table)
        if node.is_whole:
            if node.table not in self._whole:
                self._whole[node.table] = strongest(edge for edges in members.everything.values() for edge in edges)
            return self._whole[node.table]
        return members.edges.get(node, members.otherwise)

    def rests_on(self, node: Node) -> tuple[Edge, ...]:
        """Return what is next to a column upstream and has rows: what it takes through views, from where they do."""
        waiting, found = list(self.comes_from(node)), list[Edge]()
        if not any(self._is_view(other.table) for other, _ in waiting):
            return tuple(waiting)
        seen = set(waiting)
        while waiting:
            other, influence = waiting.pop(0)
            if not self._is_view(other.table):
                found.append((other, influence))
                continue
            further = [(each, max(influence, own, key=_ORDER.index)) for each, own in self.comes_from(other)]
            waiting += [edge for edge in further if edge not in seen]
            seen.update(further)
        return strongest(found)

    def goes_into(self, node: Node) -> tuple[Edge, ...]:
        """Return what is next to a column downstream, or to a table as a whole: all that its rows make."""
        found: list[Edge] = []
        for reader in self._readers[node.table]:
            if not node.is_whole:
                given = self._gives(reader)
                found += [*given.get(node, ()), *given.get(Node(node.table), ())]
            elif self.tables[reader].is_shown:
                rows = Node(node.table).rows
                found += ((part, Influence.DIRECT) for part, edges in self.members(reader).edges.items()
                          if any(edge in {rows, Node(node.table)} for edge, _ in edges))  # fmt: skip
            else:
                found.append((Node(reader), Influence.DIRECT))
        return _without_doubles(strongest(found))

    def written(self, node: Node) -> str:
        """Return the name of a column as it is written where it is made; empty for all of a table."""
        names = self.names(node.table) or ()
        return next((name for name in names if name.lower() == node.column), node.column)

    def _is_view(self, key: str) -> bool:
        table = self.tables[key]
        product = self.project.products.get(table.product)
        return product is not None and table.name in product.steps and product.steps[table.name].is_view

    def _needed(self, table: Table) -> list[str]:
        """Name the tables whose columns have to be known first."""
        return [key for key in table.reads if self.tables[key].names is None and key not in self._members]

    def _gives(self, key: str) -> Mapping[Node, tuple[Edge, ...]]:
        """Turn round what a table takes: by column of what it reads, the members of it; its rows are all of it."""
        if key not in self._given:
            given: dict[Node, list[Edge]] = {}
            for member, edges in self.members(key).everything.items():
                for node, influence in edges:
                    given.setdefault(node, []).append((Node(key) if member.is_rows else member, influence))
            self._given[key] = {node: strongest(edges) for node, edges in given.items()}
        return self._given[key]


def _without_doubles(edges: tuple[Edge, ...]) -> tuple[Edge, ...]:
    """Leave out columns of which nobody can tell, where all of their table is there as well."""
    whole = {node.table for node, _ in edges if node.is_whole}
    return tuple((n, i) for n, i in edges if n.is_whole or n.table not in whole or i is not Influence.UNDETERMINED)


def _reach(starts: Iterable[Node], step: Step) -> Reach:
    first = tuple(dict.fromkeys(starts))
    edges: dict[Node, tuple[Edge, ...]] = {}
    waiting = list(reversed(first))
    while waiting:
        node = waiting.pop()
        if node not in edges:
            edges[node] = step(node)
            waiting += [other for other, _ in reversed(edges[node]) if other not in edges]
    return Reach(first, edges)

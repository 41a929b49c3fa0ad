"""What is shown of a lineage, whatever the form: boxes for tables, lines between them or between their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.base.canonical import JsonValue
from assay.project.lineage import Lineage, Reach
from assay.project.lineage_members import Influence, Node, Table

MOST_BOXES = 200
"""More tables than this nobody sees in a picture."""


@dataclass(frozen=True, slots=True)
class Box:
    """A table, or a solution.

    Attributes:
        columns: those that are met, or charts, as nodes; empty by tables.
        is_start: whether it is the one for which somebody asked.
    """

    table: Table
    columns: tuple[Node, ...]
    is_start: bool


@dataclass(frozen=True, slots=True)
class Line:
    """That something flows from one node into another."""

    source: Node
    target: Node
    influence: Influence


@dataclass(frozen=True, slots=True)
class View:
    """What is shown.

    Attributes:
        title: for people, without a full stop.
        boxes: each product's after those that it can read.
        lines: each once, ordered.
        left_out: how many tables are not shown, for there are too many.
    """

    title: str
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    left_out: int


def view_of(lineage: Lineage, title: str, up: Reach | None, down: Reach | None, most: int | None = MOST_BOXES) -> View:
    """Put together what is upstream and downstream of something.

    Args:
        lineage: of the project.
        title: what it is about.
        up: what lies upstream; None where nobody asked.
        down: what lies downstream; None where nobody asked.
        most: how many tables are shown, the nearest ones; None for all.
    """
    lines = [Line(source, node, i) for node, edges in (up.edges if up else {}).items() for source, i in edges]
    lines += [Line(node, target, i) for node, edges in (down.edges if down else {}).items() for target, i in edges]
    starts = {node for reach in (up, down) if reach for node in reach.starts}
    asked = {node.table for node in starts}
    met = list(dict.fromkeys(node.table for reach in (up, down) if reach for node in _by_nearness(reach)))
    shown = set(met[:most])
    lines = [line for line in lines if {line.source.table, line.target.table} <= shown and _says_something(line)]
    untold = {(line.source, line.target.table) for line in lines if _is_untold(line) and not _is_of_column(line)}
    lines = [n for n in lines if not (_is_untold(n) and _is_of_column(n) and (n.source, n.target.table) in untold)]
    parts: dict[str, set[Node]] = {key: set() for key in shown}
    for node in [*starts, *(end for line in lines for end in (line.source, line.target))]:
        if node.table in shown and not node.is_whole and not node.is_rows:
            parts[node.table].add(node)
    boxes = [
        Box(table, _ordered(lineage, key, parts[key]), asked == {key})
        for key, table in lineage.tables.items()
        if key in shown
    ]
    unique = sorted(set(lines), key=lambda line: (line.source, line.target, line.influence))
    return View(title, tuple(boxes), tuple(unique), len(met) - len(shown))


def view_as_json(view: View) -> JsonValue:
    """Return what is shown as a JSON value: tables with their columns, and flows between them."""
    return {
        "title": view.title,
        "tables": [
            {"name": box.table.key, "kind": str(box.table.kind), "columns": [node.column for node in box.columns]}
            for box in view.boxes
        ],
        "flows": [
            {"from": _as_json(line.source), "to": _as_json(line.target), "influence": str(line.influence)}
            for line in view.lines
        ],
        "left_out": view.left_out,
    }


def _as_json(node: Node) -> JsonValue:
    if node.is_rows:
        return {"table": node.table, "rows": True}
    return {"table": node.table} if node.is_whole else {"table": node.table, "column": node.column}


def _says_something(line: Line) -> bool:
    """Leave out that the rows of a table decide about what it holds itself: it goes without saying."""
    return line.source.table != line.target.table


def _is_untold(line: Line) -> bool:
    return line.influence is Influence.UNDETERMINED


def _is_of_column(line: Line) -> bool:
    """Whether it leads to one column; where nobody can tell of all of a table, one line says it."""
    return not line.target.is_whole and not line.target.is_rows


def _by_nearness(reach: Reach) -> Sequence[Node]:
    """Return the nodes in the order of their distance from the starts."""
    order = dict.fromkeys(reach.starts)
    for node in (waiting := list(order)):
        for other, _ in reach.edges[node]:
            if other not in order:
                order[other] = None
                waiting.append(other)
    return waiting


def _ordered(lineage: Lineage, key: str, nodes: set[Node]) -> tuple[Node, ...]:
    places = {name.lower(): place for place, name in enumerate(lineage.names(key) or ())}
    return tuple(sorted(nodes, key=lambda node: (places.get(node.column.lower(), len(places)), node.column)))

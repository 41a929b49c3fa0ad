"""Looking at the lineage: what lies upstream and downstream of something, or of everything."""

from __future__ import annotations

from dataclasses import dataclass

from assay.project.lineage import Lineage, Reach
from assay.project.lineage_members import Node
from assay.project.lineage_target import target_named
from assay.project.model import Project


@dataclass(frozen=True, slots=True)
class Traced:
    """What was looked at.

    Attributes:
        title: what it is about, for people.
        up: what lies upstream; None where nobody asked, or nothing can.
        down: what lies downstream; None where nobody asked, or nothing can.
    """

    lineage: Lineage
    title: str
    up: Reach | None
    down: Reach | None


def trace(project: Project, target: str | None, *, up: bool, down: bool, columns: bool) -> Traced:
    """Look what lies upstream and downstream.

    Args:
        project: the project.
        target: see `target_named`; None for the whole project.
        up: whether upstream is wanted; neither `up` nor `down` means both.
        down: whether downstream is wanted.
        columns: whether by columns; a target that is a column is looked at by columns in any case.

    Raises:
        AssayError: there is no such target.
    """
    lineage = Lineage(project)
    if target is None:
        return _everything(lineage, up=up and not down, columns=columns)
    node = target_named(lineage, target)
    by_columns = columns or not node.is_whole
    starts = (node,) if not (columns and node.is_whole) else tuple(lineage.members(node.table).edges) or (node,)
    table = lineage.tables[node.table]
    wants_up, wants_down = up or (not down and bool(table.reads)), down or (not up and not table.is_shown)
    return Traced(
        lineage,
        f"Lineage of {node}",
        lineage.upstream(starts, columns=by_columns) if wants_up else None,
        lineage.downstream([n for n in starts if not n.is_rows], columns=by_columns) if wants_down else None,
    )


def _everything(lineage: Lineage, *, up: bool, columns: bool) -> Traced:
    """Look at the whole project: from what is received down, or from what nobody reads up."""
    title = f"Lineage of {lineage.project.name}"
    if columns:
        made = [key for key, table in lineage.tables.items() if table.reads]
        return Traced(
            lineage, title, lineage.upstream((n for k in made for n in lineage.members(k).edges), columns=True), None
        )
    nodes = [Node(key) for key in lineage.tables]
    if up:
        return Traced(
            lineage, title, lineage.upstream([n for n in nodes if not lineage.readers(n)], columns=False), None
        )
    return Traced(lineage, title, None, lineage.downstream([n for n in nodes if not lineage.reads(n)], columns=False))

"""What a change touches: the datasets and solutions downstream of it, across products."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from assay.project.lineage import Lineage
from assay.project.lineage_members import Node, TableKind
from assay.project.model import Project
from assay.workflow.steps import Language, Step

_ALL: Mapping[str, Collection[str] | None] = {}


@dataclass(frozen=True, slots=True)
class Touched:
    """What lies downstream of a change; what is changed itself is not among it.

    Attributes:
        datasets: ``product.dataset``, each with the columns that are touched, ordered; None where all of them are.
        solutions: ``product/solution``, each with its key figures and charts; None where all of them are.
    """

    datasets: Mapping[str, tuple[str, ...] | None]
    solutions: Mapping[str, tuple[str, ...] | None]


def touched(
    project: Project | Lineage, names: Iterable[str], columns: Mapping[str, Collection[str] | None] = _ALL
) -> Touched:
    """Return the datasets and solutions that a change of steps or sources touches, in every product.

    Args:
        project: the project, or its lineage where somebody has it already.
        names: what changes: ``product.step`` and ``sources.name``; what is not in the project touches nothing there.
        columns: of those that change in some columns only, the names of these, see `changed_columns`; none of them, or
            None, means that rows change, and then all that reads it is touched.
    """
    lineage = project if isinstance(project, Lineage) else Lineage(project)
    changed = [name for name in dict.fromkeys(names) if name in lineage.tables]
    some = {name: own for name in changed if (own := columns.get(name)) is not None}
    by_table = lineage.downstream([Node(name) for name in changed if name not in some], columns=False).edges
    starts = [Node(name, column.lower()) for name, own in some.items() for column in own]
    by_column = lineage.downstream(starts, columns=True).edges if starts else {}
    parts: dict[str, set[str]] = {}
    for node in (*by_table, *by_column):
        parts.setdefault(node.table, set()).add(node.column)
    found: dict[TableKind, dict[str, tuple[str, ...] | None]] = {kind: {} for kind in TableKind}
    for key in lineage.tables:
        if key in parts and key not in changed:
            found[lineage.tables[key].kind][key] = None if "" in parts[key] else tuple(sorted(parts[key]))
    return Touched(found[TableKind.DATASET], found[TableKind.DASHBOARD])


def changed_columns(old: Step, new: Step) -> frozenset[str] | None:
    """Return which columns differ between two versions of a step, if its rows are the same ones.

    Returns:
        Names in lower case; None where the rows change too, or where nobody can tell, as with all that is not SQL.
    """
    if old.language is not Language.SQL or new.language is not Language.SQL:
        return None
    from assay.sql.lineage import changed_columns as of_queries  # sqlglot is slow to import

    return of_queries(old.text, new.text)

"""Who reads tables: the products and the solutions that a change of its contract concerns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assay.base.names import TableRef
from assay.project.lineage_members import tables_of
from assay.project.model import Project


@dataclass(frozen=True, slots=True)
class Consumer:
    """Something that reads a table.

    Attributes:
        name: ``product/step`` or ``product/solution``.
        kind: ``step`` or ``dashboard``.
        owner: of the product, as an e-mail.
    """

    name: str
    kind: str
    owner: str


def consumers_of(project: Project, tables: Iterable[TableRef]) -> tuple[Consumer, ...]:
    """Return what reads any of some tables, in every product, by name.

    Args:
        project: in whose products is looked.
        tables: each ``product.dataset``, or ``sources.name``.
    """
    keys = {str(table) for table in tables}
    found = [
        Consumer(
            f"{one.product}/{one.name}", "dashboard" if one.is_shown else "step", project.products[one.product].owner
        )
        for one in tables_of(project).values()
        if keys & set(one.reads)
    ]
    return tuple(sorted(found, key=lambda one: one.name))

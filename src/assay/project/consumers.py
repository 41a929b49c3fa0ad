"""Who reads a table: the products and the solutions that a change of its contract concerns."""

from __future__ import annotations

from dataclasses import dataclass

from assay.base.names import TableRef
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


def consumers_of(project: Project, table: TableRef) -> tuple[Consumer, ...]:
    """Return what reads a table, in every product, by name.

    Args:
        project: in whose products is looked.
        table: ``product.dataset``, or ``sources.name``.
    """
    found = []
    for product in project.products.values():
        own = {table, TableRef(None, table.name)} if table.schema == product.name else {table}
        steps = [name for name, step in product.steps.items() if own & set(step.reads)]
        shown = [
            name
            for name, solution in product.solutions.items()
            if any(own & set(query.facts.tables) for query in solution.queries.values())
        ]
        found += [Consumer(f"{product.name}/{name}", "step", product.owner) for name in steps]
        found += [Consumer(f"{product.name}/{name}", "dashboard", product.owner) for name in shown]
    return tuple(sorted(found, key=lambda one: one.name))

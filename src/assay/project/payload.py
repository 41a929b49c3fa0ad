"""The files that one product needs to be read and built elsewhere, and no other."""

from __future__ import annotations

from collections.abc import Mapping

from assay.base.names import TableRef
from assay.project.dbt import compiled_path
from assay.project.layout import PROCESS, PROJECT, is_shared, product_folder
from assay.project.model import Product, Project
from assay.project.references import tables_named


def payload_files(project: Project, product: Product, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Choose the files of a payload: ``read_project(result, product.name)`` reads the same product from them.

    They are ``assay.yaml``, the gate table if the team has its own, the product's folder, the shared modules that its
    steps import, what dbt made of its models, and the contracts of all that its steps, contracts and solutions name
    outside the product. People are not among them: who may sign is for each place to know.

    Args:
        project: as it was read from the files.
        product: one of its products.
        files: relative path to content.
    """
    shared = {path for step in product.steps.values() for path in step.modules if is_shared(path)}
    compiled = compiled_path(product.name)
    wanted = {
        PROJECT,
        PROCESS,
        compiled,
        *shared,
        *(project.contracts[table].file for table in tables_outside(project, product)),
    }
    folder = product_folder(product.name)
    return {path: content for path, content in sorted(files.items()) if path in wanted or path.startswith(folder)}


def tables_outside(project: Project, product: Product) -> set[TableRef]:
    """Return the tables outside a product on which it rests, and those to which their contracts point in turn."""
    waiting = [
        *product.graph.outside,
        *(table for dashboard in product.solutions.values() for table in dashboard.reads),
    ]
    waiting += [table for contract in product.contracts.values() for table in tables_named(contract)]
    waiting += [product.as_of.table] if product.as_of else []
    found: set[TableRef] = set()
    while waiting:
        table = waiting.pop()
        if table.schema not in {None, product.name} and table not in found:
            found.add(table)
            waiting += tables_named(project.contracts[table])
    return found

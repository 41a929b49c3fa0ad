"""What changes in the steps of a product, and how deep each change goes: by its code, and by its data where compared.

A change of a dataset's step counts for what the step makes itself; what rests on it changes with it, and its gates open
again by its digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from assay.contract.compare import compare_contracts
from assay.contract.effects import Effect
from assay.lifecycle.gates import ChangeClass
from assay.project.model import Product
from assay.workflow.steps import Step


class DataEvidence(StrEnum):
    """How the rows of a dataset compare, released and candidate, on the same cut of the sources."""

    IDENTICAL = "identical"
    """The same rows, in the columns that both have."""
    ONLY_REPAIRED = "only repaired"
    """They differ only in rows that broke a rule before, and none breaks one now."""
    DIFFERENT = "different"
    """They differ otherwise."""


StepChange = tuple[str, ChangeClass, str]
"""The step, how deep its change goes, and a sentence."""

REPAIRS: dict[DataEvidence, str] = {
    DataEvidence.IDENTICAL: "and gives the same rows",
    DataEvidence.ONLY_REPAIRED: "and only rows that broke a rule are others",
}
"""Evidence that makes a repair of a change that nobody can tell from the code, and what is said of it."""


def step_changes(before: Product, after: Product, data: Mapping[str, DataEvidence]) -> Iterator[StepChange]:
    """List what changes in the steps of a product.

    Args:
        before: as it is released.
        after: as it is to be released.
        data: how the rows of datasets compare, by name, as far as they were compared.
    """
    for name in sorted(before.steps.keys() | after.steps.keys()):
        old, new = before.steps.get(name), after.steps.get(name)
        if old is None:
            yield name, ChangeClass.ADDITIVE, f"The step {name} is new."
        elif new is None:
            yield name, *_gone(name, before)
        elif old.digest != new.digest:
            yield name, *_changed(old, new, before, after, data)


def _gone(name: str, before: Product) -> tuple[ChangeClass, str]:
    """Judge a step that is gone: of an intermediate one nothing was promised, and whoever read it has changed too."""
    if name in before.contracts:
        return ChangeClass.STANDARD, f"The step {name} is gone."
    return ChangeClass.COSMETIC, f"The step {name} is gone, and nothing reads it any more."


def _changed(
    old: Step, new: Step, before: Product, after: Product, data: Mapping[str, DataEvidence]
) -> tuple[ChangeClass, str]:
    from assay.sql.lineage import Likeness  # sqlglot is slow to import
    from assay.workflow.difference import compare_steps

    name, found = new.name, compare_steps(old, new)
    if found.likeness is not Likeness.OTHER and data.get(name) is DataEvidence.DIFFERENT:
        return ChangeClass.STANDARD, f"The step {name} gives other rows, although its code says the same."
    if found.likeness is Likeness.SAME:
        return ChangeClass.COSMETIC, f"The step {name} is written in another way and computes the same."
    if found.likeness is Likeness.ADDS_COLUMNS:
        return _added(name, found.added, after)
    rows = _rows(name, before, after, data)
    if rows in REPAIRS and _keeps_promises(name, before, after):
        return ChangeClass.REPAIR, f"The step {name} computes in another way, {REPAIRS[rows]}."
    return ChangeClass.STANDARD, f"The step {name} computes in another way: {found.sentence}."


def _added(name: str, columns: tuple[str, ...], after: Product) -> tuple[ChangeClass, str]:
    """Judge columns that come: additive, unless something that reads the table may take them up."""
    said = f"The step {name} also gives {', '.join(columns)}"
    moved = list(_moved(name, columns, after))
    if moved:
        return ChangeClass.STANDARD, f"{said}, which {', '.join(moved)} may take up."
    return ChangeClass.ADDITIVE, f"{said}; all else is as it was."


def _moved(name: str, columns: tuple[str, ...], after: Product) -> Iterator[str]:
    from assay.sql.lineage import is_unmoved_by
    from assay.workflow.difference import reads_by_name

    def is_read(tables: object) -> bool:
        return isinstance(tables, tuple) and any(t.name == name and t.schema in {None, after.name} for t in tables)

    for step in after.steps.values():
        if is_read(step.reads) and not reads_by_name(step, columns):
            yield step.name
    for dashboard in after.solutions.values():
        asked = [query for query in dashboard.queries.values() if is_read(query.facts.tables)]
        if not all(is_unmoved_by(query.sql, columns) for query in asked):
            yield dashboard.name


def _rows(name: str, before: Product, after: Product, data: Mapping[str, DataEvidence]) -> DataEvidence | None:
    """Return how the rows of all that rests on a step compare, the worst of it; None where something is not known."""
    found = [data.get(dataset) for dataset in _resting(name, before, after)]
    if DataEvidence.DIFFERENT in found:
        return DataEvidence.DIFFERENT
    if not found or None in found:
        return None
    return DataEvidence.ONLY_REPAIRED if DataEvidence.ONLY_REPAIRED in found else DataEvidence.IDENTICAL


def _resting(name: str, before: Product, after: Product) -> list[str]:
    """Name the datasets that were there before and rest on a step, itself among them."""
    return [each for each in after.datasets if each in before.datasets and name in {each, *after.graph.above(each)}]


def _keeps_promises(name: str, before: Product, after: Product) -> bool:
    return all(
        change.effect is Effect.COSMETIC
        for each in _resting(name, before, after)
        for change in compare_contracts(before.contracts[each], after.contracts[each])
    )

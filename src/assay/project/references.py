"""What a contract names outside itself: targets of foreign keys, sources of control totals, the columns of ``asOf``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assay.base.errors import AssayError, Fault, Place
from assay.base.names import TableRef, parse_table_ref
from assay.contract.model import Contract, Dataset, QualityRule, Relationship


@dataclass(frozen=True, slots=True)
class Reference:
    """A table that a contract names outside itself, as it is written, the columns named with it, and where."""

    table: str
    columns: tuple[str, ...]
    place: Place


def references(contract: Contract) -> Iterator[Reference]:
    """Give everything that a contract names outside itself."""
    inside = {dataset.name for dataset in contract.datasets}
    return (reference for reference in _all(contract) if reference.table not in inside)


def tables_named(contract: Contract) -> Iterator[TableRef]:
    """Give the tables that a contract names outside itself; for a contract without `dangling` references."""
    return (parse_table_ref(reference.table) for reference in references(contract))


def dangling(contract: Contract, product: str | None, contracts: Mapping[TableRef, Contract | None]) -> Iterator[Fault]:
    """Find the references that lead nowhere.

    Args:
        contract: of a dataset or a source.
        product: whose dataset it is of; None for a source.
        contracts: of every table that there is; None for one that has faults of its own.
    """
    for reference in references(contract):
        try:
            table = parse_table_ref(reference.table)
        except AssayError as error:
            yield from (Fault(reference.place, f.expected, f.found, f.hint) for f in error.faults)
            continue
        full = table if table.schema or product is None else TableRef(product, table.name)
        if full not in contracts:
            known = ", ".join(sorted(str(each) for each in contracts))
            hint = f"Known here: {known}."
            yield Fault(reference.place, "a source or a dataset with a contract", reference.table, hint)
            continue
        target = contracts[full]
        columns = [part.name for part in target.datasets[0].properties] if target else list(reference.columns)
        for column in reference.columns:
            if column.split(".")[0] not in columns:
                hint = f"It has {', '.join(columns)}."
                yield Fault(reference.place, f"a column of {reference.table}", repr(column), hint)


def _all(contract: Contract) -> Iterator[Reference]:
    for dataset in contract.datasets:
        for key in _keys(dataset):
            if key.target:
                yield Reference(key.target, key.target_columns, key.place)
        for rule in _rules(dataset):
            source = rule.implementation.get("source") if isinstance(rule.implementation, dict) else None
            if rule.engine == "assay" and isinstance(source, str):
                yield Reference(source, (), rule.place)
    for promise in contract.sla:
        table, _, column = str(promise.custom.get("asOf", "")).rpartition(".")
        if table:
            yield Reference(table, (column,), promise.place)


def _keys(dataset: Dataset) -> Iterator[Relationship]:
    yield from dataset.relationships
    for part in dataset.properties:
        yield from part.relationships


def _rules(dataset: Dataset) -> Iterator[QualityRule]:
    yield from dataset.quality
    for part in dataset.properties:
        yield from part.quality

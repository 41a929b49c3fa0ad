"""Feasibility: can each column of a contract be made from what there is?

Judged by schemas alone, before anything is built. A column is *had* when a source has one of its name and type,
*derivable* when the contract says from which columns it is made (``transformSourceObjects``) and all of them
exist, *missing* otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """What can be said of a column before anything is built."""

    HAVE = "have"
    DERIVABLE = "derivable"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column that a contract promises.

    Attributes:
        name: the column's name.
        logical_type: ODCS logical type; None when the contract does not say.
        made_from: ``sources.flights.dep_delay`` and the like, as the contract names them.
    """

    name: str
    logical_type: str | None
    made_from: tuple[str, ...] = ()


Inventory = Mapping[str, Mapping[str, str | None]]
"""Table (``sources.flights``) to its columns and their logical types."""


@dataclass(frozen=True, slots=True)
class ColumnAssessment:
    """What was found for a column, and where."""

    column: str
    standing: Standing
    found: str


def assess_columns(wanted: Sequence[Wanted], inventory: Inventory) -> tuple[ColumnAssessment, ...]:
    """Say of each wanted column whether it is had, derivable or missing."""
    return tuple(_assessed(column, inventory) for column in wanted)


def _assessed(column: Wanted, inventory: Inventory) -> ColumnAssessment:
    absent = [name for name in column.made_from if not _exists(name, inventory)]
    if column.made_from and not absent:
        same = _same(column, column.made_from, inventory)
        return ColumnAssessment(column.name, Standing.HAVE if same else Standing.DERIVABLE, ", ".join(column.made_from))
    if absent:
        return ColumnAssessment(column.name, Standing.MISSING, f"no {', '.join(absent)} in the inventory")
    for table, columns in inventory.items():
        if columns.get(column.name, "") == column.logical_type:
            return ColumnAssessment(column.name, Standing.HAVE, f"{table}.{column.name}")
    return ColumnAssessment(column.name, Standing.MISSING, "in no table, and the contract does not say what makes it")


def _exists(name: str, inventory: Inventory) -> bool:
    table, _, column = name.rpartition(".")
    return name in inventory or column in inventory.get(table, {})


def _same(column: Wanted, names: Sequence[str], inventory: Inventory) -> bool:
    if len(names) != 1:
        return False
    table, _, source_column = names[0].rpartition(".")
    return source_column == column.name and inventory.get(table, {}).get(source_column) == column.logical_type

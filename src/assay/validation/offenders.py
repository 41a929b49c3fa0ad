"""What a comparison stumbled over, as SQL: keys that differ, periods that are missing, rows out of their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from assay.base.names import TableRef


@dataclass(frozen=True, slots=True)
class Told:
    """A column of what is shown.

    Attributes:
        source: the column of the dataset from which it is; None for words of ours, which everybody may see.
        other: what stands for the other table's column of it, see `other_name`; empty where there is none.
        there: the condition for the value to come from the other table.
    """

    sql: str
    name: str
    source: str | None
    other: str = ""
    there: str = ""


@dataclass(frozen=True, slots=True)
class Offenders:
    """A relation, which of its rows break the promise, and what is shown of them."""

    relation: str
    where: str
    columns: tuple[Told, ...]


def other_name(table: TableRef, column: str) -> str:
    """Return under which name the level of another table's column is kept with a check; no column is called so."""
    return f"{table}\n{column}"


def distinctly(columns: Iterable[Told]) -> tuple[Told, ...]:
    """Give columns of one name different names, for a row is shown by its names."""
    kept: dict[str, Told] = {}
    for column in columns:
        name = column.name
        while name.lower() in kept:
            name += " of it"
        kept[name.lower()] = replace(column, name=name)
    return tuple(kept.values())

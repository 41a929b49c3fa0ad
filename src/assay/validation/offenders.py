"""What a comparison stumbled over, as SQL: keys that differ, periods that are missing, rows out of their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A column of what is shown: its SQL, its name, and the column of the dataset from which it is; None of none."""

    sql: str
    name: str
    source: str | None


@dataclass(frozen=True, slots=True)
class Offenders:
    """A relation, which of its rows break the promise, and what is shown of them."""

    relation: str
    where: str
    columns: tuple[Told, ...]


def distinctly(columns: Iterable[Told]) -> tuple[Told, ...]:
    """Give columns of one name different names, for a row is shown by its names."""
    kept: dict[str, Told] = {}
    for column in columns:
        name = column.name
        while name.lower() in kept:
            name += " of it"
        kept[name.lower()] = Told(column.sql, name, column.source)
    return tuple(kept.values())

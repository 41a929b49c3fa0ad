"""What two tables differ in, as values: for the terminal, for machines and for the page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from assay.base.snapshots import Column
from assay.comparison.pairing import Pairing

Row = tuple[Any, ...]
Number = int | float | Decimal
"""Of whole numbers and decimals exact, else a float."""


class Basis(StrEnum):
    """On what the answer rests."""

    SAME_SNAPSHOT = "both are one snapshot"
    SAME_FILES = "both are made of the same files"
    HASHES = "the hashes of all rows were added up, and are the same"
    KEYS = "rows were held against each other by their key"
    ROWS = "whole rows were counted, for no key was named"


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """Cells of one column that differ in rows that both tables have.

    Attributes:
        changed: how many cells differ; the next two are among them.
        emptied: cells that held a value before and hold none now.
        filled: cells that held none before.
        drift: sum of the differences (after less before) of numbers that are there on both sides; None for others, and
            where whoever looks may not see the values. So also ``widest``.
        widest: the greatest difference, without its sign.
        samples: key, value before, value after, of a few of them; hidden values are hidden.
    """

    name: str
    changed: int
    emptied: int
    filled: int
    drift: Number | None = None
    widest: Number | None = None
    samples: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeated:
    """Keys that occur more than once in a table, which are then no keys.

    Attributes:
        keys: how many.
        rows: in how many rows they stand.
        samples: a few of them, each with the number of its rows.
    """

    keys: int
    rows: int
    samples: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One of two tables.

    Attributes:
        name: as whoever asked called it.
        only: rows that are here alone: by the key, or without one as whole rows.
        samples: a few of them: the key, or without one the columns that both have.
        repeated: keys that are here more than once; None where there is none.
    """

    name: str
    rows: int
    only: int
    samples: tuple[Row, ...] = ()
    repeated: Repeated | None = None


@dataclass(frozen=True, slots=True)
class Profiled:
    """Of one column in one table: what can be said without a key."""

    nulls: int
    distinct: int
    least: Any = None
    greatest: Any = None
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One group of a breakdown: its values of the dimensions, and a measure before and after."""

    group: Row
    before: Number
    after: Number

    @property
    def moved(self) -> Number:
        """By how much."""
        return difference(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A measure, and where its move comes from.

    Attributes:
        measure: as it was asked for.
        dimensions: by which it is broken down; empty for the total alone.
        before: the total, and so ``after``; None where there is none, as of the mean of no rows.
        parts: those that moved most first; a part's contribution is its own move, and the contributions of all parts
            add up to the move of the total.
        others: how many parts are not listed, and ``rest`` is what they moved together.
    """

    measure: str
    dimensions: tuple[str, ...]
    before: Number | None
    after: Number | None
    parts: tuple[Part, ...] = ()
    others: int = 0
    rest: Number = 0

    @property
    def moved(self) -> Number:
        """By how much the total moved."""
        return difference(self.before or 0, self.after or 0)


@dataclass(frozen=True, slots=True)
class Guess:
    """A column that may have been renamed: of so many rows looked at, so many hold the same in both."""

    before: str
    after: str
    same: int
    rows: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two tables differ in.

    Attributes:
        changed_rows: rows of both with a cell that differs.
        columns: those with cells that differ, in the order of the second table.
        profiles: by column, before and after, of those whose profile differs; only where there is no key.
    """

    before: Side
    after: Side
    pairing: Pairing
    basis: Basis
    changed_rows: int = 0
    columns: tuple[ColumnDifference, ...] = ()
    profiles: Mapping[str, tuple[Profiled, Profiled]] | None = None
    breakdowns: tuple[Breakdown, ...] = ()
    guesses: tuple[Guess, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether the rows are the same in what both have; the schema is told apart."""
        differing = self.before.only or self.after.only or self.changed_rows
        return not differing and not self.before.repeated and not self.after.repeated

    @property
    def is_identical(self) -> bool:
        """Whether rows and schema are the same, and nothing was left out."""
        return self.is_equal and self.pairing.is_same_schema and not self.pairing.ignored


def difference(before: Number, after: Number) -> Number:
    """Subtract, exactly where both are exact."""
    if isinstance(before, float) or isinstance(after, float):
        return float(after) - float(before)
    return after - before


def as_json(found: Comparison) -> dict[str, Any]:
    """Write a comparison for machines; JSON has no NaN and no infinity, so these are texts."""
    whole: dict[str, Any] = _plain(_as_values(found))
    return whole


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return float(value) if isinstance(value, Decimal) else value


def _as_values(found: Comparison) -> dict[str, Any]:
    pairing = found.pairing
    return {
        "isEqual": found.is_equal,
        "isIdentical": found.is_identical,
        "basis": str(found.basis),
        "before": _side(found.before),
        "after": _side(found.after),
        "key": [pair.name for pair in pairing.key],
        "schema": {
            "onlyBefore": _columns(pairing.only_before),
            "onlyAfter": _columns(pairing.only_after),
            "retyped": {
                pair.name: {"before": pair.before.type, "after": pair.after.type, "comparedAs": pair.type}
                for pair in pairing.pairs if pair.is_retyped
            },
            "renamed": {pair.before.name: pair.after.name for pair in pairing.pairs if pair.is_renamed},
            "isReordered": pairing.is_reordered,
            "ignored": list(pairing.ignored),
            "maybeRenamed": [
                {"before": g.before, "after": g.after, "sameRows": g.same, "rows": g.rows} for g in found.guesses
            ],
        },
        "changedRows": found.changed_rows,
        "columns": {
            one.name: {
                "changed": one.changed, "emptied": one.emptied, "filled": one.filled, "drift": one.drift,
                "widest": one.widest, "samples": [list(row) for row in one.samples],
            }
            for one in found.columns
        },
        "profiles": {
            name: {"before": _profile(pair[0]), "after": _profile(pair[1])}
            for name, pair in (found.profiles or {}).items()
        },
        "breakdowns": [
            {
                "measure": one.measure, "by": list(one.dimensions), "before": one.before, "after": one.after,
                "moved": one.moved, "others": one.others, "rest": one.rest,
                "parts": [
                    {"group": list(part.group), "before": part.before, "after": part.after, "moved": part.moved}
                    for part in one.parts
                ],
            }
            for one in found.breakdowns
        ],
    }  # fmt: skip


def _columns(columns: Sequence[Column]) -> dict[str, str]:
    return {column.name: column.type for column in columns}


def _side(side: Side) -> dict[str, Any]:
    repeated = side.repeated
    return {
        "name": side.name,
        "rows": side.rows,
        "only": side.only,
        "samples": [list(row) for row in side.samples],
        "repeatedKeys": None if repeated is None else {
            "keys": repeated.keys, "rows": repeated.rows, "samples": [list(row) for row in repeated.samples],
        },
    }  # fmt: skip


def _profile(one: Profiled) -> dict[str, Any]:
    return {
        "nulls": one.nulls, "distinct": one.distinct, "least": one.least, "greatest": one.greatest, "mean": one.mean,
    }  # fmt: skip

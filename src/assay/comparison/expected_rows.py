"""Rows as they were expected beside rows as they were made: as a bag, in which duplicates count, or in their order."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = tuple[Any, ...]

_NEARLY = 1e-9
"""By what part of themselves two floating-point numbers may differ where nobody says: what adding up in another order
changes, and no more."""

_LIKE_ZERO = 1e-12
_FLOATS = ("FLOAT", "DOUBLE")
_MOST_PAIRS = 250_000
"""So many pairs of rows that differ are held against each other to tell which belong together; beyond, none is."""


@dataclass(frozen=True, slots=True)
class RowPair:
    """A row that was expected and the row that is there in its place.

    Attributes:
        expected: None for a row that nobody expected.
        found: None for a row that is missing.
        number: of the expected row, from 0; None where there is none.
        differing: positions of the cells that differ; empty where one of the rows is not there.
    """

    expected: Row | None
    found: Row | None
    number: int | None = None
    differing: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class RowsDifference:
    """What is otherwise than it was expected.

    Attributes:
        columns: that were compared.
        pairs: rows that differ, are missing, or are there unexpected, in this order.
        is_order_alone: whether all rows are there and only their order is another.
        rows: how many were made.
    """

    columns: tuple[str, ...]
    pairs: tuple[RowPair, ...] = field(repr=False)
    is_order_alone: bool
    rows: int

    @property
    def is_none(self) -> bool:
        """Whether everything is as it was expected."""
        return not self.pairs


def compare_rows(
    columns: Mapping[str, str], expected: Sequence[Row], found: Sequence[Row], *, is_ordered: bool,
    tolerance: float | None = None,
) -> RowsDifference:  # fmt: skip
    """Compare rows by the values of their types; NULL is equal to NULL.

    Args:
        columns: name to type as DuckDB names it, in the order of the cells.
        expected: cells as an engine gives values of these types.
        found: the same.
        is_ordered: whether the order counts.
        tolerance: by how much floating-point numbers may differ; None for a billionth of themselves. All other types
            are compared exactly.
    """
    judge = _Judge(tuple(any(name in kind for name in _FLOATS) for kind in columns.values()), tolerance)
    missing, unexpected = judge.unmatched(expected, found)
    if missing or unexpected:
        pairs = judge.paired(expected, missing, [found[number] for number in unexpected])
        return RowsDifference(tuple(columns), pairs, False, len(found))
    moved = [n for n in range(len(expected)) if is_ordered and judge.differing(expected[n], found[n])]
    pairs = tuple(RowPair(expected[n], found[n], n, judge.differing(expected[n], found[n])) for n in moved)
    return RowsDifference(tuple(columns), pairs, bool(pairs), len(found))


@dataclass(frozen=True, slots=True)
class _Judge:
    """Tells whether cells are equal; ``loose`` says of each column whether it has floating-point numbers."""

    loose: tuple[bool, ...]
    tolerance: float | None

    def unmatched(self, expected: Sequence[Row], found: Sequence[Row]) -> tuple[list[int], list[int]]:
        """Return the positions of the expected rows that nothing matches, and of the rows that match nothing.

        The smallest numbers are matched first, so that no row takes the only one that another could have.
        """
        waiting: defaultdict[Any, list[int]] = defaultdict(list)
        for number in sorted(range(len(found)), key=lambda number: self._loose(found[number])):
            waiting[self._firm(found[number])].append(number)
        missing = []
        for number in sorted(range(len(expected)), key=lambda number: self._loose(expected[number])):
            row = expected[number]
            alike = waiting[self._firm(row)]
            match = next((place for place, other in enumerate(alike) if self._are_close(row, found[other])), None)
            if match is None:
                missing.append(number)
            else:
                del alike[match]
        return sorted(missing), sorted(number for alike in waiting.values() for number in alike)

    def _loose(self, row: Row) -> tuple[tuple[bool, float], ...]:
        """Return by what rows are ordered that may be close to one another; what is no number comes last."""
        cells = (cell for cell, is_loose in zip(row, self.loose, strict=True) if is_loose)
        return tuple((False, c) if isinstance(c, float) and not math.isnan(c) else (True, 0.0) for c in cells)

    def paired(self, expected: Sequence[Row], missing: Sequence[int], unexpected: Sequence[Row]) -> tuple[RowPair, ...]:
        """Put together missing and unexpected rows that are most alike: a cell is equal, or there are no others."""
        scores = []
        are_single = len(missing) == len(unexpected) == 1
        if len(missing) * len(unexpected) <= _MOST_PAIRS:
            for number in missing:
                for place, row in enumerate(unexpected):
                    differing = self.differing(expected[number], row)
                    if are_single or len(differing) < len(self.loose):
                        scores.append((len(differing), number, place, differing))
        met: dict[int, RowPair] = {}
        taken: set[int] = set()
        for _, number, place, differing in sorted(scores, key=lambda score: score[:3]):
            if number not in met and place not in taken:
                met[number] = RowPair(expected[number], unexpected[place], number, differing)
                taken.add(place)
        alone = [RowPair(expected[number], None, number) for number in missing if number not in met]
        more = [RowPair(None, row) for place, row in enumerate(unexpected) if place not in taken]
        return (*(met[number] for number in sorted(met)), *alone, *more)

    def differing(self, one: Row, other: Row) -> frozenset[int]:
        """Return the positions of the cells that differ."""
        cells = enumerate(zip(one, other, strict=True))
        return frozenset(n for n, (a, b) in cells if not (self._is_close(a, b) if self.loose[n] else _is_same(a, b)))

    def _firm(self, row: Row) -> Any:
        return tuple(_hashable(cell) for cell, loose in zip(row, self.loose, strict=True) if not loose)

    def _are_close(self, one: Row, other: Row) -> bool:
        return all(self._is_close(a, b) for a, b, loose in zip(one, other, self.loose, strict=True) if loose)

    def _is_close(self, one: Any, other: Any) -> bool:
        """Say whether two values are equal, floating-point numbers in them nearly so."""
        if isinstance(one, float) and isinstance(other, float):
            if math.isnan(one) or math.isnan(other):
                return math.isnan(one) and math.isnan(other)
            if self.tolerance is not None:
                return one == other or abs(one - other) <= self.tolerance
            return math.isclose(one, other, rel_tol=_NEARLY, abs_tol=_LIKE_ZERO)
        if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
            return len(one) == len(other) and all(map(self._is_close, one, other))
        if isinstance(one, dict) and isinstance(other, dict):
            return one.keys() == other.keys() and all(self._is_close(one[name], other[name]) for name in one)
        return _is_same(one, other)


def _is_same(one: Any, other: Any) -> bool:
    return bool(_hashable(one) == _hashable(other))


def _hashable(value: Any) -> Any:
    """Return what stands for a value among keys; values of different types are never equal."""
    if isinstance(value, (list, tuple)):
        return (list, tuple(map(_hashable, value)))
    if isinstance(value, dict):
        return (dict, tuple(sorted((repr(key), _hashable(each)) for key, each in value.items())))
    return (type(value), value)

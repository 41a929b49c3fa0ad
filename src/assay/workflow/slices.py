"""Slices: parts of a large dataset, by time or by the hash of a key; only those are made again that changed.

A step that is built in slices has a result of one file or more a slice. When nothing but one of its inputs changed, the
slices are looked for in which that input's rows are others than they were; for these the step's query is run, held to
the slice, and everything else stays in the files in which it is. The query is always the whole query with a condition
on its result, so a slice holds what a build of everything would put there.

What the engine cannot know is said by whoever writes the step: that a row of the input touches no rows of the result
but those of its own slice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from assay.base.names import TableRef
from assay.base.snapshots import ContentSums
from assay.sql.quoting import identifier, text_literal
from assay.sql.writing import any_of

EMPTY = "none"
"""The slice of rows in which the column is NULL, or a moment that no calendar has: before the year 1, after 9998."""

_LAST = date(9999, 1, 1)
_FIRST = "DATE '0001-01-01'"
_END = f"DATE '{_LAST}'"

MOST_BUCKETS = 1024
MOST_SLICES = 10_000


class SliceUnit(StrEnum):
    """How long a slice of time is; a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Slicing:
    """By what a step is built in slices.

    Attributes:
        by: the column of its result: of dates or timestamps (then UTC), or of keys.
        table: the input whose changed slices are made again.
        column: that input's column, with values as in ``by``.
        unit: how long a slice of time is; None for slices by key.
        buckets: into how many slices keys are spread by their hash; 0 for slices of time.
    """

    by: str
    table: TableRef
    column: str
    unit: SliceUnit | None
    buckets: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return what counts of it for the digest of a step."""
        over = f"{self.table}.{self.column}"
        return {"by": self.by, "over": over, "unit": self.unit, "buckets": self.buckets}


@dataclass(frozen=True, slots=True)
class Span:
    """Slices of time that follow one another: from a day, and up to another that does not belong to them."""

    first: date
    end: date

    def holds(self, label: str) -> bool:
        """Say whether a slice of time belongs to it; that of rows without a day never does."""
        return label not in ("", EMPTY) and self.first <= date.fromisoformat(label) < self.end


def span_of(unit: SliceUnit, first: date | None, last: date | None) -> Span:
    """Return the whole slices that some days touch.

    Args:
        unit: of the slices.
        first: the first of these days; None for all before ``last``.
        last: the last of them; None for all after ``first``.
    """
    start = date.min if first is None else _begin(unit, min(first, _LAST))
    return Span(start, _LAST if last is None or last >= _LAST else _next(unit, _begin(unit, last)))


def unfit_types(slicing: Slicing, by: str, over: str) -> str:
    """Say why columns of two types do not name the same slices; empty where they do.

    Args:
        slicing: what is meant.
        by: the type of the result's column, in DuckDB's words.
        over: that of the input's column.
    """
    if slicing.unit is None:
        return "" if by == over else f"keys of two types, which hash differently: {by}, and {over} in {slicing.table}"
    unfit = [kind for kind in (by, over) if kind != "DATE" and not kind.startswith("TIMESTAMP")]
    return f"{' and '.join(unfit)}, which has no days" if unfit else ""


def label_sql(slicing: Slicing, column: str, kind: str = "") -> str:
    """Write the expression for the slice to which a row belongs: its first day, or the number of its bucket.

    Args:
        slicing: what is meant.
        column: of the table.
        kind: its type, in DuckDB's words.
    """
    name, empty = _compared(column, kind), text_literal(EMPTY)
    if slicing.unit is None:
        return f"coalesce(CAST(md5_number_lower(CAST({name} AS VARCHAR)) % {slicing.buckets} AS VARCHAR), {empty})"
    day = f"strftime(date_trunc({text_literal(slicing.unit)}, CAST({name} AS DATE)), '%Y-%m-%d')"
    return f"CASE WHEN {name} >= {_FIRST} AND {name} < {_END} THEN {day} ELSE {empty} END"


def condition_sql(slicing: Slicing, labels: Collection[str], kind: str = "", spans: Collection[Span] = ()) -> str:
    """Write the condition by which a row of the result belongs to one of some slices.

    Slices of time are written as ranges of the column itself, which engines move down to what they read.

    Args:
        slicing: what is meant.
        labels: of the slices; none of them, and no span, gives an empty text.
        kind: the type of the column, in DuckDB's words.
        spans: of slices of time, others that count as well, whether there are rows in them or not.
    """
    name = _compared(slicing.by, kind)
    beyond = [] if slicing.unit is None else [f"{name} < {_FIRST}", f"{name} >= {_END}"]
    parts = [f"{name} IS NULL", *beyond] if EMPTY in labels else []
    filled = sorted(set(labels) - {EMPTY})
    if slicing.unit is None:
        listed = ", ".join(map(text_literal, filled))
        return any_of([*parts, *([f"{label_sql(slicing, slicing.by, kind)} IN ({listed})"] if filled else [])])
    single = [label for label in filled if not any(span.holds(label) for span in spans)]
    for first, end in [*_ranges(slicing.unit, single), *((span.first, span.end) for span in spans)]:
        parts.append(f"({name} >= DATE '{first}' AND {name} < DATE '{end}')")
    return any_of(parts)


def changed_slices(before: Mapping[str, ContentSums], after: Mapping[str, ContentSums]) -> frozenset[str]:
    """Return the slices whose rows are not the same on both sides, those of one side alone among them."""
    return frozenset(label for label in before.keys() | after.keys() if before.get(label) != after.get(label))


def _compared(column: str, kind: str) -> str:
    """Write a column so that it can be compared with days: nanoseconds reach from 1677 to 2262 alone."""
    return f"CAST({identifier(column)} AS TIMESTAMP)" if kind == "TIMESTAMP_NS" else identifier(column)


def _ranges(unit: SliceUnit, labels: Sequence[str]) -> Iterator[tuple[date, date]]:
    """Join slices that follow one another: the first day of each run, and the first day after it."""
    first = end = None
    for day in map(date.fromisoformat, labels):
        if first is not None and end is not None and day != end:
            yield first, end
            first = None
        first, end = first or day, _next(unit, day)
    if first is not None and end is not None:
        yield first, end


def _begin(unit: SliceUnit, day: date) -> date:
    """Return the first day of the slice in which a day is."""
    if unit is SliceUnit.DAY:
        return day
    if unit is SliceUnit.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit is SliceUnit.MONTH else day.replace(month=1, day=1)


def _next(unit: SliceUnit, day: date) -> date:
    if unit is SliceUnit.DAY:
        return day + timedelta(days=1)
    if unit is SliceUnit.WEEK:
        return min(day + timedelta(days=7), _LAST)
    if unit is SliceUnit.MONTH:
        return date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return date(day.year + 1, 1, 1)

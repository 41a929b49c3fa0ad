"""What the footers of a table's files prove about its columns, and whether they are to be believed.

A footer is the word of the program that wrote the file. It is believed where that program is known to write true ones
and some row groups were measured and found as it says; of an unknown program all row groups are measured first. A
footer that is found to lie is a fault of the file: no rule on it has a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from assay.base.footers import Chunk, Footer
from assay.base.snapshots import Column
from assay.validation.types import Family, family

Plain: TypeAlias = int | Decimal | date | datetime | bool
"""Values whose order is the same everywhere, so that the ends of row groups are the ends of the table."""

KNOWN_WRITERS: tuple[tuple[re.Pattern[str], tuple[int, int]], ...] = (
    (re.compile(r"DuckDB version v(\d+)\.(\d+)"), (1, 2)),
    (re.compile(r"parquet-cpp-arrow version (\d+)\.(\d+)"), (12, 0)),
)
"""Programs whose footers were compared with their data in the tests of this project, and since which version."""

_NAN_IS_SEEN = "DuckDB"
_ROW_NUMBER = "file_row_number"

MEASURED_ROWS = 65_000
"""About so many rows of a known writer's file are measured before its footer is believed, a row group at least; of a
file with up to twice as many all are."""

ENDED = frozenset({Family.INTEGER, Family.DECIMAL, Family.BOOLEAN, Family.DATE, Family.TIMESTAMP, Family.TIMESTAMP_TZ})
"""Families whose smallest and greatest value a footer keeps exactly. Not floats (NaN is left out), not texts (cut)."""

FLAT = ENDED | {Family.FLOAT, Family.TEXT, Family.TIME, Family.UUID}
"""Families with nothing inside, of which a footer has one entry a column."""


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What is known of a column without reading it.

    Attributes:
        nulls: rows without a value; None where it is not known.
        least: None where it is not known, or where all is null. So also ``greatest``.
        is_ended: whether the ends are known; a column that is all null has none, and that is known too.
        is_dictionary: whether all its row groups keep each different value once.
        size_bytes: as it is stored.
    """

    nulls: int | None
    least: Plain | None
    greatest: Plain | None
    is_ended: bool
    is_dictionary: bool
    size_bytes: int


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What is known of a table without reading it; columns by their names in the data."""

    rows: int
    columns: Mapping[str, ColumnFacts]


def facts_of(footers: Sequence[Footer], columns: Sequence[Column]) -> TableFacts:
    """Put together what the footers of all files of a table say.

    Args:
        footers: of all its files, believed.
        columns: of the table; those the footers do not tell of, or that have something inside, have no facts.
    """
    chunks: dict[str, list[tuple[Chunk, int]]] = {}
    for footer in footers:
        for chunk in footer.chunks:
            chunks.setdefault(chunk.column, []).append((chunk, footer.group_rows[chunk.group]))
    groups = sum(len(footer.group_rows) for footer in footers)
    return TableFacts(
        sum(footer.rows for footer in footers),
        {
            column.name: _column_facts(chunks[column.name], family(column.type))
            for column in columns
            if family(column.type) in FLAT and len(chunks.get(column.name, ())) == groups > 0
        },
    )


def _column_facts(chunks: Sequence[tuple[Chunk, int]], kind: Family) -> ColumnFacts:
    nulls = [chunk.nulls for chunk, _ in chunks]
    known = [null for null in nulls if null is not None]
    ends = [_ends(chunk, kind) for chunk, rows in chunks if chunk.nulls != rows]  # all null: there are no ends
    is_ended = kind in ENDED and None not in ends
    found = [end for end in ends if end is not None]
    return ColumnFacts(
        nulls=sum(known) if len(known) == len(nulls) else None,
        least=min((least for least, _ in found), default=None) if is_ended else None,
        greatest=max((greatest for _, greatest in found), default=None) if is_ended else None,
        is_ended=is_ended,
        is_dictionary=all(chunk.is_dictionary for chunk, _ in chunks),
        size_bytes=sum(chunk.size_bytes for chunk, _ in chunks),
    )


def _ends(chunk: Chunk, kind: Family) -> tuple[Plain, Plain] | None:
    if chunk.least is None or chunk.greatest is None or not chunk.is_exact:
        return None
    least, greatest = plain(chunk.least, kind), plain(chunk.greatest, kind)
    return None if least is None or greatest is None else (least, greatest)


def plain(text: str, kind: Family) -> Plain | None:
    """Read a value as the engine writes it as text; None where it has no plain form (an infinite or ancient date)."""
    try:
        match kind:
            case Family.INTEGER:
                return int(text)
            case Family.DECIMAL:
                return Decimal(text)
            case Family.BOOLEAN:
                return {"true": True, "false": False}[text]
            case Family.DATE:
                return date.fromisoformat(text)
            case Family.TIMESTAMP | Family.TIMESTAMP_TZ:
                return _moment(text, is_zoned=kind is Family.TIMESTAMP_TZ)
            case _:
                return None
    except (ValueError, KeyError, InvalidOperation):
        return None


def _moment(text: str, *, is_zoned: bool) -> datetime | None:
    day, _, clock = text.partition(" ")
    digits = re.split(r"[+-]", clock)[0].partition(".")[2]
    if len(digits) > 6:
        return None  # finer than a microsecond
    moment = datetime.fromisoformat(f"{day} {clock}")
    return moment if (moment.tzinfo is not None) is is_zoned else None


def is_known(writer: str) -> bool:
    """Say whether a program is one whose footers are believed after a look at some row groups."""
    for pattern, since in KNOWN_WRITERS:
        found = pattern.match(writer)
        if found:
            return (int(found[1]), int(found[2])) >= since
    return False


def untrusted(footers: Sequence[Footer], columns: Sequence[Column]) -> Iterator[str]:
    """Say in words why the footers of a table are not even measured: nothing of them is used, by the engine neither.

    Args:
        footers: of all its files.
        columns: of the table.
    """
    for footer in footers:
        if not is_known(footer.writer):
            writer = footer.writer.partition(" (")[0] or "a program without a name"
            yield f"{_file(footer)} was written by {writer}, whose footers are not known to be true"
    if any(column.name.lower() == _ROW_NUMBER for column in columns):
        yield f"a column is called {_ROW_NUMBER}, by which rows are found to measure them"


def nan_hiding(footers: Sequence[Footer], used: Sequence[Column]) -> Iterator[str]:
    """Say in words where a footer tells ends of floating-point numbers, of which NaN may be left out.

    DuckDB 1.5 takes such ends for all of a column; the session has to be one that uses no footer.
    """
    floats = {column.name for column in used if family(column.type) is Family.FLOAT}
    for footer in footers:
        is_seen = footer.writer.startswith(_NAN_IS_SEEN)
        if not is_seen and any(chunk.column in floats and chunk.least is not None for chunk in footer.chunks):
            yield f"the footer of {_file(footer)} may leave NaN out, so that no row group is skipped"


def _file(footer: Footer) -> str:
    return footer.path.rpartition("/")[2]


def groups_to_measure(footer: Footer, choice: int) -> tuple[tuple[int, int, int], ...]:
    """Say which row groups to measure before a footer is believed.

    Args:
        footer: of one file, by a known writer.
        choice: any number, the same each time for the same file, so that the same file gives the same verdicts.

    Returns:
        Of each: its number, its first row, and the first row after it.
    """
    ends: list[tuple[int, int, int]] = []
    first = 0
    for number, rows in enumerate(footer.group_rows):
        ends.append((number, first, first + rows))
        first += rows
    if footer.rows <= 2 * MEASURED_ROWS:
        return tuple(ends)
    wanted = max(1, min(len(ends), MEASURED_ROWS * len(ends) // max(footer.rows, 1)))
    step = max(len(ends) // wanted, 1)
    return tuple(sorted(ends[(choice + turn * step) % len(ends)] for turn in range(wanted)))


def lies(footer: Footer, measured: Sequence[Chunk], columns: Sequence[Column]) -> Iterator[str]:
    """Say in words where a footer says something else than was measured; no value of a row is told."""
    kinds = {column.name: family(column.type) for column in columns}
    said = {(chunk.column, chunk.group): chunk for chunk in footer.chunks}
    for real in measured:
        chunk = said.get((real.column, real.group))
        if chunk is None:
            continue
        where = f"{real.column} in row group {real.group}"
        if chunk.nulls is not None and chunk.nulls != real.nulls:
            yield f"{where}: the footer counts {chunk.nulls} rows without a value, there are {real.nulls}"
        if not _encloses(chunk, real, kinds[real.column]):
            yield f"{where}: there are values beyond the ends that the footer names"


def _encloses(chunk: Chunk, real: Chunk, kind: Family) -> bool:
    """Say whether the ends of a footer hold all values; exact ones must be values that occur."""
    if real.least is None or real.greatest is None:  # nothing there, or not measured
        return True
    if chunk.least is None or chunk.greatest is None:
        return chunk.nulls is None or kind not in ENDED or chunk.nulls == real.nulls
    if kind is Family.TEXT:
        low, high, least, greatest = (
            text.encode("utf-8", "surrogatepass") for text in (chunk.least, chunk.greatest, real.least, real.greatest)
        )
        return low <= least and (greatest <= high or not chunk.is_exact)
    if kind not in ENDED:
        return True
    ends = _ends(chunk, kind)
    found = _ends(real, kind)
    if ends is None:
        return True  # nobody uses them
    if found is None:
        return False  # the footer's have a plain form, what is there has none
    return ends == found if chunk.is_exact else bool(ends[0] <= found[0] and found[1] <= ends[1])  # type: ignore[operator]

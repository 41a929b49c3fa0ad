"""Into which parts two tables are cut to be compared one after the other.

They are ranges of a column of the key by which the files of both are ordered, so that of each part little else is read,
and memory is bounded by a part. Footers decide only where to cut; a part's rows are chosen by their values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from assay.base.footers import Chunk, Footer
from assay.comparison.pairing import Pair
from assay.sql.quoting import identifier, text_literal
from assay.validation.types import Family, family

PART_ROWS = 2_000_000
_MOST_PARTS = 1024

_MOST_READ = 1.5
"""So many times all rows may be read for the parts together; a column by which the files are not ordered costs more."""

_ORDERED = frozenset({Family.INTEGER, Family.DATE, Family.TIMESTAMP, Family.TEXT})

WHOLE = ("",)
"""All rows as one part."""

_PLAIN_YEAR = re.compile(r"\d{4}-\d\d-\d\d(?! ?\(BC\))[^(]*$")
"""Of dates with other years the texts do not sort as they do."""

_End = int | str


def parts_of(key: Sequence[Pair], before: Sequence[Footer], after: Sequence[Footer]) -> tuple[str, ...]:
    """Return the conditions of the parts, of which each row fulfils exactly one; an empty one for all rows.

    Args:
        key: by which rows find each other.
        before: what the footers of the first table say of the columns of the key.
        after: the same of the second.
    """
    rows = max(sum(footer.rows for footer in footers) for footers in (before, after))
    wanted = min(-(-rows // PART_ROWS), _MOST_PARTS)
    if wanted < 2:
        return WHOLE
    found: list[tuple[float, int, Pair, list[_End]]] = []
    for pair in key:
        if pair.is_renamed or pair.is_retyped or family(pair.type) not in _ORDERED:
            continue
        sides = [_spans(footers, pair) for footers in (before, after)]
        if None in sides or not sides[0]:
            continue
        cuts = _cuts(sides[0], wanted)
        read = sum(_rows_read(cuts, spans or []) for spans in sides) / max(
            sum(_rows(spans or []) for spans in sides), 1
        )
        found.append((read, len(found), pair, cuts))
    if not found or min(found)[0] > _MOST_READ:
        return WHOLE
    _, _, pair, cuts = min(found)
    return tuple(_conditions(pair, cuts)) if cuts else WHOLE


_Span = tuple[_End, _End, int]
"""Of a row group: its smallest and greatest value, and its rows."""


def _spans(footers: Sequence[Footer], pair: Pair) -> list[_Span] | None:
    """Return what the row groups hold, or None where a footer does not say."""
    spans: list[_Span] = []
    for footer in footers:
        chunks = {chunk.group: chunk for chunk in footer.chunks if chunk.column.lower() == pair.name.lower()}
        for group, rows in enumerate(footer.group_rows):
            ends = _ends(chunks.get(group), pair)
            if ends is None:
                return None
            spans.append((*ends, rows))
    return sorted(spans)


def _ends(chunk: Chunk | None, pair: Pair) -> tuple[_End, _End] | None:
    if chunk is None or chunk.least is None or chunk.greatest is None:
        return None
    if family(pair.type) is not Family.INTEGER:
        ends = chunk.least, chunk.greatest
        is_sorted = family(pair.type) is Family.TEXT or all(_PLAIN_YEAR.match(end) for end in ends)
        return ends if is_sorted else None
    try:
        return int(chunk.least), int(chunk.greatest)
    except ValueError:
        return None


def _cuts(spans: Sequence[_Span], wanted: int) -> list[_End]:
    """Return where parts begin, but the first: at row groups, about equally many rows apart."""
    each, seen = _rows(spans) / wanted, 0
    cuts: list[_End] = []
    for least, _, rows in spans:
        if seen >= each * (len(cuts) + 1) and (not cuts or least != cuts[-1]) and least != spans[0][0]:
            cuts.append(least)
        seen += rows
    return cuts


def _rows_read(cuts: Sequence[_End], spans: Sequence[_Span]) -> int:
    """Return how many rows of the row groups are looked at if each part is read by itself."""
    total = 0
    for least, greatest, rows in spans:
        total += rows * (1 + sum(_is_between(cut, least, greatest) for cut in cuts))
    return total


def _is_between(cut: _End, least: _End, greatest: _End) -> bool:
    """Say whether a cut parts what lies between two ends; all are of one kind."""
    return bool(least < cut <= greatest)  # type: ignore[operator]


def _rows(spans: Sequence[_Span]) -> int:
    return sum(rows for _, _, rows in spans)


def _conditions(pair: Pair, cuts: Sequence[_End]) -> Iterator[str]:
    name = identifier(pair.after.name)
    ends = [_literal(cut, pair) for cut in cuts]
    yield f"{name} < {ends[0]}"
    yield from (f"{name} >= {one} AND {name} < {other}" for one, other in pairwise(ends))
    yield f"{name} >= {ends[-1]}"
    yield f"{name} IS NULL"


def _literal(end: _End, pair: Pair) -> str:
    return str(end) if isinstance(end, int) else f"CAST({text_literal(end)} AS {pair.type})"

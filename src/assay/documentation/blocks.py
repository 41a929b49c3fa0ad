"""What is told as lines and tables, whatever it is shown by: the terminal, a plain text of 80 columns, a notebook."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any

COLUMNS = 80
"""How wide a text is when nobody says otherwise."""

_NARROWEST = 8


class Tone(StrEnum):
    """How what is said should be taken."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence.

    Attributes:
        indent: in characters.
        is_title: whether it stands above what follows.
        has_gap: whether an empty line comes before it.
    """

    text: str
    indent: int = 0
    tone: Tone = Tone.PLAIN
    is_title: bool = False
    has_gap: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows in columns.

    Attributes:
        rows: of texts, numbers, or None for nothing.
        header: empty for none.
        indent: in characters.
        has_gap: whether an empty line comes before it.
        numbers: which columns hold numbers, counted from 0; a page sets them to the right.
    """

    rows: tuple[tuple[Any, ...], ...]
    header: tuple[str, ...] = ()
    indent: int = 2
    has_gap: bool = False
    numbers: frozenset[int] = frozenset()


Block = Line | Grid


def text_of(blocks: Iterable[Block], width: int = COLUMNS) -> str:
    """Write blocks as plain text.

    Args:
        blocks: what is told.
        width: columns of a line; longer ones are wrapped.
    """
    lines: list[str] = []
    for block in blocks:
        if block.has_gap:
            lines.append("")
        if isinstance(block, Line):
            lines += wrapped_line(block.text, width, block.indent)
        else:
            lines += (text for text, _ in grid_lines(block.rows, block.header, block.indent, width))
    return "\n".join(lines)


def wrapped_line(text: str, width: int, indent: int = 0) -> list[str]:
    """Wrap a line at words; all its parts keep the indent."""
    room = max(width - indent, 20)
    parts = textwrap.wrap(text, room, break_on_hyphens=False, break_long_words=False) or [""]
    return [" " * indent + part for part in parts]


def grid_lines(
    rows: Iterable[Sequence[Any]], header: Sequence[str], indent: int, width: int
) -> Iterator[tuple[str, bool]]:
    """Write rows in columns as wide as their widest cell; what does not fit is wrapped in its column.

    Returns:
        each line, and whether it is of the header.
    """
    cells = [[cell_text(value) for value in row] for row in rows]
    everything = ([list(header)] if header else []) + cells
    if not everything:
        return
    widths = fitted([max(map(len, column)) for column in zip(*everything, strict=True)], width - indent)
    for number, row in enumerate(everything):
        parts_of = [wrapped(cell, room) for cell, room in zip(row, widths, strict=True)]
        for parts in zip_longest(*parts_of, fillvalue=""):
            text = "  ".join(part.ljust(room) for part, room in zip(parts, widths, strict=True))
            yield (" " * indent + text).rstrip(), bool(header) and number == 0


def fitted(widths: Sequence[int], room: int, gap: int = 2) -> list[int]:
    """Narrow the widest columns until all of them fit, none below what a word needs."""
    fitting = list(widths)
    while sum(fitting) + gap * (len(fitting) - 1) > room and max(fitting) > _NARROWEST:
        fitting[fitting.index(max(fitting))] -= 1
    return fitting


def wrapped(text: str, room: int) -> list[str]:
    """Return the lines of a cell; a word that is longer than its column is broken."""
    return textwrap.wrap(text, max(room, 1), break_on_hyphens=False) or [""]


def cell_text(value: Any) -> str:
    """Write a value of a cell."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 row``, ``31 rows``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

"""Output: how the terminal's answers look; 80 columns when nobody says otherwise, no colour when it is not wanted."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any

import click

_WIDEST = 100
_NARROWEST = 8


def width() -> int:
    """Return how many columns to fill: the terminal's, at most a hundred."""
    return min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)


def line(text: str = "", *, bold: bool = False, colour: str | None = None, indent: int = 0) -> None:
    """Print a line; longer ones are wrapped at words and keep their indent."""
    pad = " " * indent
    room = max(width() - indent, 20)
    for part in textwrap.wrap(text, room, break_on_hyphens=False, break_long_words=False) or [""]:
        click.secho(pad + part, bold=bold or None, fg=colour)


def heading(text: str) -> None:
    """Print the title of a part, with an empty line before it."""
    click.echo()
    click.secho(text, bold=True)


def command(text: str, indent: int = 4) -> None:
    """Print a command to run; never wrapped, so that it can be copied."""
    click.secho(" " * indent + text, fg="cyan")


def table(rows: Iterable[Sequence[Any]], header: Sequence[str] = (), indent: int = 2) -> None:
    """Print rows in columns as wide as their widest cell; what does not fit the screen is wrapped in its column."""
    cells = [[_cell(value) for value in row] for row in rows]
    everything = ([list(header)] if header else []) + cells
    if not everything:
        return
    widths = fitted([max(map(len, column)) for column in zip(*everything, strict=True)], width() - indent)
    for number, row in enumerate(everything):
        parts_of = [wrapped(cell, room) for cell, room in zip(row, widths, strict=True)]
        for parts in zip_longest(*parts_of, fillvalue=""):
            text = "  ".join(part.ljust(room) for part, room in zip(parts, widths, strict=True))
            click.secho((" " * indent + text).rstrip(), dim=(bool(header) and number == 0) or None)


def fitted(widths: Sequence[int], room: int, gap: int = 2) -> list[int]:
    """Narrow the widest columns until all of them fit, none below what a word needs."""
    fitting = list(widths)
    while sum(fitting) + gap * (len(fitting) - 1) > room and max(fitting) > _NARROWEST:
        fitting[fitting.index(max(fitting))] -= 1
    return fitting


def wrapped(text: str, room: int) -> list[str]:
    """Return the lines of a cell; a word that is longer than its column is broken."""
    return textwrap.wrap(text, max(room, 1), break_on_hyphens=False) or [""]


def as_json(value: Any) -> None:
    """Print a value for machines."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def day(moment: datetime) -> str:
    """Write a moment for people: ``22 Nov 2026 21:54`` (UTC)."""
    return moment.strftime("%d %b %Y %H:%M")


def count(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 rule``, ``31 rules``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)

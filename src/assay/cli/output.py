"""Output: how the terminal's answers look; 80 columns when nobody says otherwise, no colour when it is not wanted."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from assay.base.printable import printable
from assay.base.snapshots import Column
from assay.documentation.blocks import Block, Line, Tone, counted, grid_lines, wrapped_line

_WIDEST = 100
_LINE_ANEW = "\r\x1b[2K"
_COLOURS: dict[Tone, str | None] = {Tone.PLAIN: None, Tone.GOOD: "green", Tone.WARN: "yellow", Tone.BAD: "red"}


def width() -> int:
    """Return how many columns to fill: the terminal's, at most a hundred."""
    return min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)


def line(text: str = "", *, bold: bool = False, colour: str | None = None, indent: int = 0) -> None:
    """Print a line; longer ones are wrapped at words and keep their indent."""
    for part in wrapped_line(text, width(), indent):
        click.secho(part, bold=bold or None, fg=colour)


def rewrite(text: str = "") -> None:
    """Write the line anew that tells what goes on; nothing takes it away. Only a terminal is told."""
    if sys.stderr.isatty():
        click.echo(f"{_LINE_ANEW}{text}", nl=False, err=True)


def heading(text: str) -> None:
    """Print the title of a part, with an empty line before it."""
    click.echo()
    click.secho(text, bold=True)


def command(text: str, indent: int = 4) -> None:
    """Print a command to run; never wrapped, so that it can be copied."""
    click.secho(" " * indent + text, fg="cyan")


def table(rows: Iterable[Sequence[Any]], header: Sequence[str] = (), indent: int = 2) -> None:
    """Print rows in columns as wide as their widest cell; what does not fit the screen is wrapped in its column."""
    for text, is_header in grid_lines(rows, header, indent, width()):
        click.secho(text, dim=is_header or None)


def answer_table(columns: Iterable[Column], rows: Iterable[Sequence[Any]]) -> None:
    """Print what a query gave; nothing in its texts steers the terminal."""
    cells = [[printable(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    table(cells, [printable(column.name) for column in columns])


def show(blocks: Iterable[Block]) -> None:
    """Print what is told as lines and tables."""
    for block in blocks:
        if block.has_gap:
            click.echo()
        if isinstance(block, Line):
            line(block.text, bold=block.is_title, colour=_COLOURS[block.tone], indent=block.indent)
        else:
            table(block.rows, block.header, block.indent)


def as_json(value: Any) -> None:
    """Print a value for machines; JSON has no NaN and no infinity, so these are texts."""
    try:
        text = json.dumps(value, indent=2, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), indent=2, ensure_ascii=False, default=str)
    click.echo(text)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def day(moment: datetime) -> str:
    """Write a moment for people: ``22 Nov 2026 21:54`` (UTC)."""
    return moment.strftime("%d %b %Y %H:%M")


def count(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 rule``, ``31 rules``."""
    return counted(number, noun)

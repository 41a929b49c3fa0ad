"""How results look at the terminal: a table of what is broken, the worst first, with failing rows below each rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import click

from assay.base.printable import printable
from assay.cli.output import count, line, table, width
from assay.documentation.blocks import fitted, wrapped
from assay.documentation.evidence_results import (
    BROKEN,
    UNPROVEN,
    DatasetResult,
    Sample,
    counts_words,
    measured_words,
    read_words,
    safe_code,
    said_of,
    worst_first,
)
from assay.validation.checks import Check
from assay.validation.conditions import Outcome
from assay.validation.explaining import Explained
from assay.validation.verdicts import Verdict

COLOURS: dict[Outcome, str | None] = {
    Outcome.PASS: "green",
    Outcome.WARN: "yellow",
    Outcome.FAIL: "red",
    Outcome.ERROR: "red",
    Outcome.SKIP: None,
}

MOST = 20
"""How many rules are shown unless all are asked for: about a screen and a half."""

_HEADER = ("", "rule", "measured", "limit")
_LONGEST_CELL = 40
"""Characters of a value in a failing row."""

_GAP = 2
_INDENT = 2


def show_result(result: DatasetResult, *, everything: bool) -> None:
    """Print what the rules of a dataset say.

    Args:
        result: of one dataset.
        everything: every rule, those that passed as well.
    """
    _note(f"{printable(result.dataset)}: {result.outcome}  {said_of(result)}", 0, bold=True)
    if result.is_unproven:
        line(UNPROVEN, indent=_INDENT)
    ordered = worst_first(result.verdicts)
    everything = everything or result.explained is not None  # of every rule it was asked where its verdict comes from
    wanted = ordered if everything else [verdict for verdict in ordered if verdict.outcome in BROKEN]
    shown = wanted if everything else wanted[:MOST]
    _table(shown, result)
    left = wanted[len(shown) :]
    if left:
        line(f"and {counts_words(left)} more; --all shows every rule", indent=_INDENT)
    if result.explained:
        _reads(result.explained)


def show_sql(dataset: str, checks: Sequence[Check], queries: Mapping[str, Sequence[str]]) -> None:
    """Print the queries of every rule of a dataset, as one script of SQL that says what each of them is.

    Args:
        dataset: its name.
        checks: its rules.
        queries: by check id.
    """
    click.echo(f"-- {printable(dataset)}: {count(len(checks), 'rule')}")
    for check in checks:
        click.echo(f"\n-- {printable(check.sentence)}\n-- {printable(check.place)} · {printable(check.id)}")
        for query in queries[check.id]:
            end = "" if query.startswith("--") else ";"
            click.echo("\n".join(safe_code(text) for text in query.splitlines()) + end)


def _table(shown: Sequence[Verdict], result: DatasetResult) -> None:
    cells = [_cells(verdict) for verdict in shown]
    if not cells:
        return
    widths = fitted(
        [max(map(len, column)) for column in zip(_HEADER, *cells, strict=True)], width() - _INDENT, gap=_GAP
    )
    _row(_HEADER, widths, dim=True)
    for verdict, row in zip(shown, cells, strict=True):
        _row(row, widths, colour=COLOURS[verdict.outcome])
        indent = _INDENT + widths[0] + _GAP
        for note in _notes(verdict, result):
            _note(note, indent)
        sample = result.samples.get(verdict.check_id)
        if sample is not None:
            show_sample(sample, indent)


def _cells(verdict: Verdict) -> tuple[str, ...]:
    measured, limit = printable(measured_words(verdict) or "-"), printable(verdict.limit or "-")
    return str(verdict.outcome), printable(verdict.sentence), measured, limit


def _notes(verdict: Verdict, result: DatasetResult) -> Iterator[str]:
    if verdict.message:
        yield printable(verdict.message)
    if result.explained:
        yield printable(result.explained.words(verdict.check_id))
    if verdict.outcome in BROKEN and verdict.check_id in result.checks:
        yield printable(f"{result.place(verdict.check_id)} · {verdict.check_id}")


def _row(cells: Sequence[str], widths: Sequence[int], *, colour: str | None = None, dim: bool = False) -> None:
    parts = [wrapped(cell, room) for cell, room in zip(cells, widths, strict=True)]
    for number, texts in enumerate(zip_longest(*parts, fillvalue="")):
        first, *others = (text.ljust(room) for text, room in zip(texts, widths, strict=True))
        painted = click.style(first, fg=colour) if colour and number == 0 else first
        rest = (" " * _GAP + (" " * _GAP).join(others)).rstrip()
        click.secho(" " * _INDENT + (painted + rest if rest else first.rstrip()), dim=dim or None)


def show_sample(sample: Sample, indent: int) -> None:
    """Print rows that break a rule."""
    rows = [[_cell(value) for value in row] for row in sample.rows]
    table(rows, [printable(column) for column in sample.columns], indent=indent)


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = printable(value)
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"


def _reads(explained: Explained) -> None:
    line(f"{count(len(explained.reads), 'read')} of {count(explained.files, 'file')}:", indent=_INDENT)
    for read in explained.reads:
        _note(read_words(read), _INDENT * 2)
        for text in read.sql.splitlines():
            click.echo(f"{' ' * _INDENT * 3}{safe_code(text)}")
    for note in explained.notes:
        _note(printable(note), _INDENT)


def _note(text: str, indent: int, *, bold: bool = False) -> None:
    """Print a text in as many lines as it takes; a word that is longer than a line is broken."""
    for part in wrapped(text, width() - indent):
        click.secho(" " * indent + part, bold=bold or None)

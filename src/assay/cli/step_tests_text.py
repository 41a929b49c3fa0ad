"""How the terminal shows the cases of unit tests, and the rows that are otherwise than expected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from assay.actions.step_tests import CaseResult
from assay.base.printable import printable
from assay.cli.output import count, line, width
from assay.comparison.expected_rows import RowPair, RowsDifference
from assay.documentation.blocks import wrapped
from assay.validation.conditions import Outcome

_MOST_ROWS = 10
_WIDEST_CELL = 24
_INDENT = 6
_GAP = 2
_COLOURS = {Outcome.PASS: "green", Outcome.FAIL: "red", Outcome.ERROR: "red"}


def show_result(result: CaseResult) -> None:
    """Print a case: one line when it passes, what is wrong when it does not."""
    name = printable(f"{result.product}.{result.case.step}: {result.case.name}")
    for number, part in enumerate(wrapped(name, width() - _INDENT)):
        click.secho(" " * _INDENT if number else f"{result.outcome:<{_INDENT}}", fg=_COLOURS[result.outcome], nl=False)
        click.echo(part)
    if result.outcome is not Outcome.PASS:
        click.echo(" " * _INDENT + printable(result.case.place))  # not wrapped, so that a terminal can open it
    for fault in result.faults:
        click.echo(" " * _INDENT + printable(fault.where))
        line(printable(f"expected {fault.expected}"), indent=_INDENT + 2)
        line(printable(f"found {fault.found}"), indent=_INDENT + 2)
        if fault.hint:
            line(printable(fault.hint), indent=_INDENT + 2)
    if result.difference is not None and result.difference.pairs:
        _show(result.difference)


def _show(difference: RowsDifference) -> None:
    line(_sentence(difference), indent=_INDENT)
    shown = difference.pairs[:_MOST_ROWS]
    columns, left_out = _columns(difference.columns, shown)
    rows = [cells for pair in shown for cells in _cells(pair, columns, is_numbered=difference.is_order_alone)]
    header = ["", *(printable(difference.columns[position]) for position in columns)]
    widths = [max(map(len, column)) for column in zip(header, *(cells for _, cells in rows), strict=True)]
    click.secho(_joined(header, widths), dim=True)
    for marked, cells in rows:
        parts = [part.ljust(room) for part, room in zip(cells, widths, strict=True)]
        said = [click.style(p, fg="red") if n - 1 in marked else p for n, p in enumerate(parts)]
        click.echo((" " * _INDENT + (" " * _GAP).join(said)).rstrip())
    if left_out:
        line(f"{count(left_out, 'more column')}, in which these rows agree or which would not fit.", indent=_INDENT)
    if len(difference.pairs) > len(shown):
        line(
            f"{count(len(difference.pairs) - len(shown), 'more row')} of this kind; see all with -o json.",
            indent=_INDENT,
        )


def _sentence(difference: RowsDifference) -> str:
    if difference.is_order_alone:
        return "All rows are as expected, and in another order:"
    changed = sum(pair.expected is not None and pair.found is not None for pair in difference.pairs)
    missing = sum(pair.found is None for pair in difference.pairs)
    unexpected = sum(pair.expected is None for pair in difference.pairs)
    said = [(changed, "with *other* values"), (missing, "missing"), (unexpected, "unexpected")]
    return ", ".join(f"{count(number, 'row')} {what}" for number, what in said if number) + ":"


def _columns(names: Sequence[str], pairs: Sequence[RowPair]) -> tuple[list[int], int]:
    """Choose the columns that fit the screen: those that differ before all others, in the order of the table.

    Returns:
        Their positions, and how many are left out.
    """
    differing = {position for pair in pairs for position in pair.differing}
    room = width() - _INDENT - len("unexpected")
    chosen: list[int] = []
    for position in sorted(range(len(names)), key=lambda n: (n not in differing, n)):
        values = [row[position] for pair in pairs for row in (pair.expected, pair.found) if row is not None]
        need = _GAP + max(len(printable(names[position])), *(len(_text(value)) + 2 for value in values))
        if need <= room or not chosen:
            chosen.append(position)
            room -= need
    return sorted(chosen), len(names) - len(chosen)


def _cells(pair: RowPair, columns: Sequence[int], *, is_numbered: bool) -> Iterator[tuple[frozenset[int], list[str]]]:
    """Give the lines of a pair: which of their cells are marked, and the cells behind the word for the line."""
    both = pair.expected is not None and pair.found is not None
    number = f" {pair.number + 1}" if is_numbered and pair.number is not None else ""
    for row, word in (
        (pair.expected, "expected" if both else "missing"),
        (pair.found, "found" if both else "unexpected"),
    ):
        if row is not None:
            marked = frozenset(n for n, position in enumerate(columns) if position in pair.differing)
            cells = [f"*{_text(row[p])}*" if n in marked else _text(row[p]) for n, p in enumerate(columns)]
            yield marked, [word + number, *cells]


def _text(value: Any) -> str:
    text = "NULL" if value is None else printable(value)
    return text if len(text) <= _WIDEST_CELL else f"{text[: _WIDEST_CELL - 1]}…"


def _joined(cells: Sequence[str], widths: Sequence[int]) -> str:
    return (" " * _INDENT + (" " * _GAP).join(c.ljust(w) for c, w in zip(cells, widths, strict=True))).rstrip()

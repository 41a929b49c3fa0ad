"""How a comparison looks in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

import click

from assay.base.printable import printable
from assay.cli.output import line, table
from assay.comparison.results import Breakdown, ColumnDifference, Comparison, Row, Side
from assay.documentation.comparison_words import (
    SHOWN,
    cell,
    counted,
    facts_of,
    moved_of,
    number,
    profile_cells,
    repeated_of,
    schema_of,
    share,
    signed,
    verdict_of,
)


def show(name: str, found: Comparison) -> None:
    """Print what a comparison found."""
    line(printable(name), bold=True)
    colour = "green" if found.is_identical else "yellow"
    line(verdict_of(found), indent=2, colour=colour)
    for word, fact in facts_of(found):
        line(f"{word}: {fact}", indent=2)
    for sentence in (*schema_of(found), *repeated_of(found)):
        line(sentence, indent=2, colour="yellow")
    _show_cells(found)
    _show_sides(found)
    _show_profiles(found)
    for breakdown in found.breakdowns:
        _show_breakdown(breakdown)


def _show_cells(found: Comparison) -> None:
    if not found.columns:
        return
    click.echo()
    met = found.after.rows - found.after.only
    rows = [
        (printable(one.name), f"{one.changed:,}", share(one.changed, met), f"{one.emptied:,}", f"{one.filled:,}",
         signed(one.drift), number(one.widest))
        for one in found.columns[:SHOWN]
    ]  # fmt: skip
    table(rows, ("column", "changed", "", "emptied", "filled", "drift", "widest"))
    if len(found.columns) > SHOWN:
        line(f"and {counted(len(found.columns) - SHOWN, 'column')} more; all are in -o json", indent=2)
    keys = [printable(pair.name) for pair in found.pairing.key]
    for one in found.columns[:SHOWN]:
        _show_rows(f"{printable(one.name)}, {_of(one)}", [*keys, "before", "after"], one.samples)


def _of(one: ColumnDifference) -> str:
    return f"{len(one.samples):,} of {one.changed:,} changed"


def _show_sides(found: Comparison) -> None:
    names = [printable(pair.name) for pair in found.pairing.key or found.pairing.pairs]
    for when, side in (("before", found.before), ("after", found.after)):
        _show_rows(f"{len(side.samples):,} of {counted(side.only, 'row')} only {when}", names, side.samples)
        _show_repeated(side, when, names)


def _show_repeated(side: Side, when: str, names: Sequence[str]) -> None:
    if side.repeated:
        title = f"{len(side.repeated.samples):,} of {counted(side.repeated.keys, 'key')} more than once {when}"
        _show_rows(title, [*names, "rows"], side.repeated.samples)


def _show_rows(title: str, names: Sequence[str], rows: Sequence[Row]) -> None:
    if rows:
        click.echo()
        line(title, indent=2, bold=True)
        table([[cell(value) for value in row] for row in rows], names, indent=4)


def _show_profiles(found: Comparison) -> None:
    if not found.profiles:
        return
    click.echo()
    rows = []
    for name, pair in list(found.profiles.items())[:SHOWN]:
        rows += [
            (printable(name) if when == "before" else "", when, *profile_cells(one))
            for when, one in zip(("before", "after"), pair, strict=True)
        ]
    table(rows, ("column", "", "empty", "different", "least", "greatest", "mean"))


def _show_breakdown(breakdown: Breakdown) -> None:
    click.echo()
    by = f" by {', '.join(map(printable, breakdown.dimensions))}" if breakdown.dimensions else ""
    line(f"{moved_of(breakdown)}{by}", indent=2, bold=True)
    rows = [
        (*map(cell, part.group), number(part.before), number(part.after), signed(part.moved))
        for part in breakdown.parts
    ]
    if breakdown.others:
        width = len(breakdown.dimensions)
        rows.append((f"{breakdown.others:,} others", *[""] * (width - 1), "", "", signed(breakdown.rest)))
    if rows:
        table(rows, (*map(printable, breakdown.dimensions), "before", "after", "moved"), indent=4)

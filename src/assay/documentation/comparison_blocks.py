"""What a comparison says as lines and tables: at the terminal, and as the plain text of a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.base.printable import printable
from assay.comparison.results import Breakdown, Comparison, Row, Side
from assay.documentation.blocks import Block, Grid, Line, Tone, counted
from assay.documentation.comparison_words import (
    SHOWN,
    cell,
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


def comparison_blocks(name: str, found: Comparison) -> Iterator[Block]:
    """Tell what a comparison found.

    Args:
        name: of what was compared.
        found: what came of it; samples are told as they are, so hidden before.
    """
    yield Line(printable(name), is_title=True)
    yield Line(verdict_of(found), 2, Tone.GOOD if found.is_identical else Tone.WARN)
    for word, fact in facts_of(found):
        yield Line(f"{word}: {fact}", 2)
    for sentence in (*schema_of(found), *repeated_of(found)):
        yield Line(sentence, 2, Tone.WARN)
    yield from _cells(found)
    yield from _sides(found)
    yield from _profiles(found)
    for breakdown in found.breakdowns:
        yield from _breakdown(breakdown)


def _cells(found: Comparison) -> Iterator[Block]:
    if not found.columns:
        return
    met = found.after.rows - found.after.only
    rows = tuple(
        (printable(one.name), f"{one.changed:,}", share(one.changed, met), f"{one.emptied:,}", f"{one.filled:,}",
         signed(one.drift), number(one.widest))
        for one in found.columns[:SHOWN]
    )  # fmt: skip
    yield Grid(rows, ("column", "changed", "", "emptied", "filled", "drift", "widest"), has_gap=True)
    if len(found.columns) > SHOWN:
        yield Line(f"and {counted(len(found.columns) - SHOWN, 'column')} more; all are in -o json", 2)
    keys = [printable(pair.name) for pair in found.pairing.key]
    for one in found.columns[:SHOWN]:
        title = f"{printable(one.name)}, {len(one.samples):,} of {one.changed:,} changed"
        yield from _rows(title, [*keys, "before", "after"], one.samples)


def _sides(found: Comparison) -> Iterator[Block]:
    names = [printable(pair.name) for pair in found.pairing.sampled]
    for when, side in (("before", found.before), ("after", found.after)):
        yield from _rows(f"{len(side.samples):,} of {counted(side.only, 'row')} only {when}", names, side.samples)
        yield from _repeated(side, when, names)


def _repeated(side: Side, when: str, names: Sequence[str]) -> Iterator[Block]:
    if side.repeated:
        title = f"{len(side.repeated.samples):,} of {counted(side.repeated.keys, 'key')} more than once {when}"
        yield from _rows(title, [*names, "rows"], side.repeated.samples)


def _rows(title: str, names: Sequence[str], rows: Sequence[Row]) -> Iterator[Block]:
    if rows:
        yield Line(title, 2, is_title=True, has_gap=True)
        yield Grid(tuple(tuple(cell(value) for value in row) for row in rows), tuple(names), indent=4)


def _profiles(found: Comparison) -> Iterator[Block]:
    rows: list[tuple[str, ...]] = []
    for name, pair in list((found.profiles or {}).items())[:SHOWN]:
        rows += [
            (printable(name) if when == "before" else "", when, *profile_cells(one))
            for when, one in zip(("before", "after"), pair, strict=True)
        ]
    if rows:
        yield Grid(tuple(rows), ("column", "", "empty", "different", "least", "greatest", "mean"), has_gap=True)


def _breakdown(breakdown: Breakdown) -> Iterator[Block]:
    by = f" by {', '.join(map(printable, breakdown.dimensions))}" if breakdown.dimensions else ""
    yield Line(f"{moved_of(breakdown)}{by}", 2, is_title=True, has_gap=True)
    rows = [
        (*map(cell, part.group), number(part.before), number(part.after), signed(part.moved))
        for part in breakdown.parts
    ]
    if breakdown.others:
        width = len(breakdown.dimensions)
        rows.append((f"{breakdown.others:,} others", *[""] * (width - 1), "", "", signed(breakdown.rest)))
    if rows:
        yield Grid(tuple(rows), (*map(printable, breakdown.dimensions), "before", "after", "moved"), indent=4)

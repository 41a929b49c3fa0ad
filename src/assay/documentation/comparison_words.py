"""What a comparison says in words, the same for the terminal and the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from assay.base.printable import printable
from assay.base.snapshots import Column
from assay.comparison.results import Breakdown, Comparison, Number, Profiled
from assay.documentation.blocks import counted

_LISTED = 12
"""So many columns are named in one sentence."""

_EXACT = 1e15
"""Floats beyond it have no digits after the point to tell."""

SHOWN = 20
"""So many columns are listed each by itself; what more there is, is counted."""


def verdict_of(found: Comparison) -> str:
    """Say in one sentence what the comparison comes to."""
    rows = counted(found.after.rows, "row")
    if found.is_identical:
        return f"Identical: {rows}."
    if found.is_equal:
        ignored = f", without {', '.join(found.pairing.ignored)}" if found.pairing.ignored else ""
        return f"The same rows in the columns that both have ({rows}{ignored}); the schema differs."
    if not found.pairing.key:
        return f"{counted(found.before.only, 'row')} only before, {found.after.only:,} only after, of {rows}."
    counts = {"changed": found.changed_rows, "only before": found.before.only, "only after": found.after.only}
    parts = [f"{many:,} {words}" for words, many in counts.items() if many]
    if parts:
        noun = counted(next(many for many in counts.values() if many), "row")
        parts[0] = f"{noun} {parts[0].partition(' ')[2]}"
    parts += ["keys that are not unique"] if found.before.repeated or found.after.repeated else []
    return f"{', '.join(parts)}, of {rows}."


def facts_of(found: Comparison) -> Iterator[tuple[str, str]]:
    """Give what holds of the whole, each with a short name."""
    for word, side in (("Before", found.before), ("After", found.after)):
        yield word, f"{printable(side.name)}: {counted(side.rows, 'row')}"
    yield "Key", ", ".join(printable(pair.name) for pair in found.pairing.key) or "none: whole rows are counted"
    yield "How", f"{found.basis}"


def schema_of(found: Comparison) -> Iterator[str]:
    """Give a sentence for each way in which the columns differ."""
    pairing = found.pairing
    for columns, when in ((pairing.only_before, "before"), (pairing.only_after, "after")):
        if columns:
            yield f"Only {when}: {_columns(columns)}."
    for pair in pairing.pairs:
        if pair.is_renamed:
            yield f"{printable(pair.before.name)} is called {printable(pair.name)} now."
        if pair.is_retyped:
            yield f"{printable(pair.name)} was {pair.before.type} and is {pair.after.type}; compared as {pair.type}."
    for guess in found.guesses:
        names = f"{printable(guess.before)}={printable(guess.after)}"
        same = f"the same in {guess.same:,} of {guess.rows:,} rows"
        yield f"Renamed? {same} that were looked at. Compare them with --renamed {names}"
    if pairing.is_reordered:
        yield "The columns stand in another order."
    if pairing.ignored:
        yield f"Not compared: {', '.join(map(printable, pairing.ignored))}."


def repeated_of(found: Comparison) -> Iterator[str]:
    """Give a sentence for each side whose key is none."""
    for when, side in (("Before", found.before), ("After", found.after)):
        if side.repeated:
            keys, rows = counted(side.repeated.keys, "key"), counted(side.repeated.rows, "row")
            yield f"{when}, {keys} occur more than once, in {rows}, which are not compared cell by cell."


def cell(value: Any) -> str:
    """Write a value of a row."""
    if value is None:
        return "–"
    return printable(value)


def number(value: Number | None) -> str:
    """Write a measured number: whole ones with all digits, others with six; nothing where there is none."""
    if value is None:
        return ""
    if isinstance(value, int) or (float(value).is_integer() and abs(float(value)) < _EXACT):
        return f"{value:,.0f}" if not isinstance(value, int) else f"{value:,}"
    return f"{float(value):,.6g}"


def signed(value: Number | None) -> str:
    """Write by how much something moved."""
    return "" if value is None else f"{'+' if float(value) > 0 else ''}{number(value)}"


def share(part: int, whole: int) -> str:
    """Write a part of a whole in percent; what is there is never written as nothing."""
    percent = 100 * part / whole if whole else 0.0
    return "<0.01 %" if 0 < percent < 0.01 else f"{percent:.2f} %"


def profile_cells(one: Profiled) -> tuple[str, ...]:
    """Write a column's profile: rows without a value, different values, least, greatest, mean."""
    return (f"{one.nulls:,}", f"{one.distinct:,}", cell(one.least), cell(one.greatest), number(one.mean))


def moved_of(breakdown: Breakdown) -> str:
    """Say in a sentence how a measure moved."""
    if breakdown.before is None or breakdown.after is None:
        ends = [number(end) or "none" for end in (breakdown.before, breakdown.after)]
        return f"{printable(breakdown.measure)}: {ends[0]} to {ends[1]}"
    if not breakdown.moved:
        return f"{printable(breakdown.measure)}: {number(breakdown.after)}, unmoved"
    return (
        f"{printable(breakdown.measure)}: {number(breakdown.before)} to {number(breakdown.after)} "
        f"({signed(breakdown.moved)}{_percent(breakdown)})"
    )


def _percent(breakdown: Breakdown) -> str:
    return f", {100 * float(breakdown.moved) / abs(float(breakdown.before)):+.2f} %" if breakdown.before else ""


def _columns(columns: Sequence[Column]) -> str:
    named = ", ".join(f"{printable(column.name)} {column.type}" for column in columns[:_LISTED])
    more = len(columns) - _LISTED
    return f"{named} and {more:,} more" if more > 0 else named

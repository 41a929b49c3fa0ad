"""Measures before and after, and which groups moved them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assay.base.errors import Fault, Place, raise_faults
from assay.base.names import TableRef
from assay.comparison.pairing import Pair, Pairing
from assay.comparison.queries import AFTER, BEFORE, SHAPELESS, Eyes, value_of
from assay.comparison.results import Breakdown, Number, Part, Row
from assay.sql.quoting import table_sql
from assay.sql.writing import select
from assay.validation.types import family

MOST_GROUPS = 50_000
"""Of a dimension with more groups nobody reads where a number comes from."""

LISTED = 20
"""So many groups are listed; what the others moved is told in one number."""

ROWS = "rows"

_ROUNDING = 1e-9
"""So far, in parts of them, sums of floats may be apart that were added in another order."""

_HIDDEN = (
    "What is written for many shows columns that a contract classifies as public or internal: of files, name it with "
    "--contract FILE. The terminal shows what you may see."
)

_MEASURE = re.compile(r"(sum|mean)\((.+)\)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Measure:
    """What is added up: rows (``pair`` is None), a column's sum, or its mean."""

    text: str
    pair: Pair | None = None
    is_mean: bool = False


@dataclass(frozen=True, slots=True)
class BreakdownWish:
    """Which measures somebody wants to see, by what.

    Attributes:
        measures: ``rows``, ``sum(column)`` or ``mean(column)``.
        dimensions: each a list of columns by which all measures are broken down together.
    """

    measures: tuple[str, ...] = ()
    dimensions: tuple[tuple[str, ...], ...] = ()


def measures_of(
    wish: BreakdownWish, pairing: Pairing, eyes: Eyes
) -> tuple[tuple[Measure, ...], tuple[tuple[Pair, ...], ...]]:
    """Find the columns of a wish; without measures, rows and the sums of all numbers outside the key that are seen.

    Raises:
        AssayError: a measure of another form, a column that the tables do not share, one that is no number, or one
            whose values whoever looks may not see; all of them at once.
    """
    faults: list[Fault] = []
    by_name = {pair.name.lower(): pair for pair in pairing.pairs}

    def find(name: str, place: str, *, is_number: bool) -> Pair | None:
        pair = by_name.get(name.strip().lower())
        if pair is None:
            faults.append(
                Fault(
                    Place(place), "a column that both tables have", "none", f"There: {', '.join(list(by_name)[:20])}."
                )
            )
        elif not is_number and family(pair.type) in SHAPELESS:
            faults.append(Fault(Place(place), "a column of plain values", f"{pair.name} {pair.type}"))
        elif not eyes.may_see(pair):
            faults.append(Fault(Place(place), "a column that is shown here", "one whose values are hidden", _HIDDEN))
        elif is_number and not pair.is_number:
            faults.append(Fault(Place(place), "a column of numbers", f"{pair.name} {pair.type}"))
        else:
            return pair
        return None

    dimensions = [tuple(find(name, f"--by {name}", is_number=False) for name in names) for names in wish.dimensions]
    measures: list[Measure] = []
    for text in wish.measures:
        place, found = f"--measure {text}"[:80], _MEASURE.fullmatch(text.strip())
        if text.strip().lower() == ROWS:
            measures.append(Measure(ROWS))
        elif found is None:
            faults.append(Fault(Place(place), "rows, sum(COLUMN) or mean(COLUMN)", "another form"))
        else:
            pair = find(found[2], place, is_number=True)
            measures += [Measure(text.strip(), pair, found[1].lower() == "mean")] if pair else []
    raise_faults(faults)
    if not wish.measures:
        numbers = (pair for pair in pairing.columns if pair.is_number and eyes.may_see(pair))
        measures = [Measure(ROWS), *(Measure(f"sum({pair.name})", pair) for pair in numbers)]
    return tuple(measures), tuple(tuple(pair for pair in pairs if pair) for pairs in dimensions)


def grouped(table: TableRef, measures: Sequence[Measure], dimensions: Sequence[Pair]) -> str:
    """Ask for the groups of a table: the values of the dimensions, rows, and each measure's sum and count of values."""
    groups = [value_of(pair, table) for pair in dimensions]
    asked = [*groups, "count(*)"]
    for measure in measures:
        if measure.pair is None:
            asked += ["NULL", "NULL"]
        else:
            value = value_of(measure.pair, table)
            asked += [f"sum({value})", f"count({value})"]
    return select(asked, table_sql(table), group=", ".join(groups), limit=MOST_GROUPS + 1)


def breakdowns_of(
    measures: Sequence[Measure], dimensions: Sequence[Pair], rows: Mapping[TableRef, Sequence[Row]]
) -> tuple[Breakdown, ...]:
    """Set the answers for both tables beside each other.

    Without dimensions only the totals are told. A part of a mean is its sum by the values of all parts: these add up to
    the mean of all, so that their moves add up to its move.

    Raises:
        AssayError: a dimension has too many groups.
    """
    width = len(dimensions)
    if any(len(answer) > MOST_GROUPS for answer in rows.values()):
        listed = ",".join(pair.name for pair in dimensions)
        hint = "Choose one with fewer values, such as a month or a category."
        raise_faults([Fault(Place(f"--by {listed}"), f"at most {MOST_GROUPS:,} groups", "more", hint)])
    names = tuple(pair.name for pair in dimensions)
    found = []
    for number, measure in enumerate(measures):
        parts: dict[Row, list[Number]] = {}
        totals: list[Number | None] = []
        for side, table in enumerate((BEFORE, AFTER)):
            values = {_group(row[:width]): _value(row[width:], number, measure) for row in rows[table]}
            many = sum(row[width + 2 + 2 * number] or 0 for row in rows[table]) if measure.is_mean else 1
            for group, value in values.items():
                parts.setdefault(group, [0, 0])[side] = _share(value, many)
            totals.append(_share(_total(values.values()), many) if many else None)
        found.append(_breakdown(measure, names, parts, totals))
    return tuple(found)


def _group(values: Row) -> Row:
    """Return the values of a group; NaN is a group, though no NaN equals another in Python."""
    return tuple("NaN" if isinstance(value, float) and math.isnan(value) else value for value in values)


def _value(row: Row, number: int, measure: Measure) -> Number:
    """Return a sum; whole numbers and decimals stay exact."""
    found: Number = row[0] if measure.pair is None else row[1 + 2 * number] or 0
    return found


def _has_moved(before: Number, after: Number) -> bool:
    """Say whether two sums differ by more than the order in which floats were added."""
    if isinstance(before, float) or isinstance(after, float):
        return not math.isclose(before, after, rel_tol=_ROUNDING) and not (math.isnan(before) and math.isnan(after))
    return before != after


def _share(value: Number, many: int) -> Number:
    return value if many == 1 else float(value) / many if many else 0


def _total(values: Iterable[Number]) -> Number:
    """Add up: floats so that their order does not count."""
    listed = list(values)
    if any(isinstance(value, float) for value in listed):
        return math.fsum(listed) if all(math.isfinite(value) for value in listed) else sum(listed)
    return sum(listed)


def _breakdown(
    measure: Measure, names: tuple[str, ...], parts: Mapping[Row, Sequence[Number]], totals: Sequence[Number | None]
) -> Breakdown:
    if not names:
        return Breakdown(measure.text, names, totals[0], totals[1])
    moved = [Part(group, before, after) for group, (before, after) in parts.items() if _has_moved(before, after)]
    moved.sort(key=lambda part: (-abs(float(part.moved)), str(part.group)))
    rest = _total(part.moved for part in moved[LISTED:])
    return Breakdown(measure.text, names, totals[0], totals[1], tuple(moved[:LISTED]), len(moved[LISTED:]), rest)

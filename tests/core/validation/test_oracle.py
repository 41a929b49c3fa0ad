"""A law: what is counted is what a plain loop over the rows in Python counts, whatever the condition and the data."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.contract.model import LogicalType
from assay.validation.conditions import (
    BadRows,
    HasDistinctItems,
    HasLength,
    InRange,
    Inside,
    MultipleOf,
    NotMissing,
    NotNull,
    RowCondition,
    Satisfies,
    SatisfiesAny,
    Spot,
    Valid,
    Where,
)
from assay.validation.measures import measure
from assay.validation.scope import Scope

TYPES = {"f": "DOUBLE", "d": "DECIMAL(5,2)", "i": "HUGEINT", "s": "VARCHAR", "l": "DECIMAL(5,2)[]"}
SCOPE = Scope(TableRef(None, "oracle"), tuple(Column(name, kind) for name, kind in TYPES.items()))

FLOATS = st.one_of(st.none(), st.sampled_from([math.nan, math.inf, -math.inf, 0.1, 0.3, -0.0, 999.99, 1e308, 5e-324]))
DECIMALS = st.one_of(st.none(), st.decimals(Decimal("-999.99"), Decimal("999.99"), places=2))
WHOLES = st.one_of(st.none(), st.sampled_from([2**127 - 1, -(2**127) + 1, 2**63, 0, 1, -1, 6]))
TEXTS = st.one_of(st.none(), st.text("aAé '%\\\n0", max_size=3))
LISTS = st.one_of(st.none(), st.lists(DECIMALS, max_size=3))
ROWS = st.lists(st.fixed_dictionaries({"f": FLOATS, "d": DECIMALS, "i": WHOLES, "s": TEXTS, "l": LISTS}), max_size=6)
NUMBERS = st.one_of(st.integers(-1000, 1000), st.sampled_from([0.1, 0.3, 999.99, -999.99, 2**63, -0.01]))
ENDS = st.one_of(st.none(), NUMBERS)

Row = dict[str, Any]


def ranges(column: str) -> st.SearchStrategy[RowCondition]:
    return st.builds(InRange, st.just(column), st.just(LogicalType.NUMBER), ENDS, ENDS, ENDS, ENDS)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "f": ranges("f"),
    "d": st.one_of(
        ranges("d"),
        st.builds(Valid, st.just("d"), st.lists(NUMBERS, min_size=1, max_size=3).map(tuple)),
        st.builds(MultipleOf, st.just("d"), st.sampled_from([0.01, 0.1, 2, 0.3])),
    ),
    "i": st.one_of(ranges("i"), st.builds(MultipleOf, st.just("i"), st.sampled_from([2, 3]))),
    "s": st.one_of(
        st.builds(HasLength, st.just("s"), st.integers(0, 2), st.integers(2, 3)),
        st.builds(NotMissing, st.just("s"), st.lists(st.text("aA' ", max_size=2), max_size=2).map(tuple)),
        st.builds(Valid, st.just("s"), st.just(None), st.sampled_from(["^a", "a$", "[aA]{2}", "^$", "%"])),
        st.builds(Valid, st.just("s"), st.lists(st.text("aA'", max_size=2), min_size=1, max_size=2).map(tuple)),
    ),
    "l": st.one_of(
        st.builds(HasDistinctItems, st.just("l")),
        st.builds(HasLength, st.just("l"), st.integers(0, 2), st.none()),
        st.builds(Inside, st.just(Spot("l", ("[]",))), st.one_of(st.just(NotNull("")), ranges(""))),
    ),
}
PLAIN = st.one_of(*(st.just(NotNull(name)) for name in TYPES), *VALUES.values())
CONDITIONS = st.one_of(PLAIN, st.builds(Where, st.just("d > 0"), PLAIN), st.just(Satisfies("d > f")))


def exactly(value: Any) -> Fraction:
    return Fraction(str(value))


def is_outside(condition: InRange, value: Any) -> bool:
    if isinstance(value, float) and not math.isfinite(value):
        return True
    number = Fraction(value) if isinstance(value, float) else exactly(value)
    ends = {
        name: None if end is None else Fraction(float(end)) if isinstance(value, float) else exactly(end)
        for name, end in (("low", condition.minimum), ("above", condition.above), ("high", condition.maximum),
                          ("below", condition.below))
    }  # fmt: skip
    return (
        (ends["low"] is not None and number < ends["low"])
        or (ends["above"] is not None and number <= ends["above"])
        or (ends["high"] is not None and number > ends["high"])
        or (ends["below"] is not None and number >= ends["below"])
    )


def is_invalid(condition: Valid, value: Any) -> bool:
    if condition.pattern is not None and not re.search(condition.pattern.replace("$", r"\Z"), value):
        return True
    if condition.values is None:
        return False
    if isinstance(value, str):
        return value not in condition.values
    return exactly(value) not in {exactly(one) for one in condition.values}


OF_VALUES: dict[type, Callable[[Any, Any], bool]] = {
    InRange: is_outside,
    Valid: is_invalid,
    NotMissing: lambda condition, value: value in condition.values,
    HasLength: lambda condition, value: (
        len(value) < condition.minimum or (condition.maximum is not None and len(value) > condition.maximum)
    ),
    HasDistinctItems: lambda condition, value: (
        len({one for one in value if one is not None}) < len([one for one in value if one is not None])
    ),
    MultipleOf: lambda condition, value: exactly(value) % exactly(condition.step) != 0,
}


def is_bad_value(condition: Any, value: Any) -> bool:
    if value is None:
        return isinstance(condition, NotNull | NotMissing)
    return not isinstance(condition, NotNull) and OF_VALUES[type(condition)](condition, value)


def is_bad(condition: RowCondition, row: Row) -> bool:
    match condition:
        case Where(condition=inner):
            return row["d"] is not None and row["d"] > 0 and is_bad(inner, row)
        case Inside(condition=inner):
            return any(is_bad_value(inner, one) for one in row["l"] or ())
        case Satisfies() | SatisfiesAny():
            if row["d"] is None or row["f"] is None:
                return False
            return math.isnan(row["f"]) or float(row["d"]) <= row["f"]  # to DuckDB NaN is the greatest of all
        case _:
            return is_bad_value(condition, row[condition.column])


@given(rows=ROWS, condition=CONDITIONS)
@example(rows=[{"f": math.nan, "d": None, "i": None, "s": None, "l": None}], condition=InRange("f", None, minimum=0))
@example(rows=[{"f": None, "d": None, "i": None, "s": None, "l": []}], condition=HasDistinctItems("l"))
@example(rows=[{"f": None, "d": Decimal("0.10"), "i": None, "s": None, "l": None}], condition=MultipleOf("d", 0.1))
def test_what_is_counted_is_what_a_loop_over_the_rows_counts(
    connection: Any, rows: list[Row], condition: RowCondition
) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE oracle ({columns})")
    for row in rows:
        connection.execute("INSERT INTO oracle VALUES (?, ?, ?, ?, ?)", [row[name] for name in TYPES])
    asked = measure(BadRows(condition), SCOPE)
    found = connection.execute(f"SELECT {', '.join(one.expression for one in asked)} FROM oracle").fetchone()
    tested = [row for row in rows if row["d"] is not None and row["d"] > 0] if isinstance(condition, Where) else rows

    assert found == (sum(is_bad(condition, row) for row in rows), len(tested))

"""What is asked of a table to propose a contract, and how the answers are read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from assay.base.snapshots import Column
from assay.contract.model import LogicalType
from assay.validation.observing import Counted, bounds, choices, may_be_choices, rate_of
from assay.validation.shapes import shape_of


@pytest.mark.parametrize(
    ("kind", "ends", "expected"),
    [
        ("BIGINT", (1, 9), (1, 9)),
        ("BIGINT", (-(2**60), 2**53 - 1), (None, 2**53 - 1)),
        ("DECIMAL(9,2)", (Decimal("1.10"), Decimal("2.00")), (1.1, 2)),
        ("DECIMAL(38,20)", (Decimal("1.00000000000000000001"), Decimal(2)), (None, 2)),
        ("DOUBLE", (0.5, 2.0), (0.5, 2.0)),
        ("DOUBLE", (-0.1919954858397777, 0.1919954858397777), (-0.191995485839778, 0.191995485839778)),
        ("DOUBLE", (-1e-30, 1e300), (-1e-22, None)),
        ("DATE", (0, 19_723), ("1970-01-01", "2024-01-01")),
        ("DATE", (-5_000_000, 10**7), (None, None)),
        ("TIMESTAMP", (0, 1_500_000), ("1970-01-01T00:00:00", "1970-01-01T00:00:01.500000")),
        ("TIMESTAMP WITH TIME ZONE", (0, None), ("1970-01-01T00:00:00Z", None)),
    ],
)
def test_bounds_are_written_where_they_can_be_and_floats_outward(
    kind: str, ends: tuple[Any, Any], expected: tuple[Any, Any]
) -> None:
    assert bounds(Counted(5, 5, None, 0, ends), Column("x", kind)) == expected


def test_where_a_value_is_no_number_and_where_there_is_none_there_are_no_bounds() -> None:
    assert bounds(Counted(5, 5, None, 1, (1.0, 2.0)), Column("x", "DOUBLE")) == (None, None)
    assert bounds(Counted(0, 0, None, 0, (None, None)), Column("x", "DOUBLE")) == (None, None)


@pytest.mark.parametrize(
    ("kind", "values", "distinct", "longest", "expected"),
    [
        ("VARCHAR", 100, 3, 5, True),
        ("VARCHAR", 99, 3, 5, False),
        ("VARCHAR", 10_000, 41, 5, False),
        ("VARCHAR", 100, 3, 61, False),
        ("BIGINT", 100, 3, None, False),
    ],
)
def test_few_short_texts_that_come_often_may_be_a_list(
    kind: str, values: int, distinct: int, longest: int | None, expected: bool
) -> None:
    assert may_be_choices(Counted(values, distinct, longest, 0, (None, None)), Column("x", kind)) is expected


def test_a_list_of_choices_has_no_odd_text() -> None:
    many = Counted(1000, 3, 5, 0, (None, None))

    assert choices(["a", "b"], many) == ("a", "b")
    for values in (["a", " b"], ["a", "b\n"], [str(n) for n in range(21)], None):
        assert choices(values, many) == ()
    assert choices(["a", "b"], Counted(39, 2, 1, 0, (None, None))) == ()


def test_the_rate_is_the_shortest_that_no_gap_exceeds() -> None:
    assert rate_of((100, 99, 0, 0, 0, 0, 0)) == "daily"
    assert rate_of((100, 9, 9, 9, 9, 9, 1)) is None
    assert rate_of((9, 0, 0, 0, 0, 0, 0)) is None


def test_a_type_is_said_with_all_that_is_inside() -> None:
    shape = shape_of(Column("x", 'STRUCT(a INTEGER, "b c" TIMESTAMP WITH TIME ZONE)[]'))
    assert shape.items is not None
    first, second = shape.items.properties

    assert (shape.logical, shape.physical, shape.items.logical) == (LogicalType.ARRAY, None, LogicalType.OBJECT)
    assert (first.name, first.logical, first.physical) == ("a", LogicalType.INTEGER, "INTEGER")
    assert (second.name, second.has_zone) == ("b c", True)
    assert shape_of(Column("x", "DECIMAL(38,0)")).logical is LogicalType.INTEGER
    assert shape_of(Column("x", "JSON")).logical is None
    assert shape_of(Column("x", "BLOB")).logical is None

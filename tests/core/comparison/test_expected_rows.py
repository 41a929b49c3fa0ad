"""Rows as expected beside rows as made: bags in which duplicates count, values of their types."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.comparison.expected_rows import RowPair, RowsDifference, compare_rows
from soak import count

COLUMNS = {"name": "VARCHAR", "size": "DECIMAL(9,2)", "day": "DATE", "share": "DOUBLE"}
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", None]),
        st.sampled_from([Decimal("1.00"), Decimal("1.01"), None]),
        st.sampled_from([date(2013, 1, 1), date(2013, 1, 2)]),
        st.sampled_from([0.5, 1.5, None, math.nan]),
    ),
    max_size=8,
)


def compare(expected: list[Any], found: list[Any], **wish: Any) -> RowsDifference:
    return compare_rows(COLUMNS, expected, found, **{"is_ordered": False, **wish})


def firm(row: tuple[Any, ...]) -> str:
    return repr(row)


@settings(max_examples=count(usual=200, soak=20_000))
@given(ROWS, st.randoms(use_true_random=False))
def test_any_order_of_the_same_rows_is_as_expected(rows: list[Any], chance: Any) -> None:
    found = rows[:]
    chance.shuffle(found)

    assert compare(rows, found).is_none
    assert compare(rows, rows, is_ordered=True).is_none


@settings(max_examples=count(usual=200, soak=20_000))
@given(ROWS, ROWS)
def test_what_is_missing_and_what_is_unexpected_is_the_difference_of_the_bags(one: list[Any], other: list[Any]) -> None:
    pairs = compare(one, other).pairs
    bags = Counter(map(firm, one)), Counter(map(firm, other))

    assert Counter(firm(p.expected) for p in pairs if p.expected is not None) == bags[0] - bags[1]
    assert Counter(firm(p.found) for p in pairs if p.found is not None) == bags[1] - bags[0]


@settings(max_examples=count(usual=200, soak=20_000))
@given(ROWS.filter(bool), ROWS.filter(bool))
def test_in_order_the_same_rows_are_equal_only_where_each_stands(one: list[Any], other: list[Any]) -> None:
    assert compare(one, other, is_ordered=True).is_none == (list(map(firm, one)) == list(map(firm, other)))


def test_the_rows_that_are_most_alike_are_shown_beside_each_other_with_their_cells() -> None:
    one, two = ("a", Decimal(1), date(2013, 1, 1), 0.5), ("b", Decimal(2), date(2013, 1, 2), 1.5)
    like_one, alien = ("a", Decimal(1), date(2013, 1, 1), 9.0), ("x", Decimal(7), date(2000, 1, 1), None)

    assert compare([two, one], [alien, like_one]).pairs == (
        RowPair(one, like_one, 1, frozenset({3})),
        RowPair(two, None, 0),
        RowPair(None, alien),
    )


def test_only_the_order_is_said_to_differ_where_only_it_does() -> None:
    one, two = ("a", None, None, 0.5), ("b", None, None, 0.5)

    moved = compare([one, two], [two, one], is_ordered=True)

    assert moved.is_order_alone
    assert [(pair.number, sorted(pair.differing)) for pair in moved.pairs] == [(0, [0]), (1, [0])]


@pytest.mark.parametrize(
    ("kind", "one", "other", "tolerance", "is_equal"),
    [
        ("DOUBLE", 0.1 + 0.2, 0.3, None, True),
        ("DOUBLE", 0.3001, 0.3, None, False),
        ("DOUBLE", 0.3001, 0.3, 0.001, True),
        ("DOUBLE", 0.31, 0.3, 0.001, False),
        ("DOUBLE", math.inf, math.inf, 0.001, True),
        ("DOUBLE", math.inf, -math.inf, None, False),
        ("DOUBLE", None, 0.0, 0.001, False),
        ("DOUBLE[]", [0.1 + 0.2, None], [0.3, None], None, True),
        ("STRUCT(a DOUBLE)", {"a": 0.1 + 0.2}, {"a": 0.3}, None, True),
        ("STRUCT(a DOUBLE)", {"a": 0.2}, {"a": 0.3}, None, False),
        ("DECIMAL(9,4)", Decimal("0.3000"), Decimal("0.3001"), 1.0, False),
        ("INTEGER[]", [1, 2], [2, 1], None, False),
        ("BOOLEAN", True, 1, None, False),
        ("VARCHAR", "", None, None, False),
    ],
)
def test_values_are_equal_as_their_type_says(
    kind: str, one: Any, other: Any, tolerance: float | None, is_equal: bool
) -> None:
    difference = compare_rows({"x": kind}, [(one,)], [(other,)], is_ordered=False, tolerance=tolerance)

    assert difference.is_none is is_equal


def test_very_many_rows_that_differ_are_told_apart_without_being_paired() -> None:
    rows = [(str(n), None, None, None) for n in range(600)]
    others = [(f"x{n}", None, None, None) for n in range(600)]

    assert len(compare(rows, others).pairs) == 1200


@settings(max_examples=count(usual=200, soak=20_000))
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(-5, 5)), max_size=6), st.randoms(use_true_random=False))
def test_no_row_takes_the_only_one_that_another_could_have(moved: list[tuple[int, int]], chance: Any) -> None:
    expected = [(at / 10,) for at, _ in moved]
    found = [((at + by) / 10,) for at, by in moved]
    chance.shuffle(found)

    assert compare_rows({"share": "DOUBLE"}, expected, found, is_ordered=False, tolerance=0.5000001).is_none

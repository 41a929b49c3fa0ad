"""Sets of numbers: what an operator lets through is inside, and nothing else."""

from __future__ import annotations

import operator
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from assay.contract.intervals import Interval, Number, Numbers, allowed, common, covers
from assay.contract.model import Operator

NUMBERS = st.integers(-5, 5) | st.sampled_from([-0.5, 0.5, 1.5])
SINGLE: dict[Operator, Callable[[Number, Number], bool]] = {
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.GREATER: operator.gt,
    Operator.GREATER_OR_EQUAL: operator.ge,
    Operator.LESS: operator.lt,
    Operator.LESS_OR_EQUAL: operator.le,
}


@st.composite
def limits(draw: st.DrawFn) -> tuple[Operator, Number | tuple[Number, Number]]:
    chosen = draw(st.sampled_from(Operator))
    low, high = sorted((draw(NUMBERS), draw(NUMBERS)))
    return chosen, low if chosen in SINGLE else (low, high)


def keeps(limit: tuple[Operator, Number | tuple[Number, Number]], number: Number) -> bool:
    chosen, value = limit
    if isinstance(value, tuple):
        return (value[0] <= number <= value[1]) is (chosen is Operator.BETWEEN)
    return SINGLE[chosen](number, value)


def inside(numbers: Numbers, number: Number) -> bool:
    return any(one.holds(number) for one in numbers)


@given(limits(), NUMBERS)
def test_an_operator_lets_through_what_is_inside(
    limit: tuple[Operator, Number | tuple[Number, Number]], number: Number
) -> None:
    assert inside(allowed(*limit), number) == keeps(limit, number)


@given(limits(), limits(), NUMBERS)
def test_what_is_common_keeps_both_limits(
    one: tuple[Operator, Number | tuple[Number, Number]],
    other: tuple[Operator, Number | tuple[Number, Number]],
    number: Number,
) -> None:
    both = common(allowed(*one), allowed(*other), is_whole=False)

    assert inside(both, number) == (keeps(one, number) and keeps(other, number))


@given(limits(), limits())
def test_nothing_is_common_of_whole_numbers_exactly_when_no_whole_number_keeps_both(
    one: tuple[Operator, Number | tuple[Number, Number]], other: tuple[Operator, Number | tuple[Number, Number]]
) -> None:
    found = any(keeps(one, number) and keeps(other, number) for number in range(-8, 9))

    assert bool(common(allowed(*one), allowed(*other), is_whole=True)) == found


def test_a_set_covers_what_lies_in_one_of_its_intervals() -> None:
    assert covers(allowed(Operator.GREATER_OR_EQUAL, 0), Interval(0))
    assert not covers(allowed(Operator.GREATER, 0), Interval(0))
    assert not covers(allowed(Operator.NOT_EQUAL, 3), Interval(0))

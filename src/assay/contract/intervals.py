"""Sets of numbers as intervals: what an operator or a bound lets through, and whether two leave anything together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from assay.contract.model import Operator

Number = int | float


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers from ``low`` to ``high``; an open end is not inside."""

    low: Number = -math.inf
    high: Number = math.inf
    is_low_open: bool = False
    is_high_open: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no number is inside."""
        return self.low > self.high or (self.low == self.high and (self.is_low_open or self.is_high_open))

    def whole(self) -> Interval:
        """Return the least interval that holds the same whole numbers."""
        low, high = self.low, self.high
        if not math.isinf(low):
            low = math.floor(low) + 1 if self.is_low_open else math.ceil(low)
        if not math.isinf(high):
            high = math.ceil(high) - 1 if self.is_high_open else math.floor(high)
        return Interval(low, high)

    def meet(self, other: Interval) -> Interval:
        """Return what lies in both."""
        low = max((self.low, self.is_low_open), (other.low, other.is_low_open))
        high = min((self.high, not self.is_high_open), (other.high, not other.is_high_open))
        return Interval(low[0], high[0], low[1], not high[1])

    def holds(self, number: Number) -> bool:
        """Say whether a number is inside."""
        return not self.meet(Interval(number, number)).is_empty


Numbers = tuple[Interval, ...]
"""A set of numbers: all that lie in one of the intervals."""


def allowed(operator: Operator, limit: Number | tuple[Number, Number]) -> Numbers:
    """Return the numbers for which an operator holds; between includes both ends."""
    low, high = limit if isinstance(limit, tuple) else (limit, limit)
    below, above = Interval(high=low, is_high_open=True), Interval(low=high, is_low_open=True)
    match operator:
        case Operator.EQUAL | Operator.BETWEEN:
            return (Interval(low, high),)
        case Operator.NOT_EQUAL | Operator.NOT_BETWEEN:
            return (below, above)
        case Operator.GREATER:
            return (above,)
        case Operator.GREATER_OR_EQUAL:
            return (Interval(low=low),)
        case Operator.LESS:
            return (below,)
        case Operator.LESS_OR_EQUAL:
            return (Interval(high=high),)


def common(first: Numbers, second: Numbers, *, is_whole: bool) -> Numbers:
    """Return what lies in both sets; of whole numbers only, where nothing else can occur."""
    met = (one.meet(other) for one in first for other in second)
    return tuple(kept for one in met if not (kept := one.whole() if is_whole else one).is_empty)


def covers(numbers: Iterable[Interval], whole: Interval) -> bool:
    """Say whether one interval of the set holds all of another."""
    return any(one.meet(whole) == whole for one in numbers)

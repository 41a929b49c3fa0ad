"""Limits: how a measure is held against what a rule demands. Comparisons are exact, in fractions, without rounding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from assay.contract.model import Operator

Number = int | float
Limit = Number | bool | tuple[Number, Number]


class Unit(StrEnum):
    """What a limit counts."""

    ROWS = "rows"
    PERCENT = "percent"


UNITS = {"rows": Unit.ROWS, "row": Unit.ROWS, "percent": Unit.PERCENT, "%": Unit.PERCENT}
"""Spellings of units; others mean nothing to us."""

_WORDS = {
    Operator.EQUAL: "exactly {}",
    Operator.NOT_EQUAL: "anything but {}",
    Operator.GREATER: "more than {}",
    Operator.GREATER_OR_EQUAL: "at least {}",
    Operator.LESS: "less than {}",
    Operator.LESS_OR_EQUAL: "at most {}",
    Operator.BETWEEN: "{} to {}",
    Operator.NOT_BETWEEN: "anything but {} to {}",
}


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a rule demands of its measure.

    Attributes:
        value: one number, true or false, or both ends of a range, which belong to it.
        tolerance: how far from an exact number a measure may lie and still be equal to it.
    """

    operator: Operator
    value: Limit
    unit: Unit = Unit.ROWS
    tolerance: Number = 0

    def holds(self, measure: Fraction | bool) -> bool:
        """Say whether a measure is as demanded; true and false are only ever compared with each other."""
        if isinstance(measure, bool) or isinstance(self.value, bool):
            is_equal = measure is self.value
            return is_equal if self.operator is Operator.EQUAL else not is_equal
        ends = self.value if isinstance(self.value, tuple) else (self.value, self.value)
        low, high = (exact(end) for end in ends)
        match self.operator:
            case Operator.EQUAL:
                return abs(measure - low) <= exact(self.tolerance)
            case Operator.NOT_EQUAL:
                return abs(measure - low) > exact(self.tolerance)
            case Operator.GREATER:
                return measure > low
            case Operator.GREATER_OR_EQUAL:
                return measure >= low
            case Operator.LESS:
                return measure < low
            case Operator.LESS_OR_EQUAL:
                return measure <= low
            case Operator.BETWEEN:
                return low <= measure <= high
            case Operator.NOT_BETWEEN:
                return not low <= measure <= high

    @property
    def allows_none(self) -> bool:
        """Whether the demand is simply that there be none."""
        return self.operator is Operator.EQUAL and self.value == 0 and not isinstance(self.value, bool)

    def __str__(self) -> str:
        ends = self.value if isinstance(self.value, tuple) else (self.value,)
        words = _WORDS[self.operator].format(*(_written(end) for end in ends))
        return f"{words} percent" if self.unit is Unit.PERCENT else words


NONE_AT_ALL = Threshold(Operator.EQUAL, 0)
"""The limit of a promise that knows no exception."""


def exact(number: Number) -> Fraction:
    """Return the number that was written: 0.1 is one tenth, not the nearest binary fraction."""
    return Fraction(str(number))


def _written(value: Number | bool) -> str:
    """Write a limit as its author did."""
    if isinstance(value, bool):
        return number_text(value)
    return str(int(value)) if value == int(value) else str(value)


def number_text(value: Fraction | Number | bool) -> str:
    """Write a number or truth value for people; a fraction that has no end in decimals is cut after six places."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        value = exact(value)
    if isinstance(value, int) or value.denominator == 1:
        return str(int(value))
    return f"{float(value):.6f}".rstrip("0").rstrip(".") if abs(value) >= Fraction(1, 1000) else f"{float(value):.3g}"

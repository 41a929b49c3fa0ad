"""What a number was before, and whether today's is near it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from assay.validation.comparisons import Usual
from assay.validation.conditions import Outcome
from assay.validation.finding import Finding
from assay.validation.thresholds import exact, number_text


@dataclass(frozen=True, slots=True)
class Past:
    """What a check measured in an earlier run. ``at`` is the run's moment, or its logical date, with a time zone."""

    at: datetime
    value: Fraction


def past(at: datetime, measured: str) -> Past | None:
    """Read what an earlier verdict measured; None when it measured no number."""
    try:
        return Past(at, Fraction(measured))
    except (ValueError, ZeroDivisionError):
        return None


def usual(test: Usual, value: Fraction, history: Sequence[Past], now: datetime) -> Finding:
    """Hold a number against its history: within so many median absolute deviations of the median.

    Args:
        test: how far it may lie away.
        value: today's.
        history: earlier values, in any order.
        now: says which day of the week it is.

    Returns:
        A finding that skips, with today's number, while there are too few earlier values.
    """
    earlier = [one.value for one in history if not test.same_weekday or one.at.weekday() == now.weekday()]
    if len(earlier) < test.runs:
        days = " of the same day of the week" if test.same_weekday else ""
        message = f"{len(earlier)} earlier runs{days}; {test.runs} are needed to say what is usual"
        return Finding(None, number_text(value), None, message=message, outcome=Outcome.SKIP)
    middle = _median(earlier)
    spread = _median([abs(one - middle) for one in earlier])
    reach = max(exact(test.factor) * spread, exact(test.floor) * abs(middle))
    limit = f"{number_text(middle - reach)} to {number_text(middle + reach)}"
    message = f"the median of {len(earlier)} earlier runs is {number_text(middle)}"
    return Finding(abs(value - middle) <= reach, number_text(value), limit, message=message)


def _median(values: Sequence[Fraction]) -> Fraction:
    """Return the middle of the values, exactly; `statistics` would take longer to import than all of this."""
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2

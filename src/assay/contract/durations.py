"""Spans of time as contracts write them: a number and a unit, or ISO 8601 (``P1D``, ``PT6H``)."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time: months go by the calendar, seconds by the clock."""

    months: int
    seconds: Fraction

    def after(self, moment: datetime) -> datetime:
        """Return the moment this much later; the 31st of January and one month is the last day of February.

        What lies beyond the year 9999 is the last moment of that.
        """
        years, month = divmod(moment.year * 12 + moment.month - 1 + self.months, 12)
        last = datetime.max.replace(tzinfo=moment.tzinfo)
        if years > last.year:
            return last
        day = min(moment.day, monthrange(years, month + 1)[1])
        shifted = moment.replace(year=years, month=month + 1, day=day)
        later = timedelta(microseconds=int(self.seconds * 1_000_000))
        return shifted + later if later < last - shifted else last


def _seconds(count: int) -> Duration:
    return Duration(0, Fraction(count))


UNITS: dict[str, Duration] = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), _seconds(1)),
    **dict.fromkeys(("min", "minute", "minutes"), _seconds(60)),
    **dict.fromkeys(("h", "hr", "hour", "hours"), _seconds(3_600)),
    **dict.fromkeys(("d", "day", "days"), _seconds(86_400)),
    **dict.fromkeys(("w", "week", "weeks"), _seconds(604_800)),
    **dict.fromkeys(("mo", "month", "months"), Duration(1, Fraction(0))),
    **dict.fromkeys(("y", "yr", "year", "years"), Duration(12, Fraction(0))),
}
"""How long one of each unit is. ``m`` is not among them: to some it means minutes, to others months."""

_ISO = re.compile(
    r"P(?=[^T]|T\d)(?:(?P<y>\d+)Y)?(?:(?P<mo>\d+)M)?(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<h>\d+)H)?(?:(?P<min>\d+)M)?(?:(?P<s>\d+)S)?)?"
)


def parse_duration(value: Any, unit: str | None) -> Duration | None:
    """Read a span of time.

    Args:
        value: a number (or a number as text), or an ISO 8601 duration as text, which needs no unit.
        unit: one of `UNITS`; None where the value says it itself.

    Returns:
        None when it cannot be read, is negative or mixes months with fractions of them.
    """
    if isinstance(value, str) and unit is None:
        return _iso(value)
    one = UNITS.get((unit or "").lower())
    if one is None or isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        count = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
    months = one.months * count
    if count < 0 or months.denominator != 1:
        return None
    return Duration(int(months), one.seconds * count)


def _iso(text: str) -> Duration | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    parts = [(UNITS[unit], int(count)) for unit, count in match.groupdict().items() if count]
    return Duration(
        sum(one.months * count for one, count in parts), sum((one.seconds * count for one, count in parts), Fraction(0))
    )

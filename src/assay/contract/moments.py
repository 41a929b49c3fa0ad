"""Dates and times as contracts write them: ISO 8601, as moments that can be compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time

from assay.contract.model import LogicalType

MOMENT_WORDS: dict[LogicalType, str] = {
    LogicalType.DATE: "a date, as 2026-03-12",
    LogicalType.TIMESTAMP: "a date and time, as 2026-03-12T08:00:00Z",
    LogicalType.TIME: "a time of day, as 08:00:00",
}
"""Logical types whose bounds are moments, and how one is written."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def moment_of(text: str, kind: LogicalType) -> float | None:
    """Read a date, a timestamp (a date alone is its midnight) or a time of day; without a zone it is of UTC.

    Returns:
        Where it lies, in days for dates and in seconds for the others, to be compared within one kind; None when the
        text is none of this kind.
    """
    try:
        return _READERS[kind](text)
    except ValueError:
        return None


def _date(text: str) -> float:
    if _DATE.fullmatch(text):
        return date.fromisoformat(text).toordinal()
    return _timestamp(text) / _DAY_SECONDS + _EPOCH.toordinal()  # v3.0 knew no timestamps and called them dates


def _timestamp(text: str) -> float:
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH).total_seconds()


def _time(text: str) -> float:
    moment = time.fromisoformat(text)
    offset = moment.utcoffset()
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
    return seconds - (offset.total_seconds() if offset else 0)


_DAY_SECONDS = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_READERS: dict[LogicalType, Callable[[str], float]] = {
    LogicalType.DATE: _date,
    LogicalType.TIMESTAMP: _timestamp,
    LogicalType.TIME: _time,
}

"""The rows that a dashboard's queries gave, and how a value is written for people and for charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from assay.base.canonical import JsonValue
from assay.base.snapshots import Column
from assay.solutions.dashboard import BigNumber, NumberFormat

NOTHING = "–"
"""How a missing value is written for people."""

_EXACT_LIMIT = 2**53  # beyond it a browser's numbers skip integers


@dataclass(frozen=True, slots=True)
class QueryRows:
    """What a query gave: its columns and its rows, in the query's order."""

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class QueryFailure:
    """Why a query gave no rows at all, in the engine's words."""

    message: str


def chart_value(value: Any) -> JsonValue:
    """Write a value for a chart.

    Dates and times are written without a zone (timestamps with one are moved to UTC first): a browser then shows the
    day that the data says, wherever it runs. What no number can hold (NaN, infinities) becomes null.
    """
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) <= _EXACT_LIMIT else float(value)
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return float(value) if value.is_finite() else None
        case datetime():
            return _without_zone(value).isoformat()
        case date():
            return f"{value.isoformat()}T00:00:00"
        case timedelta():
            return value.total_seconds()
        case list() | tuple():
            return [chart_value(item) for item in value]
        case dict():
            return {str(key): chart_value(item) for key, item in value.items()}
        case _:
            return shown(value)


def shown(value: Any) -> str:
    """Write a value for a table: plainly, in full, so that it can be compared with a query's answer."""
    match value:
        case None:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.6g}" if math.isfinite(value) and abs(value) < 1e6 else str(value)
        case Decimal():
            return f"{value:f}"
        case datetime():
            return _without_zone(value).isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return str(value)


def is_number(value: Any) -> bool:
    """Whether a value is aligned to the right in a table."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def figure(number: BigNumber, value: Any) -> str:
    """Write a key figure; a value that is missing or no number is written as such."""
    if not is_number(value) or not math.isfinite(value):
        return NOTHING if value is None or is_number(value) else shown(value)
    match number.format:
        case NumberFormat.INTEGER:
            return _minus(f"{round(value):,d}")
        case NumberFormat.DECIMAL:
            return _minus(f"{value:,.{number.digits}f}")
        case NumberFormat.PERCENT:
            return _minus(f"{value * 100:,.{number.digits}f}") + "\u202f%"


def _minus(text: str) -> str:
    return text.replace("-", "\u2212")


def _without_zone(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment

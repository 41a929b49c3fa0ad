"""Spans of time as contracts write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from assay.contract.durations import parse_duration

START = datetime(2024, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "unit", "end"),
    [
        (90, "s", datetime(2024, 1, 31, 12, 1, 30, tzinfo=UTC)),
        (0.5, "h", datetime(2024, 1, 31, 12, 30, tzinfo=UTC)),
        ("2", "Days", datetime(2024, 2, 2, 12, tzinfo=UTC)),
        (1, "w", datetime(2024, 2, 7, 12, tzinfo=UTC)),
        (1, "mo", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        (1, "y", datetime(2025, 1, 31, 12, tzinfo=UTC)),
        (11, "months", datetime(2024, 12, 31, 12, tzinfo=UTC)),
        ("P1M1DT1H", None, datetime(2024, 3, 1, 13, tzinfo=UTC)),
        ("PT15M", None, datetime(2024, 1, 31, 12, 15, tzinfo=UTC)),
    ],
)
def test_a_span_ends(value: Any, unit: str | None, end: datetime) -> None:
    span = parse_duration(value, unit)

    assert span is not None
    assert span.after(START) == end


@pytest.mark.parametrize(
    ("value", "unit"),
    [(1, "m"), (1, None), (1, "fortnight"), (-1, "d"), (True, "d"), (0.5, "mo"), ("P", None), ("PT", None), ("x", "d")],
)
def test_what_is_no_clear_span_is_not_read(value: Any, unit: str | None) -> None:
    assert parse_duration(value, unit) is None

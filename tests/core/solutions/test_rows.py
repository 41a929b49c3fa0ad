"""Values are written so that a chart shows what the data says, and a table can be compared with a query's answer."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.solutions.dashboard import BigNumber, NumberFormat
from assay.solutions.rows import chart_value, figure, shown

NEW_YORK = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("value", "for_chart", "for_table"),
    [
        (None, None, "–"),
        (True, True, "yes"),
        (7, 7, "7"),
        (2013, 2013, "2013"),
        (2**60, float(2**60), str(2**60)),
        (0.1234567, 0.1234567, "0.123457"),
        (1234567.5, 1234567.5, "1234567.5"),
        (float("nan"), None, "nan"),
        (float("inf"), None, "inf"),
        (Decimal("12.50"), 12.5, "12.50"),
        (Decimal("1E+3"), 1000.0, "1000"),
        (Decimal("NaN"), None, "NaN"),
        ("<b>", "<b>", "<b>"),
        (date(2013, 1, 31), "2013-01-31T00:00:00", "2013-01-31"),
        (datetime(2013, 1, 31, 5, 15), "2013-01-31T05:15:00", "2013-01-31 05:15:00"),  # noqa: DTZ001  # an engine's own
        (datetime(2013, 1, 31, 23, 0, tzinfo=NEW_YORK), "2013-02-01T04:00:00", "2013-02-01 04:00:00"),
        (datetime(2013, 1, 31, 5, tzinfo=UTC), "2013-01-31T05:00:00", "2013-01-31 05:00:00"),
        (time(5, 15), "05:15:00", "05:15:00"),
        (timedelta(minutes=2), 120.0, "0:02:00"),
        (b"\x00\xff", "00ff", "00ff"),
        ([1, None], [1, None], "[1, None]"),
        ({"a": date(2013, 1, 1)}, {"a": "2013-01-01T00:00:00"}, "{'a': datetime.date(2013, 1, 1)}"),
    ],
)
def test_a_value_is_written_for_charts_and_for_tables(value: Any, for_chart: Any, for_table: str) -> None:
    assert chart_value(value) == for_chart
    assert shown(value) == for_table


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.decimals()
        | st.text()
        | st.dates()
        | st.datetimes()
        | st.times()
        | st.timedeltas()
        | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
)
def test_every_value_has_a_form_that_JSON_can_write(value: Any) -> None:  # noqa: N802
    json.dumps(chart_value(value), allow_nan=False)


def number(form: NumberFormat, digits: int = 0) -> BigNumber:
    return BigNumber("Flights", "totals", "flights", form, digits, "", "")


@pytest.mark.parametrize(
    ("form", "digits", "value", "text"),
    [
        (NumberFormat.INTEGER, 0, 336776, "336,776"),
        (NumberFormat.INTEGER, 0, Decimal("8255.6"), "8,256"),
        (NumberFormat.DECIMAL, 1, 12.639, "12.6"),
        (NumberFormat.DECIMAL, 2, Decimal("-1234.5"), "\u22121,234.50"),
        (NumberFormat.PERCENT, 1, 0.76533, "76.5\u202f%"),
        (NumberFormat.PERCENT, 0, Decimal("0.105"), "10\u202f%"),
        (NumberFormat.INTEGER, 0, None, "–"),
        (NumberFormat.PERCENT, 0, float("nan"), "–"),
        (NumberFormat.INTEGER, 0, "EWR", "EWR"),
    ],
)
def test_a_key_figure_is_written_for_people(form: NumberFormat, digits: int, value: Any, text: str) -> None:
    assert figure(number(form, digits), value) == text

"""What the ages of data mean: freshness, latency and retention."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from assay.validation.conditions import Outcome
from core.validation.duck import NOW, Duck, rows

Column = Callable[[str], str]
PASS, WARN, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP


def freshness(value: str, more: str = "", options: str = "{}") -> str:
    return f"""\
        schema: [{{name: t, properties: [{{name: a, logicalTypeOptions: {options}}}]}}]
        slaProperties: [{{property: freshness, {value}, element: t.a{more}}}]
        """


@pytest.mark.parametrize(
    ("newest", "value", "outcome"),
    [
        ("TIMESTAMP '2024-02-29 12:00:01'", "value: 1, unit: d", PASS),
        ("TIMESTAMP '2024-02-29 12:00:00'", "value: 1, unit: d", FAIL),  # strictly less
        ("TIMESTAMPTZ '2024-02-29 14:00:01+02'", "value: 24, unit: h", PASS),
        ("DATE '2024-02-29'", "value: 1, unit: d", PASS),  # a date counts from its end
        ("DATE '2024-02-28'", "value: 1, unit: d", FAIL),
        ("TIMESTAMP '2024-02-01 12:00:01'", "value: 1, unit: mo", PASS),  # 29 days: a month of the calendar
        ("TIMESTAMP '2024-02-01 12:00:00'", "value: 1, unit: mo", FAIL),
        ("TIMESTAMP '2024-02-29 12:00:01'", "value: P1D", PASS),
    ],
)
def test_data_is_fresh_when_the_newest_value_is_younger_than_the_limit(
    duck: Duck, newest: str, value: str, outcome: Outcome
) -> None:
    rows(duck, newest)

    assert duck.verdict(freshness(value), "freshness").outcome is outcome


def test_a_value_in_the_future_warns_and_today_is_not_the_future(duck: Duck) -> None:
    rows(duck, "TIMESTAMP '2024-03-03 12:00:00'")
    verdict = duck.verdict(freshness("value: 1, unit: d"), "freshness")
    assert (verdict.outcome, verdict.message) == (WARN, "the newest value lies in the future")

    rows(duck, "DATE '2024-03-01'")
    verdict = duck.verdict(freshness("value: 1, unit: d"), "freshness")
    assert (verdict.outcome, verdict.measured) == (PASS, "0 s")


def test_no_value_is_not_fresh(duck: Duck) -> None:
    rows(duck, "NULL::TIMESTAMP")
    verdict = duck.verdict(freshness("value: 1, unit: d"), "freshness")

    assert (verdict.outcome, verdict.message) == (FAIL, "there is no value whose age could be told")


def test_moments_without_a_zone_are_meant_in_the_columns_zone(duck: Duck) -> None:
    rows(duck, "TIMESTAMP '2024-02-29 13:00:00'")  # 12:00 UTC in Berlin's winter
    berlin = "{defaultTimezone: Europe/Berlin}"

    assert duck.verdict(freshness("value: 1, unit: d", options=berlin), "freshness").outcome is FAIL
    assert duck.verdict(freshness("value: 1, unit: d"), "freshness").outcome is PASS


@pytest.mark.parametrize(
    ("end", "outcome"),
    [("TIMESTAMP '2013-12-31 23:00:00'", PASS), ("DATE '2013-12-31'", PASS), ("DATE '2014-01-02'", FAIL)],
)
def test_freshness_as_of_a_column_is_measured_against_the_datas_own_end(duck: Duck, end: str, outcome: Outcome) -> None:
    rows(duck, "DATE '2013-12-31'")
    duck.connection.execute("CREATE SCHEMA sources")
    duck.table("sources.flights", f"SELECT {end} AS time_hour")
    as_of = ", customProperties: [{property: asOf, value: sources.flights.time_hour}]"
    verdict = duck.verdict(freshness("value: 2, unit: d", as_of), "freshness")

    assert verdict.outcome is outcome
    assert duck.verdict(freshness("value: 2, unit: d", as_of), "freshness", now=NOW + timedelta(days=9)) == verdict


def test_latency_of_an_element_is_freshness_and_retention_is_of_the_oldest(duck: Duck) -> None:
    rows(duck, "TIMESTAMP '2024-01-01'", "TIMESTAMP '2024-03-01'")
    body = freshness("value: 1, unit: d").replace("freshness", "latency")
    assert duck.verdict(body, "latency").outcome is PASS

    body = freshness("value: 1, unit: mo").replace("freshness", "retention")
    assert duck.verdict(body, "retention").outcome is FAIL


def test_a_promise_on_service_is_skipped_with_the_reason(duck: Duck, column: Column) -> None:
    rows(duck, "1")
    verdict = duck.verdict(column("required: true") + "slaProperties: [{property: availability, value: 99}]", "avail")

    assert (verdict.outcome, verdict.message) == (SKIP, "a promise on service, not on the data")


@pytest.mark.parametrize("name", ["latency", "retention", "frequency"])
def test_a_service_level_without_an_element_says_that_it_names_none(duck: Duck, column: Column, name: str) -> None:
    rows(duck, "1")
    verdict = duck.verdict(column("required: true") + f"slaProperties: [{{property: {name}, value: P1D}}]", name)

    assert verdict.outcome is SKIP
    assert verdict.message == f"the service level {name} names no element of the data to measure"


def frequency(value: str) -> str:
    return freshness(value).replace("freshness", "frequency")


@pytest.mark.parametrize(
    ("values", "value", "outcome", "measured", "message"),
    [
        (("DATE '2024-01-01'", "DATE '2024-01-02'", "DATE '2024-01-02'"), "value: 1, unit: d", PASS, "0 gaps",
         "the longest of 1 gaps is 1 d"),
        (("DATE '2024-01-01'", "DATE '2024-01-03'"), "value: 1, unit: d", FAIL, "1 gap",
         "the longest of 1 gaps is 2 d"),
        (("DATE '2024-01-01'", "DATE '2024-01-03'"), "value: daily", FAIL, "1 gap", "the longest of 1 gaps is 2 d"),
        (("DATE '2024-01-31'", "DATE '2024-02-29'", "DATE '2024-03-29'"), "value: 1, unit: mo", PASS, "0 gaps",
         "the longest of 2 gaps is 29 d"),
        (("TIMESTAMP '2024-01-01 00:00'", "TIMESTAMP '2024-01-01 06:00:01'"), "value: PT6H", FAIL, "1 gap",
         "the longest of 1 gaps is 6 h 1 s"),
        (("TIMESTAMPTZ '2024-03-10 01:00:00-05'", "TIMESTAMPTZ '2024-03-11 01:00:00-04'"), "value: 23, unit: h", PASS,
         "0 gaps", "the longest of 1 gaps is 23 h"),
        (("DATE '2024-01-01'", "NULL"), "value: 1, unit: d", PASS, "0 gaps",
         "fewer than two values, so there is no gap"),
        (("1", "2"), "value: 1, unit: d", ERROR, None,
         "the column is of the type whole number; an age needs a date or a timestamp"),
        (("DATE '2024-01-01'",), "value: often", ERROR, None, "the service level frequency has no span of time"),
    ],
)  # fmt: skip
def test_frequency_promises_how_soon_the_next_value_comes(
    duck: Duck, values: tuple[str, ...], value: str, outcome: Outcome, measured: str | None, message: str
) -> None:
    rows(duck, *values)
    verdict = duck.verdict(frequency(value), "frequency")

    assert (verdict.outcome, verdict.measured, verdict.message) == (outcome, measured, message)


def test_a_service_level_may_allow_exceptions_and_warn(duck: Duck) -> None:
    rows(duck, *(f"DATE '2024-01-{day:02}'" for day in (1, 2, 3, 5)))
    limit = "customProperties: [{property: limit, value: {mustBeLessThan: 50, unit: percent, warn: {mustBe: 0}}}]"
    body = freshness("value: 1, unit: d", f", {limit}").replace("freshness", "frequency")

    assert duck.verdict(body, "frequency").outcome is WARN


def test_freshness_of_a_column_that_does_not_exist_is_an_error(duck: Duck, column: Column) -> None:
    rows(duck, "1")
    body = column("required: true") + "slaProperties: [{property: freshness, value: 1, unit: d, element: t.z}]"

    assert duck.verdict(body, "freshness").outcome is ERROR


def test_an_age_needs_a_moment(duck: Duck) -> None:
    rows(duck, "'2024-03-01'")

    assert duck.verdict(freshness("value: 1, unit: d"), "freshness").outcome is ERROR


def test_a_moment_of_judgement_carries_its_zone(duck: Duck) -> None:
    rows(duck, "TIMESTAMP '2024-02-29 12:00:01'")
    body = freshness("value: 1, unit: d")
    east = datetime(2024, 3, 1, 12, tzinfo=UTC).astimezone(tz=None)

    assert duck.verdict(body, "freshness", now=east).outcome is PASS

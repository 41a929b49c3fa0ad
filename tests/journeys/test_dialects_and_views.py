"""The example's step in SQL as a PostgreSQL engineer would write it, with a part of it as a view: the same rows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from homes import Ran, assay
from journeys.flights_home import EXAMPLE

WORKFLOW = Path("products/ontime/workflow")
DEPARTURE = """\
-- One row a departure.
with adverse_hour as (
    select origin, time_hour
    from sources.weather
    where visib < 3 or precip >= 0.1 or wind_gust >= 35
)
select
    make_date(flight.year, flight.month, flight.day) as flight_date,
    flight.origin,
    flight.carrier,
    flight.dep_delay,
    flight.dep_time is null as is_cancelled,
    flight.dep_time is null or flight.dep_delay > 15 as is_disrupted,
    adverse_hour.origin is not null as is_in_adverse_weather
from sources.flights as flight
left join adverse_hour
    on adverse_hour.origin = flight.origin and adverse_hour.time_hour = flight.time_hour
"""
DAILY = """\
with counted as (
    select
        flight_date,
        origin,
        carrier,
        count(*) as flights,
        count(*) filter (where is_cancelled) as cancelled,
        count(*) filter (where dep_delay > 15) as delayed,
        count(*) filter (where dep_delay <= 15) as on_time,
        avg(dep_delay) as mean_departure_delay,
        percentile_cont(0.9) within group (order by dep_delay) as p90_departure_delay,
        count(*) filter (where is_disrupted and is_in_adverse_weather) as weather_affected
    from departure
    group by flight_date, origin, carrier
)
select
    flight_date,
    origin,
    carrier,
    flights::integer as flights,
    cancelled::integer as cancelled,
    delayed::integer as delayed,
    on_time::integer as on_time,
    (on_time::numeric(9, 0) / flights)::numeric(5, 4) as on_time_share,
    mean_departure_delay::numeric(7, 2) as mean_departure_delay,
    p90_departure_delay::numeric(7, 2) as p90_departure_delay,
    weather_affected::integer as weather_affected,
    (weather_affected::numeric(9, 0) / flights)::numeric(5, 4) as weather_affected_share
from counted
order by flight_date, origin, carrier
"""
SAID = "dialect: postgres\nsteps:\n  departure: {materialized: view}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give the example with one month of flights."""
    left_out = shutil.ignore_patterns(".assay", "2013-0[2-9]*", "2013-1*")
    return Path(shutil.copytree(EXAMPLE, tmp_path / "flights", ignore=left_out))


def run(project: Path, *arguments: str) -> Ran:
    return assay(*arguments, ASSAY_PROJECT=project)


def rewrite(project: Path, said: str = SAID, daily: str = DAILY) -> None:
    (project / WORKFLOW / "departure.sql").write_text(DEPARTURE)
    (project / WORKFLOW / "ontime_daily.sql").write_text(daily)
    with (project / "products/ontime/product.yaml").open("a") as file:
        file.write(said)


def rows(project: Path) -> str:
    asked = run(project, "query", "select * from ontime_daily order by all", "-o", "json")
    assert asked.code == 0, asked.text
    return asked.out


def test_the_rows_are_those_of_the_example(project: Path) -> None:
    assert run(project, "build").code == 0
    before = rows(project)
    rewrite(project)

    planned = run(project, "plan", "-o", "json")
    (daily,) = (step for step in json.loads(planned.out)["steps"] if step["verb"] == "run")
    assert daily["step"] == "ontime_daily"
    assert daily["reasons"] == ["code changed: its own, or that of the view departure"]
    built = run(project, "build")
    assert built.code == 0, built.text
    assert {line.split()[0] for line in built.out.splitlines()} >= {"carrier_month", "ontime_daily"}
    assert not any(line.strip().startswith("departure ") for line in built.out.splitlines())
    assert rows(project) == before
    assert run(project, "plan").out.splitlines()[-1] == "Nothing to do."


def test_what_is_shown_read_and_tested_of_them(project: Path) -> None:
    rewrite(project)

    made = run(project, "sql", "ontime.ontime_daily").out.splitlines()
    assert made[9].split() == ["AVG(dep_delay)", "AS", "mean_departure_delay,"]
    assert made[10].startswith("        QUANTILE_CONT(dep_delay, 0.9")
    lineage = run(project, "lineage", "ontime.ontime_daily.delayed", "--up")
    assert "sources.flights.dep_delay" in lineage.out
    tested = run(project, "test", "ontime.ontime_daily")
    assert tested.code == 1, "its cases give the sources, and it reads the view now"
    refused = run(project, "build", "--select", "departure")
    assert (refused.code, "It is read by ontime_daily." in refused.text) == (1, True)


def test_an_error_of_the_engine_names_the_line_of_the_author(project: Path) -> None:
    rewrite(project, daily=DAILY.replace("dep_delay > 15", "dep_dely > 15"))

    ran = run(project, "build")
    assert ran.code == 1
    assert "products/ontime/workflow/ontime_daily.sql:8" in ran.text
    assert "assay sql ontime_daily" in ran.text.replace("\n", " ").replace("  ", " ")


def test_a_dataset_is_no_view(project: Path) -> None:
    rewrite(project, "dialect: postgres\nsteps:\n  ontime_daily: {materialized: view}\n")

    ran = run(project, "plan")
    assert ran.code == 1
    assert "a step without a contract" in ran.text

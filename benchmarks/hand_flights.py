"""What a user would write by hand for the flights: both tables as Parquet, and their rules in SQL.

Run as a script it builds (``build``) or checks (``check``); every import it needs is paid for, as in any script.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import duckdb

SOURCES = {
    "flights": "data/flights/*.parquet",
    "airlines": "data/airlines.parquet",
    "airports": "data/airports.parquet",
    "planes": "data/planes.parquet",
    "weather": "data/weather.parquet",
}
WORKFLOW = "products/ontime/workflow"


def connect(project: Path) -> duckdb.DuckDBPyConnection:
    """Open a session in which the sources are views."""
    session = duckdb.connect()
    session.execute("create schema sources; set TimeZone = 'UTC'")
    for name, path in SOURCES.items():
        session.execute(f"create view sources.{name} as from '{project / path}'")
    return session


def build(project: Path, out: Path) -> None:
    """Make both tables: the one by its query, the other by its function, in this process."""
    out.mkdir(parents=True, exist_ok=True)
    with connect(project) as session:
        query = (project / WORKFLOW / "ontime_daily.sql").read_text()
        session.execute(f"copy ({query}) to '{out / 'ontime_daily.parquet'}' (format parquet, compression zstd)")
        step = _module(project / WORKFLOW / "carrier_month.py")
        inputs = {name: session.sql(f"from {table}").to_arrow_table() for name, table in step.READS.items()}
        made = step.carrier_month(**inputs)
    import pyarrow.parquet

    pyarrow.parquet.write_table(made, out / "carrier_month.parquet", compression="zstd")


def check(project: Path, out: Path) -> dict[str, dict[str, Any]]:
    """Measure every rule of both tables: one aggregate scan each, keys, anti-joins and the totals of the source."""
    with connect(project) as session:
        for name in ("ontime_daily", "carrier_month"):
            session.execute(f"create view {name} as from '{out / name}.parquet'")
        return {name: _measure(session, name) for name in ("ontime_daily", "carrier_month")}


def failures(measured: dict[str, dict[str, Any]]) -> list[str]:
    """Name the rules that do not hold."""
    return [f"{table}.{rule}: {value}" for table, rules in measured.items() for rule, value in rules.items() if value]


def _measure(session: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """Return by rule how many rows break it, or by how much it is missed; 0 means that it holds."""
    found: dict[str, Any] = {}
    described = {name: kind for name, kind, *_ in session.execute(f"describe {table}").fetchall()}
    for name, kind in COLUMNS[table].items():
        found[f"{name}_there"] = int(name not in described)
        found[f"{name}_type"] = int(described.get(name) != kind)
    found["no_other_columns"] = len(described.keys() - COLUMNS[table].keys())
    for sql in QUERIES[table]:
        answer = session.execute(sql)
        names = [column[0] for column in answer.description or ()]
        found |= dict(zip(names, answer.fetchall()[0], strict=True))
    return found


def _module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COLUMNS = {
    "ontime_daily": {
        "flight_date": "DATE",
        "origin": "VARCHAR",
        "carrier": "VARCHAR",
        "flights": "INTEGER",
        "cancelled": "INTEGER",
        "delayed": "INTEGER",
        "on_time": "INTEGER",
        "on_time_share": "DECIMAL(5,4)",
        "mean_departure_delay": "DECIMAL(7,2)",
        "p90_departure_delay": "DECIMAL(7,2)",
        "weather_affected": "INTEGER",
        "weather_affected_share": "DECIMAL(5,4)",
    },
    "carrier_month": {
        "month": "DATE",
        "carrier": "VARCHAR",
        "carrier_name": "VARCHAR",
        "flights": "INTEGER",
        "arrived": "INTEGER",
        "cancelled": "INTEGER",
        "not_arrived": "INTEGER",
        "cancelled_share": "DOUBLE",
        "mean_arrival_delay": "DOUBLE",
        "p90_arrival_delay": "INTEGER",
        "destinations": "INTEGER",
        "miles": "BIGINT",
    },
}

QUERIES = {
    "ontime_daily": (
        """
        with source as (
            select
                count(*) as flights,
                count(*) - count(dep_time) as cancelled,
                count(*) filter (where dep_delay > 15) as delayed,
                sum(dep_delay) as minutes,
                max(time_hour) as newest
            from sources.flights
        )
        select
            count(*) filter (where flight_date is null) as flight_date_null,
            count(*) filter (where flight_date < date '2013-01-01') as flight_date_range,
            count(*) filter (where origin is null) as origin_null,
            count(*) filter (where origin not in ('EWR', 'JFK', 'LGA')) as origin_accepted,
            count(*) filter (where carrier is null) as carrier_null,
            count(*) filter (where not regexp_matches(carrier, '^[A-Z0-9]{2}$')) as carrier_pattern,
            count(*) filter (where flights is null) as flights_null,
            count(*) filter (where flights not between 1 and 400) as flights_range,
            count(*) filter (where cancelled is null) as cancelled_null,
            count(*) filter (where cancelled < 0) as cancelled_range,
            count(*) filter (where delayed is null) as delayed_null,
            count(*) filter (where delayed < 0) as delayed_range,
            count(*) filter (where on_time is null) as on_time_null,
            count(*) filter (where on_time < 0) as on_time_range,
            count(*) filter (where on_time_share is null) as on_time_share_null,
            count(*) filter (where on_time_share not between 0 and 1) as on_time_share_range,
            count(*) filter (where mean_departure_delay not between -120 and 2880) as mean_range,
            count(*) filter (where mean_departure_delay is null) * 100 >= count(*) as mean_mostly_known,
            count(*) filter (where p90_departure_delay not between -120 and 2880) as p90_range,
            count(*) filter (where weather_affected is null) as weather_affected_null,
            count(*) filter (where weather_affected < 0) as weather_affected_range,
            count(*) filter (where weather_affected_share is null) as weather_share_null,
            count(*) filter (where weather_affected_share not between 0 and 1) as weather_share_range,
            count(*) filter (where on_time + delayed > flights) as parts_within_whole,
            count(*) filter (where delayed > flights - cancelled) as delayed_among_departed,
            count(*) filter (where weather_affected > cancelled + delayed) as affected_among_disrupted,
            count(*) filter (where abs(on_time_share - on_time * 1.0 / flights) > 0.0001) as on_time_share_agrees,
            count(*) filter (where abs(weather_affected_share - weather_affected * 1.0 / flights) > 0.0001)
                as weather_share_agrees,
            count(*) filter (where (mean_departure_delay is null) <> (flights = cancelled)) as mean_known,
            count(*) filter (where (p90_departure_delay is null) <> (flights = cancelled)) as p90_known,
            count(*) not between 5000 and 20000 as rows_expected,
            count(*) = 0 as rows_to_test,
            count(distinct origin) <> 3 as all_airports_present,
            date_diff('day', min(flight_date), max(flight_date)) + 1 - count(distinct flight_date) as no_day_missing,
            count(distinct carrier) not between 10 and 25 as carriers_expected,
            sum(flights) - (select flights from source) as flights_reconcile,
            sum(cancelled) - (select cancelled from source) as cancelled_reconcile,
            sum(delayed) - (select delayed from source) as delayed_reconcile,
            abs(sum(mean_departure_delay * (flights - cancelled)) - (select minutes from source)) > 1700
                as minutes_reconcile,
            100.0 * sum(on_time) / sum(flights) not between 50 and 95 as punctuality_plausible,
            100.0 * sum(cancelled) / sum(flights) >= 10 as cancellations_plausible,
            (select newest from source) - max(flight_date) - interval 1 day >= interval 1 day as fresh
        from ontime_daily
        """,
        """
        select count(*) as key_unique from (
            select 1 from ontime_daily group by flight_date, origin, carrier having count(*) > 1
        )
        """,
        """
        select count(*) as origin_known from ontime_daily
        where origin is not null and not exists (select 1 from sources.airports where faa = origin)
        """,
        """
        select count(*) as carrier_known from ontime_daily as daily
        where carrier is not null and not exists (select 1 from sources.airlines as a where a.carrier = daily.carrier)
        """,
    ),
    "carrier_month": (
        """
        with source as (
            select
                count(*) as flights,
                count(arr_delay) as arrived,
                sum(case when arr_delay is not null then distance end) as miles,
                max(time_hour) as newest
            from sources.flights
        )
        select
            count(*) filter (where month is null) as month_null,
            count(*) filter (where month < date '2013-01-01') as month_range,
            count(*) filter (where carrier is null) as carrier_null,
            count(*) filter (where not regexp_matches(carrier, '^[A-Z0-9]{2}$')) as carrier_pattern,
            count(*) filter (where carrier_name is null) as carrier_name_null,
            count(*) filter (where carrier_name is null or carrier_name in ('', 'NA', 'n/a', 'Unknown')) as name_given,
            count(*) filter (where flights is null) as flights_null,
            count(*) filter (where flights not between 1 and 20000) as flights_range,
            count(*) filter (where arrived is null) as arrived_null,
            count(*) filter (where arrived < 0) as arrived_range,
            count(*) filter (where cancelled is null) as cancelled_null,
            count(*) filter (where cancelled < 0) as cancelled_range,
            count(*) filter (where not_arrived is null) as not_arrived_null,
            count(*) filter (where not_arrived < 0) as not_arrived_range,
            count(*) filter (where cancelled_share is null) as cancelled_share_null,
            count(*) filter (where cancelled_share not between 0 and 1) as cancelled_share_range,
            count(*) filter (where mean_arrival_delay not between -120 and 2880) as mean_range,
            count(*) filter (where p90_arrival_delay not between -120 and 2880) as p90_range,
            count(*) filter (where destinations is null) as destinations_null,
            count(*) filter (where destinations not between 1 and 200) as destinations_range,
            count(*) filter (where miles is null) as miles_null,
            count(*) filter (where miles < 0) as miles_range,
            count(*) filter (where extract(day from month) <> 1) as month_is_a_first_day,
            count(*) filter (where arrived + not_arrived + cancelled <> flights) as flights_add_up,
            count(*) filter (where abs(cancelled_share - cancelled * 1.0 / flights) > 0.0001) as cancelled_share_agrees,
            count(*) filter (where (mean_arrival_delay is null) <> (arrived = 0)) as mean_known,
            count(*) filter (where (p90_arrival_delay is null) <> (arrived = 0)) as p90_known,
            count(*) filter (where destinations > flights) as destinations_within_flights,
            count(*) not between 60 and 400 as rows_expected,
            count(*) = 0 as rows_to_test,
            date_diff('month', min(month), max(month)) + 1 - count(distinct month) as no_month_missing,
            count(distinct carrier_name) - count(distinct carrier) as one_name_a_carrier,
            sum(flights) - (select flights from source) as flights_reconcile,
            sum(arrived) - (select arrived from source) as arrived_reconcile,
            sum(miles) - (select miles from source) as miles_reconcile,
            (select newest from source) - max(month) - interval 1 day >= interval 32 day as fresh
        from carrier_month
        """,
        """
        select count(*) as key_unique from (select 1 from carrier_month group by month, carrier having count(*) > 1)
        """,
        """
        select count(*) as carrier_known from carrier_month as monthly
        where carrier is not null and not exists (select 1 from sources.airlines as a where a.carrier = monthly.carrier)
        """,
    ),
}


if __name__ == "__main__":
    act, project, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if act == "build":
        build(project, out)
    elif wrong := failures(check(project, out)):
        sys.exit("\n".join(wrong))

"""Arrivals by month and carrier.

In Python because the 90th percentile is taken by nearest rank: a delay that some flight really had.
"""

from __future__ import annotations

import datetime
import math

import pyarrow
import pyarrow.compute

READS = {"flights": "sources.flights", "airlines": "sources.airlines"}

COLUMNS = pyarrow.schema(
    [
        pyarrow.field("month", pyarrow.date32(), nullable=False),
        pyarrow.field("carrier", pyarrow.string(), nullable=False),
        pyarrow.field("carrier_name", pyarrow.string(), nullable=False),
        pyarrow.field("flights", pyarrow.int32(), nullable=False),
        pyarrow.field("arrived", pyarrow.int32(), nullable=False),
        pyarrow.field("cancelled", pyarrow.int32(), nullable=False),
        pyarrow.field("not_arrived", pyarrow.int32(), nullable=False),
        pyarrow.field("cancelled_share", pyarrow.float64(), nullable=False),
        pyarrow.field("mean_arrival_delay", pyarrow.float64()),
        pyarrow.field("p90_arrival_delay", pyarrow.int32()),
        pyarrow.field("destinations", pyarrow.int32(), nullable=False),
        pyarrow.field("miles", pyarrow.int64(), nullable=False),
    ]
)


def carrier_month(flights: pyarrow.Table, airlines: pyarrow.Table) -> pyarrow.Table:
    """Return one row for each month and carrier, ordered by both."""
    names = dict(zip(airlines["carrier"].to_pylist(), airlines["name"].to_pylist(), strict=True))
    flown = pyarrow.compute.if_else(pyarrow.compute.is_valid(flights["arr_delay"]), flights["distance"], 0)
    groups = (
        flights.append_column("flown_miles", flown)
        .group_by(["year", "month", "carrier"], use_threads=False)
        .aggregate(
            [
                ([], "count_all"),
                ("dep_time", "count"),
                ("arr_delay", "count"),
                ("arr_delay", "list"),
                ("dest", "count_distinct"),
                ("flown_miles", "sum"),
            ]
        )
        .sort_by([("year", "ascending"), ("month", "ascending"), ("carrier", "ascending")])
    )
    return pyarrow.Table.from_pylist([_row(group, names) for group in groups.to_pylist()], schema=COLUMNS)


def _row(group: dict, names: dict[str, str]) -> dict:
    flights, departed, arrived = group["count_all"], group["dep_time_count"], group["arr_delay_count"]
    delays = sorted(delay for delay in group["arr_delay_list"] if delay is not None)
    return {
        "month": datetime.date(group["year"], group["month"], 1),
        "carrier": group["carrier"],
        "carrier_name": names[group["carrier"]],
        "flights": flights,
        "arrived": arrived,
        "cancelled": flights - departed,
        "not_arrived": departed - arrived,
        "cancelled_share": round((flights - departed) / flights, 4),
        "mean_arrival_delay": round(sum(delays) / arrived, 2) if arrived else None,
        "p90_arrival_delay": delays[math.ceil(0.9 * arrived) - 1] if arrived else None,
        "destinations": group["dest_count_distinct"],
        "miles": group["flown_miles_sum"],
    }

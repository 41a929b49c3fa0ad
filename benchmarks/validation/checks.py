"""The 31 checks of the benchmark as data; contract, hand-written SQL and the scripts of the peers are made from them.

Only the standard library is imported here: every contestant reads this file in an environment of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a check asks."""

    NOT_NULL = "not null"
    KEY = "key"
    ACCEPTED = "accepted values"
    RANGE = "range"
    PATTERN = "pattern"
    ROWS = "row count"
    SCHEMA = "schema"
    FRESHNESS = "freshness"
    REFERENCE = "foreign key"
    CONDITION = "condition"
    NULL_RATE = "null rate"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the table flights; null is neither out of range nor no accepted value, as in every contestant.

    Attributes:
        columns: those it is about; a condition names those it reads, and the schema none.
        low, high: inclusive ends, of a range or of the number of rows.
        limit: days for freshness; for a null rate the percentage that it stays under.
        condition: in SQL, what every row satisfies; null counts as satisfied.
    """

    kind: Kind
    columns: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    values: tuple[str, ...] = ()
    pattern: str = ""
    limit: int = 0
    condition: str = ""

    @property
    def id(self) -> str:
        """What the check is called in every contestant's answer."""
        return "_".join([self.kind.replace(" ", "_"), *self.columns])

    @property
    def column(self) -> str:
        """The first or only column."""
        return self.columns[0]


COLUMNS = {
    "replica": "INTEGER",
    "year": "INTEGER",
    "month": "INTEGER",
    "day": "INTEGER",
    "dep_time": "INTEGER",
    "sched_dep_time": "INTEGER",
    "dep_delay": "INTEGER",
    "arr_time": "INTEGER",
    "sched_arr_time": "INTEGER",
    "arr_delay": "INTEGER",
    "carrier": "VARCHAR",
    "flight": "INTEGER",
    "tailnum": "VARCHAR",
    "origin": "VARCHAR",
    "dest": "VARCHAR",
    "air_time": "INTEGER",
    "distance": "INTEGER",
    "hour": "INTEGER",
    "minute": "INTEGER",
    "time_hour": "TIMESTAMP",
}
"""Columns of flights and their types; the schema check wants each of these, with this type."""

KEY = ("replica", "time_hour", "carrier", "flight")
CARRIERS = ("9E", "AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX", "WN", "YV")

CHECKS: tuple[Check, ...] = (
    *(
        Check(Kind.NOT_NULL, (column,))
        for column in ("replica", "time_hour", "carrier", "flight", "origin", "dest", "sched_dep_time", "distance")
    ),
    Check(Kind.KEY, KEY),
    Check(Kind.ACCEPTED, ("carrier",), values=CARRIERS),
    Check(Kind.ACCEPTED, ("origin",), values=("EWR", "JFK", "LGA")),
    Check(Kind.RANGE, ("month",), low=1, high=12),
    Check(Kind.RANGE, ("day",), low=1, high=31),
    Check(Kind.RANGE, ("dep_time",), low=1, high=2400),
    Check(Kind.RANGE, ("sched_dep_time",), low=0, high=2359),
    Check(Kind.RANGE, ("air_time",), low=1, high=1440),
    Check(Kind.RANGE, ("distance",), low=1, high=10_000),
    Check(Kind.RANGE, ("hour",), low=0, high=23),
    Check(Kind.RANGE, ("minute",), low=0, high=59),
    Check(Kind.PATTERN, ("tailnum",), pattern="^[A-Z0-9]{5,6}$"),
    Check(Kind.PATTERN, ("dest",), pattern="^[A-Z]{3}$"),
    Check(Kind.ROWS, low=300_000, high=20_000_000),
    Check(Kind.SCHEMA),
    Check(Kind.FRESHNESS, ("time_hour",), limit=36_500),
    Check(Kind.REFERENCE, ("carrier",)),
    Check(Kind.CONDITION, ("origin", "dest"), condition="origin <> dest"),
    Check(Kind.CONDITION, ("hour", "minute", "sched_dep_time"), condition="hour * 100 + minute = sched_dep_time"),
    *(Check(Kind.NULL_RATE, (column,), limit=5) for column in ("dep_time", "arr_time", "air_time", "tailnum")),
)

NEEDED = tuple(name for name in COLUMNS if any(name in check.columns for check in CHECKS))
"""The columns that some check is about."""

DAMAGED = frozenset({
    "not_null_dest", "key_replica_time_hour_carrier_flight", "accepted_values_carrier", "range_distance",
    "pattern_tailnum", "foreign_key_carrier", "condition_hour_minute_sched_dep_time", "null_rate_air_time",
})  # fmt: skip
"""What fails on the copy of x1 with broken rows."""

CUT = frozenset({"row_count", "schema", "freshness_time_hour"})
"""What fails on the first thousand rows, two hundred years earlier and with a column of another type."""


def of_kind(*kinds: Kind) -> list[Check]:
    """Return the checks of some kinds, in the order of the table."""
    return [check for check in CHECKS if check.kind in kinds]


assert len(CHECKS) == len({check.id for check in CHECKS}) == 31
assert {check.id for check in CHECKS} >= DAMAGED | CUT

"""The pairs of versions that are compared, as data; queries by hand and scripts of the peers are made from them.

Only the standard library is imported here: every contestant reads this file in an environment of its own.
"""

from __future__ import annotations

KEY = "id"
COLUMNS = (
    "time_hour",
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "dep_delay",
    "arr_delay",
    "air_time",
    "distance",
)
"""All others; ``distance`` is a DOUBLE, ``time_hour`` a TIMESTAMP, four are whole numbers and four are texts."""

BEFORE = "before"
"""The earlier version of every pair."""

PAIRS = ("changed", "equal", "one", "shuffled")
"""The later versions.

- changed: 1 % of the cells of each column changed, 0.1 % of the rows removed, as many added at the end.
- equal: the same rows in smaller row groups, so that no byte range is the same.
- one: one cell of one row changed.
- shuffled: as changed, in an order that has nothing to do with the key.
"""

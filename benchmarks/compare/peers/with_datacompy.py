"""The comparison in datacompy on polars.

python with_datacompy.py BEFORE AFTER ANSWER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl
from datacompy.polars import PolarsCompare

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pairs import KEY


def main(before: str, after: str, answer: str) -> None:
    """Compare, and write what was found."""
    found = PolarsCompare(pl.read_parquet(before), pl.read_parquet(after), join_columns=KEY)
    cells = {one["column"]: one["unequal_cnt"] for one in found.column_stats if one["column"] != KEY}
    sides = {"only_before": len(found.df1_unq_rows), "only_after": len(found.df2_unq_rows)}
    changed = len(found.intersect_rows) - found.count_matching_rows()
    is_equal = found.matches()
    Path(answer).write_text(json.dumps({"equal": is_equal, **sides, "changed_rows": changed, "cells": cells}))


if __name__ == "__main__":
    main(*sys.argv[1:])

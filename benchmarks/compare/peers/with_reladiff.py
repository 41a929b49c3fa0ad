"""The comparison in reladiff: joindiff on DuckDB, with the files as views.

python with_reladiff.py BEFORE AFTER ANSWER
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import duckdb
from reladiff import Algorithm, TableSegment, connect, diff_tables

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pairs import COLUMNS, KEY


def main(before: str, after: str, answer: str) -> None:
    """Compare, and write what was found; of columns it counts only those of the last of its segments."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "views.duckdb"
        with duckdb.connect(str(file)) as writing:
            writing.execute(f"CREATE VIEW before AS FROM '{before}'")
            writing.execute(f"CREATE VIEW after AS FROM '{after}'")
        database = connect(f"duckdb://{file}")
        tables = [TableSegment(database, (name,), (KEY,), extra_columns=COLUMNS) for name in ("before", "after")]
        # Two threads, which is what its command line takes unless told otherwise.
        found = diff_tables(*tables, algorithm=Algorithm.JOINDIFF, max_threadpool_size=2).get_stats_dict()
        database.close()
    sides = {"only_before": found["exclusive_A"], "only_after": found["exclusive_B"]}
    is_equal = found["total"] == 0
    Path(answer).write_text(json.dumps({"equal": is_equal, **sides, "changed_rows": found["updated"]}))


if __name__ == "__main__":
    main(*sys.argv[1:])

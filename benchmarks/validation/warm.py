"""Assay within a process that has loaded everything: a table for the first time, again, and after a file has arrived.

    python warm.py FOLDER [TURNS]

Whole processes are what people wait for (`run.py`); here is what the reading itself takes, without half a second of
loading Python's modules, which a service or a scheduler does once.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from assay.actions.check_files import check_files
from assay.base.names import TableRef
from assay.base.reading import read_yaml
from assay.contract.parse import parse_contract
from assay.validation.conditions import Outcome
from assay.validation.samples import SampleWish
from assay.validation.selection import EVERYTHING
from assay.wiring_files import open_desk, open_digests


def main(folder: Path, turns: int) -> None:
    """Print the medians in seconds."""
    first, more = folder / "x30" / "flights.parquet", folder / "more" / "flights.parquet"
    steps: dict[str, Sequence[Path]] = {"first": [first], "again": [first], "grown": [first, more]}
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(turns + 1):
        with tempfile.TemporaryDirectory() as state:
            for name, files in steps.items():
                spent = _check(folder / "x30", files, Path(state))
                if turn:  # the first turn loads what is loaded only when it is used
                    seconds[name].append(spent)
    medians = {name: round(median(spent), 3) for name, spent in seconds.items()}
    print(json.dumps({**medians, "grown of first": round(medians["grown"] / medians["first"], 3)}))


def _check(folder: Path, files: Sequence[Path], state: Path) -> float:
    started = time.perf_counter()
    contract = parse_contract(read_yaml((folder / "flights.odcs.yaml").read_bytes(), "flights.odcs.yaml"))
    data = {
        TableRef(None, "flights"): [str(file) for file in files],
        TableRef(None, "airlines"): [str(folder / "airlines.parquet")],
    }
    desk = open_desk(state, open_digests(state))
    results = list(check_files(desk, contract, data, EVERYTHING, datetime.now(UTC), SampleWish(), is_explained=False))
    if {verdict.outcome for result in results for verdict in result.verdicts} != {Outcome.PASS}:
        raise SystemExit("a rule does not hold, and these are other data than this was written for")
    return time.perf_counter() - started


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3)

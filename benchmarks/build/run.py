"""Measures building many small models: a raw loop, Assay, dbt and SQLMesh, in turns.

    python benchmarks/build/run.py --dir FOLDER --models 300

Each turn builds everything from nothing, then with nothing changed, with one leaf changed, and with one root changed.
See ../README.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from contest.entries import Entry, race
from contest.measure import Run
from contest.tables import table, write_results
from contestants import HERE, Contestant, contestants

BAR = "raw"
OURS = "assay"
SLOW_MODELS = 1000
"""From so many models on, one turn of the peers has to do: it takes each of them minutes."""


def main(arguments: Sequence[str]) -> None:
    """Make what is missing, measure, and write the tables."""
    given = _options().parse_args(arguments)
    folder = given.dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    tables, every = [], []
    for count in given.models:
        entries = [
            Entry(one, is_slow=count >= SLOW_MODELS and one.tool.name not in (BAR, OURS))
            for one in contestants(folder, count)
            if one.tool.name in {BAR, *given.only}
        ]
        for entry in entries:
            entry.install(HERE / "peers", folder)
        scale = str(count)
        race(entries, scale, given.turns, partial(_turn, count=count, folder=folder))
        tables += table(entries, scale, BAR, "scenario", f"{count} models")
        every += entries
    write_results(folder, every, tables)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure building many small models, in turns.")
    parser.add_argument("--dir", type=Path, required=True, help="where projects and environments are made, once")
    parser.add_argument("--models", type=_counts, default=(50, 300, 1000), help="how many, by commas [50,300,1000]")
    parser.add_argument("--turns", type=int, default=3, help="of each that count [3]")
    names = "assay, dbt and sqlmesh, by commas [all]"
    parser.add_argument("--only", type=lambda text: tuple(text.split(",")), default=("assay", "dbt", "sqlmesh"),
                        help=names)  # fmt: skip
    return parser


def _counts(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


def _turn(entry: Entry[Contestant], count: int, folder: Path) -> Run | None:
    one = entry.contestant
    place = folder / "out" / str(count) / one.tool.name
    one.tool.prepare(one.scenario, place, count)
    entry.told = one.scenario
    return entry.run(one.command, place, f"{count} models, {one.scenario}")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Measures comparing two versions of ten million rows: by hand, by Assay and by the tools of others, in turns.

    python benchmarks/compare/run.py --dir FOLDER --only assay

Data and environments are made in the folder once and used again. See ../README.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from answers import differences, told, untold
from contest.entries import Entry, race
from contest.environments import PYTHON
from contest.measure import Run, last_line
from contest.options import options
from contest.tables import table, write_results
from contestants import HERE, Contestant, Pair, assay, by_hand, others
from pairs import PAIRS

BAR = "join"
"""With whom all are compared."""

SLOW = "reladiff"

CHECKED = "x1"
"""The scale on which all answers are compared with what is known before anything is measured."""


def main(arguments: Sequence[str]) -> None:
    """Make what is missing, check the answers, measure, and write the tables."""
    given = options("Measure comparing two versions of a table, in turns.", SLOW).parse_args(arguments)
    folder = given.dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([PYTHON, HERE / "data.py", folder, *sorted({CHECKED, *given.scale})], check=True)
    # As pip compiles what it installs; a work tree of which some modules are read as text starts 0.1 s later.
    subprocess.run([PYTHON, "-m", "compileall", "-q", HERE.parent.parent / "src"], check=True)
    entries = [Entry(contestant, is_slow=contestant.name in given.once) for contestant in _wanted(given, folder)]
    for entry in entries:
        entry.install(HERE / "peers", folder)
    for entry in entries:
        _check(entry, folder)
    tables = []
    for scale in given.scale:
        race(entries, scale, given.turns, partial(_turn, scale=scale, folder=folder))
        tables += table(entries, scale, BAR, "finds")
    write_results(folder, entries, tables)


def _wanted(given: argparse.Namespace, folder: Path) -> list[Contestant]:
    """Choose; ``--only assay`` means Assay on all pairs, with those whom it is compared with."""
    own, peers = [*by_hand(), *assay()], list(others(folder))
    if given.only:
        names = {BAR, *given.only}
        names |= {one.name for one in own if "assay" in names and one.name.startswith("assay")}
        names |= {one.beside for one in own if one.name in names}
        return [one for one in (*own, *peers) if one.name in names]
    if given.peers == ("none",):
        return own
    return [*own, *(one for one in peers if given.peers == ("all",) or one.name in given.peers)]


def _check(entry: Entry[Contestant], folder: Path) -> None:
    """Compare a contestant's answers with what is known: of all pairs, where it is measured on the first one."""
    own = entry.contestant.pair
    for pair in PAIRS if own == PAIRS[0] else (own,):
        if entry.is_out or _turn(entry, CHECKED, folder, pair) is None:
            return


def _turn(entry: Entry[Contestant], scale: str, folder: Path, other: str = "") -> Run | None:
    """Run a contestant once, and check what it answers; None when it broke down, which ends it.

    Args:
        entry: whose turn it is.
        scale: of the data.
        folder: of all data.
        other: a pair that is not the one on which it is measured.
    """
    one = entry.contestant
    pair = other or one.pair
    place = folder / "out" / scale / one.name
    place.mkdir(parents=True, exist_ok=True)
    (place / "answer.json").unlink(missing_ok=True)
    one.prepare(place)
    done = entry.run(
        one.command(Pair(folder / scale, pair), place), place, f"{scale} {pair}", variables=one.variables(place)
    )
    if done is None:
        return None
    try:
        answer = one.answer(done, place)
    except (OSError, ValueError, KeyError, TypeError) as error:
        entry.leave(f"no answer on {scale} {pair} ({type(error).__name__}): {last_line(done)}")
        return None
    entry.told = told(answer)
    known = json.loads((folder / scale / "known.json").read_text())[pair]
    for fault in (
        *(f"does not tell: {part}" for part in untold(answer) if one.environment),  # the others' titles say it
        *(f"on {scale} {pair} says {difference}" for difference in differences(answer, known)),
    ):
        if fault not in entry.faults:
            entry.faults.append(fault)
    return done


if __name__ == "__main__":
    main(sys.argv[1:])

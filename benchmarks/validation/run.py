"""Measures 31 checks on flights: by hand, by Assay and by the tools of others, as whole processes, in turns.

    python benchmarks/validation/run.py --dir FOLDER --only assay,best

Data and environments are made in the folder once and used again. See ../README.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from checks import CHECKS, CUT, DAMAGED
from contest.entries import Entry, race
from contest.environments import PYTHON
from contest.measure import Run, last_line
from contest.options import options
from contest.tables import table, write_results
from contestants import HERE, Contestant, Data, assay, by_hand, others

BAR = "best"
"""With whom all are compared."""

SLOW = "great-expectations-pandas"


def main(arguments: Sequence[str]) -> None:
    """Make what is missing, compare verdicts on broken data, measure, and write the tables."""
    given = options("Measure 31 checks on flights, in turns.", SLOW).parse_args(arguments)
    folder = given.dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([PYTHON, HERE / "data.py", folder], check=True)
    # As pip compiles what it installs; a work tree of which some modules are read as text starts 0.1 s later.
    subprocess.run([PYTHON, "-m", "compileall", "-q", HERE.parent.parent / "src"], check=True)
    entries = [Entry(contestant, is_slow=contestant.name in given.once) for contestant in _wanted(given, folder)]
    for entry in entries:
        entry.install(HERE / "peers", folder)
    for entry in entries:
        _compare(entry, folder)
    tables = []
    for scale in given.scale:
        running = [entry for entry in entries if scale == "x30" or not entry.contestant.is_grown]
        race(running, scale, given.turns, partial(_turn, name=scale, folder=folder))
        tables += table(running, scale, BAR, "checks")
    write_results(folder, entries, tables)


def _wanted(given: argparse.Namespace, folder: Path) -> list[Contestant]:
    """Choose; ``--only assay`` means all of Assay's runs, since each needs the one before it, and the bar is in."""
    own, peers = [*by_hand(), *assay()], list(others(folder))
    if given.only:
        names = {*given.only, BAR}
        return [one for one in (*own, *peers) if one.name in names or _family(one.name) in names & {"assay"}]
    if given.peers == ("none",):
        return own
    return [*own, *(one for one in peers if given.peers == ("all",) or one.name in given.peers)]


def _family(name: str) -> str:
    return name.partition("-")[0] if name in ("assay-again", "assay-grown") else name


def _compare(entry: Entry[Contestant], folder: Path) -> None:
    """Compare a contestant's verdicts on good data and on two broken sets with what is broken there."""
    if entry.is_out or entry.contestant.name == "needed":
        return
    expressed = len(CHECKS)
    for name, broken in {"x1": frozenset[str](), "damaged": DAMAGED, "cut": CUT}.items():
        if name == "cut" and entry.contestant.is_grown:
            continue  # what arrives mends what was cut
        done = _turn(entry, name, folder, good=(0, 1))
        if done is None:
            return
        try:
            verdicts = entry.contestant.verdicts(done, folder / "out" / name / entry.contestant.name)
        except (OSError, ValueError, KeyError, TypeError) as error:
            entry.leave(f"no verdicts on {name} ({type(error).__name__}): {last_line(done)}")
            return
        expressed = min(expressed, len(verdicts))
        entry.told = f"{expressed} of {len(CHECKS)}"
        failed = {check for check, holds in verdicts.items() if not holds}
        for text, checks in {
            "fails without reason": failed - broken,
            "passes what is broken": (broken & verdicts.keys()) - failed,
        }.items():
            entry.faults += [f"on {name} {text}: {', '.join(sorted(checks))}"] if checks else []
        if name == "x1" and len(verdicts) < len(CHECKS):
            missing = sorted({check.id for check in CHECKS} - verdicts.keys())
            entry.faults.append(f"does not check: {', '.join(missing)}")


def _turn(entry: Entry[Contestant], name: str, folder: Path, good: Sequence[int] = (0,)) -> Run | None:
    """Run a contestant once; None when it broke down, which ends it.

    Args:
        entry: whose turn it is.
        name: of the set of data.
        folder: of all data.
        good: exit codes that are none of a breakdown; 1 says that checks failed, which they may on broken data.
    """
    data = Data(folder / name, folder / "more" / "flights.parquet")
    place = folder / "out" / name / entry.contestant.name
    place.mkdir(parents=True, exist_ok=True)
    (place / "answer.json").unlink(missing_ok=True)
    entry.contestant.prepare(data, place)
    done = entry.run(entry.contestant.command(data, place), place, name, good)
    data.shrink()
    return done


if __name__ == "__main__":
    main(sys.argv[1:])

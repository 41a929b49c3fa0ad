"""Measures 31 checks on flights: by hand, by Assay and by the tools of others, as whole processes, in turns.

    python benchmarks/validation/run.py --dir FOLDER --only assay,best

Data and environments are made in the folder once and used again. See ../README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from checks import CHECKS, CUT, DAMAGED
from contestants import HERE, PYTHON, Command, Contestant, Data, assay, by_hand, others
from measure import Run, run
from report import BAR, Entry, as_json, notes, table

SLOW = "great-expectations-pandas"


def main(arguments: Sequence[str]) -> None:
    """Make what is missing, compare verdicts on broken data, measure, and write the tables."""
    given = _given(arguments)
    folder = given.dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([PYTHON, HERE / "data.py", folder], check=True)
    # As pip compiles what it installs; a work tree of which some modules are read as text starts 0.1 s later.
    subprocess.run([PYTHON, "-m", "compileall", "-q", HERE.parent.parent / "src"], check=True)
    entries = [Entry(contestant, is_slow=contestant.name in given.once) for contestant in _wanted(given, folder)]
    for entry in entries:
        _install(entry, folder)
    for entry in entries:
        _compare(entry, folder)
    for scale in given.scale:
        _race(entries, scale, folder, given.turns)
    machine = _machine()
    text = "\n".join([machine, "", *table(entries, given.scale), "", *notes(entries)])
    print(text)
    (folder / "table.md").write_text(text + "\n")
    (folder / "table.json").write_text(json.dumps(as_json(entries, machine), indent=2))


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure 31 checks on flights, in turns.")
    parser.add_argument("--dir", type=Path, required=True, help="where data and environments are made, once")
    parser.add_argument("--turns", type=int, default=3, help="of each contestant [3]")
    parser.add_argument("--once", type=_names, default=(SLOW,), help=f"those for whom one turn has to do [{SLOW}]")
    parser.add_argument("--only", type=_names, default=(), help="contestants by commas; assay is all its runs [all]")
    parser.add_argument("--peers", type=_names, default=("all",), help="all, none, or names by commas [all]")
    parser.add_argument("--scale", type=_names, default=("x1", "x30"), help="x1, x30 or both by a comma [both]")
    given = parser.parse_args(arguments)
    if set(given.scale) - {"x1", "x30"}:
        parser.error("--scale is x1 or x30")
    return given


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


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


def _install(entry: Entry, folder: Path) -> None:
    """Make the environment of a peer from its pinned names; one that cannot be made is out, and the table says so."""
    peer = entry.contestant.environment
    if peer is None:
        return
    place, wanted = folder / f"env-{peer}", HERE / "peers" / f"requirements-{peer}.txt"
    stamp = place / "installed.txt"
    if stamp.exists() and stamp.read_text() == wanted.read_text():
        return
    print(f"Making the environment of {peer} ...", file=sys.stderr)
    python = place / "bin" / "python"
    steps: tuple[Command, ...] = (
        [PYTHON, "-m", "venv", "--clear", place],
        [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r", wanted],
    )
    for command in steps:
        done = run(command, folder / "out" / f"env-{peer}")
        if done.code != 0:
            entry.is_out = True
            entry.faults.append(f"could not be installed: {_last_line(done)}")
            return
    stamp.write_text(wanted.read_text())


def _compare(entry: Entry, folder: Path) -> None:
    """Compare a contestant's verdicts on good data and on two broken sets with what is broken there."""
    if entry.is_out or entry.contestant.name == "needed":
        return
    for name, broken in {"x1": frozenset[str](), "damaged": DAMAGED, "cut": CUT}.items():
        if name == "cut" and entry.contestant.is_grown:
            continue  # what arrives mends what was cut
        done = _turn(entry, name, folder)
        if done is None:
            return
        try:
            verdicts = entry.contestant.verdicts(done, folder / "out" / name / entry.contestant.name)
        except (OSError, ValueError, KeyError, TypeError) as error:
            entry.is_out = True
            entry.faults.append(f"no verdicts on {name} ({type(error).__name__}): {_last_line(done)}")
            return
        entry.expressed = min(len(verdicts), len(CHECKS) if entry.expressed is None else entry.expressed)
        failed = {check for check, holds in verdicts.items() if not holds}
        for text, checks in {
            "fails without reason": failed - broken,
            "passes what is broken": (broken & verdicts.keys()) - failed,
        }.items():
            entry.faults += [f"on {name} {text}: {', '.join(sorted(checks))}"] if checks else []
        if name == "x1" and len(verdicts) < len(CHECKS):
            missing = sorted({check.id for check in CHECKS} - verdicts.keys())
            entry.faults.append(f"does not check: {', '.join(missing)}")


def _race(entries: Sequence[Entry], scale: str, folder: Path, turns: int) -> None:
    """Let all take turns; the first turn fills caches and does not count, but where one turn has to do."""
    for turn in range(turns + 1):
        for entry in entries:
            if entry.is_out or (entry.is_slow and turn > 0) or (entry.contestant.is_grown and scale == "x1"):
                continue
            print(f"{scale}, turn {turn}: {entry.contestant.name} ...", file=sys.stderr)
            done = _turn(entry, scale, folder, good=(0,))
            if done is not None and (turn > 0 or entry.is_slow):
                entry.runs.setdefault(scale, []).append(done)


def _turn(entry: Entry, name: str, folder: Path, good: Sequence[int] = (0, 1)) -> Run | None:
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
    done = run(entry.contestant.command(data, place), place)
    data.shrink()
    if done.code not in good:
        entry.is_out = True
        entry.faults.append(f"broke down on {name} with exit code {done.code}: {_last_line(done)}")
        return None
    return done


def _last_line(done: Run) -> str:
    lines = [line for line in (done.out + "\n" + done.err).splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "no word"


def _machine() -> str:
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} processors, Python {platform.python_version()}, load {load:.1f} at the end; medians."


if __name__ == "__main__":
    main(sys.argv[1:])

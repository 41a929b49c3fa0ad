"""Makes a busy project on disk, and measures how long it takes to read its record and to say how everything stands.

The project is the one of ``tests/fakes/busy.py``: 1,000 products, 10,000 releases, 200,000 events, all really signed.
Making it takes minutes; what was made is used again.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from assay.actions.case import standing_of
from assay.actions.home import Home
from assay.actions.status import overview, standing_remembered
from assay.base.canonical import digest_text
from assay.lifecycle.statements import Kind, Meant
from assay.stores.database import open_database
from assay.stores.ledger import DatabaseLedger
from assay.stores.payloads import DiskPayloads
from assay.wiring import STATE, open_home
from fakes.busy import LARGE, SMALL, Size, make_busy
from fakes.busy_files import TEAMS
from fakes.cast import SeededSigner

SIZES: dict[str, Size] = {"large": LARGE, "small": SMALL}
T = TypeVar("T")
_MADE = "made"
_TURNS = 20


def make(root: Path, size: Size) -> None:
    """Write a busy project into a folder, unless one was written there before."""
    if (root / STATE / _MADE).exists():
        return
    (root / STATE).mkdir(parents=True)
    ledger = DatabaseLedger(open_database(f"sqlite:///{root / STATE / 'state.db'}"))
    for path, content in make_busy(ledger, DiskPayloads(root / STATE / "payloads"), size).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    (root / STATE / _MADE).touch()


def home_of(root: Path, part: str) -> Home:
    """Open the home as somebody of a team would."""
    person = TEAMS[part][0]
    return replace(open_home(root), person=person, signer=SeededSigner(person.email))


def measure(root: Path) -> None:
    """Print a line for each thing that a portal does again and again."""
    home, seconds = _timed(lambda: home_of(root, "author"))
    _line("open the home: read the files of the project", [seconds])
    loaded, seconds = _timed(home.load)
    _line(f"first load: {len(loaded.events):,} events, every signature verified", [seconds])
    print(f"  {len(loaded.record.releases):,} releases, {len(loaded.faults)} faults, {_memory_mb():,.0f} MB")
    _line("load, nothing new", [_timed(home.load)[1] for _ in range(_TURNS)])
    _line("overview, the first one", [_timed(partial(overview, home))[1]])
    _line("overview, nothing new", [_timed(partial(overview, home))[1] for _ in range(_TURNS)])
    for part in TEAMS:
        other = replace(home, person=TEAMS[part][0], signer=SeededSigner(TEAMS[part][0].email))
        _line(f"overview for {TEAMS[part][0].email}", [_timed(partial(overview, other))[1] for _ in range(5)])
    _after_one_event(home)
    _releases(home)
    print(f"  in the end {_memory_mb():,.0f} MB")


def _after_one_event(home: Home) -> None:
    """Say something of an open release, and something of a product that nobody works on."""
    loads, views, releases = [], [], home.load().record.open_releases()
    for turn in range(_TURNS):
        release = releases[turn % len(releases)]
        subject = Meant(f"release:{release.id}", release.payload or digest_text(release.id))
        home.say(home.statement(Kind.FEEDBACK, subjects=(subject,), release=release.id, reason="as expected"))
        loads.append(_timed(home.load)[1])
        views.append(_timed(partial(overview, home))[1])
    _line("load after one new event", loads)
    _line("overview after one new event", views)


def _releases(home: Home) -> None:
    record = home.load().record
    releases = record.open_releases()[::10]
    _line("one release, decided anew", [_timed(partial(standing_of, home, record, r))[1] for r in releases])
    seen = [_timed(partial(standing_remembered, home, record, r))[1] for r in releases]
    _line("one release, remembered", seen)
    done = [r for r in record.releases.values() if r.announced is not None][::200]
    _line("one release that is done", [_timed(partial(standing_remembered, home, record, r))[1] for r in done])


def _timed(act: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    value = act()
    return value, time.perf_counter() - start


def _line(what: str, seconds: Sequence[float]) -> None:
    ordered = sorted(seconds)
    high = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    print(f"{what:64} {statistics.median(ordered) * 1000:10.1f} ms   95 % {high * 1000:10.1f} ms", flush=True)


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: Sequence[str]) -> None:
    """Make the project where it is missing, then measure."""
    parser = argparse.ArgumentParser(description="Measure how a large record is read.")
    parser.add_argument("dir", type=Path, help="where the project is, or is to be made")
    parser.add_argument("--size", choices=sorted(SIZES), default="large")
    given = parser.parse_args(arguments)
    _, seconds = _timed(lambda: make(given.dir, SIZES[given.size]))
    _line("make the project", [seconds])
    measure(given.dir)


if __name__ == "__main__":
    main(sys.argv[1:])

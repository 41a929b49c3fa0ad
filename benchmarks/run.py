"""Measures Assay beside what somebody would write by hand, in turns, on one machine (`make bench`). See README.md."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import duckdb
import hand_flights
import models
from timing import Contestant, command, race, show

from assay.actions.checking import check_product
from assay.actions.freeze import freeze
from assay.actions.home import Home
from assay.actions.make import make
from assay.actions.open_release import open_release
from assay.base.names import TableRef
from assay.base.snapshots import Slot
from assay.connectors.keys import new_key
from assay.wiring import open_home

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE.parent / "examples" / "flights"
PYTHON = sys.executable
ASSAY = Path(sys.executable).with_name("assay")
PRODUCT = "ontime"
RULES = 133
"""How many both sides check; made sure of before they are timed."""

# The full process asks for signatures of several people; what is measured here needs a frozen release and no more.
PROCESS = """\
gates:
  - {id: release.frozen, per: release, phase: development, title: frozen, kind: frozen, by: person, roles: [engineer]}
  - {id: dataset.qa.checked, per: dataset, phase: initial validation, title: checked, kind: checked, by: person,
     roles: [engineer], environment: qa}
"""


def main(arguments: Sequence[str]) -> None:
    """Measure the wanted parts and print their tables."""
    parser = argparse.ArgumentParser(description="Measure Assay beside hand-written scripts, in turns.")
    parser.add_argument("--turns", type=int, default=5, help="of each contestant [5]")
    parser.add_argument("--models", type=int, default=300, help="how many SQL models to generate [300]")
    parser.add_argument("--only", choices=sorted(PARTS), action="append", help="a part; may be repeated [all]")
    parser.add_argument("--dir", type=Path, help="where to work; its disk decides what fsync costs [temporary]")
    given = parser.parse_args(arguments)
    print(_machine())
    with tempfile.TemporaryDirectory(prefix="assay-bench-", dir=given.dir) as folder:
        for name in given.only or PARTS:
            place = Path(folder) / name
            place.mkdir()
            PARTS[name](place, given)
    print(f"\nLoad at the end: {os.getloadavg()[0]:.1f}")


def flights(place: Path, given: argparse.Namespace) -> None:
    """Build and check the flights, as whole processes and within one that is warm."""
    project, out = _flights_project(place), place / "hand"
    script = HERE / "hand_flights.py"
    hand = Contestant("hand-written script", command(PYTHON, script, "build", project, out), _removed(out), _BY_HAND)
    cold = Contestant("assay build, first time", _assay(project, "build"), _removed(project / ".assay"), _FIRST)
    again = Contestant("assay build, sources landed", _assay(project, "build"), _forgotten(project), _LANDED)
    idle = Contestant("assay build, nothing to do", _assay(project, "build"), note=_IDLE)
    show("Flights, both tables, whole processes", race([hand, cold, again, idle], given.turns))

    key, release = place / "ada.pem", _frozen(project, place / "ada.pem")
    hand = Contestant("hand-written rules", command(PYTHON, script, "check", project, out), note=_BY_HAND)
    ours = Contestant("assay validate", _assay(project, "validate", release, "--key", str(key)), note=_CHECKED)
    show(f"Flights, {RULES} rules, whole processes", race([hand, ours], given.turns))
    _flights_within(project, out, given.turns)


def _flights_within(project: Path, out: Path, turns: int) -> None:
    """The same in this process, where everything is loaded."""
    copies: list[Path] = []
    homes: list[Home] = []

    def fresh() -> None:
        copies.append(out.with_name(uuid4().hex))  # never the same: a process keeps the databases it has opened
        shutil.copytree(project, copies[-1], ignore=shutil.ignore_patterns(".assay", ".git"))
        homes.append(open_home(copies[-1]))

    def forgotten() -> None:
        _forgotten(copies[-1])()

    def build() -> None:
        make(homes[-1], homes[-1].project, PRODUCT, "dev", None, _quiet)

    hand = Contestant("hand-written script", lambda: hand_flights.build(project, out), _removed(out), _BY_HAND)
    ours = Contestant("assay: land, build, move the pointer", build, fresh, _FIRST)
    again = Contestant("assay: sources landed", build, forgotten, _LANDED)
    show("Flights, both tables, within a warm process", race([hand, ours, again], turns))

    home = open_home(project)
    made = make(home, home.project, PRODUCT, "dev", None, _quiet)
    product = home.project.products[PRODUCT]
    _same_tables(home, out)

    def check() -> int:
        found = check_product(home.workshop, product, made.snapshots, made.outside, made.as_of, home.now())
        return sum(len(checked.verdicts) for checked in found.values())

    by_hand = hand_flights.check(project, out)
    if (check(), sum(map(len, by_hand.values())), hand_flights.failures(by_hand)) != (RULES, RULES, []):
        raise SystemExit(f"The two sides do not check the same {RULES} rules.")
    hand = Contestant("hand-written rules", lambda: hand_flights.check(project, out), note=_BY_HAND)
    show(
        f"Flights, {RULES} rules, within a warm process", race([hand, Contestant("assay", check, note=_CHECKED)], turns)
    )


def many_models(place: Path, given: argparse.Namespace) -> None:
    """Build many small SQL models, and build them again."""
    project, out = place / "project", place / "raw"
    models.write_project(project, given.models)
    raw = command(PYTHON, HERE / "models.py", str(given.models), out)
    contestants = [
        Contestant("raw DuckDB loop", raw, _removed(out), _BY_HAND),
        Contestant("assay build, first time", _assay(project, "build"), _removed(project / ".assay"), _FIRST_MODELS),
        Contestant("assay build, nothing changed", _assay(project, "build"), note=_IDLE),
        Contestant("assay plan, nothing changed", _assay(project, "plan"), note=_IDLE),
    ]
    show(f"{given.models} SQL models of {models.ROWS} rows, whole processes", race(contestants, given.turns))


def pointer(place: Path, given: argparse.Namespace) -> None:
    """Move a pointer: one row, whatever the number of rows behind it."""
    project = _flights_project(place)
    home = open_home(project)
    make(home, home.project, PRODUCT, "dev", None, _quiet)
    pointers = home.workshop.pointers
    link, target = place / "link", place / "target"

    def relink() -> None:
        aside = place / uuid4().hex
        aside.symlink_to(target)
        aside.replace(link)
        _synced(place)

    def move() -> None:
        present = pointers.get("dev", PRODUCT, Slot.CURRENT)
        assert present is not None
        pointers.move(replace(present, payload=None))

    by_hand = Contestant("a symbolic link, replaced and synced", relink, note="no check of who moved it before")
    contestants = [by_hand, Contestant("assay: one row, in a transaction", move, note="refuses a second mover")]
    show("Moving what readers see", race(contestants, 10 * given.turns), unit_seconds=0.001)


def start(place: Path, given: argparse.Namespace) -> None:
    """Start the program."""
    project = _flights_project(place)
    _assay(project, "build")()
    contestants = [
        Contestant("python -c pass", command(PYTHON, "-c", "pass")),
        Contestant("python -c 'import click'", command(PYTHON, "-c", "import click")),
        Contestant("assay --help", command(ASSAY, "--help")),
        Contestant("python -c 'import assay'", command(PYTHON, "-c", "import assay")),
        Contestant("assay status", _assay(project, "status"), note="reads the project and the ledger"),
        Contestant("assay query", command(ASSAY, "query", _COUNT, folder=project), note="opens DuckDB"),
    ]
    show("Starting", race(contestants, given.turns), unit_seconds=0.001)


PARTS: dict[str, Callable[[Path, argparse.Namespace], None]] = {
    "flights": flights,
    "models": many_models,
    "pointer": pointer,
    "start": start,
}

_COUNT = "select count(*) from ontime_daily"
_BY_HAND = "no manifest, fsync, digest, plan or pointer"
_FIRST = "also lands and hashes the sources"
_FIRST_MODELS = "also reads each query, commits each table, persists them"
_IDLE = "looks for all changes; by hand everything would be made again"
_LANDED = "both steps run anew, one in a child process"
_CHECKED = "also samples, digest of the rows, signed statement"


def _flights_project(place: Path) -> Path:
    """Make a project of the example with a process of two gates and a key for Ada, committed."""
    project = place / "project"
    shutil.copytree(EXAMPLE, project)
    public = new_key(place / "ada.pem").public.raw.hex()
    people = (project / "people.yaml").read_text()
    (project / "people.yaml").write_text(people.replace("keys: []", f'keys: [{{public: "{public}"}}]', 1))
    (project / "process.yaml").write_text(PROCESS)
    (project / ".gitignore").write_text(".assay\n")
    git = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for words in (("init",), ("add", "--all"), ("commit", "--message=flights")):
        subprocess.run([*git, *words], cwd=project, check=True, capture_output=True)
    return project


def _frozen(project: Path, key: Path) -> str:
    home = open_home(project, key)
    release = open_release(home, PRODUCT, ())
    freeze(home, release)
    return release


def _assay(project: Path, *words: str) -> Callable[[], None]:
    return command(ASSAY, *words, "--project", project)


def _removed(folder: Path) -> Callable[[], None]:
    return lambda: shutil.rmtree(folder, ignore_errors=True)


def _forgotten(project: Path) -> Callable[[], None]:
    """Return what makes the store forget which steps ran: they run again on sources that are landed."""

    def forget() -> None:
        with sqlite3.connect(project / ".assay" / "state.db") as database:
            database.execute("DELETE FROM fingerprints")
        database.close()

    return forget


def _same_tables(home: Home, out: Path) -> None:
    """Make sure that both sides made the same rows."""
    engine = home.workshop.engine(None)
    pointer = home.workshop.pointers.get("dev", PRODUCT, Slot.CURRENT)
    assert pointer is not None
    for name, digest in pointer.snapshots.items():
        snapshot = home.workshop.snapshots.get(digest)
        assert snapshot is not None
        engine.attach(TableRef(None, name), home.workshop.snapshots.paths(snapshot))
        ours = engine.arrow(f"select * from {name} order by all").to_pylist()
        if ours != duckdb.sql(f"from '{out / name}.parquet' order by all").to_arrow_table().to_pylist():
            raise SystemExit(f"{name}: the two sides made different rows")
    engine.close()


def _synced(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _quiet(text: str) -> None:
    """Say nothing."""


def _machine() -> str:
    load = os.getloadavg()[0]
    quiet = "" if load < 0.5 else "; the machine is busy, so do not trust absolute times"
    versions = f"Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    return f"{os.cpu_count()} processors, {versions}, load {load:.1f}{quiet}. Medians, in turns."


if __name__ == "__main__":
    main(sys.argv[1:])

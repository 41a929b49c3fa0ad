"""Who takes part: how each is run on a set of data, and how its answer is read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from answers import Verdicts, assay_verdicts, datacontract_verdicts, written
from contest.environments import PYTHON, programs
from contest.measure import Command, Run
from peers import dbt_project

HERE = Path(__file__).resolve().parent
HAND = HERE / "hand.py"
ASSAY = PYTHON.with_name("assay")


@dataclass(frozen=True, slots=True)
class Data:
    """A set of data.

    Attributes:
        folder: holds ``flights.parquet``, ``airlines.parquet`` and the contracts.
        more: a file that arrives later.
    """

    folder: Path
    more: Path

    @property
    def flights(self) -> str:
        """The file that every contestant reads."""
        return str(self.folder / "flights.parquet")

    @property
    def airlines(self) -> str:
        """The other table."""
        return str(self.folder / "airlines.parquet")

    @property
    def arrived(self) -> Path:
        """Where the later file lies once it has arrived."""
        return self.folder / "flights-2.parquet"

    @property
    def all_flights(self) -> str:
        """The first file, and the later one if it has arrived."""
        return str(self.folder / "flights*.parquet")

    def grow(self) -> None:
        """Let the later file arrive."""
        self.shrink()
        os.link(self.more, self.arrived)

    def shrink(self) -> None:
        """Take the later file away."""
        self.arrived.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to check.

    Attributes:
        name: for ``--only`` and ``--peers``.
        title: as the table shows it.
        command: the program and its arguments, given the data and a folder of the contestant's own.
        verdicts: what it said, given its run and its folder: check to whether it holds; without those it did not check.
        prepare: what is done before each run and not timed.
        is_grown: whether it is about the data after the later file arrived.
        beside: with whom it is compared as well, in the note.
        environment: the peer whose packages it needs; None for those of this project.
        note: what the table should say.
    """

    name: str
    title: str
    command: Callable[[Data, Path], Command]
    verdicts: Callable[[Run, Path], Verdicts]
    prepare: Callable[[Data, Path], object] = lambda data, place: data.shrink()
    is_grown: bool = False
    beside: str = ""
    environment: str | None = None
    note: str = ""


def by_hand() -> Iterator[Contestant]:
    """Give the hand-written ways."""
    titles = {
        "needed": ("reading the needed columns only", "checks nothing"),
        "aggregate": ("hand-written DuckDB, one aggregate scan + GROUP BY key", ""),
        "queries": ("hand-written DuckDB, one `WHERE failing` query per check", ""),
        "best": ("**hand-written DuckDB, best known**", ""),
        "footers": ("hand-written DuckDB, best known, believing footers", "null counts by `parquet_metadata`"),
    }
    for way, (title, note) in titles.items():
        yield Contestant(way, title, _by_hand(way), written, note=note)
    title = "hand-written DuckDB, best known, after 1 % more"
    yield Contestant("best-grown", title, _by_hand("best", grown=True), written, _grown, is_grown=True, beside="best")


def assay() -> Iterator[Contestant]:
    """Give Assay's runs, in the order in which they have to be."""
    yield Contestant("assay", "assay validate, first time", _assay("assay", ""), assay_verdicts, _forgotten)
    yield Contestant("assay-again", "assay validate, again", _assay("assay", ""), assay_verdicts, beside="assay")
    grown = _assay("assay", "", grown=True)
    title = "assay validate, after 1 % more"
    yield Contestant("assay-grown", title, grown, assay_verdicts, _grown, is_grown=True, beside="assay")
    sql, note = _assay("assay-sql", "-sql"), "the contract that datacontract-cli reads"
    yield Contestant("assay-sql", "assay validate, conditions as SQL", sql, assay_verdicts, _forgotten_sql, note=note)


def others(environments: Path) -> Iterator[Contestant]:
    """Give the tools of others.

    Args:
        environments: the folder in which they are made.
    """

    def script(peer: str, *words: str) -> Callable[[Data, Path], Command]:
        python = programs(environments, peer) / "python"
        name = HERE / "peers" / f"with_{peer.replace('-', '_')}.py"
        return lambda data, place: [python, name, *words, data.flights, data.airlines, place / "answer.json"]

    yield Contestant("pandera", "pandera 0.35 (polars)", script("pandera"), written, environment="pandera")
    yield Contestant("pointblank", "pointblank 1.1 (polars)", script("pointblank"), written, environment="pointblank")
    yield Contestant(
        "dbt",
        "dbt-duckdb 1.11 tests",
        lambda data, place: [programs(environments, "dbt") / "dbt", "--quiet", "test"],
        lambda run, place: dbt_project.verdicts(place),
        lambda data, place: dbt_project.write_project(place, data.flights, data.airlines),
        environment="dbt",
        note="20 checks as queries of one's own",
    )
    yield Contestant(
        "datacontract",
        "datacontract-cli 1.2.8",
        lambda data, place: [
            programs(environments, "datacontract") / "datacontract", "test", data.folder / "flights-sql.odcs.yaml",
            "--output", place / "answer.json", "--output-format", "json",
        ],
        datacontract_verdicts,
        environment="datacontract",
        note="no types of Parquet files",
    )  # fmt: skip
    expectations = "great-expectations"
    yield Contestant(
        "great-expectations-sql",
        "great-expectations 1.24 on SQL",
        script(expectations, "sql"),
        written,
        environment=expectations,
        note="patched to keep its connection; refuses regular expressions on DuckDB",
    )
    yield Contestant(
        "great-expectations-pandas",
        "great-expectations 1.24 on pandas",
        script(expectations, "pandas"),
        written,
        environment=expectations,
    )


def _by_hand(way: str, *, grown: bool = False) -> Callable[[Data, Path], Command]:
    def command(data: Data, place: Path) -> Command:
        flights = data.all_flights if grown else data.flights
        return [PYTHON, HAND, way, flights, data.airlines, place / "answer.json"]

    return command


def _assay(state: str, contract: str, *, grown: bool = False) -> Callable[[Data, Path], Command]:
    """Return the command of Assay.

    Args:
        state: whose memory; shared by the contestants that come after one another.
        contract: the ending of the contract's name.
        grown: whether the later file is read too.
    """

    def command(data: Data, place: Path) -> Command:
        flights = data.all_flights if grown else data.flights
        return [
            ASSAY, "validate", data.folder / f"flights{contract}.odcs.yaml", "--data", f"flights={flights}",
            "--data", f"airlines={data.airlines}", "--state", place.parent / f"state-{state}", "-o", "json",
        ]  # fmt: skip

    return command


def _forgotten(data: Data, place: Path) -> None:
    data.shrink()
    shutil.rmtree(place.parent / "state-assay", ignore_errors=True)


def _forgotten_sql(data: Data, place: Path) -> None:
    data.shrink()
    shutil.rmtree(place.parent / "state-assay-sql", ignore_errors=True)


def _grown(data: Data, place: Path) -> None:
    data.grow()

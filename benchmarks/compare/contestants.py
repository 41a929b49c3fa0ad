"""Who takes part: how each is run on a pair of versions, and how its answer is read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from answers import Answer, assay_answer, written
from contest.environments import PYTHON, programs
from contest.measure import Command, Run
from pairs import BEFORE, KEY

HERE = Path(__file__).resolve().parent
HAND = HERE / "hand.py"
ASSAY = PYTHON.with_name("assay")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of a table.

    Attributes:
        folder: holds all versions of a scale.
        name: of the later one.
    """

    folder: Path
    name: str

    @property
    def before(self) -> Path:
        """The file of the earlier version."""
        return self.folder / f"{BEFORE}.parquet"

    @property
    def after(self) -> Path:
        """The file of the later version."""
        return self.folder / f"{self.name}.parquet"


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to compare, and the pair on which it is measured.

    Attributes:
        name: for ``--only`` and ``--peers``.
        title: as the table shows it.
        command: the program and its arguments, given the pair and a folder of the contestant's own.
        answer: what it said, given its run and its folder.
        pair: on which pair it is measured.
        prepare: what is done before each run and not timed.
        variables: its own environment variables, given its folder.
        beside: with whom it is compared as well, in the note.
        environment: the peer whose packages it needs; None for those of this project.
        note: what the table should say.
    """

    name: str
    title: str
    command: Callable[[Pair, Path], Command]
    answer: Callable[[Run, Path], Answer]
    pair: str = "changed"
    prepare: Callable[[Path], object] = lambda place: None
    variables: Callable[[Path], Mapping[str, str]] = field(default=lambda place: {})
    beside: str = ""
    environment: str | None = None
    note: str = ""


def by_hand() -> Iterator[Contestant]:
    """Give the hand-written ways."""
    titles = {
        "join": "**hand-written DuckDB, full outer join, changes counted per column**",
        "hashes": "hand-written DuckDB, join on hashes of rows",
        "fingerprint": "hand-written DuckDB, fingerprints",
    }
    for way, title in titles.items():
        yield Contestant(way, title, _by_hand(way), written)
    for way, pair in (("fingerprint", "equal"), ("hashes", "one"), ("join", "shuffled")):
        title = f"{titles[way].strip('*')}, {PAIR_WORDS[pair]}"
        yield Contestant(f"{way}-{pair}", title, _by_hand(way), written, pair)


def assay() -> Iterator[Contestant]:
    """Give Assay's runs, each with nothing remembered."""
    besides = {"changed": "", "equal": "fingerprint-equal", "one": "hashes-one", "shuffled": "join-shuffled"}
    for pair, beside in besides.items():
        name, words = ("assay", "") if pair == "changed" else (f"assay-{pair}", f", {PAIR_WORDS[pair]}")
        title = f"assay compare{words}"
        yield Contestant(name, title, _assay, assay_answer, pair, _forget, _remembering, beside)


PAIR_WORDS = {"equal": "equal pair", "one": "one changed cell", "shuffled": "later version shuffled"}
"""What is said of the pairs that are not the first."""


def others(environments: Path) -> Iterator[Contestant]:
    """Give the tools of others.

    Args:
        environments: the folder in which they are made.
    """

    def script(peer: str) -> Callable[[Pair, Path], Command]:
        python, name = programs(environments, peer) / "python", HERE / "peers" / f"with_{peer}.py"
        return lambda pair, place: [python, name, pair.before, pair.after, place / "answer.json"]

    titles = {
        "datacompy": ("datacompy 1.1 (polars)", ""),
        "reladiff": ("reladiff 0.6, joindiff on DuckDB", "counts cells of its last segment only"),
        "sqlmesh": ("SQLMesh 0.236 table_diff on DuckDB", "rounds numbers to three decimals"),
    }
    for peer, (title, note) in titles.items():
        yield Contestant(peer, title, script(peer), written, environment=peer, note=note)


def _by_hand(way: str) -> Callable[[Pair, Path], Command]:
    return lambda pair, place: [PYTHON, HAND, way, pair.before, pair.after, place / "answer.json"]


def _assay(pair: Pair, place: Path) -> Command:
    return [ASSAY, "compare", pair.before, pair.after, "--on", KEY, "-o", "json"]


def _memory(place: Path) -> Path:
    return place / "memory"


def _forget(place: Path) -> None:
    shutil.rmtree(_memory(place), ignore_errors=True)


def _remembering(place: Path) -> Mapping[str, str]:
    """Let Assay remember digests of files in a folder of ours, not in that of whoever measures."""
    return {"XDG_CACHE_HOME": str(_memory(place))}

"""The demo, played in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from homes import OURS
from journeys.flights_home import EXAMPLE, Place

LIMIT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Played:
    """The demo as it was played.

    Attributes:
        place: where it lies now: a copy of what was played.
        at: where it was played; what it printed names files there.
        text: what it printed.
        code: its exit code.
    """

    place: Place
    at: Path
    text: str
    code: int


def play(folder: Path) -> None:
    """Play the demo to its end in a process of its own; what it printed and its exit code lie beside it."""
    folder.mkdir()
    code = start_demo(folder / "all", folder / "printed.txt").wait(LIMIT_SECONDS)
    (folder / "code.txt").write_text(str(code))


def copy_of_played(folder: Path, root: Path) -> Played:
    """Copy the demo that was played in a folder."""
    printed, code = (folder / "printed.txt").read_text(), int((folder / "code.txt").read_text())
    return Played(Place(folder / "all").copy(root), folder / "all", printed, code)


def start_demo(home: Path, printed: Path) -> subprocess.Popen[bytes]:
    """Start the demo in a directory, in a process of its own."""
    command = [sys.executable, "-m", "assay", "demo", "--no-serve", "--home", str(home), "--example", str(EXAMPLE)]
    environment = {name: value for name, value in os.environ.items() if not OURS.fullmatch(name)}
    with printed.open("wb") as out:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=printed.parent,
            env={**environment, "COLUMNS": "80", "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip

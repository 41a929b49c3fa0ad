"""The demo, played in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from homes import OURS
from journeys.flights_home import EXAMPLE, Place

LIMIT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Played:
    """The demo as it was played: where, what it printed, and its exit code."""

    place: Place
    text: str
    code: int


@dataclass(slots=True)
class Playing:
    """The demo while it plays."""

    home: Path
    printed: Path
    process: subprocess.Popen[bytes]
    started: float

    def wait(self) -> float:
        """Wait for its end and return the seconds that it took."""
        self.process.wait(LIMIT_SECONDS)
        return time.monotonic() - self.started


def start_demo(home: Path, printed: Path) -> subprocess.Popen[bytes]:
    """Start the demo in a directory, in a process of its own."""
    command = [sys.executable, "-m", "assay", "demo", "--no-serve", "--home", str(home), "--example", str(EXAMPLE)]
    environment = {name: value for name, value in os.environ.items() if not OURS.fullmatch(name)}
    with printed.open("wb") as out:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=printed.parent,
            env={**environment, "COLUMNS": "80", "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip

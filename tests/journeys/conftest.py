"""What the journeys share: the demo, played once beside the first tests, and a project with a frozen release."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from homes import OURS
from journeys.flights_home import EXAMPLE, Place, freeze_release, prepare

LIMIT_SECONDS = 600
SECONDS = pytest.StashKey[float]()


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


@pytest.fixture(scope="session", autouse=True)
def playing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playing | None]:
    """Start the demo at once if any test wants it: it takes a minute, and the machine has a second core."""
    items: list[pytest.Item] = request.session.items
    if not any("played" in getattr(item, "fixturenames", ()) for item in items):
        yield None
        return
    folder = tmp_path_factory.mktemp("demo")
    started = time.monotonic()
    process = start_demo(folder / "all", folder / "printed.txt")
    yield Playing(folder / "all", folder / "printed.txt", process, started)
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def played(playing: Playing | None, request: pytest.FixtureRequest) -> Played:
    """Return the demo, played to its end; for copying, or looking."""
    assert playing is not None
    request.config.stash[SECONDS] = playing.wait()
    return Played(Place(playing.home), playing.printed.read_text(), playing.process.returncode)


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return a project whose first release is frozen; for copying."""
    place = prepare(tmp_path_factory.mktemp("frozen") / "all")
    freeze_release(place)
    return place


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    seconds = config.stash.get(SECONDS, None)
    if seconds is not None:
        terminalreporter.write_line(f"The demo took {seconds:.0f} seconds, beside other tests.")

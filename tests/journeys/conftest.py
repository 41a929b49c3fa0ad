"""What the journeys share: the demo, played once beside the first tests, and a project with a frozen release."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from journeys.demo import Played, Playing, start_demo
from journeys.flights_home import Place, freeze_release, prepare

SECONDS = pytest.StashKey[float]()


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

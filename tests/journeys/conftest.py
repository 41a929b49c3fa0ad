"""What the journeys share: the demo, played once, and a project with a frozen release."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeys.demo import Played, copy_of_played, play
from journeys.flights_home import Place, freeze_release, prepare
from once import made_once


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return the demo, played to its end; for copying, or looking."""
    folder = made_once(tmp_path_factory, "demo", play)
    return copy_of_played(folder, tmp_path_factory.mktemp("demo") / "all")


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return a project whose first release is frozen; for copying."""

    def make(root: Path) -> None:
        freeze_release(prepare(root))

    return Place(made_once(tmp_path_factory, "frozen", make)).copy(tmp_path_factory.mktemp("frozen") / "all")

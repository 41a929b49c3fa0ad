"""What the journeys share: a project with a frozen release, made once and copied for each test."""

from __future__ import annotations

import pytest

from journeys.flights_home import Place, freeze_release, prepare


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return a project whose first release is frozen; for copying."""
    place = prepare(tmp_path_factory.mktemp("frozen") / "all")
    freeze_release(place)
    return place

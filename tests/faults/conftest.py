"""What the faults share: a server of cheap processes, and the small shop at three moments of its way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.forking import Server
from faults.shop import Shop, admit, open_release, prepare, soak
from once import made_once


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with an open release, ready to be built; for copying."""

    def make(root: Path) -> None:
        open_release(prepare(root))

    return own_copy(made_once(tmp_path_factory, "opened", make), tmp_path_factory)


@pytest.fixture(scope="session")
def admitted(opened: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with its release admitted by the node, not deployed yet; for copying."""

    def make(root: Path) -> None:
        admit(opened.copy(root))

    return own_copy(made_once(tmp_path_factory, "admitted", make), tmp_path_factory)


@pytest.fixture(scope="session")
def ordered(admitted: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with the release order signed, not handed over yet; for copying."""

    def make(root: Path) -> None:
        soak(admitted.copy(root))

    return own_copy(made_once(tmp_path_factory, "ordered", make), tmp_path_factory)


@pytest.fixture(scope="session")
def released(ordered: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with its release served; for copying."""

    def make(root: Path) -> None:
        shop = ordered.copy(root)
        shop.do(None, "node", "release", shop.post("order.tar"), at="2026-03-03T10:00:00Z")

    return own_copy(made_once(tmp_path_factory, "released", make), tmp_path_factory)


def own_copy(made: Path, factory: pytest.TempPathFactory) -> Shop:
    """Copy what was made once into a folder of this process, under the same name."""
    return Shop(made).copy(factory.mktemp(made.name) / "all")

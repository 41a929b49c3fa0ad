"""What the faults share: a server of cheap processes, and the small shop at three moments of its way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from faults.forking import Server
from faults.shop import Shop, admit, open_release, prepare, soak


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with an open release, ready to be built; for copying."""
    shop = prepare(tmp_path_factory.mktemp("opened") / "all")
    open_release(shop)
    return shop


@pytest.fixture(scope="session")
def admitted(opened: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with its release admitted by the node, not deployed yet; for copying."""
    shop = opened.copy(tmp_path_factory.mktemp("admitted") / "all")
    admit(shop)
    return shop


@pytest.fixture(scope="session")
def ordered(admitted: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with the release order signed, not handed over yet; for copying."""
    shop = admitted.copy(tmp_path_factory.mktemp("ordered") / "all")
    soak(shop)
    return shop


@pytest.fixture(scope="session")
def released(ordered: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with its release served; for copying."""
    shop = ordered.copy(tmp_path_factory.mktemp("released") / "all")
    shop.do(None, "node", "release", shop.post("order.tar"), at="2026-03-03T10:00:00Z")
    return shop

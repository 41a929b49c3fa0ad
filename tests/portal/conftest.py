"""What the tests of the portal share: the small shop with a portal in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from assay.identity.portal import Portal
from faults.shop import Shop, prepare
from once import made_once
from portal.browser import chromium as start_chromium
from portal.many import copy_of_many, make_many
from portal.site import Site
from portal.town import copy_of, furnish, make_busy, rename


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop and its portal before anything happened, with an account and a key for everybody; for copying."""

    def make(root: Path) -> None:
        furnish(prepare(root))

    made = Shop(made_once(tmp_path_factory, "pristine", make))
    return copy_of(made, tmp_path_factory.mktemp("pristine") / "all")[0]


@pytest.fixture(scope="session")
def shop(pristine: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop, in which nothing has happened yet; tests of a session share it and may add to it."""
    return copy_of(pristine, tmp_path_factory.mktemp("shop") / "all")[0]


@pytest.fixture(scope="session")
def site(shop: Shop) -> Site:
    """Return the portal in front of the shop."""
    return Site(shop.design, shop.root / "portal", "town")


@pytest.fixture(scope="session")
def busy(pristine: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop at a busy time, and the village beside it in the portal; for copying, or looking."""

    def make(root: Path) -> None:
        village, _ = copy_of(pristine, root / "village")
        rename(village, "village")
        make_busy(copy_of(pristine, root / "town", village=village.design)[0])

    made = made_once(tmp_path_factory, "busy", make)
    village, _ = copy_of(Shop(made / "village"), tmp_path_factory.mktemp("village") / "all")
    return copy_of(Shop(made / "town"), tmp_path_factory.mktemp("busy") / "all", village=village.design)[0]


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return the portal over a project in which every list is long; for copying, or looking."""
    made = made_once(tmp_path_factory, "many", make_many)
    return copy_of_many(made, tmp_path_factory.mktemp("many") / "all")


@pytest.fixture
def own_many(many: Site, tmp_path: Path) -> Site:
    """Return a copy of it, for a test that adds to it."""
    return copy_of_many(many.design.parent, tmp_path / "all")


@pytest.fixture
def portal(site: Site) -> Portal:
    return site.open()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return the browser of this session; everybody who looks opens a window of their own."""
    with start_chromium() as browser:
        yield browser

"""Before anybody comes: how a portal is made, and what its server reads before it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.actions.trail import Trail, Wanted
from assay.base.errors import AssayError
from assay.portal.ahead import read_ahead
from assay.wiring_portal import init_portal
from faults.shop import Shop
from portal.site import Site
from portal.town import copy_of, rename


def test_a_ledger_is_read_and_filed_before_anybody_asks(busy: Shop) -> None:
    portal = Site(busy.design, busy.root / "portal", "town").open()
    trails = {name: Trail() for name in portal.projects}
    read_ahead(portal, trails).join(60)

    newest = next(trails["town"].newest(Wanted()))
    assert newest.event == portal.projects["town"].open(None).load().events[-1]


def test_a_project_that_cannot_be_read_is_said_and_stops_nobody(
    pristine: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other, _ = copy_of(pristine, tmp_path / "other")
    rename(other, "village")
    town, site = copy_of(pristine, tmp_path / "town", village=other.design)
    (town.design / "people.yaml").write_text("people: nobody")
    portal = site.open()
    trails = {name: Trail() for name in portal.projects}
    read_ahead(portal, trails).join(60)

    assert "project town cannot be read: people.yaml" in caplog.text
    home = portal.projects["village"].open(None)
    assert trails["village"].follow(home.load()) == len(home.load().events)


@pytest.mark.parametrize("address", ["ftp://x", "portal.example.org", "https://x/", "https://x/portal", "http://", ""])
def test_a_portal_is_not_made_under_an_address_that_nobody_reaches(
    pristine: Shop, tmp_path: Path, address: str
) -> None:
    with pytest.raises(AssayError, match=r"--address: expected http://HOST:PORT"):
        init_portal(tmp_path / "portal", address, {"town": pristine.design})
    assert not (tmp_path / "portal").exists()

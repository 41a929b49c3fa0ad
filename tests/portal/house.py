"""A portal that is served, before it a provider that vouches for its people, and the way in through both."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import yaml

from assay.base.accounts import Why
from assay.identity.portal import Portal
from assay.wiring_portal import open_portal
from fakes.clock import MovableClock
from homes import only
from portal.site import Site, served, with_quick_passwords
from ports.oidc_provider import CLIENT, SECRET, StandIn

LABEL = "Town login"
GROUPS = {"ada": "builders", "ben": "checkers", "carla": "business", "rita": "office"}
"""In which group each person is at the provider; what the groups give stands in `SETTINGS`."""

SETTINGS = {
    "client_id": CLIENT, "client_secret": "${OIDC_SECRET}", "label": LABEL,
    "roles": {
        "builders": ["engineer"], "checkers": ["validator"], "business": ["stakeholder"],
        "office": ["release-manager", "admin"],
    },
}  # fmt: skip


@dataclass(slots=True)
class House:
    """A portal that is served, and a provider that vouches for its people.

    Attributes:
        home: the portal's own folder.
        portal: as it is served.
        provider: the stand-in.
        clock: of both.
    """

    home: Path
    portal: Portal
    provider: StandIn
    clock: MovableClock

    def again(self) -> Portal:
        """Open the portal once more, as another worker does: it knows nothing yet of the provider."""
        return opened(self.home, self.clock)

    def last_denial(self) -> tuple[str, Why]:
        """Return whom something was denied last, and why."""
        denial = self.portal.identity.denials.newest(1)[0]
        return denial.email, denial.why


def opened(home: Path, clock: MovableClock) -> Portal:
    """Open a portal that knows the provider's secret, at a test's time."""
    with only({"OIDC_SECRET": SECRET}):
        return replace(with_quick_passwords(open_portal(home)), clock=clock)


def write_settings(site: Site, home: Path, address: str, oidc: dict[str, Any]) -> None:
    """Write the settings of a portal that has the site's projects and a provider."""
    said = yaml.safe_load((site.home / "portal.yaml").read_text())
    (home / "portal.yaml").write_text(yaml.safe_dump({**said, "address": address, "oidc": oidc}))


@contextmanager
def open_house(site: Site, folder: Path, provider: StandIn, clock: MovableClock) -> Iterator[House]:
    """Serve a portal whose own folder is a copy of the site's, with the provider as it should be.

    Args:
        site: the portal.
        folder: where it keeps what it knows; a copy of the site's.
        provider: who vouches.
        clock: of both.
    """
    provider.people = {
        name: {"email": f"{name}@example.org", "email_verified": True, "groups": [group]}
        for name, group in GROUPS.items()
    }
    provider.signed_in_at, provider.status, provider.configuration = {}, 0, {}
    provider.spoil, provider.not_anew = lambda claims: claims, set()
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    provider.redirect = f"{address}/sign-in/oidc/arrive"
    write_settings(site, folder, address, {"issuer": provider.issuer, **SETTINGS})
    portal = opened(folder, clock)
    with served(portal, listening):
        yield House(folder, portal, provider, clock)


def sent_back(house: House, window: httpx2.Client, name: str, following: str = "/") -> str:
    """Leave for the provider and be there as somebody; return the address to which it sends the browser back."""
    departed = window.get("/sign-in/oidc", params={"next": following})
    assert departed.status_code == 303, departed.text
    return house.provider.send_back(departed.headers["location"], name)


def come_in(house: House, window: httpx2.Client, name: str, following: str = "/") -> httpx2.Response:
    """Make the whole round as somebody."""
    return window.get(sent_back(house, window, name, following))

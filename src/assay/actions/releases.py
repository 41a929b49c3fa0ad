"""The releases: those on their way and the earlier ones, a page of each at a time."""

from __future__ import annotations

from dataclasses import dataclass

from assay.actions.home import Home
from assay.actions.paging import PageOf, page_of
from assay.actions.status import ReleaseLine, overview
from assay.base.roles import Action, may
from assay.lifecycle.record import Release

ON_THEIR_WAY, EARLIER = 25, 50
"""So many are on a page."""


@dataclass(frozen=True, slots=True)
class Releases:
    """One page of each list.

    Attributes:
        on_their_way: in the order in which they were opened; last what is released and waits for feedback.
        earlier: what is released or cancelled, the newest first.
    """

    on_their_way: PageOf[ReleaseLine]
    earlier: PageOf[Release]


def releases_page(home: Home, product: str | None = None, number: int = 1, earlier: int = 1) -> Releases:
    """List the releases.

    Args:
        home: opened for whoever looks.
        product: of one product alone; None for all of them.
        number: of the page of those on their way, from 1.
        earlier: number of the page of the earlier ones.

    Raises:
        AssayError: who looks is known and has no role.
    """
    let_look(home)
    record = home.load().record
    lines = [line for line in overview(home).releases if product in (None, line.release.product)]
    releases = tuple(record.releases.values()) if product is None else record.releases_of(product)
    ended = [release for release in reversed(releases) if _has_ended(release)]
    return Releases(
        page_of(lines, number, ON_THEIR_WAY, lambda line: line),
        page_of(ended, earlier, EARLIER, lambda release: release),
    )


def let_look(home: Home) -> None:
    """Let nobody look at lists who is known and has no role; it takes no key to look.

    Raises:
        Denied: that is who looks.
    """
    if home.person is not None and not may(home.person, Action.LEDGER_READ):
        home.authorised(Action.LEDGER_READ)


def _has_ended(release: Release) -> bool:
    return release.cancelled is not None or release.announced is not None

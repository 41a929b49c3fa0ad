"""The releases: those on their way and the earlier ones, a page of each at a time."""

from __future__ import annotations

from dataclasses import dataclass

from assay.actions.home import Home
from assay.actions.paging import PageOf, page_of
from assay.actions.standings import EVERY_RELEASE, Answer
from assay.actions.status import ReleaseLine, release_lines
from assay.base.roles import Action, may
from assay.lifecycle.record import Record, Release

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
    lines = [line for line in release_lines(home) if product in (None, line.release.product)]
    if product is None:
        ended = home.standings.remember(home, record, _Ended, "", lambda: _see_ended(record)).names
    else:
        ended = tuple(release.id for release in reversed(record.releases_of(product)) if _has_ended(release))
    return Releases(
        page_of(lines, number, ON_THEIR_WAY, lambda line: line),
        page_of(ended, earlier, EARLIER, record.releases.__getitem__),
    )


@dataclass(frozen=True, slots=True)
class _Ended:
    """The ids of what is done or cancelled, newest first: found among thousands in more time than a page takes."""

    names: tuple[str, ...]


def _see_ended(record: Record) -> Answer[_Ended]:
    names = tuple(name for name in reversed(tuple(record.releases)) if _has_ended(record.releases[name]))
    return Answer(_Ended(names), frozenset({EVERY_RELEASE}))


def let_look(home: Home) -> None:
    """Let nobody look at lists who is known and has no role; it takes no key to look.

    Raises:
        Denied: that is who looks.
    """
    if home.person is not None and not may(home.person, Action.LEDGER_READ):
        home.authorised(Action.LEDGER_READ)


def _has_ended(release: Release) -> bool:
    return release.cancelled is not None or release.announced is not None

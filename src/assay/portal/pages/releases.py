"""Releases: the list, and one of them on one screen."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from assay.actions.dossier import dossier_of
from assay.actions.shown import opened_words
from assay.actions.signoff import waiting_for
from assay.actions.status import overview
from assay.lifecycle.record import Release
from assay.portal.access import SignedIn
from assay.portal.answers import page, titles_of

router = APIRouter()
EARLIER = 50
"""So many releases that are not on their way any more, on one page."""


@router.get("/p/{project}/releases")
def releases(who: SignedIn, project: str, before: str = "") -> Response:
    """List what is on its way, and what became of the earlier ones."""
    home = who.home(project)
    record = home.load().record
    ended = [r for r in reversed(tuple(record.releases.values())) if _has_ended(r) and (not before or r.id < before)]
    return page(
        who, home, "releases.html.j2", "releases",
        lines=() if before else overview(home).releases,
        earlier=ended[:EARLIER],
        older=ended[EARLIER - 1].id if len(ended) > EARLIER else "",
        titles=titles_of(home),
    )  # fmt: skip


@router.get("/p/{project}/releases/{release}")
def release_page(who: SignedIn, project: str, release: str) -> Response:
    """Show one release."""
    home = who.home(project)
    assert home.person is not None
    it = dossier_of(home, release)
    reviews = waiting_for(home, home.load().record, it.standing, home.person) if it.mine else ()
    return page(who, home, "release.html.j2", "releases", it=it, reviews=reviews, opened_words=opened_words)


def _has_ended(release: Release) -> bool:
    return release.cancelled is not None or release.announced is not None

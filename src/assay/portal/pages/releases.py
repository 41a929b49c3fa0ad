"""Releases: the list, one of them on one screen, and what production serves."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from assay.actions.dossier import dossier_of
from assay.actions.home import Home
from assay.actions.in_production import production_page
from assay.actions.releases import releases_page
from assay.actions.review import NOT_BY_SIGN_OFF
from assay.actions.shown import opened_words
from assay.actions.signoff import waiting_for
from assay.base.errors import AssayError, Fault
from assay.portal.access import SignedIn
from assay.portal.acts import acts_of
from assay.portal.answers import page, titles_of
from assay.portal.choosing import choice_of, known
from assay.portal.turning import page_number, turn_to
from assay.portal.view import new_form_id

router = APIRouter()


@router.get("/p/{project}/releases")
def releases(request: Request, who: SignedIn, project: str) -> Response:
    """List what is on its way, and what became of the earlier ones."""
    home = who.home(project)
    typed = _typed(request, ("product", "page", "earlier"))
    titles = _released(home)
    faults: tuple[Fault, ...] = ()
    try:
        product = known(titles, typed["product"])
        pages = page_number(typed["page"]), page_number(typed["earlier"], "earlier")
    except AssayError as error:
        product, pages, faults = None, (1, 1), error.faults
    return page(
        who, home, "releases.html.j2", "releases", 409 if faults else 200,
        found=releases_page(home, product, *pages), faults=faults, typed=typed, titles=titles,
        choice=choice_of(titles, typed["product"]),
        turn=turn_to({"product": typed["product"]}), turn_earlier=turn_to({"product": typed["product"]}, "earlier"),
    )  # fmt: skip


@router.get("/p/{project}/production")
def production(request: Request, who: SignedIn, project: str) -> Response:
    """Show what production serves."""
    home = who.home(project)
    typed, titles = _typed(request, ("product", "page")), titles_of(home)
    faults: tuple[Fault, ...] = ()
    try:
        product, number = known(titles, typed["product"]), page_number(typed["page"])
    except AssayError as error:
        product, number, faults = None, 1, error.faults
    return page(
        who, home, "production.html.j2", "releases", 409 if faults else 200,
        found=production_page(home, product, number), faults=faults, typed=typed, titles=titles,
        choice=choice_of(titles, typed["product"]), turn=turn_to({"product": typed["product"]}),
    )  # fmt: skip


def _typed(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    return {name: request.query_params.get(name, "").strip()[:1_000] for name in names}


def _released(home: Home) -> dict[str, str]:
    """Return the products that are there or have a release, by name: with the title, or the name of what is gone."""
    return {name: name for name in home.load().record.by_product} | titles_of(home)


@router.get("/p/{project}/releases/{release}")
def release_page(who: SignedIn, project: str, release: str) -> Response:
    """Show one release."""
    home = who.home(project)
    assert home.person is not None
    it = dossier_of(home, release)
    waiting = waiting_for(home, home.load().record, it.standing, home.person) if it.mine else ()
    return page(
        who, home, "release.html.j2", "releases",
        it=it, reviews=[turn for turn in waiting if turn.state.gate.kind not in NOT_BY_SIGN_OFF],
        acts=acts_of(home, it), form_id=new_form_id(), opened_words=opened_words,
    )  # fmt: skip

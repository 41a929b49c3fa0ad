"""My work: the page that a person finds first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from assay.actions.in_production import late_first
from assay.actions.work import my_work
from assay.base.roles import Action, may
from assay.portal.access import NotFound, SignedIn
from assay.portal.answers import go, page, titles_of
from assay.portal.turning import page_number, turn_to

router = APIRouter()
ITEMS = 20
"""So many things that wait for somebody stand on a page; the first one shows some of all else, too."""

SERVED = 6
"""So many products in production are shown, what is late first."""


@router.get("/")
def first(who: SignedIn) -> Response:
    """Lead to the work of the first project in which somebody takes part."""
    for door, _ in who.homes():
        return go(f"/p/{door.name}/work")
    raise NotFound


@router.get("/go")
def switch(who: SignedIn, project: str) -> Response:
    """Lead to another project."""
    return go(f"/p/{who.home(project).project.name}/work")


@router.get("/p/{project}/work")
def work(who: SignedIn, project: str, page_: Annotated[str, Query(alias="page")] = "") -> Response:
    """Show what waits for whom."""
    home = who.home(project)
    assert home.person is not None
    number = page_number(page_)
    found = my_work(home, number, ITEMS)
    return page(
        who, home, "work.html.j2", "work",
        work=found,
        served=late_first(found.overview.served)[:SERVED],
        turn=turn_to({}),
        titles=titles_of(home),
        may_ask=may(home.person, Action.REQUEST_NEW),
    )  # fmt: skip

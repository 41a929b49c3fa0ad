"""My work: the page that a person finds first."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from assay.actions.work import my_work
from assay.base.roles import Action, may
from assay.portal.access import NotFound, SignedIn
from assay.portal.answers import go, page, titles_of

router = APIRouter()


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
def work(who: SignedIn, project: str) -> Response:
    """Show what waits for whom."""
    home = who.home(project)
    assert home.person is not None
    found = my_work(home)
    return page(
        who, home, "work.html.j2", "work",
        work=found,
        titles=titles_of(home),
        may_ask=may(home.person, Action.REQUEST_NEW),
    )  # fmt: skip

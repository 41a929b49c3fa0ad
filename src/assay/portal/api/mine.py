"""Who calls, in which projects they take part, and what waits for them there."""

from __future__ import annotations

from fastapi import APIRouter

from assay.actions.home import Home
from assay.actions.work import my_work
from assay.portal.access import Visitor
from assay.portal.api.access import Caller, reading
from assay.portal.api.answers import Me, Person, Project, Work

router = APIRouter()


@router.get("/me")
def me(who: Caller) -> Me:
    """Say whose token it is, for what it was made, and where its person takes part."""
    return Me(email=who.email, scopes=who.principal.scopes or frozenset(), projects=_projects(who))


@router.get("/projects")
def projects(who: Caller) -> tuple[Project, ...]:
    """List the projects in which the caller takes part."""
    return _projects(who)


@router.get("/projects/{project}/work")
def work(who: Caller, project: str) -> Work:
    """Say what waits for the caller, and how everything stands."""
    return Work.of(my_work(reading(who, project)))


def _projects(who: Visitor) -> tuple[Project, ...]:
    return tuple(_project(door.name, home) for door, home in who.homes())


def _project(name: str, home: Home) -> Project:
    return Project(name=name, title=home.project.title, person=Person.of(home.person))

"""Answers: a page with what it knows of who looks at it, or the way to another page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse

from assay.actions.home import Home
from assay.portal.access import Visitor
from assay.portal.view import Link, render

SECTIONS: tuple[tuple[str, str], ...] = (
    ("My work", "work"), ("Requests", "requests"), ("Releases", "releases"), ("Audit", "audit"),
)  # fmt: skip
"""The navigation: what people read, and the last part of the address."""


@dataclass(frozen=True, slots=True)
class ProjectName:
    """A project as the switch shows it."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Here:
    """Who looks, and where they are."""

    project: ProjectName
    projects: tuple[ProjectName, ...]
    pages: tuple[Link, ...]
    name: str
    email: str
    names: dict[str, str]
    is_rehearsal: bool
    now: datetime


def page(who: Visitor, home: Home, template: str, section: str = "", status: int = 200, **values: Any) -> HTMLResponse:
    """Answer with a page of a project.

    Args:
        who: who looks.
        home: the project's, opened for them.
        template: the page's file.
        section: which part of the navigation it belongs to.
        status: of the answer.
        values: what the page shows.
    """
    values["here"] = here_of(who, home, section)
    return HTMLResponse(render(template, who.csrf, values), status_code=status)


def bare_page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Answer with a page to nobody in particular: signing in, and what went wrong before it."""
    return HTMLResponse(render(template, None, values), status_code=status)


def go(address: str) -> RedirectResponse:
    """Send the browser to a page after a form, so that neither reload nor the back button sends it again."""
    return RedirectResponse(address, status_code=303)


def here_of(who: Visitor, home: Home, section: str = "") -> Here:
    """Say who looks, and where they are."""
    assert home.person is not None
    name = home.project.name
    projects = tuple(ProjectName(door.name, own.project.title) for door, own in who.homes(home))
    return Here(
        project=ProjectName(name, home.project.title),
        projects=projects,
        pages=_pages(name, section),
        name=home.person.name,
        email=home.person.email,
        names={person.email: person.name for person in home.project.roster.people},
        is_rehearsal=home.is_rehearsal,
        now=home.now(),
    )


def _pages(project: str, section: str) -> tuple[Link, ...]:
    return tuple(Link(name, f"/p/{project}/{part}", part == section) for name, part in SECTIONS)


def titles_of(home: Home) -> dict[str, str]:
    """Return what people call each product."""
    return {name: product.title for name, product in home.project.products.items()}

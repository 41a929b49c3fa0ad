"""Who is asking: the session behind a cookie, the home it opens, and whether a form is the portal's own."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData

from assay.actions.home import Home
from assay.base.accounts import Principal
from assay.base.errors import refusal
from assay.identity.denying import Caller
from assay.identity.portal import Door, Portal
from assay.identity.sessions import open_session

COOKIE = "assay"
SECURE_COOKIE = "__Host-assay"
FORM_FIELD = "csrf"


class SignInNeeded(Exception):
    """Nobody is signed in, or the session has ended."""


class NotFound(Exception):
    """There is no such page, project or thing; said in the same way to whoever may not see it."""


class Forged(Exception):
    """A form that this portal did not give to this session."""


class PasswordNeeded(Exception):
    """The first password has to be changed before anything else."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in.

    Attributes:
        csrf: what their forms carry.
        address: from where they come.
    """

    portal: Portal
    principal: Principal
    csrf: str
    address: str

    @property
    def email(self) -> str:
        """Who they are."""
        return self.principal.email

    def homes(self, opened: Home | None = None) -> Iterator[tuple[Door, Home]]:
        """Give the projects that they take part in; one that is opened for them already is not opened again."""
        for door in self.portal.projects.values():
            is_there = opened is not None and opened.project.name == door.name
            home = opened if opened is not None and is_there else door.open(self.principal)
            if home.person is not None:
                yield door, home

    def home(self, project: str) -> Home:
        """Open one project.

        Raises:
            NotFound: there is none of that name in which they take part.
        """
        door = self.portal.projects.get(project)
        home = door.open(self.principal) if door else None
        if home is None or home.person is None:
            raise NotFound
        return home

    def caller(self, home: Home | None = None) -> Caller:
        """Return them as the actions of identity know who calls."""
        return Caller(home.person if home else None, self.principal, self.address)


def portal_of(request: Request) -> Portal:
    """Return the portal that serves."""
    portal: Portal = request.app.state.portal
    return portal


def cookie_name(portal: Portal) -> str:
    """Return the name of the session's cookie; over TLS one that browsers bind to this host."""
    return SECURE_COOKIE if portal.is_https else COOKIE


def maybe_visitor(request: Request) -> Visitor | None:
    """Return who asks; None when nobody is signed in."""
    portal = portal_of(request)
    cookie = request.cookies.get(cookie_name(portal), "")
    principal = open_session(portal.identity, cookie, portal.clock.now()) if cookie else None
    return Visitor(portal, principal, csrf_token(cookie), address_of(request)) if principal else None


def address_of(request: Request) -> str:
    """Return from where a request comes, as the server saw it (behind a proxy, as the server was told to believe)."""
    return request.client.host if request.client else ""


def visitor(request: Request) -> Visitor:
    """Return who asks.

    Raises:
        SignInNeeded: nobody is signed in.
        PasswordNeeded: they still have the password they were given.
    """
    found = maybe_visitor(request)
    if found is None:
        raise SignInNeeded
    if found.principal.must_change and request.url.path not in _BEFORE_CHANGE:
        raise PasswordNeeded
    request.state.visitor = found
    return found


_BEFORE_CHANGE = frozenset({"/password", "/sign-out"})


def csrf_token(cookie: str) -> str:
    """Return what a session's forms carry: nobody can make it who does not hold the cookie."""
    return hmac.new(cookie.encode(), b"a form of the portal", hashlib.sha256).hexdigest()


async def own_form(request: Request, who: Annotated[Visitor, Depends(visitor)]) -> FormData:
    """Read a form that this portal gave to this session.

    Raises:
        Forged: it comes from another site, or carries another session's token.
    """
    form = await request.form(max_files=0)
    _check_own(request, who, form)
    return form


async def own_upload(request: Request, who: Annotated[Visitor, Depends(visitor)]) -> AsyncIterator[FormData]:
    """Read a form with one file that this portal gave to this session, and close the file in the end.

    Raises:
        Forged: as of `own_form`.
        TooLarge: the outermost layer has counted more than a file may have.
    """
    await request.body()  # whole before it is taken apart: what is too large leaves no file behind
    async with request.form(max_files=1) as form:
        _check_own(request, who, form)
        yield form


def _check_own(request: Request, who: Visitor, form: FormData) -> None:
    check_origin(request)
    if not hmac.compare_digest(str(form.get(FORM_FIELD, "")).encode(), who.csrf.encode()):
        raise Forged


def check_origin(request: Request) -> None:
    """Refuse a form that another site sent.

    Raises:
        Forged: the browser says so.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site not in (None, "same-origin", "none"):
        raise Forged
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Forged


def text(form: FormData, name: str) -> str:
    """Return a text field without space around it; empty when it is missing.

    Raises:
        AssayError: a file was sent where a text belongs.
    """
    value = form.get(name, "")
    if not isinstance(value, str):
        raise refusal(name, expected="a text", found="a file")
    return value.replace("\r\n", "\n").strip()


def texts(form: FormData, name: str) -> tuple[str, ...]:
    """Return all values of a field, as of check boxes."""
    return tuple(value for value in form.getlist(name) if isinstance(value, str))


SignedIn = Annotated[Visitor, Depends(visitor)]
OwnForm = Annotated[FormData, Depends(own_form)]
OwnUpload = Annotated[FormData, Depends(own_upload)]

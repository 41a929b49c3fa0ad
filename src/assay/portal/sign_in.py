"""The pages on which people say who they are, at first and anew; they keep what was typed before."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, Response

from assay.actions.home import Home
from assay.portal.access import FORM_FIELD, NotFound, Visitor, cookie_name, portal_of, text
from assay.portal.answers import bare_page, go, here_of, page
from assay.portal.view import render

KEPT = "kept."
Typed = Sequence[tuple[str, str]]
"""The fields of a form that was sent before."""


def sign_in_page(
    request: Request, *, next_address: str = "/", kept: Typed = (), refused: str = "",
    email: str = "", status: int = 200,
) -> Response:  # fmt: skip
    """Show the form for e-mail and password.

    Args:
        request: what was asked.
        next_address: where to go after it.
        kept: the fields of a form that was sent without a session; they come back after signing in.
        refused: why it did not work.
        email: as it was typed.
        status: of the answer.
    """
    federation = portal_of(request).identity.federation
    return bare_page(
        "sign_in.html.j2", status, next=inside(next_address), kept=kept, refused=refused, email=email,
        oidc=federation.label if federation else "",
    )  # fmt: skip


def again_page(
    who: Visitor, *, next_address: str = "/", kept: Typed = (), refused: str = "", status: int = 200
) -> Response:
    """Ask somebody who is signed in to show anew who they are, in the way in which they came in.

    Args:
        who: they.
        next_address: where to go after it.
        kept: the fields of the form that asked for it; they come back afterwards.
        refused: why it did not work.
        status: of the answer.
    """
    return page(
        who, any_home(who), "again.html.j2", status=status,
        next=inside(next_address), kept=without_token(kept), refused=refused, oidc=provider_of(who),
    )  # fmt: skip


def provider_of(who: Visitor) -> str:
    """Return what people call the provider through which somebody came in; empty for whoever has a password."""
    federation = who.portal.identity.federation
    return federation.label if federation and who.principal.is_vouched_for else ""


def kept_of(form: FormData) -> tuple[str, Typed]:
    """Return where a form of these pages leads, and what it keeps of the one that was sent before."""
    kept = [(name.removeprefix(KEPT), str(value)) for name, value in form.multi_items() if name.startswith(KEPT)]
    return inside(text(form, "next")), kept


def resumed(who: Visitor, action: str, kept: Typed) -> Response:
    """Show what was typed before somebody said who they are, to be sent now; with the token of their session now."""
    home = next((home for _, home in who.homes()), None)
    if home is None:
        return go("/")
    values = {"here": here_of(who, home), "action": action, "kept": without_token(kept)}
    return HTMLResponse(render("resume.html.j2", who.csrf, values))


def without_token(kept: Typed) -> Typed:
    """Leave out the token of the session in which a form was made."""
    return [(name, value) for name, value in kept if name != FORM_FIELD]


def any_home(who: Visitor) -> Home:
    """Open the first project in which somebody takes part, for a page that is about none in particular."""
    for _, home in who.homes():
        return home
    raise NotFound


def inside(address: str) -> str:
    """Return an address of this portal; the first page for one that leads elsewhere."""
    is_inside = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_inside else "/"


def keep_session(response: Response, request: Request, cookie: str) -> None:
    """Give a browser the cookie that opens the session."""
    portal = portal_of(request)
    response.set_cookie(
        cookie_name(portal), cookie, max_age=int(portal.identity.lifetimes.absolute.total_seconds()), path="/",
        secure=portal.is_https, httponly=True, samesite="lax",
    )  # fmt: skip

"""The page on which people say who they are; it keeps what was typed before the session ended."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request
from starlette.responses import Response

from assay.portal.access import cookie_name, portal_of
from assay.portal.answers import bare_page

KEPT = "kept."


def sign_in_page(
    request: Request, *, next_address: str = "/", kept: Sequence[tuple[str, str]] = (), refused: str = "",
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

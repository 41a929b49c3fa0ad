"""Showing anew who one is, where a gate asks for it: with the password, or at the provider (see `oidc`)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from assay.base.errors import Denied
from assay.identity.sessions import re_authenticate
from assay.portal.access import OwnForm, SignedIn, Visitor, cookie_name, csrf_token
from assay.portal.answers import go, page
from assay.portal.sign_in import again_page, any_home, keep_session, kept_of, resumed

router = APIRouter()


@router.get("/again")
def show_again(who: SignedIn, next: str = "/") -> Response:
    """Show the form."""
    return again_page(who, next_address=next)


@router.post("/again")
def show_anew(request: Request, who: SignedIn, form: OwnForm) -> Response:
    """Believe somebody who knows their password; the session goes on under another cookie, with what was opened."""
    portal = who.portal
    following, kept = kept_of(form)
    if not request.app.state.attempts.allows(who.address):
        refused = "Too many attempts from here. Wait a minute, then try again."
        return again_page(who, next_address=following, kept=kept, refused=refused, status=429)
    cookie, password = request.cookies.get(cookie_name(portal), ""), str(form.get("password", ""))
    try:
        entered = re_authenticate(portal.identity, cookie, password, portal.clock.now(), address=who.address)
    except Denied:
        refused = "The password does not fit. After several failures there is a wait, which grows to 15 minutes."
        return again_page(who, next_address=following, kept=kept, refused=refused, status=403)
    portal.looks.carry(who.principal.key, entered.principal.key)
    anew = Visitor(portal, entered.principal, csrf_token(entered.cookie), who.address)
    answer = resumed(anew, following, kept) if kept else go(following)
    keep_session(answer, request, entered.cookie)
    return answer


@router.get("/again/done")
def show_done(who: SignedIn) -> Response:
    """Say that it is done to whoever showed it at the provider, in another window than the one they came from."""
    return page(who, any_home(who), "again_done.html.j2")

"""Signing in through the OpenID provider: sent there, come back, and in or told why not; and showing it anew there."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request
from starlette.responses import Response

from assay.base.accounts import Why
from assay.base.errors import AssayError
from assay.identity.arriving import AWAITED_FOR, Arrival, arrive, depart
from assay.identity.denying import Noted
from assay.identity.provider_settings import ARRIVING_AT
from assay.portal.access import NotFound, SignedIn, Visitor, address_of, cookie_name, maybe_visitor, portal_of
from assay.portal.answers import go
from assay.portal.sign_in import again_page, inside, keep_session, sign_in_page

log = logging.getLogger(__name__)
router = APIRouter()

_DEPARTED = "-departed"
"""Behind the name of the session's cookie: the cookie by which a browser is known when it comes back."""

_REFUSED: dict[Why, str] = {
    Why.UNKNOWN: "{label} knows you, but you have no account here. Ask whoever runs this portal to make one.",
    Why.DISABLED: "{label} knows you, but your account here is closed. Ask whoever runs this portal.",
    Why.NO_GROUP: "{label} knows you, but none of your groups there gives you a role here. Ask whoever looks after the "
    "groups.",
    Why.SOMEBODY_ELSE: "The account here with your e-mail belongs to somebody else at {label}. Ask whoever runs this "
    "portal.",
}
"""What is said to whoever does not come in, by the reason; for every other reason, what follows."""

_NOT_VOUCHED = (
    "{label} did not confirm who you are, or it took longer than ten minutes, or this is an old link. Nothing was "
    "changed. Try again."
)
_NOT_ANEW = "{label} did not confirm anew that it is you. Nothing was changed. Try again."
_UNREACHABLE = "{label} does not answer as it should. Nothing was changed. Try again in a moment."
_TOO_MANY = "Too many attempts from here. Wait a minute, then try again."


@router.get("/sign-in/oidc")
def leave_for_provider(request: Request, next: str = "/") -> Response:
    """Send the browser to the provider; whoever is signed in goes on."""
    _label(request)
    return go(inside(next)) if maybe_visitor(request) else _departed_for(request, next, None)


@router.get("/again/oidc")
def leave_again(request: Request, who: SignedIn, next: str = "/") -> Response:
    """Send somebody who came through the provider there, to show it anew who they are."""
    _label(request)
    if not who.principal.is_vouched_for:
        raise NotFound
    return _departed_for(request, next, who)


def _departed_for(request: Request, following: str, who: Visitor | None) -> Response:
    """Send the browser to the provider: to sign in, or for somebody who is signed in to show anew who they are."""
    portal = portal_of(request)
    if not _is_within_limit(request):
        return _stays(request, who, _TOO_MANY, 429, following)
    try:
        again = who.email if who else None
        departure = depart(portal.identity, inside(following), portal.clock.now(), again=again)
    except AssayError as error:
        return _unreachable(request, who, error, following)
    answer = go(departure.address)
    answer.set_cookie(
        _departed(request), departure.cookie, max_age=int(AWAITED_FOR.total_seconds()), path="/",
        secure=portal.is_https, httponly=True, samesite="lax",
    )  # fmt: skip
    return answer


@router.get(ARRIVING_AT)
def come_back(request: Request, state: str = "", code: str = "") -> Response:
    """Let somebody in whom the provider sends back; the cookie of the departure is good for this once."""
    label, who = _label(request), maybe_visitor(request)
    if who and _departed(request) not in request.cookies:
        return go("/")  # the back button, after it is all done
    if not _is_within_limit(request):
        return _stays(request, who, _TOO_MANY, 429)
    try:
        arrival = _arrived(request, state, code)
    except Noted as error:
        words = _REFUSED.get(error.why, _NOT_VOUCHED) if error.why else _NOT_VOUCHED
        answer = _stays(request, who, (_NOT_ANEW if who else words).format(label=label), 403)
    except AssayError as error:
        answer = _unreachable(request, who, error)
    else:
        present = arrival.signed_in.principal
        if who and who.email == present.email:
            who.portal.looks.carry(who.principal.key, present.key)
        answer = go(arrival.following)
        keep_session(answer, request, arrival.signed_in.cookie)
    is_https = portal_of(request).is_https
    answer.delete_cookie(_departed(request), path="/", secure=is_https, httponly=True, samesite="lax")
    return answer


def _arrived(request: Request, state: str, code: str) -> Arrival:
    portal = portal_of(request)
    departed, former = request.cookies.get(_departed(request), ""), request.cookies.get(cookie_name(portal))
    now, address = portal.clock.now(), address_of(request)
    return arrive(portal.identity, departed, state, code, now, address=address, former=former)


def _label(request: Request) -> str:
    """Return what people call the provider.

    Raises:
        NotFound: this portal has none.
    """
    federation = portal_of(request).identity.federation
    if federation is None:
        raise NotFound
    return federation.label


def _departed(request: Request) -> str:
    return cookie_name(portal_of(request)) + _DEPARTED


def _is_within_limit(request: Request) -> bool:
    """Count an attempt; each of the two pages has its own count."""
    allowed: bool = request.app.state.attempts.allows(f"{request.url.path} from {address_of(request)}")
    return allowed


def _unreachable(request: Request, who: Visitor | None, error: AssayError, following: str = "/") -> Response:
    """Say that the provider cannot be reached; what exactly it answered is for whoever runs the portal."""
    log.warning("the provider does not answer as it should: %s", error)
    return _stays(request, who, _UNREACHABLE.format(label=_label(request)), 503, following)


def _stays(request: Request, who: Visitor | None, refused: str, status: int, following: str = "/") -> Response:
    """Say why nothing came of it, on the page from which one can try again; whoever is signed in stays so."""
    if who is None:
        return sign_in_page(request, next_address=following, refused=refused, status=status)
    return again_page(who, next_address=following, refused=refused, status=status)

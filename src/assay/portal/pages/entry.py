"""Signing in and out, one's password, sessions and tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from assay.base.errors import AssayError, Denied
from assay.base.roles import Action, may
from assay.identity.passwords import change_password
from assay.identity.sessions import end_session, sessions_of, sign_in, sign_out
from assay.identity.tokens import MadeToken, make_token, revoke_token, tokens_of
from assay.portal.access import (
    OwnForm,
    SignedIn,
    Visitor,
    address_of,
    check_origin,
    cookie_name,
    csrf_token,
    maybe_visitor,
    portal_of,
    text,
    texts,
)
from assay.portal.answers import go, page
from assay.portal.sign_in import any_home, inside, keep_session, kept_of, provider_of, resumed, sign_in_page

router = APIRouter()


async def _foreign_form(request: Request) -> FormData:
    """Read the one form that comes without a session; only from a page of this portal."""
    check_origin(request)
    return await request.form(max_files=0)


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "/") -> Response:
    """Show the form; whoever is signed in goes on."""
    return go(inside(next)) if maybe_visitor(request) else sign_in_page(request, next_address=next)


@router.post("/sign-in")
def enter(request: Request, form: Annotated[FormData, Depends(_foreign_form)]) -> Response:
    """Sign somebody in, and bring back what they had typed before."""
    portal = portal_of(request)
    following, kept = kept_of(form)
    email, address = text(form, "email"), address_of(request)
    if not request.app.state.attempts.allows(address):
        refused = "Too many attempts from here. Wait a minute, then try again."
        return sign_in_page(request, next_address=following, kept=kept, refused=refused, email=email, status=429)
    former = request.cookies.get(cookie_name(portal))
    password = str(form.get("password", ""))
    try:
        entered = sign_in(portal.identity, email, password, portal.clock.now(), address=address, former=former)
    except Denied as error:
        refused = f"E-mail and password do not fit. {error.faults[0].hint}"
        return sign_in_page(request, next_address=following, kept=kept, refused=refused, email=email, status=403)
    if kept and not entered.principal.must_change:
        who = Visitor(portal, entered.principal, csrf_token(entered.cookie), address)
        answer = resumed(who, following, kept)
    else:
        answer = go("/password" if entered.principal.must_change else following)
    keep_session(answer, request, entered.cookie)
    return answer


@router.post("/sign-in/resume")
def resume(request: Request, form: Annotated[FormData, Depends(_foreign_form)]) -> Response:
    """Bring back what was typed before to whoever signed in meanwhile, in another window."""
    following, kept = kept_of(form)
    who = maybe_visitor(request)
    if who is None or who.principal.must_change:
        refused = "You are not signed in yet. Sign in first, then go on here."
        return sign_in_page(request, next_address=following, kept=kept, refused=refused, status=401)
    return resumed(who, following, kept)


@router.post("/sign-out")
def leave(request: Request, who: SignedIn, form: OwnForm) -> Response:
    """End the session."""
    name = cookie_name(who.portal)
    sign_out(who.portal.identity, request.cookies.get(name, ""))
    answer = go("/sign-in")
    answer.delete_cookie(name, path="/", secure=who.portal.is_https, httponly=True, samesite="lax")
    return answer


@router.get("/password")
def show_password(who: SignedIn) -> Response:
    """Show the form for another password."""
    return _password_page(who, None)


@router.post("/password")
def set_password(request: Request, who: SignedIn, form: OwnForm) -> Response:
    """Change the password; every other session ends."""
    portal = who.portal
    cookie = request.cookies.get(cookie_name(portal), "")
    old, new = str(form.get("old", "")), str(form.get("new", ""))
    try:
        entered = change_password(portal.identity, cookie, old, new, portal.clock.now(), address=who.address)
    except AssayError as error:
        return _password_page(who, error)
    answer = go("/")
    keep_session(answer, request, entered.cookie)
    return answer


def _password_page(who: Visitor, error: AssayError | None) -> Response:
    return page(
        who, any_home(who), "password.html.j2", status=409 if error else 200,
        is_first=who.principal.must_change, faults=error.faults if error else (),
    )  # fmt: skip


@router.get("/account")
def account(who: SignedIn) -> Response:
    """Show one's sessions and tokens."""
    return _account_page(who, None, None)


@router.post("/account/sessions/{session}/end")
def end_one(who: SignedIn, form: OwnForm, session: str) -> Response:
    """End one of one's sessions."""
    end_session(who.portal.identity, who.caller(), session, who.portal.clock.now())
    return go("/account")


@router.post("/account/tokens")
def new_token(who: SignedIn, form: OwnForm) -> Response:
    """Make a token and show it once."""
    scopes = {Action(scope) for scope in texts(form, "scopes") if scope in set(Action)}
    caller = who.caller(any_home(who))
    try:
        made = make_token(
            who.portal.identity, caller, text(form, "name"), scopes, _days(text(form, "days")),
            who.portal.clock.now(),
        )  # fmt: skip
    except AssayError as error:
        return _account_page(who, None, error)
    return _account_page(who, made, None)


@router.post("/account/tokens/{token}/revoke")
def end_token(who: SignedIn, form: OwnForm, token: str) -> Response:
    """Revoke one of one's tokens."""
    revoke_token(who.portal.identity, who.caller(), token, who.portal.clock.now())
    return go("/account")


def _account_page(who: Visitor, made: MadeToken | None, error: AssayError | None) -> Response:
    home, now = any_home(who), who.portal.clock.now()
    assert home.person is not None
    return page(
        who, home, "account.html.j2", status=409 if error else 200,
        roles=sorted(home.person.roles),
        sessions=sessions_of(who.portal.identity, who.caller(), now),
        tokens=tokens_of(who.portal.identity, who.caller(), now),
        this=who.principal.key, made=made, now=now, faults=error.faults if error else (),
        scopes=[action for action in Action if may(home.person, action)], oidc=provider_of(who),
    )  # fmt: skip


def _days(typed: str) -> int:
    """Read a number of days; 0, which is none, for what is no such number."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else 0

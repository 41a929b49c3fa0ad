"""Sessions: signing in and out, who is there, showing anew who one is, and one's sessions elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from assay.base.accounts import FEDERATED, Account, Method, Principal, Session, Why, as_noted
from assay.base.roles import Role
from assay.identity.backoff import FORGOTTEN_AFTER
from assay.identity.denying import Caller, denial, signed_in
from assay.identity.expiry import is_alive, is_noted
from assay.identity.identity import Identity
from assay.identity.proving import prove
from assay.identity.secret import digest_of_secret, new_secret
from assay.identity.vouching import vouched_roles

_SIGN_IN = "sign-in"
_AGAIN = "re-authentication"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody has just signed in.

    Attributes:
        cookie: the value that opens the session; it is shown to their browser and kept nowhere.
        principal: who they are.
    """

    cookie: str = field(repr=False)
    principal: Principal


def sign_in(
    identity: Identity, email: str, password: str, now: datetime, *, address: str = "", former: str | None = None
) -> SignedIn:
    """Sign somebody in with e-mail and password.

    Args:
        identity: the portal's.
        email: as it was typed.
        password: as it was typed.
        now: the moment, in UTC.
        address: from where, as the portal saw it.
        former: the cookie that the browser brought; its session ends. None when it brought none.

    Raises:
        Noted: they do not fit, or there is a wait after failures; nothing tells which.
    """
    account = prove(identity, email, password, _SIGN_IN, address, now)
    if former is not None:
        sign_out(identity, former)
    return begin_session(identity, account, Method.PASSWORD, now, address)


def sign_out(identity: Identity, cookie: str) -> None:
    """End the session that a cookie opens; where there is none it is done already."""
    identity.sessions.end(digest_of_secret(cookie))


def open_session(identity: Identity, cookie: str, now: datetime) -> Principal | None:
    """Return who is there, and note that they were.

    Args:
        identity: the portal's.
        cookie: as the browser brought it.
        now: the moment, in UTC.

    Returns:
        None for a cookie that opens nothing: never made, ended, idle or open for too long, of an earlier password, of
        an account that was disabled, or of somebody for whom the provider does not vouch.
    """
    session = identity.sessions.get(digest_of_secret(cookie))
    if session is None:
        return None
    account = identity.accounts.get(session.email)
    if account is None or not is_alive(session, account, identity.lifetimes, now):
        identity.sessions.end(session.id)
        return None
    is_federated = session.method in FEDERATED
    roles = vouched_roles(identity, account.email, now) if is_federated else None
    if is_federated and roles is None:
        return None
    if not is_noted(session.seen_at, now):
        identity.sessions.seen(session.id, now)
    return _principal(session, account, roles, now)


def re_authenticate(identity: Identity, cookie: str, password: str, now: datetime, *, address: str = "") -> SignedIn:
    """Let somebody who is signed in show anew who they are; the session goes on under another cookie.

    Raises:
        Noted: nobody is signed in, or the password does not fit; then the session stays as it was.
    """
    present = open_session(identity, cookie, now)
    if present is None:
        raise denial(identity, "", _AGAIN, Why.NO_SESSION, address, now)
    account = prove(identity, present.email, password, _AGAIN, address, now)
    sign_out(identity, cookie)
    return begin_session(identity, account, Method.PASSWORD, now, address)


def begin_session(
    identity: Identity,
    account: Account,
    method: Method,
    now: datetime,
    address: str,
    authenticated_at: datetime | None = None,
    roles: frozenset[Role] | None = None,
) -> SignedIn:
    """Begin a session for somebody who has shown who they are.

    Args:
        identity: the portal's.
        account: theirs.
        method: how they showed it.
        now: the moment, in UTC.
        address: from where, as the portal saw it.
        authenticated_at: when they showed it; None for just now.
        roles: which of their roles the provider gives; None where all count.
    """
    cookie = new_secret()
    session = Session(
        digest_of_secret(cookie), account.email, account.epoch, method, authenticated_at=authenticated_at or now,
        seen_at=now, address=as_noted(address),
    )  # fmt: skip
    identity.sessions.add(session)
    return SignedIn(cookie, _principal(session, account, roles, now))


def sessions_of(identity: Identity, caller: Caller, now: datetime) -> tuple[Session, ...]:
    """Return the caller's sessions that are open, the newest first.

    Raises:
        Noted: the caller is not signed in by a session.
    """
    principal = signed_in(identity, caller, "sessions", now)
    account = identity.accounts.get(principal.email)
    if account is None:
        return ()
    found = identity.sessions.of(principal.email)
    return tuple(session for session in found if is_alive(session, account, identity.lifetimes, now))


def end_session(identity: Identity, caller: Caller, session_id: str, now: datetime) -> None:
    """End one of the caller's sessions; of somebody else's, or one that has ended, nothing is changed or told.

    Raises:
        Noted: the caller is not signed in by a session.
    """
    principal = signed_in(identity, caller, "sessions", now)
    if any(session.id == session_id for session in identity.sessions.of(principal.email)):
        identity.sessions.end(session_id)


def tidy(identity: Identity, now: datetime) -> None:
    """Forget sessions that are over and attempts that count no more; the portal does it now and then."""
    lifetimes = identity.lifetimes
    identity.sessions.forget(
        authenticated_before=now - lifetimes.absolute,
        seen_before=now - lifetimes.idle,
    )
    identity.attempts.forget(now - FORGOTTEN_AFTER)
    if identity.federation is not None:
        identity.federation.askings.forget(now - FORGOTTEN_AFTER)


def _principal(session: Session, account: Account, roles: frozenset[Role] | None, now: datetime) -> Principal:
    must_change, shown_at = account.must_change and session.method is Method.PASSWORD, session.authenticated_at
    return Principal(
        session.email, session.method, shown_at, session.id, must_change, roles=roles, age=now - shown_at,
    )  # fmt: skip

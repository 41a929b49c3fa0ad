"""Arriving through an OpenID provider: sent there, come back, and in."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from assay.base.accounts import Account, Method, Why, account_name
from assay.base.errors import refusal
from assay.base.federation import Asking, Claims, Standing
from assay.identity.denying import denial
from assay.identity.identity import Federation, Identity
from assay.identity.secret import digest_of_secret, new_secret
from assay.identity.sessions import SignedIn, begin_session, sign_out
from assay.identity.vouching import roles_of, sealed_refresh

AWAITED_FOR = timedelta(minutes=10)
_SKEW = timedelta(minutes=1)
"""So far the provider's clock may be from ours."""

_WHAT = "sign-in through the provider"


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser is sent to the provider.

    Attributes:
        address: where it goes.
        cookie: by which it is known when it comes back.
    """

    address: str = field(repr=False)
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody came back from the provider, and is in.

    Attributes:
        signed_in: who, and the cookie of their session.
        following: the page to show.
    """

    signed_in: SignedIn
    following: str


def depart(identity: Identity, following: str, now: datetime, *, again: str | None = None) -> Departure:
    """Send a browser to the provider.

    Args:
        identity: the portal's.
        following: the page to show afterwards, of this portal.
        now: the moment, in UTC.
        again: the e-mail of whoever is signed in and has to show anew that it is them; None to sign in.

    Raises:
        AssayError: there is no provider, or it cannot be reached.
    """
    federation = _federation(identity)
    cookie = new_secret()
    asking = Asking(digest_of_secret(cookie), new_secret(), new_secret(), new_secret(), now, following, again)
    address = federation.provider.ask(asking)
    federation.askings.forget(now - AWAITED_FOR)  # anybody may depart: those who never came back do not pile up
    federation.askings.add(asking)
    return Departure(address, cookie)


def arrive(
    identity: Identity,
    cookie: str,
    state: str,
    code: str,
    now: datetime,
    *,
    address: str = "",
    former: str | None = None,
) -> Arrival:
    """Let somebody in who comes back from the provider.

    Args:
        identity: the portal's.
        cookie: of the departure, as the browser brought it.
        state: as it came back in the address.
        code: as it came back in the address; empty where the provider said no.
        now: the moment, in UTC.
        address: from where, as the portal saw it.
        former: the cookie of a session that the browser brought; that ends. None when it brought none.

    Raises:
        Noted: the provider does not vouch for them, for somebody else, or for nobody with an account, or in no group
            that gives a role; or nobody was awaited.
        AssayError: there is no provider, or it cannot be reached.
    """
    federation = _federation(identity)
    asking = federation.askings.take(digest_of_secret(cookie))
    if asking is None or not code or not _is_awaited(asking, state, now):
        raise denial(identity, "", _WHAT, Why.PROVIDER, address, now)
    claims = federation.provider.vouch(asking, code, now)
    email = account_name(claims.email) if claims is not None and claims.email else ""
    account = identity.accounts.get(email) if email else None
    why = _objection(federation, asking, claims, account, email, identity.lifetimes.absolute, now)
    if claims is None or account is None or why is not None:
        raise denial(identity, email, _WHAT, why or Why.PROVIDER, address, now)
    return Arrival(_entered(identity, federation, claims, account, now, address, former), asking.following)


def _entered(
    identity: Identity,
    federation: Federation,
    claims: Claims,
    account: Account,
    now: datetime,
    address: str,
    former: str | None,
) -> SignedIn:
    roles = roles_of(claims.groups, federation.roles_by_group)
    kept = sealed_refresh(federation, account.email, claims)
    federation.standings.put(Standing(account.email, claims.subject, roles, now, now, kept))
    if former is not None:
        sign_out(identity, former)
    method = Method.OIDC if claims.authenticated_at else Method.OIDC_UNDATED
    shown_at = min(claims.authenticated_at or now, now)
    return begin_session(identity, account, method, now, address, shown_at, roles)


def _objection(
    federation: Federation,
    asking: Asking,
    claims: Claims | None,
    account: Account | None,
    email: str,
    at_most: timedelta,
    now: datetime,
) -> Why | None:
    if claims is None or not email or not _is_recent(asking, claims, at_most, now):
        return Why.PROVIDER
    if account is None:
        return Why.UNKNOWN
    if account.is_disabled:
        return Why.DISABLED
    standing = federation.standings.get(email)
    if asking.email not in (None, email) or (standing is not None and standing.subject != claims.subject):
        return Why.SOMEBODY_ELSE
    return None if roles_of(claims.groups, federation.roles_by_group) else Why.NO_GROUP


def _is_awaited(asking: Asking, state: str, now: datetime) -> bool:
    is_same = hmac.compare_digest(asking.state.encode(), state.encode("utf-8", "backslashreplace"))
    return is_same and now - asking.asked_at < AWAITED_FOR


def _is_recent(asking: Asking, claims: Claims, at_most: timedelta, now: datetime) -> bool:
    """Say whether they showed the provider recently enough who they are; anew, where that was asked."""
    if asking.email is not None:
        return claims.authenticated_at is not None and claims.authenticated_at >= asking.asked_at - _SKEW
    return claims.authenticated_at is None or now - claims.authenticated_at < at_most


def _federation(identity: Identity) -> Federation:
    if identity.federation is None:
        raise refusal(_WHAT, expected="a provider in the portal's settings", found="none")
    return identity.federation

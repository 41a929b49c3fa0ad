"""API tokens: made, listed and revoked by whom they speak for, and opened when a program brings one."""

from __future__ import annotations

import secrets
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from assay.base.accounts import Method, Principal, Token
from assay.base.errors import Fault, Place, raise_faults
from assay.base.roles import Action, Person, may
from assay.identity.denying import Caller, signed_in
from assay.identity.expiry import is_good, is_noted
from assay.identity.identity import Identity
from assay.identity.secret import digest_of_secret, new_secret
from assay.identity.vouching import vouched_roles

PREFIX = "assay_"
"""So that whoever finds one, in a log or in a repository, knows what they found."""

_ID_BYTES = 8
_LONGEST_NAME = 80
_WHAT = "token"


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A token that was just made.

    Attributes:
        secret: what the program brings; it is shown once and kept nowhere.
        token: what is kept.
    """

    secret: str = field(repr=False)
    token: Token


def make_token(
    identity: Identity, caller: Caller, name: str, scopes: AbstractSet[Action], days: int, now: datetime
) -> MadeToken:
    """Make a token for the caller.

    Args:
        identity: the portal's.
        caller: who wants it, in a session; a token makes no tokens.
        name: what they call it.
        scopes: what it may be used for; each of them something that the caller may.
        days: for how long.
        now: the moment, in UTC.

    Raises:
        Noted: the caller is not signed in by a session.
        AssayError: everything that is wrong with name, scopes and days.
    """
    principal = signed_in(identity, caller, _WHAT, now)
    raise_faults(_faults(caller.acting, name, scopes, days, identity.lifetimes.token_days))
    secret = PREFIX + new_secret()
    token = Token(
        secrets.token_hex(_ID_BYTES), digest_of_secret(secret), principal.email, name.strip(), frozenset(scopes),
        made_at=now, expires_at=now + timedelta(days=days),
    )  # fmt: skip
    identity.tokens.add(token)
    return MadeToken(secret, token)


def open_token(identity: Identity, secret: str, now: datetime) -> Principal | None:
    """Return who is there by a token, and note that it was used.

    Returns:
        None for one that opens nothing: never made, revoked, expired, of an account that was disabled, or of one
        without a password for which the provider does not vouch.
    """
    token = identity.tokens.find(digest_of_secret(secret)) if secret.startswith(PREFIX) else None
    account = None if token is None else identity.accounts.get(token.email)
    if token is None or account is None or not is_good(token, account, now):
        return None
    roles = vouched_roles(identity, account.email, now) if account.password is None else None
    if account.password is None and roles is None:
        return None
    if not is_noted(token.last_used_at, now):
        identity.tokens.used(token.id, now)
    return Principal(token.email, Method.TOKEN, token.made_at, token.id, account.must_change, token.scopes, roles)


def tokens_of(identity: Identity, caller: Caller, now: datetime) -> tuple[Token, ...]:
    """Return the caller's tokens, expired ones too, the newest first.

    Raises:
        Noted: the caller is not signed in by a session.
    """
    return tuple(identity.tokens.of(signed_in(identity, caller, _WHAT, now).email))


def revoke_token(identity: Identity, caller: Caller, token_id: str, now: datetime) -> None:
    """Revoke one of the caller's tokens; of somebody else's, or one that is gone, nothing is changed or told.

    Raises:
        Noted: the caller is not signed in by a session.
    """
    own = tokens_of(identity, caller, now)
    if any(token.id == token_id for token in own):
        identity.tokens.revoke(token_id)


def _faults(
    person: Person | None, name: str, scopes: AbstractSet[Action], days: int, longest_days: int
) -> tuple[Fault, ...]:
    faults = []
    called = name.strip()
    if not 1 <= len(called) <= _LONGEST_NAME or not called.isprintable():
        faults.append(Fault(Place("name"), f"1 to {_LONGEST_NAME} characters that can be shown", "something else"))
    if not scopes:
        faults.append(Fault(Place("scopes"), "at least one", "none"))
    beyond = sorted(scope for scope in scopes if person is None or not may(person, scope))
    if beyond:
        faults.append(Fault(Place("scopes"), "what you may do yourself", ", ".join(beyond)))
    if not 1 <= days <= longest_days:
        faults.append(Fault(Place("days"), f"1 to {longest_days}", str(days)))
    return tuple(faults)

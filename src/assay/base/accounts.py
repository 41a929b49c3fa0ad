"""Accounts of the portal: who signs in, their sessions, API tokens and keys, and what was denied. Values, no rules.

Names and roles are not here: they are the roster's. Every moment is in UTC, to the second.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from assay.base.roles import Action, Person, Role

_LONGEST_EMAIL = 254
"""Characters of an address, RFC 5321."""


class Method(StrEnum):
    """How somebody showed who they are."""

    PASSWORD = "password"
    OIDC = "oidc"
    OIDC_UNDATED = "oidc-undated"
    """The provider vouches for them, and does not say when they last showed it who they are."""
    TOKEN = "token"


class Why(StrEnum):
    """Why something was denied, for those who read the audit; whoever was denied is told less."""

    UNKNOWN = "no such account"
    DISABLED = "account disabled"
    NO_PASSWORD = "account without a password"
    WRONG = "wrong password"
    WAITING = "waiting after failures"
    NO_SESSION = "no session"
    STRANGER = "not on the roster"
    NO_KEY = "no key held for them"
    NO_ROLE = "no role permits it"
    NO_SCOPE = "outside the token's scopes"
    FIRST_PASSWORD = "first password not changed yet"
    NOT_ANEW = "not shown anew who they are"
    PROVIDER = "not vouched for by the provider"
    SOMEBODY_ELSE = "vouched for as somebody else"
    NO_GROUP = "in no group that gives a role"


FEDERATED: frozenset[Method] = frozenset({Method.OIDC, Method.OIDC_UNDATED})
"""The methods of whoever comes through the provider."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's way into the portal.

    Attributes:
        email: the identity, as `account_name` writes it.
        made_at: when it was made.
        password: the hash of the password; None for one that signs in through OpenID Connect alone.
        must_change: whether the password was given by an admin, and is good for nothing but choosing another.
        is_disabled: whether nobody can sign in with it, nor use a token of it.
        epoch: counts what ended all sessions at once: another password, disabling. A session of an earlier one is over.
        revision: of this row; 0 before it is stored.
    """

    email: str
    made_at: datetime
    password: str | None = field(default=None, repr=False)
    must_change: bool = False
    is_disabled: bool = False
    epoch: int = 1
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Attempts:
    """What was tried with an e-mail since the last right password, whether there is such an account or not.

    Attributes:
        key: SHA-256 of the account name, in hexadecimal.
        failures: how many attempts, the one at work now included.
        last_at: when the last one began.
        revision: of this row; 0 before it is stored.
    """

    key: str
    failures: int
    last_at: datetime
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in with a browser.

    Attributes:
        id: SHA-256 of the cookie's value, in hexadecimal; the value itself is stored nowhere.
        email: of the account.
        epoch: of the account, when the session began.
        method: password or oidc.
        authenticated_at: when the person showed who they are: when the session began, or before, to the provider.
        seen_at: when it was last used.
        address: from where it began, as the portal saw it.
    """

    id: str
    email: str
    epoch: int
    method: Method
    authenticated_at: datetime
    seen_at: datetime
    address: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A key to the HTTP API, for a program of somebody's.

    Attributes:
        id: by which it is revoked.
        digest: SHA-256 of the token, in hexadecimal; the token itself is stored nowhere.
        email: whose it is.
        name: what its owner calls it.
        scopes: what it may be used for, as far as the person themselves may.
        made_at: when it was made.
        expires_at: from when on it opens nothing.
        last_used_at: to the minute; None while it was never used.
    """

    id: str
    digest: str = field(repr=False)
    email: str
    name: str
    scopes: frozenset[Action]
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is there, and how that is known.

    Attributes:
        email: of the account.
        method: how they showed who they are.
        authenticated_at: when; of a token when it was made.
        key: the id of the session or token.
        must_change: whether they may do nothing yet but choose a password of their own.
        scopes: to what a token is held; None for a session, which is held to nothing but the person's roles.
        roles: which of their roles on the roster count, as the provider's groups say; None where all of them do.
        age: how long before this request they had shown it, on the portal's clock; None where that was not measured.
    """

    email: str
    method: Method
    authenticated_at: datetime
    key: str
    must_change: bool = False
    scopes: frozenset[Action] | None = None
    roles: frozenset[Role] | None = None
    age: timedelta | None = None

    @property
    def is_vouched_for(self) -> bool:
        """Whether they came through the provider."""
        return self.method in FEDERATED

    def acting(self, person: Person) -> Person:
        """Return a person as they act now: with the roles on the roster that the provider's groups do not withhold."""
        return person if self.roles is None else replace(person, roles=person.roles & self.roles)


@dataclass(frozen=True, slots=True)
class Denial:
    """Something that was asked for and denied.

    Attributes:
        at: when.
        email: as it was given, which need not be one; see `as_noted`.
        what: what was asked for: ``sign-in``, or an action as ``scope:resource:action``.
        why: for the audit.
        address: from where, as the portal saw it.
    """

    at: datetime
    email: str
    what: str
    why: Why
    address: str = ""


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A person's key as the portal keeps it.

    Attributes:
        email: whose it is, as `account_name` writes it.
        public: the 32 bytes of the public half.
        nonce: 12 bytes, never used twice.
        sealed: the private half under AES-256-GCM, with e-mail and public half as associated data.
    """

    email: str
    public: bytes
    nonce: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


def account_name(email: str) -> str:
    """Return an e-mail as accounts are named: without regard to case or to spaces around it.

    Returns:
        The name; empty, which no account is called, for a text that can be no e-mail: too long, or with characters
        that cannot be shown.
    """
    name = email.strip().lower()
    return name if len(name) <= _LONGEST_EMAIL and name.isprintable() else ""


def as_noted(text: str, at_most: int = 200) -> str:
    """Return a text of a stranger's as it is noted: cut, and with what cannot be shown replaced by U+FFFD."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:at_most])

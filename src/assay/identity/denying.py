"""Permitting and denying: who calls, what they may, and the note of every no."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assay.base.accounts import Denial, Principal, Why, account_name, as_noted
from assay.base.errors import Denied, Fault, Place
from assay.base.roles import Action, Person, may
from assay.identity.identity import Identity

_MOST_LISTED = 1_000


class Noted(Denied):
    """Say no to somebody who may not; it stands among the denials already.

    Attributes:
        why: the reason that was noted, where whoever is denied may know it; None where nothing must tell them.
    """

    def __init__(self, *faults: Fault, why: Why | None = None) -> None:
        super().__init__(*faults)
        self.why = why


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for something.

    Attributes:
        person: who they are on the roster; None when they are not on it.
        principal: how that is known at the portal; None at a terminal, where their key says it.
        address: from where, as the portal saw it.
    """

    person: Person | None
    principal: Principal | None = None
    address: str = ""

    @property
    def acting(self) -> Person | None:
        """The person with the roles that count now; None for somebody who is not on the roster."""
        if self.person is None or self.principal is None:
            return self.person
        return self.principal.acting(self.person)

    @property
    def email(self) -> str:
        """The e-mail by which they are known; empty for nobody."""
        if self.principal is not None:
            return self.principal.email
        return account_name(self.person.email) if self.person is not None else ""


_TOLD: dict[Why, tuple[str, str, str]] = {
    Why.NO_SESSION: ("somebody who is signed in", "nobody", "Sign in."),
    Why.STRANGER: ("somebody on the roster", "somebody who is not", "An admin adds people in people.yaml."),
    Why.FIRST_PASSWORD: ("a password of your own", "the first one", "Choose a password, then go on."),
    Why.NO_SCOPE: ("a session, or a token made for this", "a token made for something else", ""),
    Why.UNKNOWN: ("somebody with an account", "nobody of that e-mail", "An admin makes accounts."),
    Why.DISABLED: ("an account that is open", "one that was disabled", "Ask an admin."),
    Why.PROVIDER: ("the provider to vouch for somebody", "that it does not", "Sign in again."),
    Why.SOMEBODY_ELSE: ("the provider to vouch for the same person", "somebody else", "Ask an admin."),
    Why.NO_GROUP: ("a group that gives a role", "none", "Whoever runs the provider puts people into groups."),
    Why.NO_ROLE: ("somebody whose role permits it", "somebody without one", ""),
}
"""What is said to whoever is denied: expected, found, hint. What is not here is told in the words of signing in."""


def objection(caller: Caller, action: Action) -> Why | None:
    """Say why a caller may not do something; None when they may. Pure.

    A token permits what is among its scopes and permitted to its person: both.
    """
    person, principal = caller.acting, caller.principal
    if person is None or account_name(person.email) != caller.email:
        return Why.STRANGER
    if principal is not None and principal.must_change:
        return Why.FIRST_PASSWORD
    if not may(person, action):
        return Why.NO_ROLE
    is_outside = principal is not None and principal.scopes is not None and action not in principal.scopes
    return Why.NO_SCOPE if is_outside else None


def authorise(identity: Identity, caller: Caller, action: Action, now: datetime) -> Person:
    """Return who calls, if they may.

    Raises:
        Noted: they may not.
    """
    why = objection(caller, action)
    person = caller.acting
    if why is not None or person is None:
        raise denial(identity, caller.email, str(action), why or Why.STRANGER, caller.address, now)
    return person


def signed_in(identity: Identity, caller: Caller, what: str, now: datetime) -> Principal:
    """Return how a caller is known who asks for something of their own, for which a session is needed.

    Raises:
        Noted: they hold only a token, or the first password, or are not signed in.
    """
    principal = caller.principal
    if principal is None:
        raise denial(identity, caller.email, what, Why.NO_SESSION, caller.address, now)
    if principal.scopes is not None:
        raise denial(identity, caller.email, what, Why.NO_SCOPE, caller.address, now)
    if principal.must_change:
        raise denial(identity, caller.email, what, Why.FIRST_PASSWORD, caller.address, now)
    return principal


def denial(identity: Identity, email: str, what: str, why: Why, address: str, now: datetime) -> Noted:
    """Note a no and return it, to be raised."""
    note_denial(identity, email, what, why, address, now)
    expected, found, hint = _TOLD[why]
    return Noted(Fault(Place(what), expected, found, hint), why=why)


def note_denial(identity: Identity, email: str, what: str, why: Why, address: str, now: datetime) -> None:
    """Note a no that is told in words of its own."""
    identity.denials.note(Denial(now, as_noted(email), as_noted(what), why, as_noted(address)))


def list_denials(identity: Identity, caller: Caller, now: datetime, limit: int = 100) -> tuple[Denial, ...]:
    """Return what was denied, the newest first.

    Args:
        identity: the portal's.
        caller: who wants to see it.
        now: the moment, in UTC.
        limit: how many at most; never more than 1,000.

    Raises:
        Noted: the caller may not see it.
    """
    authorise(identity, caller, Action.DENIAL_READ, now)
    return tuple(identity.denials.newest(max(0, min(limit, _MOST_LISTED))))

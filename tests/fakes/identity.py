"""Identity on fakes, and people of the cast at its door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from assay.base.accounts import Principal
from assay.base.roles import Person, Role
from assay.identity.accounts import make_account
from assay.identity.denying import Caller
from assay.identity.identity import Identity
from assay.identity.passwords import change_password
from assay.identity.sessions import SignedIn, open_session, sign_in
from fakes.accounts import (
    MemoryAccounts,
    MemoryAttemptCounts,
    MemoryDenials,
    MemorySessions,
    MemoryTokens,
)
from fakes.cast import person
from fakes.passwords import QuickPasswords
from fakes.vault import MemoryVault

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AMIRA = person("amira", Role.ADMIN)
ADMIN = Caller(AMIRA)
PASSWORD = "a password of one's own"
HERE = "192.0.2.7"


def identity_on_fakes() -> Identity:
    return Identity(
        accounts=MemoryAccounts(),
        attempts=MemoryAttemptCounts(),
        sessions=MemorySessions(),
        tokens=MemoryTokens(),
        denials=MemoryDenials(),
        passwords=QuickPasswords(),
        vault=MemoryVault(),
    )


def settled(identity: Identity, *people: Person) -> Identity:
    """Give people accounts with `PASSWORD`, chosen by themselves yesterday."""
    then = NOW - DAY
    for somebody in people:
        first = make_account(identity, ADMIN, somebody, then)
        assert first
        cookie = sign_in(identity, somebody.email, first, then).cookie
        change_password(identity, cookie, first, PASSWORD, then)
        identity.sessions.end_all(somebody.email)
    return identity


def entered(identity: Identity, somebody: Person, now: datetime = NOW) -> SignedIn:
    """Sign somebody in who is settled."""
    return sign_in(identity, somebody.email, PASSWORD, now, address=HERE)


def caller(identity: Identity, somebody: Person, now: datetime = NOW) -> Caller:
    """Sign somebody in and return them as who asks."""
    return Caller(somebody, there(identity, entered(identity, somebody, now).cookie, now), HERE)


def is_open(identity: Identity, cookie: str, now: datetime = NOW) -> bool:
    """Say whether a cookie opens a session."""
    return open_session(identity, cookie, now) is not None


def there(identity: Identity, cookie: str, now: datetime = NOW) -> Principal:
    """Return who is there by a cookie that opens something."""
    found = open_session(identity, cookie, now)
    assert found
    return found

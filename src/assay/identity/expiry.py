"""How long a session and a token open the door. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from assay.base.accounts import Account, Session, Token
from assay.identity.identity import Lifetimes

NOTED_EVERY = timedelta(minutes=1)
"""Use is noted so often at most: a page need not wait for a disk to say that somebody was here a second ago. An idle
session may for that end so much earlier, never later."""


def is_alive(session: Session, account: Account, lifetimes: Lifetimes, now: datetime) -> bool:
    """Say whether a session still opens the door: of the account as it is today, not idle and not too old."""
    return (
        not account.is_disabled
        and account.email == session.email
        and account.epoch == session.epoch
        and now - session.seen_at < lifetimes.idle
        and now - session.authenticated_at < lifetimes.absolute
    )


def is_good(token: Token, account: Account, now: datetime) -> bool:
    """Say whether a token still opens the door."""
    return not account.is_disabled and account.email == token.email and now < token.expires_at


def is_noted(last: datetime | None, now: datetime) -> bool:
    """Say whether the use of something is noted already, nearly enough."""
    return last is not None and now - last < NOTED_EVERY

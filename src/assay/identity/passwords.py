"""Passwords: what makes one fit to be chosen, the first one, and changing it."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from assay.base.accounts import Method, Why
from assay.base.errors import Fault, Place, raise_faults, refusal
from assay.identity.denying import denial
from assay.identity.identity import Identity
from assay.identity.proving import prove
from assay.identity.sessions import SignedIn, begin_session, open_session

SHORTEST = 12
LONGEST = 1_000
_CHANGE = "password change"
_NEW = Place("new password")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody takes for another when a first password is read out."""


def password_faults(new: str, email: str, old: str) -> Iterator[Fault]:
    """Find what is wrong with a password that somebody wants, all of it. Pure.

    Args:
        new: the password.
        email: of the account.
        old: the one that it shall replace.
    """
    chosen = unicodedata.normalize("NFKC", new)
    if not SHORTEST <= len(chosen) <= LONGEST:
        found = f"{len(chosen):,} characters"
        yield Fault(_NEW, f"{SHORTEST} to {LONGEST:,} characters", found, "Some words in a row are easy to remember.")
    if chosen.strip().lower() == email.lower():
        yield Fault(_NEW, "something else than the e-mail", "the e-mail")
    if chosen == unicodedata.normalize("NFKC", old):
        yield Fault(_NEW, "another password than before", "the same")


def first_password() -> str:
    """Make a password to be given to somebody, who has to change it: 16 letters and digits in groups, 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def change_password(
    identity: Identity, cookie: str, old: str, new: str, now: datetime, *, address: str = ""
) -> SignedIn:
    """Change the password of somebody who is signed in and knows the old one; every session of theirs ends.

    Returns:
        The new session, in place of the one that the cookie opened. API tokens stay.

    Raises:
        Noted: nobody is signed in, or the old password does not fit.
        AssayError: the new one is not fit, with everything that is wrong with it; or somebody changed the account at
            the same moment. Nothing is changed.
    """
    present = open_session(identity, cookie, now)
    if present is None:
        raise denial(identity, "", _CHANGE, Why.NO_SESSION, address, now)
    raise_faults(password_faults(new, present.email, old))
    account = prove(identity, present.email, old, _CHANGE, address, now)
    hashed = identity.passwords.hash(new)
    changed = identity.accounts.put(replace(account, password=hashed, must_change=False, epoch=account.epoch + 1))
    if changed is None:
        hint = "Sign in and look before you try again."
        raise refusal("account", expected="nobody else to change it", found="another change just now", hint=hint)
    identity.sessions.end_all(changed.email)
    return begin_session(identity, changed, Method.PASSWORD, now, address)

"""Proving by password who somebody is: counted before it is tried, and as slow for a stranger as for anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from assay.base.accounts import Account, Why, account_name
from assay.base.errors import Fault, Place
from assay.identity.backoff import attempts_key, must_wait, with_another
from assay.identity.denying import Noted, note_denial
from assay.identity.identity import Identity

_NO = (
    "an e-mail and its password",
    "two that do not fit",
    "Check both and try again. After several failures there is a wait, which grows to 15 minutes.",
)
"""The one answer to whoever does not prove who they are, whatever the reason: expected, found, hint."""


def prove(identity: Identity, email: str, password: str, what: str, address: str, now: datetime) -> Account:
    """Return the account of somebody who knows its password.

    Args:
        identity: the portal's.
        email: as it was typed.
        password: as it was typed.
        what: for which the proof is asked, as it is noted.
        address: from where, as the portal saw it.
        now: the moment, in UTC.

    Raises:
        Noted: they do not, or have to wait; in the same words and after the same work, whether there is such an
            account or not.
    """
    name = account_name(email)
    account = identity.accounts.get(name) if name else None
    why = _objection(identity, account, name, password, now)
    if account is None or why is not None:
        note_denial(identity, email, what, why or Why.UNKNOWN, address, now)
        raise Noted(Fault(Place(what), *_NO))
    return _strengthened(identity, account, password)


def _objection(identity: Identity, account: Account | None, name: str, password: str, now: datetime) -> Why | None:
    key = attempts_key(name)
    if not _counted(identity, key, now):
        identity.passwords.verify(None, password)
        return Why.WAITING
    if identity.passwords.verify(_comparable(account), password):
        identity.attempts.clear(key)
        return None
    if account is None:
        return Why.UNKNOWN
    if account.is_disabled:
        return Why.DISABLED
    return Why.NO_PASSWORD if account.password is None else Why.WRONG


def _counted(identity: Identity, key: str, now: datetime) -> bool:
    """Count an attempt and say whether it may be made.

    It is counted before it is known how it ends: of guesses made at the same moment, each is the next one.
    """
    while True:
        past = identity.attempts.get(key)
        if must_wait(past, now):
            return False
        if identity.attempts.put(with_another(past, key, now)):
            return True


def _comparable(account: Account | None) -> str | None:
    return None if account is None or account.is_disabled else account.password


def _strengthened(identity: Identity, account: Account, password: str) -> Account:
    """Hash a password anew that was hashed with less work than is asked for today."""
    if account.password is None or not identity.passwords.is_weak(account.password):
        return account
    stronger = replace(account, password=identity.passwords.hash(password))
    return identity.accounts.put(stronger) or account  # somebody changed it meanwhile: there is another time

"""Accounts as an admin manages them: made, given a first password anew, disabled and enabled; and people's keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from assay.base.accounts import Account, account_name
from assay.base.errors import refusal
from assay.base.roles import Action, Person
from assay.identity.backoff import attempts_key
from assay.identity.denying import Caller, authorise
from assay.identity.identity import Identity
from assay.identity.passwords import first_password


def make_account(
    identity: Identity, caller: Caller, person: Person, now: datetime, *, with_password: bool = True
) -> str | None:
    """Make an account for somebody on the roster.

    Args:
        identity: the portal's.
        caller: the admin.
        person: for whom.
        now: the moment, in UTC.
        with_password: whether they sign in with a password; else through OpenID Connect alone.

    Returns:
        The first password, to be shown once; it is kept nowhere. None without a password.

    Raises:
        Noted: the caller may not.
        AssayError: they have an account, or an e-mail that none can be named by.
    """
    authorise(identity, caller, Action.ACCOUNT_MANAGE, now)
    name = account_name(person.email)
    if not name:
        raise refusal(person.email, expected="an e-mail of at most 254 characters", found="something else")
    password = first_password() if with_password else None
    hashed = None if password is None else identity.passwords.hash(password)
    if identity.accounts.put(Account(name, now, hashed, must_change=with_password)) is None:
        hint = "Give them a first password anew with a reset."
        raise refusal(name, expected="somebody without an account", found="one with an account", hint=hint)
    return password


def reset_password(identity: Identity, caller: Caller, email: str, now: datetime) -> str:
    """Give somebody a first password anew; their sessions and tokens end, and no failure before counts any more.

    Returns:
        The password, to be shown once; it is kept nowhere.

    Raises:
        Noted: the caller may not.
        AssayError: there is no such account, or it was changed at the same moment.
    """
    authorise(identity, caller, Action.ACCOUNT_MANAGE, now)
    account = account_named(identity, email)
    password = first_password()
    hashed = identity.passwords.hash(password)
    _change(identity, replace(account, password=hashed, must_change=True, epoch=account.epoch + 1))
    _end_all(identity, account.email)
    identity.attempts.clear(attempts_key(account.email))
    return password


def disable_account(identity: Identity, caller: Caller, email: str, now: datetime) -> None:
    """Let nobody in with an account any more; its sessions and tokens end.

    Raises:
        Noted: the caller may not.
        AssayError: there is no such account, or it was changed at the same moment.
    """
    authorise(identity, caller, Action.ACCOUNT_MANAGE, now)
    account = account_named(identity, email)
    _change(identity, replace(account, is_disabled=True, epoch=account.epoch + 1))
    _end_all(identity, account.email)


def enable_account(identity: Identity, caller: Caller, email: str, now: datetime) -> None:
    """Let somebody in again with the password that they had.

    Raises:
        Noted: the caller may not.
        AssayError: there is no such account, or it was changed at the same moment.
    """
    authorise(identity, caller, Action.ACCOUNT_MANAGE, now)
    _change(identity, replace(account_named(identity, email), is_disabled=False))


def make_key(identity: Identity, caller: Caller, person: Person, now: datetime) -> str:
    """Make the key with which somebody signs in the browser; return its public half for ``people.yaml``.

    Raises:
        Noted: the caller may not.
        AssayError: the portal holds a key of theirs already.
    """
    authorise(identity, caller, Action.ACCOUNT_MANAGE, now)
    return identity.vault.make(person.email)


def account_named(identity: Identity, email: str) -> Account:
    """Return somebody's account.

    Raises:
        AssayError: there is none.
    """
    name = account_name(email)
    account = identity.accounts.get(name) if name else None
    if account is None:
        raise refusal(email, expected="somebody with an account", found="nobody of that e-mail")
    return account


def _change(identity: Identity, account: Account) -> None:
    if identity.accounts.put(account) is None:
        hint = "Look at it again, then try once more."
        raise refusal(account.email, expected="nobody else to change it", found="another change just now", hint=hint)


def _end_all(identity: Identity, name: str) -> None:
    identity.sessions.end_all(name)
    identity.tokens.revoke_all(name)

"""What the actions of identity work with, put together by the wiring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from assay.base.identity_ports import (
    Accounts,
    Askings,
    AttemptCounts,
    Denials,
    Passwords,
    Provider,
    Seal,
    Sessions,
    Standings,
    Tokens,
    Vault,
)
from assay.base.roles import Role


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long things of the door last; the portal's settings may say otherwise.

    Attributes:
        idle: a session that nobody uses ends after this.
        absolute: a session ends after this whatever happens.
        token_days: the longest that a token may be good for.
    """

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    token_days: int = 90


@dataclass(frozen=True, slots=True)
class Federation:
    """An OpenID provider that vouches for people, and what is kept of that.

    Attributes:
        provider: who vouches.
        askings: which browsers are awaited back.
        standings: how accounts stand with the provider.
        seal: under which its refresh tokens are kept.
        roles_by_group: which roles a group gives; a group that is not here gives none.
        label: how people call the provider.
    """

    provider: Provider
    askings: Askings
    standings: Standings
    seal: Seal
    roles_by_group: Mapping[str, frozenset[Role]]
    label: str = "the provider"


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything by which the portal knows who is there.

    Attributes:
        accounts: who may sign in.
        attempts: how often each e-mail was tried.
        sessions: who is signed in.
        tokens: who may use the HTTP API.
        denials: what was denied.
        passwords: hashes and compares them.
        vault: the keys with which people sign in the browser.
        lifetimes: how long things last.
        federation: the provider that vouches for people; None where everybody has a password.
    """

    accounts: Accounts
    attempts: AttemptCounts
    sessions: Sessions
    tokens: Tokens
    denials: Denials
    passwords: Passwords
    vault: Vault
    lifetimes: Lifetimes = Lifetimes()
    federation: Federation | None = None

"""Telling by the portal: which projects can be read, and who is let in and so may be told."""

from __future__ import annotations

from datetime import datetime

from assay.actions.home import Home
from assay.actions.telling import Round, Teller, tell
from assay.base.accounts import account_name
from assay.base.errors import AssayError, Fault
from assay.identity.identity import Identity
from assay.identity.portal import Portal
from assay.identity.vouching import vouched_roles


def tell_everybody(portal: Portal, teller: Teller) -> Round:
    """Tell everybody who is let in what there is to tell them now, see `assay.actions.telling.tell`."""
    homes: list[Home] = []
    unread: set[str] = set()
    faults: list[Fault] = []
    for name, door in portal.projects.items():
        try:
            homes.append(door.open(None))
        except AssayError as error:
            unread.add(name)
            faults += error.faults
    now = portal.clock.now()
    done = tell(
        teller, homes, now, is_barred=lambda email: is_barred(portal.identity, email, now), unread=frozenset(unread)
    )
    return Round(faults=tuple(faults)).plus(done)


def is_barred(identity: Identity, email: str, now: datetime) -> bool:
    """Say whether somebody is let in no more: their account is disabled, or their provider vouches for them no more.

    Whoever has no account yet is not barred: they may come for the first time because of a letter.
    """
    name = account_name(email)
    account = identity.accounts.get(name)
    if account is None or account.is_disabled or account.password is not None or identity.federation is None:
        return account is not None and account.is_disabled
    vouched_roles(identity, name, now)  # asks the provider, where it is time to
    standing = identity.federation.standings.get(name)
    return standing is not None and standing.is_over

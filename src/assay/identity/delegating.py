"""Delegating: whoever will be absent names who acts for them, at what and when; either of the two ends it.

Sign-offs do not ask for delegates yet. When they do, they go by `base.delegations.delegates_for`.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime

from assay.base.accounts import account_name, as_noted
from assay.base.delegations import Delegation
from assay.base.errors import Fault, Place, raise_faults, refusal
from assay.base.roles import Action, Person
from assay.identity.denying import Caller, authorise, signed_in
from assay.identity.identity import Identity

_ID_BYTES = 8
_ID = re.compile(f"[0-9a-f]{{{2 * _ID_BYTES}}}")
_LONGEST_REASON = 1_000
_LONGEST_NAME = 200
_WHAT = "delegation"


@dataclass(frozen=True, slots=True)
class DelegationForm:
    """What somebody wants to delegate.

    Attributes:
        project: where.
        products: for which products; None for all of them.
        gates: at which gates, by their ids; None for all of them.
        starts: the first day, in UTC; not before today.
        ends: the last day, in UTC.
        reason: in their words.
    """

    project: str
    products: frozenset[str] | None
    gates: frozenset[str] | None
    starts: date
    ends: date
    reason: str


def delegate(identity: Identity, caller: Caller, to: Person, form: DelegationForm, now: datetime) -> Delegation:
    """Let somebody act for the caller.

    Args:
        identity: the portal's.
        caller: who will be absent, in a session.
        to: who acts for them; somebody on the roster.
        form: at what and when.
        now: the moment, in UTC.

    Raises:
        Noted: the caller is not signed in by a session, or may not sign themselves.
        AssayError: everything that is wrong with the form.
    """
    signed_in(identity, caller, _WHAT, now)
    absent = authorise(identity, caller, Action.SIGN_OFF, now)
    raise_faults(_faults(absent, to, form, now.astimezone(UTC).date()))
    delegation = Delegation(
        secrets.token_hex(_ID_BYTES), absent.email, to.email, form.project, form.products, form.gates,
        form.starts, form.ends, form.reason.strip(),
    )  # fmt: skip
    identity.delegations.add(delegation)
    return delegation


def end_delegation(identity: Identity, caller: Caller, delegation_id: str, now: datetime) -> None:
    """End a delegation by which the caller is absent or acts for somebody.

    Raises:
        Noted: the caller is not signed in by a session.
        AssayError: there is no such delegation of theirs.
    """
    email = signed_in(identity, caller, _WHAT, now).email
    found = identity.delegations.get(delegation_id) if _ID.fullmatch(delegation_id) else None
    if found is None or email not in {account_name(found.from_email), account_name(found.to_email)}:
        raise refusal(_WHAT, expected="one of yours", found="none of that name")
    identity.delegations.end(delegation_id, now)


def _faults(absent: Person, to: Person, form: DelegationForm, today: date) -> tuple[Fault, ...]:
    faults = []
    if account_name(to.email) == account_name(absent.email):
        faults.append(Fault(Place("delegate"), "somebody else", "yourself"))
    for place, names in (("products", form.products), ("gates", form.gates)):
        if names is not None and not names:
            faults.append(Fault(Place(place), "at least one, or all", "none"))
        faults += [Fault(Place(place), "a name", as_noted(n)) for n in sorted(names or ()) if not _is_name(n)]
    if form.starts < today:
        faults.append(Fault(Place("starts"), f"today ({today}) or later", str(form.starts)))
    if form.ends < form.starts:
        faults.append(Fault(Place("ends"), f"{form.starts} or later", str(form.ends)))
    faults += _reason_faults(form.reason.strip())
    return tuple(faults)


def _reason_faults(reason: str) -> list[Fault]:
    if not 1 <= len(reason) <= _LONGEST_REASON:
        return [Fault(Place("reason"), f"1 to {_LONGEST_REASON:,} characters", f"{len(reason):,} characters")]
    if not all(line.isprintable() for line in reason.splitlines()):
        return [Fault(Place("reason"), "characters that can be shown", "others")]
    return []


def _is_name(text: str) -> bool:
    return 1 <= len(text) <= _LONGEST_NAME and text.isprintable()

"""Delegating: whoever will be absent names who signs off for them, at what and when; either of the two ends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date

from assay.actions.home import Home
from assay.base.errors import Fault, Place, raise_faults, refusal
from assay.base.roles import Action, Person, may
from assay.discovery.texts import TEXT, normal_text, text_fault
from assay.lifecycle.delegations import SUBJECT, Delegation, delegation_details, delegation_meant
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.gates import By, Gate
from assay.lifecycle.record import Record
from assay.lifecycle.statements import Kind, Meant

NOT_NEEDED = "It is not needed any more."
"""The reason of an end for which none is given."""


@dataclass(frozen=True, slots=True)
class Absence:
    """What somebody wants to delegate.

    Attributes:
        to: e-mail of who signs off for them.
        starts: the first day, in UTC; not before today.
        ends: the last day, in UTC, which still counts.
        reason: in their words.
        products: for which; empty for all of them.
        gates: at which, by their ids or the endings of these; empty for all of them.
    """

    to: str
    starts: date
    ends: date
    reason: str
    products: Sequence[str] = ()
    gates: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DelegationLine:
    """A delegation as one of the two sees it.

    Attributes:
        state: ``now``, ``later``, ``over``, or ``ended`` before its last day.
        ended_by: e-mail of who ended it; None where nobody did.
    """

    delegation: Delegation
    state: str
    ended_by: str | None

    @property
    def can_end(self) -> bool:
        """Whether there is something left to end."""
        return self.state in ("now", "later")


def delegate(home: Home, absence: Absence) -> Signed:
    """Let somebody sign off for whoever acts, while they are absent.

    It lends the roles that gates ask for, and no permission for anything else. What was delegated to somebody they
    cannot hand on.

    Raises:
        AssayError: who acts may not sign off themselves; or everything that is wrong with what they want.
    """
    absent = home.authorised(Action.SIGN_OFF)
    record, now = home.load().record, home.now()
    to, reason = home.project.roster.person(absence.to), normal_text(absence.reason)
    gates = {name: _gates_named(home, name) for name in absence.gates}
    raise_faults(
        (
            *_person_faults(home, absent, to, absence.to),
            *_scope_faults(home, record, absence, gates),
            *_day_faults(absence, now.astimezone(UTC).date()),
            *((fault,) if (fault := text_fault(reason, TEXT, Place("reason"), "a reason")) else ()),
        )
    )
    assert to is not None  # else a fault was raised
    ids = [gate.id for named in gates.values() for gate in named]
    details = delegation_details(to.email, absence.products or None, ids or None, absence.starts, absence.ends)
    meant = delegation_meant(absent.email, details, reason, now)
    return home.say(home.statement(Kind.DELEGATED, subjects=(meant,), reason=reason, details=details))


def end_delegation(home: Home, name: str, reason: str = NOT_NEEDED) -> Signed:
    """End a delegation by which whoever acts is absent, or signs off for somebody; what was signed by it stays.

    Args:
        home: of one of the two.
        name: the delegation's id.
        reason: why.

    Raises:
        AssayError: who acts may not sign off, there is no such delegation of theirs, or it is over.
    """
    home.authorised(Action.SIGN_OFF)
    lines = {line.delegation.id: line for line in _lines(home)}
    line = lines.get(name)
    if line is None:
        hint = f"Yours: {', '.join(lines) or 'none'}."
        raise refusal("delegation", expected="one of yours", found="none of that name", hint=hint)
    if not line.can_end:
        raise refusal(f"delegation {name}", expected="one that is not over", found=f"one that is {line.state}")
    reason = normal_text(reason)
    wrong = text_fault(reason, TEXT, Place("reason"), "a reason")
    raise_faults([wrong] if wrong else [])
    said = home.load().record.of(SUBJECT + name)
    meant: tuple[Meant, ...] = next(s.statement.subjects for s in said if s.digest == line.delegation.digest)
    return home.say(home.statement(Kind.WITHDRAWN, subjects=meant, reason=reason, observed=(line.delegation.digest,)))


def delegations_of(home: Home) -> tuple[DelegationLine, ...]:
    """List the delegations by which whoever acts is absent, or signs off for somebody; newest first.

    Raises:
        AssayError: who acts may not read the ledger.
    """
    home.authorised(Action.LEDGER_READ)
    return tuple(_lines(home))


def delegable_gates(home: Home) -> tuple[Gate, ...]:
    """Return the gates at which somebody can sign off for another, in the order of the process."""
    return tuple(gate for gate in home.table if gate.by is By.SIGN_OFF and gate.delegates)


def _lines(home: Home) -> Iterator[DelegationLine]:
    assert home.person is not None
    delegating, now = home.load().record.delegating, home.now()
    today = now.astimezone(UTC).date()
    for each in reversed(tuple(delegating.all.values())):
        if home.person.email in (each.absent, each.to):
            ended = delegating.ended.get(each.digest)
            state = "over" if each.ends < today else "later" if today < each.starts else "now"
            yield DelegationLine(each, "ended" if ended else state, ended.statement.signer if ended else None)


def _gates_named(home: Home, name: str) -> tuple[Gate, ...]:
    return tuple(gate for gate in delegable_gates(home) if gate.id == name or gate.id.endswith(f".{name}"))


def _person_faults(home: Home, absent: Person, to: Person | None, name: str) -> Iterator[Fault]:
    if to is None or not may(to, Action.SIGN_OFF):
        others = (p.email for p in home.project.roster.people if p != absent and may(p, Action.SIGN_OFF))
        found = f"{to.email}, who signs nothing" if to else "nobody of that e-mail" if name else "nobody"
        yield Fault(Place("to"), "somebody on the roster who signs off", found, f"They can: {', '.join(others)}.")
    elif to == absent:
        yield Fault(Place("to"), "somebody else", "yourself")


def _scope_faults(home: Home, record: Record, absence: Absence, gates: dict[str, tuple[Gate, ...]]) -> Iterator[Fault]:
    known = dict.fromkeys((*home.project.products, *record.by_product))
    for product in absence.products:
        if product not in known:
            hint = f"Products: {', '.join(known) or 'none'}."
            yield Fault(Place("products"), "a product of this project", repr(product[:80]), hint)
    for name, found in gates.items():
        if not found:
            hint = f"Gates: {', '.join(gate.id for gate in delegable_gates(home))}."
            yield Fault(Place("gates"), "a gate that takes delegates", repr(name[:80]), hint)


def _day_faults(absence: Absence, today: date) -> Iterator[Fault]:
    if absence.starts < today:
        yield Fault(Place("starts"), f"today ({today}) or later", str(absence.starts))
    if absence.ends < absence.starts:
        yield Fault(Place("ends"), f"{absence.starts} or later", str(absence.ends))

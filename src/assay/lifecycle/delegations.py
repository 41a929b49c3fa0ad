"""Delegations: who acts for somebody absent, at what and when; as statements say it, and as a sign-off rests on it.

Never a way for one person to be two: whose sign-off counts on whose behalf is `lifecycle.counting`'s to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from assay.base.canonical import Digest, digest_value, hex_of
from assay.base.roles import Holder, Roster
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.statements import Kind, Meant, Statement

SUBJECT = "delegation:"
"""What the ids of delegations begin with where statements name them."""

_ID_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Delegation:
    """Somebody acts for somebody else.

    Attributes:
        digest: of the statement that says so; a sign-off that rests on it observes it.
        id: by which people name it.
        absent: e-mail of who is absent, and signed it.
        to: e-mail of who acts for them.
        products: for which products; None for all of them.
        gates: at which gates, by their ids; None for all of them.
        starts: the first day, in UTC.
        ends: the last day, in UTC, which still counts.
        reason: in the words of whoever is absent.
        at: when it was signed, in UTC.
        holder: who held the key that signed it.
        authenticated: how a portal that held it made sure who signed; empty for a key of one's own.
    """

    digest: Digest
    id: str
    absent: str
    to: str
    products: frozenset[str] | None
    gates: frozenset[str] | None
    starts: date
    ends: date
    reason: str
    at: datetime
    holder: Holder
    authenticated: Mapping[str, str] = field(compare=False)

    def covers(self, gate: str, product: str) -> bool:
        """Say whether it is about this gate of this product."""
        return (self.products is None or product in self.products) and (self.gates is None or gate in self.gates)

    def holds_on(self, moment: datetime) -> bool:
        """Say whether a moment lies between its first and its last day, both counted, in UTC."""
        return self.starts <= moment.astimezone(UTC).date() <= self.ends


def delegation_details(
    to: str, products: Iterable[str] | None, gates: Iterable[str] | None, starts: date, ends: date
) -> dict[str, Any]:
    """Write what a delegation says, as the details of its statement; None is for all, and is left out."""
    scope = {"products": products, "gates": gates}
    listed = {name: sorted(set(names)) for name, names in scope.items() if names is not None}
    return {"to": to, **listed, "starts": starts.isoformat(), "ends": ends.isoformat()}


def delegation_meant(absent: str, details: Mapping[str, Any], reason: str, at: datetime) -> Meant:
    """Name a delegation by its content: the same that is said twice in one second is one."""
    told = {"absent": absent, **details, "reason": reason, "at": at.astimezone(UTC).isoformat(timespec="seconds")}
    digest = digest_value(told)
    return Meant(SUBJECT + hex_of(digest)[:_ID_DIGITS], digest)


def read_delegation(signed: Signed, roster: Roster) -> Delegation | None:
    """Read a delegation from its statement.

    Args:
        signed: any statement.
        roster: for the delegate's e-mail as it is written there now.

    Returns:
        The delegation; None for a statement that is none, has another form than ours, or names its own signer.
    """
    said = signed.statement
    if said.kind is not Kind.DELEGATED or roster.person(said.signer) is None:
        return None
    try:
        return _read(signed.digest, said, roster)
    except (KeyError, ValueError, TypeError):
        return None


def _read(digest: Digest, said: Statement, roster: Roster) -> Delegation | None:
    details = said.details
    starts, ends = date.fromisoformat(details["starts"]), date.fromisoformat(details["ends"])
    products, gates = (_names(details.get(name)) for name in ("products", "gates"))
    written = delegation_details(_text(details["to"]), products, gates, starts, ends)
    meant = delegation_meant(said.signer, written, said.reason, said.at)
    person = roster.person(written["to"])
    to = person.email if person else written["to"]
    if written != dict(details) or said.subjects != (meant,) or to.lower() == said.signer.lower():
        return None
    return Delegation(
        digest, meant.id.removeprefix(SUBJECT), said.signer, to, products, gates, starts, ends, said.reason, said.at,
        said.holder, said.authenticated,
    )  # fmt: skip


def _names(listed: Any) -> frozenset[str] | None:
    if listed is None:
        return None
    if not isinstance(listed, list | tuple) or not listed:
        raise TypeError("no list of names, or an empty one")
    return frozenset(map(_text, listed))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} where a text belongs")
    return value


@dataclass(frozen=True, slots=True)
class Delegating:
    """The delegations of a ledger, and what rests on them, in the order in which it was recorded.

    Attributes:
        all: every delegation, by the digest of its statement.
        ended: those that were ended before their last day, by either of the two; with who did so.
        backing: of a sign-off on somebody's behalf, by its digest: the delegation that it observed, between these two
            people, and that was not ended when it was recorded. Not there for one that rests on none.
    """

    all: Mapping[Digest, Delegation]
    ended: Mapping[Digest, Signed]
    backing: Mapping[Digest, Delegation]

    @property
    def size(self) -> tuple[int, int, int]:
        """How many there are of each; nothing is ever taken away."""
        return len(self.all), len(self.ended), len(self.backing)

    def standing(self, moment: datetime, to: str | None = None) -> tuple[Delegation, ...]:
        """Return the delegations that can be used at a moment, oldest first; ``to`` one person, or None for anybody."""
        return tuple(
            each for each in self.all.values()
            if each.digest not in self.ended and each.holds_on(moment) and to in (None, each.to)
        )  # fmt: skip


NO_DELEGATIONS = Delegating({}, {}, {})


def delegating_with(before: Delegating, added: Iterable[Signed], roster: Roster) -> Delegating:
    """Add what was recorded since; where none of it is about delegations, the same is returned."""
    concerning = [signed for signed in added if _concerns(signed.statement)]
    if not concerning:
        return before
    every, ended, backing = dict(before.all), dict(before.ended), dict(before.backing)
    for signed in concerning:
        said = signed.statement
        made = read_delegation(signed, roster)
        if made is not None:
            every.setdefault(made.digest, made)
        for digest in said.observed:
            found = every.get(digest)
            if found is None or digest in ended:
                continue
            if _ends(said, found):
                ended[digest] = signed
            elif (said.on_behalf_of, said.signer) == (found.absent, found.to):
                backing.setdefault(signed.digest, found)
    after = Delegating(every, ended, backing)
    return before if after.size == before.size else after


def _concerns(said: Statement) -> bool:
    return said.kind in (Kind.DELEGATED, Kind.WITHDRAWN) or said.on_behalf_of != ""


def _ends(said: Statement, delegation: Delegation) -> bool:
    is_either = said.signer in (delegation.absent, delegation.to)
    return said.kind is Kind.WITHDRAWN and is_either and said.reason.strip() != ""


def delegations_observed(statements: Iterable[Signed]) -> frozenset[Digest]:
    """Return everything that sign-offs on somebody's behalf observed; the delegations they rest on are among it."""
    return frozenset(
        digest for signed in statements if signed.statement.on_behalf_of for digest in signed.statement.observed
    )

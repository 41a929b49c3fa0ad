"""A change of a node's roster on its way: a file that admins sign one after the other, wherever their keys are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from assay.base.canonical import canonical_json, parse_json
from assay.base.errors import AssayError, Fault, Place, raise_faults, refusal
from assay.base.ports import Event, Head, Signer
from assay.base.reading import read_as, read_yaml
from assay.base.roles import Holder, Person, PublicKey
from assay.lifecycle.chain import event_line, head_of, parse_event_line, verify_chain
from assay.lifecycle.envelopes import said_in, seal
from assay.lifecycle.statements import Kind, Statement, time_text
from assay.project.people import people_of
from assay.project.roster_file import RosterFile
from assay.project.rosters import (
    RECORDED,
    change_details,
    content_value,
    envelopes_in,
    is_admin,
    project_of_node,
    subject_of_roster,
)

_PREFIX = "roster:"


@dataclass(frozen=True, slots=True)
class RosterChange:
    """A change of a roster as it was proposed, and who signed it so far; nothing of it is verified but its base.

    Attributes:
        base: the event of the node's ledger by which the roster stands that it changes. Its link is what is signed, so
            what is shown as the roster of before is that, or the node refuses.
        content: the roster that it makes.
        reason: why.
        envelopes: what was signed, by one admin each.
    """

    base: Event
    content: RosterFile
    reason: str
    envelopes: tuple[bytes, ...] = ()

    @property
    def node(self) -> str:
        """The name of the node."""
        return _said(self.base).subjects[0].id.removeprefix(_PREFIX)

    @property
    def before(self) -> RosterFile:
        """The roster that it changes."""
        return _content(_said(self.base).details.get("roster"), "the roster of before")

    @property
    def signers(self) -> tuple[str, ...]:
        """Who signed it, as their signatures say."""
        return tuple(said_in(envelope).signer for envelope in self.envelopes)


def pack_change(change: RosterChange) -> bytes:
    """Write a change as a file."""
    value = {
        "base": parse_json(event_line(change.base), "event"),
        "roster": content_value(change.content),
        "reason": change.reason,
        "statements": [envelope.decode() for envelope in change.envelopes],
    }
    return canonical_json(value) + b"\n"


def unpack_change(content: bytes, name: str) -> RosterChange:
    """Read the file of a change.

    Raises:
        AssayError: it is none, or the event that it names as its base is not as it was recorded.
    """
    value = parse_json(content, name)
    wanted = "a change of a roster, as assay node roster propose writes it"
    if not isinstance(value, dict) or set(value) != {"base", "roster", "reason", "statements"}:
        raise refusal(name, expected=wanted, found="something else")
    texts, reason = value["statements"], value["reason"]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in (reason, *texts)):
        raise refusal(name, expected=wanted, found="something else")
    base = parse_event_line(canonical_json(value["base"]), f"{name}: base")
    raise_faults(
        Fault(Place(f"{name}: base"), fault.expected, fault.found)
        for fault in verify_chain((base,), Head(base.seq - 1, base.previous))
    )
    if base.kind != RECORDED or not envelopes_in(base):
        raise refusal(f"{name}: base", expected="the event of a roster", found=base.kind)
    change = RosterChange(base, _content(value["roster"], f"{name}: roster"), value["reason"])
    return replace(change, envelopes=tuple(text.encode() for text in texts))


def sign_change(change: RosterChange, signer: Signer, at: datetime) -> RosterChange:
    """Add a signature to a change.

    Args:
        change: as it was proposed.
        signer: the admin's key.
        at: when, in UTC.

    Raises:
        AssayError: the key is of nobody who could sign it on the roster that it changes, or of somebody who did.
    """
    person, key = _admin(change, signer)
    ended = key.ended_by(at)
    if ended is not None:
        found = f"one that {ended[0]} {time_text(ended[1])}"
        raise refusal(f"key {key.id[:12]} of {person.email}", expected="a key that is good", found=found)
    if person.email in change.signers:
        raise refusal(
            "signature", expected="another admin", found=f"{person.email}, who signed it already",
            hint="One person is one, by however many keys.",
        )  # fmt: skip
    statement = Statement(
        kind=Kind.ROSTER_CHANGED, subjects=(subject_of_roster(change.node, change.content),), signer=person.email,
        holder=Holder.PERSON, at=at, project=project_of_node(change.node), reason=change.reason,
        details=change_details(head_of(change.base), change.content),
    )  # fmt: skip
    return replace(change, envelopes=(*change.envelopes, seal(statement, signer)))


def differences(before: RosterFile, after: RosterFile) -> tuple[str, ...]:
    """Say in words what one roster has that another has not, person by person, key by key."""
    return tuple(_differences(before, after))


def _differences(before: RosterFile, after: RosterFile) -> Iterator[str]:
    if before.changes_signed_by != after.changes_signed_by:
        yield f"admins who sign a change: {before.changes_signed_by}, then {after.changes_signed_by}"
    old, new = ({person.email.lower(): person for person in people_of(file)} for file in (before, after))
    for email in dict.fromkeys((*old, *new)):
        was, now = old.get(email), new.get(email)
        if now is None:
            yield f"{email}: leaves the roster; nothing that they signed counts any more"
        elif was is None:
            yield f"{now.email}: joins as {_roles(now)}"
            yield from (f"{now.email}: {_key(key)}" for key in now.keys)
        else:
            yield from _changes_of(was, now)


def _changes_of(was: Person, now: Person) -> Iterator[str]:
    if (was.email, was.name) != (now.email, now.name):
        yield f"{was.email}: now {now.name} <{now.email}>"
    if _roles(was) != _roles(now):
        yield f"{now.email}: {_roles(was)}, then {_roles(now)}"
    old, new = ({key.id: key for key in person.keys} for person in (was, now))
    for key_id in dict.fromkeys((*old, *new)):
        if key_id not in new:
            yield f"{now.email}: without {_key(old[key_id])}; nothing that it signed counts any more"
        elif key_id not in old:
            yield f"{now.email}: {_key(new[key_id])}, new"
        elif old[key_id] != new[key_id]:
            yield f"{now.email}: {_key(old[key_id])}, then {_key(new[key_id])}"


def _roles(person: Person) -> str:
    scope = "" if person.products is None else f" for {', '.join(sorted(person.products))} alone"
    return ", ".join(sorted(person.roles)) + scope


def _key(key: PublicKey) -> str:
    return f"key {key.id[:12]} ({key_words(key)})"


def key_words(key: PublicKey) -> str:
    """Say of a key who holds it, and from when to when it counts."""
    times = (
        ("active from", key.active_from),
        ("revoked at", key.revoked_at),
        ("compromised since", key.compromised_since),
    )
    told = [f"{word} {time_text(moment)}" for word, moment in times if moment is not None]
    return ", ".join([f"held by: {key.holder}", *told])


def _admin(change: RosterChange, signer: Signer) -> tuple[Person, PublicKey]:
    admins = [person for person in people_of(change.before) if is_admin(person)]
    for person in admins:
        for key in person.keys:
            if key.id == signer.key_id and key.holder is Holder.PERSON:
                return person, key
    raise refusal(
        f"key {signer.key_id[:12]}",
        expected=f"a key that an admin of the present roster of {change.node} holds",
        found="one of nobody among them",
        hint=f"Admins: {', '.join(person.email for person in admins) or 'none'}.",
    )


def _said(event: Event) -> Statement:
    """Return what the event of a roster says; of a change, everybody who signed said the same."""
    envelopes = envelopes_in(event)
    if not envelopes:
        raise refusal(f"ledger:{event.seq}", expected="the event of a roster", found=event.kind)
    return said_in(envelopes[0])


def _content(value: Any, place: str) -> RosterFile:
    try:
        return read_as(RosterFile, read_yaml(canonical_json(value), place))
    except (TypeError, ValueError) as error:
        raise AssayError(Fault(Place(place), "a roster", "something else")) from error

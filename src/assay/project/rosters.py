"""The roster of a node, as its ledger says it: the first one as the node was given it, then one change after another.

What is written here decides who is believed; files do not. A change says the whole roster anew, and names the link of
the ledger by which the roster stood that it changes; so it fits there once, and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from assay.base.canonical import JsonValue, canonical_json, digest_value
from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.ports import Event, Head
from assay.base.reading import Document, read_as, read_yaml
from assay.base.roles import Holder, NodeIdentity, Person, Role, Roster
from assay.lifecycle.chain import head_of
from assay.lifecycle.envelopes import Signed, open_envelope
from assay.lifecycle.statements import Kind, Meant, Statement, parse_time
from assay.project.people import people_faults, people_of, shared_keys
from assay.project.roster_file import RosterFile

RECORDED = "roster-recorded"
"""The event that holds who may sign from then on: ``{"statements": [envelope, ...]}``."""

GIVEN, ADOPTED = "given", "adopted"
"""How a first roster came: at `assay node init`, or from the file of a node that kept no record of it yet."""

_BY_HAND = "The database was changed by hand or is damaged: restore it from a backup."


@dataclass(frozen=True, slots=True)
class RosterVersion:
    """The roster from one link of a node's ledger on.

    Attributes:
        head: the link.
        content: who may sign.
        signers: the e-mails of the admins who changed it, or the name of the node where it is the first.
        at: when the node recorded it, in UTC.
        reason: why, in the words of who signed; of the first one, how it came.
        is_first: whether the node was given it, by whoever set it up.
    """

    head: Head
    content: RosterFile
    signers: tuple[str, ...]
    at: datetime
    reason: str
    is_first: bool = False


def project_of_node(name: str) -> str:
    """Return what statements about a node's roster name as their project: no project is called so."""
    return f"node:{name}"


def subject_of_roster(name: str, content: RosterFile) -> Meant:
    """Name a roster by its node and its meaning."""
    return Meant(f"roster:{name}", digest_value(content_value(content)))


def content_value(content: RosterFile) -> dict[str, Any]:
    """Return a roster as JSON values, with everything said that a file may leave out."""
    value: dict[str, Any] = content.model_dump(mode="json", by_alias=True, exclude_none=True)
    return value


def content_text(content: RosterFile) -> bytes:
    """Write a roster as the file that people read."""
    text: str = yaml.safe_dump(content_value(content), sort_keys=False, allow_unicode=True)
    return ("# A copy of the roster in this node's ledger. To change it: assay node roster propose\n" + text).encode()


def roster_of(content: RosterFile, own: NodeIdentity, project: str | None = None) -> Roster:
    """Return who may sign: the people, and the node itself."""
    return Roster(people_of(content), (own,), project)


def read_content(document: Document, own: NodeIdentity | None, moment: datetime) -> RosterFile:
    """Read a roster and make sure that it can be lived with: the admins whom a change of it takes are there.

    Args:
        document: the file, or what a change says.
        own: the node, whose key nobody else may claim; None while it has none.
        moment: at which keys have to be good.

    Raises:
        AssayError: all its faults.
    """
    content = read_as(RosterFile, document)
    raise_faults([*people_faults(content, document), *_key_faults(content, document, own)])
    raise_faults(_admin_faults(content, document, moment))
    return content


def able_admins(content: RosterFile, moment: datetime) -> tuple[str, ...]:
    """Return the e-mails of those who can sign a change: admins of everything, with a good key in their own hands."""
    return tuple(person.email for person in people_of(content) if is_admin(person) and _keys_good(person, moment))


def is_admin(person: Person) -> bool:
    """Say whether somebody is an admin, and not of some products alone."""
    return Role.ADMIN in person.roles and person.products is None


def versions_after(
    versions: Sequence[RosterVersion], events: Iterable[Event], own: NodeIdentity
) -> tuple[RosterVersion, ...]:
    """Add what a node's ledger says of its roster since.

    Args:
        versions: what it said before.
        events: the links after that, whose chain holds.
        own: the node, by its name and key.

    Raises:
        AssayError: a change in the ledger does not hold by the roster before it; then nobody knows whom to believe.
    """
    found = tuple(versions)
    for event in events:
        if event.kind == RECORDED:
            found = (*found, _version(event, found[-1] if found else None, own))
    return found


def given_statement(name: str, content: RosterFile, how: str, at: datetime) -> Statement:
    """Return the node's word of what it was given as its first roster."""
    return Statement(
        kind=Kind.ROSTER_GIVEN, subjects=(subject_of_roster(name, content),), signer=name, holder=Holder.NODE, at=at,
        project=project_of_node(name), reason=how, details={"roster": content_value(content)},
    )  # fmt: skip


def recorded(envelopes: Iterable[bytes]) -> dict[str, Any]:
    """Return what the event of a roster holds."""
    return {"statements": [envelope.decode() for envelope in envelopes]}


def envelopes_in(event: Event) -> tuple[bytes, ...]:
    """Return the envelopes that the event of a roster holds; none where it has another form."""
    listed = event.data.get("statements")
    texts = listed if isinstance(listed, list) else []
    return tuple(text.encode() for text in texts if isinstance(text, str))


def verify_change(
    envelopes: Sequence[bytes], before: RosterVersion, own: NodeIdentity, seen: datetime, name: str
) -> RosterFile:
    """Verify a change by the roster that it changes, and return the roster that it makes.

    Args:
        envelopes: the same said by each who signs.
        before: the roster as it stands.
        own: the node.
        seen: when the node sees them, to the second.
        name: what to call the change in faults.

    Raises:
        AssayError: all that is missing or wrong.
    """
    roster = roster_of(before.content, own, project_of_node(own.name))
    faults: list[Fault] = []
    opened: list[Signed] = []
    for number, envelope in enumerate(envelopes, 1):
        place = f"{name}: signature {number}"
        try:
            opened.append(open_envelope(envelope, roster, seen=seen))
        except AssayError as error:
            faults += [Fault(Place(f"{place}: {f.where}"), f.expected, f.found, f.hint) for f in error.faults]
        else:
            faults += _signature_faults(opened[-1], roster, seen, place)
    said = opened[0].statement if opened else None
    if said is None:
        faults.append(Fault(Place(name), _wanted(before), "no signature that holds"))
        raise AssayError(*faults)
    faults += _differing(opened, name)
    faults += _count_faults(opened, before, name)
    faults += _base_faults(said, before, own, name)
    content = _content_said(said, before, own, seen, name, faults)
    faults += _compromised_by(content, opened, own, name) if content else ()
    raise_faults(faults)
    assert content is not None  # else a fault was raised
    return content


def change_details(before: Head, content: RosterFile) -> dict[str, Any]:
    """Return what a statement says of a change: which roster it changes, and what it is from then on."""
    return {"before": {"seq": before.seq, "hash": before.hash}, "roster": content_value(content)}


def _version(event: Event, before: RosterVersion | None, own: NodeIdentity) -> RosterVersion:
    place = f"ledger:{event.seq}"
    envelopes, at = envelopes_in(event), parse_time(event.at)
    try:
        if before is None:
            said, content = _given(envelopes, own, place)
            return RosterVersion(head_of(event), content, (said.signer,), at, said.reason, is_first=True)
        content = verify_change(envelopes, before, own, at, place)
        roster = roster_of(before.content, own, project_of_node(own.name))
        changed = [open_envelope(envelope, roster, seen=at).statement for envelope in envelopes]
        return RosterVersion(head_of(event), content, tuple(s.signer for s in changed), at, changed[0].reason)
    except AssayError as error:
        told = [Fault(f.where, f.expected, f.found, f.hint or _BY_HAND) for f in error.faults]
        wanted = "a roster that was recorded as it may be"
        raise AssayError(Fault(Place(place), wanted, "one that does not hold", _BY_HAND), *told) from error


def _given(envelopes: Sequence[bytes], own: NodeIdentity, place: str) -> tuple[Statement, RosterFile]:
    if len(envelopes) != 1:
        raise AssayError(Fault(Place(place), "the word of the node of its first roster", f"{len(envelopes)} envelopes"))
    said = open_envelope(envelopes[0], Roster((), (own,), project_of_node(own.name))).statement
    content = read_as(RosterFile, _document(said.details.get("roster"), place))
    if said.kind is not Kind.ROSTER_GIVEN or said.subjects != (subject_of_roster(own.name, content),):
        raise AssayError(Fault(Place(place), "the first roster of this node", str(said.kind)))
    return said, content


def _document(value: JsonValue, place: str) -> Document:
    return read_yaml(canonical_json(value), place)


def _signature_faults(signed: Signed, roster: Roster, seen: datetime, place: str) -> Iterator[Fault]:
    """Find why a signature that holds is not an admin's word for a change, by the roster that it changes."""
    said = signed.statement
    if said.kind is not Kind.ROSTER_CHANGED:
        yield Fault(Place(place), "a change of the roster", str(said.kind))
    if said.on_behalf_of:
        hint = "A delegate signs off at gates, and changes no roster."
        yield Fault(Place(place), f"the word of {said.signer} alone", f"one on behalf of {said.on_behalf_of}", hint)
    found = roster.find(signed.key_id)
    holder, key = found if found else (None, None)
    if not isinstance(holder, Person) or key is None or not is_admin(holder):
        roles = ", ".join(sorted(holder.roles)) if isinstance(holder, Person) else "no person"
        scope = f", for {', '.join(sorted(holder.products))}" if isinstance(holder, Person) and holder.products else ""
        admins = ", ".join(person.email for person in roster.people if is_admin(person)) or "none"
        wanted = "the signature of an admin of the present roster, for everything"
        yield Fault(Place(place), wanted, f"{said.signer}: {roles}{scope}", f"Admins: {admins}.")
        return
    if key.holder is not Holder.PERSON:
        yield Fault(Place(place), f"a key that {said.signer} holds", f"one held by: {key.holder}")
    ended = key.ended_by(seen)
    if ended is not None:
        yield Fault(Place(place), f"a key of {said.signer} that is good", f"one that {ended[0]} {ended[1]:%Y-%m-%d}")


def _wanted(before: RosterVersion) -> str:
    number = before.content.changes_signed_by
    return "the signatures of two different admins" if number == 2 else "the signature of an admin"


def _count_faults(opened: Sequence[Signed], before: RosterVersion, name: str) -> Iterator[Fault]:
    times = Counter(signed.statement.signer for signed in opened)
    if len(times) < before.content.changes_signed_by:
        found = ", ".join(f"{email}, {number} times" if number > 1 else email for email, number in times.items())
        hint = "Another admin signs it with: assay node roster sign"
        yield Fault(Place(name), _wanted(before), found, hint)


def _differing(opened: Sequence[Signed], name: str) -> Iterator[Fault]:
    told = [(s.statement.subjects, s.statement.reason, canonical_json(dict(s.statement.details))) for s in opened]
    if any(each != told[0] for each in told):
        yield Fault(Place(name), "the same change in every signature", "different ones")


def _base_faults(said: Statement, before: RosterVersion, own: NodeIdentity, name: str) -> Iterator[Fault]:
    if said.details.get("before") != {"seq": before.head.seq, "hash": before.head.hash}:
        listed = said.details.get("before")
        number = listed.get("seq") if isinstance(listed, Mapping) else None
        hint = "It was prepared before the roster was changed, or was applied already: propose it anew."
        wanted = f"a change of the present roster of {own.name} (event {before.head.seq})"
        yield Fault(Place(name), wanted, f"one of another roster (event {number})", hint)


def _content_said(
    said: Statement, before: RosterVersion, own: NodeIdentity, seen: datetime, name: str, faults: list[Fault]
) -> RosterFile | None:
    try:
        content = read_content(_document(said.details.get("roster"), f"{name}: roster"), own, seen)
    except AssayError as error:
        faults += error.faults
        return None
    if said.subjects != (subject_of_roster(own.name, content),) or set(said.details) != {"before", "roster"}:
        faults.append(Fault(Place(name), f"a statement about the roster of {own.name}", "one about something else"))
    if content_value(content) == content_value(before.content):
        faults.append(Fault(Place(name), "a change", "the roster as it is"))
    return content


def _compromised_by(content: RosterFile, opened: Sequence[Signed], own: NodeIdentity, name: str) -> Iterator[Fault]:
    """Find signatures with keys of which the change itself says that others have them."""
    after = roster_of(content, own)
    for signed in opened:
        found = after.find(signed.key_id)
        if found is not None and found[1].compromised_since is not None:
            hint = "Let somebody else sign, or sign with another key."
            wanted = f"a key of {signed.statement.signer} that this change itself believes"
            yield Fault(Place(name), wanted, "one that it says is compromised", hint)


def _keys_good(person: Person, moment: datetime) -> bool:
    return any(key.holder is Holder.PERSON and key.signs_at(moment) for key in person.keys)


def _admin_faults(content: RosterFile, document: Document, moment: datetime) -> Iterator[Fault]:
    able, needed = able_admins(content, moment), content.changes_signed_by
    if len(able) < needed:
        hint = "Where there is but one: changes-signed-by: 1, which everybody sees." if needed == 2 else ""
        number = "two admins" if needed == 2 else "an admin"
        yield document.fault(
            "people", expected=f"{number} for every product, each with a good key of their own, to change it later",
            found=", ".join(able) or "none", hint=hint,
        )  # fmt: skip


def _key_faults(content: RosterFile, document: Document, own: NodeIdentity | None) -> Iterator[Fault]:
    yield from shared_keys(None, (content, document))
    taken = {key.raw.hex() for key in own.keys} if own else set()
    for index, person in enumerate(content.people):
        for position, key in enumerate(person.keys):
            if key.public in taken:
                where = ("people", index, "keys", position)
                yield document.fault(*where, expected="a key of a person", found="the key of the node")

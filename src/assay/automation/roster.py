"""The roster of a node: how the first one gets into its ledger, and how two admins change it there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assay.actions.exchange import Verified, verify_ledger
from assay.actions.recording import Loaded, pointed_to
from assay.automation.node import Node, served_release
from assay.base.canonical import Digest
from assay.base.errors import AssayError, Fault, Place, raise_faults, refusal
from assay.base.ports import Clock, Event, Ledger, Signer
from assay.base.reading import Document, read_as, read_yaml
from assay.base.roles import NodeIdentity, Roster
from assay.discovery.texts import TEXT, normal_text, text_fault
from assay.lifecycle.chain import links
from assay.lifecycle.envelopes import Signed, seal
from assay.lifecycle.record import Release
from assay.lifecycle.statements import parse_time, time_text
from assay.project.roster_changes import RosterChange, unpack_change
from assay.project.roster_file import RosterFile
from assay.project.rosters import (
    ADOPTED,
    GIVEN,
    RECORDED,
    RosterVersion,
    able_admins,
    content_text,
    content_value,
    given_statement,
    read_content,
    recorded,
    verify_change,
)

REFUSED = "roster-change-refused"
"""What is noted of a change that was not applied."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A change that is in force.

    Attributes:
        already: whether it was in force before; then nothing was recorded anew.
    """

    version: RosterVersion
    already: bool


@dataclass(frozen=True, slots=True)
class Shaken:
    """A release whose proof holds statements by a key that others may have had when this node first saw them.

    Attributes:
        is_served: whether it is what is served.
        fallen: these statements, oldest first.
    """

    release: Release
    is_served: bool
    fallen: tuple[Signed, ...]


def first_roster(document: Document, own: NodeIdentity | None, clock: Clock, *, one_admin: bool) -> RosterFile:
    """Read what is to be the first roster of a node.

    Args:
        document: as it was given.
        own: the node; None where it has no key yet.
        clock: for the time at which keys have to be good.
        one_admin: whether one admin alone may change it, whatever the document says.

    Raises:
        AssayError: it has faults, or not the admins whom a change of it takes.
    """
    if one_admin and isinstance(document.value, dict):
        document = replace(document, value={**document.value, "changes-signed-by": 1})
    return read_content(document, own, clock.now())


def give_roster(ledger: Ledger, clock: Clock, signer: Signer, name: str, content: RosterFile) -> None:
    """Record the first roster of a node that is being made, by its own word."""
    _record(ledger, clock, signer, name, content, GIVEN)


def adopt_roster(ledger: Ledger, clock: Clock, signer: Signer, own: NodeIdentity, document: Document) -> RosterFile:
    """Record the roster of a node that was made when rosters were files alone, and return it.

    Where it names one admin who could change it, and does not say how many it takes, one is what it takes from then on,
    and everybody is told so.

    Raises:
        AssayError: the file has faults, or no admin.
        Busy: somebody else recorded something at the same moment.
    """
    found = read_as(RosterFile, document)
    is_said = "changes_signed_by" in found.model_fields_set
    is_alone = not is_said and len(able_admins(found, clock.now())) == 1
    content = first_roster(document, own, clock, one_admin=is_alone)
    _record(ledger, clock, signer, own.name, content, ADOPTED)
    return content


def propose_change(node: Node, content: bytes, name: str, reason: str) -> RosterChange:
    """Make a change for admins to sign, of what a whole roster says otherwise than the present one.

    Args:
        node: whose roster it is.
        content: the bytes of the new roster.
        name: the file's name, for errors.
        reason: why.

    Raises:
        AssayError: the new roster has faults, not the admins whom a change of it takes, or is the present one; or there
            is no reason.
    """
    loaded = node.load()
    present = loaded.rosters[-1]
    found = read_content(read_yaml(content, name), node.own, node.now())
    if content_value(found) == content_value(present.content):
        raise refusal(name, expected="a change", found="the roster as it is")
    reason = normal_text(reason)
    wrong = text_fault(reason, TEXT, Place("reason"), "a reason")
    raise_faults([wrong] if wrong else [])
    return RosterChange(_event_of(loaded, present), found, reason)


def apply_change(node: Node, content: bytes, name: str) -> Applied:
    """Verify a change by the roster that stands, and let it stand from then on.

    Args:
        node: whose roster it is.
        content: the bytes of the change, with the signatures of those whom it takes.
        name: the file's name, for errors.

    Raises:
        AssayError: everything that is missing or wrong; the refusal is noted, and nothing else is changed.
        Busy: somebody else recorded something at the same moment.
    """
    loaded = node.load()
    present = loaded.rosters[-1]
    seen = parse_time(time_text(node.now()))
    try:
        change = unpack_change(content, name)
        if _is_in_force(change, loaded):
            node.copy.write(content_text(present.content))  # where it was interrupted before
            return Applied(present, already=True)
        verify_change(change.envelopes, present, node.own, seen, name)
    except AssayError as error:
        node.note(REFUSED, {"file": name, "faults": [str(fault) for fault in error.faults]})
        raise
    node.ledger.append(links(loaded.head, seen, [(RECORDED, recorded(change.envelopes))]), {})
    after = node.load().rosters[-1]
    node.copy.write(content_text(after.content))
    return Applied(after, already=False)


def verify_node(node: Node) -> Verified:
    """Verify the node's ledger, its roster in it, and that the copy of the roster is one; report all that is not so."""
    faults: tuple[Fault, ...] = ()
    roster = Roster((), (node.own,))
    try:
        roster = node.believed()
    except AssayError as error:
        faults = error.faults
    found = verify_ledger(node.ledger, roster)
    return replace(found, faults=found.faults or faults or copy_faults(node))


def copy_faults(node: Node) -> tuple[Fault, ...]:
    """Find out whether the file of the roster says what the ledger says; whatever it says, nobody is believed by it."""
    place = Place(node.copy.name)
    wanted = "the copy of the roster that is in the ledger"
    hint = "It changes nothing: the ledger says who may sign. To write it anew: assay node roster show --write"
    content = node.copy.read()
    if content is None:
        return (Fault(place, wanted, "no file", hint),)
    present = node.load().rosters[-1].content
    try:
        found = read_as(RosterFile, read_yaml(content, node.copy.name))
    except AssayError:
        return (Fault(place, wanted, "a file that is no roster", hint),)
    same = {**content_value(found), "changes-signed-by": present.changes_signed_by} == content_value(present)
    return () if same else (Fault(place, wanted, "another one, changed by hand", hint),)


def shaken_releases(node: Node) -> tuple[Shaken, ...]:
    """Name the releases that were released on statements that have fallen with their key; nothing is taken away.

    What is served goes on to be served: who knows of the key decides what becomes of it.
    """
    loaded = node.load()
    if not loaded.fallen:
        return ()
    found = []
    for release in loaded.record.releases.values():
        if release.released is None:
            continue
        is_served = served_release(loaded.record, release.product) == release
        fallen = _fallen_under(loaded, release)
        if fallen:
            found.append(Shaken(release, is_served, fallen))
    return tuple(found)


def _fallen_under(loaded: Loaded, release: Release) -> tuple[Signed, ...]:
    """Return what has fallen of a release's proof: said on the meanings it froze, and there when it was released."""
    assert release.released is not None
    meant = set(release.frozen.statement.subjects if release.frozen else ())
    place: dict[Digest | None, int] = {}
    for event in loaded.events:
        place.setdefault(pointed_to(event), event.seq)
    end = place[release.released.digest]
    return tuple(
        signed for signed in loaded.fallen
        if place[signed.digest] < end
        and (signed.statement.release == release.id or meant & set(signed.statement.subjects))
    )  # fmt: skip


def _is_in_force(change: RosterChange, loaded: Loaded) -> bool:
    """Say whether the present roster is what this very change made."""
    event = _event_of(loaded, loaded.rosters[-1])
    return bool(change.envelopes) and event.data == recorded(change.envelopes)


def _event_of(loaded: Loaded, version: RosterVersion) -> Event:
    return loaded.events[version.head.seq - 1]  # a chain counts from 1, without a gap


def _record(ledger: Ledger, clock: Clock, signer: Signer, name: str, content: RosterFile, how: str) -> None:
    at = parse_time(time_text(clock.now()))
    envelope = seal(given_statement(name, content, how, at), signer)
    ledger.append(links(ledger.head(), at, [(RECORDED, recorded((envelope,)))]), {})

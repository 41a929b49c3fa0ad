"""Release and rollback: on a manager's signed order, and with every effect read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assay.actions.publishing import Published
from assay.automation.admit import decision_with, first_seen, missing_faults, proof_faults
from assay.automation.effects import LEFT, Intent, carry_out
from assay.automation.node import ENVIRONMENT, Node, admitted_release, admitted_releases, alone, served_release
from assay.automation.production import publish_pages
from assay.base.canonical import short
from assay.base.errors import AssayError, Fault, Place, raise_faults, refusal
from assay.base.roles import Role
from assay.base.snapshots import Pointer, Slot
from assay.bundle.payload import Payload
from assay.bundle.proof import Opened, Proof, open_proof, unpack_proof
from assay.lifecycle.decide import missing_before
from assay.lifecycle.gates import gate_named
from assay.lifecycle.recency import shown_too_long_ago
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import GOOD, Kind, Meant, Result, Statement
from assay.project.model import Project
from assay.release.announcements import Notice, release_announcement, rollback_announcement


@dataclass(frozen=True, slots=True)
class Served:
    """What is served now, after a release or a rollback."""

    release: str
    product: str
    version: str
    snapshots: Mapping[str, str]
    as_of: str
    announcement: str


@alone
def release(node: Node, content: bytes, name: str) -> Served:
    """Release on a signed order: move the released pointer, publish, announce, and say so.

    A second call goes on where the first was interrupted, and changes nothing when it was not.

    Raises:
        AssayError: everything that the order does not prove on this node's table and roster; nothing is changed.
    """
    loaded = node.load()  # of a ledger of its own that does not hold nothing is noted
    try:
        proof = unpack_proof(content, name)
        opened, order = _order(node, proof, Kind.ORDERED, name)
        found = admitted_release(loaded.record, order.release or "")
        payload = node.payload(order.subjects[0].digest)
        _check_order(node, found, payload, proof, opened, name)
        candidate = _candidate(node, payload)
    except AssayError as error:
        node.note("order-refused", {"file": name, "faults": [str(fault) for fault in error.faults]})
        raise
    node.take_in(proof, opened, (), loaded.head)
    project = node.project(payload)
    notice = _notice(project, payload, candidate.as_of, _acceptors(opened))
    text = release_announcement(notice)
    _carry_out(node, found.id, payload, project, candidate, text)
    if node.load().record.releases[found.id].announced is None:
        node.say(*_released(node, found.id, payload, candidate, text))
    return Served(found.id, payload.product, payload.version, candidate.snapshots, candidate.as_of, text)


@alone
def rollback(node: Node, content: bytes, name: str) -> Served:
    """Serve the release before the present one again, on a signed order: its payload, schedule and last snapshots.

    Raises:
        AssayError: the order does not hold, is not about what is served now, or nothing was released before.
    """
    loaded = node.load()
    record = loaded.record
    try:
        proof = unpack_proof(content, name)
        opened, order = _order(node, proof, Kind.ROLLBACK_ORDERED, name)
        present = _ordered_back(node, record, proof, opened, name)
        before = _before(record, present)
        assert before.payload is not None
        payload = node.payload(before.payload)
    except AssayError as error:
        node.note("order-refused", {"file": name, "faults": [str(fault) for fault in error.faults]})
        raise
    pointer = _last_pointer(node, record, before, payload)
    node.take_in(proof, opened, (), loaded.head)
    project = node.project(payload)
    text = rollback_announcement(_notice(project, payload, pointer.as_of, ()), str(present.version), order.reason)
    moved = _move(node, pointer)
    publish_pages(node, project, payload, Slot.RELEASED)
    node.pages.publish(f"announcements/{present.id}-rolled-back.txt", text.encode())
    node.say(_rolled_back(node, present, before, moved, order))
    return Served(before.id, payload.product, payload.version, moved.snapshots, moved.as_of, text)


def _ordered_back(node: Node, record: Record, proof: Proof, opened: Opened, name: str) -> Release:
    """Return the release that an order takes back: what is served now, and nothing else."""
    assert opened.seal is not None
    order = opened.seal.statement
    present = served_release(record, _product_of(record, order))
    if present is None or present.id != order.release or present.payload != order.subjects[0].digest:
        found = "nothing" if present is None else f"{present.id} {present.version}"
        raise refusal(name, expected=f"{order.release} to be what is served", found=found)
    raise_faults(proof_faults(node, proof, opened, {f"release:{present.id}"}, name))
    return present


def _order(node: Node, proof: Proof, kind: Kind, name: str) -> tuple[Opened, Statement]:
    """Open an order and make sure that somebody who may give it has signed it."""
    opened = open_proof(proof, node.believed(), name, first_seen(node, proof))
    if opened.seal is None or opened.seal.statement.kind is not kind:
        raise_faults(opened.faults)
        found = "none" if opened.seal is None else str(opened.seal.statement.kind)
        raise refusal(f"{name}: seal", expected=f"a signed order ({kind})", found=found)
    said = opened.seal.statement
    person = node.believed().person(said.signer)
    if person is None or Role.RELEASE_MANAGER not in person.roles:
        raise refusal(f"{name}: seal", expected="the signature of a release manager", found=said.signer)
    product = _product_of(node.load().record, said)
    if astray := person.astray(product):
        wanted = f"the signature of a release manager of {product or 'what is ordered'}"
        raise refusal(f"{name}: seal", expected=wanted, found=astray)
    gate = gate_named(node.table, "release.ordered")
    if gate is not None and said.holder not in gate.holders:
        held = " or ".join(sorted(gate.holders))
        raise refusal(f"{name}: seal", expected=f"a key held by: {held}", found=f"one held by: {said.holder}")
    objection = shown_too_long_ago(gate, said.holder, said.authenticated) if gate is not None else ""
    if objection:
        raise refusal(f"{name}: seal", expected="the signature of somebody who has shown it is them", found=objection)
    return opened, said


def _check_order(node: Node, found: Release, payload: Payload, proof: Proof, opened: Opened, name: str) -> None:
    decision, record = decision_with(node, payload, node.project(payload), found.id, opened)
    ids = {subject.id for subject in decision.case.subjects}
    faults = proof_faults(node, proof, opened, ids, name)
    if found.payload != payload.digest:
        place = Place(f"{name}: {found.id}")
        faults.append(Fault(place, "the payload that was admitted", f"an order for {short(payload.digest)}"))
    cancelled = record.releases[found.id].cancelled
    if cancelled is not None:
        faults.append(
            Fault(Place(f"{name}: {found.id}"), "a release that stands", f"one that was cancelled: {cancelled}")
        )
    faults += missing_faults(missing_before(node.table, decision, "release.released"), name)
    faults += _superseded(node, found, payload, name)
    raise_faults(faults)


def _superseded(node: Node, found: Release, payload: Payload, name: str) -> list[Fault]:
    """Find out whether something else was released since: an order is for a change of what is served."""
    served = served_release(node.load().record, payload.product)
    place = Place(f"{name}: {found.id}")
    if found.rolled_back is not None:
        return [Fault(place, "a release that was not rolled back", "one that was", "Open a new release.")]
    if found.released is not None:
        if served is not None and served.id == found.id:
            return []
        return [Fault(place, "to be what is served, or not released yet", "released before, and replaced since")]
    base = served.payload if served else None
    if payload.base == base:
        return []
    hint = "Import the node's statements and freeze again."
    what = f"{served.id} {served.version}" if served else "nothing"
    return [Fault(place, f"a change of what is served here ({what})", "a change of another version", hint)]


def _candidate(node: Node, payload: Payload) -> Pointer:
    pointers = node.workshop.pointers
    candidate = pointers.get(ENVIRONMENT, payload.product, Slot.CANDIDATE)
    released = pointers.get(ENVIRONMENT, payload.product, Slot.RELEASED)
    if released is not None and released.payload == payload.digest:
        return released  # an interrupted release goes on from here
    if candidate is None or candidate.payload != payload.digest:
        raise refusal(payload.product, expected="this payload as candidate", found="another one, or none")
    return candidate


def _carry_out(node: Node, release_id: str, payload: Payload, project: Project, candidate: Pointer, text: str) -> None:
    """Move the pointer, publish the pages, write the announcement: each planned, done and read back by its key."""
    events = node.load().events
    key = f"{release_id}/{short(payload.digest)}"
    page = f"announcements/{release_id}.txt"
    wanted = Pointer(
        ENVIRONMENT, payload.product, Slot.RELEASED, candidate.snapshots, candidate.cut, payload.digest,
        candidate.as_of, node.now(),
    )  # fmt: skip
    pages: dict[str, Published] = {}
    intents = (
        Intent(
            f"{key}/zone", "the released pointer names this payload's snapshots",
            lambda: _move_once(node, wanted), lambda: _read_pointer(node, wanted),
        ),
        Intent(
            f"{key}/pages", "the pages of the solutions show the released data",
            lambda: pages.update(publish_pages(node, project, payload, Slot.RELEASED)), lambda: _pages_there(pages),
        ),
        Intent(
            f"{key}/announcement", "the announcement lies as a file for the audience",
            lambda: _announce(node, page, text),
            lambda: {"file": page} if node.pages.read(page) == text.encode() else None,
        ),
    )  # fmt: skip
    for intent in intents:
        carry_out(node, intent, events)
    grants = {"key": f"{key}/grants", "effect": "the audience may read", "why": "this node manages no grants yet"}
    if not any(event.kind == LEFT and event.data == grants for event in events):
        node.note(LEFT, grants)


def _announce(node: Node, page: str, text: str) -> None:
    node.pages.publish(page, text.encode())


def _pages_there(pages: Mapping[str, Published]) -> Mapping[str, Any] | None:
    """Say which pages were read back; None when one was not put in place, for its checks failed."""
    if any(page.result not in GOOD for page in pages.values()):
        return None
    return {"pages": {name: page.digest for name, page in pages.items()}}


def _released(
    node: Node, release_id: str, payload: Payload, candidate: Pointer, text: str
) -> tuple[Statement, Statement]:
    subject = (Meant(f"release:{release_id}", payload.digest),)
    details = {
        "product": payload.product, "version": payload.version, "snapshots": dict(candidate.snapshots),
        "cut": dict(candidate.cut), "as_of": candidate.as_of,
    }  # fmt: skip
    return (
        node.statement(Kind.RELEASED, subjects=subject, release=release_id, result=Result.PASS, details=details),
        node.statement(
            Kind.ANNOUNCED, subjects=subject, release=release_id, result=Result.PASS, details={"text": text}
        ),
    )


def _rolled_back(node: Node, present: Release, before: Release, pointer: Pointer, order: Statement) -> Statement:
    assert present.payload is not None
    return node.statement(
        Kind.ROLLED_BACK, subjects=(Meant(f"release:{present.id}", present.payload),), release=present.id,
        result=Result.PASS, reason=order.reason,
        details={
            "product": present.product, "to": before.id, "version": before.version,
            "snapshots": dict(pointer.snapshots), "as_of": pointer.as_of, "ordered_by": order.signer,
        },
    )  # fmt: skip


def _notice(project: Project, payload: Payload, as_of: str, accepted_by: Sequence[str]) -> Notice:
    product = project.products[payload.product]
    return Notice(product.title, payload.version, product.audience, product.owner, as_of, payload.changes, accepted_by)


def _acceptors(opened: Opened) -> tuple[str, ...]:
    """Return who accepted something in production for this order, each once."""
    said = (signed.statement for signed in opened.statements)
    return tuple(dict.fromkeys(s.speaker for s in said if s.kind is Kind.ACCEPTED and s.environment == ENVIRONMENT))


def _product_of(record: Record, order: Statement) -> str:
    found = record.releases.get(order.release or "")
    return found.product if found else ""


def _before(record: Record, present: Release) -> Release:
    """Find the release that was served before the present one."""
    order = [s.statement.release for s in record.statements if s.statement.kind is Kind.RELEASED]
    earlier = [
        r for r in admitted_releases(record, present.product)
        if r.released is not None and r.rolled_back is None and r.id != present.id
    ]  # fmt: skip
    if not earlier:
        raise refusal(present.id, expected="an earlier release to go back to", found="none")
    return max(earlier, key=lambda r: order.index(r.id))


def _last_pointer(node: Node, record: Record, before: Release, payload: Payload) -> Pointer:
    """Return what an earlier release served last: the snapshots of its newest good run."""
    said: Mapping[str, Any] = {}
    for signed in record.statements:
        statement = signed.statement
        is_its = statement.release == before.id and statement.result in GOOD
        if is_its and statement.kind in (Kind.RAN, Kind.RELEASED) and "snapshots" in statement.details:
            said = statement.details
    return Pointer(
        ENVIRONMENT, payload.product, Slot.RELEASED, said["snapshots"], said["cut"], payload.digest,
        said["as_of"], node.now(),
    )  # fmt: skip


def _move_once(node: Node, wanted: Pointer) -> None:
    if _read_pointer(node, wanted) is None:
        _move(node, wanted)


def _move(node: Node, wanted: Pointer) -> Pointer:
    present = node.workshop.pointers.get(ENVIRONMENT, wanted.product, Slot.RELEASED)
    return node.workshop.pointers.move(replace(wanted, revision=present.revision if present else 0))


def _read_pointer(node: Node, wanted: Pointer) -> Mapping[str, Any] | None:
    found = node.workshop.pointers.get(ENVIRONMENT, wanted.product, Slot.RELEASED)
    if found is None or (found.payload, found.snapshots) != (wanted.payload, wanted.snapshots):
        return None
    return {"revision": found.revision, "payload": found.payload}

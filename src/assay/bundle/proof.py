"""Proof archives: bundles, release orders and exports, all of one form.

``statements/<digest>.json``  envelopes, each standing by itself
``order.json``                their digests in the order in which they were recorded
``seal.json``                 one envelope over all of it: who put it together, for which payload (not in exports)
``payload.json``, ``files/``  the payload (in bundles only)
``events.jsonl``              the chain (in exports only)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from assay.base.canonical import Digest, canonical_json, digest_bytes, hex_of, parse_digest, parse_json
from assay.base.errors import AssayError, Fault, Place, refusal
from assay.base.ports import Event
from assay.base.roles import Roster
from assay.bundle.archive import pack, unpack
from assay.bundle.payload import MANIFEST, Payload, payload_of
from assay.lifecycle.chain import STATEMENT_RECORDED, event_line, parse_event_line, verify_chain
from assay.lifecycle.envelopes import Compromised, Signed, open_envelope
from assay.lifecycle.statements import Kind

STATEMENTS = "statements/"
ORDER = "order.json"
SEAL = "seal.json"
EVENTS = "events.jsonl"


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof archive as it was read: its form is right, its signatures are not verified yet.

    Attributes:
        statements: envelopes by digest, in the order in which they were recorded.
        seal: the envelope over the whole; None in an export.
        payload: what was frozen; None in a release order and an export.
        events: the chain that the statements were recorded in; empty but in an export.
    """

    statements: Mapping[Digest, bytes]
    seal: bytes | None = None
    payload: Payload | None = None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A proof whose signatures were verified: the statements that hold, and a fault for each that does not.

    Attributes:
        told: the statements that hold, and among them, as fallen, those with a good signature by a key that others may
            have had. These are no fault of the proof, which has to hold everything that was said; they count for
            nothing.
    """

    told: tuple[Signed, ...]
    seal: Signed | None
    faults: tuple[Fault, ...]

    @property
    def statements(self) -> tuple[Signed, ...]:
        """The statements that hold."""
        return tuple(signed for signed in self.told if not signed.has_fallen)


def pack_proof(proof: Proof) -> bytes:
    """Write a proof as one deterministic archive."""
    files = {STATEMENTS + hex_of(digest) + ".json": content for digest, content in proof.statements.items()}
    files[ORDER] = canonical_json(list(proof.statements))
    if proof.seal is not None:
        files[SEAL] = proof.seal
    if proof.payload is not None:
        files.update(proof.payload.archive())
    if proof.events:
        files[EVENTS] = b"".join(event_line(event) + b"\n" for event in proof.events)
    return pack(files)


def unpack_proof(content: bytes, what: str) -> Proof:
    """Read a proof archive.

    Raises:
        AssayError: its form is not right, an envelope has not the digest of its name, or something is missing from
            or foreign to the list in ``order.json``.
    """
    files = unpack(content, what)
    order = _order(files, what)
    statements = {digest: _statement(files, digest, what) for digest in order}
    payload = payload_of(files, what) if MANIFEST in files else None
    lines = files.get(EVENTS, b"").splitlines()
    events = tuple(parse_event_line(line, f"{what}: {EVENTS}:{i}") for i, line in enumerate(lines, 1))
    proof = Proof(statements, files.get(SEAL), payload, events)
    if pack_proof(proof) != content:
        raise refusal(what, expected="only what a proof holds", found="foreign files in it")
    return proof


def open_proof(proof: Proof, roster: Roster, what: str, seen: Mapping[Digest, datetime] | None = None) -> Opened:
    """Verify every signature of a proof against a roster, that the seal covers all of it, and the order.

    Args:
        proof: as `unpack_proof` read it.
        roster: who may sign; never taken from the proof itself.
        what: how to call the proof in faults.
        seen: when whoever opens it saw statements first, by their own record; those that are not there, they see now.
    """
    faults = _order_faults(proof, what)
    told: list[Signed] = []
    for digest, content in proof.statements.items():
        place = f"{what}: statement {hex_of(digest)[:12]}"
        try:
            opened = _opened(content, roster, place, faults, (seen or {}).get(digest))
        except Compromised as error:
            opened = error.signed
        if opened is not None:
            told.append(opened)
    seal = _opened_seal(proof, roster, what, faults, seen or {})
    if seal is not None:
        faults.extend(_seal_faults(seal, proof, what))
    return Opened(tuple(told), seal, tuple(faults))


def chain_faults(proof: Proof, what: str) -> tuple[Fault, ...]:
    """Find every event of the chain that comes along which is not what it must be."""
    return tuple(replace(f, where=Place(f"{what}: {f.where}")) for f in verify_chain(proof.events))


def seal_details(statements: Sequence[Digest]) -> dict[str, object]:
    """Return what a seal says of the statements that it covers."""
    return {"statements": list(statements)}


def _order_faults(proof: Proof, what: str) -> list[Fault]:
    """Hold the statements against the chain that comes along: what was said last decides, so the order is evidence."""
    if not proof.events:
        return []
    pointed = dict.fromkeys(str(e.data.get("statement")) for e in proof.events if e.kind == STATEMENT_RECORDED)
    if [digest for digest in pointed if digest in proof.statements] == list(proof.statements):
        return []
    expected = "statements of the chain that comes along, in its order"
    return [Fault(Place(f"{what}: {ORDER}"), expected, "others, or another order")]


def _seal_faults(seal: Signed, proof: Proof, what: str) -> list[Fault]:
    faults = []
    place = Place(f"{what}: seal")
    if seal.statement.kind not in (Kind.BUNDLED, Kind.ORDERED, Kind.ROLLBACK_ORDERED):
        faults.append(Fault(place, "a statement that seals", str(seal.statement.kind)))
    if seal.statement.details.get("statements") != list(proof.statements):
        faults.append(Fault(place, "exactly the statements that it was put on", "others, or another order"))
    if proof.payload is not None and proof.payload.digest not in {m.digest for m in seal.statement.subjects}:
        faults.append(Fault(place, f"the payload {hex_of(proof.payload.digest)[:12]}", "another payload"))
    return faults


def _opened(content: bytes, roster: Roster, place: str, faults: list[Fault], seen: datetime | None) -> Signed | None:
    """Open an envelope, or add why it does not open.

    Raises:
        Compromised: it does, and its key may have been somebody else's.
    """
    try:
        return open_envelope(content, roster, seen=seen)
    except Compromised:
        raise
    except AssayError as error:
        faults.extend(_at(place, error))
        return None


def _opened_seal(
    proof: Proof, roster: Roster, what: str, faults: list[Fault], seen: Mapping[Digest, datetime]
) -> Signed | None:
    if proof.seal is None:
        return None
    try:
        return _opened(proof.seal, roster, f"{what}: seal", faults, seen.get(digest_bytes(proof.seal)))
    except Compromised as error:  # who may have put it together is nobody's word
        faults.extend(_at(f"{what}: seal", error))
        return None


def _at(place: str, error: AssayError) -> list[Fault]:
    return [Fault(Place(f"{place}: {f.where}"), f.expected, f.found, f.hint) for f in error.faults]


def _order(files: Mapping[str, bytes], what: str) -> tuple[Digest, ...]:
    try:
        return tuple(parse_digest(digest) for digest in parse_json(files[ORDER], ORDER))
    except (KeyError, TypeError, AssayError) as error:
        raise refusal(what, expected=f"the list {ORDER} of its statements", found=f"{error!r}"[:120]) from error


def _statement(files: Mapping[str, bytes], digest: Digest, what: str) -> bytes:
    content = files.get(STATEMENTS + hex_of(digest) + ".json")
    if content is None:
        raise refusal(what, expected=f"the statement {hex_of(digest)[:12]} that is listed", found="none")
    if digest_bytes(content) != digest:
        raise refusal(what, expected=f"the digest {hex_of(digest)[:12]} of a statement", found="another content")
    return content

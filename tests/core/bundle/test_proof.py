"""Proofs: bundles, orders and exports open as they were put together, with a fault for all that does not hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.canonical import Digest, canonical_json, digest_bytes, hex_of
from assay.base.errors import AssayError
from assay.base.ports import Event
from assay.base.roles import Roster
from assay.bundle.archive import pack, unpack
from assay.bundle.payload import MANIFEST, Payload
from assay.bundle.proof import (
    EVENTS,
    ORDER,
    SEAL,
    STATEMENTS,
    Proof,
    open_proof,
    pack_proof,
    seal_details,
    unpack_proof,
)
from assay.lifecycle.chain import EMPTY, STATEMENT_RECORDED, event_line, links, verify_chain
from assay.lifecycle.gates import ChangeClass
from assay.lifecycle.statements import Kind, Result
from fakes.cast import DATASET, EMIL, ERNA, PRODUCT, RITA, ROSTER, START, SeededSigner, digest, speak
from soak import count

PAYLOAD = Payload("p", "1.0.0", "c" * 40, {"assay.yaml": b"name: x\n"}, PRODUCT, ChangeClass.STANDARD, None, ())
OF_DATASET = (DATASET.id, DATASET.digest)
OF_RELEASE = ("release:R-0001", PAYLOAD.digest)
ENVELOPES = [
    speak(EMIL, Kind.BUILT, OF_DATASET, environment="dev", result=Result.PASS),
    speak(EMIL, Kind.CHECKED, OF_DATASET, environment="qa", result=Result.FAIL),
    speak(EMIL, Kind.CHECKED, OF_DATASET, environment="qa", result=Result.PASS),
]
DIGESTS = [digest_bytes(envelope) for envelope in ENVELOPES]


def chain_of(digests: Sequence[str]) -> tuple[Event, ...]:
    facts = [(STATEMENT_RECORDED, {"statement": d, "kind": "checked", "subjects": [DATASET.id]}) for d in digests]
    return links(EMPTY, START, [("opened", {}), *facts])


def sealed(digests: Sequence[Digest] = DIGESTS, *subjects: tuple[str, Digest], kind: Kind = Kind.BUNDLED) -> bytes:
    details = seal_details(digests)
    return speak(RITA, kind, *(subjects or (OF_RELEASE,)), release="R-0001", environment="prod", details=details)


BUNDLE = Proof(dict(zip(DIGESTS, ENVELOPES, strict=True)), sealed(), PAYLOAD, chain_of(DIGESTS))
PACKED = pack_proof(BUNDLE)
FORMS = {
    "a bundle": BUNDLE,
    "an order": Proof(BUNDLE.statements, sealed(kind=Kind.ORDERED), None, BUNDLE.events),
    "an export": Proof(BUNDLE.statements, events=BUNDLE.events),
    "some statements": Proof(BUNDLE.statements),
    "nothing": Proof({}),
}


def _refused(content: bytes) -> str:
    with pytest.raises(AssayError) as refused:
        unpack_proof(content, "x.bundle")
    return str(refused.value)


def _faults(proof: Proof, roster: Roster = ROSTER) -> list[str]:
    return [str(fault) for fault in open_proof(proof, roster, "x.bundle").faults]


def _repacked(change: Callable[[dict[str, bytes]], object]) -> bytes:
    files = unpack(PACKED, "x.bundle")
    change(files)
    return pack(files)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_packed_is_unpacked_as_it_was(form: str) -> None:
    proof = unpack_proof(pack_proof(FORMS[form]), "x.bundle")
    assert (proof.statements, proof.seal, proof.events) == (
        FORMS[form].statements,
        FORMS[form].seal,
        FORMS[form].events,
    )
    assert list(proof.statements) == list(FORMS[form].statements)
    assert (proof.payload and proof.payload.digest) == (FORMS[form].payload and PAYLOAD.digest)
    assert _faults(proof) == []


def test_the_statements_open_in_the_order_in_which_they_were_recorded() -> None:
    opened = open_proof(BUNDLE, ROSTER, "x.bundle")
    assert [signed.digest for signed in opened.statements] == DIGESTS
    assert [signed.statement.result for signed in opened.statements] == [Result.PASS, Result.FAIL, Result.PASS]
    assert opened.seal is not None
    assert opened.seal.statement.signer == RITA.email


@pytest.mark.parametrize("form", ["a bundle", "an order"])
@given(data=st.data())
def test_one_byte_changed_anywhere_in_what_is_sealed_is_detected(form: str, data: st.DataObject) -> None:
    packed = pack_proof(FORMS[form])
    position = data.draw(st.integers(0, len(packed) - 1))
    flip = data.draw(st.integers(1, 255))
    assert not _holds(packed[:position] + bytes([packed[position] ^ flip]) + packed[position + 1 :])


def test_every_byte_that_is_not_padding_is_held_by_something() -> None:
    for position in range(0, len(PACKED), count(29, 1)):
        if PACKED[position]:
            assert not _holds(PACKED[:position] + bytes([PACKED[position] ^ 0x01]) + PACKED[position + 1 :]), position


def _holds(content: bytes) -> bool:
    """Say whether a bundle or order passes all that can be known without a node's own history."""
    try:
        proof = unpack_proof(content, "x.bundle")
    except AssayError:
        return False
    return not _faults(proof) and not verify_chain(proof.events)


@pytest.mark.parametrize("name", sorted(unpack(PACKED, "x.bundle")))
def test_any_file_that_is_taken_out_is_missed(name: str) -> None:
    content = _repacked(lambda files: files.pop(name))
    if name not in {SEAL, EVENTS}:
        assert "x.bundle" in _refused(content)
        return
    proof = unpack_proof(content, "x.bundle")  # another form, which whoever expects a bundle refuses
    assert (proof.seal is None) is (name == SEAL)
    assert bool(proof.events) is (name != EVENTS)


@pytest.mark.parametrize("name", ["readme.txt", STATEMENTS + "x.json", STATEMENTS + "0" * 64 + ".json", "files/more"])
def test_any_file_that_is_put_in_is_refused(name: str) -> None:
    assert "x.bundle" in _refused(_repacked(lambda files: files.update({name: b"{}"})))


def test_an_envelope_under_the_name_of_another_is_refused() -> None:
    first, second = (STATEMENTS + hex_of(d) + ".json" for d in DIGESTS[:2])
    swapped = _repacked(lambda files: files.update({first: files[second], second: files[first]}))
    assert f"the digest {hex_of(DIGESTS[0])[:12]} of a statement" in _refused(swapped)


@pytest.mark.parametrize(
    "order",
    [
        b"",
        b"null",
        b"5",
        b"{}",
        b"[5]",
        b'["sha256:1"]',
        b"[" * 100_000,
        canonical_json([*DIGESTS, DIGESTS[0]]),
        canonical_json(DIGESTS[:2]),
        canonical_json([*DIGESTS, digest("unknown")]),
        json.dumps(DIGESTS, indent=1).encode(),
    ],
)
def test_a_list_that_is_not_exactly_of_its_statements_is_refused(order: bytes) -> None:
    assert "x.bundle" in _refused(_repacked(lambda files: files.update({ORDER: order})))


@pytest.mark.parametrize("line", [b"", b"\n", b"null\n", b"{}\n", b"[" * 100_000, b"\xff\n"])
def test_a_chain_that_is_none_is_refused(line: bytes) -> None:
    assert "x.bundle" in _refused(_repacked(lambda files: files.update({EVENTS: line})))
    good = b"".join(event_line(event) + b"\n" for event in BUNDLE.events)
    assert "x.bundle" in _refused(_repacked(lambda files: files.update({EVENTS: good + line if line else good[:-1]})))


def test_statements_in_another_order_than_the_chain_are_a_fault_though_the_seal_is_good() -> None:
    """Else a check that failed could be put before the one that passed, and what is newest decides."""
    turned = [DIGESTS[0], DIGESTS[2], DIGESTS[1]]
    statements = {d: BUNDLE.statements[d] for d in turned}
    (fault,) = _faults(replace(BUNDLE, statements=statements, seal=sealed(turned)))
    assert "statements of the chain that comes along, in its order" in fault


def test_a_statement_to_which_the_chain_does_not_point_is_a_fault() -> None:
    (fault,) = _faults(replace(BUNDLE, events=chain_of(DIGESTS[:2])))
    assert "statements of the chain" in fault


@pytest.mark.parametrize("data", [{}, {"statement": 5}, {"statement": [1]}, {"statement": None}])
def test_a_chain_that_points_nowhere_is_a_fault_and_no_crash(data: dict[str, Any]) -> None:
    broken = links(EMPTY, START, [(STATEMENT_RECORDED, data)])
    assert len(_faults(replace(BUNDLE, events=broken))) == 1


@pytest.mark.parametrize("covered", [DIGESTS[:2], [], [*DIGESTS, DIGESTS[0]], DIGESTS[::-1]])
def test_a_seal_over_other_statements_is_a_fault(covered: list[Digest]) -> None:
    (fault,) = _faults(replace(BUNDLE, seal=sealed(covered)))
    assert "exactly the statements that it was put on" in fault


@pytest.mark.parametrize("details", [{}, {"statements": 5}, {"statements": "all"}, {"statements": None}])
def test_a_seal_that_lists_no_statements_is_a_fault_and_no_crash(details: dict[str, Any]) -> None:
    envelope = speak(RITA, Kind.BUNDLED, OF_RELEASE, details=details)
    (fault,) = _faults(replace(BUNDLE, seal=envelope))
    assert "exactly the statements that it was put on" in fault


def test_a_seal_over_another_payload_is_a_fault() -> None:
    other = replace(PAYLOAD, version="1.0.1")
    (fault,) = _faults(replace(BUNDLE, payload=other))
    assert f"the payload {hex_of(other.digest)[:12]}" in fault


@pytest.mark.parametrize("kind", [Kind.ACCEPTED, Kind.RELEASED, Kind.FROZEN])
def test_a_statement_that_is_no_seal_seals_nothing(kind: Kind) -> None:
    (fault,) = _faults(replace(BUNDLE, seal=sealed(kind=kind)))
    assert "a statement that seals" in fault


@dataclass(frozen=True, slots=True)
class Break:
    """A statement that does not hold, and what is said of it."""

    envelope: bytes
    found: str


STRANGER = speak(EMIL, Kind.BUILT, OF_DATASET, environment="qa", signer=SeededSigner("stranger"))
IN_ANOTHERS_NAME = speak(EMIL, Kind.BUILT, OF_DATASET, environment="qa", signer=SeededSigner(ERNA.email))
OF_ANOTHER_PROJECT = speak(EMIL, Kind.BUILT, OF_DATASET, environment="qa", project="playground")
BREAKS = {
    "unknown": Break(STRANGER, "the unknown key"),
    "another's": Break(IN_ANOTHERS_NAME, "it is by emil@example.org"),
    "another project": Break(OF_ANOTHER_PROJECT, "one of the project playground"),
    "rubbish": Break(b"{}", "a DSSE envelope"),
    "nested": Break(b"[" * 100_000, "expected JSON"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_each_statement_that_does_not_hold_is_a_fault_and_the_others_still_open(name: str) -> None:
    broken = BREAKS[name].envelope
    statements = {**BUNDLE.statements, digest_bytes(broken): broken}
    order = list(statements)
    opened = open_proof(
        replace(BUNDLE, statements=statements, seal=sealed(order), events=chain_of(order)), ROSTER, "x.bundle"
    )
    assert [signed.digest for signed in opened.statements] == DIGESTS
    (fault,) = opened.faults
    assert BREAKS[name].found in str(fault)
    assert f"x.bundle: statement {hex_of(digest_bytes(broken))[:12]}" in str(fault.where)


def test_all_faults_are_reported_together() -> None:
    nobody = Roster(tuple(p for p in ROSTER.people if p is RITA))
    assert len(_faults(BUNDLE, nobody)) == len(DIGESTS)
    assert len(_faults(BUNDLE, Roster(()))) == len(DIGESTS) + 1


def test_a_seal_with_a_key_that_was_revoked_is_a_fault_and_no_seal() -> None:
    gone = replace(RITA, keys=(replace(RITA.keys[0], revoked_at=START - timedelta(days=1)),))
    opened = open_proof(BUNDLE, Roster((*(p for p in ROSTER.people if p is not RITA), gone)), "x.bundle")
    assert opened.seal is None
    assert "before the key was revoked" in str(opened.faults[0])


def test_a_proof_is_the_same_bytes_whenever_it_is_packed() -> None:
    assert pack_proof(unpack_proof(PACKED, "x.bundle")) == PACKED
    assert set(unpack(PACKED, "x.bundle")) >= {MANIFEST, ORDER, SEAL, EVENTS}

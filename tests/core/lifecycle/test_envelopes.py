"""Envelopes: what is sealed opens for those who know the signer, as it was sealed and not otherwise."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._key import SSlibKey

from assay.base.errors import AssayError
from assay.base.roles import Holder, NodeIdentity, PublicKey, Roster
from assay.lifecycle.envelopes import PAYLOAD_TYPE, open_envelope, pre_authentication_encoding, seal
from assay.lifecycle.statements import Kind, Meant, Statement, encode
from fakes.cast import DATASET, EMIL, ERNA, NODE, OLIVE, PROJECT, ROSTER, START, THE_NODE, SeededSigner, person, speak
from fakes.statements import statements

SIGNER = SeededSigner(EMIL.email)
BUILT = Statement(
    Kind.BUILT, (Meant(DATASET.id, DATASET.digest),), EMIL.email, Holder.PERSON, START, PROJECT, environment="dev"
)
SEALED = seal(BUILT, SIGNER)


def _independent_key(signer: SeededSigner) -> SSlibKey:
    return SSlibKey(signer.key_id, "ed25519", "ed25519", {"public": signer.public.raw.hex()})


def _altered(**changes: Any) -> bytes:
    value = {**json.loads(SEALED), **changes}
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _payload(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _signature(content: bytes) -> dict[str, str]:
    found: dict[str, str] = json.loads(content)["signatures"][0]
    return found


def _found(content: bytes, roster: Roster = ROSTER) -> str:
    with pytest.raises(AssayError) as refused:
        open_envelope(content, roster)
    return str(refused.value)


def test_what_is_sealed_opens_as_it_was_said_with_the_digest_of_its_bytes() -> None:
    signed = open_envelope(SEALED, ROSTER)
    assert signed.statement == BUILT
    assert signed.key_id == SIGNER.key_id
    assert signed == open_envelope(seal(BUILT, SIGNER), ROSTER)


@given(statements)
def test_an_independent_implementation_of_dsse_accepts_what_we_seal(statement: Statement) -> None:
    theirs = Envelope.from_dict(json.loads(seal(statement, SIGNER)))
    assert theirs.payload == encode(statement)
    assert theirs.payload_type == PAYLOAD_TYPE
    assert theirs.pae() == pre_authentication_encoding(PAYLOAD_TYPE, encode(statement))
    assert set(theirs.verify([_independent_key(SIGNER)], 1)) == {SIGNER.key_id}


def test_an_independent_implementation_of_dsse_refuses_what_we_refuse() -> None:
    other = _signature(seal(replace(BUILT, environment="qa"), SIGNER))
    theirs = Envelope.from_dict(json.loads(_altered(signatures=[other])))
    with pytest.raises(VerificationError):
        theirs.verify([_independent_key(SIGNER)], 1)


@given(st.binary(max_size=40), st.text(st.characters(codec="utf-8"), max_size=12))
def test_what_is_signed_binds_the_type_to_the_payload_as_dsse_says(payload: bytes, kind: str) -> None:
    assert pre_authentication_encoding(kind, payload) == Envelope(payload, kind, {}).pae()


def test_one_byte_changed_anywhere_in_an_envelope_is_detected() -> None:
    for position, byte in enumerate(SEALED):
        for flip in (0x01, 0x20, 0x80):
            broken = SEALED[:position] + bytes([byte ^ flip]) + SEALED[position + 1 :]
            with pytest.raises(AssayError):
                open_envelope(broken, ROSTER)


def test_a_byte_missing_or_added_anywhere_in_an_envelope_is_detected() -> None:
    for position in range(len(SEALED)):
        for broken in (SEALED[:position] + SEALED[position + 1 :], SEALED[:position] + b" " + SEALED[position:]):
            with pytest.raises(AssayError):
                open_envelope(broken, ROSTER)


def test_a_key_that_nobody_holds_is_refused_by_its_name() -> None:
    stranger = SeededSigner("stranger")
    assert f"the unknown key {stranger.key_id[:12]}" in _found(seal(BUILT, stranger))


def test_a_person_who_left_the_roster_opens_no_more() -> None:
    assert "unknown key" in _found(SEALED, Roster(tuple(p for p in ROSTER.people if p is not EMIL)))


def test_a_signature_with_ones_own_key_in_anothers_name_is_refused() -> None:
    found = _found(speak(ERNA, Kind.BUILT, (DATASET.id, DATASET.digest), signer=SIGNER))
    assert "a statement by emil@example.org" in found
    assert "it is by erna@example.org" in found


def test_a_node_statement_with_a_persons_key_is_refused() -> None:
    found = _found(speak(THE_NODE, Kind.POPULATED, (DATASET.id, DATASET.digest), signer=SIGNER))
    assert f"it is by {NODE} (node)" in found
    as_node = seal(replace(BUILT, holder=Holder.NODE), SIGNER)
    assert "it is by emil@example.org (node)" in _found(as_node)


def test_a_persons_statement_with_a_nodes_key_is_refused() -> None:
    as_person = speak(EMIL, Kind.BUILT, (DATASET.id, DATASET.digest), signer=SeededSigner(NODE))
    assert "it is by emil@example.org (person)" in _found(as_person)


def _held(holder: Holder) -> Roster:
    return Roster((replace(EMIL, keys=(replace(EMIL.keys[0], holder=holder),)),))


def test_a_portal_signs_as_a_portal_with_the_key_that_it_holds_for_a_person() -> None:
    held = replace(BUILT, holder=Holder.PORTAL)
    assert open_envelope(seal(held, SIGNER), _held(Holder.PORTAL)).statement.holder is Holder.PORTAL


def test_a_persons_own_key_does_not_sign_as_the_portal_nor_the_portals_as_the_person() -> None:
    for held, said in ((Holder.PERSON, Holder.PORTAL), (Holder.PORTAL, Holder.PERSON)):
        found = _found(seal(replace(BUILT, holder=said), SIGNER), _held(held))
        assert f"key {SIGNER.key_id[:12]} of emil@example.org: expected a statement that says who holds it" in found
        assert f"as the roster does: {held}, found one that says {said}" in found


@pytest.mark.parametrize("said", [Holder.PERSON, Holder.PORTAL])
def test_a_nodes_key_signs_as_a_node_alone(said: Holder) -> None:
    found = _found(seal(replace(BUILT, signer=NODE, holder=said), SeededSigner(NODE)))
    assert f"it is by {NODE} ({said})" in found


def test_a_node_with_the_name_of_a_person_does_not_sign_for_them() -> None:
    imposter = NodeIdentity(EMIL.email, (SeededSigner("imposter").public,))
    roster = replace(ROSTER, nodes=(imposter,))
    assert "(person)" in _found(seal(BUILT, SeededSigner("imposter")), roster)


def test_another_payload_under_a_good_signature_is_refused() -> None:
    other = encode(replace(BUILT, environment="qa"))
    assert "a signature by emil@example.org" in _found(_altered(payload=_payload(other)))


def test_a_signature_swapped_from_another_envelope_of_the_same_person_is_refused() -> None:
    other = _signature(seal(replace(BUILT, environment="qa"), SIGNER))
    assert "one that does not fit" in _found(_altered(signatures=[other]))


def test_a_good_signature_under_the_name_of_another_key_is_refused() -> None:
    other = {**_signature(SEALED), "keyid": SeededSigner(ERNA.email).key_id}
    assert "a signature by erna@example.org" in _found(_altered(signatures=[other]))


def test_two_signatures_or_none_are_refused() -> None:
    one = _signature(SEALED)
    for signatures in ([], [one, one], [one, _signature(seal(BUILT, SeededSigner(ERNA.email)))]):
        assert "one signature" in _found(_altered(signatures=signatures))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"5",
        b"[" * 100_000,
        _altered(payloadType="text/plain"),
        _altered(extra=1),
        _altered(payload="not base64!"),
        _altered(payload=7),
        _altered(signatures=[{**_signature(SEALED), "keyid": 5}]),
        _altered(signatures=[{**_signature(SEALED), "sig": ""}]),
        _altered(signatures=[{**_signature(SEALED), "note": "x"}]),
        _altered(signatures={"keyid": "sig"}),
        SEALED + b"\n",
        json.dumps(json.loads(SEALED)).encode(),
    ],
)
def test_what_is_not_exactly_an_envelope_is_refused(content: bytes) -> None:
    with pytest.raises(AssayError):
        open_envelope(content, ROSTER)


def test_a_statement_that_is_not_ours_is_refused_though_its_signature_is_good() -> None:
    foreign = b'{"_type":"https://in-toto.io/Statement/v1"}'
    raw = SIGNER.sign(pre_authentication_encoding(PAYLOAD_TYPE, foreign))
    signature = {"keyid": SIGNER.key_id, "sig": base64.b64encode(raw).decode()}
    assert "an in-toto statement of Assay" in _found(_altered(payload=_payload(foreign), signatures=[signature]))


def test_a_statement_of_another_project_is_refused_though_its_signer_takes_part_in_both() -> None:
    found = _found(seal(replace(BUILT, project="playground"), SIGNER))
    assert f"built by emil@example.org: expected a statement of the project {PROJECT}" in found
    assert "found one of the project playground" in found


def test_a_roster_that_is_of_no_project_yet_opens_what_was_said_of_any() -> None:
    nowhere = replace(ROSTER, project=None)
    assert open_envelope(seal(replace(BUILT, project="playground"), SIGNER), nowhere).statement.project == "playground"


def _revoked(when: Any) -> Roster:
    return Roster((replace(EMIL, keys=(replace(EMIL.keys[0], revoked_at=when),)), OLIVE))


def test_what_was_signed_before_a_key_was_revoked_still_opens() -> None:
    assert open_envelope(SEALED, _revoked(START + timedelta(seconds=1))).statement == BUILT


@pytest.mark.parametrize("earlier", [timedelta(0), timedelta(days=3)])
def test_what_was_signed_at_or_after_the_revocation_of_its_key_is_refused(earlier: timedelta) -> None:
    found = _found(SEALED, _revoked(START - earlier))
    assert "before the key was revoked" in found
    assert "Sign again with a key that is good" in found


def test_a_person_signs_with_any_of_their_keys() -> None:
    second = SeededSigner("emil's second key")
    roster = Roster((replace(EMIL, keys=(*EMIL.keys, second.public)),))
    assert open_envelope(seal(BUILT, second), roster).key_id == second.key_id


def test_a_key_is_named_by_the_hash_of_its_32_bytes() -> None:
    assert PublicKey(b"\0" * 32).id == "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
    assert person("emil").keys[0].id == SIGNER.key_id

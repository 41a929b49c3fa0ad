"""Envelopes: a statement and the signature over it, in one file that stands by itself (DSSE v1).

A signature proves who signed only together with a roster; an envelope whose key nobody on the roster holds opens
for nobody. Source of the form: Dead Simple Signing Envelope, protocol version 1.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from assay.base.canonical import Digest, canonical_json, digest_bytes, parse_json
from assay.base.errors import AssayError, refusal
from assay.base.ports import Signer
from assay.base.roles import Holder, NodeIdentity, Person, PublicKey, Roster
from assay.lifecycle.statements import Statement, decode, encode, time_text

PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement whose signature was found good.

    Attributes:
        statement: what is said.
        digest: of the whole envelope; by this others point to it.
        key_id: the key that signed.
        has_fallen: whether others may have had the key; then it tells what happened, and counts at no gate.
    """

    statement: Statement
    digest: Digest
    key_id: str
    has_fallen: bool = False


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed, which bind the type to the payload (DSSE, "PAE")."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(statement: Statement, signer: Signer) -> bytes:
    """Sign a statement and return the envelope's bytes."""
    payload = encode(statement)
    signature = signer.sign(pre_authentication_encoding(PAYLOAD_TYPE, payload))
    return _write(payload, signer.key_id, signature)


class Compromised(AssayError):
    """Say that others may have made a signature: it is good, and proves nothing.

    Attributes:
        signed: what it stands under, as fallen.
    """

    def __init__(self, signed: Signed, error: AssayError) -> None:
        super().__init__(*error.faults)
        self.signed = replace(signed, has_fallen=True)


NONE_PROVEN: frozenset[Digest] = frozenset()


def open_envelope(
    content: bytes, roster: Roster, proven: AbstractSet[Digest] = NONE_PROVEN, seen: datetime | None = None
) -> Signed:
    """Verify an envelope and return its statement.

    Args:
        content: as it was sealed.
        roster: who may sign.
        proven: digests of envelopes whose signature was found good before. A digest is of every byte, the id of the
            key among them, so that cannot have changed; what the roster says of the key can, and is asked anew.
        seen: when whoever reads it saw it first, by their own clock and record; None where they see it now.

    Raises:
        Compromised: it was not seen before others could sign with its key.
        AssayError: not an envelope, one byte different from what was sealed, a key that nobody on the roster holds
            or that is another person's than the statement says or is held by somebody else, a key that had been revoked
            when it signed, or a statement of another project than the roster's.
    """
    digest = digest_bytes(content)
    is_proven = digest in proven
    payload, key_id, signature = _read(content, is_proven=is_proven)
    holder, key = _found(roster, key_id)
    if not is_proven:
        _check_signature(holder, key, payload, signature)
    signed = Signed(decode(payload, is_proven=is_proven), digest, key_id)
    _check_statement(signed, holder, key, roster, seen)
    return signed


def said_in(content: bytes) -> Statement:
    """Return what an envelope says, whoever signed it: nothing of it is verified but its form.

    Raises:
        AssayError: not an envelope of ours.
    """
    payload, _, _ = _read(content, is_proven=False)
    return decode(payload)


def hold_against(signed: Signed, roster: Roster, seen: datetime | None = None) -> Signed:
    """Ask a roster anew about a statement whose signature was found good, and return it.

    Raises:
        AssayError: as in `open_envelope`, for what the roster says.
    """
    _check_statement(signed, *_found(roster, signed.key_id), roster, seen)
    return signed


def _found(roster: Roster, key_id: str) -> tuple[Person | NodeIdentity, PublicKey]:
    found = roster.find(key_id)
    if found is None:
        raise refusal(
            "signature",
            expected="a key of somebody on the roster",
            found=f"the unknown key {key_id[:12]}",
            hint="Add the person's public key to the roster, or ask them which key they signed with.",
        )
    return found


def _check_signature(holder: Person | NodeIdentity, key: PublicKey, payload: bytes, signature: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(
            signature, pre_authentication_encoding(PAYLOAD_TYPE, payload)
        )
    except InvalidSignature as error:
        name = holder.email if isinstance(holder, Person) else holder.name
        raise refusal("signature", expected=f"a signature by {name}", found="one that does not fit") from error


def _check_statement(
    signed: Signed, holder: Person | NodeIdentity, key: PublicKey, roster: Roster, seen: datetime | None
) -> None:
    statement = signed.statement
    _check_holder(statement, holder, key)
    _check_project(statement, roster)
    since = key.compromised_since
    if since is not None and (seen is None or seen >= since or statement.at >= since):
        raise Compromised(
            signed,
            refusal(
                f"key {key.id[:12]} of {statement.signer}",
                expected=f"a signature that was seen here before the key was compromised ({time_text(since)})",
                found=f"one that was first seen {time_text(seen) if seen else 'now'}",
                hint="Its own time proves nothing: whoever has the key writes it. Sign again with a key that is good.",
            ),
        )
    _check_times(statement, key)


def _check_times(statement: Statement, key: PublicKey) -> None:
    if key.active_from is not None and statement.at < key.active_from:
        raise refusal(
            f"key {key.id[:12]} of {statement.signer}",
            expected=f"a signature made when the key was active ({time_text(key.active_from)} or later)",
            found=f"one of {time_text(statement.at)}",
        )
    if key.revoked_at is not None and statement.at >= key.revoked_at:
        raise refusal(
            f"key {key.id[:12]} of {statement.signer}",
            expected=f"a signature made before the key was revoked ({time_text(key.revoked_at)})",
            found=f"one of {time_text(statement.at)}",
            hint="Sign again with a key that is good.",
        )


def _check_holder(statement: Statement, holder: Person | NodeIdentity, key: PublicKey) -> None:
    is_node = isinstance(holder, NodeIdentity)
    name = holder.name if isinstance(holder, NodeIdentity) else holder.email
    if statement.signer != name or (statement.holder is Holder.NODE) != is_node:
        raise refusal(
            "signature",
            expected=f"a statement by {name}, whose key signed it",
            found=f"one that says it is by {statement.signer} ({statement.holder})",
        )
    if statement.holder is not key.holder:
        raise refusal(
            f"key {key.id[:12]} of {name}",
            expected=f"a statement that says who holds it, as the roster does: {key.holder}",
            found=f"one that says {statement.holder}",
        )


def _check_project(statement: Statement, roster: Roster) -> None:
    if roster.project not in (None, statement.project):
        raise refusal(
            f"{statement.kind} by {statement.signer}",
            expected=f"a statement of the project {roster.project}",
            found=f"one of the project {statement.project}",
            hint="What was said of another project counts for nothing here, whoever signed it.",
        )


def _write(payload: bytes, key_id: str, signature: bytes) -> bytes:
    return canonical_json(
        {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"keyid": key_id, "sig": base64.b64encode(signature).decode()}],
        }
    )


def _read(content: bytes, *, is_proven: bool) -> tuple[bytes, str, bytes]:
    value = parse_json(content, "envelope")
    try:
        (only,) = value["signatures"]
        payload = base64.b64decode(value["payload"], validate=True)
        signature = base64.b64decode(only["sig"], validate=True)
        key_id = str(only["keyid"])
        same = is_proven or _write(payload, key_id, signature) == content
    except (ValueError, KeyError, TypeError, binascii.Error, AssayError) as error:
        raise refusal("envelope", expected="a DSSE envelope with one signature", found=f"{error!r}"[:120]) from error
    if not same:
        raise refusal("envelope", expected="the canonical form in which it was sealed", found="other bytes")
    return payload, key_id, signature

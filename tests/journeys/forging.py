"""Forgeries: what an insider with a good key could make of a bundle or an order, so well that only one thing is wrong.

The forger is the release's engineer: she may seal, so her seal holds; she rewrites the chain, so its links hold. What
is left to show is the very thing that was taken away, altered or invented.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assay.base.canonical import Digest, canonical_json, digest_bytes
from assay.base.ports import Event, Signer
from assay.bundle.payload import Payload
from assay.bundle.proof import Proof, pack_proof, seal_details
from assay.lifecycle.chain import EMPTY, STATEMENT_RECORDED, head_of, link
from assay.lifecycle.envelopes import seal
from assay.lifecycle.statements import Meant, Statement, decode, encode, parse_time

Edit = Callable[[Statement], Statement]


@dataclass(frozen=True, slots=True)
class Forger:
    """Who seals a forgery: an e-mail and a key, which need not belong together."""

    email: str
    signer: Signer

    def sealed(self, proof: Proof, **changes: Any) -> bytes:
        """Seal a proof as it now is, over its statements, its chain's head and its payload."""
        assert proof.seal is not None
        said = said_in(proof.seal)
        subjects = said.subjects
        if proof.payload is not None:
            subjects = (Meant(said.subjects[0].id, proof.payload.digest),)
        head = head_of(proof.events[-1]) if proof.events else EMPTY
        details = {**seal_details(list(proof.statements)), "head": {"seq": head.seq, "hash": head.hash}}
        forged = replace(said, **{"signer": self.email, "subjects": subjects, "details": details, **changes})
        return pack_proof(replace(proof, seal=seal(forged, self.signer)))


def said_in(envelope: bytes) -> Statement:
    """Return what an envelope says, whoever signed it."""
    return decode(base64.b64decode(json.loads(envelope)["payload"]))


def altered(envelope: bytes, edit: Edit) -> bytes:
    """Change what an envelope says and keep its signature."""
    value = json.loads(envelope)
    value["payload"] = base64.b64encode(encode(edit(said_in(envelope)))).decode()
    return canonical_json(value)


def missigned(envelope: bytes) -> bytes:
    """Change the signature of an envelope."""
    value = json.loads(envelope)
    raw = bytearray(base64.b64decode(value["signatures"][0]["sig"]))
    raw[7] ^= 1
    value["signatures"][0]["sig"] = base64.b64encode(raw).decode()
    return canonical_json(value)


def without(proof: Proof, digest: Digest) -> Proof:
    """Leave a statement out, and the chain as it is."""
    return replace(proof, statements={d: raw for d, raw in proof.statements.items() if d != digest})


def rewritten(proof: Proof, instead: Mapping[Digest, bytes | None]) -> Proof:
    """Replace statements by others, or by none (None), and write the whole chain as if it had always been so."""
    statements = {
        digest_bytes(raw): raw
        for digest, old in proof.statements.items()
        if (raw := instead.get(digest, old)) is not None
    }
    return replace(proof, statements=statements, events=_chain(proof.events, instead))


def refrozen(proof: Proof, payload: Payload, forger: Forger) -> Proof:
    """Put another payload in place of the one that was frozen, with a signed freezing of it."""
    frozen = [d for d, raw in proof.statements.items() if said_in(raw).kind == "frozen"][-1]
    said = said_in(proof.statements[frozen])
    manifest = payload.manifest()
    details = {key: manifest[key] for key in ("version", "commit", "class", "base", "changes", "subjects")}
    release = said.subjects[0].id
    subjects = (Meant(release, payload.digest), *(Meant(s.id, s.digest) for s in payload.subjects))
    again = replace(said, subjects=subjects, details=details, signer=forger.email)
    return replace(rewritten(proof, {frozen: seal(again, forger.signer)}), payload=payload)


def relinked(events: Sequence[Event]) -> tuple[Event, ...]:
    """Link events anew, in the order in which they stand."""
    return _chain(events, {})


def _chain(events: Sequence[Event], instead: Mapping[Digest, bytes | None]) -> tuple[Event, ...]:
    chain: list[Event] = []
    head = EMPTY
    for event in events:
        data = dict(event.data)
        digest = Digest(str(data.get("statement")))
        if event.kind == STATEMENT_RECORDED and digest in instead:
            raw = instead[digest]
            if raw is None:
                continue
            data = _pointer(raw)
        chain.append(link(head, parse_time(event.at), event.kind, data))
        head = head_of(chain[-1])
    return tuple(chain)


def _pointer(envelope: bytes) -> dict[str, Any]:
    said = said_in(envelope)
    return {
        "statement": digest_bytes(envelope),
        "kind": str(said.kind),
        "signer": said.signer,
        "subjects": [meant.id for meant in said.subjects],
    }

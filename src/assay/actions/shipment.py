"""Shipments: the file of a bundle or an order, put together from what its seal says; the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping

from assay.actions.exchange import statements_of
from assay.actions.home import Home, release_named
from assay.base.canonical import Digest
from assay.base.errors import AssayError, refusal
from assay.base.roles import Action
from assay.bundle.proof import Proof, pack_proof
from assay.lifecycle.chain import head_of
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.statements import Kind

NAMES: Mapping[Kind, str] = {
    Kind.BUNDLED: "bundle",
    Kind.ORDERED: "order",
    Kind.ROLLBACK_ORDERED: "rollback order",
}
"""What people call the files."""


def newest_shipment(home: Home, release_id: str, kind: Kind) -> bytes:
    """Give the newest bundle or order of a release as its file; all that it holds stands in the ledger.

    Args:
        home: of somebody who may read the ledger.
        release_id: which release.
        kind: of the seal, one of `NAMES`.

    Raises:
        AssayError: the person may not read the ledger, there is no such release, or it has no such seal from here.
    """
    home.authorised(Action.LEDGER_READ)
    record = home.load().record
    release_named(record, release_id)
    found = [signed for signed in record.of(f"release:{release_id}") if signed.statement.kind is kind]
    if not found:
        raise refusal(release_id, expected=f"a signed {NAMES[kind]}", found="none yet")
    return shipment(home, found[-1])


def shipment(home: Home, seal: Signed) -> bytes:
    """Put together what a seal seals: the statements, the chain up to it, and of a bundle the payload.

    Raises:
        AssayError: the seal was put on another chain than this ledger's, or the payload is not in this home.
    """
    said = seal.statement
    seq, hash = _head(seal)
    events = tuple(event for event in home.load().events if event.seq <= seq)
    if not events or head_of(events[-1]).hash != hash:
        raise _from_elsewhere(seal)
    payload = home.payload(said.subjects[0].digest) if said.kind is Kind.BUNDLED else None
    stored = home.ledger.statements()
    wanted = {Digest(str(digest)) for digest in said.details.get("statements", ())}
    envelopes = {digest: raw for digest, raw in statements_of(events, stored).items() if digest in wanted}
    return pack_proof(Proof(envelopes, stored[seal.digest], payload, events))


def _head(seal: Signed) -> tuple[int, str]:
    """Return up to which link a seal seals; it may have been signed in another home, in any form."""
    head = seal.statement.details.get("head")
    seq, hash = (head.get("seq"), head.get("hash")) if isinstance(head, Mapping) else (None, None)
    if not isinstance(seq, int) or not isinstance(hash, str):
        raise _from_elsewhere(seal)
    return seq, hash


def _from_elsewhere(seal: Signed) -> AssayError:
    said = seal.statement
    hint = "Take the file from the home in which it was signed."
    expected = f"a {NAMES.get(said.kind, said.kind)} over this ledger"
    return refusal(str(said.release), expected=expected, found="one over another ledger", hint=hint)

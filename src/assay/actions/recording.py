"""Recording: how what people and machines say enters a ledger, and how a ledger is read back.

Used by the design side and by nodes alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assay.base.canonical import Digest, digest_bytes
from assay.base.errors import AssayError, Fault, Place, raise_faults, refusal
from assay.base.ports import Event, Ledger, Signer
from assay.base.roles import Roster
from assay.lifecycle.chain import STATEMENT_RECORDED, links, verify_chain
from assay.lifecycle.envelopes import Signed, open_envelope, seal
from assay.lifecycle.record import Record, fold
from assay.lifecycle.statements import Statement

Fact = tuple[str, Mapping[str, Any]]
"""Something that happened without a signature: its kind and data."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A ledger as it was read.

    Attributes:
        events: the chain, verified.
        record: the statements that hold, folded.
        faults: a fault for each statement that does not hold (a damaged envelope, a signer nobody knows).
    """

    events: tuple[Event, ...]
    record: Record
    faults: tuple[Fault, ...]


def load(ledger: Ledger, roster: Roster) -> Loaded:
    """Read a ledger: verify its chain and every signature, and fold what holds.

    Raises:
        AssayError: the chain is broken; nothing in the ledger can be believed until that is explained.
    """
    events = tuple(ledger.events())
    raise_faults(verify_chain(events))
    envelopes = ledger.statements()
    faults: list[Fault] = []
    signed: list[Signed] = []
    for event in events:
        if event.kind != STATEMENT_RECORDED:
            continue
        try:
            signed.append(_opened(event, envelopes, roster))
        except AssayError as error:
            place = f"ledger:{event.seq}"
            faults += [Fault(Place(f"{place}: {f.where}"), f.expected, f.found, f.hint) for f in error.faults]
    return Loaded(events, fold(signed, roster), tuple(faults))


def say(ledger: Ledger, signer: Signer, statement: Statement) -> Signed:
    """Sign a statement and record it."""
    return say_all(ledger, signer, (statement,))[0]


def say_all(
    ledger: Ledger, signer: Signer, statements: Sequence[Statement], facts: Sequence[Fact] = ()
) -> tuple[Signed, ...]:
    """Sign statements and record them together with unsigned facts, all or nothing, the facts last."""
    sealed = [seal(statement, signer) for statement in statements]
    signed = tuple(
        Signed(statement, digest_bytes(envelope), signer.key_id)
        for statement, envelope in zip(statements, sealed, strict=True)
    )
    record(ledger, statements[-1].at, list(zip(signed, sealed, strict=True)), facts)
    return signed


def record(ledger: Ledger, at: datetime, envelopes: Sequence[tuple[Signed, bytes]], facts: Sequence[Fact] = ()) -> None:
    """Record envelopes that were verified, and facts."""
    entries: list[Fact] = [(STATEMENT_RECORDED, _pointer(signed)) for signed, _ in envelopes]
    events = links(ledger.head(), at, [*entries, *facts])
    ledger.append(events, {signed.digest: content for signed, content in envelopes})


def note(ledger: Ledger, at: datetime, facts: Sequence[Fact]) -> None:
    """Record facts that nobody signs."""
    record(ledger, at, (), facts)


def pointed_to(event: Event) -> Digest | None:
    """Return the statement that an event points to; None for another event."""
    return Digest(event.data["statement"]) if event.kind == STATEMENT_RECORDED else None


def _pointer(signed: Signed) -> dict[str, Any]:
    """Say what an event says of a statement: enough to see that one is missing without having it."""
    said = signed.statement
    return {
        "statement": signed.digest,
        "kind": str(said.kind),
        "signer": said.signer,
        "subjects": [meant.id for meant in said.subjects],
    }


def _opened(event: Event, envelopes: Mapping[Digest, bytes], roster: Roster) -> Signed:
    digest = Digest(event.data["statement"])
    content = envelopes.get(digest)
    if content is None:
        raise refusal("statement", expected=f"the envelope {digest[7:19]}", found="none")
    if digest_bytes(content) != digest:
        raise refusal(
            "statement",
            expected=f"the envelope {digest[7:19]} as it was recorded",
            found="changed bytes",
            hint="The database was changed by hand or is damaged: restore it from a backup.",
        )
    signed = open_envelope(content, roster)
    if _pointer(signed) != dict(event.data):
        raise refusal("statement", expected="what the ledger says of it", found="something else")
    return signed

"""Recording: how what people and machines say enters a ledger, and how a ledger is read back.

Used by the design side and by nodes alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any

from assay.base.canonical import Digest, digest_bytes
from assay.base.errors import AssayError, Fault, Place, raise_faults, refusal
from assay.base.growing import Growing
from assay.base.ports import Event, Head, Ledger, Signer
from assay.base.roles import Roster
from assay.lifecycle.chain import EMPTY, STATEMENT_RECORDED, head_of, links, verify_chain
from assay.lifecycle.envelopes import Signed, open_envelope, seal
from assay.lifecycle.record import Record, extend
from assay.lifecycle.statements import Statement

Fact = tuple[str, Mapping[str, Any]]
"""Something that happened without a signature: its kind and data."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A ledger as it was read. What is read later makes another one, and leaves this as it is.

    Attributes:
        events: the chain, verified.
        record: the statements that hold, folded.
        faults: a fault for each statement that does not hold (a signer nobody knows, a key that was revoked before).
    """

    events: Growing[Event]
    record: Record
    faults: tuple[Fault, ...]

    @property
    def head(self) -> Head:
        """The newest link that was read."""
        return head_of(self.events[-1]) if self.events else EMPTY


class LedgerReader:
    """Reads a ledger with a roster, and on each further reading only what is new: a ledger is never changed.

    A ledger is of one project. Where the roster does not fix which, as on a node, the first statement that holds does.
    Several threads may read at once: one of them reads what is new, the others wait for it.
    """

    def __init__(self, ledger: Ledger, roster: Roster) -> None:
        self._ledger = ledger
        self._loaded = Loaded(Growing(), Record(roster=roster), ())
        self._reading = Lock()

    def load(self) -> Loaded:
        """Verify the chain and every signature, and fold what holds.

        Raises:
            AssayError: the chain is broken, or an envelope it points to is gone or changed: what is missing may be a
                rejection, so nothing in the ledger can be believed until that is explained.
        """
        with self._reading:
            if self._ledger.head() != self._loaded.head:
                self._loaded = self._read_on(self._loaded)
            return self._loaded

    def _read_on(self, before: Loaded) -> Loaded:
        events = self._ledger.events(before.head.seq)
        raise_faults(verify_chain(events, before.head))
        told = [event for event in events if event.kind == STATEMENT_RECORDED]
        envelopes = self._ledger.statements() if len(told) > _MANY else self._some(told)
        raise_faults(damaged(told, envelopes))
        roster, held, faults = _held(told, envelopes, before.record.roster)
        record = extend(replace(before.record, roster=roster), held)
        return Loaded(before.events.plus(events), record, (*before.faults, *faults))

    def _some(self, told: Sequence[Event]) -> dict[Digest, bytes]:
        digests = [digest for event in told if (digest := pointed_to(event)) is not None]
        found = ((digest, self._ledger.statement(digest)) for digest in digests)
        return {digest: content for digest, content in found if content is not None}


def _held(
    told: Sequence[Event], envelopes: Mapping[Digest, bytes], roster: Roster
) -> tuple[Roster, list[Signed], list[Fault]]:
    """Open what was told: who may sign and for which project from now on, what holds, and why the rest does not."""
    held: list[Signed] = []
    faults: list[Fault] = []
    for event in told:
        try:
            signed = _opened(event, envelopes, roster)
        except AssayError as error:
            place = f"ledger:{event.seq}"
            faults += [Fault(Place(f"{place}: {f.where}"), f.expected, f.found, f.hint) for f in error.faults]
            continue
        if roster.project is None:
            roster = replace(roster, project=signed.statement.project)
        held.append(signed)
    return roster, held, faults


_MANY = 16
"""From so many new events on, all envelopes are fetched with one query."""


def load(ledger: Ledger, roster: Roster) -> Loaded:
    """Read a ledger once, see `LedgerReader.load`."""
    return LedgerReader(ledger, roster).load()


def say(ledger: Ledger, signer: Signer, statement: Statement, after: Head | None = None) -> Signed:
    """Sign a statement and record it, see `say_all`."""
    return say_all(ledger, signer, (statement,), after=after)[0]


def say_all(
    ledger: Ledger, signer: Signer, statements: Sequence[Statement], facts: Sequence[Fact] = (),
    after: Head | None = None,
) -> tuple[Signed, ...]:  # fmt: skip
    """Sign statements and record them together with unsigned facts, all or nothing, the facts last.

    Args:
        ledger: where to.
        signer: whose key.
        statements: at least one.
        facts: what happened besides.
        after: the link that must be the newest still, where what is said holds only then (the next free id, say);
            None where it holds whatever was recorded meanwhile.

    Raises:
        AssayError: somebody else recorded something at the same moment; nothing is recorded.
    """
    sealed = [seal(statement, signer) for statement in statements]
    signed = tuple(
        Signed(statement, digest_bytes(envelope), signer.key_id)
        for statement, envelope in zip(statements, sealed, strict=True)
    )
    record(ledger, statements[-1].at, list(zip(signed, sealed, strict=True)), facts, after)
    return signed


def record(
    ledger: Ledger, at: datetime, envelopes: Sequence[tuple[Signed, bytes]], facts: Sequence[Fact] = (),
    after: Head | None = None,
) -> None:  # fmt: skip
    """Record envelopes that were verified, and facts; ``after`` as in `say_all`."""
    entries: list[Fact] = [(STATEMENT_RECORDED, _pointer(signed)) for signed, _ in envelopes]
    events = links(after or ledger.head(), at, [*entries, *facts])
    ledger.append(events, {signed.digest: content for signed, content in envelopes})


def note(ledger: Ledger, at: datetime, facts: Sequence[Fact]) -> None:
    """Record facts that nobody signs."""
    record(ledger, at, (), facts)


def pointed_to(event: Event) -> Digest | None:
    """Return the statement that an event points to; None for another event, and for one that is not well formed."""
    digest = event.data.get("statement")
    return Digest(digest) if event.kind == STATEMENT_RECORDED and isinstance(digest, str) else None


def damaged(events: Iterable[Event], envelopes: Mapping[Digest, bytes]) -> Iterator[Fault]:
    """Find every statement that a chain points to and that is not there any more as it was recorded."""
    for event in events:
        if event.kind != STATEMENT_RECORDED:
            continue
        digest = pointed_to(event)
        content = envelopes.get(digest) if digest is not None else None
        if digest is None or content is None or digest_bytes(content) != digest:
            wanted = f"the envelope {digest[7:19]} as it was recorded" if digest else "an envelope that it points to"
            found = "none" if content is None else "changed bytes"
            yield Fault(Place("ledger", event.seq), wanted, found, _RESTORE)


_RESTORE = "The database was changed by hand or is damaged: restore it from a backup."


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
    signed = open_envelope(envelopes[Digest(event.data["statement"])], roster)
    if _pointer(signed) != dict(event.data):
        raise refusal("statement", expected="what the ledger says of it", found="something else")
    return signed

"""Recording: how what people and machines say enters a ledger, and how a ledger is read back.

Used by the design side and by nodes alike.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any

from assay.base.canonical import Digest, digest_bytes
from assay.base.errors import AssayError, Busy, Fault, Place, raise_faults, refusal
from assay.base.growing import Growing
from assay.base.ports import Event, Head, Ledger, Proven, Signer
from assay.base.roles import NodeIdentity, Roster
from assay.lifecycle.chain import EMPTY, STATEMENT_RECORDED, head_of, links, verify_chain
from assay.lifecycle.envelopes import NONE_PROVEN, Compromised, Signed, hold_against, open_envelope, seal
from assay.lifecycle.record import Record, extend
from assay.lifecycle.statements import Statement, parse_time
from assay.project.rosters import RosterVersion, roster_of, versions_after

Fact = tuple[str, Mapping[str, Any]]
"""Something that happened without a signature: its kind and data."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A ledger as it was read. What is read later makes another one, and leaves this as it is.

    Attributes:
        events: the chain, verified.
        record: the statements that hold, folded.
        faults: a fault for each statement that does not hold (a signer nobody knows, a key that was revoked before).
        fallen: the statements among these whose signature is good, and could be somebody else's who has the key.
        rosters: of a node, who may sign as its ledger says it, from the first roster to the present one.
    """

    events: Growing[Event]
    record: Record
    faults: tuple[Fault, ...]
    fallen: tuple[Signed, ...] = ()
    rosters: tuple[RosterVersion, ...] = ()

    @property
    def head(self) -> Head:
        """The newest link that was read."""
        return head_of(self.events[-1]) if self.events else EMPTY


class LedgerReader:
    """Reads a ledger with a roster, and on each further reading only what is new: a ledger is never changed.

    A ledger is of one project. Where the roster does not fix which, as on a node, the first statement that holds does.
    Of a node, the ledger itself says who may sign; a change of that is asked of everything that was recorded before.
    Several threads may read at once: one of them reads what is new, the others wait for it.
    """

    def __init__(
        self, ledger: Ledger, roster: Roster, proven: Proven | None = None, own: NodeIdentity | None = None
    ) -> None:
        """Make a reader that has read nothing yet.

        Args:
            ledger: which one.
            roster: who may sign; of a node, nobody but itself until the ledger says more.
            proven: what was verified before; None where nothing of it is kept.
            own: the node whose ledger it is; None for the design side, where the ledger says nothing of the roster.
        """
        self._ledger = ledger
        self._proven = proven
        self._own = own
        self._loaded = Loaded(Growing(), Record(roster=roster), ())
        self._reading = Lock()

    def with_roster(self, roster: Roster) -> LedgerReader:
        """Return a reader that goes on from here with another roster: no signature is verified twice.

        Raises:
            AssayError: as in `load`.
        """
        other = LedgerReader(self._ledger, roster, self._proven, self._own)
        with self._reading:
            other._loaded = self._asked_anew(self._loaded, roster)
        return other

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
        before = self._following(before, events)
        told = _told(events)
        envelopes = self._ledger.statements() if len(told) > _MANY else self._some(told)
        raise_faults(damaged(told, envelopes))
        keeps = self._proven if before.head == EMPTY else None
        proven = keeps.load() if keeps is not None else NONE_PROVEN
        found = _held(told, before.record.roster, partial(_opened, envelopes=envelopes, proven=proven))
        record = extend(replace(before.record, roster=found.roster), found.held)
        if keeps is not None and len(found.held) > len(proven) + _MANY:
            keeps.save([signed.digest for signed in found.held])
        faults, fallen = (*before.faults, *found.faults), (*before.fallen, *found.fallen)
        return Loaded(before.events.plus(events), record, faults, fallen, before.rosters)

    def _following(self, before: Loaded, events: Sequence[Event]) -> Loaded:
        """Let new links of a node's ledger say who may sign, and ask that of what was read before."""
        if self._own is None:
            return before
        rosters = versions_after(before.rosters, events, self._own)
        if len(rosters) == len(before.rosters):
            return before
        return replace(self._asked_anew(before, roster_of(rosters[-1].content, self._own)), rosters=rosters)

    def _asked_anew(self, before: Loaded, roster: Roster) -> Loaded:
        known = {signed.digest: signed for signed in before.record.statements}
        told = _told(before.events)
        unheld = [event for event in told if pointed_to(event) not in known]
        envelopes = self._some(unheld)
        raise_faults(damaged(unheld, envelopes))

        def opened(event: Event, roster: Roster) -> Signed:
            signed = known.get(Digest(event.data["statement"]))
            if signed is None:
                return _opened(event, roster, envelopes, NONE_PROVEN)
            return hold_against(signed, roster, parse_time(event.at))

        found = _held(told, roster, opened)
        record = extend(Record(roster=found.roster), found.held)
        return Loaded(before.events, record, tuple(found.faults), tuple(found.fallen), before.rosters)

    def _some(self, told: Sequence[Event]) -> dict[Digest, bytes]:
        digests = [digest for event in told if (digest := pointed_to(event)) is not None]
        found = ((digest, self._ledger.statement(digest)) for digest in digests)
        return {digest: content for digest, content in found if content is not None}


def _told(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if event.kind == STATEMENT_RECORDED]


@dataclass(slots=True)
class _Held:
    """What was told and opened: who may sign and for which project from now on, what holds, why the rest does not."""

    roster: Roster
    held: list[Signed] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fallen: list[Signed] = field(default_factory=list)


def _held(told: Sequence[Event], roster: Roster, opened: Callable[[Event, Roster], Signed]) -> _Held:
    found = _Held(roster)
    for event in told:
        try:
            signed = opened(event, found.roster)
        except AssayError as error:
            place = f"ledger:{event.seq}"
            found.faults += [Fault(Place(f"{place}: {f.where}"), f.expected, f.found, f.hint) for f in error.faults]
            if isinstance(error, Compromised):
                found.fallen.append(error.signed)
                found.held.append(error.signed)
            continue
        if found.roster.project is None:
            found.roster = replace(found.roster, project=signed.statement.project)
        found.held.append(signed)
    return found


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
        Busy: as in `record`; nothing is recorded.
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
    """Record envelopes that were verified, and facts.

    Args:
        ledger: where to.
        at: when, in UTC.
        envelopes: each with what it says.
        facts: what happened besides.
        after: as in `say_all`. Where it is None and somebody records something at the same moment, this comes after it.

    Raises:
        Busy: something was recorded since ``after``, or others record without a pause; nothing is recorded.
    """
    entries: list[Fact] = [(STATEMENT_RECORDED, _pointer(signed)) for signed, _ in envelopes]
    contents = {signed.digest: content for signed, content in envelopes}
    for _ in range(_ATTEMPTS if after is None else 0):
        with contextlib.suppress(Busy):
            return ledger.append(links(ledger.head(), at, [*entries, *facts]), contents)
    return ledger.append(links(after or ledger.head(), at, [*entries, *facts]), contents)


_ATTEMPTS = 20
"""So often others may be quicker, each with something that is recorded, before somebody is told to try later."""


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


def _opened(event: Event, roster: Roster, envelopes: Mapping[Digest, bytes], proven: AbstractSet[Digest]) -> Signed:
    seen = parse_time(event.at)
    signed = open_envelope(envelopes[Digest(event.data["statement"])], roster, proven, seen)
    if _pointer(signed) != dict(event.data):
        raise refusal("statement", expected="what the ledger says of it", found="something else")
    return signed

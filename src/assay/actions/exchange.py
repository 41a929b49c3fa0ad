"""Exchange by file: export a ledger, import statements, verify; used by the design side and by nodes alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assay.actions.recording import Loaded, damaged, load, pointed_to, record
from assay.base.canonical import Digest, hex_of
from assay.base.errors import AssayError, Fault, Place, raise_faults, refusal
from assay.base.ports import Clock, Event, Head, Ledger
from assay.base.roles import Roster
from assay.bundle.proof import Proof, chain_faults, open_proof, pack_proof, unpack_proof
from assay.lifecycle.chain import head_of, verify_chain
from assay.lifecycle.envelopes import Signed, open_envelope
from assay.lifecycle.record import Record


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        recorded: the statements that are new here.
        known: how many were here already; importing twice changes nothing.
    """

    recorded: tuple[Signed, ...]
    known: int


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found.

    Attributes:
        events: how many links the chain has.
        statements: how many signed statements hold.
        head: the newest link, to compare with one noted elsewhere.
        faults: everything that does not hold; empty when all is well.
    """

    events: int
    statements: int
    head: Head
    faults: tuple[Fault, ...]


def export_ledger(ledger: Ledger) -> bytes:
    """Write the whole ledger, chain and statements, as one file."""
    events = tuple(ledger.events())
    stored = ledger.statements()
    raise_faults([*verify_chain(events), *damaged(events, stored)])
    return pack_proof(Proof(statements_of(events, stored), events=events))


def export_statements(ledger: Ledger, signed: tuple[Signed, ...]) -> bytes:
    """Write some statements as a file for another home: one as its bare envelope, several as an archive."""
    stored = ledger.statements()
    chosen = {s.digest: stored[s.digest] for s in signed}
    return next(iter(chosen.values())) if len(chosen) == 1 else pack_proof(Proof(chosen))


def import_file(ledger: Ledger, loaded: Loaded, clock: Clock, content: bytes, name: str) -> Imported:
    """Record the statements of a file that are not here yet: an envelope, an export, a bundle or an order.

    Args:
        ledger: where to.
        loaded: the same as it was read, with the roster of who may sign: statements of anybody else are refused.
        clock: for the time of recording.
        content: the file's bytes.
        name: the file's name, for errors.

    Raises:
        AssayError: a signature or the chain of the file does not hold, a statement is of another project, or rests on
            another one that is neither here nor before it in the file, nothing fixes yet of which project the ledger
            is, or somebody else recorded something at the same moment; then nothing is recorded.
    """
    if loaded.record.roster.project is None:
        hint = "Admit a bundle first: it fixes the project."
        raise refusal(name, expected="a ledger whose project is fixed", found="one of none yet", hint=hint)
    envelopes = _envelopes(content, loaded.record.roster, name)
    known = set(ledger.statements())
    here = {signed.digest for signed in loaded.record.statements}
    fresh = [(signed, envelope) for signed, envelope in envelopes if signed.digest not in known]
    raise_faults(_order_faults([signed for signed, _ in fresh], here, name))
    if fresh:
        record(ledger, clock.now(), fresh, after=loaded.head)
    return Imported(tuple(signed for signed, _ in fresh), len(envelopes) - len(fresh))


def verify_ledger(ledger: Ledger, roster: Roster) -> Verified:
    """Verify the chain, every envelope and that nothing lies beside them; report all that does not hold."""
    events = tuple(ledger.events())
    stored = ledger.statements()
    faults = [*verify_chain(events), *damaged(events, stored)]
    pointed = {digest for event in events if (digest := pointed_to(event)) is not None}
    for digest in stored.keys() - pointed:
        place = Place(f"statement {hex_of(digest)[:12]}")
        faults.append(Fault(place, "an event that points to it", "none", "It was put in beside the ledger."))
    held = 0
    if not faults:
        loaded = load(ledger, roster)
        faults += loaded.faults
        held = len(loaded.record.statements)
    return Verified(len(events), held, head_of(events[-1]) if events else ledger.head(), tuple(faults))


def statements_of(events: Iterable[Event], stored: Mapping[Digest, bytes]) -> dict[Digest, bytes]:
    """Return the envelopes that a chain points to, in its order."""
    pointed = (digest for event in events if (digest := pointed_to(event)) is not None)
    return {digest: stored[digest] for digest in pointed if digest in stored}


def about(record: Record, subject_ids: set[str]) -> tuple[Signed, ...]:
    """Return every statement that speaks of one of the subjects, in the ledger's order."""
    return tuple(s for s in record.statements if any(meant.id in subject_ids for meant in s.statement.subjects))


def _envelopes(content: bytes, roster: Roster, name: str) -> list[tuple[Signed, bytes]]:
    if content.lstrip()[:1] == b"{":
        try:
            return [(open_envelope(content.strip(), roster), content.strip())]
        except AssayError as error:
            raise AssayError(
                *(Fault(Place(f"{name}: {f.where}"), f.expected, f.found, f.hint) for f in error.faults)
            ) from error
    proof = unpack_proof(content, name)
    raise_faults(chain_faults(proof, name))
    opened = open_proof(proof, roster, name)
    raise_faults(opened.faults)
    envelopes = [(signed, proof.statements[signed.digest]) for signed in opened.statements]
    if opened.seal is not None and proof.seal is not None:
        envelopes.append((opened.seal, proof.seal))
    return envelopes


def _order_faults(fresh: list[Signed], here: set[Digest], name: str) -> list[Fault]:
    """Find statements that rest on others which are not here: they came out of order."""
    faults = []
    seen = set(here)
    for signed in fresh:
        for digest in signed.statement.observed:
            if digest not in seen:
                said = signed.statement
                place = Place(f"{name}: {said.kind} by {said.signer}")
                hint = "Import the file that holds it first."
                faults.append(Fault(place, f"the evidence {digest[7:19]} that it observed", "none here", hint))
        seen.add(signed.digest)
    return faults

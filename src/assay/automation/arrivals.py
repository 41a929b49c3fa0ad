"""What arrives by file: which of the node's actions it asks for, and what the node answers. The name counts nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from assay.automation.admit import admit, first_seen
from assay.automation.deploy import deploy
from assay.automation.node import Node, Progress
from assay.automation.release import Served, release, rollback
from assay.base.canonical import Digest
from assay.base.errors import AssayError, Busy, Fault, Place, Unavailable, refusal
from assay.base.roles import Holder, Roster
from assay.bundle.payload import Payload
from assay.bundle.proof import Opened, Proof, chain_faults, open_proof, unpack_proof
from assay.lifecycle.envelopes import open_envelope
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import GOOD, Kind, Statement
from assay.lifecycle.subjects import SubjectKind

REFUSALS = frozenset({"bundle-refused", "order-refused"})
"""What the node's actions note in its ledger when they refuse what somebody brought."""

UNREADABLE = "file-refused"
"""What is noted of a file that asks for no action at all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a file.

    Attributes:
        text: in a few words.
        faults: why not, where it was not done.
    """

    text: str
    faults: tuple[Fault, ...] = ()


def answer_to(node: Node, content: bytes, name: str, progress: Progress) -> Answer:
    """Do what a bundle, a release order or a rollback order asks for, if it proves itself; once if it comes twice.

    Args:
        node: which verifies and acts.
        content: the file's bytes; by them alone is decided what it is.
        name: the file's name, for errors.
        progress: told what is being done.

    Raises:
        AssayError: nothing can be said of the file now, for a reason that is not in it (somebody else is at work, the
            disk is full): the same file may be brought again as it is.
    """
    record = node.load().record  # of a ledger that does not hold no file is at fault
    try:
        proof = unpack_proof(content, name)
        kind = _kind_of(proof, record.roster, name)
    except AssayError as error:
        node.note(UNREADABLE, {"file": name, "faults": [str(fault) for fault in error.faults]})
        return Answer("refused", error.faults)
    known = _done_before(record, proof, first_seen(node, proof), name)
    if known is not None:
        return Answer(f"{known.id}: done before, so nothing is done")
    before = node.ledger.head().seq
    try:
        return _ACTIONS[kind](node, content, name, progress)
    except Busy:
        raise
    except AssayError as error:
        noted = (event.data.get("file") for event in node.ledger.events(before) if event.kind in REFUSALS)
        if name not in noted:
            raise
        return Answer("refused", error.faults)


def _kind_of(proof: Proof, roster: Roster, name: str) -> Kind:
    """Say what an archive asks for; one whose seal does not hold is shown to the action that names what is wrong."""
    if proof.payload is not None:
        return Kind.BUNDLED
    if proof.seal is None:
        wanted = "a bundle, a release order or a rollback order"
        raise refusal(name, expected=wanted, found="an archive without a seal")
    try:
        kind = open_envelope(proof.seal, roster).statement.kind
    except AssayError:
        return Kind.ORDERED
    return kind if kind is Kind.ROLLBACK_ORDERED else Kind.ORDERED


def _bundle(node: Node, content: bytes, name: str, progress: Progress) -> Answer:
    done = admit(node, content, name)
    try:
        deployed = deploy(node, done.release, progress)
    except (Busy, Unavailable):
        raise
    except AssayError as error:
        return Answer(f"{done.release}: admitted, and could not be deployed", error.faults)
    failed = tuple(_fault(said) for said in deployed.statements if said.result not in GOOD)
    if failed:
        return Answer(f"{done.release}: admitted and deployed, and it did not pass", failed)
    return Answer(
        f"{done.release}: {done.payload.product} {done.payload.version} is admitted, and deployed as candidate"
    )


def _release(node: Node, content: bytes, name: str, progress: Progress) -> Answer:
    return _served(release(node, content, name))


def _rollback(node: Node, content: bytes, name: str, progress: Progress) -> Answer:
    return _served(rollback(node, content, name))


_ACTIONS: Mapping[Kind, Callable[[Node, bytes, str, Progress], Answer]] = {
    Kind.BUNDLED: _bundle,
    Kind.ORDERED: _release,
    Kind.ROLLBACK_ORDERED: _rollback,
}


def _served(done: Served) -> Answer:
    return Answer(f"{done.release}: {done.product} {done.version} is served, data as of {done.as_of}")


def _fault(said: Statement) -> Fault:
    subjects = ", ".join(meant.id for meant in said.subjects)
    return Fault(Place(f"{said.kind} {subjects}"), "a pass", f"{said.result} {said.reason}".strip())


def _done_before(record: Record, proof: Proof, seen: Mapping[Digest, datetime], name: str) -> Release | None:
    """Return the release for which everything is done that a file asks for; None when something is left to do.

    That is so when a file comes twice, and when the node was killed between doing it and putting the file away.
    """
    opened = open_proof(proof, record.roster, name, seen)
    if opened.seal is None or opened.faults or chain_faults(proof, name) or not _is_recorded(record, opened):
        return None
    found = record.releases.get(opened.seal.statement.subjects[0].id.removeprefix("release:"))
    if found is None:
        return None
    if proof.payload is not None:
        return found if _is_deployed(record, found, proof.payload) else None
    said = found.rolled_back if opened.seal.statement.kind is Kind.ROLLBACK_ORDERED else found.announced
    return found if said is not None else None


def _is_recorded(record: Record, opened: Opened) -> bool:
    assert opened.seal is not None
    return any(signed.digest == opened.seal.digest for signed in record.statements)


def _is_deployed(record: Record, release: Release, payload: Payload) -> bool:
    """Say whether the node has found everything good of a payload that it admitted, or even released it."""
    if release.released is not None:
        return True
    said: dict[tuple[Kind, str], bool] = {}
    for signed in record.statements:
        statement = signed.statement
        if statement.release != release.id or statement.holder is not Holder.NODE:
            continue
        if statement.kind is Kind.ADMITTED:
            said = {}  # what was said before was said of another payload
        else:
            said |= {(statement.kind, meant.id): statement.result in GOOD for meant in statement.subjects}
    return all(
        said.get((kind, subject.id), False) for subject in payload.subjects for kind in _SAID_OF.get(subject.kind, ())
    )


_SAID_OF: Mapping[SubjectKind, tuple[Kind, ...]] = {
    SubjectKind.DATASET: (Kind.COMPARED, Kind.POPULATED),
    SubjectKind.SOLUTION: (Kind.PUBLISHED,),
}
"""What a deployment says of what."""

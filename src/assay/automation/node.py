"""The node: everything that automation works with, put together by the wiring; its own home, believing nobody's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from assay.actions.projects import project_of
from assay.actions.recording import Fact, LedgerReader, Loaded, note, record, say_all
from assay.actions.workshop import Workshop
from assay.base.canonical import Digest, digest_bytes
from assay.base.errors import refusal
from assay.base.ports import Clock, Head, Ledger, LineageEvents, Pages, Payloads, RosterCopy, Signer
from assay.base.roles import Holder, NodeIdentity, Roster
from assay.bundle.payload import Payload, unpack_payload
from assay.bundle.proof import Opened, Proof
from assay.lifecycle.envelopes import Signed, seal
from assay.lifecycle.gates import GateTable, aspect_asked
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import Kind, Meant, Statement
from assay.lifecycle.subjects import Subject
from assay.project.model import Project

ENVIRONMENT = "prod"


@dataclass(frozen=True, slots=True)
class Node:
    """A production of its own, of one project: the one of the first bundle that it admits.

    Attributes:
        own: its name, by which its statements are signed, and its key.
        table: the gates that this node asks for.
        reader: reads the ledger, which says who may sign here, the node itself among them.
        copy: of the roster, for people to read.
        variables: what ``${VAR}`` stands for in the addresses of sources, here.
        workshop: where datasets are built and kept.
        pages: where published pages are kept.
        is_rehearsal: whether its clock is set by hand; everything it signs then says so.
        lineage: who is told of runs; None for nobody.
    """

    own: NodeIdentity
    table: GateTable
    variables: Mapping[str, str]
    ledger: Ledger
    reader: LedgerReader
    clock: Clock
    signer: Signer
    payloads: Payloads
    pages: Pages
    workshop: Workshop
    copy: RosterCopy
    is_rehearsal: bool = False
    lineage: LineageEvents | None = None

    @property
    def name(self) -> str:
        """The name by which its statements are signed."""
        return self.own.name

    def load(self) -> Loaded:
        """Read the node's ledger with the roster that it says.

        Raises:
            AssayError: it does not hold, or says of no roster.
        """
        loaded = self.reader.load()
        if not loaded.rosters:
            hint = "The database was changed by hand or is damaged: restore it from a backup."
            raise refusal("ledger", expected="the roster of the node", found="none", hint=hint)
        return loaded

    def now(self) -> datetime:
        """Return the present moment."""
        return self.clock.now()

    def believed(self) -> Roster:
        """Return who may sign here and for which project, as the ledger says now; while nothing was admitted, for none.

        It is changed there, by `assay.automation.roster`, and nowhere else.
        """
        return self.load().record.roster

    def statement(self, kind: Kind, **fields: Any) -> Statement:
        """Start a statement by the node, as of now, with the head of its ledger; ``subjects`` is among the fields.

        The first one, which admits, names its project; those after it are of the ledger's.
        """
        head = self.ledger.head()
        fields.setdefault("project", self.believed().project)
        details = {**fields.pop("details", {}), "head": {"seq": head.seq, "hash": head.hash}}
        if self.is_rehearsal:
            details["rehearsal"] = True
        return Statement(
            kind=kind, signer=self.name, holder=Holder.NODE, at=self.now(), environment=ENVIRONMENT,
            details=details, **fields,
        )  # fmt: skip

    def meant(self, subject: Subject, kind: Kind) -> Meant:
        """Name a subject by the meaning that this node's table asks evidence of a kind to be of."""
        return Meant(subject.id, subject.digest_of(aspect_asked(self.table, subject.kind, kind, ENVIRONMENT)))

    def say(self, *statements: Statement, facts: tuple[Fact, ...] = ()) -> tuple[Signed, ...]:
        """Sign statements and record them with facts, all or nothing."""
        return say_all(self.ledger, self.signer, statements, facts)

    def take_in(self, proof: Proof, opened: Opened, own: tuple[Statement, ...], after: Head) -> None:
        """Record what a verified proof brings and is not here yet, and the node's own statements after it, as one.

        Raises:
            AssayError: something was recorded since ``after``, the head that the proof was verified against.
        """
        stored = self.ledger.statements()
        brought = [(signed, proof.statements[signed.digest]) for signed in opened.told]
        if opened.seal is not None and proof.seal is not None:
            brought.append((opened.seal, proof.seal))
        made = []
        for statement in own:
            envelope = seal(statement, self.signer)
            made.append((Signed(statement, digest_bytes(envelope), self.signer.key_id), envelope))
        record(self.ledger, self.now(), [pair for pair in brought if pair[0].digest not in stored] + made, after=after)

    def note(self, kind: str, data: Mapping[str, Any]) -> None:
        """Record a fact that nobody signs."""
        note(self.ledger, self.now(), ((kind, data),))

    def payload(self, digest: Digest) -> Payload:
        """Return an admitted payload, verified against its digest."""
        content = self.payloads.get(digest)
        if content is None:
            raise refusal(f"payload {digest[7:19]}", expected="an admitted payload", found="none")
        payload = unpack_payload(content, f"payload {digest[7:19]}")
        if payload.digest != digest:
            raise refusal(f"payload {digest[7:19]}", expected="its own digest", found=payload.digest)
        return payload

    def project(self, payload: Payload) -> Project:
        """Read the project that a payload holds."""
        return project_of(payload)


P = ParamSpec("P")
T = TypeVar("T")


def alone(function: Callable[Concatenate[Node, P], T]) -> Callable[Concatenate[Node, P], T]:
    """Let one process at a time do what moves pointers here; another one is told who is at it, and does nothing."""

    @wraps(function)
    def wrapped(node: Node, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with node.workshop.locks.hold("production"):
            return function(node, *args, **kwargs)

    return wrapped


def admitted_release(record: Record, release_id: str) -> Release:
    """Find a release that this node has admitted on its present payload.

    Raises:
        AssayError: it was never admitted, or another payload of it was.
    """
    release = record.releases.get(release_id)
    admitted = [] if release is None else _admissions(record, release)
    if release is None or not admitted:
        known = ", ".join(r.id for r in record.releases.values() if _admissions(record, r)) or "none"
        raise refusal(
            release_id, expected="a release that this node admitted", found="none", hint=f"Admitted: {known}."
        )
    return release


def admitted_releases(record: Record, product: str | None = None) -> tuple[Release, ...]:
    """Return the releases admitted here, oldest first."""
    return tuple(r for r in record.releases.values() if product in (None, r.product) and _admissions(record, r))


def served_release(record: Record, product: str) -> Release | None:
    """Return the release that is served here; None before the first."""
    found = [
        (_position(record, r.released), r) for r in admitted_releases(record, product)
        if r.released is not None and r.rolled_back is None
    ]  # fmt: skip
    return max(found, key=lambda pair: pair[0])[1] if found else None


def candidate_release(record: Record, product: str) -> Release | None:
    """Return the newest admitted release that is not released yet; None when there is none on its way."""
    waiting = [r for r in admitted_releases(record, product) if r.released is None and r.cancelled is None]
    return waiting[-1] if waiting else None


def _admissions(record: Record, release: Release) -> list[Signed]:
    return [
        s for s in record.of(f"release:{release.id}")
        if s.statement.kind is Kind.ADMITTED and s.statement.meant(f"release:{release.id}") == release.payload
    ]  # fmt: skip


def _position(record: Record, signed: Signed | None) -> int:
    return next((i for i, other in enumerate(record.statements) if signed and other.digest == signed.digest), -1)


Progress = Callable[[str], None]
"""Told what the node is doing, a line at a time."""

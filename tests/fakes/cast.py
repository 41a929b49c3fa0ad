"""A cast: people and a node with keys made from their names, and a small product on which they can act.

What they sign is really signed; a signature is the same on every machine, for Ed25519 draws no chance. The golden files
rest on the names and digests here: add others, and leave these as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assay.base.canonical import Digest, digest_text
from assay.base.roles import Holder, NodeIdentity, Person, PublicKey, Role, Roster
from assay.lifecycle.decide import Case, Decision, GateState, case_of, decide
from assay.lifecycle.envelopes import Signed, open_envelope, seal
from assay.lifecycle.gates import DEFAULT_TABLE, By, ChangeClass, GateTable
from assay.lifecycle.record import Record, fold
from assay.lifecycle.statements import Kind, Meant, Result, Statement
from assay.lifecycle.subjects import Aspect, Subject, SubjectKind

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NODE = "prod-node"
PROJECT = "harbour"


@dataclass(frozen=True, slots=True)
class SeededSigner:
    """The `Signer` port on a key made from a text: for tests, where a key must be the same every time."""

    seed: str
    _key: Ed25519PrivateKey = field(init=False, repr=False, compare=False)
    public: PublicKey = field(init=False)

    def __post_init__(self) -> None:
        key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(self.seed.encode()).digest())
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "public", PublicKey(key.public_key().public_bytes_raw()))

    @property
    def key_id(self) -> str:
        return self.public.id

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def person(name: str, *roles: Role, revoked_at: datetime | None = None) -> Person:
    """Make somebody with the key that `SeededSigner(email)` holds."""
    email = f"{name}@example.org"
    key = replace(SeededSigner(email).public, revoked_at=revoked_at)
    return Person(email, name.capitalize(), frozenset(roles), (key,))


OLIVE = person("olive", Role.OWNER)
STELLA = person("stella", Role.STAKEHOLDER)
SIMON = person("simon", Role.STAKEHOLDER)
EMIL = person("emil", Role.ENGINEER)
ERNA = person("erna", Role.ENGINEER)
VIKTOR = person("viktor", Role.VALIDATOR)
RITA = person("rita", Role.RELEASE_MANAGER)
AUGUST = person("august", Role.AUDITOR)
EVERYBODY = (OLIVE, STELLA, SIMON, EMIL, ERNA, VIKTOR, RITA, AUGUST)
THE_NODE = NodeIdentity(NODE, (SeededSigner(NODE).public,))
ROSTER = Roster(EVERYBODY, (THE_NODE,), PROJECT)


PORTIA = Person(
    "portia@example.org", "Portia", frozenset({Role.STAKEHOLDER}),
    (replace(SeededSigner("portia@example.org").public, holder=Holder.PORTAL),),
)  # fmt: skip
"""A stakeholder whose key the portal holds; not in the roster, which others rest on."""


def digest(text: str) -> Digest:
    """Make a digest to stand for a meaning."""
    return digest_text(text)


REQUEST = "Q-0001"
CONTRACT = Subject(
    SubjectKind.CONTRACT, "p/d", {Aspect.WHOLE: digest("contract d"), Aspect.COLUMNS: digest("columns d")}
)
DATASET = Subject(
    SubjectKind.DATASET, "p/d", {Aspect.WHOLE: digest("dataset d"), Aspect.FEEDS: digest("feeds d")}, (CONTRACT.id,)
)
SOLUTION = Subject(SubjectKind.SOLUTION, "p/s", {Aspect.WHOLE: digest("solution s")}, (DATASET.id,))
PRODUCT = (CONTRACT, DATASET, SOLUTION)


def changed(subject: Subject, to: str, *aspects: Aspect) -> Subject:
    """Give a subject another meaning: of the aspects named, else of the whole alone."""
    new = {aspect: digest(f"{to} {aspect}") for aspect in aspects or (Aspect.WHOLE,)}
    return replace(subject, digests={**subject.digests, **new})


def speak(
    who: Person | NodeIdentity,
    kind: Kind,
    *subjects: tuple[str, Digest],
    at: datetime = START,
    signer: SeededSigner | None = None,
    **fields: Any,
) -> bytes:
    """Sign a statement with somebody's key, or with another one, and return the envelope."""
    name = who.email if isinstance(who, Person) else who.name
    holder = fields.pop("holder", Holder.PERSON if isinstance(who, Person) else Holder.NODE)
    fields.setdefault("project", PROJECT)
    said = Statement(kind, tuple(Meant(*subject) for subject in subjects), name, holder, at, **fields)
    return seal(said, signer or SeededSigner(name))


@dataclass(slots=True)
class Play:
    """A ledger's statements in the making, and the release they are about.

    Attributes:
        subjects: contracts, datasets and solutions with their present digests.
        hours: since the start; every statement is made an hour after the one before.
    """

    subjects: tuple[Subject, ...] = PRODUCT
    change_class: ChangeClass = ChangeClass.STANDARD
    release: str = "R-0001"
    payload: Digest = field(default_factory=lambda: digest("payload 1"))
    roster: Roster = ROSTER
    table: GateTable = DEFAULT_TABLE
    said: list[Signed] = field(default_factory=list)
    hours: int = 0

    @property
    def now(self) -> datetime:
        return START + timedelta(hours=self.hours)

    def record(self) -> Record:
        return fold(self.said, self.roster)

    def case(self, record: Record) -> Case:
        release = record.releases.get(self.release)
        requests = release.requests if release else ()
        return case_of(self.release, self.payload, self.subjects, requests, self.change_class, record)

    def decide(self) -> Decision:
        record = self.record()
        return decide(self.table, self.case(record), record, self.now)

    def state(self, gate: str, subject: Subject | None = None) -> GateState:
        """Return how a gate stands for a subject, of the release itself where none is named."""
        state = self.decide().state(gate, subject.id if subject else f"release:{self.release}")
        assert state is not None, f"the table asks {gate} of no such subject"
        return state

    def say(self, who: Person | NodeIdentity, kind: Kind, *subjects: tuple[str, Digest], **fields: Any) -> Signed:
        """Sign, verify and record a statement about the subjects as they are named."""
        self.hours += 1
        fields = {"release": self.release, "at": self.now, **fields}
        self.said.append(open_envelope(speak(who, kind, *subjects, **fields), self.roster))
        return self.said[-1]

    def open(self, requests: Iterable[str] = (REQUEST,)) -> None:
        """Record the request, if it is not there yet, and open the release."""
        details: Mapping[str, Any] = {"product": "p", "requests": list(requests)}
        for request in requests:
            if request not in self.record().requests:
                asked = (f"request:{request}", digest(f"request {request}"))
                self.say(STELLA, Kind.REQUESTED, asked, details={"product": "p"})
        self.say(EMIL, Kind.OPENED, (f"release:{self.release}", digest("opened")), details=details)

    def answer(self, state: GateState, who: Person | NodeIdentity, **fields: Any) -> Signed:
        """Say what a gate asks for, on the present digest, having seen all evidence there is."""
        gate, subject = state.gate, state.subject
        fields.setdefault("environment", gate.environment)
        if gate.by is By.SIGN_OFF:
            fields.setdefault("gate", gate.id)
            fields.setdefault("observed", self.evidence(state))
        elif gate.kind is Kind.FROZEN:
            fields.setdefault("details", {"version": "1.0.0"})
        else:
            fields.setdefault("result", Result.PASS)
        return self.say(who, fields.pop("kind", gate.kind), (subject.id, subject.digest_of(gate.aspect)), **fields)

    def sign(self, gate: str, subject: Subject | None, who: Person | NodeIdentity, **fields: Any) -> Signed:
        """Answer one gate of a subject, whether it is open or not."""
        return self.answer(self.state(gate, subject), who, **fields)

    def reject(self, gate: str, subject: Subject | None, who: Person, reason: str = "wrong") -> Signed:
        return self.sign(gate, subject, who, kind=Kind.REJECTED, reason=reason)

    def withdraw(self, rejection: Signed, who: Person, reason: str = "my mistake") -> Signed:
        said = rejection.statement
        subjects = [(meant.id, meant.digest) for meant in said.subjects]
        return self.say(who, Kind.WITHDRAWN, *subjects, gate=said.gate, reason=reason, observed=(rejection.digest,))

    def evidence(self, state: GateState) -> tuple[Digest, ...]:
        """Return every piece of evidence on a subject in the gate's environment."""
        said = self.record().of(state.subject.id)
        return tuple(
            s.digest for s in said if s.statement.gate is None and s.statement.environment == state.gate.environment
        )

    def advance(self, until: str | None = None, *, without: Iterable[str] = ()) -> Decision:
        """Let everybody do what waits for them, honestly, until a gate is settled or nothing more can be done.

        Args:
            until: a gate's id; None for the end of the table.
            without: gates that nobody answers.
        """
        skipped = set(without)
        while True:
            decision = self.decide()
            if until is not None and all(state.is_settled for state in decision.of(until)):
                return decision
            ready = [s for s in decision.actionable if s.who and s.gate.id not in skipped]
            if not ready:
                return decision
            self.answer(ready[0], self._actor(ready[0]))

    def _actor(self, state: GateState) -> Person | NodeIdentity:
        if state.who == ("node",):
            return THE_NODE
        found = self.roster.person(state.who[0])
        assert found is not None
        return found


def played(until: str | None = None, **fields: Any) -> Play:
    """Play a release honestly up to a gate."""
    play = Play(**fields)
    play.open()
    play.advance(until)
    return play

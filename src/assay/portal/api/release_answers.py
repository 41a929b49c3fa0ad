"""What the API answers about releases: what was signed, and how each gate stands. Read by both ends of the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from assay.base.canonical import Digest
from assay.base.roles import Holder
from assay.lifecycle.decide import SETTLED, Status
from assay.lifecycle.gates import ChangeClass, Phase
from assay.lifecycle.statements import Kind, Result
from assay.portal.api.answers import Answer, Request, Subject, Task


class Meant(Answer):
    """A subject as a statement names it."""

    id: str
    digest: Digest


class Statement(Answer):
    """What somebody said."""

    kind: Kind
    subjects: tuple[Meant, ...]
    signer: str
    holder: Holder
    at: datetime
    release: str | None
    environment: str | None
    gate: str | None
    result: Result | None
    reason: str
    observed: tuple[Digest, ...]
    on_behalf_of: str = ""

    @property
    def speaker(self) -> str:
        """Who said it, and in whose name, as the ledger's own statement says it."""
        return " for ".join(filter(None, (self.signer, self.on_behalf_of)))


class Signed(Answer):
    """A statement whose signature is good; by its digest others point to it."""

    statement: Statement
    digest: Digest


class Said(Answer):
    """What was signed in one act."""

    signed: tuple[Signed, ...]


class Received(Answer):
    """What a file brought: the statements that are new here, and how many were here already."""

    recorded: tuple[Signed, ...]
    known: int


class Given(Answer):
    """That feedback was recorded; ``request`` is the one that it opened, None where it asks for nothing."""

    request: str | None


class Comparison(Statement):
    """What the node measured in production beside QA, on the same cut."""

    details: dict[str, Any]


class Release(Answer):
    """A release, and what it has come to; ``cancelled`` is the reason."""

    id: str
    product: str
    requests: tuple[str, ...]
    by: str
    at: datetime
    version: str | None
    payload: Digest | None
    frozen: Signed | None
    released: Signed | None
    announced: Signed | None
    rolled_back: Signed | None
    cancelled: str | None


class Releases(Answer):
    """Some releases, newest first; ``before`` is given back for those that follow, None where there are no more."""

    releases: tuple[Release, ...]
    before: str | None


class Gate(Answer):
    """One gate of the process."""

    id: str
    title: str
    phase: Phase
    environment: str | None


class GateState(Answer):
    """How one gate stands for one subject."""

    gate: Gate
    subject: Subject
    status: Status
    by: Signed | None
    why: str
    waits_for: tuple[str, ...]
    who: tuple[str, ...]


class Decision(Answer):
    """How every gate of a release stands, in the order of the process."""

    states: tuple[GateState, ...]

    @property
    def unsettled(self) -> tuple[GateState, ...]:
        """Everything that is still asked for."""
        return tuple(state for state in self.states if state.status not in SETTLED)


class Standing(Answer):
    """How a release stands; what it changes against the released version, a sentence each."""

    release: Release
    decision: Decision
    change_class: ChangeClass
    changes: tuple[str, ...]
    is_frozen: bool


class PhaseOnRail(Answer):
    """One phase: how many of its gates are settled, and whether it is the first with something left."""

    phase: Phase
    settled: int
    asked: int
    is_now: bool


class Dossier(Answer):
    """Everything about a release: what the asker, and what anybody, can do now; what was said, newest first."""

    standing: Standing
    title: str
    serving: Release | None
    by: date | None
    requests: tuple[Request, ...]
    rail: tuple[PhaseOnRail, ...]
    carried: int
    mine: tuple[Task, ...]
    next: tuple[Task, ...]
    comparisons: tuple[Comparison, ...]
    history: tuple[Signed, ...]

"""Statements: what somebody or some machine says happened, as in-toto statements.

An in-toto statement names its subjects by digest and holds one predicate; ours all have one form, so that gates
can read any of them by kind, subject and result alone. Source of the form: in-toto attestation framework, v1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from assay.base.canonical import Digest, canonical_json, hex_of, parse_digest, parse_json
from assay.base.errors import refusal
from assay.base.roles import Holder

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_PREFIX = "urn:assay:statement:"
PREDICATE_VERSION = ":1"
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class Kind(StrEnum):
    """What a statement says."""

    REQUESTED = "requested"
    CANCELLED = "cancelled"
    OPENED = "opened"
    ASSESSED = "assessed"
    APPROVED = "approved"
    DELIVERED = "delivered"
    BUILT = "built"
    FROZEN = "frozen"
    CHECKED = "checked"
    PUBLISHED = "published"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    BUNDLED = "bundled"
    ADMITTED = "admitted"
    POPULATED = "populated"
    COMPARED = "compared"
    RAN = "ran"
    SOAKED = "soaked"
    ORDERED = "ordered"
    ROLLBACK_ORDERED = "rollback-ordered"
    RELEASED = "released"
    ROLLED_BACK = "rolled-back"
    ANNOUNCED = "announced"
    FEEDBACK_ASKED = "feedback-asked"
    FEEDBACK = "feedback"
    COMMENTED = "commented"
    ERASED = "erased"
    DELEGATED = "delegated"
    ROSTER_GIVEN = "roster-given"
    ROSTER_CHANGED = "roster-changed"


class Result(StrEnum):
    """How it came out. ``error`` means that there is no verdict; it never counts as a pass."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"


GOOD: frozenset[Result] = frozenset({Result.PASS, Result.WARN})


@dataclass(frozen=True, slots=True)
class Meant:
    """A subject as a statement names it: its id and the digest that was meant."""

    id: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said.

    Attributes:
        kind: what happened.
        subjects: about what.
        signer: the e-mail of the person, or the name of the node.
        holder: who held the key.
        at: when it was signed, in UTC, to the second.
        project: the name of the project it is about; in another one it says nothing, whoever signed it.
        release: for which release it was made; others may be satisfied by it too.
        environment: where; None for what happens nowhere in particular.
        gate: which gate it means to satisfy or to reject; None for evidence.
        result: of evidence.
        reason: in the words of the signer; a rejection has one.
        observed: digests of the evidence and snapshots that the signer looked at.
        details: what else is to be known, as JSON values.
        authenticated: how a portal that holds the signer's key made sure that it was them, and when: ``method``,
            ``at``, ``age`` (see `assay.lifecycle.recency`); empty where a person's own key says it.
        on_behalf_of: of a sign-off, the e-mail of somebody absent for whom the signer acts, by a delegation that is
            among what was observed; empty for whoever speaks for themselves.
    """

    kind: Kind
    subjects: tuple[Meant, ...]
    signer: str
    holder: Holder
    at: datetime
    project: str
    release: str | None = None
    environment: str | None = None
    gate: str | None = None
    result: Result | None = None
    reason: str = ""
    observed: tuple[Digest, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    authenticated: Mapping[str, str] = field(default_factory=dict)
    on_behalf_of: str = ""

    @property
    def speaker(self) -> str:
        """Who says it, and on whose behalf where it is on somebody's: ``ben@example.org for carla@example.org``."""
        return " for ".join(self.speakers)

    @property
    def speakers(self) -> tuple[str, ...]:
        """The e-mails of all whose word it is: the signer, and the person on whose behalf they sign, if any."""
        return (self.signer, self.on_behalf_of) if self.on_behalf_of else (self.signer,)

    def meant(self, subject_id: str) -> Digest | None:
        """Return the digest by which it names a subject; None when it does not speak of it."""
        return next((m.digest for m in self.subjects if m.id == subject_id), None)


def time_text(moment: datetime) -> str:
    """Write a moment in UTC to the second: ``2026-01-31T08:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> datetime:
    """Read a moment as `time_text` wrote it.

    Raises:
        ValueError: it is written in another way, or there is no such moment.
    """
    if not _TIME.fullmatch(text):  # `fromisoformat` reads more forms than one, and ten times as fast as `strptime`
        raise ValueError(f"{text!r} instead of a moment like 2026-01-31T08:00:00Z")
    return datetime.fromisoformat(text)


def encode(statement: Statement) -> bytes:
    """Write a statement as canonical in-toto JSON: empty fields are left out, so that each has one form."""
    predicate: dict[str, Any] = {
        "signer": statement.signer,
        "holder": str(statement.holder),
        "at": time_text(statement.at),
        "project": statement.project,
        "release": statement.release,
        "environment": statement.environment,
        "gate": statement.gate,
        "result": str(statement.result) if statement.result else None,
        "reason": statement.reason,
        "observed": list(statement.observed),
        "details": dict(statement.details),
        "authenticated": dict(statement.authenticated),
        "on_behalf_of": statement.on_behalf_of,
    }
    return canonical_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": m.id, "digest": {"sha256": hex_of(m.digest)}} for m in statement.subjects],
            "predicateType": f"{PREDICATE_PREFIX}{statement.kind}{PREDICATE_VERSION}",
            "predicate": {name: value for name, value in predicate.items() if value not in (None, "", [], {})},
        }
    )


def decode(content: bytes, *, is_proven: bool = False) -> Statement:
    """Read a statement.

    Args:
        content: as `encode` wrote it.
        is_proven: whether these very bytes were read before, so that their form need not be compared again.

    Raises:
        AssayError: not an in-toto statement of ours, or written in another way than `encode` does.
    """
    value = parse_json(content, "statement")
    try:
        statement = _from_json(value)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise refusal("statement", expected="an in-toto statement of Assay", found=_short(error)) from error
    if not is_proven and encode(statement) != content:
        raise refusal("statement", expected="its canonical form", found="other bytes, or a field that is not known")
    return statement


def _from_json(value: Any) -> Statement:
    kind = value["predicateType"]
    if value["_type"] != STATEMENT_TYPE or not kind.startswith(PREDICATE_PREFIX):
        raise ValueError(f"a statement of type {kind!r}")
    said = value["predicate"]
    result = said.get("result")
    return Statement(
        kind=Kind(kind.removeprefix(PREDICATE_PREFIX).removesuffix(PREDICATE_VERSION)),
        subjects=_subjects(value["subject"]),
        signer=_typed(said["signer"], str),
        holder=Holder(said["holder"]),
        at=parse_time(said["at"]),
        project=_typed(said["project"], str),
        release=_typed(said.get("release"), str | None),
        environment=_typed(said.get("environment"), str | None),
        gate=_typed(said.get("gate"), str | None),
        result=Result(result) if result else None,
        reason=_typed(said.get("reason", ""), str),
        observed=tuple(parse_digest(d) for d in _typed(said.get("observed", []), list)),
        details=_typed(said.get("details", {}), dict),
        authenticated=_typed(said.get("authenticated", {}), dict),
        on_behalf_of=_typed(said.get("on_behalf_of", ""), str),
    )


def _subjects(value: Any) -> tuple[Meant, ...]:
    """Read what a statement speaks of: at least one thing, and each with one meaning."""
    subjects = tuple(Meant(_typed(s["name"], str), parse_digest("sha256:" + s["digest"]["sha256"])) for s in value)
    if not subjects or len({meant.id for meant in subjects}) != len(subjects):
        raise ValueError("no subject, or the same one twice")
    return subjects


def _typed(value: Any, kind: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} where something else belongs")
    return value


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:160]

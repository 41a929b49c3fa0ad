"""Evidence as a reviewer reads it: what was measured on a subject, by whom, and each rule's verdict.

Statements may come from other homes, and gates do not read their details; so what is not there, or has another form
than ours, is left out here and breaks nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assay.actions.environments import DEV
from assay.base.canonical import Digest
from assay.base.roles import Holder
from assay.contract.model import Severity
from assay.lifecycle.decide import GateState
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.record import Record
from assay.lifecycle.statements import Kind, Result, Statement
from assay.lifecycle.subjects import Subject
from assay.validation.conditions import Outcome
from assay.validation.promises import Dimension
from assay.validation.verdicts import Verdict

WORDS: dict[Kind, str] = {
    Kind.ASSESSED: "feasibility assessed",
    Kind.BUILT: "built",
    Kind.CHECKED: "every rule checked",
    Kind.PUBLISHED: "published and read back",
    Kind.POPULATED: "populated, every rule checked",
    Kind.COMPARED: "compared with QA on the same cut",
    Kind.SOAKED: "run on schedule",
}
"""Kind of evidence to what was done."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence.

    Attributes:
        words: what was done.
        environment: where; None for what was done nowhere in particular.
        result: None for what says none.
        by: e-mail, or the name of a node.
        is_claim: whether a person says so of their own machine; production measures again.
        release: for which release it was made.
        rows: of the snapshot; None where it is of no dataset.
        counts: outcome to the number of rules; empty where no rules were checked.
        reason: in the words of whoever signed; empty mostly.
        verdicts: of each rule, in the contract's order.
    """

    digest: Digest
    kind: Kind
    words: str
    environment: str | None
    result: Result | None
    at: datetime
    by: str
    is_claim: bool
    release: str | None
    rows: int | None
    counts: Mapping[str, int]
    reason: str
    verdicts: tuple[Verdict, ...]


def _words(said: Statement) -> str:
    if said.kind is Kind.COMPARED and said.environment == DEV:
        return "rows compared with the released version on the same cut"
    return WORDS.get(said.kind, str(said.kind))


def evidence_on(record: Record, state: GateState) -> tuple[Signed, ...]:
    """Return the newest evidence of each kind on a subject's present digests, where the gate is."""
    newest = _newest(record, state.subject)
    return tuple(signed for (_, environment), signed in newest.items() if environment == state.gate.environment)


def evidence_about(record: Record, subject: Subject) -> tuple[Signed, ...]:
    """Return the newest evidence of each kind on a subject's present digests from each environment, oldest first."""
    return tuple(sorted(_newest(record, subject).values(), key=lambda signed: signed.statement.at))


def read_evidence(signed: Signed) -> Evidence:
    """Read a statement of evidence for people."""
    said = signed.statement
    rows = said.details.get("rows")
    verdicts = tuple(_verdicts(said.details.get("rules")))
    outcomes = [str(verdict.outcome) for verdict in verdicts]
    return Evidence(
        digest=signed.digest,
        kind=said.kind,
        words=_words(said),
        environment=said.environment,
        result=said.result,
        at=said.at,
        by=said.signer,
        is_claim=said.holder is not Holder.NODE,
        release=said.release,
        rows=rows if _is_count(rows) else None,
        counts={outcome: outcomes.count(outcome) for outcome in dict.fromkeys(outcomes)},
        reason=said.reason,
        verdicts=verdicts,
    )


def _newest(record: Record, subject: Subject) -> dict[tuple[Kind, str | None], Signed]:
    meanings = set(subject.digests.values())
    newest: dict[tuple[Kind, str | None], Signed] = {}
    for signed in record.of(subject.id):
        said = signed.statement
        if said.gate is None and said.meant(subject.id) in meanings:
            newest[said.kind, said.environment] = signed
    return newest


def _verdicts(told: Any) -> Iterator[Verdict]:
    """Read verdicts as `Verdict.as_json` wrote them; an outcome that is none of ours is no verdict: an error."""
    for rule in told if isinstance(told, list | tuple) else ():
        if isinstance(rule, Mapping) and isinstance(rule.get("check"), str):
            bad, tested = rule.get("badRows"), rule.get("testedRows")
            yield Verdict(
                check_id=rule["check"],
                outcome=next((one for one in Outcome if one == rule.get("outcome")), Outcome.ERROR),
                sentence=_text(rule.get("sentence")) or rule["check"],
                measured=_text(rule.get("measured")) or None,
                limit=_text(rule.get("limit")) or None,
                bad_rows=bad if _is_count(bad) else None,
                tested_rows=tested if _is_count(tested) else None,
                message=_text(rule.get("message")),
                dimension=next((one for one in Dimension if one == rule.get("dimension")), None),
                severity=next((one for one in Severity if one == rule.get("severity")), None),
            )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0

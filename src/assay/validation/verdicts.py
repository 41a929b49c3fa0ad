"""From what was read to verdicts: one for every check, whatever failed on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from assay.contract.model import Severity
from assay.validation.checks import Check
from assay.validation.conditions import Outcome, Query, Unverified
from assay.validation.engine_words import without_rows
from assay.validation.finding import Finding
from assay.validation.findings import found
from assay.validation.history import Past
from assay.validation.promises import Dimension
from assay.validation.reads import Read, ReadPlan, part_id

Rows: TypeAlias = Sequence[Sequence[Any]]
_NO_HISTORY: Mapping[str, Sequence[Past]] = {}
Results: TypeAlias = Mapping[str, Rows | str]
"""Read id to its rows; or, for a read that failed, to the engine's words."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of the data. It holds no value of any row.

    Attributes:
        measured: the measure, in words; None where nothing was measured.
        limit: what it should be; None where the test has no number.
        bad_rows: rows that violate the promise, exact; None where rows are not what is counted.
        tested_rows: rows that were looked at, exact; None where rows are not what is counted.
        message: what a reader should know beside the numbers; empty mostly.
        dimension: which kind of quality it is about; None where what was read does not say. So also ``severity``.
    """

    check_id: str
    outcome: Outcome
    sentence: str
    measured: str | None = None
    limit: str | None = None
    bad_rows: int | None = None
    tested_rows: int | None = None
    message: str = ""
    dimension: Dimension | None = None
    severity: Severity | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as it is written into statements."""
        return {
            "check": self.check_id,
            "outcome": str(self.outcome),
            "sentence": self.sentence,
            "measured": self.measured,
            "limit": self.limit,
            "badRows": self.bad_rows,
            "testedRows": self.tested_rows,
            "message": self.message,
            "dimension": self.dimension and str(self.dimension),
            "severity": self.severity and str(self.severity),
        }


def judge(
    plan: ReadPlan, results: Results, now: datetime, history: Mapping[str, Sequence[Past]] = _NO_HISTORY
) -> tuple[Verdict, ...]:
    """Give one verdict for every check of a plan, in its order.

    Args:
        plan: the reads that were planned.
        results: what each gave. A read that failed, or was not run, yields errors only for the checks that need it;
            where it was split, the answers of its parts are taken.
        now: the moment against which ages are measured, with a time zone.
        history: check id to what it measured in earlier runs; see `assay.validation.history`.
    """
    return tuple(_classed(check, _verdict(check, plan, results, now, history)) for check in plan.checks)


def worst(verdicts: Iterable[Verdict]) -> Outcome:
    """Return the gravest outcome: error, then fail, warn, pass; skip when nothing was tested at all."""
    return max((verdict.outcome for verdict in verdicts), key=list(Outcome).index, default=Outcome.SKIP)


def _classed(check: Check, verdict: Verdict) -> Verdict:
    return replace(verdict, dimension=check.dimension, severity=check.severity)


def _verdict(
    check: Check, plan: ReadPlan, results: Results, now: datetime, history: Mapping[str, Sequence[Past]]
) -> Verdict:
    known = check.test if isinstance(check.test, Unverified) else plan.settled.get(check.id)
    if known is not None:
        return Verdict(check.id, known.outcome, check.sentence, message=known.reason)
    answer = _answer(check, plan, results)
    if isinstance(answer, str):
        return Verdict(check.id, Outcome.ERROR, check.sentence, message=answer)
    return _weighed(check, found(check, answer, plan.scope, now, history.get(check.id, ())))


def _weighed(check: Check, finding: Finding) -> Verdict:
    if finding.outcome is not None:
        outcome = finding.outcome
    elif finding.holds is None:
        outcome = Outcome.ERROR
    elif finding.holds:
        outcome = Outcome.WARN if finding.warns else Outcome.PASS
    else:
        outcome = Outcome.WARN if check.severity is Severity.WARN else Outcome.FAIL
    return Verdict(
        check.id,
        outcome,
        check.sentence,
        finding.measured,
        finding.limit,
        finding.bad_rows,
        finding.tested_rows,
        finding.message,
    )


def _answer(check: Check, plan: ReadPlan, results: Results) -> tuple[Any, ...] | str:
    """Return the values a check needs, in the order of its test, or why there are none; nothing needs none."""
    found: dict[str, Iterator[Any]] = {}
    for read in plan.reads:
        if check.id in read.uses:
            values = _values(check, read, results)
            if isinstance(values, str):
                return values
            found[read.id] = iter(values)
    if isinstance(check.test, Query):
        return tuple(value for values in found.values() for value in values)
    return tuple(next(found[read_id]) for read_id in plan.needs[check.id])


def _values(check: Check, read: Read, results: Results) -> tuple[Any, ...] | str:
    """Return what one read says for a check: from its own part where the read was split, else from the common one."""
    own = part_id(read.id, check.id)
    rows = results.get(own, results.get(read.id, "the read was not run"))
    if isinstance(rows, str):
        return without_rows(rows)
    if len(rows) != 1:
        return "the query gives no row" if not rows else "the query gives more than one row; it should give one value"
    if own in results or isinstance(check.test, Query):
        return tuple(rows[0])
    return tuple(rows[0][position] for position in read.uses[check.id])

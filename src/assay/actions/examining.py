"""Examining: every rule of a plan judged on what was read for it, with a few of the rows that break it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assay.actions.past_numbers import recall_numbers, remember_numbers
from assay.actions.reading import read_plan
from assay.actions.reading_session import TableFiles
from assay.base.canonical import Digest, digest_value
from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.validation.checks import Check
from assay.validation.conditions import Outcome, Unverified
from assay.validation.explaining import Explained
from assay.validation.reads import compile_reads
from assay.validation.samples import SampleWish, sample_reads
from assay.validation.verdicts import Verdict, judge

if TYPE_CHECKING:
    from assay.base.ports import Engine, PartResults

SampleRows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Check id to rows that break it, each as column to value."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What the rules of a table say of its data.

    Attributes:
        samples: never written into statements.
        explained: where each verdict came from.
    """

    verdicts: tuple[Verdict, ...]
    samples: SampleRows
    explained: Explained


@dataclass(frozen=True, slots=True)
class Examinee:
    """What is examined.

    Attributes:
        files: of the table.
        attached: every table of the session, with the digests of its files where they are known.
        subject: under what earlier numbers of it are kept, see `assay.actions.past_numbers`.
    """

    files: TableFiles
    attached: Mapping[TableRef, Sequence[Digest] | None]
    subject: Digest


def examine(
    engine: Engine, checks: Sequence[Check], examinee: Examinee, memory: PartResults, now: datetime, wish: SampleWish
) -> Examined:
    """Judge every check on a table.

    Args:
        engine: a session in which the tables are attached.
        checks: of the table's dataset.
        examinee: the table, and what it is compared with.
        memory: of what was read before.
        now: against which ages are measured, with a time zone.
        wish: which failing rows are wanted.
    """
    files, attached = examinee.files, examinee.attached
    plan = compile_reads(checks, files.table, files.columns)
    absent = {
        check_id: sorted({str(table) for one in asked for table in one.tables if table not in attached})
        for check_id, asked in plan.asked.items()
    }
    if any(absent.values()):
        settled = [_settled(check, absent.get(check.id, ())) for check in checks]
        plan = compile_reads(settled, files.table, files.columns)
    others = {table: digests for table, digests in attached.items() if digests is not None}
    answers = read_plan(engine, plan, files, memory, others)
    state = None if files.digests is None else digest_value(sorted(files.digests))
    history = recall_numbers(memory, examinee.subject, checks, state)
    verdicts = judge(plan, answers.results, now, history)
    remember_numbers(memory, examinee.subject, checks, verdicts, now, state)
    samples: dict[str, Sequence[Mapping[str, Any]]] = {}
    for read in sample_reads(plan, verdicts, wish):
        try:
            rows = engine.query(read.sql)
        except AssayError:
            continue  # the verdict stands without rows to show
        samples[read.check_id] = [dict(zip(read.columns, row, strict=True)) for row in rows]
    return Examined(verdicts, samples, answers.explained)


def _settled(check: Check, absent: Sequence[str]) -> Check:
    if not absent:
        return check
    reason = f"there is no data of {', '.join(absent)} to compare with"
    return replace(check, test=Unverified(Outcome.ERROR, reason))

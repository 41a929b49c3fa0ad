"""The SQL of each rule by itself, as whoever asks what a rule means would run it by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.validation.checks import Check
from assay.validation.conditions import Unverified
from assay.validation.reads import compile_reads


def sql_of_rules(checks: Sequence[Check], table: TableRef, columns: Sequence[Column]) -> Mapping[str, tuple[str, ...]]:
    """Return the queries of each check, by its id, in the order of the checks.

    A run asks the same with fewer reads. What cannot be asked is said in a comment of SQL; a rule about the names and
    types of columns has no query.

    Args:
        checks: of one dataset.
        table: the dataset as it is attached.
        columns: as they are in the data.
    """
    return {check.id: tuple(_sql(check, table, columns)) for check in checks}


def _sql(check: Check, table: TableRef, columns: Sequence[Column]) -> list[str]:
    plan = compile_reads([check], table, columns)
    settled = check.test if isinstance(check.test, Unverified) else plan.settled.get(check.id)
    if settled is not None:
        return [f"-- {settled.outcome}: {' '.join(settled.reason.split())}"]
    return [read.sql for read in plan.reads] or ["-- names and types of the columns say it"]

"""Rows that show why a check failed: a few, with the key and the offending columns, hidden values hidden by the query.

What these queries return is of persons and of business: it goes to the eyes of those who may see it, never into a
statement or an event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.sql.quoting import identifier, table_sql
from assay.validation.checks import Check
from assay.validation.conditions import BadRows, Duplicates, Outcome, Refers
from assay.validation.expressions import Scope, Uncompilable, all_of, any_of, bad_row, select
from assay.validation.measures import missing_in_target
from assay.validation.reads import ReadPlan
from assay.validation.verdicts import Verdict

MASK = "'(hidden)'"
"""What stands in the place of a value that may not be shown; null is still seen to be null."""

_WANTED = frozenset({Outcome.FAIL, Outcome.WARN})


@dataclass(frozen=True, slots=True)
class SampleRead:
    """A query for the failing rows of one check. ``columns`` are the names of what it gives, in order."""

    check_id: str
    sql: str
    columns: tuple[str, ...]


def sample_reads(plan: ReadPlan, verdicts: Sequence[Verdict], limit: int = 5) -> tuple[SampleRead, ...]:
    """Return a query for each check that failed or warned on rows; other checks have no rows to show.

    Args:
        plan: what was read.
        verdicts: as judged on it.
        limit: how many rows at most.
    """
    wanted = {verdict.check_id for verdict in verdicts if verdict.outcome in _WANTED and verdict.bad_rows}
    reads = (_sample(check, plan.scope, limit) for check in plan.checks if check.id in wanted)
    return tuple(read for read in reads if read is not None)


def _sample(check: Check, scope: Scope, limit: int) -> SampleRead | None:
    match check.test:
        case BadRows(condition=condition):
            return _rows(check, scope, bad_row(condition, scope), limit)
        case Refers():
            own = [f"tested.{identifier(scope.column(column).name)}" for column in check.test.columns]
            present = all_of(f"{column} IS NOT NULL" for column in own)
            lost = missing_in_target(check.test, scope.table, own)
            return _rows(check, scope, f"{present} AND {lost}", limit)
        case Duplicates():
            return _keys(check, check.test, scope, limit)
        case _:
            return None


def _rows(check: Check, scope: Scope, where: str, limit: int) -> SampleRead | None:
    shown = list(_shown(check, scope))
    if not shown:
        return None  # no key and no column of its own: any row would be as good, and might hold what is hidden
    order = ", ".join(sql for _, sql, is_masked in shown if not is_masked)
    sql = select(
        [_column(name, sql, is_masked) for name, sql, is_masked in shown],
        f"{table_sql(scope.table)} AS tested",
        where=where,
        order=order,
        limit=limit,
    )
    return SampleRead(check.id, sql, tuple(name for name, _, _ in shown))


def _keys(check: Check, test: Duplicates, scope: Scope, limit: int) -> SampleRead:
    names = [identifier(scope.column(column).name) for column in test.columns]
    masked = {shown.column for shown in check.shown if shown.is_masked}
    missing = any_of(f"{name} IS NULL" for name in names)
    columns = [_column(column, name, column in masked) for column, name in zip(test.columns, names, strict=True)]
    sql = select(
        [*columns, 'count(*) AS "rows"'],
        table_sql(scope.table),
        where="" if test.is_primary else f"NOT ({missing})",
        group=", ".join(names),
        having=f"count(*) > 1 OR {missing}" if test.is_primary else "count(*) > 1",
        order=", ".join(["count(*) DESC", *names]),
        limit=limit,
    )
    return SampleRead(check.id, sql, (*test.columns, "rows"))


def _shown(check: Check, scope: Scope) -> Iterator[tuple[str, str, bool]]:
    """Give the columns to show that are there: the name, the SQL and whether it is masked."""
    for shown in check.shown:
        try:
            column = scope.column(shown.column)
        except Uncompilable:
            continue
        yield column.name, identifier(column.name), shown.is_masked


def _column(name: str, sql: str, is_masked: bool) -> str:
    value = f"CASE WHEN {sql} IS NULL THEN NULL ELSE {MASK} END" if is_masked else sql
    return f"{value} AS {identifier(name)}"

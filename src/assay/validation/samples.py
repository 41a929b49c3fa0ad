"""Rows that show why a check failed: a few, with the key and the offending columns, hidden values hidden by the query.

What these queries return is of persons and of business: it goes to the eyes of those who may see it, never into a
statement or an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assay.sql.quoting import identifier, table_sql
from assay.sql.writing import all_of, any_of, select
from assay.validation.checks import Check, Shown
from assay.validation.comparisons import Gapless, SameRows, Series
from assay.validation.comparisons import Sequence as Following
from assay.validation.conditions import BadRows, Derived, Duplicates, Extent, FailedRows, Outcome, Query, Refers
from assay.validation.expressions import bad_row
from assay.validation.measures import derived_missing, derived_parts, missing_in_target, query_relation
from assay.validation.offenders import Offenders, Told
from assay.validation.reads import ReadPlan
from assay.validation.reconciling import unlike_rows
from assay.validation.scope import Scope, Uncompilable
from assay.validation.selection import FEW
from assay.validation.sensitivity import MASK, WRITTEN_DOWN, Level, is_within
from assay.validation.series import absent_periods, gaps, out_of_order
from assay.validation.verdicts import Verdict

_COUNT = "rows"
"""Of a duplicated key: in how many rows it stands."""

_UNCOUNTED = (FailedRows, SameRows, Series, Following, Gapless)
"""Tests that have something to show although they count no rows of the dataset."""

_WANTED = frozenset({Outcome.FAIL, Outcome.WARN})


@dataclass(frozen=True, slots=True)
class SampleWish:
    """Which failing rows somebody wants to see.

    Attributes:
        limit: how many of a check at most; 0 for none, and no query at all.
        cleared: how far they see; what is classified higher is hidden by the query itself.
    """

    limit: int = FEW
    cleared: Level = WRITTEN_DOWN


A_FEW = SampleWish()
"""What is shown when nobody says otherwise: a few rows, with what may be written down."""


@dataclass(frozen=True, slots=True)
class SampleRead:
    """A query for the failing rows of one check. ``columns`` are the names of what it gives, in order."""

    check_id: str
    sql: str
    columns: tuple[str, ...]


def sample_reads(plan: ReadPlan, verdicts: Sequence[Verdict], wish: SampleWish = A_FEW) -> tuple[SampleRead, ...]:
    """Return a query for each check that failed or warned on rows; other checks have no rows to show.

    Args:
        plan: what was read.
        verdicts: as judged on it.
        wish: how many rows, and how far whoever looks sees.
    """
    if wish.limit < 1:
        return ()
    wanted = showing(plan.checks, verdicts)
    reads = (_sample(check, plan.scope, wish.limit, wish.cleared) for check in plan.checks if check.id in wanted)
    return tuple(read for read in reads if read is not None)


def showing(checks: Iterable[Check], verdicts: Iterable[Verdict]) -> frozenset[str]:
    """Return the ids of the checks that have something to show: they failed or warned, and know on what."""
    uncounted = {check.id for check in checks if _is_uncounted(check.test)}
    return frozenset(
        verdict.check_id
        for verdict in verdicts
        if verdict.outcome in _WANTED and (verdict.bad_rows or verdict.check_id in uncounted)
    )


def _is_uncounted(test: object) -> bool:
    return test.failed_rows is not None if isinstance(test, Query) else isinstance(test, _UNCOUNTED)


def _sample(check: Check, scope: Scope, limit: int, cleared: Level) -> SampleRead | None:
    match check.test:
        case BadRows(condition=condition):
            return _rows(check, scope, bad_row(condition, scope), limit, cleared)
        case Refers():
            own = [f"tested.{identifier(scope.column(column).name)}" for column in check.test.columns]
            present = all_of(f"{column} IS NOT NULL" for column in own)
            lost = missing_in_target(check.test, scope.table, own)
            return _rows(check, scope, f"{present} AND {lost}", limit, cleared)
        case Duplicates():
            return _keys(check, check.test, scope, limit, cleared)
        case Derived():
            return _derived(check, check.test, scope, limit, cleared)
        case Query(failed_rows=str() as rows) as query:
            return _asked_for(check, query, rows, scope, limit, cleared)
        case FailedRows(query=query):
            return _asked_for(check, query, query.text, scope, limit, cleared)
        case SameRows() | Series() | Following() | Gapless():
            return _compared(check, check.test, scope, limit, cleared)
        case _:
            return None


def _rows(check: Check, scope: Scope, where: str, limit: int, cleared: Level) -> SampleRead | None:
    shown = list(_shown(check.shown, scope))
    if not shown:
        return None  # no key and no column of its own: any row would be as good, and might hold what is hidden
    order = ", ".join(identifier(name) for name, level in shown if is_within(level, cleared))
    sql = select(
        [_column(name, level, cleared) for name, level in shown],
        f"{table_sql(scope.table)} AS tested",
        where=where,
        order=order,
        limit=limit,
    )
    return SampleRead(check.id, sql, tuple(name for name, _ in shown))


def _keys(check: Check, test: Duplicates, scope: Scope, limit: int, cleared: Level) -> SampleRead:
    columns = [scope.column(column).name for column in test.columns]
    shown = [(identifier(name), name, _level(check, name)) for name in columns]
    missing = any_of(f"{sql} IS NULL" for sql, _, _ in shown)
    where = "" if test.is_primary else f"NOT ({missing})"
    having = f"count(*) > 1 OR {missing}" if test.is_primary else "count(*) > 1"
    return _grouped(check, shown, table_sql(scope.table), where, having, limit, cleared)


def _derived(check: Check, test: Derived, scope: Scope, limit: int, cleared: Level) -> SampleRead:
    """Show the values themselves, which may lie inside columns, with the number of rows that hold them."""
    relation, parts = derived_parts(test, scope)
    columns = {str(spot): spot.column for spot in test.spots}
    shown = [
        (part, name, _level(check, columns.get(name, name)))
        for part, name in zip(parts, test.test.columns, strict=True)
    ]
    whole = all_of(f"{part} IS NOT NULL" for part in parts)
    if isinstance(test.test, Refers):
        lost = derived_missing(test.test, test.target_spots, scope, parts)
        return _grouped(check, shown, relation, f"{whole} AND {lost}", "", limit, cleared)
    chosen = "count(*) FILTER (WHERE chosen) > 0"
    in_window = chosen if test.where is not None and test.extent is Extent.WINDOW else "true"
    if test.test.is_primary:
        return _grouped(check, shown, relation, "", f"(count(*) > 1 OR NOT ({whole})) AND {in_window}", limit, cleared)
    return _grouped(check, shown, relation, whole, f"count(*) > 1 AND {in_window}", limit, cleared)


def _grouped(
    check: Check, shown: Sequence[tuple[str, str, Level]], relation: str, where: str, having: str, limit: int,
    cleared: Level,
) -> SampleRead:  # fmt: skip
    """Show values with the number of rows that hold them; each is its SQL, its name and its level."""
    names = [name for _, name, _ in shown]
    count = _COUNT if _COUNT not in {name.lower() for name in names} else f"{_COUNT} of it"
    sql = select(
        [*(_value(part, name, level, cleared) for part, name, level in shown), f"count(*) AS {identifier(count)}"],
        relation,
        where=where,
        group=", ".join(part for part, _, _ in shown),
        having=having,
        order=", ".join(["count(*) DESC", *(part for part, _, level in shown if is_within(level, cleared))]),
        limit=limit,
    )
    return SampleRead(check.id, sql, (*names, count))


def _asked_for(check: Check, test: Query, query: str, scope: Scope, limit: int, cleared: Level) -> SampleRead | None:
    if not check.shown:
        return None  # which columns it gives cannot be told, and so not what of them may be seen
    try:
        relation, _ = query_relation(test, query, scope, limit)
    except Uncompilable:
        return None  # the verdict stands without rows
    columns = [_column(shown.column, shown.level, cleared) for shown in check.shown]
    return SampleRead(check.id, select(columns, f"({relation}) AS failing"), tuple(one.column for one in check.shown))


def _compared(
    check: Check, test: SameRows | Series | Following | Gapless, scope: Scope, limit: int, cleared: Level
) -> SampleRead:
    """Show what a comparison stumbled over; what comes from the other table is hidden by the levels of that."""
    found = _offenders(test, scope)
    hidden = {one.name: _hidden(check, one, cleared) for one in found.columns}
    sql = select(
        [_unless(hidden[one.name], one.sql, one.name) for one in found.columns],
        found.relation,
        where=found.where,
        order=", ".join(one.sql for one in found.columns if not hidden[one.name]),
        limit=limit,
    )
    return SampleRead(check.id, sql, tuple(one.name for one in found.columns))


def _hidden(check: Check, told: Told, cleared: Level) -> str:
    """Return the condition under which a value is hidden; empty for never."""
    if told.source is None:
        return ""
    here = is_within(_level(check, told.source), cleared)
    if not told.other:
        return "" if here else "TRUE"
    there = is_within(_level(check, told.other, Level.RESTRICTED), cleared)
    if here is there:
        return "" if here else "TRUE"
    return told.there if here else "TRUE"  # the two are to be the same, so the own level counts for both


def _unless(hidden: str, sql: str, name: str) -> str:
    if not hidden:
        return f"{sql} AS {identifier(name)}"
    shown = "" if hidden == "TRUE" else f" WHEN NOT ({hidden}) THEN CAST({sql} AS VARCHAR)"
    return f"CASE WHEN {sql} IS NULL THEN NULL{shown} ELSE {MASK} END AS {identifier(name)}"


def _offenders(test: SameRows | Series | Following | Gapless, scope: Scope) -> Offenders:
    match test:
        case SameRows():
            return unlike_rows(test, scope)
        case Series():
            return absent_periods(test, scope)
        case Following():
            return out_of_order(test, scope)
        case Gapless():
            return gaps(test, scope)


def _shown(columns: Sequence[Shown], scope: Scope) -> Iterator[tuple[str, Level]]:
    """Give the columns to show that are there, by the names that they have in the data."""
    for shown in columns:
        try:
            yield scope.column(shown.column).name, shown.level
        except Uncompilable:
            continue


def _level(check: Check, column: str, unknown: Level = Level.UNCLASSIFIED) -> Level:
    levels = {shown.column.lower(): shown.level for shown in check.shown}
    return levels.get(column.lower(), unknown)


def _column(name: str, level: Level, cleared: Level) -> str:
    return _value(identifier(name), name, level, cleared)


def _value(sql: str, name: str, level: Level, cleared: Level) -> str:
    return _unless("" if is_within(level, cleared) else "TRUE", sql, name)

"""Where each value that a plan needs comes from at the least cost: a footer, few row groups, or rows together.

`assay.validation.reads` says what the values mean, as plain SQL. This module finds cheaper sources of the same values:
what the footers prove is read nowhere; a condition on rows is asked with WHERE, so that row groups are skipped by their
statistics and a condition on one column kept as a dictionary is tried once for each different value of a row group;
conditions that share columns share a scan; that a key is unique is shown by its hashes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from assay.base.names import TableRef
from assay.sql.quoting import identifier, table_sql
from assay.sql.refused import UNSTEADY, refused_uses
from assay.sql.tokens import Kind, Token, sql_tokens
from assay.validation.asked import Asked, Fold, beside
from assay.validation.conditions import BadRows, Duplicates, Fresh, InRange, NotNull, Refers, Retained, Test
from assay.validation.expressions import DAY_MICROSECONDS, bad_row
from assay.validation.facts import ColumnFacts, Plain, TableFacts
from assay.validation.measures import measure
from assay.validation.promises import DEFAULT_ZONE
from assay.validation.reads import ReadPlan
from assay.validation.scope import Scope, Uncompilable
from assay.validation.thresholds import exact
from assay.validation.types import MOMENTS, NUMBERS, Family, family

Slot: TypeAlias = tuple[str, int]
"""A value of a plan: the id of its read, and the position in the answer of that."""

ALL_ROWS = "count(*)"

MOST_LISTED = 2_000
"""Up to so many keys of another table are listed in a query, which is five times as quick as a join."""

_TIMES = "assay counts how often it occurs"
_BREAK = ",\n  "
_CALL = re.compile(r"[a-z_]\(")
"""A function: DuckDB calls it for every row, but compares with the values of a dictionary only."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that must be read from the rows of the table.

    Attributes:
        slot: whose value it is.
        expression: what is selected.
        counted: the condition of the rows that are counted; None where the value is no count.
        fold: how values of the table's parts make it; None where they do not.
        columns: of the table, that it reads; empty where that cannot be told.
    """

    slot: Slot
    expression: str
    counted: str | None
    fold: Fold | None
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scan:
    """One query over the rows of the table or of a part of it.

    Attributes:
        by_value: the column whose different values are tried, once each; None where rows are.
    """

    wanted: tuple[Wanted, ...]
    by_value: str | None = None

    def sql(self, relation: str) -> str:
        """Write the query over a relation: one count with WHERE, or several values as aggregates."""
        if self.by_value is not None:
            name = identifier(self.by_value)
            times = identifier(_TIMES)
            counts = [f"coalesce(sum({times}) FILTER (WHERE {one.counted}), 0)" for one in self.wanted]
            values = f"SELECT {name}, count(*) AS {times} FROM {relation} GROUP BY {name}"  # noqa: S608
            return _query(counts, f"({values})")
        if self.is_filter:
            return f"{_query(['count(*)'], relation)}\nWHERE {self.wanted[0].counted}"
        return _query([_aggregate(one) for one in self.wanted], relation)

    @property
    def is_filter(self) -> bool:
        """Whether rows are asked for by one condition, so that row groups can be skipped."""
        return len(self.wanted) == 1 and self.wanted[0].counted is not None and self.by_value is None

    @property
    def columns(self) -> tuple[str, ...]:
        """What it reads of the table."""
        return tuple(sorted({column for one in self.wanted for column in one.columns}))


@dataclass(frozen=True, slots=True)
class KeyScan:
    """A key whose rows are counted by their hashes first.

    Attributes:
        read_id: of the plain read, which is run if two hashes are equal.
        columns: of the key, as they are in the data.
    """

    read_id: str
    columns: tuple[str, ...]

    @property
    def complete(self) -> str:
        """The condition of rows that have every part of the key."""
        return " AND ".join(f"{identifier(column)} IS NOT NULL" for column in self.columns)

    def hashes(self, relation: str) -> str:
        """Write the query for the hash of every whole key, as ``h``."""
        names = ", ".join(identifier(column) for column in self.columns)
        return f"SELECT hash({names}) AS h FROM {relation} WHERE {self.complete}"  # noqa: S608

    def exact(self, relation: str, hashes: str) -> str:
        """Write the query for how many keys occur more than once, and on how many rows, among rows of some hashes.

        Args:
            relation: as SQL.
            hashes: as SQL, separated by commas. They are shown to nobody: short values can be found by theirs.
        """
        names = ", ".join(identifier(column) for column in self.columns)
        among = f"{self.complete} AND hash({names}) IN ({hashes})"
        keys = f"SELECT count(*) AS n FROM {relation} WHERE {among} GROUP BY {names} HAVING count(*) > 1"  # noqa: S608
        return f"SELECT count(*), coalesce(sum(n), 0) FROM ({keys})"  # noqa: S608

    def shared(self, relation: str, other: str) -> str:
        """Write the query for how many rows of a relation have a key that another relation has as well."""
        same = " AND ".join(f"here.{identifier(name)} = there.{identifier(name)}" for name in self.columns)
        return f"SELECT count(*) FROM {relation} AS here SEMI JOIN {other} AS there ON {same}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class ReferenceScan:
    """A reference whose rows are looked up part by part; where one is lost, the plain read counts exactly.

    Attributes:
        target: the table that is referred to.
        columns: that refer, as they are in the data.
    """

    read_id: str
    test: Refers
    target: TableRef
    columns: tuple[str, ...]

    @property
    def is_single(self) -> bool:
        """Whether one column refers, so that a short list of the target's keys can be held against it."""
        return len(self.columns) == 1

    def keys(self) -> str:
        """Write the query for the target's keys, each with how often it occurs, and one more than are listed."""
        name = identifier(self.test.target_columns[0])
        where = f"{name} IS NOT NULL GROUP BY {name} LIMIT {MOST_LISTED + 1}"
        return f"SELECT {name}, count(*) FROM {table_sql(self.target)} WHERE {where}"  # noqa: S608

    def beyond(self, relation: str, keys: str) -> str:
        """Write the query for how many rows of a relation refer to none of the keys, and how many refer at all.

        Args:
            relation: as SQL.
            keys: as SQL, separated by commas.
        """
        name = identifier(self.columns[0])
        return f"SELECT count(*) FROM {relation} WHERE {name} NOT IN ({keys})"  # noqa: S608

    def sql(self, part: TableRef, scope: Scope) -> str:
        """Write the query over a part, which is offered as a table."""
        asked = list(measure(self.test, Scope(part, scope.columns)))
        return _query([one.expression for one in asked], asked[0].relation)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the values of a plan come from.

    Attributes:
        known: what the footers prove.
        scans: what is read from the rows of the table.
        keys: keys that are counted by hashes.
        references: what is looked up in other tables.
        plain: ids of the reads that are run as they are.
    """

    known: Mapping[Slot, Any]
    scans: tuple[Scan, ...]
    keys: tuple[KeyScan, ...]
    references: tuple[ReferenceScan, ...]
    plain: tuple[str, ...]


def sources_of(plan: ReadPlan, facts: TableFacts) -> Sources:
    """Choose the cheapest source of every value of a plan.

    Args:
        plan: what is needed.
        facts: what is known of the table under test; without facts about columns everything is read.
    """
    own = table_sql(plan.table)
    known: dict[Slot, Any] = {}
    wanted: list[Wanted] = []
    askers: dict[str, list[tuple[Test, Asked]]] = {}
    for check in plan.checks:
        for one in plan.asked.get(check.id, ()):
            if one.relation == own:
                askers.setdefault(one.expression, []).append((check.test, one))
    for read in plan.reads:
        if read.relation != own:
            continue
        for position, expression in enumerate(read.expressions):
            proven = [_proven(test, one, plan.scope, facts) for test, one in askers[expression]]
            slot, one = (read.id, position), askers[expression][0][1]
            if all(value is UNKNOWN for value in proven):
                tokens = sql_tokens(expression, "expression")
                # Local times are not in the order of the moments that they name, so ends of parts are not the whole's.
                is_local = any(token.name in {"timezone", "zone"} for token in tokens)
                fold = None if _is_unsteady(tokens) or is_local else one.fold
                wanted.append(Wanted(slot, expression, one.counted, fold, _columns_in(tokens, plan.scope)))
            else:
                known[slot] = next(value for value in proven if value is not UNKNOWN)
    keys = tuple(_keys(plan))
    references = tuple(_references(plan))
    shortened = {key.read_id for key in keys} | {reference.read_id for reference in references}
    plain = tuple(read.id for read in plan.reads if read.relation != own and read.id not in shortened)
    return Sources(known, tuple(_scans(wanted, facts, plan.scope)), keys, references, plain)


class _Unknown:
    """Stands for a value that no footer proves; null would be a value."""


UNKNOWN = _Unknown()


def _proven(test: Test, one: Asked, scope: Scope, facts: TableFacts) -> Any:
    """Return a value that the footers prove, or `UNKNOWN`."""
    if one.expression == ALL_ROWS:
        return facts.rows
    match test:
        case BadRows():
            return _counted(test, one, scope, facts)
        case Fresh() | Retained():
            return _extreme(test, one, scope, facts)
        case _:
            return UNKNOWN


def _counted(test: BadRows, one: Asked, scope: Scope, facts: TableFacts) -> Any:
    """Return how many rows are bad, or tested, where that is proven: for the plain condition, without any filter."""
    condition = test.condition
    if one.counted is None:
        name = _name(test.of_non_null, scope)
        column = facts.columns.get(name)
        if column is None or column.nulls is None or one.expression != f"count({identifier(name)})":
            return UNKNOWN
        return facts.rows - column.nulls
    if not isinstance(condition, NotNull | InRange):
        return UNKNOWN
    column = facts.columns.get(_name(condition.column, scope))
    if column is None or one.counted != bad_row(condition, scope):
        return UNKNOWN
    if isinstance(condition, NotNull):
        return UNKNOWN if column.nulls is None else column.nulls
    return 0 if _lies_within(condition, column, family(scope.column(condition.column).type)) else UNKNOWN


def _name(column: str | None, scope: Scope) -> str:
    """Return the name of a column as it is in the data; empty where it is not there."""
    try:
        found = scope.find(column) if column else None
    except Uncompilable:
        found = None
    return found.name if found else ""


def _lies_within(condition: InRange, column: ColumnFacts, kind: Family) -> bool:
    """Say whether all values of a column are proven to lie in a range."""
    if not column.is_ended:
        return False
    if column.least is None or column.greatest is None:
        return True  # nothing but nulls, which are in every range
    ends = (condition.minimum, condition.above, condition.maximum, condition.below)
    low, above, high, below = (None if end is None else _comparable(end, kind, condition.zone) for end in ends)
    if any(end is not None and value is None for end, value in zip(ends, (low, above, high, below), strict=True)):
        return False
    least, greatest = _ordered(column.least), _ordered(column.greatest)
    return (
        (low is None or least >= low)
        and (above is None or least > above)
        and (high is None or greatest <= high)
        and (below is None or greatest < below)
    )


def _comparable(end: Any, kind: Family, zone: str) -> Any:
    """Return a bound as it is compared with a column's ends; None where only the engine can compare it."""
    try:
        if kind in NUMBERS and isinstance(end, int | float) and not isinstance(end, bool):
            return exact(end)
        if kind is Family.DATE and isinstance(end, str):
            return _ordered(date.fromisoformat(end))
        if kind in MOMENTS and isinstance(end, str):
            moment = datetime.fromisoformat(end)
            if moment.tzinfo is None and (kind is Family.TIMESTAMP or zone == "UTC"):
                return _ordered(moment)
            return _ordered(moment) if kind is Family.TIMESTAMP_TZ and moment.tzinfo is not None else None
    except ValueError:
        return None
    return None


def _ordered(value: Plain) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return Fraction(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value
    return datetime.combine(value, time(), UTC)


def _extreme(test: Fresh | Retained, one: Asked, scope: Scope, facts: TableFacts) -> Any:
    """Return the newest or oldest moment of a column in microseconds since 1970."""
    if test.where is not None:
        return UNKNOWN  # the footers know of all rows alone
    column = facts.columns.get(_name(test.column, scope))
    whole = Fresh(test.column, test.limit, test.limit_text, test.zone, None) if isinstance(test, Fresh) else test
    if column is None or not column.is_ended or one.expression != next(iter(measure(whole, scope))).expression:
        return UNKNOWN
    kind = family(scope.column(test.column).type)
    if test.zone != DEFAULT_ZONE and kind is not Family.TIMESTAMP_TZ:
        return UNKNOWN
    end = column.greatest if isinstance(test, Fresh) else column.least
    if end is None:
        return None
    microseconds = (_ordered(end) - _EPOCH) // timedelta(microseconds=1)
    return microseconds + (DAY_MICROSECONDS if kind is Family.DATE else 0)


def _is_unsteady(tokens: Sequence[Token]) -> bool:
    """Say whether the same rows may give another value tomorrow; then it is asked of the whole, and not remembered."""
    uses = refused_uses(tokens, "expression", UNSTEADY)
    return any(token.kind is Kind.PARAMETER for token in tokens) or next(uses, None) is not None


def _columns_in(tokens: Sequence[Token], scope: Scope) -> frozenset[str]:
    """Return the table's columns that an expression may read, by the names in it."""
    names = {token.name for token in tokens}
    return frozenset(column.name for column in scope.columns if column.name.lower() in names)


def _keys(plan: ReadPlan) -> Iterator[KeyScan]:
    """Give the keys of the whole table; one with a filter is read as it is."""
    tests = {one.relation: check.test for check in plan.checks for one in plan.asked.get(check.id, ())}
    for read in plan.reads:
        test = tests[read.relation]
        if isinstance(test, Duplicates):
            whole = tuple(measure(Duplicates(test.columns), plan.scope))
            if read.relation == whole[0].relation and read.expressions == tuple(one.expression for one in whole):
                yield KeyScan(read.id, tuple(plan.scope.column(column).name for column in test.columns))


def _references(plan: ReadPlan) -> Iterator[ReferenceScan]:
    tests = {one.relation: check.test for check in plan.checks for one in plan.asked.get(check.id, ())}
    for read in plan.reads:
        test = tests[read.relation]
        if isinstance(test, Refers):
            columns = tuple(plan.scope.column(column).name for column in test.columns)
            yield ReferenceScan(read.id, test, beside(plan.table, test.target), columns)


def _scans(wanted: Sequence[Wanted], facts: TableFacts, scope: Scope) -> Iterator[Scan]:
    """Put together what shares columns; what is cheaper by itself is read by itself."""
    together: list[tuple[set[str], list[Wanted]]] = []
    by_value: dict[str, list[Wanted]] = {}
    for one in wanted:
        if one.counted is not None and _is_dictionary(one.columns, facts):
            if _is_called(one, scope):
                by_value.setdefault(next(iter(one.columns)), []).append(one)
            else:
                yield Scan((one,))
        elif one.fold is None:
            yield Scan((one,))
        else:
            together = _joined(together, one)
    yield from (Scan(tuple(members), column) for column, members in by_value.items())
    yield from (Scan(tuple(members)) for _, members in together)


def _joined(groups: Sequence[tuple[set[str], list[Wanted]]], one: Wanted) -> list[tuple[set[str], list[Wanted]]]:
    """Add a value to the groups that read a column of its; what cannot be told may read any."""
    columns, members, apart = set(one.columns), [one], []
    for group in groups:
        if group[0] & columns or not columns or not group[0]:
            columns |= group[0]
            members = [*group[1], *members]
        else:
            apart.append(group)
    return [*apart, (columns, members)]


def _is_called(one: Wanted, scope: Scope) -> bool:
    """Say whether a condition on one column is better tried once for each of its values: it calls a function.

    Not of floating-point numbers, of which 0 and -0 are one value; nor where columns are named by their position, or
    by the name that is given to how often a value occurs.
    """
    assert one.counted is not None
    kinds = {family(column.type) for column in scope.columns if column.name in one.columns}
    is_plain = "#" not in one.counted and _TIMES not in one.counted.lower()
    return _CALL.search(one.counted) is not None and Family.FLOAT not in kinds and is_plain


def _is_dictionary(columns: frozenset[str], facts: TableFacts) -> bool:
    return len(columns) == 1 and all(name in facts.columns and facts.columns[name].is_dictionary for name in columns)


def _query(selected: Sequence[str], relation: str) -> str:
    return "\n".join(("SELECT", f"  {_BREAK.join(selected)}", f"FROM {relation}"))


def _aggregate(one: Wanted) -> str:
    # count_if takes half as long as FILTER in DuckDB 1.5, and counts the same rows
    return one.expression if one.counted is None else f"count_if({one.counted})"

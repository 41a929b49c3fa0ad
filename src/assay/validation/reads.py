"""From checks to the fewest reads: what is asked of the same rows is asked in one SELECT. SQL of DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.base.canonical import digest_text, short
from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.validation.checks import Check
from assay.validation.conditions import (
    BadRows,
    ControlTotal,
    Duplicates,
    Fresh,
    HasColumn,
    HasRows,
    HasType,
    NoOtherColumns,
    Outcome,
    Query,
    Refers,
    Retained,
    RowCount,
    Test,
    Unverified,
)
from assay.validation.expressions import (
    DAY_MICROSECONDS,
    Absent,
    Scope,
    Uncompilable,
    all_of,
    bad_row,
    identifier,
    select,
    table_sql,
    zone_literal,
)
from assay.validation.fragments import Unreadable, columns_of, fill, tables_of
from assay.validation.promises import DEFAULT_ZONE
from assay.validation.types import MOMENTS, Family, family

ROWS = "rows"
"""The id of the read that goes over the rows of the table itself."""


@dataclass(frozen=True, slots=True)
class Read:
    """One SELECT, which answers with one row.

    Attributes:
        relation: what stands after FROM.
        expressions: what is selected, in the order of the answer.
        uses: check id to the positions in the answer that it needs.
    """

    id: str
    relation: str
    expressions: tuple[str, ...]
    uses: Mapping[str, tuple[int, ...]]

    @property
    def sql(self) -> str:
        """The query, without a semicolon."""
        selected = ",\n  ".join(self.expressions)
        return "\n".join(("SELECT", f"  {selected}", f"FROM {self.relation}"))


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """All that is to be read for the checks of a table.

    Attributes:
        needs: check id to the reads (by id) that it rests on, once for each value, in the order of its test.
        settled: check id to what is known without reading: why it is skipped, or why there can be no verdict.
        tables: every table that the reads name, the one under test among them, to be attached first.
    """

    table: TableRef
    columns: tuple[Column, ...]
    checks: tuple[Check, ...]
    reads: tuple[Read, ...]
    needs: Mapping[str, tuple[str, ...]]
    settled: Mapping[str, Unverified]
    tables: tuple[TableRef, ...]

    @property
    def scope(self) -> Scope:
        """The table as expressions need it."""
        return Scope(self.table, self.columns)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One value that a test needs: an expression over a relation, and the tables which that names."""

    label: str
    relation: str
    expression: str
    tables: tuple[TableRef, ...]


def compile_reads(checks: Sequence[Check], table: TableRef, columns: Sequence[Column]) -> ReadPlan:
    """Plan the fewest reads for the checks of a table.

    What is asked of the same relation becomes one SELECT, and equal expressions are asked once. A check that cannot
    be put to these columns is settled with the reason; it never keeps others from being read.

    Args:
        checks: of one dataset; see `assay.validation.checks.checks_of`.
        table: the dataset as it is attached: ``sources.flights`` or ``ontime_daily``.
        columns: as they are in the data, not as the contract has them.
    """
    scope = Scope(table, tuple(columns))
    by_right = {one.test.column for one in checks if isinstance(one.test, HasColumn) and one.test.may_be_absent}
    asked: dict[str, tuple[_Asked, ...]] = {}
    settled: dict[str, Unverified] = {}
    for check in checks:
        try:
            asked[check.id] = tuple(_measure(check.test, scope))
        except Absent as error:
            outcome = Outcome.SKIP if error.column in by_right else Outcome.ERROR
            settled[check.id] = Unverified(outcome, str(error))
        except Uncompilable as error:
            settled[check.id] = Unverified(Outcome.ERROR, str(error))
    reads = {one.relation: one for one in _reads(asked, table_sql(table))}
    return ReadPlan(
        table=table,
        columns=scope.columns,
        checks=tuple(checks),
        reads=tuple(reads.values()),
        needs={check_id: tuple(reads[one.relation].id for one in values) for check_id, values in asked.items()},
        settled=settled,
        tables=tuple(
            sorted({table, *(ref for values in asked.values() for one in values for ref in one.tables)}, key=str)
        ),
    )


def split(read: Read) -> tuple[Read, ...]:
    """Return one read a check, for when the common one fails: a broken rule then fails alone.

    The answers belong under the new ids; `assay.validation.verdicts.judge` prefers them to the common read's.
    """
    return tuple(
        Read(
            id=part_id(read.id, check_id),
            relation=read.relation,
            expressions=tuple(read.expressions[position] for position in positions),
            uses={check_id: tuple(range(len(positions)))},
        )
        for check_id, positions in read.uses.items()
    )


def part_id(read_id: str, check_id: str) -> str:
    """Return the id of the part of a read that belongs to one check."""
    return f"{read_id}/{check_id}"


def _reads(asked: Mapping[str, tuple[_Asked, ...]], own: str) -> Iterator[Read]:
    relations: dict[str, str] = {one.relation: one.label for values in asked.values() for one in values}
    for relation, label in relations.items():
        uses = {
            check_id: [one.expression for one in values if one.relation == relation]
            for check_id, values in asked.items()
            if any(one.relation == relation for one in values)
        }
        expressions = list(dict.fromkeys(expression for wanted in uses.values() for expression in wanted))
        positions = {expression: index for index, expression in enumerate(expressions)}
        yield Read(
            id=ROWS if relation == own else f"{label}:{short(digest_text(relation))}",
            relation=relation,
            expressions=tuple(expressions),
            uses={check_id: tuple(positions[one] for one in wanted) for check_id, wanted in uses.items()},
        )


def _measure(test: Test, scope: Scope) -> Iterable[_Asked]:
    """Say what must be read for a test; nothing when the columns or the rule itself say all."""
    match test:
        case BadRows():
            return _bad_rows(test, scope)
        case HasRows() | RowCount():
            return _of_table(scope.table, "count(*)")
        case Duplicates():
            return _duplicates(test, scope)
        case Refers():
            return _refers(test, scope)
        case Fresh() | Retained():
            return _age(test, scope)
        case Query():
            return _query(test, scope)
        case ControlTotal():
            return _control_total(test, scope)
        case HasType(column=column):
            scope.column(column)  # that it is missing is said once, by the check on its presence
            return ()
        case NoOtherColumns() | HasColumn() | Unverified():
            return ()


def _of_table(table: TableRef, *expressions: str) -> list[_Asked]:
    return [_Asked(ROWS, table_sql(table), expression, (table,)) for expression in expressions]


def _of(label: str, relation: str, expressions: Iterable[str], *tables: TableRef) -> list[_Asked]:
    return [_Asked(label, relation, expression, tables) for expression in expressions]


def _bad_rows(test: BadRows, scope: Scope) -> list[_Asked]:
    bad = f"count(*) FILTER (WHERE {bad_row(test.condition, scope)})"
    tested = f"count({identifier(scope.column(test.of_non_null).name)})" if test.of_non_null else "count(*)"
    return _of_table(scope.table, bad, tested)


def _duplicates(test: Duplicates, scope: Scope) -> list[_Asked]:
    names = [identifier(scope.column(column).name) for column in test.columns]
    parts = _parts(names)
    keys = [f"{name} AS {part}" for name, part in zip(names, parts, strict=True)]
    grouped = select([*keys, "count(*) AS n"], table_sql(scope.table), group=", ".join(names))
    whole = all_of(f"{part} IS NOT NULL" for part in parts)
    return _of(
        "key",
        f"({grouped}) AS grouped",
        (
            f"count(*) FILTER (WHERE n > 1 AND {whole})",
            f"coalesce(sum(n) FILTER (WHERE n > 1 AND {whole}), 0)",
            f"coalesce(sum(n) FILTER (WHERE {whole}), 0)",
            f"coalesce(sum(n) FILTER (WHERE NOT ({whole})), 0)",
        ),
    )


def _parts(names: Sequence[str]) -> list[str]:
    """Return names for the parts of a key that no column of any author can clash with."""
    return [f"k{number}" for number in range(1, len(names) + 1)]


def beside(table: TableRef, other: TableRef) -> TableRef:
    """Say which table a name without a schema means: the one in the schema of the table under test."""
    return TableRef(table.schema, other.name) if other.schema is None else other


def missing_in_target(test: Refers, table: TableRef, own: Sequence[str]) -> str:
    """Return the SQL that is true where a reference points to nothing.

    Args:
        test: the relationship.
        table: the one that refers.
        own: its columns as SQL, in the order of the test.
    """
    target = table_sql(beside(table, test.target))
    pairs = zip(test.target_columns, own, strict=True)
    same = all_of(f"target.{identifier(theirs)} = {ours}" for theirs, ours in pairs)
    return f"NOT EXISTS ({select(['1'], f'{target} AS target', where=same)})"


def _refers(test: Refers, scope: Scope) -> list[_Asked]:
    target = beside(scope.table, test.target)
    names = [identifier(scope.column(column).name) for column in test.columns]
    parts = _parts(names)
    keys = select(
        [*(f"{name} AS {part}" for name, part in zip(names, parts, strict=True)), "count(*) AS n"],
        table_sql(scope.table),
        where=all_of(f"{name} IS NOT NULL" for name in names),
        group=", ".join(names),
    )
    lost = missing_in_target(test, scope.table, [f"referring.{part}" for part in parts])
    matched = select(["referring.n AS n", f"{lost} AS lost"], f"({keys}) AS referring")
    there = all_of(f"{identifier(column)} IS NOT NULL" for column in test.target_columns)
    return _of(
        "reference",
        f"({matched}) AS matched",
        (
            "coalesce(sum(n) FILTER (WHERE lost), 0)",
            "count(*) FILTER (WHERE lost)",
            "coalesce(sum(n), 0)",
            f"({select(['count(*)'], table_sql(target), where=there)})",
        ),
        target,
    )


def _age(test: Fresh | Retained, scope: Scope) -> list[_Asked]:
    column = scope.column(test.column)
    pick = "max" if isinstance(test, Fresh) else "min"
    own = _end_microseconds(f"{pick}({identifier(column.name)})", family(column.type), test.zone)
    asked = _of_table(scope.table, own)
    if isinstance(test, Fresh) and test.as_of is not None:
        newest = f"max({identifier(test.as_of.column)})"
        # The other table's type is not known here: a date counts from its end as well.
        end = f"epoch_us({newest}) + CASE WHEN typeof({newest}) = 'DATE' THEN {DAY_MICROSECONDS} ELSE 0 END"
        asked += _of_table(beside(scope.table, test.as_of.table), end)
    return asked


def _end_microseconds(value: str, kind: Family, zone: str) -> str:
    """Return the moment in microseconds since 1970 in UTC; of a date, its end."""
    if kind not in MOMENTS:
        raise Uncompilable(f"the column is of the type {kind}; an age needs a date or a timestamp")
    if kind is Family.DATE:
        value = f"CAST({value} AS TIMESTAMP) + INTERVAL 1 DAY"
    if kind is not Family.TIMESTAMP_TZ and zone != DEFAULT_ZONE:
        value = f"({value}) AT TIME ZONE {zone_literal(zone)}"
    return f"epoch_us({value})"


def _query(test: Query, scope: Scope) -> list[_Asked]:
    column = identifier(scope.column(test.column).name) if test.column else None
    try:
        text = fill(test.text, table_sql(scope.table), column)
        named = tables_of(text)
    except Unreadable as error:
        raise Uncompilable(f"the query cannot be read: {error}") from error
    meant = {ref: _meant(ref, test, scope.table) for ref in named}
    aliases = [
        f"{identifier(ref.name)} AS ({select(['*'], table_sql(table))})"
        for ref, table in meant.items()
        if str(ref).lower() != str(table).lower()
    ]
    prelude = f"WITH {', '.join(aliases)} " if aliases else ""
    asked = select(["*"], f"(\n{text}\n) AS asked", limit=2)  # two rows are enough to see that it is not one
    return _of("query", f"({prelude}{asked}) AS answer", ["*"], *meant.values())


def _meant(ref: TableRef, test: Query, own: TableRef) -> TableRef:
    """Say which table an author means: case counts neither for DuckDB nor in the names of a project."""
    if str(ref).lower() in {str(own).lower(), *(name.lower() for name in test.own_names)}:
        return own
    return beside(own, TableRef(ref.schema and ref.schema.lower(), ref.name.lower()))


def _control_total(test: ControlTotal, scope: Scope) -> list[_Asked]:
    for expression in (test.expression, test.source_expression):
        try:
            columns_of(expression)
        except Unreadable as error:
            raise Uncompilable(f"the expression {expression!r} cannot be read: {error}") from error
    source = beside(scope.table, test.source)
    # The count beside it makes the engine refuse an expression that is no aggregate and would give a row a row.
    return [
        *_of_table(scope.table, "count(*)", f"(\n{test.expression}\n)"),
        *_of_table(source, "count(*)", f"(\n{test.source_expression}\n)"),
    ]

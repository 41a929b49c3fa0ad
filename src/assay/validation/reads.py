"""From checks to the fewest reads: what is asked of the same rows is asked in one SELECT. SQL of DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
        uses: check id to the positions, in the answer, of what it needs.
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
        settled: check id to what is known without reading: why it is skipped, or why there can be no verdict.
        tables: every table that the reads name, the one under test among them, to be attached first.
    """

    table: TableRef
    columns: tuple[Column, ...]
    checks: tuple[Check, ...]
    reads: tuple[Read, ...]
    settled: Mapping[str, Unverified]
    tables: tuple[TableRef, ...]

    @property
    def scope(self) -> Scope:
        """The table as expressions need it."""
        return Scope(self.table, self.columns)


@dataclass(frozen=True, slots=True)
class _Measured:
    """What one test needs: a label for the read's id, a relation and expressions over it, and further tables."""

    label: str
    relation: str
    expressions: tuple[str, ...]
    tables: tuple[TableRef, ...] = ()


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
    absent_by_right = {
        check.test.column for check in checks if isinstance(check.test, HasColumn) and check.test.may_be_absent
    }
    measured: dict[str, _Measured] = {}
    settled: dict[str, Unverified] = {}
    for check in checks:
        try:
            needs = _measure(check.test, scope)
        except Absent as error:
            outcome = Outcome.SKIP if error.column in absent_by_right else Outcome.ERROR
            settled[check.id] = Unverified(outcome, str(error))
        except Uncompilable as error:
            settled[check.id] = Unverified(Outcome.ERROR, str(error))
        else:
            measured.update({check.id: needs} if needs else {})
    tables = {table, *(other for needs in measured.values() for other in needs.tables)}
    reads = tuple(_reads(measured))
    return ReadPlan(table, scope.columns, tuple(checks), reads, settled, tuple(sorted(tables, key=str)))


def split(read: Read) -> tuple[Read, ...]:
    """Return one read a check, for when the common one fails: a broken rule then fails alone.

    The answers belong under the new ids; `assay.validation.verdicts.judge` prefers them to the common read's.
    """
    return tuple(
        Read(
            id=f"{read.id}/{check_id}",
            relation=read.relation,
            expressions=tuple(read.expressions[position] for position in positions),
            uses={check_id: tuple(range(len(positions)))},
        )
        for check_id, positions in read.uses.items()
    )


def _reads(measured: Mapping[str, _Measured]) -> Iterator[Read]:
    relations: dict[str, list[str]] = {}
    for check_id, needs in measured.items():
        relations.setdefault(needs.relation, []).append(check_id)
    for relation, check_ids in relations.items():
        label = measured[check_ids[0]].label
        asked = dict.fromkeys(expression for check_id in check_ids for expression in measured[check_id].expressions)
        position = {expression: index for index, expression in enumerate(asked)}
        yield Read(
            id=label if label == ROWS else f"{label}:{short(digest_text(relation))}",
            relation=relation,
            expressions=tuple(asked),
            uses={
                check_id: tuple(position[expression] for expression in measured[check_id].expressions)
                for check_id in check_ids
            },
        )


def _measure(test: Test, scope: Scope) -> _Measured | None:
    """Say what must be read for a test; None when the columns or the rule itself say all."""
    match test:
        case BadRows():
            return _bad_rows(test, scope)
        case HasRows() | RowCount():
            return _of_rows(scope, "count(*)")
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
            return None
        case NoOtherColumns() | HasColumn() | Unverified():
            return None


def _of_rows(scope: Scope, *expressions: str) -> _Measured:
    return _Measured(ROWS, table_sql(scope.table), expressions)


def _bad_rows(test: BadRows, scope: Scope) -> _Measured:
    bad = f"count(*) FILTER (WHERE {bad_row(test.condition, scope)})"
    tested = f"count({identifier(scope.column(test.of_non_null).name)})" if test.of_non_null else "count(*)"
    return _of_rows(scope, bad, tested)


def _duplicates(test: Duplicates, scope: Scope) -> _Measured:
    names = [identifier(scope.column(column).name) for column in test.columns]
    parts = _parts(names)
    keys = [f"{name} AS {part}" for name, part in zip(names, parts, strict=True)]
    grouped = select([*keys, "count(*) AS n"], table_sql(scope.table), group=", ".join(names))
    whole = all_of(f"{part} IS NOT NULL" for part in parts)
    return _Measured(
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


def _refers(test: Refers, scope: Scope) -> _Measured:
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
    return _Measured(
        "reference",
        f"({matched}) AS matched",
        (
            "coalesce(sum(n) FILTER (WHERE lost), 0)",
            "count(*) FILTER (WHERE lost)",
            "coalesce(sum(n), 0)",
            f"({select(['count(*)'], table_sql(target), where=there)})",
        ),
        (target,),
    )


def _age(test: Fresh | Retained, scope: Scope) -> _Measured:
    column = scope.column(test.column)
    pick = "max" if isinstance(test, Fresh) else "min"
    own = _end_microseconds(f"{pick}({identifier(column.name)})", family(column.type), test.zone)
    if isinstance(test, Retained) or test.as_of is None:
        return _of_rows(scope, own)
    moment = beside(scope.table, test.as_of.table)
    newest = f"max({identifier(test.as_of.column)})"
    # The other table's type is not known here: a date counts from its end as well.
    end = f"epoch_us({newest}) + CASE WHEN typeof({newest}) = 'DATE' THEN {DAY_MICROSECONDS} ELSE 0 END"
    sides = [select([f"{own} AS own"], table_sql(scope.table)), select([f"{end} AS as_of"], table_sql(moment))]
    return _Measured("age", f"({sides[0]}) AS tested, ({sides[1]}) AS measure", ("own", "as_of"), (moment,))


def _end_microseconds(value: str, kind: Family, zone: str) -> str:
    """Return the moment in microseconds since 1970 in UTC; of a date, its end."""
    if kind not in MOMENTS:
        raise Uncompilable(f"the column is of the type {kind}; an age needs a date or a timestamp")
    if kind is Family.DATE:
        value = f"CAST({value} AS TIMESTAMP) + INTERVAL 1 DAY"
    if kind is not Family.TIMESTAMP_TZ and zone != DEFAULT_ZONE:
        value = f"({value}) AT TIME ZONE {zone_literal(zone)}"
    return f"epoch_us({value})"


def _query(test: Query, scope: Scope) -> _Measured:
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
    return _Measured("query", f"({prelude}{asked}) AS answer", ("*",), tuple(meant.values()))


def _meant(ref: TableRef, test: Query, own: TableRef) -> TableRef:
    """Say which table an author means: case counts neither for DuckDB nor in the names of a project."""
    if str(ref).lower() in {str(own).lower(), *(name.lower() for name in test.own_names)}:
        return own
    return beside(own, TableRef(ref.schema and ref.schema.lower(), ref.name.lower()))


def _control_total(test: ControlTotal, scope: Scope) -> _Measured:
    source = beside(scope.table, test.source)
    for expression in (test.expression, test.source_expression):
        try:
            columns_of(expression)
        except Unreadable as error:
            raise Uncompilable(f"the expression {expression!r} cannot be read: {error}") from error
    own = select([f"(\n{test.expression}\n) AS own"], table_sql(scope.table))
    theirs = select([f"(\n{test.source_expression}\n) AS source"], table_sql(source))
    return _Measured("total", f"({own}) AS tested, ({theirs}) AS measure", ("own", "source"), (source,))

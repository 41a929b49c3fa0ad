"""What each test must have read: expressions of DuckDB over a relation. What shares a relation shares a read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assay.base.names import TableRef
from assay.sql.quoting import identifier, table_sql
from assay.validation.conditions import (
    BadRows,
    ControlTotal,
    Duplicates,
    Fresh,
    HasColumn,
    HasRows,
    HasType,
    NoOtherColumns,
    Query,
    Refers,
    Retained,
    RowCount,
    Test,
    Unverified,
)
from assay.validation.expressions import (
    DAY_MICROSECONDS,
    Scope,
    Uncompilable,
    all_of,
    bad_row,
    select,
    zone_literal,
)
from assay.validation.fragments import Unreadable, columns_of, fill, tables_of
from assay.validation.promises import DEFAULT_ZONE
from assay.validation.types import MOMENTS, Family, family

ROWS = "rows"
"""The label of what goes over the rows of a table itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One value that a test needs: an expression over a relation, and the tables which that names."""

    label: str
    relation: str
    expression: str
    tables: tuple[TableRef, ...]


def measure(test: Test, scope: Scope) -> Iterable[Asked]:
    """Say what must be read for a test; nothing when the columns or the rule itself say all.

    Raises:
        Absent: a column of the test is not there.
        Uncompilable: the test cannot be put to this table.
    """
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


def _of_table(table: TableRef, *expressions: str) -> list[Asked]:
    return [Asked(ROWS, table_sql(table), expression, (table,)) for expression in expressions]


def _of(label: str, relation: str, expressions: Iterable[str], *tables: TableRef) -> list[Asked]:
    return [Asked(label, relation, expression, tables) for expression in expressions]


def _bad_rows(test: BadRows, scope: Scope) -> list[Asked]:
    bad = f"count(*) FILTER (WHERE {bad_row(test.condition, scope)})"
    tested = f"count({identifier(scope.column(test.of_non_null).name)})" if test.of_non_null else "count(*)"
    return _of_table(scope.table, bad, tested)


def _duplicates(test: Duplicates, scope: Scope) -> list[Asked]:
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


def _refers(test: Refers, scope: Scope) -> list[Asked]:
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


def _age(test: Fresh | Retained, scope: Scope) -> list[Asked]:
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


def _query(test: Query, scope: Scope) -> list[Asked]:
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


def _control_total(test: ControlTotal, scope: Scope) -> list[Asked]:
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

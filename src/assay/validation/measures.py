"""What each test must have read: expressions of DuckDB over a relation. What shares a relation shares a read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from assay.base.names import TableRef
from assay.sql.quoting import identifier, table_sql
from assay.sql.writing import all_of, select
from assay.validation.asked import ROWS, Asked, Fold, beside, of_relation, of_table
from assay.validation.comparisons import ComparisonTest, Gapless, SameRows, Series, Totals, Usual
from assay.validation.comparisons import Sequence as Following
from assay.validation.conditions import (
    AgeTest,
    Aggregate,
    BadRows,
    ControlTotal,
    Derived,
    Duplicates,
    Extent,
    FailedRows,
    FieldType,
    FormTest,
    Frequent,
    Fresh,
    HasColumn,
    HasField,
    HasRows,
    HasType,
    Inside,
    IsKind,
    KeyTest,
    NoOtherColumns,
    Query,
    QueryTest,
    Refers,
    Retained,
    RowCount,
    Spot,
    Test,
    Unverified,
    Where,
)
from assay.validation.expressions import bad_row, chosen, guarded, present_value
from assay.validation.fragments import Unreadable, columns_of, fill, tables_of
from assay.validation.moments import end_microseconds, gaps, moment_end
from assay.validation.nested import Inner, is_json, reach, read_as
from assay.validation.reconciling import same_rows, totals
from assay.validation.scope import Absent, Scope, Uncompilable
from assay.validation.series import following, gapless, missing_periods
from assay.validation.types import family


def measure(test: Test, scope: Scope) -> Iterable[Asked]:
    """Say what must be read for a test; nothing when the columns or the rule itself say all.

    Raises:
        Absent: a column of the test is not there.
        Uncompilable: the test cannot be put to this table.
    """
    match test:
        case BadRows():
            return _bad_rows(test, scope)
        case RowCount(where=str() as where):
            return of_table(scope.table, f"count(*) FILTER (WHERE {chosen(where)})", fold=Fold.SUM)
        case HasRows() | RowCount():
            return of_table(scope.table, "count(*)", fold=Fold.SUM)
        case _ if isinstance(test, KeyTest):
            return _keys(test, scope)
        case _ if isinstance(test, AgeTest):
            return _age(test, scope)
        case _ if isinstance(test, QueryTest):
            return _query(test, scope)
        case _ if isinstance(test, ComparisonTest):
            return _compared(test, scope)
        case _:
            return _of_form(test, scope)


def _keys(test: KeyTest, scope: Scope) -> list[Asked]:
    match test:
        case Duplicates():
            return _duplicates(test, scope)
        case Refers():
            return _refers(test, scope)
        case Derived():
            return _derived(test, scope)


def _compared(test: ComparisonTest, scope: Scope) -> list[Asked]:
    match test:
        case Totals():
            return totals(test, scope)
        case SameRows():
            return same_rows(test, scope)
        case Series():
            return missing_periods(test, scope)
        case Following():
            return following(test, scope)
        case Gapless():
            return gapless(test, scope)


def _of_form(test: FormTest, scope: Scope) -> list[Asked]:
    match test:
        case HasType(column=column):
            scope.column(column)  # that it is missing is said once, by the check on its presence
        case FieldType(spot=spot, logical=logical):
            if is_json(reach(spot, scope)) and logical is not None:
                return _bad_rows(BadRows(Inside(spot, IsKind("", logical))), scope)
        case HasField(spot=spot):
            _look_for(spot, scope)
        case HasColumn() | NoOtherColumns() | Unverified():
            pass
    return []


def _look_for(spot: Spot, scope: Scope) -> None:
    """Follow a spot; only that its own last step leads nowhere is what the test on its presence says itself."""
    try:
        reach(spot, scope)
    except Absent as error:
        if error.column != str(spot):
            raise


def _bad_rows(test: BadRows, scope: Scope) -> list[Asked]:
    bad = bad_row(test.condition, scope)
    condition, parts = test.condition, []
    while isinstance(condition, Where):
        parts.append(chosen(condition.expression))
        condition = condition.condition
    if test.of_non_null and isinstance(condition, Inside):
        parts.append(present_value(condition.spot, scope))
        value = "*"
    else:
        value = identifier(scope.column(test.of_non_null).name) if test.of_non_null else "*"
    tested = f"count({value}) FILTER (WHERE {reduce(_before, reversed(parts))})" if parts else f"count({value})"
    counted = Asked(ROWS, table_sql(scope.table), f"count(*) FILTER (WHERE {bad})", (scope.table,), Fold.SUM, bad)
    return [counted, *of_table(scope.table, tested, fold=Fold.SUM)]


def _before(second: str, first: str) -> str:
    return guarded(first, second)


def _duplicates(test: Duplicates, scope: Scope) -> list[Asked]:
    names = [identifier(scope.column(column).name) for column in test.columns]
    return _keys_of(names, table_sql(scope.table), "")


def _keys_of(names: Sequence[str], relation: str, flag: str) -> list[Asked]:
    """Ask for the keys of a relation.

    Args:
        names: the parts of the key, as SQL.
        relation: what stands after FROM.
        flag: a column that is true of the rows whose keys are looked at; empty looks at all.
    """
    parts = _parts(names)
    keys = [f"{name} AS {part}" for name, part in zip(names, parts, strict=True)]
    counts = ["count(*) AS n", *([f"count(*) FILTER (WHERE {flag}) AS w"] if flag else [])]
    grouped = select([*keys, *counts], relation, group=", ".join(names))
    whole = all_of([*(f"{part} IS NOT NULL" for part in parts), *(["w > 0"] if flag else [])])
    broken = f"NOT ({all_of(f'{part} IS NOT NULL' for part in parts)})"
    return of_relation(
        "key",
        f"({grouped}) AS grouped",
        (
            f"count(*) FILTER (WHERE n > 1 AND {whole})",
            f"coalesce(sum(n) FILTER (WHERE n > 1 AND {whole}), 0)",
            f"coalesce(sum(n) FILTER (WHERE {whole}), 0)",
            f"coalesce(sum({'w' if flag else 'n'}) FILTER (WHERE {broken}), 0)",
        ),
    )


def _parts(names: Sequence[str]) -> list[str]:
    """Return names for the parts of a key that no column of any author can clash with."""
    return [f"k{number}" for number in range(1, len(names) + 1)]


def missing_in_target(test: Refers, table: TableRef, own: Sequence[str]) -> str:
    """Return the SQL that is true where a reference points to nothing.

    Args:
        test: the relationship.
        table: the one that refers.
        own: its columns as SQL, in the order of the test.
    """
    target = table_sql(beside(table, test.target))
    return _missing(f"{target} AS target", [f"target.{identifier(name)}" for name in test.target_columns], own)


def _missing(target: str, theirs: Sequence[str], own: Sequence[str]) -> str:
    same = all_of(f"{their} = {ours}" for their, ours in zip(theirs, own, strict=True))
    return f"NOT EXISTS ({select(['1'], target, where=same)})"


def _refers(test: Refers, scope: Scope) -> list[Asked]:
    names = [identifier(scope.column(column).name) for column in test.columns]
    target = table_sql(beside(scope.table, test.target))
    there = [identifier(column) for column in test.target_columns]
    return _references(test, scope, names, table_sql(scope.table), target, there)


def _references(
    test: Refers, scope: Scope, names: Sequence[str], relation: str, target: str, theirs: Sequence[str]
) -> list[Asked]:
    parts = _parts(names)
    keys = select(
        [*(f"{name} AS {part}" for name, part in zip(names, parts, strict=True)), "count(*) AS n"],
        relation,
        where=all_of(f"{name} IS NOT NULL" for name in names),
        group=", ".join(names),
    )
    lost = _missing(f"{target} AS target", [f"target.{name}" for name in theirs], [f"referring.{p}" for p in parts])
    matched = select(["referring.n AS n", f"{lost} AS lost"], f"({keys}) AS referring")
    there = all_of(f"{name} IS NOT NULL" for name in theirs)
    return of_relation(
        "reference",
        f"({matched}) AS matched",
        (
            "coalesce(sum(n) FILTER (WHERE lost), 0)",
            "count(*) FILTER (WHERE lost)",
            "coalesce(sum(n), 0)",
            f"({select(['count(*)'], target, where=there)})",
        ),
        beside(scope.table, test.target),
    )


def _derived(test: Derived, scope: Scope) -> list[Asked]:
    """Ask for keys over a relation that has a column for each part, and one for whether the filter chose the row."""
    relation, parts = derived_parts(test, scope)
    if isinstance(test.test, Duplicates):
        return _keys_of(parts, relation, "chosen" if test.where and test.extent is Extent.WINDOW else "")
    target, theirs = _derived_target(test.test, test.target_spots, scope)
    return _references(test.test, scope, parts, relation, target, theirs)


def derived_parts(test: Derived, scope: Scope) -> tuple[str, list[str]]:
    """Return the relation over which keys are asked for, and the names of its columns, one a part of the key."""
    spots = {str(spot): spot for spot in test.spots}
    values = [_part(name, spots.get(name), scope) for name in test.test.columns]
    return _table_of_parts(values, table_sql(scope.table), test.where, test.extent)


def derived_missing(test: Refers, spots: Sequence[Spot], scope: Scope, own: Sequence[str]) -> str:
    """Return the SQL that is true where a reference of `derived_parts` points to nothing.

    Args:
        test: the relationship.
        spots: of its target, where that lies inside columns.
        scope: the table that refers.
        own: its parts as SQL, in the order of the test.
    """
    target, theirs = _derived_target(test, spots, scope)
    return _missing(f"{target} AS target", [f"target.{name}" for name in theirs], own)


def _derived_target(test: Refers, spots: Sequence[Spot], scope: Scope) -> tuple[str, list[str]]:
    target = table_sql(beside(scope.table, test.target))
    if spots:
        return _target_of_parts(test, spots, target)
    return target, [identifier(column) for column in test.target_columns]


def _part(name: str, spot: Spot | None, scope: Scope) -> tuple[str, bool]:
    """Return a part of a key as SQL, and whether it is a list of values."""
    if spot is None:
        return identifier(scope.column(name).name), False
    inner: Inner = reach(spot, scope)
    if inner.is_list:
        return inner.sql, True
    return read_as(inner.sql, inner.type, spot.logical)[0], False


def _table_of_parts(
    values: Sequence[tuple[str, bool]], table: str, where: str | None, extent: Extent
) -> tuple[str, list[str]]:
    parts = [f"p{number}" for number in range(1, len(values) + 1)]
    selected = [
        f"unnest({sql}) AS {part}" if is_list else f"{sql} AS {part}"
        for (sql, is_list), part in zip(values, parts, strict=True)
    ]
    if where and extent is Extent.WINDOW:
        return f"({select([*selected, f'{chosen(where)} AS chosen'], table)}) AS parts", parts
    return f"({select(selected, table, where=chosen(where) if where else '')}) AS parts", parts


def _target_of_parts(test: Refers, spots: Sequence[Spot], table: str) -> tuple[str, list[str]]:
    """Return the target of a reference with a column for each part; of its types nothing is known here."""
    there = {str(spot): spot for spot in spots}
    parts, selected = [], []
    for number, name in enumerate(test.target_columns, start=1):
        spot = there.get(name)
        sql = identifier(spot.column if spot else name)
        for step in spot.steps if spot else ():
            if not step.startswith("."):
                raise Uncompilable(f"{name}: a reference points to a column or to a field of an object")
            sql = f"struct_extract({sql}, '{step[1:].replace(chr(39), chr(39) * 2)}')"
        parts.append(f"t{number}")
        selected.append(f"{sql} AS t{number}")
    return f"({select(selected, table)})", parts


def _age(test: Fresh | Retained | Frequent, scope: Scope) -> list[Asked]:
    column = scope.column(test.column)
    if isinstance(test, Frequent):
        return gaps(test, identifier(column.name), family(column.type), scope)
    pick = "max" if isinstance(test, Fresh) else "min"
    only = f" FILTER (WHERE {chosen(test.where)})" if test.where else ""
    own = end_microseconds(f"{pick}({identifier(column.name)}){only}", family(column.type), test.zone)
    asked = of_table(scope.table, own, fold=Fold.GREATEST if isinstance(test, Fresh) else Fold.LEAST)
    if isinstance(test, Fresh) and test.as_of is not None:
        asked += of_table(beside(scope.table, test.as_of.table), moment_end(test.as_of.column))
    return asked


def _query(test: QueryTest, scope: Scope) -> list[Asked]:
    match test:
        case Query():
            relation, tables = query_relation(test, test.text, scope, 2)  # enough to see that it is not one row
            return of_relation("query", f"({relation}) AS answer", ["*"], *tables)
        case FailedRows(query=query):
            relation, tables = query_relation(query, query.text, scope, None)
            counted = of_relation("query", f"({relation}) AS failing", ["count(*)"], *tables)
            return [*counted, *of_table(scope.table, "count(*)", fold=Fold.SUM)]
        case Aggregate() | Usual():
            return _aggregate(test.expression, test.where, scope.table)
        case ControlTotal():
            return _control_total(test, scope)


def query_relation(test: Query, text: str, scope: Scope, limit: int | None) -> tuple[str, tuple[TableRef, ...]]:
    """Return an author's query as a SELECT of its answer, and the tables that it reads.

    Args:
        test: the rule, for its names.
        text: the query.
        scope: the table under test.
        limit: of how many rows; None for all.

    Raises:
        Uncompilable: it is not one query, or asks for a column that is not there.
    """
    try:
        text = fill(text, table_sql(scope.table), _property(test, scope))
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
    asked = select(["*"], f"(\n{text}\n) AS asked", limit=limit)
    return prelude + asked, tuple(meant.values())


def _property(test: Query, scope: Scope) -> str | None:
    if test.column is None:
        return None
    if test.steps:
        return reach(Spot(test.column, test.steps), scope).sql
    return identifier(scope.column(test.column).name)


def _meant(ref: TableRef, test: Query, own: TableRef) -> TableRef:
    """Say which table an author means: case counts neither for DuckDB nor in the names of a project."""
    if str(ref).lower() in {str(own).lower(), *(name.lower() for name in test.own_names)}:
        return own
    return beside(own, TableRef(ref.schema and ref.schema.lower(), ref.name.lower()))


def _aggregate(expression: str, where: str | None, table: TableRef) -> list[Asked]:
    """Ask for an author's aggregate.

    The count beside it makes the engine refuse an expression that is no aggregate and would give a row a row.
    """
    try:
        columns_of(expression)
    except Unreadable as error:
        raise Uncompilable(f"the expression {expression!r} cannot be read: {error}") from error
    if where is None:
        return of_table(table, "count(*)", f"(\n{expression}\n)")
    relation = f"({select(['*'], table_sql(table), where=chosen(where))}) AS chosen"
    return of_relation("chosen", relation, ["count(*)", f"(\n{expression}\n)"], table)


def _control_total(test: ControlTotal, scope: Scope) -> list[Asked]:
    own = _aggregate(test.expression, test.where, scope.table)
    if test.query is not None:
        relation, tables = query_relation(test.query, test.query.text, scope, 2)
        # As one value of a SELECT: then the engine refuses what has several columns or rows.
        answer = f"(SELECT ({relation}) AS total) AS answer"
        return [*own, *of_relation("query", answer, ["count(total)", "min(total)"], *tables)]
    assert test.source is not None, "a control total has a source or a query"
    return [*own, *_aggregate(test.source_expression, None, beside(scope.table, test.source))]

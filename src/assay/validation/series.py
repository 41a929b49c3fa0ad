"""Series as SQL: periods that are missing, rows that do not follow on the one before, numbers left out."""

from __future__ import annotations

from collections.abc import Sequence as Several

from assay.sql.quoting import identifier, table_sql, text_literal
from assay.validation.asked import Asked, beside, of_relation
from assay.validation.comparisons import Gapless, Sequence, Series
from assay.validation.expressions import all_of, any_of, chosen, select
from assay.validation.moments import local_timestamp
from assay.validation.scope import Scope, Uncompilable
from assay.validation.types import Family, family

_PRESENT, _SPANS, _EXPECTED = '"its periods"', '"its spans"', '"all periods"'
"""Names with a space, which no table of a project has."""


def missing_periods(test: Series, scope: Scope) -> list[Asked]:
    """Ask how many periods are missing, how many there should be, and the first that is missing, in microseconds."""
    column = scope.column(test.column)
    moment = local_timestamp(identifier(column.name), family(column.type), test.zone)
    names = [identifier(scope.column(name).name) for name in test.per]
    entity = [f"e{number}" for number in range(1, len(names) + 1)]
    own = [f"{name} AS {part}" for name, part in zip(names, entity, strict=True)]
    there = all_of(
        [f"{name} IS NOT NULL" for name in (identifier(column.name), *names)]
        + ([chosen(test.where)] if test.where else [])
    )
    period = f"date_trunc('{test.step}', {moment}) AS p"
    present = select(["DISTINCT " + ", ".join([*own, period])], table_sql(scope.table), where=there)
    same = all_of(f"expected.{part} = present.{part}" for part in [*entity, "p"])
    matched = select(
        ["expected.p AS p", "present.p IS NULL AS missing"],
        f"{_EXPECTED} AS expected LEFT JOIN {_PRESENT} AS present ON {same}",
    )
    parts = {_PRESENT: present, _SPANS: _spans(test, entity), _EXPECTED: _expected(test, entity, scope)}
    prelude = ", ".join(f"{name} AS ({query})" for name, query in parts.items())
    calendar = [beside(scope.table, test.calendar)] if test.calendar else []
    return of_relation(
        "series",
        f"(WITH {prelude} {matched}) AS series",
        ["count(*) FILTER (WHERE missing)", "count(*)", "epoch_us(min(p) FILTER (WHERE missing))"],
        scope.table,
        *calendar,
    )


def _spans(test: Series, entity: Several[str]) -> str:
    """Return the query for what each entity's series reaches over; for the only one where there are no entities."""
    ends = [_end(test, bound, pick) for bound, pick in ((test.first, "min"), (test.last, "max"))]
    named = [f"{ends[0]} AS a", f"{ends[1]} AS z"]
    if not entity or not test.is_common:
        return select([*entity, *named], _PRESENT, group=", ".join(entity))
    whole = select(named, _PRESENT)
    return select([*(f"one.{part}" for part in entity), "whole.a", "whole.z"],
                  f"({select(['DISTINCT ' + ', '.join(entity)], _PRESENT)}) AS one, ({whole}) AS whole")  # fmt: skip


def _end(test: Series, bound: str | None, pick: str) -> str:
    if bound is None:
        return f"{pick}(p)"
    period = f"date_trunc('{test.step}', TIMESTAMP {text_literal(bound)})"
    return f"coalesce({pick}({period}), {period})"  # an aggregate, which has a value also where there are no rows


def _expected(test: Series, entity: Several[str], scope: Scope) -> str:
    if test.calendar is not None:
        listed = f"date_trunc('{test.step}', CAST({identifier(test.calendar_column)} AS TIMESTAMP))"
        table = table_sql(beside(scope.table, test.calendar))
        days = select([f"DISTINCT {listed} AS p"], table)
        every = select([*entity, "listed.p AS p"], f"{_SPANS}, ({days}) AS listed", where="listed.p BETWEEN a AND z")
    else:
        every = select([*entity, f"unnest(generate_series(a, z, INTERVAL 1 {test.step})) AS p"], _SPANS)
    left_out = ["isodow(p) > 5"] if test.business_days else []
    if test.holidays:
        left_out.append(f"p IN ({', '.join(f'TIMESTAMP {text_literal(day)}' for day in test.holidays)})")
    return select(["*"], f"({every}) AS every_one", where=f"NOT ({any_of(left_out)})" if left_out else "")


def following(test: Sequence, scope: Scope) -> list[Asked]:
    """Ask how many rows do not follow on the one before them, and how many have a value and a place in the order."""
    value = identifier(scope.column(test.column).name)
    order = [identifier(scope.column(name).name) for name in test.order]
    per = [identifier(scope.column(name).name) for name in test.per]
    direction = " DESC" if test.is_falling else ""
    # Rows of one place in the order are taken as they please the rule, so that the verdict never depends on chance.
    window = f"PARTITION BY {', '.join(per)} " if per else ""
    window += f"ORDER BY {', '.join([*order, value + direction])}"
    there = all_of(
        [f"{name} IS NOT NULL" for name in dict.fromkeys([value, *order])]
        + ([chosen(test.where)] if test.where else [])
    )
    pairs = select([f"{value} AS v", f"lag({value}) OVER ({window}) AS before"], table_sql(scope.table), where=there)
    sign = (">" if test.is_falling else "<") + ("=" if test.is_strict else "")
    return of_relation(
        "sequence",
        f"({pairs}) AS pairs",
        [f"count(*) FILTER (WHERE v {sign} before)", "count(*)"],
        scope.table,
    )


def gapless(test: Gapless, scope: Scope) -> list[Asked]:
    """Ask how many whole numbers are missing, and how many there should be."""
    column = scope.column(test.column)
    kind = family(column.type)
    if kind is not Family.INTEGER:
        raise Uncompilable(f"the column is of the type {kind}; numbers without a gap are whole numbers")
    value = f"CAST({identifier(column.name)} AS HUGEINT)"
    per = [identifier(scope.column(name).name) for name in test.per]
    there = [f"{identifier(column.name)} IS NOT NULL", *([chosen(test.where)] if test.where else [])]
    if test.first is not None:
        there.append(f"{value} >= {test.first}")
    least = str(test.first) if test.first is not None else f"min({value})"
    spans = select(
        [f"max({value}) - {least} + 1 AS expected", f"count(DISTINCT {value}) AS present"],
        table_sql(scope.table),
        where=all_of(there),
        group=", ".join(per),
    )
    return of_relation(
        "numbers",
        f"({spans}) AS spans",
        ["coalesce(sum(expected - present), 0)", "coalesce(sum(expected), 0)"],
        scope.table,
    )

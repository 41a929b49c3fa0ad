"""Series as SQL: periods that are missing, rows that do not follow on the one before, numbers left out."""

from __future__ import annotations

from collections.abc import Sequence as Several

from assay.sql.quoting import identifier, table_sql, text_literal
from assay.sql.writing import all_of, any_of, select
from assay.validation.asked import Asked, beside, of_relation
from assay.validation.comparisons import Gapless, Sequence, Series, Step
from assay.validation.expressions import chosen
from assay.validation.moments import local_timestamp
from assay.validation.offenders import Offenders, Told, distinctly
from assay.validation.scope import Scope, Uncompilable
from assay.validation.types import Family, family

_PRESENT, _SPANS, _EXPECTED = '"its periods"', '"its spans"', '"all periods"'
"""Names with a space, which no table of a project has."""


def missing_periods(test: Series, scope: Scope) -> list[Asked]:
    """Ask how many periods are missing, how many there should be, and the first that is missing, in microseconds."""
    calendar = [beside(scope.table, test.calendar)] if test.calendar else []
    return of_relation(
        "series",
        _periods(test, scope),
        ["count(*) FILTER (WHERE missing)", "count(*)", "epoch_us(min(p) FILTER (WHERE missing))"],
        scope.table,
        *calendar,
    )


def absent_periods(test: Series, scope: Scope) -> Offenders:
    """Return the periods that are missing, each with its entity."""
    period = Told("p" if test.step is Step.HOUR else "CAST(p AS DATE)", test.column, test.column)
    entities = [Told(f"e{number}", name, name) for number, name in enumerate(test.per, start=1)]
    return Offenders(_periods(test, scope), "missing", distinctly([*entities, period]))


def _periods(test: Series, scope: Scope) -> str:
    """Return a relation with every period that should be there, of every entity, and whether it is missing."""
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
        [*(f"expected.{part} AS {part}" for part in [*entity, "p"]), "present.p IS NULL AS missing"],
        f"{_EXPECTED} AS expected LEFT JOIN {_PRESENT} AS present ON {same}",
    )
    parts = {_PRESENT: present, _SPANS: _spans(test, entity), _EXPECTED: _expected(test, entity, scope)}
    prelude = ", ".join(f"{name} AS ({query})" for name, query in parts.items())
    return f"(WITH {prelude} {matched}) AS series"


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
    return of_relation(
        "sequence",
        _pairs(test, scope),
        [f"count(*) FILTER (WHERE {_breaks(test)})", "count(*)"],
        scope.table,
    )


def out_of_order(test: Sequence, scope: Scope) -> Offenders:
    """Return the rows that do not follow on the one before, with its value."""
    places = [
        Told(f"{letter}{number}", name, name)
        for letter, names in (("e", test.per), ("o", test.order))
        for number, name in enumerate(names, start=1)
    ]
    told = [*places, Told("v", test.column, test.column), Told("before", f"{test.column} before", test.column)]
    return Offenders(_pairs(test, scope), _breaks(test), distinctly(told))


def _breaks(test: Sequence) -> str:
    return f"v {'>' if test.is_falling else '<'}{'=' if test.is_strict else ''} before"


def _pairs(test: Sequence, scope: Scope) -> str:
    """Return a relation with each value, its place, and the value before it."""
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
    places = [f"{name} AS {letter}{number}" for letter, names in (("e", per), ("o", order))
              for number, name in enumerate(names, start=1)]  # fmt: skip
    pairs = [f"{value} AS v", f"lag({value}) OVER ({window}) AS before"]
    return f"({select([*places, *pairs], table_sql(scope.table), where=there)}) AS pairs"


def gapless(test: Gapless, scope: Scope) -> list[Asked]:
    """Ask how many whole numbers are missing, and how many there should be."""
    value, per, there = _numbers(test, scope)
    least = str(test.first) if test.first is not None else f"min({value})"
    spans = select(
        [f"max({value}) - {least} + 1 AS expected", f"count(DISTINCT {value}) AS present"],
        table_sql(scope.table),
        where=there,
        group=", ".join(per),
    )
    return of_relation(
        "numbers",
        f"({spans}) AS spans",
        ["coalesce(sum(expected - present), 0)", "coalesce(sum(expected), 0)"],
        scope.table,
    )


def gaps(test: Gapless, scope: Scope) -> Offenders:
    """Return the first and the last number of each gap, with its entity."""
    value, per, there = _numbers(test, scope)
    entity = [f"e{number}" for number in range(1, len(per) + 1)]
    own = [f"{name} AS {part}" for name, part in zip(per, entity, strict=True)]
    known = select([*own, f"{value} AS v"], table_sql(scope.table), where=there)
    if test.first is not None:  # as if the number before the first were there, where any is
        start = select([*own, f"CAST({test.first - 1} AS HUGEINT) AS v"], table_sql(scope.table), where=there)
        known = f"{known} UNION {start}"
    window = f"PARTITION BY {', '.join(entity)} " if entity else ""
    steps = select([*entity, "v", f"lead(v) OVER ({window}ORDER BY v) AS next"], f"({known}) AS known")
    column = test.column
    ends = [Told("v + 1", f"{column} from", column), Told("next - 1", f"{column} to", column)]
    told = [*(Told(part, name, name) for part, name in zip(entity, test.per, strict=True)), *ends]
    return Offenders(f"({steps}) AS steps", "next > v + 1", distinctly(told))


def _numbers(test: Gapless, scope: Scope) -> tuple[str, list[str], str]:
    """Return the number as SQL, the columns of its entity, and which rows count."""
    column = scope.column(test.column)
    kind = family(column.type)
    if kind is not Family.INTEGER:
        raise Uncompilable(f"the column is of the type {kind}; numbers without a gap are whole numbers")
    value = f"CAST({identifier(column.name)} AS HUGEINT)"
    per = [identifier(scope.column(name).name) for name in test.per]
    there = [f"{identifier(column.name)} IS NOT NULL", *([chosen(test.where)] if test.where else [])]
    if test.first is not None:
        there.append(f"{value} >= {test.first}")
    return value, per, all_of(there)

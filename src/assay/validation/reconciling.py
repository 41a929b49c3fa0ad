"""Two tables held against each other as SQL: by their totals, or key by key."""

from __future__ import annotations

from collections.abc import Sequence

from assay.sql.quoting import identifier, table_sql, text_literal
from assay.sql.writing import all_of, any_of, select
from assay.validation.asked import Asked, Fold, beside, of_relation, of_table
from assay.validation.comparisons import SameRows, Side, Totals
from assay.validation.expressions import chosen
from assay.validation.offenders import Offenders, Told, distinctly, other_name
from assay.validation.scope import Scope
from assay.validation.types import NUMBERS, Family, family


def is_summed(side: Side, scope: Scope) -> bool:
    """Say whether a column is compared by its sum; all but numbers are compared by a hash total of their texts.

    Raises:
        Absent: the column is not there.
    """
    return family(scope.column(side.own).type) in NUMBERS


def totals(test: Totals, scope: Scope) -> list[Asked]:
    """Ask for the rows and a total of each column, of the dataset first and then of the other table."""
    other = beside(scope.table, test.other)
    own = [_total(identifier(scope.column(side.own).name), is_sum=is_summed(side, scope)) for side in test.columns]
    theirs = [_total(identifier(side.other), is_sum=is_summed(side, scope)) for side in test.columns]
    if test.where:
        relation = f"({select(['*'], table_sql(scope.table), where=chosen(test.where))}) AS chosen"
        asked = of_relation("chosen", relation, ["count(*)", *own], scope.table)
    else:
        asked = of_table(scope.table, "count(*)", fold=Fold.SUM)
        for side, expression in zip(test.columns, own, strict=True):
            is_exact = family(scope.column(side.own).type) is not Family.FLOAT  # those depend on the order of adding
            asked += of_table(scope.table, expression, fold=Fold.SUM if is_exact else None)
    if test.other_where:
        relation = f"({select(['*'], table_sql(other), where=chosen(test.other_where))}) AS chosen"
        return [*asked, *of_relation("chosen", relation, ["count(*)", *theirs], other)]
    return [*asked, *of_table(other, "count(*)", *theirs)]


def _total(name: str, *, is_sum: bool) -> str:
    """Return a sum, or a total of hashes that does not depend on the order; a sum, since equal rows must not cancel."""
    return f"sum({name})" if is_sum else f"sum(CAST(hash(CAST({name} AS VARCHAR)) AS HUGEINT))"


def same_rows(test: SameRows, scope: Scope) -> list[Asked]:
    """Ask for keys only here, keys only there, keys twice in one, keys with other values, and all keys."""
    return of_relation(
        "rows of two",
        _compared(test, scope),
        [*(f"count(*) FILTER (WHERE {where})" for where in _cases(test).values()), "count(*)"],
        scope.table,
        beside(scope.table, test.other),
    )


def unlike_rows(test: SameRows, scope: Scope) -> Offenders:
    """Return the keys that are in one table alone, twice in one, or have other values, with the values of both."""
    cases = _cases(test)
    case = " ".join(f"WHEN {where} THEN {text_literal(words)}" for words, where in cases.items())
    keys = [
        Told(f"k{number}", side.own, side.own, other_name(test.other, side.other), "a = 0")
        for number, side in enumerate(test.key, start=1)
    ]
    values = [
        one
        for number, side in enumerate(test.columns, start=1)
        for one in (
            Told(f"h{number}", side.own, side.own),
            Told(f"t{number}", f"{side.other} in {test.other}", side.own, other_name(test.other, side.other), "TRUE"),
        )
    ]
    difference = Told(f"CASE {case} END", "difference", None)
    return Offenders(_compared(test, scope), any_of(cases.values()), distinctly([*keys, difference, *values]))


def _cases(test: SameRows) -> dict[str, str]:
    """Return how a key can differ, in words, and the condition for it over `_compared`."""
    differ = any_of(_differs(number, side) for number, side in enumerate(test.columns, start=1)) or "FALSE"
    return {
        "only here": "b = 0",
        "only there": "a = 0",
        "more than once": "a > 0 AND b > 0 AND (a > 1 OR b > 1)",
        "other values": all_of(["a = 1", "b = 1", f"({differ})"]),
    }


def _compared(test: SameRows, scope: Scope) -> str:
    """Return a relation with each key of either table, how often it is in each, and its values here and there."""
    other = beside(scope.table, test.other)
    own = _side([identifier(scope.column(side.own).name) for side in (*test.key, *test.columns)], len(test.key))
    theirs = _side([identifier(side.other) for side in (*test.key, *test.columns)], len(test.key))
    halves = (
        select([*own, "0 AS side"], table_sql(scope.table), where=chosen(test.where) if test.where else ""),
        select([*theirs, "1 AS side"], table_sql(other), where=chosen(test.other_where) if test.other_where else ""),
    )
    keys = [f"k{number}" for number in range(1, len(test.key) + 1)]
    values = [
        f"any_value(c{number}) FILTER (WHERE side = {side}) AS {letter}{number}"
        for number in range(1, len(test.columns) + 1)
        for side, letter in enumerate("ht")
    ]
    counts = ["count(*) FILTER (WHERE side = 0) AS a", "count(*) FILTER (WHERE side = 1) AS b"]
    both = f"({' UNION ALL '.join(halves)}) AS both_sides"
    return f"({select([*keys, *counts, *values], both, group=', '.join(keys))}) AS compared"


def _side(names: Sequence[str], keys: int) -> list[str]:
    parts = [f"k{number}" for number in range(1, keys + 1)]
    parts += [f"c{number}" for number in range(1, len(names) - keys + 1)]
    return [f"{name} AS {part}" for name, part in zip(names, parts, strict=True)]


def _differs(number: int, side: Side) -> str:
    here, there = f"h{number}", f"t{number}"
    if not side.tolerance:
        return f"{here} IS DISTINCT FROM {there}"
    return f"({here} IS NULL) <> ({there} IS NULL) OR abs({here} - {there}) > {side.tolerance}"

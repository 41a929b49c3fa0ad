"""Laws: what tests that hold rows against each other count is what plain Python counts, whatever the data."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.validation.comparisons import Gapless, SameRows, Sequence, Series, Side, Step
from assay.validation.conditions import Derived, Duplicates, Extent, Test
from assay.validation.measures import measure
from assay.validation.scope import Scope

SMALL = st.one_of(st.none(), st.integers(-2, 4))
ROWS = st.lists(st.tuples(SMALL, SMALL, SMALL), max_size=10)
T, U = TableRef(None, "compared_t"), TableRef(None, "compared_u")
FIRST = date(2024, 2, 26)  # a Monday

Row = tuple[int | None, int | None, int | None]


def asked(connection: Any, test: Test, kinds: dict[str, str], rows: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Fill the table under test and return all that is measured for a test."""
    fill(connection, T, kinds, rows)
    scope = Scope(T, tuple(Column(name, kind) for name, kind in kinds.items()))
    return tuple(
        connection.execute(f"SELECT {one.expression} FROM {one.relation}").fetchone()[0] for one in measure(test, scope)
    )


def fill(connection: Any, table: TableRef, kinds: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
    for row in rows:
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", list(row))


WHOLE = {"v": "INTEGER", "o": "INTEGER", "e": "INTEGER"}


def by_entity(rows: list[Row]) -> list[list[Row]]:
    """Group rows by their entity; null is one too."""
    ordered = sorted(rows, key=lambda row: (row[2] is None, row[2] or 0))
    return [list(group) for _, group in groupby(ordered, key=lambda row: row[2])]


@given(rows=ROWS)
def test_missing_numbers_are_those_between_the_ends_of_each_entity(connection: Any, rows: list[Row]) -> None:
    groups = [{row[0] for row in group if row[0] is not None} for group in by_entity(rows)]
    spans = [(max(one) - min(one) + 1, len(one)) for one in groups if one]
    found = asked(connection, Gapless("v", per=("e",)), WHOLE, list(rows))

    assert found == (sum(span - there for span, there in spans), sum(span for span, _ in spans))


@given(rows=ROWS, is_strict=st.booleans(), is_falling=st.booleans())
def test_a_row_follows_on_the_one_before_it_in_its_entity(
    connection: Any, rows: list[Row], is_strict: bool, is_falling: bool
) -> None:
    bad = tested = 0
    for group in by_entity(rows):
        there = [(row[1], row[0]) for row in group if row[0] is not None and row[1] is not None]
        values = [v for _, v in sorted(there, key=lambda pair: (pair[0], -pair[1] if is_falling else pair[1]))]
        tested += len(values)
        steps = [(after - before) * (-1 if is_falling else 1) for before, after in pairwise(values)]
        bad += sum(step < 0 or (is_strict and step == 0) for step in steps)
    test = Sequence("v", ("o",), ("e",), is_strict=is_strict, is_falling=is_falling)

    assert asked(connection, test, WHOLE, list(rows)) == (bad, tested)


@given(rows=ROWS, is_common=st.booleans(), business_days=st.booleans())
def test_a_period_is_missing_where_no_row_of_the_entity_lies_in_it(
    connection: Any, rows: list[Row], is_common: bool, business_days: bool
) -> None:
    days = [(None if v is None else FIRST + timedelta(days=v), e) for v, _, e in rows]
    there = {(day, e) for day, e in days if day is not None and e is not None}
    missing = expected = 0
    for entity in {e for _, e in there}:
        own = {day for day, e in there if is_common or e == entity}
        span = [min(own) + timedelta(days=n) for n in range((max(own) - min(own)).days + 1)]
        wanted = [day for day in span if not business_days or day.isoweekday() < 6]
        expected += len(wanted)
        missing += sum((day, entity) not in there for day in wanted)
    test = Series("v", Step.DAY, "UTC", per=("e",), is_common=is_common, business_days=business_days)

    assert asked(connection, test, {"v": "DATE", "e": "INTEGER"}, list(days))[:2] == (missing, expected)


@given(own=ROWS, others=ROWS)
def test_every_key_of_two_tables_is_in_one_of_five_cases(connection: Any, own: list[Row], others: list[Row]) -> None:
    fill(connection, U, WHOLE, list(others))
    test = SameRows(U, (Side("v", "v"), Side("o", "o")), (Side("e", "e"),))
    found = asked(connection, test, WHOLE, list(own))
    keys = {row[:2] for row in [*own, *others]}
    sides = {key: ([r[2] for r in own if r[:2] == key], [r[2] for r in others if r[:2] == key]) for key in keys}

    assert found == (
        sum(not there for _, there in sides.values()),
        sum(not here for here, _ in sides.values()),
        sum(bool(here and there) and len(here) + len(there) > 2 for here, there in sides.values()),
        sum(len(here) == len(there) == 1 and here != there for here, there in sides.values()),
        len(keys),
    )


@given(rows=ROWS, extent=st.sampled_from([Extent.WINDOW, Extent.FILTERED]))
def test_keys_of_chosen_rows_are_looked_for_in_the_table_or_among_themselves(
    connection: Any, rows: list[Row], extent: Extent
) -> None:
    chosen = [row for row in rows if row[2] is not None and row[2] > 0]
    pool = [row[:2] for row in (rows if extent is Extent.WINDOW else chosen)]
    counts = {key: pool.count(key) for key in {row[:2] for row in chosen} if None not in key}
    repeated = [count for count in counts.values() if count > 1]
    test = Derived(Duplicates(("v", "o"), is_primary=True), where="e > 0", extent=extent)

    assert asked(connection, test, WHOLE, list(rows)) == (
        len(repeated),
        sum(repeated),
        sum(counts.values()),
        sum(None in row[:2] for row in chosen),
    )

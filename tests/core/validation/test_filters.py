"""Filters: what was typed finds the rows it means, is nothing but a value, and never tells of a hidden column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.base.snapshots import Column
from assay.validation.filters import COMPARISONS, LONGEST, Comparison, Filter, clear_column, comparisons_for, conditions
from assay.validation.types import Family, family
from core.validation.duck import Duck

KINDS = {
    "text": "VARCHAR",
    "whole": "BIGINT",
    "money": "DECIMAL(10,2)",
    "share": "DOUBLE",
    "good": "BOOLEAN",
    "day": "DATE",
    "at": "TIMESTAMP",
    "since": "TIMESTAMP WITH TIME ZONE",
    "hour": "TIME",
    "key": "UUID",
    "parts": "INTEGER[]",
}
COLUMNS = tuple(Column(name, kind) for name, kind in KINDS.items())
ROW = """
    SELECT 'Ann''s; DROP TABLE t' AS text, 9007199254740993 AS whole, 12.50::DECIMAL(10,2) AS money,
      0.1::DOUBLE AS share, true AS good, DATE '2026-03-12' AS day, TIMESTAMP '2026-03-12 08:00:00.5' AS at,
      TIMESTAMPTZ '2026-03-12 08:00:00+00' AS since, TIME '08:30' AS hour,
      '12345678-1234-1234-1234-1234567890ab'::UUID AS key, [1] AS parts
"""
HOSTILE = (
    "'",
    "''",
    "\\'",
    "'; DROP TABLE t; --",
    "$as_of",
    "{0}",
    "%s",
    "\u202e",
    "';--\u00a0",
    "\U0001f600" * 20,
    "/*",
)


def found(duck: Duck, *filters: Filter) -> int:
    where, faults = conditions(filters, COLUMNS, frozenset())
    assert not faults
    return int(duck.connection.execute(f"SELECT count(*) FROM t WHERE {' AND '.join(where)}").fetchall()[0][0])


def wrong(*filters: Filter, masked: frozenset[str] = frozenset()) -> list[str]:
    where, faults = conditions(filters, COLUMNS, masked)
    assert not where
    return [str(fault) for fault in faults]


@pytest.mark.parametrize(
    ("column", "same", "less"),
    [
        ("text", "Ann's; DROP TABLE t", "Ann"),
        ("whole", " +9007199254740993 ", "9007199254740992"),
        ("money", "12.5", "12.49"),
        ("share", "1e-1", "0.0999"),
        ("day", "2026-03-12", "2026-03-11"),
        ("at", "2026-03-12T08:00:00.500", "2026-03-12"),
        ("since", "2026-03-12 09:00+01:00", "2026-03-12 07:59"),
        ("hour", "08:30", "08:29:59"),
    ],
)
def test_a_typed_value_is_compared_as_the_column_is_typed(duck: Duck, column: str, same: str, less: str) -> None:
    duck.table("t", ROW)
    told = {comparison: found(duck, Filter(column, comparison, same)) for comparison in list(Comparison)[:6]}

    assert [str(comparison) for comparison, rows in told.items() if rows] == ["=", "<=", ">="]
    assert found(duck, Filter(column, Comparison.GREATER, less), Filter(column, Comparison.NOT_EQUAL, less)) == 1


@pytest.mark.parametrize(("column", "value"), [("good", "Yes"), ("key", "12345678-1234-1234-1234-1234567890AB")])
def test_what_has_no_order_is_the_same_or_not(duck: Duck, column: str, value: str) -> None:
    duck.table("t", ROW)

    assert found(duck, Filter(column, Comparison.EQUAL, value)) == 1
    assert comparisons_for(Column(column, KINDS[column])) == ("=", "!=", "is empty", "is not empty")


def test_a_part_of_a_text_is_found_in_any_case_and_without_wildcards(duck: Duck) -> None:
    duck.table("t", "SELECT unnest(['100 % Cotton', 'cotton']) AS text")

    assert found(duck, Filter("text", Comparison.CONTAINS, "COTTON")) == 2
    assert found(duck, Filter("text", Comparison.CONTAINS, "%")) == 1


def test_an_empty_value_is_empty_and_another_one_than_any(duck: Duck) -> None:
    duck.table("t", "SELECT * FROM (VALUES (NULL, NULL), ('', 1), ('x', 2)) AS v(text, whole)")

    assert found(duck, Filter("text", Comparison.EMPTY)) == 2
    assert found(duck, Filter("text", Comparison.NOT_EMPTY)) == 1
    assert found(duck, Filter("whole", Comparison.EMPTY, "ignored")) == 1
    assert found(duck, Filter("whole", Comparison.NOT_EQUAL, "2")) == 2


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_text_is_a_text(duck: Duck, value: str) -> None:
    duck.connection.execute("CREATE TABLE t AS SELECT unnest([$1, 'other']) AS text", [value])

    assert found(duck, Filter("text", Comparison.EQUAL, value)) == 1
    assert found(duck, Filter("text", Comparison.CONTAINS, value)) >= 1
    assert duck.connection.sql("SELECT count(*) FROM t").fetchall() == [(2,)]


@given(st.text(max_size=40), st.sampled_from(sorted(KINDS)), st.sampled_from(Comparison))
def test_whatever_is_typed_is_one_condition_on_that_column_or_refused(
    value: str, column: str, comparison: Comparison
) -> None:
    where, faults = conditions([Filter(column, comparison, value)], COLUMNS, frozenset())

    assert len(where) + len(faults) == 1
    assert all(fault.where.file == f"column {column}" for fault in faults)
    if where:
        outside = "".join(where[0].split("'")[::2])  # a literal's own quotes are doubled, so the odd parts are literals
        assert not set(outside) & set(";$\\{}")
        assert "--" not in outside


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("text", "a\x00b"),
        ("text", "a\nb"),
        ("text", "\ud800"),
        ("text", "x" * (LONGEST + 1)),
        ("whole", "1.5"),
        ("whole", "1; SELECT 2"),
        ("whole", "１２"),
        ("whole", "9" * 39),
        ("money", "1e5"),
        ("money", ""),
        ("share", "nan"),
        ("share", "1e999"),
        ("good", "maybe"),
        ("day", "12.3.2026"),
        ("day", "2026-02-30"),
        ("at", "2026-03-12 08:00+01:00"),
        ("since", "9999-12-31 23:59-23:00"),
        ("hour", "25:00"),
        ("key", "1234"),
    ],
)
def test_what_is_no_value_of_the_column_is_refused_by_name(column: str, value: str) -> None:
    (fault,) = wrong(Filter(column, Comparison.EQUAL, value))

    assert fault.startswith(f"column {column}: expected ")
    assert len(fault) < 200


def test_all_that_is_wrong_is_said_at_once() -> None:
    faults = wrong(
        Filter("nowhere", Comparison.EQUAL, "1"),
        Filter("parts", Comparison.LESS, "1"),
        Filter("whole", Comparison.CONTAINS, "1"),
        Filter('text"; DROP TABLE t', Comparison.EQUAL, "1"),
    )

    assert len(faults) == 4
    assert faults[1] == "column parts: expected one of is empty, is not empty, found < on a list"


@pytest.mark.parametrize("comparison", Comparison)
def test_by_a_masked_column_nobody_filters_whatever_the_comparison(comparison: Comparison) -> None:
    (fault,) = wrong(Filter("whole", comparison, "1"), masked=frozenset({"whole"}))

    assert "expected a column that you see in clear, found a masked one" in fault


def test_by_a_masked_column_nobody_sorts() -> None:
    assert clear_column("day", COLUMNS, frozenset({"whole"})).type == "DATE"
    with pytest.raises(AssayError, match="a masked one"):
        clear_column("whole", COLUMNS, frozenset({"whole"}))


def test_every_family_of_types_has_its_comparisons() -> None:
    assert set(COMPARISONS) == set(Family)
    assert {family(kind) for kind in KINDS.values()} <= set(COMPARISONS)

"""What keys, duplicates and relationships mean."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.validation.conditions import Outcome
from core.validation.duck import Duck, rows, rule

Column = Callable[[str], str]
PASS, WARN, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP


def test_duplicates_count_keys_and_tell_the_rows(duck: Duck, column: Column) -> None:
    rows(duck, "1", "1", "1", "2", "2", "NULL", "NULL")
    verdict = duck.verdict(column(rule("duplicateValues", "mustBe: 2")), "r")

    assert (verdict.outcome, verdict.measured, verdict.bad_rows, verdict.tested_rows) == (PASS, "2 keys", 3, 5)
    assert verdict.message == "5 rows share 2 keys, 3 too many"


def test_a_percentage_of_duplicates_is_of_the_rows_that_are_too_many(duck: Duck, column: Column) -> None:
    rows(duck, "1", "1", "1", "2", "2", "NULL", "NULL")

    assert duck.verdict(column(rule("duplicateValues", "mustBe: 60", ", unit: percent")), "r").outcome is PASS


def test_a_unique_column_may_hold_nulls_and_no_letter_is_folded(duck: Duck, column: Column) -> None:
    rows(duck, "NULL", "NULL", "'a'", "'A'", "'a '")

    assert duck.verdict(column("unique: true"), "unique").outcome is PASS


KEY = "schema: [{name: t, properties: [{name: a, primaryKey: true}, {name: b, primaryKey: true}]}]"


@pytest.mark.parametrize(
    ("values", "outcome", "message"),
    [
        ("(1, 1), (1, 2), (2, 1)", PASS, ""),
        ("(1, 1), (1, 1), (2, 1)", FAIL, "2 rows share 1 keys, 1 too many"),
        ("(1, 1), (1, NULL), (1, NULL)", FAIL, "2 rows have an empty key"),
    ],
)
def test_a_composite_key_is_whole_and_names_one_row(duck: Duck, values: str, outcome: Outcome, message: str) -> None:
    duck.table("t", f"SELECT * FROM (VALUES {values}) AS v(a, b)")
    verdict = duck.verdict(KEY, "primaryKey")

    assert (verdict.outcome, verdict.message) == (outcome, message)


def test_a_part_that_is_null_makes_a_composite_value_no_duplicate(duck: Duck) -> None:
    duck.table("t", "SELECT * FROM (VALUES (1, NULL), (1, NULL), (1, 2)) AS v(a, b)")
    body = """\
        schema:
        - name: t
          properties: [{name: a}, {name: b}]
          quality: [{id: r, metric: duplicateValues, mustBe: 0, arguments: {properties: [a, b]}}]
        """

    assert duck.verdict(body, "r").outcome is PASS


TO_AIRLINES = "relationships: [{to: airlines.carrier}]"


def test_a_reference_that_points_to_nothing_is_bad_and_one_that_is_null_is_not_tested(
    duck: Duck, column: Column
) -> None:
    rows(duck, "'AA'", "'ZZ'", "'ZZ'", "NULL")
    duck.table("airlines", "SELECT * FROM (VALUES ('AA'), (NULL)) AS v(carrier)")
    verdict = duck.verdict(column(TO_AIRLINES), "relationship")

    assert (verdict.outcome, verdict.bad_rows, verdict.tested_rows) == (FAIL, 2, 3)
    assert verdict.message == "1 values are found nowhere"


def test_an_empty_table_to_refer_to_is_no_verdict(duck: Duck, column: Column) -> None:
    rows(duck, "'AA'")
    duck.table("airlines", "SELECT 'AA' AS carrier WHERE false")
    verdict = duck.verdict(column(TO_AIRLINES), "relationship")

    assert (verdict.outcome, verdict.message) == (ERROR, "the table referred to is empty")


def test_a_composite_reference_needs_all_its_parts(duck: Duck) -> None:
    duck.table("t", "SELECT * FROM (VALUES (1, 1), (1, 2), (2, NULL)) AS v(a, b)")
    duck.table("u", "SELECT 1 AS c, 1 AS d")
    body = """\
        schema:
        - name: t
          properties: [{name: a}, {name: b}]
          relationships: [{from: [t.a, t.b], to: [u.c, u.d]}]
        """
    verdict = duck.verdict(body, "relationship")

    assert (verdict.outcome, verdict.bad_rows, verdict.tested_rows) == (FAIL, 1, 2)


def test_a_reference_may_go_to_a_source(duck: Duck, column: Column) -> None:
    rows(duck, "'AA'")
    duck.connection.execute("CREATE SCHEMA sources")
    duck.table("sources.airlines", "SELECT 'AA' AS carrier")

    assert duck.verdict(column("relationships: [{to: sources.airlines.carrier}]"), "relationship").outcome is PASS


def test_a_reference_into_another_file_is_an_error(duck: Duck, column: Column) -> None:
    rows(duck, "'AA'")
    verdict = duck.verdict(column("relationships: [{to: 'o.yaml#/schema/u/properties/b'}]"), "relationship")

    assert verdict.outcome is ERROR

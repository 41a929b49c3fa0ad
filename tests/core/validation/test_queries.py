"""What rules in SQL, our own rules, rules in words and rules of other engines mean."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.validation.conditions import Outcome
from core.validation.duck import Duck, custom, rows, two

Column = Callable[[str], str]
PASS, WARN, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP


def sql(query: str, limit: str = "mustBe: 0") -> str:
    return f'quality: [{{id: r, type: sql, query: "{query}", {limit}}}]'


@pytest.mark.parametrize(
    "query",
    [
        "select count(*) from t where a > 5",
        "SELECT count(*) FROM {object} WHERE {property} > 5;",
        "select count(*) from ${table} where ${column} > 5 -- large ones",
        "with big as (select * from t where a > 5) select count(*) from big",
    ],
)
def test_a_query_may_name_the_table_in_every_known_way(duck: Duck, column: Column, query: str) -> None:
    rows(duck, "1", "9")
    verdict = duck.verdict(column(sql(query)), "r")

    assert (verdict.outcome, verdict.measured) == (FAIL, "1")


@pytest.mark.parametrize(
    ("query", "limit", "outcome", "message"),
    [
        ("select null", "mustBe: 0", ERROR, "the answer is null, which is no number"),
        ("select 1 from t where false", "mustBe: 0", ERROR, "the query gives no row"),
        ("select a from t", "mustBe: 0", ERROR, "the query gives more than one row; it should give one value"),
        ("select 1, 2", "mustBe: 0", ERROR, "the query gives 2 columns; it should give one value"),
        ("select '1'", "mustBe: 1", ERROR, "the answer is of the type str, not a number"),
        ("select true", "mustBe: 1", ERROR, "the answer is true or false, and the rule wants a number"),
        ("select true", "mustBe: true", PASS, ""),
        ("select false", "mustNotBe: true", PASS, ""),
        ("select 1", "mustBe: true", ERROR, "the answer is a number, and the rule wants true or false"),
        ("select 0.3::DECIMAL(3,1)", "mustBe: 0.3", PASS, ""),
        ("select 'nan'::DOUBLE", "mustBe: 0", ERROR, "the answer is NaN or infinity, not a number"),
        ("drop table t", "mustBe: 0", ERROR, "the query cannot be read: not one single SELECT"),
        ("select 1; select 1", "mustBe: 0", ERROR, "the query cannot be read: not one single SELECT"),
    ],
)
def test_a_query_gives_one_number_or_there_is_no_verdict(
    duck: Duck, column: Column, query: str, limit: str, outcome: Outcome, message: str
) -> None:
    rows(duck, "1", "9")
    verdict = duck.verdict(column(sql(query, limit)), "r")

    assert (verdict.outcome, verdict.message) == (outcome, message)


def test_a_query_may_not_read_files(duck: Duck, column: Column) -> None:
    rows(duck, "1")
    verdict = duck.verdict(column(sql("select count(*) from read_csv('secret.csv')")), "r")

    assert verdict.outcome is ERROR
    assert verdict.message == "the query cannot be read: expected a query of tables alone, found read_csv()"


def test_floating_point_numbers_are_equal_within_a_tolerance_only(duck: Duck, column: Column) -> None:
    rows(duck, "0.1::DOUBLE", "0.2::DOUBLE")
    query, tolerance = "select sum(a) from t", ", customProperties: [{property: tolerance, value: 0.000001}]"

    strict = duck.verdict(column(sql(query, "mustBe: 0.3")), "r")
    assert strict.outcome is FAIL
    assert "compared exactly" in strict.message
    assert duck.verdict(column(sql(query, f"mustBe: 0.3{tolerance}")), "r").outcome is PASS


def test_a_condition_holds_in_every_row_and_null_does_not_violate_it(duck: Duck) -> None:
    body = two(duck, "(1, 2), (3, 2), (1, NULL)", custom("{check: row, condition: a <= b}"))
    verdict = duck.verdict(body, "r")

    assert (verdict.outcome, verdict.bad_rows, verdict.tested_rows) == (FAIL, 1, 3)
    assert verdict.sentence == "in every row a <= b"


def test_a_condition_may_allow_exceptions(duck: Duck) -> None:
    exceptions = "{check: row, condition: a <= b, mustBeLessThan: 50, unit: percent}"
    body = two(duck, "(1, 2), (3, 2), (1, NULL)", custom(exceptions))

    assert duck.verdict(body, "r").outcome is PASS


@pytest.mark.parametrize("condition", ["'a) FROM t; --'", "a; drop table t", "exists (select 1)", "'a, b'"])
def test_a_condition_is_one_expression_or_there_is_no_verdict(duck: Duck, condition: str) -> None:
    body = two(duck, "(1, 2)", custom(f"{{check: row, condition: {condition}}}"))

    assert duck.verdict(body, "r").outcome is ERROR
    assert duck.query("select count(*) from t") == [(1,)]


@pytest.mark.parametrize(
    ("tolerance", "source", "outcome", "message"),
    [
        ("0", "1, 2, 3", PASS, ""),
        ("0", "1, 2", FAIL, "the difference is 1"),
        ("1", "1, 2", PASS, "the difference is 1"),
    ],
)
def test_a_control_total_agrees_with_its_source(
    duck: Duck, tolerance: str, source: str, outcome: Outcome, message: str
) -> None:
    duck.connection.execute("CREATE SCHEMA sources")
    duck.table("sources.flights", f"SELECT unnest([{source}]) AS flight")
    settings = "expression: sum(a), source: sources.flights, sourceExpression: count(*)"
    body = two(duck, "(1, 0), (2, 0)", custom(f"{{check: controlTotal, {settings}, tolerance: {tolerance}}}"))
    verdict = duck.verdict(body, "r")

    assert (verdict.outcome, verdict.message) == (outcome, message)
    assert verdict.sentence == "sum(a) equals count(*) of sources.flights"


def test_a_control_total_that_is_no_aggregate_is_an_error_and_reads_no_rows(duck: Duck) -> None:
    duck.table("u", "SELECT unnest([1, 2]) AS c")
    settings = "{check: controlTotal, expression: sum(a), source: u, sourceExpression: c}"
    verdict = duck.verdict(two(duck, "(1, 0), (2, 0)", custom(settings)), "r")

    assert verdict.outcome is ERROR
    assert verdict.message.startswith("Binder Error")


def test_a_control_total_of_nothing_is_no_verdict(duck: Duck) -> None:
    duck.table("u", "SELECT 1 AS c WHERE false")
    settings = "{check: controlTotal, expression: sum(a), source: u, sourceExpression: sum(c)}"
    verdict = duck.verdict(two(duck, "(1, 0)", custom(settings)), "r")

    assert verdict.outcome is ERROR
    assert verdict.message == "there are no two numbers to compare, of 1 row here and 0 rows at the source"


def test_rules_in_words_and_rules_of_other_engines_are_skipped_with_the_reason(duck: Duck, column: Column) -> None:
    rows(duck, "1")
    text = duck.verdict(column("quality: [{id: r, type: text, description: The mail was verified.}]"), "r")
    soda = duck.verdict(column(custom("anything", engine="soda")), "r")

    assert (text.outcome, text.sentence) == (SKIP, "The mail was verified.")
    assert (soda.outcome, soda.message) == (SKIP, "a rule for the engine soda, which is not run here")

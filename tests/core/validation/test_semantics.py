"""The decisions on what a rule means, each on real data in DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from assay.validation.conditions import Outcome
from core.validation.duck import NOW, Duck, contract_of

Column = Callable[[str], str]
PASS, WARN, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP


def rows(duck: Duck, *values: str) -> None:
    """Fill table ``t``: one column, ``a``."""
    duck.table("t", "SELECT * FROM (VALUES " + ", ".join(f"({value})" for value in values) + ") AS v(a)")


def rule(metric: str, limit: str, more: str = "") -> str:
    return f"quality: [{{id: r, metric: {metric}, {limit}{more}}}]"


# Nulls


@pytest.mark.parametrize(
    "fields",
    [
        "logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 9}",
        "enum: [{value: 1}]",
        rule("invalidValues", "mustBe: 0", ", arguments: {validValues: [1]}"),
        "logicalType: integer, logicalTypeOptions: {multipleOf: 1}",
    ],
)
def test_a_null_is_never_invalid(duck: Duck, column: Column, fields: str) -> None:
    rows(duck, "NULL", "1")
    verdicts = duck.judge(contract_of(column(fields)))

    assert {verdict.outcome for verdict in verdicts} == {PASS}


def test_a_null_is_missing_and_so_are_the_listed_values(duck: Duck, column: Column) -> None:
    rows(duck, "NULL", "''", "'n/a'", "'x'")
    verdict = duck.verdict(
        column(rule("missingValues", "mustBe: 3", ", arguments: {missingValues: [null, '', n/a]}")), "r"
    )

    assert (verdict.outcome, verdict.bad_rows, verdict.tested_rows) == (PASS, 3, 4)


def test_a_missing_value_that_is_none_of_the_columns_type_is_an_error(duck: Duck, column: Column) -> None:
    rows(duck, "1")
    verdict = duck.verdict(column(rule("missingValues", "mustBe: 0", ", arguments: {missingValues: ['']}")), "r")

    assert verdict.outcome is ERROR
    assert "cannot be compared with a column of the type whole number" in verdict.message


def test_required_counts_the_nulls(duck: Duck, column: Column) -> None:
    rows(duck, "NULL", "1", "NULL")
    verdict = duck.verdict(column("required: true"), "required")

    assert (verdict.outcome, verdict.sentence, verdict.measured) == (FAIL, "a is never empty", "2 rows")
    assert (verdict.bad_rows, verdict.tested_rows, verdict.limit) == (2, 3, "exactly 0")


# Percent


@pytest.mark.parametrize(
    ("limit", "outcome"),
    [
        ("mustBeLessThan: 33.3333333333", FAIL),
        ("mustBeLessThan: 33.3333333334", PASS),
        ("mustBeLessOrEqualTo: 33", FAIL),
        ("mustBeGreaterThan: 33.3333333333", PASS),
    ],
)
def test_a_percentage_is_compared_exactly_and_never_rounded(
    duck: Duck, column: Column, limit: str, outcome: Outcome
) -> None:
    rows(duck, "NULL", "1", "2")

    assert duck.verdict(column(rule("nullValues", limit, ", unit: percent")), "r").outcome is outcome


def test_a_percentage_is_of_all_rows_and_only_on_demand_of_those_with_a_value(duck: Duck, column: Column) -> None:
    rows(duck, "NULL", "NULL", "1", "2")
    arguments = ", unit: percent, arguments: {validValues: [1]}"
    non_null = ", customProperties: [{property: denominator, value: nonNull}]"

    assert duck.verdict(column(rule("invalidValues", "mustBe: 25", arguments)), "r").outcome is PASS
    verdict = duck.verdict(column(rule("invalidValues", "mustBe: 50", arguments + non_null)), "r")
    assert (verdict.outcome, verdict.measured, verdict.tested_rows) == (PASS, "50 percent", 2)


# Operators


@pytest.mark.parametrize(
    ("limit", "outcome"),
    [
        ("mustBe: 3", PASS),
        ("mustBe: 3.0", PASS),
        ("mustNotBe: 3", FAIL),
        ("mustBeGreaterThan: 3", FAIL),
        ("mustBeGreaterOrEqualTo: 3", PASS),
        ("mustBeLessThan: 3", FAIL),
        ("mustBeLessOrEqualTo: 3", PASS),
        ("mustBeBetween: [3, 9]", PASS),
        ("mustBeBetween: [1, 3]", PASS),
        ("mustBeBetween: [4, 9]", FAIL),
        ("mustNotBeBetween: [3, 9]", FAIL),
        ("mustNotBeBetween: [4, 9]", PASS),
    ],
)
def test_an_operator_holds_between_includes_both_ends(duck: Duck, limit: str, outcome: Outcome) -> None:
    rows(duck, "1", "2", "3")
    body = f"schema: [{{name: t, quality: [{{id: r, metric: rowCount, {limit}}}]}}]"

    assert duck.verdict(body, "r").outcome is outcome


def test_a_severity_that_warns_warns_and_an_unknown_one_fails(duck: Duck, column: Column) -> None:
    rows(duck, "NULL")

    assert duck.verdict(column(rule("nullValues", "mustBe: 0", ", severity: warning")), "r").outcome is WARN
    assert duck.verdict(column(rule("nullValues", "mustBe: 0", ", severity: odd")), "r").outcome is FAIL


def test_a_unit_that_means_nothing_is_an_error_and_no_guess(duck: Duck, column: Column) -> None:
    rows(duck, "1")
    verdict = duck.verdict(column(rule("nullValues", "mustBe: 0", ", unit: apples")), "r")

    assert (verdict.outcome, verdict.message) == (ERROR, "the unit 'apples' means nothing here")


# Keys


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


# Ranges, lengths, patterns, values


@pytest.mark.parametrize(
    ("bounds", "bad"),
    [
        ("minimum: 1, maximum: 3", 2),
        ("exclusiveMinimum: 1, maximum: 3", 3),
        ("minimum: 1, exclusiveMaximum: 3", 3),
        ("exclusiveMinimum: 1, exclusiveMaximum: 3", 4),
        ("minimum: 0.5", 1),
    ],
)
def test_a_range_holds_its_ends_unless_they_are_exclusive(duck: Duck, column: Column, bounds: str, bad: int) -> None:
    rows(duck, "0", "1", "2", "3", "4", "NULL")

    assert duck.verdict(column(f"logicalTypeOptions: {{{bounds}}}"), "range").bad_rows == bad


def test_a_number_that_is_none_is_outside_of_every_range(duck: Duck, column: Column) -> None:
    rows(duck, "'nan'::DOUBLE", "'inf'::DOUBLE", "'-inf'::DOUBLE", "1.0", "NULL")

    assert duck.verdict(column("logicalTypeOptions: {minimum: 0}"), "range").bad_rows == 3
    assert duck.verdict(column("required: true"), "required").bad_rows == 1


def test_decimals_are_compared_as_they_are_written(duck: Duck, column: Column) -> None:
    rows(duck, "0.1::DECIMAL(4,2)", "0.11::DECIMAL(4,2)")

    assert duck.verdict(column("logicalTypeOptions: {maximum: 0.1}"), "range").bad_rows == 1


@pytest.mark.parametrize(
    ("kind", "logical", "bound", "bad"),
    [
        ("DATE", "date", "2024-02-01", 1),
        ("TIMESTAMP", "timestamp", "2024-02-01", 1),
        ("TIMESTAMP", "timestamp", "2024-02-01T01:00:00+01:00", 1),
        ("TIMESTAMPTZ", "timestamp", "2024-02-01T00:00:00Z", 1),
        ("TIMESTAMPTZ", "timestamp", "2024-02-01 00:00:00", 1),
    ],
)
def test_moments_are_compared_in_utc_unless_they_say_otherwise(
    duck: Duck, column: Column, kind: str, logical: str, bound: str, bad: int
) -> None:
    zone = "+00" if kind == "TIMESTAMPTZ" else ""
    rows(duck, f"{kind} '2024-01-31 23:59:59{zone}'", f"{kind} '2024-02-01 00:00:00{zone}'")
    if kind == "DATE":
        rows(duck, "DATE '2024-01-31'", "DATE '2024-02-01'")

    assert (
        duck.verdict(column(f"logicalType: {logical}, logicalTypeOptions: {{minimum: '{bound}'}}"), "range").bad_rows
        == bad
    )


def test_a_default_time_zone_says_where_moments_are_meant(duck: Duck, column: Column) -> None:
    rows(duck, "TIMESTAMPTZ '2024-01-31 22:30:00+00'", "TIMESTAMPTZ '2024-01-31 23:30:00+00'")
    options = "{minimum: '2024-02-01 00:00:00', defaultTimezone: Europe/Berlin}"

    assert duck.verdict(column(f"logicalType: timestamp, logicalTypeOptions: {options}"), "range").bad_rows == 1


def test_times_of_day_are_compared(duck: Duck, column: Column) -> None:
    rows(duck, "TIME '08:59:00'", "TIME '09:00:00'")

    assert duck.verdict(column("logicalType: time, logicalTypeOptions: {minimum: '09:00:00'}"), "range").bad_rows == 1


def test_a_bound_that_is_no_date_is_an_error(duck: Duck, column: Column) -> None:
    rows(duck, "DATE '2024-01-31'")
    verdict = duck.verdict(column("logicalType: date, logicalTypeOptions: {minimum: 01/02/2024}"), "range")

    assert (verdict.outcome, verdict.message) == (ERROR, "'01/02/2024' is no date in ISO 8601")


def test_a_length_is_counted_in_characters(duck: Duck, column: Column) -> None:
    rows(duck, "''", "'é'", "'abc'", "NULL")

    assert duck.verdict(column("logicalTypeOptions: {minLength: 1, maxLength: 2}"), "length").bad_rows == 2


def test_a_list_has_so_many_entries_and_none_twice(duck: Duck, column: Column) -> None:
    rows(duck, "[1, 1, NULL, NULL]", "[1]", "NULL")
    fields = "logicalType: array, logicalTypeOptions: {maxItems: 2, uniqueItems: true}"

    assert duck.verdict(column(fields), "items").bad_rows == 1
    assert duck.verdict(column(fields), "uniqueItems").bad_rows == 1


def test_a_pattern_is_searched_for_anywhere(duck: Duck, column: Column) -> None:
    rows(duck, "'xabcx'", "'abd'", "NULL")

    assert duck.verdict(column("logicalTypeOptions: {pattern: abc}"), "pattern").bad_rows == 1
    assert duck.verdict(column("logicalTypeOptions: {pattern: ^abc$}"), "pattern").bad_rows == 2


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?<!a)b", r"(a)\1"])
def test_a_pattern_that_the_engine_cannot_search_for_is_an_error(duck: Duck, column: Column, pattern: str) -> None:
    rows(duck, "'a'")
    verdict = duck.verdict(column(f"logicalTypeOptions: {{pattern: '{pattern}'}}, required: true"), "pattern")

    assert (verdict.outcome, "looks ahead or back" in verdict.message) == (ERROR, True)


def test_a_value_outside_the_enum_is_invalid_and_quotes_are_data(duck: Duck, column: Column) -> None:
    rows(duck, "'it''s'", "'a'", "'b'")

    assert duck.verdict(column('enum: [{value: "it\'s"}, {value: a}]'), "enum").bad_rows == 1


def test_an_invalid_value_breaks_list_or_pattern(duck: Duck, column: Column) -> None:
    rows(duck, "'aa'", "'ab'", "'bb'")
    arguments = ", arguments: {validValues: [aa, ab], pattern: b}"

    assert duck.verdict(column(rule("invalidValues", "mustBe: 2", arguments)), "r").outcome is PASS


def test_without_arguments_a_valid_value_is_what_the_column_itself_allows(duck: Duck, column: Column) -> None:
    rows(duck, "'a'", "'b'")
    fields = f"enum: [{{value: a}}], {rule('invalidValues', 'mustBeLessThan: 60', ', unit: percent')}"

    assert duck.verdict(column(fields), "r").outcome is PASS
    assert duck.verdict(column(rule("invalidValues", "mustBe: 0")), "r").outcome is ERROR


@pytest.mark.parametrize(("step", "bad"), [("2", 1), ("0.5", 0)])
def test_a_multiple_is_exact(duck: Duck, column: Column, step: str, bad: int) -> None:
    rows(duck, "2", "3", "NULL")

    assert duck.verdict(column(f"logicalTypeOptions: {{multipleOf: {step}}}"), "multipleOf").bad_rows == bad


def test_a_format_of_a_whole_number_is_its_range(duck: Duck, column: Column) -> None:
    rows(duck, "127", "128")

    assert duck.verdict(column("logicalType: integer, logicalTypeOptions: {format: i8}"), "format").bad_rows == 1


# Relationships

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


# Freshness


def freshness(value: str, more: str = "", options: str = "{}") -> str:
    return f"""\
        schema: [{{name: t, properties: [{{name: a, logicalTypeOptions: {options}}}]}}]
        slaProperties: [{{property: freshness, {value}, element: t.a{more}}}]
        """


@pytest.mark.parametrize(
    ("newest", "value", "outcome"),
    [
        ("TIMESTAMP '2024-02-29 12:00:01'", "value: 1, unit: d", PASS),
        ("TIMESTAMP '2024-02-29 12:00:00'", "value: 1, unit: d", FAIL),  # strictly less
        ("TIMESTAMPTZ '2024-02-29 14:00:01+02'", "value: 24, unit: h", PASS),
        ("DATE '2024-02-29'", "value: 1, unit: d", PASS),  # a date counts from its end
        ("DATE '2024-02-28'", "value: 1, unit: d", FAIL),
        ("TIMESTAMP '2024-02-01 12:00:01'", "value: 1, unit: mo", PASS),  # 29 days: a month of the calendar
        ("TIMESTAMP '2024-02-01 12:00:00'", "value: 1, unit: mo", FAIL),
        ("TIMESTAMP '2024-02-29 12:00:01'", "value: P1D", PASS),
    ],
)
def test_data_is_fresh_when_the_newest_value_is_younger_than_the_limit(
    duck: Duck, newest: str, value: str, outcome: Outcome
) -> None:
    rows(duck, newest)

    assert duck.verdict(freshness(value), "freshness").outcome is outcome


def test_a_value_in_the_future_warns_and_today_is_not_the_future(duck: Duck) -> None:
    rows(duck, "TIMESTAMP '2024-03-03 12:00:00'")
    verdict = duck.verdict(freshness("value: 1, unit: d"), "freshness")
    assert (verdict.outcome, verdict.message) == (WARN, "the newest value lies in the future")

    rows(duck, "DATE '2024-03-01'")
    verdict = duck.verdict(freshness("value: 1, unit: d"), "freshness")
    assert (verdict.outcome, verdict.measured) == (PASS, "0 s")


def test_no_value_is_not_fresh(duck: Duck) -> None:
    rows(duck, "NULL::TIMESTAMP")
    verdict = duck.verdict(freshness("value: 1, unit: d"), "freshness")

    assert (verdict.outcome, verdict.message) == (FAIL, "there is no value whose age could be told")


def test_moments_without_a_zone_are_meant_in_the_columns_zone(duck: Duck) -> None:
    rows(duck, "TIMESTAMP '2024-02-29 13:00:00'")  # 12:00 UTC in Berlin's winter
    berlin = "{defaultTimezone: Europe/Berlin}"

    assert duck.verdict(freshness("value: 1, unit: d", options=berlin), "freshness").outcome is FAIL
    assert duck.verdict(freshness("value: 1, unit: d"), "freshness").outcome is PASS


@pytest.mark.parametrize(
    ("end", "outcome"),
    [("TIMESTAMP '2013-12-31 23:00:00'", PASS), ("DATE '2013-12-31'", PASS), ("DATE '2014-01-02'", FAIL)],
)
def test_freshness_as_of_a_column_is_measured_against_the_datas_own_end(duck: Duck, end: str, outcome: Outcome) -> None:
    rows(duck, "DATE '2013-12-31'")
    duck.connection.execute("CREATE SCHEMA sources")
    duck.table("sources.flights", f"SELECT {end} AS time_hour")
    as_of = ", customProperties: [{property: asOf, value: sources.flights.time_hour}]"
    verdict = duck.verdict(freshness("value: 2, unit: d", as_of), "freshness")

    assert verdict.outcome is outcome
    assert duck.verdict(freshness("value: 2, unit: d", as_of), "freshness", now=NOW + timedelta(days=9)) == verdict


def test_latency_of_an_element_is_freshness_and_retention_is_of_the_oldest(duck: Duck) -> None:
    rows(duck, "TIMESTAMP '2024-01-01'", "TIMESTAMP '2024-03-01'")
    body = freshness("value: 1, unit: d").replace("freshness", "latency")
    assert duck.verdict(body, "latency").outcome is PASS

    body = freshness("value: 1, unit: mo").replace("freshness", "retention")
    assert duck.verdict(body, "retention").outcome is FAIL


def test_a_promise_on_service_is_skipped_with_the_reason(duck: Duck, column: Column) -> None:
    rows(duck, "1")
    verdict = duck.verdict(column("required: true") + "slaProperties: [{property: availability, value: 99}]", "avail")

    assert (verdict.outcome, verdict.message) == (SKIP, "a promise on service, not on the data")


def test_freshness_of_a_column_that_does_not_exist_is_an_error(duck: Duck, column: Column) -> None:
    rows(duck, "1")
    body = column("required: true") + "slaProperties: [{property: freshness, value: 1, unit: d, element: t.z}]"

    assert duck.verdict(body, "freshness").outcome is ERROR


def test_an_age_needs_a_moment(duck: Duck) -> None:
    rows(duck, "'2024-03-01'")

    assert duck.verdict(freshness("value: 1, unit: d"), "freshness").outcome is ERROR


# SQL rules


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
        ("select 'nan'::DOUBLE", "mustBe: 0", ERROR, "the answer is of the type float, not a number"),
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
    assert "is not the name of a table" in verdict.message


def test_floating_point_numbers_are_equal_within_a_tolerance_only(duck: Duck, column: Column) -> None:
    rows(duck, "0.1::DOUBLE", "0.2::DOUBLE")
    query, tolerance = "select sum(a) from t", ", customProperties: [{property: tolerance, value: 0.000001}]"

    strict = duck.verdict(column(sql(query, "mustBe: 0.3")), "r")
    assert strict.outcome is FAIL
    assert "compared exactly" in strict.message
    assert duck.verdict(column(sql(query, f"mustBe: 0.3{tolerance}")), "r").outcome is PASS


# Our own rules, text, other engines


def custom(implementation: str, engine: str = "assay") -> str:
    return f"quality: [{{id: r, type: custom, engine: {engine}, implementation: {implementation}}}]"


def two(duck: Duck, values: str, fields: str) -> str:
    duck.table("t", f"SELECT * FROM (VALUES {values}) AS v(a, b)")
    return f"schema:\n- name: t\n  properties: [{{name: a}}, {{name: b}}]\n  {fields}\n"


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


@pytest.mark.parametrize(
    ("implementation", "reason"),
    [
        ("{check: moon}", "the check 'moon' is not known; there are row and controlTotal"),
        ("{check: row}", "the implementation lacks the text 'condition'"),
        ("{check: row, condition: a, limit: 1}", "the implementation has the unknown field 'limit'"),
        ("row", "the implementation is no mapping with 'check'"),
    ],
)
def test_a_rule_of_ours_that_is_not_understood_is_an_error(
    duck: Duck, column: Column, implementation: str, reason: str
) -> None:
    rows(duck, "1")
    verdict = duck.verdict(column(custom(implementation)), "r")

    assert (verdict.outcome, verdict.message) == (ERROR, reason)


def test_rules_in_words_and_rules_of_other_engines_are_skipped_with_the_reason(duck: Duck, column: Column) -> None:
    rows(duck, "1")
    text = duck.verdict(column("quality: [{id: r, type: text, description: The mail was verified.}]"), "r")
    soda = duck.verdict(column(custom("anything", engine="soda")), "r")

    assert (text.outcome, text.sentence) == (SKIP, "The mail was verified.")
    assert (soda.outcome, soda.message) == (SKIP, "a rule for the engine soda, which is not run here")


# The form of the table


def test_a_missing_column_fails_once_and_leaves_what_is_promised_of_it_without_a_verdict(
    duck: Duck, column: Column
) -> None:
    duck.table("t", "SELECT 1 AS z")
    outcomes = {
        verdict.check_id.split(":")[1]: verdict.outcome
        for verdict in duck.judge(contract_of(column("required: true, unique: true, logicalType: integer")))
    }

    assert outcomes == {
        "column": FAIL,
        "type": ERROR,
        "required": ERROR,
        "unique": ERROR,
        "rows": PASS,
        "columns": WARN,
    }


def test_what_is_promised_of_a_column_that_may_be_absent_is_skipped(duck: Duck, column: Column) -> None:
    duck.table("t", "SELECT 1 AS z")
    allowed = "required: true, customProperties: [{property: allowAbsent, value: true}]"

    assert duck.verdict(column(allowed), "a:column").outcome is PASS
    assert duck.verdict(column(allowed), "required").outcome is SKIP


def test_other_columns_warn_and_under_strict_they_fail(duck: Duck, column: Column) -> None:
    duck.table("t", "SELECT 1 AS a, 2 AS b, 3 AS c")
    verdict = duck.verdict(column("required: true"), "columns")
    strict = column("required: true") + "  customProperties: [{property: strict, value: true}]\n"

    assert (verdict.outcome, verdict.message) == (WARN, "the contract does not name b, c")
    assert duck.verdict(strict, "columns").outcome is FAIL


def test_a_column_is_found_in_another_case_and_that_is_said(duck: Duck, column: Column) -> None:
    duck.table("t", "SELECT 1 AS A")
    verdict = duck.verdict(column("required: true"), "a:column")

    assert (verdict.outcome, verdict.message) == (PASS, "found as A")
    assert duck.verdict(column("required: true"), "required").outcome is PASS


@pytest.mark.parametrize(
    ("kind", "promise", "outcome"),
    [
        ("INTEGER", "logicalType: integer", PASS),
        ("HUGEINT", "logicalType: integer", PASS),
        ("DECIMAL(9,0)", "logicalType: integer", PASS),
        ("DECIMAL(9,2)", "logicalType: integer", FAIL),
        ("DOUBLE", "logicalType: integer", FAIL),
        ("DOUBLE", "logicalType: number", PASS),
        ("VARCHAR", "logicalType: number", FAIL),
        ("VARCHAR", "logicalType: date", FAIL),
        ("TIMESTAMP", "logicalType: date", FAIL),
        ("TIMESTAMPTZ", "logicalType: timestamp", PASS),
        ("TIMESTAMPTZ", "logicalType: timestamp, logicalTypeOptions: {timezone: false}", FAIL),
        ("TIMESTAMP", "logicalType: timestamp, logicalTypeOptions: {timezone: true}", FAIL),
        ("INTEGER[]", "logicalType: array", PASS),
        ("STRUCT(x INTEGER)", "logicalType: object", PASS),
        ("DECIMAL(10,2)", "physicalType: 'decimal(10,2)'", PASS),
        ("DECIMAL(10,2)", "physicalType: 'NUMERIC( 10 , 2 )'", PASS),
        ("DECIMAL(12,2)", "physicalType: 'decimal(10,2)'", FAIL),
        ("DECIMAL(12,2)", "physicalType: decimal", PASS),
        ("VARCHAR", "physicalType: varchar(18)", PASS),
        ("BIGINT", "physicalType: int8", PASS),
        ("BIGINT", "physicalType: int", FAIL),
        ("TIMESTAMPTZ", "physicalType: timestamp", FAIL),
        ("INTEGER[]", "physicalType: 'integer[]'", PASS),
        ("INTEGER[]", "physicalType: array", PASS),
        ("INTEGER", "physicalType: AccountNumber", ERROR),
    ],
)
def test_a_type_is_as_promised(duck: Duck, column: Column, kind: str, promise: str, outcome: Outcome) -> None:
    duck.table("t", f"SELECT NULL::{kind} AS a")

    assert duck.verdict(column(promise), "type").outcome is outcome


def test_a_measure_is_not_stored_and_nothing_of_it_is_tested(duck: Duck) -> None:
    rows(duck, "1")
    body = "schema: [{name: t, properties: [{name: a}, {name: total, semanticType: measure, required: true}]}]"
    outcomes = {verdict.check_id.rpartition(":")[0]: verdict.outcome for verdict in duck.judge(contract_of(body))}

    assert outcomes["total:column"] is outcomes["total:required"] is SKIP
    assert outcomes["t:columns"] is PASS


def test_rules_inside_a_column_are_errors_and_not_passed_over(duck: Duck, column: Column) -> None:
    rows(duck, "[1]")
    fields = "logicalType: array, items: {logicalType: integer, required: true}"

    assert duck.verdict(column(fields), "a[]:required").outcome is ERROR


def test_an_empty_table_passes_what_has_no_bad_row_and_warns_once(duck: Duck, column: Column) -> None:
    duck.table("t", "SELECT 1 AS a WHERE false")
    fields = f"required: true, unique: true, {rule('nullValues', 'mustBeLessThan: 5', ', unit: percent')}"
    verdicts = {
        verdict.check_id.split(":")[-2] if ":" in verdict.check_id else verdict.check_id: verdict
        for verdict in duck.judge(contract_of(column(fields)))
    }

    assert {name for name, verdict in verdicts.items() if verdict.outcome is WARN} == {"rows"}
    assert verdicts["rows"].message == "0 rows tested"
    assert [verdicts[name].message for name in ("required", "unique", "r")] == ["0 rows tested"] * 3
    assert {verdicts[name].outcome for name in ("required", "unique", "r")} == {PASS}


def test_an_empty_table_fails_a_lower_limit(duck: Duck) -> None:
    duck.table("t", "SELECT 1 AS a WHERE false")
    body = "schema: [{name: t, quality: [{id: r, metric: rowCount, mustBeGreaterThan: 0}]}]"

    assert duck.verdict(body, "r").outcome is FAIL


def test_a_moment_of_judgement_carries_its_zone(duck: Duck) -> None:
    rows(duck, "TIMESTAMP '2024-02-29 12:00:01'")
    body = freshness("value: 1, unit: d")
    east = datetime(2024, 3, 1, 12, tzinfo=UTC).astimezone(tz=None)

    assert duck.verdict(body, "freshness", now=east).outcome is PASS

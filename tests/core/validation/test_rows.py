"""What a rule on rows means: nulls, percentages, operators, ranges, lengths, patterns and values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.validation.conditions import Outcome
from core.validation.duck import Duck, contract_of, rows, rule

Column = Callable[[str], str]
PASS, WARN, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP


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
    verdict = duck.verdict(column("logicalTypeOptions: {minimum: 01/02/2024}"), "range")

    assert (verdict.outcome, verdict.message) == (ERROR, "'01/02/2024' is no date in ISO 8601")


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP", "TIMESTAMPTZ"])
def test_a_bound_may_be_written_as_the_column_is(duck: Duck, column: Column, kind: str) -> None:
    zone = "+00" if kind == "TIMESTAMPTZ" else ""
    rows(duck, f"{kind} '2024-01-31 00:00:00{zone}'", f"{kind} '2024-02-01 00:00:00{zone}'")
    options = "{minimum: 01/02/2024, format: dd/MM/yyyy}"

    assert duck.verdict(column(f"logicalType: timestamp, logicalTypeOptions: {options}"), "range").bad_rows == 1


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

    assert (verdict.outcome, "which this engine cannot search for" in verdict.message) == (ERROR, True)


@pytest.mark.parametrize(
    ("pattern", "bad"),
    [
        (r"^(?<year>\d{4})$", 2),
        (r"\u0061", 1),
        (r"[\u0061-\u0063]", 1),
        (r"\\u0061", 2),
        (r"^\\1$", 1),
        (r"\(\?<x", 2),
    ],
)
def test_a_pattern_is_one_of_ecma_262(duck: Duck, column: Column, pattern: str, bad: int) -> None:
    rows(duck, "'a'", "'" + r"\1" + "'")
    verdict = duck.verdict(column(f"logicalTypeOptions: {{pattern: '{pattern}'}}"), "pattern")

    assert (verdict.outcome, verdict.bad_rows) == (FAIL, bad), verdict.message


def test_a_value_outside_the_enum_is_invalid_and_quotes_are_data(duck: Duck, column: Column) -> None:
    rows(duck, "'it''s'", "'a'", "'b'")

    assert duck.verdict(column('enum: [{value: "it\'s"}, {value: a}]'), "enum").bad_rows == 1


def test_an_invalid_value_breaks_list_or_pattern(duck: Duck, column: Column) -> None:
    rows(duck, "'aa'", "'ab'", "'bb'")
    arguments = ", arguments: {validValues: [aa, ab], pattern: b}"

    assert duck.verdict(column(rule("invalidValues", "mustBe: 2", arguments)), "r").outcome is PASS


def test_a_null_among_the_valid_values_changes_nothing(duck: Duck, column: Column) -> None:
    rows(duck, "'a'", "'b'", "NULL")
    arguments = ", arguments: {validValues: [a, null]}"

    assert duck.verdict(column(rule("invalidValues", "mustBe: 1", arguments)), "r").outcome is PASS


@pytest.mark.parametrize("metric", ["nullValues", "missingValues"])
def test_a_share_of_the_rows_with_a_value_has_none_without(duck: Duck, column: Column, metric: str) -> None:
    rows(duck, "1")
    more = ", arguments: {missingValues: []}, customProperties: [{property: denominator, value: nonNull}]"

    assert duck.verdict(column(rule(metric, "mustBe: 0", more)), "r").outcome is ERROR


@pytest.mark.parametrize(
    ("kind", "value", "bounds", "bad"),
    [
        ("HUGEINT", "170141183460469231731687303715884105727", "maximum: 0.5", 1),
        ("HUGEINT", "170141183460469231731687303715884105727", "exclusiveMaximum: 1.0e+300", 0),
        ("HUGEINT", "170141183460469231731687303715884105727", "minimum: 1.0e+300", 1),
        ("DECIMAL(38,0)", "99999999999999999999999999999999999999", "maximum: 0.25", 1),
        ("DECIMAL(38,2)", "999999999999999999999999999999999999.99", "exclusiveMinimum: 0.001", 0),
        ("DECIMAL(4,2)", "0.10", "exclusiveMinimum: 0.099", 0),
        ("DECIMAL(4,2)", "0.10", "minimum: 0.101", 1),
        ("TINYINT", "5", "minimum: 5.1", 1),
        ("TINYINT", "5", "exclusiveMinimum: 4.9", 0),
        ("UTINYINT", "5", "minimum: -1", 0),
    ],
)
def test_bounds_of_more_digits_than_the_column_are_compared_exactly(
    duck: Duck, column: Column, kind: str, value: str, bounds: str, bad: int
) -> None:
    rows(duck, f"'{value}'::{kind}", "NULL")
    verdict = duck.verdict(column(f"logicalTypeOptions: {{{bounds}}}"), "range")

    assert verdict.bad_rows == bad, verdict.message


def test_a_valid_value_of_more_digits_than_the_column_can_never_be_found(duck: Duck, column: Column) -> None:
    rows(duck, "'170141183460469231731687303715884105727'::HUGEINT", "3", "NULL")

    assert duck.verdict(column("enum: [{value: 0.5}, {value: 3.0}]"), "enum").bad_rows == 1
    assert duck.verdict(column("enum: [{value: 0.5}]"), "enum").bad_rows == 2
    assert duck.verdict(column("enum: [{value: x}]"), "enum").outcome is ERROR


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

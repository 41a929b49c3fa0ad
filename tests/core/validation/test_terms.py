"""On which terms a promise is applied: limits in rows and percent, levels, filters and their extent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.base.errors import AssayError
from assay.validation.conditions import Outcome
from core.validation.duck import Duck, contract_of, custom, rows, rule, two

Column = Callable[[str], str]
PASS, WARN, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP


def customs(**values: str) -> str:
    """Return customProperties by name."""
    listed = ", ".join(f"{{property: {name}, value: {value}}}" for name, value in values.items())
    return f"customProperties: [{listed}]"


def with_warning(limit: str, warn: str, unit: str = "rows") -> str:
    return rule("nullValues", limit, f", unit: {unit}, {customs(warn=f'{{{warn}}}')}")


@pytest.mark.parametrize(
    ("nulls", "outcome"),
    [(0, PASS), (1, WARN), (2, WARN), (3, FAIL)],
)
def test_one_rule_warns_before_it_fails(duck: Duck, column: Column, nulls: int, outcome: Outcome) -> None:
    rows(duck, *["NULL"] * nulls, *["1"] * (10 - nulls))
    verdict = duck.verdict(column(with_warning("mustBeLessThan: 3", "mustBe: 0")), "r")

    assert (verdict.outcome, verdict.limit) == (outcome, "less than 3; it warns unless exactly 0")


def test_a_level_may_be_in_another_unit_than_the_limit(duck: Duck, column: Column) -> None:
    rows(duck, "NULL", *["1"] * 9)
    rows_then_percent = with_warning("mustBeLessThan: 3", "mustBeLessThan: 10, unit: percent")

    assert duck.verdict(column(rows_then_percent), "r").outcome is WARN
    same_unit = with_warning("mustBeLessThan: 20", "mustBeLessThan: 10", "percent")
    assert duck.verdict(column(same_unit), "r").outcome is WARN


@pytest.mark.parametrize(
    ("values", "quality"),
    [
        ("(1, 1), (1, 1)", "{id: r, metric: duplicateValues, arguments: {properties: [a]}, mustBeLessThan: 2, %s}"),
        ("(1, 1)", "{id: r, metric: rowCount, mustBeGreaterThan: 0, %s}"),
        ("(1, 1)", "{id: r, type: sql, query: select count(*) from t, mustBeLessThan: 2, %s}"),
        ("(1, 0)", "{id: r, type: custom, engine: assay, implementation: {check: row, condition: a <= b},"
                   " mustBeLessThan: 2, %s}"),
        ("(1, 0)", "{id: r, type: custom, engine: assay, implementation: {check: controlTotal, expression: sum(a),"
                   " mustBeLessThan: 5}, %s}"),
        ("(1, 0)", "{id: r, type: custom, engine: assay, implementation: {check: failedRows, query: select * from t,"
                   " mustBeLessThan: 5}, %s}"),
    ],
)  # fmt: skip
def test_every_rule_with_a_number_has_a_level_that_warns(duck: Duck, values: str, quality: str) -> None:
    body = two(duck, values, f"quality: [{quality % customs(warn='{mustBeGreaterThan: 100}')}]")

    assert duck.verdict(body, "r").outcome is WARN


@pytest.mark.parametrize(
    ("fields", "limits", "what", "outcome"),
    [
        ("required: true", "{required: {mustBeLessThan: 26, unit: percent}}", "required", PASS),
        ("required: true", "{required: {mustBeLessThan: 25, unit: percent}}", "required", FAIL),
        ("required: true", "{required: {severity: warning}}", "required", WARN),
        ("required: true", "{required: {mustBeLessThan: 3, warn: {mustBe: 0}}}", "required", WARN),
        ("required: true", "{required: {filter: a IS NOT NULL}}", "required", PASS),
        ("unique: true", "{unique: {mustBeLessOrEqualTo: 1}}", "unique", PASS),
        ("unique: true", "{unique: {mustBeLessThan: 34, unit: '%'}}", "unique", PASS),
        ("enum: [{value: 2}]", "{enum: {mustBe: 2}}", "enum", PASS),
        ("enum: [{value: 2}]", "{enum: {mustBe: 66, unit: percent, denominator: nonNull}}", "enum", FAIL),
        ("logicalTypeOptions: {maximum: 1}", "{range: {mustBe: 25, unit: percent}}", "range", PASS),
        ("required: true", "{required: {mustBe: 0, denominator: nonNull}}", "required", ERROR),
        ("required: true", "{requird: {mustBe: 0}}", "limits.requird", ERROR),
        ("required: true", "{column: {filter: a = 1}}", "a:column", ERROR),
    ],
)
def test_what_a_column_promises_has_limits_of_its_own(
    duck: Duck, column: Column, fields: str, limits: str, what: str, outcome: Outcome
) -> None:
    rows(duck, "1", "1", "2", "NULL")

    assert duck.verdict(column(f"{fields}, {customs(limits=limits)}"), what).outcome is outcome


def test_a_promise_with_exceptions_says_so(duck: Duck, column: Column) -> None:
    rows(duck, "1")
    limits = customs(limits="{required: {mustBeLessThan: 5, unit: percent}}")

    sentence = duck.verdict(column(f"required: true, {limits}"), "required").sentence
    assert sentence == "a is never empty, with exceptions: less than 5 percent"


def test_the_primary_key_and_a_relationship_have_limits_of_their_own(duck: Duck) -> None:
    duck.table("t", "SELECT * FROM (VALUES (1), (1), (2)) AS v(a)")
    duck.table("u", "SELECT 1 AS b")
    key = customs(limits="{primaryKey: {mustBeLessOrEqualTo: 1}}")
    link = customs(limit="{mustBeLessThan: 34, unit: percent, warn: {mustBe: 0}}")
    body = f"""\
        schema:
        - name: t
          properties: [{{name: a, primaryKey: true, relationships: [{{to: u.b, {link}}}]}}]
          {key}
        """

    assert duck.verdict(body, "primaryKey").outcome is PASS
    assert duck.verdict(body, "relationship").outcome is WARN


@pytest.mark.parametrize(
    ("limits", "what", "outcome"),
    [
        ("{rows: {severity: error}}", "rows", FAIL),
        ("{rows: {mustBe: 5}}", "rows", ERROR),
        ("{columns: {severity: error}}", "columns", PASS),
        ("{primaryKey: {mustBe: 0}}", "limits.primaryKey", ERROR),
    ],
)
def test_what_is_implied_of_a_dataset_has_terms_too(duck: Duck, limits: str, what: str, outcome: Outcome) -> None:
    duck.table("t", "SELECT 1 AS a WHERE false")
    body = f"schema: [{{name: t, properties: [{{name: a}}], {customs(limits=limits)}}}]"

    assert duck.verdict(body, f"t:{what}:").outcome is outcome


# A filter.


def filtered(duck: Duck, quality: str, **more: str) -> str:
    values = "(1, 1), (1, 2), (NULL, 2), (NULL, NULL)"
    return two(duck, values, f"quality: [{{id: r, {quality}, {customs(filter='b = 2', **more)}}}]")


def test_a_filter_restricts_the_rows_that_are_tested(duck: Duck) -> None:
    body = filtered(duck, "type: custom, engine: assay, implementation: {check: row, condition: a IS NOT NULL}")
    verdict = duck.verdict(body, "r")

    assert (verdict.outcome, verdict.bad_rows, verdict.tested_rows) == (FAIL, 1, 2)


@pytest.mark.parametrize(("scope", "keys"), [("window", 1), ("filtered", 0), ("table", 2), (None, 1)])
def test_uniqueness_is_looked_for_in_the_whole_table_for_the_keys_in_the_filter(
    duck: Duck, scope: str | None, keys: int
) -> None:
    duck.table("t", "SELECT * FROM (VALUES (1, 1), (1, 2), (3, 1), (3, 1), (NULL, 2)) AS v(a, b)")
    more = {"scope": scope} if scope else {}
    quality = f"metric: duplicateValues, arguments: {{properties: [a]}}, mustBe: 0, {customs(filter='b = 2', **more)}"
    body = f"schema: [{{name: t, properties: [{{name: a}}, {{name: b}}], quality: [{{id: r, {quality}}}]}}]"

    assert duck.verdict(body, "r").measured == f"{keys} key{'' if keys == 1 else 's'}"


def test_a_primary_key_in_a_filter_is_whole_in_the_filter(duck: Duck) -> None:
    duck.table("t", "SELECT * FROM (VALUES (NULL, 1), (NULL, 2), (1, 2)) AS v(a, b)")
    limits = customs(limits="{primaryKey: {filter: b = 2}}")
    body = f"schema: [{{name: t, properties: [{{name: a, primaryKey: true}}, {{name: b}}], {limits}}}]"

    assert duck.verdict(body, "primaryKey").message == "1 rows have an empty key"


@pytest.mark.parametrize(("scope", "count"), [("filtered", 2), ("table", 4), (None, 2)])
def test_a_number_of_rows_is_of_the_filter_unless_the_scope_is_the_table(
    duck: Duck, scope: str | None, count: int
) -> None:
    more = {"scope": scope} if scope else {}

    assert duck.verdict(filtered(duck, f"metric: rowCount, mustBe: {count}", **more), "r").outcome is PASS


@pytest.mark.parametrize(("scope", "lost"), [("filtered", 1), ("table", 3), (None, 1)])
def test_references_are_those_of_the_filter_unless_the_scope_is_the_table(
    duck: Duck, scope: str | None, lost: int
) -> None:
    duck.table("t", "SELECT * FROM (VALUES (1, 1), (2, 1), (9, 1), (9, 2)) AS v(a, b)")
    duck.table("u", "SELECT 1 AS c")
    limit = "{filter: b = 2" + (f", scope: {scope}" if scope else "") + "}"
    link = f"relationships: [{{to: u.c, {customs(limit=limit)}}}]"
    verdict = duck.verdict(f"schema: [{{name: t, properties: [{{name: a, {link}}}, {{name: b}}]}}]", "relationship")

    assert verdict.bad_rows == lost


def test_the_filter_of_a_dataset_is_that_of_all_its_rules_and_a_rules_own_goes_before(duck: Duck) -> None:
    own = f"{{id: r, metric: rowCount, mustBe: 3, {customs(filter='b > 0')}}}"
    every = "{id: q, metric: rowCount, mustBe: 2}"
    body = two(duck, "(1, 1), (NULL, 2), (1, 2)", f"quality: [{own}, {every}]\n  {customs(filter='b = 2')}")
    body = body.replace("{name: a}", "{name: a, required: true}")

    assert duck.verdict(body, "r").outcome is PASS
    assert duck.verdict(body, "q").outcome is PASS
    assert duck.verdict(body, "required").tested_rows == 2
    assert duck.verdict(body, "a:column").outcome is PASS


def test_a_filter_chooses_the_rows_of_ages_too(duck: Duck) -> None:
    duck.table("t", "SELECT * FROM (VALUES (DATE '2024-02-29', 1), (DATE '2024-01-01', 2)) AS v(a, b)")
    body = f"""\
        schema: [{{name: t, properties: [{{name: a}}, {{name: b}}]}}]
        slaProperties: [{{property: freshness, value: 2, unit: d, element: t.a, {customs(limit="{filter: b = 2}")}}}]
        """

    assert duck.verdict(body, "freshness").outcome is FAIL


@pytest.mark.parametrize("text", ["'b = '", "'b); drop table t; --'", "(select true)"])
def test_a_filter_that_is_no_single_expression_is_no_verdict(duck: Duck, text: str) -> None:
    body = filtered(duck, "metric: rowCount, mustBe: 2").replace("b = 2", text)

    assert duck.verdict(body, "r").outcome is ERROR
    assert duck.query("select count(*) from t") == [(4,)]


def test_a_query_says_itself_which_rows_it_reads(duck: Duck) -> None:
    verdict = duck.verdict(filtered(duck, "type: sql, query: select 1, mustBe: 1"), "r")

    assert (verdict.outcome, verdict.message) == (ERROR, "a filter means nothing here: no rows are tested")


@pytest.mark.parametrize(
    ("terms", "line"),
    [
        (customs(warn="5"), "a mapping with an operator for 'warn'"),
        (customs(warn="{unit: rows}"), "an operator, one of mustBe"),
        (customs(warn="{mustBe: x}"), "a number"),
        (customs(filter="''"), "a text of SQL for 'filter'"),
        (customs(scope="all"), "one of filtered, table, window for 'scope'"),
        (customs(denominator="rows"), "one of nonNull, all for 'denominator'"),
        (customs(tolerance="-1"), "a number from 0 for 'tolerance'"),
    ],
)
def test_terms_that_make_no_sense_refuse_the_contract_at_their_line(column: Column, terms: str, line: str) -> None:
    with pytest.raises(AssayError) as raised:
        contract_of(column(rule("nullValues", "mustBe: 0", f", {terms}")))

    (fault,) = raised.value.faults
    assert fault.expected.startswith(line)
    assert fault.where.line == 8


def test_a_conditional_rule_and_a_filter_hold_both(duck: Duck) -> None:
    implementation = "{check: conditional, when: a IS NOT NULL, then: a < b}"
    body = two(duck, "(1, 2), (9, 2), (9, 1), (NULL, 2)", custom(implementation))
    body = body.replace(implementation, f"{implementation}, {customs(filter='b = 2')}")
    verdict = duck.verdict(body, "r")

    assert (verdict.bad_rows, verdict.tested_rows) == (1, 2)

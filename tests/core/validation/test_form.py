"""What the form of a table must be: its columns, their types, and that there are rows at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.base.snapshots import Column as Stored
from assay.validation.conditions import Outcome
from assay.validation.reads import compile_reads
from assay.validation.verdicts import judge
from core.validation.duck import NOW, Duck, T, checks_on, contract_of, rows, rule

Column = Callable[[str], str]
PASS, WARN, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP


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
        ("TIMETZ", "logicalType: time, logicalTypeOptions: {timezone: true}", PASS),
        ("TIME", "logicalType: time, logicalTypeOptions: {timezone: true}", FAIL),
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


@pytest.mark.parametrize(
    ("kind", "promise", "outcome"),
    [
        ("DOUBLE", "logicalType: integer", PASS),
        ("DECIMAL(9,2)", "logicalType: integer", PASS),
        ("TIMESTAMPTZ", "physicalType: timestamp", PASS),
        ("TIMESTAMP", "physicalType: timestamptz", PASS),
        ("VARCHAR", "logicalType: integer", FAIL),
        ("DECIMAL(12,2)", "physicalType: 'decimal(10,2)'", FAIL),
    ],
)
def test_types_are_lenient_on_demand_only(
    duck: Duck, column: Column, kind: str, promise: str, outcome: Outcome
) -> None:
    duck.table("t", f"SELECT NULL::{kind} AS a")
    lenient = column(promise) + "  customProperties: [{property: types, value: compat}]\n"

    assert duck.verdict(lenient, "type").outcome is outcome


def test_a_column_that_may_be_one_of_several_is_no_verdict() -> None:
    checks = checks_on(contract_of("schema: [{name: t, properties: [{name: aB, required: true}]}]"))
    plan = compile_reads(checks, T, [Stored("AB", "INTEGER"), Stored("ab", "INTEGER")])
    outcomes = {one.check_id.split(":")[1]: one for one in judge(plan, {}, NOW)}

    assert {outcomes[what].outcome for what in ("column", "required")} == {ERROR}
    assert outcomes["column"].message == outcomes["required"].message == "aB may be any of AB, ab"


def test_a_measure_is_not_stored_and_nothing_of_it_is_tested(duck: Duck) -> None:
    rows(duck, "1")
    body = "schema: [{name: t, properties: [{name: a}, {name: total, semanticType: measure, required: true}]}]"
    outcomes = {verdict.check_id.rpartition(":")[0]: verdict.outcome for verdict in duck.judge(contract_of(body))}

    assert outcomes["total:column"] is outcomes["total:required"] is SKIP
    assert outcomes["t:columns"] is PASS


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

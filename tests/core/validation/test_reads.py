"""Reads: few of them, safe in their SQL, and their verdicts those of the checks one by one."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.contract.model import Contract
from assay.validation.conditions import Outcome
from assay.validation.reads import ReadPlan, compile_reads, split
from assay.validation.verdicts import Verdict, judge
from core.validation.duck import NOW, ONTIME, Duck, T, checks_on, contract_of

ONTIME_COLUMNS = (
    Column("flight_date", "DATE"),
    Column("origin", "VARCHAR"),
    Column("carrier", "VARCHAR"),
    Column("flights", "INTEGER"),
    Column("delayed", "INTEGER"),
)


def ontime_plan() -> ReadPlan:
    checks = checks_on(contract_of(ONTIME), "ontime_daily")
    return compile_reads(checks, TableRef(None, "ontime_daily"), ONTIME_COLUMNS)


def test_the_reads_of_a_contract(snapshot: SnapshotAssertion) -> None:
    assert "\n\n".join(f"-- {read.id}\n{read.sql}" for read in ontime_plan().reads) == snapshot


def test_all_that_is_asked_of_rows_is_one_read_and_each_key_reference_query_and_further_table_another() -> None:
    plan = ontime_plan()

    assert [read.id.partition(":")[0] for read in plan.reads] == ["rows", "key", "reference", "query", "key", "rows"]
    assert plan.tables == (
        TableRef(None, "ontime_daily"),
        TableRef("sources", "airlines"),
        TableRef("sources", "flights"),
    )


def test_one_key_is_read_once_for_all_that_is_promised_of_it() -> None:
    body = """\
        schema:
        - name: t
          properties:
          - name: a
            primaryKey: true
            unique: true
            quality: [{metric: duplicateValues, mustBe: 0}, {metric: duplicateValues, mustBeLessThan: 5, unit: percent}]
        """
    plan = compile_reads(checks_on(contract_of(body)), T, [Column("a", "INTEGER")])

    assert [len(read.uses) for read in plan.reads if read.id.startswith("key")] == [4]


def test_a_name_without_a_schema_is_beside_the_dataset(duck: Duck) -> None:
    duck.connection.execute("CREATE SCHEMA sources")
    duck.table("sources.t", "SELECT 1 AS a")
    duck.table("sources.u", "SELECT 1 AS a")
    body = """\
        schema:
        - name: t
          properties: [{name: a, relationships: [{to: u.a}]}]
          quality: [{id: r, type: sql, query: select count(*) from t join u using (a), mustBe: 1}]
        """
    plan = duck.plan(contract_of(body), table=TableRef("sources", "t"))
    verdicts = judge(plan, duck.results(plan), NOW)

    assert {verdict.outcome for verdict in verdicts} == {Outcome.PASS}
    assert plan.tables == (TableRef("sources", "t"), TableRef("sources", "u"))


def test_one_rule_that_the_engine_refuses_breaks_no_other(duck: Duck) -> None:
    duck.table("t", "SELECT * FROM (VALUES (1, 'x'), (NULL, 'y')) AS v(a, b)")
    body = """\
        schema:
        - name: t
          properties: [{name: a, required: true}, {name: b}]
          quality:
          - {id: broken, type: custom, engine: assay, implementation: {check: row, condition: no_such_column > 1}}
          - {id: unparsable, type: custom, engine: assay, implementation: {check: row, condition: 'a >'}}
          - {id: cast, type: custom, engine: assay, implementation: {check: row, condition: 'b::INTEGER > 0'}}
        """
    verdicts = {verdict.check_id: verdict for verdict in duck.judge(contract_of(body))}
    others = [one for check_id, one in verdicts.items() if check_id not in {"broken", "unparsable", "cast"}]

    assert [verdicts[name].outcome for name in ("broken", "unparsable", "cast")] == [Outcome.ERROR] * 3
    assert Outcome.ERROR not in {verdict.outcome for verdict in others}
    assert {verdict.bad_rows for verdict in others} == {None, 1}


def test_the_words_of_an_engine_do_not_carry_values_into_a_verdict(duck: Duck) -> None:
    duck.table("t", "SELECT 'ann@example.org' AS a")
    body = """\
        schema:
        - name: t
          properties: [{name: a}]
          quality: [{id: r, type: custom, engine: assay, implementation: {check: row, condition: 'a::INTEGER > 0'}}]
        """
    (verdict,) = [one for one in duck.judge(contract_of(body)) if one.check_id == "r"]

    assert (
        verdict.message
        == "Conversion Error: Could not convert string (hidden) to INT32 when casting from source column a"
    )


ODD = ['we"ird', "select", "a b", "it's", "ÄÖ", "k1", "n", "target", "; drop table t; --", "{object}", "*"]


@pytest.mark.parametrize("name", ODD)
def test_columns_and_tables_may_have_any_name(duck: Duck, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    duck.table(quoted, f"SELECT 1 AS {quoted}")
    table = TableRef(None, name)
    document = {
        "schema": [
            {
                "name": name,
                "properties": [
                    {
                        "name": name,
                        "logicalType": "integer",
                        "required": True,
                        "unique": True,
                        "primaryKey": True,
                        "enum": [{"value": 1}],
                        "logicalTypeOptions": {"minimum": 1, "multipleOf": 1},
                        "quality": [
                            {"id": "q", "type": "sql", "query": "select max({property}) from {object}", "mustBe": 1},
                            {"id": "m", "metric": "missingValues", "arguments": {"missingValues": [0]}, "mustBe": 0},
                        ],
                    }
                ],
            }
        ]
    }
    contract = contract_from(document)
    plan = compile_reads(checks_on(contract, name), table, duck.columns(quoted))

    assert {verdict.outcome for verdict in judge(plan, duck.results(plan), NOW)} == {Outcome.PASS}


def contract_from(document: dict[str, Any]) -> Contract:
    return contract_of("\n".join(f"{key}: {json.dumps(value)}" for key, value in document.items()))


# Compiled together or one by one: the same verdicts, and those of a plain count in Python.

VALUES = st.one_of(st.none(), st.integers(-2, 3))
TABLES = st.lists(st.tuples(VALUES, VALUES), max_size=12)
LIMITS = st.sampled_from(["mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeLessOrEqualTo"])


def rule_of(metric: str, **arguments: Any) -> st.SearchStrategy[dict[str, Any]]:
    fixed = {"metric": metric, **({"arguments": arguments} if arguments else {})}
    return st.builds(
        lambda operator, limit, unit: {**fixed, operator: limit, "unit": unit},
        LIMITS,
        st.integers(0, 60),
        st.sampled_from(["rows", "percent"]),
    )


RULES = st.one_of(
    rule_of("nullValues"),
    rule_of("duplicateValues"),
    rule_of("missingValues", missingValues=[0]),
    rule_of("invalidValues", validValues=[1, 2]),
)
COLUMNS = st.fixed_dictionaries(
    {"quality": st.lists(RULES, max_size=4), "required": st.booleans(), "unique": st.booleans()},
    optional={
        "enum": st.just([{"value": 1}, {"value": 2}]),
        "logicalTypeOptions": st.fixed_dictionaries({"minimum": st.integers(-2, 2)}),
    },
)


def fill(duck: Duck, rows: list[tuple[int | None, int | None]]) -> None:
    duck.table("t", "SELECT 1::INTEGER AS a, 1::INTEGER AS b WHERE false")
    if rows:
        values = ", ".join(str(row).replace("None", "NULL") for row in rows)
        duck.connection.execute(f"INSERT INTO t VALUES {values}")


@given(rows=TABLES, first=COLUMNS, second=COLUMNS)
def test_shared_reads_judge_as_the_checks_do_one_by_one(
    connection: Any, rows: list[tuple[int | None, int | None]], first: dict[str, Any], second: dict[str, Any]
) -> None:
    duck = Duck(connection)
    fill(duck, rows)
    properties = [{"name": "a", **first}, {"name": "b", **second}]
    keyed = {"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["a", "b"]}}
    contract = contract_from({"schema": [{"name": "t", "properties": properties, "quality": [keyed]}]})
    plan = duck.plan(contract)

    together = judge(plan, duck.results(plan), NOW)
    remembered = cache(duck.query)  # many checks ask the same
    parts = {part.id: remembered(part.sql) for read in plan.reads for part in split(read)}
    alone: list[Verdict] = []
    for check in plan.checks:
        single = compile_reads([check], plan.table, plan.columns)
        answers = {read.id: remembered(read.sql) for read in single.reads}
        alone += judge(single, answers, NOW)

    assert together == judge(plan, parts, NOW)
    assert together == tuple(alone)
    assert Outcome.ERROR not in {verdict.outcome for verdict in together}


@given(rows=TABLES)
def test_what_is_measured_is_what_a_plain_count_gives(
    connection: Any, rows: list[tuple[int | None, int | None]]
) -> None:
    duck = Duck(connection)
    fill(duck, rows)
    fields = {
        "required": True,
        "unique": True,
        "enum": [{"value": 1}, {"value": 2}],
        "logicalTypeOptions": {"minimum": 0},
        "quality": [{"id": "m", "metric": "missingValues", "arguments": {"missingValues": [0]}, "mustBe": 0}],
    }
    contract = contract_from({"schema": [{"name": "t", "properties": [{"name": "a", **fields}]}]})
    found = {verdict.check_id.split(":")[-2] if ":" in verdict.check_id else verdict.check_id: verdict
             for verdict in duck.judge(contract)}  # fmt: skip
    values = [first for first, _ in rows]
    present = [value for value in values if value is not None]

    assert found["required"].bad_rows == len(values) - len(present)
    assert found["enum"].bad_rows == sum(value not in {1, 2} for value in present)
    assert found["range"].bad_rows == sum(value < 0 for value in present)
    assert found["m"].bad_rows == len(values) - len(present) + present.count(0)
    repeated = sum(present.count(value) > 1 for value in set(present))
    assert found["unique"].measured == f"{repeated} key{'' if repeated == 1 else 's'}"
    assert found["unique"].bad_rows == len(present) - len(set(present))

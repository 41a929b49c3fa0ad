"""What is promised of values inside columns: fields, entries of lists, sides of maps, parts of JSON documents."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.validation.conditions import Outcome
from core.validation.duck import Duck, contract_of, rows

Column = Callable[[str], str]
PASS, WARN, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP


def object_with(fields: str) -> str:
    """Return the fields of a column that is an object with a field ``b``."""
    return f"logicalType: object, properties: [{{name: b, {fields}}}]"


def list_of(fields: str) -> str:
    return f"logicalType: array, items: {{{fields}}}"


def test_a_field_of_an_object_is_tested_where_the_object_is_there(duck: Duck, column: Column) -> None:
    rows(duck, "{'b': 1}", "{'b': NULL}", "NULL")
    verdict = duck.verdict(column(object_with("required: true")), "a.b:required")

    assert (verdict.outcome, verdict.bad_rows, verdict.tested_rows) == (FAIL, 1, 3)
    assert verdict.sentence == "a.b is never empty"


def test_an_entry_that_is_null_makes_its_row_bad_and_rows_are_counted(duck: Duck, column: Column) -> None:
    rows(duck, "[1, NULL, NULL]", "[NULL]", "[2]", "[]", "NULL")
    verdict = duck.verdict(column(list_of("required: true")), "a[]:required")

    assert (verdict.outcome, verdict.bad_rows, verdict.tested_rows) == (FAIL, 2, 5)


def test_an_entry_is_unique_within_its_own_list(duck: Duck, column: Column) -> None:
    rows(duck, "[1, 1]", "[1, 2]", "[NULL, NULL]")

    assert duck.verdict(column(list_of("unique: true")), "a[]:unique").bad_rows == 1


def test_a_field_of_entries_is_unique_within_its_own_list(duck: Duck, column: Column) -> None:
    rows(duck, "[{'b': 1}, {'b': 1}]", "[{'b': 1}, NULL]")
    fields = list_of("logicalType: object, properties: [{name: b, unique: true}]")

    assert duck.verdict(column(fields), "a[].b:unique").bad_rows == 1


def test_a_field_of_an_object_is_unique_in_the_whole_table(duck: Duck, column: Column) -> None:
    rows(duck, "{'b': 1}", "{'b': 1}", "{'b': NULL}", "NULL")
    verdict = duck.verdict(column(object_with("unique: true")), "a.b:unique")

    assert (verdict.outcome, verdict.measured, verdict.tested_rows) == (FAIL, "1 key", 2)


@pytest.mark.parametrize(
    ("value", "fields", "what", "bad"),
    [
        ("{'b': 12}", object_with("logicalTypeOptions: {maximum: 9}"), "a.b:range", 1),
        ("{'b': 'xy'}", object_with("logicalTypeOptions: {pattern: ^z}"), "a.b:pattern", 1),
        ("{'b': 'xy'}", object_with("enum: [{value: xy}]"), "a.b:enum", 0),
        ("{'B': 12}", object_with("logicalTypeOptions: {maximum: 9}"), "a.b:range", 1),
        ("[{'b': [1, 12]}]", list_of(object_with(list_of("logicalTypeOptions: {maximum: 9}"))), "a[].b[]:range", 1),
        ("[[1], [12]]", list_of(list_of("logicalTypeOptions: {maximum: 9}")), "a[][]:range", 1),
        ("[[1], NULL, [NULL]]", list_of(list_of("logicalTypeOptions: {maximum: 9}")), "a[][]:range", 0),
        ("[[1, 1], [2]]", list_of(list_of("unique: true")), "a[][]:unique", 1),
        ("[[1, 2], [1]]", list_of(list_of("unique: true")), "a[][]:unique", 0),
        ("[[1], [1]]", list_of("logicalType: array, logicalTypeOptions: {minItems: 2}"), "a[]:items", 1),
        ("MAP {'k': 12}", "logicalType: map, map: {key: {enum: [{value: z}]}, value: {}}", "a{key}:enum", 1),
        (
            "MAP {'k': 12}",
            "logicalType: map, map: {key: {}, value: {logicalTypeOptions: {maximum: 9}}}",
            "a{value}:range",
            1,
        ),
        (
            "MAP {'k': {'b': NULL}}",
            "logicalType: map, map: {key: {}, value: {properties: [{name: b, required: true}]}}",
            "a{value}.b:required",
            1,
        ),
        ("{'b': {'c': 12}}", object_with("properties: [{name: c, logicalTypeOptions: {maximum: 9}}]"), "b.c:range", 1),
        ("[1.0, 2.0, 3.0]::DOUBLE[3]", list_of("logicalTypeOptions: {maximum: 2}"), "a[]:range", 1),
    ],
)
def test_whatever_is_promised_of_a_column_can_be_promised_inside_of_one(
    duck: Duck, column: Column, value: str, fields: str, what: str, bad: int
) -> None:
    rows(duck, value)
    verdict = duck.verdict(column(fields), what)

    assert (verdict.outcome, verdict.bad_rows) == (FAIL if bad else PASS, bad), verdict.message


@pytest.mark.parametrize(
    ("value", "fields", "what", "outcome", "message"),
    [
        ("{'b': 1}", object_with("logicalType: integer"), "a.b:column", PASS, ""),
        ("{'c': 1}", object_with("logicalType: integer"), "a.b:column", FAIL, ""),
        ("{'c': 1}", object_with("required: true"), "a.b:required", ERROR, "there is no column a.b"),
        ("{'b': 1}", object_with("logicalType: integer"), "a.b:type", PASS, ""),
        ("{'b': 'x'}", object_with("logicalType: integer"), "a.b:type", FAIL, "VARCHAR is no integer"),
        ("[1.5]", list_of("logicalType: integer"), "a[]:type", FAIL, "DECIMAL(2,1) is no integer"),
        ("['x']", list_of("physicalType: varchar"), "a[]:type", PASS, ""),
        ("1", list_of("required: true"), "a[]:required", ERROR, "a[]: INTEGER has no entries"),
    ],
)
def test_the_form_inside_of_a_column_is_tested(
    duck: Duck, column: Column, value: str, fields: str, what: str, outcome: Outcome, message: str
) -> None:
    rows(duck, value)
    verdict = duck.verdict(column(fields), what)

    assert (verdict.outcome, verdict.message) == (outcome, message)


def test_a_field_that_may_be_absent_is_skipped_with_all_below_it(duck: Duck, column: Column) -> None:
    rows(duck, "{'c': 1}")
    absent = "customProperties: [{property: allowAbsent, value: true}], properties: [{name: d, required: true}]"

    assert duck.verdict(column(object_with(absent)), "a.b:column").outcome is PASS
    assert duck.verdict(column(object_with(absent)), "a.b.d:required").outcome is SKIP


def test_a_quality_rule_stands_inside_of_a_column_too(duck: Duck, column: Column) -> None:
    rows(duck, "{'b': 1}", "{'b': NULL}", "{'b': 7}")
    null = object_with("quality: [{id: r, metric: nullValues, mustBeLessThan: 34, unit: percent}]")
    sql = object_with("quality: [{id: r, type: sql, query: 'select max({property}) from {object}', mustBe: 7}]")

    assert duck.verdict(column(null), "r").outcome is PASS
    assert duck.verdict(column(sql), "r").outcome is PASS


def test_a_share_of_the_rows_with_a_value_counts_those_inside(duck: Duck, column: Column) -> None:
    rows(duck, "{'b': 1}", "{'b': NULL}", "{'b': 7}", "NULL")
    rule = "{id: r, metric: invalidValues, arguments: {validValues: [1]}, mustBe: 50, unit: percent,"
    custom = "customProperties: [{property: denominator, value: nonNull}]}"

    assert duck.verdict(column(object_with(f"quality: [{rule} {custom}]")), "r").tested_rows == 2


def test_a_composite_key_may_have_a_part_inside_of_a_column(duck: Duck) -> None:
    duck.table("t", "SELECT * FROM (VALUES ({'b': 1}, 1), ({'b': 1}, 1), ({'b': 1}, 2)) AS v(a, k)")
    body = """\
        schema:
        - name: t
          properties: [{name: a, properties: [{name: b}]}, {name: k}]
          quality: [{id: r, metric: duplicateValues, mustBe: 1, arguments: {properties: [a.b, k]}}]
        """

    assert duck.verdict(body, "r").outcome is PASS


KEYED = "logicalType: object, properties: [{name: b, primaryKey: true}, {name: c, primaryKey: true}, {name: d}]"


@pytest.mark.parametrize(
    ("value", "bad"),
    [
        ("[{'b': 1, 'c': 1, 'd': 0}, {'b': 1, 'c': 2, 'd': 0}]", 0),
        ("[{'b': 1, 'c': 1, 'd': 0}, {'b': 1, 'c': 1, 'd': 9}]", 1),
        ("[{'b': 1, 'c': NULL, 'd': 0}]", 1),
        ("[NULL, NULL::STRUCT(b INTEGER, c INTEGER, d INTEGER)]", 0),
        ("NULL::STRUCT(b INTEGER, c INTEGER, d INTEGER)[]", 0),
    ],
)
def test_a_key_of_the_objects_of_a_list_names_one_of_them(duck: Duck, column: Column, value: str, bad: int) -> None:
    rows(duck, value)
    verdict = duck.verdict(column(list_of(KEYED)), "a[]:primaryKey")

    assert (verdict.outcome, verdict.bad_rows) == (FAIL if bad else PASS, bad), verdict.message


def test_a_key_of_an_object_in_a_column_names_one_row(duck: Duck, column: Column) -> None:
    rows(duck, "{'b': 1, 'c': 1, 'd': 0}", "{'b': 1, 'c': 1, 'd': 1}", "{'b': 1, 'c': NULL, 'd': 1}")
    verdict = duck.verdict(column(KEYED), "a:primaryKey")

    assert (verdict.outcome, verdict.bad_rows, verdict.measured) == (FAIL, 2, "1 key")


def test_a_key_of_the_values_of_a_map_has_no_meaning(duck: Duck, column: Column) -> None:
    rows(duck, "MAP {'k': {'b': 1, 'c': 1, 'd': 1}}")

    assert (
        duck.verdict(column(f"logicalType: map, map: {{key: {{}}, value: {{{KEYED}}}}}"), "primaryKey").outcome is ERROR
    )


def test_references_may_begin_and_end_inside_of_columns(duck: Duck) -> None:
    duck.table("t", "SELECT * FROM (VALUES ([{'b': 1}, {'b': 9}]), ([{'b': 2}])) AS v(a)")
    duck.table("u", "SELECT * FROM (VALUES ({'c': 1}), ({'c': 2})) AS v(z)")
    body = """\
        schema:
        - name: t
          properties:
          - name: a
            logicalType: array
            items: {logicalType: object, properties: [{name: b, relationships: [{to: u.z.c}]}]}
        - {name: u, properties: [{name: z, logicalType: object, properties: [{name: c}]}]}
        """
    verdict = duck.verdict(body, "relationship")

    assert (verdict.outcome, verdict.bad_rows, verdict.tested_rows) == (FAIL, 1, 3)


JSON_ROWS = ("""'{"b": 1, "l": [1, 2]}'::JSON""", """'{"b": "x", "l": [3, 12]}'::JSON""", """'{"b": null}'::JSON""")


@pytest.mark.parametrize(
    ("fields", "what", "outcome", "bad"),
    [
        ("name: b, required: true", "a.b:required", FAIL, 1),
        ("name: b, logicalType: integer", "a.b:type", FAIL, 1),
        ("name: b, logicalType: integer, logicalTypeOptions: {minimum: 5}", "a.b:range", FAIL, 1),
        ("name: b, logicalType: string, logicalTypeOptions: {pattern: x}", "a.b:pattern", FAIL, 1),
        ("name: l, items: {logicalType: integer, logicalTypeOptions: {maximum: 9}}", "a.l[]:range", FAIL, 1),
        ("name: missing, logicalType: integer", "a.missing:column", PASS, None),
        ("name: missing, required: true", "a.missing:required", FAIL, 3),
    ],
)
def test_a_json_document_is_an_object_whose_values_tell_their_kind(
    duck: Duck, column: Column, fields: str, what: str, outcome: Outcome, bad: int | None
) -> None:
    rows(duck, *JSON_ROWS)
    verdict = duck.verdict(column(f"logicalType: object, properties: [{{{fields}}}]"), what)

    assert (verdict.outcome, verdict.bad_rows) == (outcome, bad), verdict.message


@pytest.mark.parametrize("name", ["b'c", 'b"c', "b{c}", "b.c", "$b", "ä b"])
def test_a_field_may_have_any_name(duck: Duck, name: str) -> None:
    quoted, text = '"' + name.replace('"', '""') + '"', name.replace("'", "''")
    duck.table("t", f"SELECT {{{quoted}: 12}} AS a, json_object('{text}', 12) AS j")
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    field = f'{{name: "{escaped}", logicalType: integer, logicalTypeOptions: {{maximum: 9}}}}'
    body = (
        f"schema: [{{name: t, properties: [{{name: a, properties: [{field}]}}, {{name: j, properties: [{field}]}}]}}]"
    )

    assert [one.bad_rows for one in duck.judge(contract_of(body)) if ":range:" in one.check_id] == [1, 1]

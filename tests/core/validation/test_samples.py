"""Samples: the failing rows, few of them, and nothing that is to be hidden."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from assay.validation.sensitivity import Level
from core.validation.duck import Duck

HIDDEN = "(hidden)"


def test_a_sample_shows_the_key_and_the_offending_column_of_a_few_rows(duck: Duck) -> None:
    duck.table("t", "SELECT i AS id, -i AS a, 'x' AS other FROM range(9) AS r(i)")
    samples = duck.samples(
        """\
        schema:
        - name: t
          properties: [{name: id, primaryKey: true}, {name: other}, {name: a, logicalTypeOptions: {minimum: -2}}]
        """,
        limit=3,
    )

    assert list(samples.values()) == [[(3, -3), (4, -4), (5, -5)]]


def test_hidden_columns_are_hidden_by_the_query_and_null_is_seen(duck: Duck) -> None:
    duck.table("t", "SELECT * FROM (VALUES ('ann', 'x1', 1), (NULL, 'x2', 2), ('bob', 'x3', 3)) AS v(name, code, n)")
    samples = duck.samples("""\
        schema:
        - name: t
          properties:
          - {name: n, primaryKey: true, classification: public}
          - {name: name, tags: [PII], enum: [{value: eve}], required: true}
          - {name: code, classification: '5', logicalTypeOptions: {pattern: '^y'}}
        """)

    assert sorted(samples.values(), key=len) == [
        [(2, None)],
        [(1, HIDDEN), (3, HIDDEN)],
        [(1, HIDDEN), (2, HIDDEN), (3, HIDDEN)],
    ]


@pytest.mark.parametrize(
    ("cleared", "row"),
    [
        (Level.OPEN, (1, HIDDEN, HIDDEN)),
        (Level.UNCLASSIFIED, (1, 9, HIDDEN)),
        (Level.CONFIDENTIAL, (1, 9, HIDDEN)),
        (Level.RESTRICTED, (1, 9, "s")),
    ],
)
def test_each_sees_of_a_row_what_they_are_cleared_for(duck: Duck, cleared: Level, row: tuple[Any, ...]) -> None:
    duck.table("t", "SELECT 1 AS id, 9 AS a, 's' AS secret")
    body = """\
        schema:
        - name: t
          properties:
          - {name: id, primaryKey: true, classification: public}
          - {name: A}
          - {name: secret, classification: restricted}
          quality:
          - {id: r, type: custom, engine: assay, implementation: {check: row, condition: a < 5 AND secret = 'x'}}
        """

    assert duck.samples(body, cleared=cleared)["r"] == [row]


def test_a_column_that_no_contract_names_is_as_one_that_nobody_classified(duck: Duck) -> None:
    duck.table("t", "SELECT 1 AS id, 'x' AS extra")
    body = """\
        schema:
        - name: t
          properties: [{name: id, classification: public, primaryKey: true}]
          quality: [{id: r, type: custom, engine: assay, implementation: {check: row, condition: extra = 'y'}}]
        """

    assert duck.samples(body)["r"] == [(1, "x")]
    assert duck.samples(body, cleared=Level.OPEN)["r"] == [(1, HIDDEN)]


def test_no_rows_are_asked_for_where_none_are_wanted(duck: Duck) -> None:
    duck.table("t", "SELECT NULL AS a")

    assert duck.samples("schema: [{name: t, properties: [{name: a, required: true}]}]", limit=0) == {}


def test_the_number_of_a_duplicated_key_stands_beside_a_column_that_is_called_the_same(duck: Duck) -> None:
    duck.table("t", "SELECT unnest([1, 1]) AS rows")

    assert list(duck.samples("schema: [{name: t, properties: [{name: rows, unique: true}]}]").values()) == [[(1, 2)]]


PEOPLE = """\
schema:
- name: t
  physicalName: people
  properties:
  - {{name: id, classification: public}}
  - name: name
    classification: confidential
    quality:
    - id: r
      type: sql
      query: 'select count(*) from {{object}}'
      mustBe: 0
      customProperties: [{{property: failedRowsQuery, value: "{query}"}}]
  - {{name: ssn, classification: restricted}}
  - {{name: note}}
"""
OWN_QUERIES = {
    "select id, name, ssn, note from {object}": [(1, HIDDEN, HIDDEN, "n")],
    "select * from ${table}": [(1, HIDDEN, HIDDEN, "n")],
    "select t.id, t.ssn from t": [(1, HIDDEN)],
    "select id as key, note || '!' as loud from people where id > 0 order by id": [(1, "n!")],
    "select count(*) as many, 'x' as word from t": [(1, "x")],
    "select {property} as who from {object}": [(HIDDEN,)],
    "select upper(ssn) as note from t": [(HIDDEN,)],
    "select ssn as id from t": [(HIDDEN,)],
    "select ssn as one, upper(one) as other from t": [(HIDDEN, HIDDEN)],
    "select note from t as x(id, name, note, ssn)": [(HIDDEN,)],
    "select note from (select ssn as note from t)": [(HIDDEN,)],
    "with q as (select ssn as note from t) select note from q": [(HIDDEN,)],
    "select x.note from t, lateral (select ssn as note) as x": [(HIDDEN,)],
    "select t from t": [(HIDDEN,)],
    "select unnest([ssn]) as id from t": [(HIDDEN,)],
    "select (select max(ssn) from t) as id from t": [(HIDDEN,)],
}


@pytest.mark.parametrize("query", OWN_QUERIES)
def test_a_rule_in_sql_shows_what_its_author_asks_for_and_hides_by_where_it_comes_from(duck: Duck, query: str) -> None:
    duck.table("t", "SELECT 1 AS id, 'ann' AS name, '123' AS ssn, 'n' AS note")

    assert duck.samples(PEOPLE.format(query=query))["r"] == OWN_QUERIES[query]


@pytest.mark.parametrize(
    "query",
    [
        "select * replace (ssn as id) from t",
        "select columns('s.*') from t",
        "select t.* from t",
        "select id from t union all select ssn from t",
        "select id + 1 from t",
        "delete from t",
        "select id from t; select ssn from t",
        "summarize t",
        "not sql",
    ],
)
def test_a_query_that_does_not_name_what_it_gives_shows_nothing(duck: Duck, query: str) -> None:
    duck.table("t", "SELECT 1 AS id, 'ann' AS name, '123' AS ssn, 'n' AS note")

    assert duck.samples(PEOPLE.format(query=query)) == {}


def test_without_a_key_and_a_column_there_is_no_sample(duck: Duck) -> None:
    duck.table("t", "SELECT 'secret' AS a")
    samples = duck.samples("""\
        schema:
        - name: t
          properties: [{name: a}]
          quality: [{id: r, type: custom, engine: assay, implementation: {check: row, condition: 1 = 2}}]
        """)

    assert samples == {}


def test_duplicated_keys_are_shown_with_their_number_of_rows(duck: Duck) -> None:
    duck.table("t", "SELECT unnest([1, 1, 2, 2, 2, 3, NULL, NULL]) AS a")
    unique = duck.samples("schema: [{name: t, properties: [{name: a, unique: true}]}]")
    primary = duck.samples("schema: [{name: t, properties: [{name: a, primaryKey: true}]}]")

    assert list(unique.values()) == [[(2, 3), (1, 2)]]
    assert list(primary.values()) == [[(2, 3), (1, 2), (None, 2)]]


def test_references_that_point_to_nothing_are_shown(duck: Duck) -> None:
    duck.table("t", "SELECT * FROM (VALUES (1, 'AA'), (2, 'ZZ'), (3, NULL)) AS v(id, carrier)")
    duck.table("airlines", "SELECT 'AA' AS carrier")
    samples = duck.samples("""\
        schema:
        - name: t
          properties: [{name: id, primaryKey: true}, {name: carrier, relationships: [{to: airlines.carrier}]}]
        """)

    assert list(samples.values()) == [[(2, "ZZ")]]


def test_a_check_that_passes_has_no_sample(duck: Duck) -> None:
    duck.table("t", "SELECT 1 AS a")

    assert duck.samples("schema: [{name: t, properties: [{name: a, required: true, unique: true}]}]") == {}


def test_values_inside_columns_are_shown_with_the_rows_that_hold_them(duck: Duck) -> None:
    duck.table("t", "SELECT i AS id, {'zip': 'Z' || i // 2} AS home, [i, 9] AS tags FROM range(3) AS r(i)")
    duck.table("zips", "SELECT 'Z0' AS zip")
    body = """\
        schema:
        - name: t
          properties:
          - {name: id, primaryKey: true}
          - name: home
            logicalType: object
            properties: [{name: zip, logicalType: string, unique: true, relationships: [{to: zips.zip}]}]
          - {name: tags, logicalType: array, items: {logicalType: integer, logicalTypeOptions: {maximum: 5}}}
        """

    assert sorted(duck.samples(body).values(), key=str) == [
        [("Z0", 2)],
        [("Z1", 1)],
        [(0, [0, 9]), (1, [1, 9]), (2, [2, 9])],
    ]


def test_what_lies_inside_a_confidential_column_is_hidden(duck: Duck) -> None:
    duck.table("t", "SELECT {'zip': 'Z'} AS home FROM range(2)")
    body = """\
        schema:
        - name: t
          properties:
          - {name: home, logicalType: object, properties: [{name: zip, classification: confidential, unique: true}]}
        """

    assert list(duck.samples(body).values()) == [[(HIDDEN, 2)]]


@pytest.mark.parametrize(("scope", "shown"), [("filtered", [(2, 2)]), ("window", [(2, 3), (1, 2)])])
def test_keys_of_chosen_rows_are_counted_as_the_rule_counts_them(
    duck: Duck, scope: str, shown: list[tuple[Any, ...]]
) -> None:
    duck.table("t", "SELECT * FROM (VALUES (1, true), (1, false), (2, true), (2, true), (2, false)) AS v(a, today)")
    body = f"""\
        schema:
        - name: t
          properties:
          - name: a
            quality:
            - id: r
              metric: duplicateValues
              mustBe: 0
              customProperties: [{{property: filter, value: today}}, {{property: scope, value: {scope}}}]
          - {{name: today}}
        """

    assert duck.samples(body)["r"] == shown


def test_a_query_that_selects_what_is_wrong_is_shown_by_its_columns(duck: Duck) -> None:
    duck.table("t", "SELECT 1 AS id, '123' AS ssn")
    body = """\
        schema:
        - name: t
          properties: [{name: id}, {name: ssn, classification: restricted}]
          quality:
          - id: r
            type: custom
            engine: assay
            implementation: {check: failedRows, query: 'select id, ssn from {object} where id < 5'}
        """

    assert duck.samples(body)["r"] == [(1, HIDDEN)]


def compared(settings: str, quality: str = "") -> str:
    """Write a contract with one rule of ours, about columns of which one is confidential."""
    return f"""\
        schema:
        - name: t
          properties:
          - {{name: id, classification: public}}
          - {{name: day, classification: public}}
          - {{name: pay, classification: confidential}}
          quality: [{{id: r, type: custom, engine: assay, implementation: {{{settings}}}{quality}}}]
        """


OTHER = """\
- name: o
          properties:
          - {name: key, classification: public}
          - {name: pay, classification: restricted}
        """


def differing(duck: Duck) -> str:
    """Fill two tables that differ in every way, and return the rule that holds them against each other."""
    duck.table("t", "SELECT * FROM (VALUES (1, 5), (2, 6), (3, 7), (3, 7), (5, NULL)) AS v(id, pay)")
    duck.table("o", "SELECT * FROM (VALUES (2, 8), (3, 7), (4, 9), (5, NULL)) AS v(key, pay)")
    return compared("check: reconciliation, with: o, key: {id: key}, columns: [pay]")


def test_keys_that_differ_are_shown_with_the_values_of_both_sides(duck: Duck) -> None:
    body = differing(duck) + OTHER

    assert duck.samples(body) == {
        "r": [
            (1, "only here", HIDDEN, None),
            (2, "other values", HIDDEN, HIDDEN),
            (3, "more than once", HIDDEN, HIDDEN),
            (4, "only there", None, HIDDEN),
        ]
    }
    assert duck.samples(body, cleared=Level.CONFIDENTIAL)["r"][1] == (2, "other values", 6, HIDDEN)
    assert duck.samples(body, cleared=Level.RESTRICTED)["r"][1] == (2, "other values", 6, 8)


def test_of_a_table_that_nobody_classified_here_nothing_is_shown(duck: Duck) -> None:
    """Its contract may call restricted what this one calls public."""
    assert sorted(duck.samples(differing(duck), cleared=Level.CONFIDENTIAL)["r"], key=str) == [
        ("(hidden)", "only there", None, HIDDEN),
        ("1", "only here", 5, None),
        ("2", "other values", 6, HIDDEN),
        ("3", "more than once", 7, HIDDEN),
    ]


def test_the_same_dataset_in_another_environment_is_classified_as_here(duck: Duck) -> None:
    duck.table("t", "SELECT 1 AS id, 5 AS pay")
    duck.connection.execute("CREATE SCHEMA dev; CREATE TABLE dev.t AS SELECT 1 AS id, 6 AS pay")
    body = compared("check: reconciliation, with: t, environment: dev, key: [id], columns: [pay]")

    assert duck.samples(body, cleared=Level.CONFIDENTIAL) == {"r": [(1, "other values", 5, 6)]}
    assert duck.samples(body) == {"r": [(1, "other values", HIDDEN, HIDDEN)]}


def test_periods_that_are_missing_are_shown_with_their_entity(duck: Duck) -> None:
    days = "(1, DATE '2024-01-01'), (1, DATE '2024-01-04'), (2, DATE '2024-01-02')"
    duck.table("t", f"SELECT * FROM (VALUES {days}) AS v(id, day)")
    samples = duck.samples(compared("check: series, column: day, step: day, per: [id], span: own"))

    assert samples == {"r": [(1, date(2024, 1, 2)), (1, date(2024, 1, 3))]}


def test_rows_that_do_not_follow_are_shown_with_the_value_before(duck: Duck) -> None:
    duck.table("t", "SELECT * FROM (VALUES (1, 10, 3), (1, 11, 2), (1, 12, 4), (2, 10, 1)) AS v(id, day, pay)")
    samples = duck.samples(
        compared("check: sequence, column: pay, orderBy: [day], per: [id]"), cleared=Level.CONFIDENTIAL
    )

    assert samples == {"r": [(1, 11, 2, 3)]}
    assert duck.samples(compared("check: sequence, column: pay, orderBy: [day], per: [id]")) == {
        "r": [(1, 11, HIDDEN, HIDDEN)]
    }


def test_gaps_are_shown_from_their_first_number_to_their_last(duck: Duck) -> None:
    duck.table("t", "SELECT * FROM (VALUES (3, 1), (4, 1), (8, 1), (9, 1), (11, 1), (2, 2)) AS v(id, day)")

    assert duck.samples(compared("check: gapless, column: id, per: [day]")) == {"r": [(1, 5, 7), (1, 10, 10)]}
    assert duck.samples(compared("check: gapless, column: id, per: [day], from: 2")) == {
        "r": [(1, 2, 2), (1, 5, 7), (1, 10, 10)]
    }

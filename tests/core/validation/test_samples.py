"""Samples: the failing rows, few of them, and nothing that is to be hidden."""

from __future__ import annotations

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


def test_a_condition_shows_its_columns_and_hides_those_that_no_contract_knows(duck: Duck) -> None:
    duck.table("t", "SELECT 1 AS id, 9 AS a, 'secret' AS extra")
    samples = duck.samples("""\
        schema:
        - name: t
          properties: [{name: id, primaryKey: true}, {name: A}]
          quality:
          - {id: r, type: custom, engine: assay, implementation: {check: row, condition: a < 5 AND extra = 'x'}}
        """)

    assert samples["r"] == [(1, 9, HIDDEN)]


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

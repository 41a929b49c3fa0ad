"""What is proposed of what was seen."""

from __future__ import annotations

from typing import Any

import pytest

from assay.base.reading import read_yaml
from assay.contract.infer import propose_contract
from assay.contract.key_candidates import Candidate, combined_keys, is_key_name, single_keys
from assay.contract.model import LogicalType
from assay.contract.observed import Bound, ObservedColumn, ObservedTable, Rhythm, Shape
from assay.contract.parse import parse_contract

INTEGER, NUMBER, STRING = LogicalType.INTEGER, LogicalType.NUMBER, LogicalType.STRING
DATE, TIMESTAMP = LogicalType.DATE, LogicalType.TIMESTAMP


def column(
    name: str = "x",
    kind: LogicalType | None = INTEGER,
    values: int = 100,
    low: Bound | None = None,
    high: Bound | None = None,
    *,
    is_unique: bool = False,
    choices: tuple[str, ...] = (),
) -> ObservedColumn:
    return ObservedColumn(Shape(name, kind, None), values, is_unique, low, high, choices)


def proposed(table: ObservedTable) -> dict[str, Any]:
    """Return what is proposed of each column, by name, without its name and type."""
    document = propose_contract(table, "t").document
    return {
        part["name"]: {name: value for name, value in part.items() if name not in {"name", "logicalType"}}
        for part in document["schema"][0]["properties"]
    }


CASES: list[tuple[str, ObservedColumn, dict[str, Any]]] = [
    ("each row has a value", column(), {"required": True}),
    ("a row has none", column(values=99), {}),
    (
        "bounds of a number",
        column(low=1, high=9),
        {"required": True, "logicalTypeOptions": {"minimum": 1, "maximum": 9}},
    ),
    ("one value is no range", column(low=1, high=1), {"required": True}),
    ("bounds of a name mean nothing", column("order_id", low=1, high=9), {"required": True}),
    ("nor of what is unique", column(is_unique=True, low=1, high=9), {"required": True, "unique": True}),
    ("few values tell no range", column(values=9, low=1, high=2), {}),
    (
        "tomorrow is later",
        column(kind=DATE, low="2024-01-01", high="2024-02-01"),
        {"required": True, "logicalTypeOptions": {"minimum": "2024-01-01"}},
    ),
    ("that moments differ is chance", column(kind=TIMESTAMP, is_unique=True), {"required": True}),
    ("a list", column(kind=STRING, choices=("a", "b")), {"required": True, "enum": [{"value": "a"}, {"value": "b"}]}),
]


@pytest.mark.parametrize(("seen", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_column_promises_what_was_seen_of_it(seen: ObservedColumn, expected: dict[str, Any]) -> None:
    assert proposed(ObservedTable("t", 100, (seen,))) == {seen.shape.name: expected}


def test_of_a_few_rows_and_of_none_only_types_are_said() -> None:
    for rows in (0, 9):
        assert proposed(ObservedTable("t", rows, (column(values=rows),))) == {"x": {}}


def test_a_key_of_one_column_is_marked_and_one_of_several_is_counted() -> None:
    columns = (column("a", is_unique=True), column("b"), column("c"))

    assert proposed(ObservedTable("t", 100, columns, ("a",)))["a"] == {"required": True, "primaryKey": True}
    several = proposed(ObservedTable("t", 100, columns, ("b", "c")))
    assert several["c"] == {"required": True, "primaryKey": True, "primaryKeyPosition": 2}


def test_what_is_inside_is_said_with_its_types() -> None:
    inner = Shape("a", TIMESTAMP, "TIMESTAMP WITH TIME ZONE", has_zone=True)
    item = Shape("", LogicalType.OBJECT, None, properties=(inner,))
    sides = (Shape("", STRING, "VARCHAR"), Shape("", NUMBER, "DOUBLE"))
    shapes = (
        Shape("list", LogicalType.ARRAY, None, items=item),
        Shape("map", LogicalType.MAP, None, map_key=sides[0], map_value=sides[1]),
        Shape("blob", None, "BLOB"),
    )
    text = propose_contract(ObservedTable("t", 0, tuple(ObservedColumn(shape, 0) for shape in shapes)), "t").text("x")
    listed, mapped, blob = parse_contract(read_yaml(text.encode(), "t")).datasets[0].properties

    assert listed.items is not None
    assert listed.items.properties[0].options == {"timezone": True}
    assert (mapped.map_value and mapped.map_value.logical_type, blob.logical_type) == (NUMBER, None)


def test_a_proposal_says_what_it_concluded_and_what_is_left() -> None:
    columns = (column("id", is_unique=True), *(column(f"c{number}") for number in range(12)), column("gone", values=0))
    proposal = propose_contract(ObservedTable("t", 100, columns, ("id",), Rhythm("day", "daily")), "my-id")

    assert proposal.guesses == (
        "key id: 100 rows, each once",
        "required: no null in c0, c1, c2, c3, c4, c5, c6, c7 and 4 more",
        "without any value: gone",
        "daily: no gap between one day and the next is longer",
    )
    text = proposal.text("100 rows\nof a file")
    assert text.startswith("# Proposed from 100 rows of a file.\n")
    assert "classification" in text
    assert "id: my-id\n" in text
    assert "element: t.day\n" in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *(("id", True), ("order_id", True), ("customerId", True), ("Order No", True), ("CODE", True), ("a-key", True)),
        *(("paid", False), ("casino", False), ("monkey", False), ("decode", False), ("ids", False), ("id_old", False)),
    ],
)
def test_keys_are_told_by_their_names(name: str, expected: bool) -> None:
    assert is_key_name(name) is expected


def candidate(name: str, kind: LogicalType, distinct: int, values: int = 1000, longest: int | None = None) -> Candidate:
    return Candidate(name, kind, values, distinct, longest)


def test_a_key_of_one_column_is_likeliest_by_name_then_by_place() -> None:
    columns = [
        candidate("at", TIMESTAMP, 1000),
        candidate("name", STRING, 990, longest=20),
        candidate("price", NUMBER, 1000),
        candidate("words", STRING, 1000, longest=400),
        candidate("few", INTEGER, 300),
        candidate("code", STRING, 900),
    ]

    assert single_keys(columns) == ("code", "name", "at")


def test_combinations_are_small_ones_first_of_columns_without_nulls_in_the_order_of_the_table() -> None:
    columns = [
        candidate("flight", INTEGER, 40),
        candidate("tail", STRING, 500, values=900),
        candidate("carrier", STRING, 10),
        candidate("day", DATE, 30),
        candidate("constant", INTEGER, 1),
    ]

    assert list(combined_keys(columns, 1000)) == [("flight", "day"), ("flight", "carrier", "day")]
    assert list(combined_keys(columns, 9)) == []

"""A solution is published only when it shows something, and only what its contracts promise."""

from __future__ import annotations

from typing import Any

import pytest

from assay.base.names import TableRef
from assay.base.reading import read_yaml
from assay.base.snapshots import Column
from assay.contract.model import Dataset
from assay.contract.parse import parse_contract
from assay.solutions.check import MOST_ROWS, Outcome, check_solution, fields_of, is_good
from assay.solutions.columns import columns_outside
from assay.solutions.dashboard import Dashboard, parse_dashboard
from assay.solutions.rows import QueryFailure, QueryRows

BOARD = """\
title: Sales
queries:
  totals: select sum(cents) as cents from daily
  by_day: select day, cents from daily
numbers:
  - {title: Sold, query: totals, field: cents}
charts:
  - title: By day
    query: by_day
    spec: {mark: line, encoding: {x: {field: day, type: temporal}, y: {field: cents, type: quantitative}}}
"""
CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: daily
version: 1.0.0
schema:
  - name: daily
    properties:
      - {name: day, logicalType: date}
      - {name: cents, logicalType: integer}
"""
TOTALS = QueryRows((Column("cents", "BIGINT"),), [(3,)])
BY_DAY = QueryRows((Column("day", "DATE"), Column("cents", "BIGINT")), [("2013-01-01", 3)])


def board(text: str = BOARD) -> Dashboard:
    return parse_dashboard(read_yaml(text, "board.dashboard.yaml"), "board")


def contracts(text: str = CONTRACT) -> dict[TableRef, Dataset]:
    return {TableRef(None, "daily"): parse_contract(read_yaml(text, "daily.odcs.yaml")).datasets[0]}


def bad(*args: Any) -> list[tuple[str, str, str]]:
    return [(c.name, str(c.outcome), c.message) for c in check_solution(*args) if c.outcome is not Outcome.PASS]


def test_a_good_solution_passes_every_check() -> None:
    checks = check_solution(board(), {"totals": TOTALS, "by_day": BY_DAY}, contracts())

    assert [check.name for check in checks] == [
        "query totals gives rows",
        "query totals reads promised columns",
        "query by_day gives rows",
        "query by_day reads promised columns",
        "number 'Sold' shows columns of its query",
        "chart 'By day' shows columns of its query",
    ]
    assert is_good(checks)


def test_a_query_that_failed_gives_errors_and_no_verdict() -> None:
    assert bad(board(), {"totals": TOTALS, "by_day": QueryFailure("out of memory")}, contracts()) == [
        ("query by_day gives rows", "error", "no rows: out of memory"),
        ("chart 'By day' shows columns of its query", "error", "query by_day gave no rows"),
    ]


def test_a_query_that_was_not_run_is_no_pass() -> None:
    assert not is_good(check_solution(board(), {"by_day": BY_DAY}, contracts()))


def test_a_query_without_rows_fails() -> None:
    empty = QueryRows(BY_DAY.columns, [])

    assert bad(board(), {"totals": TOTALS, "by_day": empty}, contracts()) == [
        ("query by_day gives rows", "fail", "0 rows")
    ]


def test_more_rows_than_a_page_can_carry_fail() -> None:
    many = QueryRows(BY_DAY.columns, [("2013-01-01", 3)] * (MOST_ROWS + 1))

    assert [(name, outcome) for name, outcome, _ in bad(board(), {"totals": TOTALS, "by_day": many}, contracts())] == [
        ("query by_day gives rows", "fail")
    ]


def test_a_key_figure_needs_exactly_one_row() -> None:
    two = QueryRows(TOTALS.columns, [(3,), (4,)])

    assert bad(board(), {"totals": two, "by_day": BY_DAY}, contracts()) == [
        ("number 'Sold' shows columns of its query", "fail", "one row expected, 2 given")
    ]


def test_a_field_that_the_query_does_not_give_fails() -> None:
    other = board(BOARD.replace("y: {field: cents", "y: {field: euros"))

    assert bad(other, {"totals": TOTALS, "by_day": BY_DAY}, contracts()) == [
        ("chart 'By day' shows columns of its query", "fail", "euros: not among day, cents")
    ]


def test_a_column_that_no_contract_promises_fails_though_the_data_has_it() -> None:
    narrower = contracts(CONTRACT.replace("      - {name: day, logicalType: date}\n", ""))

    assert bad(board(), {"totals": TOTALS, "by_day": BY_DAY}, narrower) == [
        ("query by_day reads promised columns", "fail", "day: in no contract of daily")
    ]


def test_a_dataset_without_a_contract_gives_no_verdict() -> None:
    assert ("query totals reads promised columns", "error", "no contract of daily") in bad(
        board(), {"totals": TOTALS, "by_day": BY_DAY}, {}
    )


PROMISED = {"day", "cents", "shop"}


@pytest.mark.parametrize(
    ("sql", "outside"),
    [
        ("select day, CENTS from daily", ()),
        ("select day, margin from daily", ("margin",)),
        ("select d.day, d.margin from daily as d", ("margin",)),
        ("select daily.day from daily", ()),
        ("select cents / 100 as euros from daily order by euros", ()),
        ("select sum(cents) over (partition by region) as s from daily", ("region",)),
        ("select * from daily", ("extra",)),
        ("select count(*) as n from daily", ()),
        ("with m(k) as (select day from daily) select k from m", ()),
        ("with m as (select day as k, gone from daily) select k from m", ("gone",)),
        ("select list_transform([cents], lambda e: e + 1) as l from daily", ()),
        ("select shop.street.name as n, other.street as o from daily", ("other",)),
        ("select daily from daily", ()),
        ("select name, value from (unpivot daily on day, cents into name name value value)", ()),
    ],
)
def test_columns_are_those_that_a_query_takes_from_its_datasets(sql: str, outside: tuple[str, ...]) -> None:
    assert columns_outside(sql, PROMISED, ("day", "extra")) == outside


@pytest.mark.parametrize(
    ("spec", "fields"),
    [
        (
            {"encoding": {"x": {"field": "day"}, "tooltip": [{"field": "shop"}, {"field": "cents"}]}},
            {"day", "shop", "cents"},
        ),
        ({"encoding": {"y": {"field": "shop", "sort": {"field": "cents", "op": "median"}}}}, {"shop", "cents"}),
        ({"layer": [{"encoding": {"x": {"field": "day"}}}, {"encoding": {"x": {"field": "cents"}}}]}, {"day", "cents"}),
        ({"transform": [{"calculate": "1", "as": "one"}], "encoding": {"x": {"field": "one"}}}, set()),
        (
            {"transform": [{"fold": ["a", "b"]}], "encoding": {"x": {"field": "key"}, "y": {"field": "value"}}},
            {"a", "b"},
        ),
        (
            {"transform": [{"aggregate": [{"op": "sum", "field": "cents", "as": "t"}], "groupby": ["day"]}]},
            {"cents", "day"},
        ),
        ({"encoding": {"x": {"field": "shop.street"}, "y": {"field": "list[0]"}}}, {"shop", "list"}),
        ({"encoding": {"x": {"field": "a\\.b"}}}, {"a.b"}),
        ({"encoding": {"x": {"field": {"repeat": "column"}}}}, set()),
    ],
)
def test_the_fields_of_a_chart_are_the_columns_it_names(spec: dict[str, Any], fields: set[str]) -> None:
    assert fields_of(spec) == fields

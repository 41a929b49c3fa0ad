"""A dashboard's file is read into its frozen form, or refused with all its faults, each at its line."""

from __future__ import annotations

import pytest

from assay.base.canonical import canonical_json
from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.base.reading import read_yaml
from assay.solutions.dashboard import Dashboard, NumberFormat, Width, normal_form, parse_dashboard

BOARD = """\
title: Sales
summary: How much, and where.
queries:
  totals: select sum(cents) as cents from daily
  by_day: |
    -- newest first
    select day, cents
    from daily
    order by day desc
  by_shop: |
    select shop, max(cents) as cents
    from stock.shops
    group by shop
numbers:
  - title: Sold
    query: totals
    field: cents
    format: decimal
    digits: 2
    unit: EUR
charts:
  - title: By day
    query: by_day
    spec:
      layer:
        - mark: line
          encoding: {x: {field: day, type: temporal}, y: {field: cents, type: quantitative}}
  - title: By shop
    query: by_shop
    note: Only open shops.
    width: full
    spec: {mark: bar, encoding: {x: {field: shop}, y: {field: cents}}}
"""


def read(text: str) -> Dashboard:
    return parse_dashboard(read_yaml(text, "board.dashboard.yaml"), "board")


def faults_of(text: str) -> list[str]:
    with pytest.raises(AssayError) as refusal:
        read(text)
    return [str(fault) for fault in refusal.value.faults]


def test_a_dashboard_is_read_whole() -> None:
    board = read(BOARD)

    assert (board.name, board.title, board.summary) == ("board", "Sales", "How much, and where.")
    assert list(board.queries) == ["totals", "by_day", "by_shop"]
    assert [(n.title, n.format, n.digits, n.unit, n.note) for n in board.numbers] == [
        ("Sold", NumberFormat.DECIMAL, 2, "EUR", "")
    ]
    assert [(c.title, c.query, c.width, c.note) for c in board.charts] == [
        ("By day", "by_day", Width.HALF, ""),
        ("By shop", "by_shop", Width.FULL, "Only open shops."),
    ]


def test_a_dashboard_knows_what_it_reads_and_where() -> None:
    board = read(BOARD)

    assert board.reads == (TableRef(None, "daily"), TableRef("stock", "shops"))
    assert str(board.place_of(TableRef("stock", "shops"))) == "board.dashboard.yaml:10:3"


def test_comments_and_layout_of_queries_and_written_defaults_do_not_change_the_meaning() -> None:
    other = (
        BOARD.replace("    -- newest first\n", "")
        .replace("select day, cents\n    from", "select day,cents from")
        .replace("    query: by_day\n", "    query: by_day\n    width: half\n    note: ''\n")
    )

    assert canonical_json(normal_form(read(other))) == canonical_json(normal_form(read(BOARD)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Sales", "title: Turnover"),
        ("summary: How much", "summary: What"),
        ("order by day desc", "order by day"),
        ("digits: 2", "digits: 1"),
        ("unit: EUR", "unit: USD"),
        ("mark: line", "mark: area"),
        ("width: full", "width: half"),
        ("note: Only open shops.", "note: All shops."),
    ],
)
def test_everything_that_is_shown_is_part_of_the_meaning(old: str, new: str) -> None:
    assert old in BOARD

    assert canonical_json(normal_form(read(BOARD.replace(old, new)))) != canonical_json(normal_form(read(BOARD)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "summary:",
            "sumary:",
            ":2:1: expected only fields that this file knows, found 'sumary'. Known here: title, summary,",
        ),
        (
            "digits: 2",
            "digit: 2",
            ":19:5: expected only fields that this file knows, found 'digit'. Known here: title, query,",
        ),
        ("title: Sales\n", "", ":1:1: expected the field 'title', found nothing"),
        ("format: decimal", "format: euro", ":18:5: expected 'integer', 'decimal' or 'percent', found 'euro'"),
        ("width: full", "width: 800", ":31:5: expected 'half' or 'full', found 800"),
        ("digits: 2", "digits: 9", ":19:5: expected less than or equal to 6, found 9"),
        ("query: by_shop", "query: shops", ":29:5: expected one of the queries totals, by_day, by_shop, found 'shops'"),
        ("query: by_shop", "query: by_day", ":10:3: expected a query that something shows, found 'by_shop'."),
        ("by_day: |", "By-Day: |", ":5:3: expected a query name of lower-case letters, digits and _, found 'By-Day'"),
        (
            "from daily\n    order",
            "from sources.orders\n    order",
            ":5:3: expected queries of datasets only, found sources.orders.",
        ),
        ("order by day desc", "where day < $as_of", ":5:3: expected a query without parameters, found $as_of."),
        (
            "from daily\n    order by day desc",
            "form daily\n    order by day desc",
            "board.dashboard.yaml:8: expected SQL",
        ),
        (
            "order by day desc",
            "where day < now()",
            ":9: expected a result that does not depend on the clock, found now().",
        ),
        (
            "sum(cents) as cents from daily",
            "now() as cents from daily",
            ":4: expected a result that does not depend on",
        ),
        (
            "mark: line",
            "mark: line\n          data: {url: 'x.csv'}",
            ":27:11: expected a chart without this field, found 'data'.",
        ),
        (
            "{mark: bar,",
            "{mark: {type: image, url: 'http://x'},",
            "expected a chart without this field, found 'url'. A page works",
        ),
        ("{mark: bar,", "{usermeta: {}, mark: bar,", "expected a chart without this field, found 'usermeta'."),
    ],
)
def test_a_fault_is_named_at_its_line(old: str, new: str, said: str) -> None:
    assert old in BOARD

    faults = faults_of(BOARD.replace(old, new, 1))

    assert any(said in fault for fault in faults), "\n".join(faults)


def test_the_faults_of_queries_and_charts_are_reported_together() -> None:
    faults = faults_of(
        BOARD.replace("sum(cents)", "sum(").replace("mark: line", "url: x").replace("stock.shops", "a.b.c")
    )

    assert len(faults) == 3

"""A lineage as a tree, for machines, for Mermaid and as a picture."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from assay.documentation.layers import lay_out
from assay.documentation.lineage_mermaid import mermaid_of
from assay.documentation.lineage_svg import svg_of
from assay.documentation.lineage_tree import MOST_LINES, tree_of
from assay.documentation.lineage_view import View, view_as_json, view_of
from assay.project.lineage import Lineage
from assay.project.lineage_members import Node
from assay.project.reading import read_project

SVG = "{http://www.w3.org/2000/svg}"
CONTRACT = (
    "apiVersion: v3.2.0\nkind: DataContract\nid: {0}\nversion: 1.0.0\nschema:\n  - name: {0}\n    properties:\n{1}"
)
DASHBOARD = """\
title: Board
queries:
  all: select day, cents from daily
charts:
  - title: {title}
    query: all
    spec: {{mark: line, encoding: {{x: {{field: day}}, y: {{field: cents}}}}}}
"""


def contract(name: str, *columns: str) -> bytes:
    return CONTRACT.format(name, "".join(f"      - name: {column}\n" for column in columns)).encode()


def shop(title: str = "Sales", **steps: str) -> Lineage:
    files = {
        "assay.yaml": b"name: town\nenvironments:\n  dev:\n    address: .assay\n",
        "people.yaml": b"people:\n  - email: d@example.org\n    name: D\n    roles: [owner]\n",
        "products/sales/product.yaml": b"title: P\nowner: d@example.org\nversion: 1.0.0\n",
        "sources/orders.odcs.yaml": contract("orders", "id", "at", "cents", "paid"),
        "products/sales/contracts/daily.odcs.yaml": contract("daily", "day", "cents"),
        "products/sales/workflow/clean.sql": b"select id, at, cents from sources.orders where paid",
        "products/sales/workflow/daily.sql": b"select at as day, sum(cents) as cents from clean group by at",
        "products/sales/workflow/twice.py": b'READS = {"daily": "daily"}\n\n\ndef twice(daily):\n    return daily\n',
        "products/sales/solutions/board.dashboard.yaml": DASHBOARD.format(title=json.dumps(title)).encode(),
    }
    files |= {f"products/sales/workflow/{name}.sql": text.encode() for name, text in steps.items()}
    return Lineage(read_project(files))


def down(lineage: Lineage, *starts: Node, columns: bool = True) -> View:
    return view_of(lineage, "Lineage", None, lineage.downstream(starts, columns=columns))


def test_the_tree_of_a_column(snapshot: SnapshotAssertion) -> None:
    lineage = shop()
    reach = lineage.downstream([Node("sources.orders", "at")], columns=True)

    assert "\n".join(tree_of(lineage, reach, 80)) == snapshot


def test_the_tree_of_a_chart(snapshot: SnapshotAssertion) -> None:
    lineage = shop()
    reach = lineage.upstream([Node("sales/board", "chart 'Sales'")], columns=True)

    assert "\n".join(tree_of(lineage, reach, 80)) == snapshot


def test_what_two_read_is_told_once() -> None:
    lineage = shop(other="select * from clean")
    lines = list(tree_of(lineage, lineage.upstream([Node("sales/board"), Node("sales.other")], columns=False), 80))

    assert sum("sources.orders" in line for line in lines) == 1
    assert lines[-1] == "└─ sales.clean  step, see above"


@pytest.mark.parametrize("width", [40, 80, 100])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    lineage = shop(title="How much is sold on each of the days " * 4)
    reach = lineage.downstream([Node("sources.orders", "cents")], columns=True)

    assert max(map(len, tree_of(lineage, reach, width))) <= width


def test_a_wide_project_is_counted_and_not_listed() -> None:
    lineage = shop(**{f"s{number:03}": "select id from clean" for number in range(100)})
    lines = list(tree_of(lineage, lineage.downstream([Node("sales.clean")], columns=False), 80))

    assert lines[-1] == "└─ ... and 81 more"
    assert len(lines) < 30


def test_a_long_tree_ends() -> None:
    steps = {f"a{one:02}": "select id from clean" for one in range(18)}
    steps |= {f"b{one:02}_{two:02}": f"select id from a{one:02}" for one in range(18) for two in range(18)}
    lineage = shop(**steps)
    lines = list(tree_of(lineage, lineage.downstream([Node("sales.clean")], columns=False), 80))

    assert len(lines) == MOST_LINES + 1
    assert "more: ask for one of them" in lines[-1]


def test_for_machines_all_is_said() -> None:
    value = view_as_json(down(shop(), Node("sources.orders", "at")))

    assert json.loads(json.dumps(value)) == {
        "title": "Lineage",
        "tables": [
            {"name": "sources.orders", "kind": "source", "columns": ["at"]},
            {"name": "sales.clean", "kind": "step", "columns": ["at"]},
            {"name": "sales.daily", "kind": "dataset", "columns": ["day"]},
            {"name": "sales.twice", "kind": "step", "columns": []},
            {"name": "sales/board", "kind": "dashboard", "columns": ["chart 'Sales'"]},
        ],
        "flows": [
            {"from": {"table": "sales.clean", "column": "at"}, "to": {"table": "sales.daily"}, "influence": "indirect"},
            {
                "from": {"table": "sales.clean", "column": "at"},
                "to": {"table": "sales.daily", "column": "day"},
                "influence": "direct",
            },
            {"from": {"table": "sales.daily"}, "to": {"table": "sales.twice"}, "influence": "direct"},
            {
                "from": {"table": "sales.daily"},
                "to": {"table": "sales/board", "column": "chart 'Sales'"},
                "influence": "direct",
            },
            {
                "from": {"table": "sales.daily", "column": "day"},
                "to": {"table": "sales.twice"},
                "influence": "undetermined",
            },
            {
                "from": {"table": "sales.daily", "column": "day"},
                "to": {"table": "sales/board", "column": "chart 'Sales'"},
                "influence": "direct",
            },
            {
                "from": {"table": "sources.orders", "column": "at"},
                "to": {"table": "sales.clean", "column": "at"},
                "influence": "direct",
            },
        ],
        "left_out": 0,
    }


def test_mermaid(snapshot: SnapshotAssertion) -> None:
    assert mermaid_of(down(shop(), Node("sources.orders", "at"))) == snapshot


NASTY = 'a "quoted" <b>&amp;</b> `x` [y] {z} | # ; %% -->\\'


def test_a_title_that_is_markup_stays_text() -> None:
    view = down(shop(title=NASTY), Node("sources.orders", "cents"))
    text, tree = mermaid_of(view), ET.fromstring(svg_of(view))

    assert "<b>" not in text
    assert '"quoted"' not in text
    assert any(NASTY in "".join(title.itertext()) for title in tree.iter(f"{SVG}title"))


def test_the_picture_says_in_words_what_it_shows() -> None:
    tree = ET.fromstring(svg_of(down(shop(), Node("sources.orders"), columns=False)))

    assert tree.get("role") == "img"
    named = {element.get("id"): element.text or "" for element in tree if element.get("id")}
    assert (tree.get("aria-labelledby") or "").split() == list(named)
    assert named["lineage-title"] == "Lineage"
    assert "sources.orders into sales.clean" in named["lineage-desc"]


def test_the_picture_is_the_same_each_time_and_asks_nothing_of_a_network() -> None:
    pictures = {svg_of(down(shop(), Node("sources.orders", "cents"))) for _ in range(3)}

    assert len(pictures) == 1
    assert re.findall(r"https?://[^\"' ]+", pictures.pop()) == ["http://www.w3.org/2000/svg"]


def test_a_long_name_is_cut_and_stands_in_full_in_its_title() -> None:
    name = "a_name_that_is_much_longer_than_any_box_should_ever_be"
    picture = svg_of(down(shop(**{name: "select id from clean"}), Node("sales.clean"), columns=False))

    assert f"<title>sales.{name}, step</title>" in picture
    assert f">sales.{name}</text>" not in picture


def test_a_picture_of_too_much_says_how_much_is_left_out() -> None:
    lineage = shop(**{f"s{number:03}": "select id from clean" for number in range(300)})
    view = view_of(lineage, "Lineage", None, lineage.downstream([Node("sources.orders")], columns=False), most=50)

    assert len(view.boxes) == 50
    assert view.left_out == 256 - 1
    assert "and 255 more" in svg_of(view)
    assert "and 255 more tables" in mermaid_of(view)


def test_a_line_joins_the_columns_that_it_is_between() -> None:
    picture = svg_of(down(shop(), Node("sources.orders", "at")))

    assert "<title>sources.orders.at into sales.clean.at: values come from there</title>" in picture
    assert "nobody can tell from the code" in picture


GRAPHS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=30)


@given(GRAPHS)
def test_no_two_boxes_overlap_and_lines_lead_to_later_layers(pairs: list[tuple[int, int]]) -> None:
    joined = [(f"n{one:02}", f"n{other:02}") for one, other in pairs]
    heights = {f"n{number:02}": 30.0 + number * 3 for number in range(13)}
    layout = lay_out(heights, joined)

    assert layout == lay_out(heights, list(reversed(joined)))
    assert set(layout.boxes) == set(heights)
    for one, first in layout.boxes.items():
        assert first.top >= 0
        assert first.top + heights[one] <= layout.height + 0.2
        for other, second in layout.boxes.items():
            if one < other and first.layer == second.layer:
                upper, lower = sorted((one, other), key=lambda name: layout.boxes[name].top)
                assert layout.boxes[upper].top + heights[upper] <= layout.boxes[lower].top
    for one, other in joined:
        if one < other and all(a < b for a, b in joined):
            assert layout.boxes[one].layer < layout.boxes[other].layer
        if one != other:
            gap = abs(layout.boxes[one].layer - layout.boxes[other].layer)
            assert len(layout.ways[one, other]) == max(gap - 1, 0)

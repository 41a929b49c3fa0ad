"""Words and looks of a dashboard are cosmetic; which number is shown where is not."""

from __future__ import annotations

import pytest

from assay.base.reading import read_yaml
from assay.lifecycle.gates import ChangeClass
from assay.solutions.compare import compare_dashboards
from assay.solutions.dashboard import Dashboard, parse_dashboard

COSMETIC, ADDITIVE, STANDARD = ChangeClass.COSMETIC, ChangeClass.ADDITIVE, ChangeClass.STANDARD

BOARD = """\
title: Sales
queries:
  by_day: select day, cents from daily
numbers:
  - {title: Sold, query: by_day, field: cents}
charts:
  - title: By day
    query: by_day
    spec:
      mark: line
      encoding:
        x: {field: day, type: temporal, title: Day}
        y: {field: cents, type: quantitative}
"""


def board(text: str) -> Dashboard:
    return parse_dashboard(read_yaml(text, "board.dashboard.yaml"), "board")


def kinds(old: str, new: str) -> list[ChangeClass]:
    assert old in BOARD
    return [kind for kind, _ in compare_dashboards(board(BOARD), board(BOARD.replace(old, new, 1)))]


def test_a_dashboard_does_not_differ_from_itself_in_another_layout() -> None:
    assert compare_dashboards(board(BOARD), board("# a comment\n" + BOARD.replace("select day", "select  day"))) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [("title: Sales", "title: Turnover"), ("title: Sold", "title: Turnover"), ("title: By day", "title: Daily"),
     ("title: Day", "title: Date"), ("mark: line", "height: 200\n      mark: line"),
     ("mark: line", "mark: {type: line, color: red}"), ("cents from daily", "daily.cents from daily"),
     ("y: {field: cents,", "color: {value: red}\n        y: {field: cents,")],
)  # fmt: skip
def test_words_looks_and_colours_are_cosmetic(old: str, new: str) -> None:
    assert kinds(old, new) == [COSMETIC]


@pytest.mark.parametrize(
    ("old", "new"),
    [("cents from daily", "cents from daily where cents > 0"),
     ("query: by_day, field: cents", "query: by_day, field: day"),
     ("mark: line", "mark: bar"), ("y: {field: cents,", "y: {field: day,"), ("type: temporal", "type: ordinal"),
     ("y: {field: cents, type", "opacity: {field: cents}\n        y: {field: cents, type")],
)  # fmt: skip
def test_another_number_in_another_place_is_not(old: str, new: str) -> None:
    assert STANDARD in kinds(old, new)


def test_the_sentence_names_both_titles() -> None:
    (found,) = compare_dashboards(board(BOARD), board(BOARD.replace("title: Sales", "title: Turnover")))

    assert found == (COSMETIC, "The dashboard is now titled “Turnover” (it was “Sales”).")


CHART = "charts:\n  - {title: Again, query: by_day, spec: {mark: bar, encoding: {x: {field: day, type: ordinal}}}}"


@pytest.mark.parametrize(
    ("old", "new"),
    [("charts:", CHART), ("cents from daily", "cents, shop from daily"),
     ("field: cents}\n", "field: cents}\n  - {title: Days, query: by_day, field: day}\n")],
)  # fmt: skip
def test_what_comes_beside_all_that_there_was_is_additive(old: str, new: str) -> None:
    assert kinds(old, new) == [ADDITIVE]


def test_a_query_and_the_chart_that_shows_it_are_told_both() -> None:
    more = BOARD.replace("charts:", CHART.replace("by_day", "more")).replace(
        "queries:", "queries:\n  more: select day from d"
    )

    assert [kind for kind, _ in compare_dashboards(board(BOARD), board(more))] == [ADDITIVE, ADDITIVE]
    assert [kind for kind, _ in compare_dashboards(board(more), board(BOARD))] == [STANDARD, STANDARD]


@pytest.mark.parametrize("what", ["chart", "number"])
def test_what_goes_is_not(what: str) -> None:
    more = {"chart": ("charts:", CHART),
            "number": ("field: cents}\n", "field: cents}\n  - {title: Days, query: by_day, field: day}\n")}  # fmt: skip
    whole = board(BOARD.replace(*more[what], 1))

    assert [kind for kind, _ in compare_dashboards(whole, board(BOARD))] == [STANDARD]


def test_charts_in_another_order_are_cosmetic_whatever_their_titles() -> None:
    head, title, rest = BOARD.partition("  - title: By day\n")
    first, second = title + rest, CHART.removeprefix("charts:\n") + "\n"
    renamed = second.replace("Again", "Once more")
    found = compare_dashboards(board(head + first + second), board(head + renamed + first))

    assert [kind for kind, _ in found] == [COSMETIC, COSMETIC]


def test_a_chart_of_the_same_title_that_shows_another_thing_is_told_as_such() -> None:
    (found,) = compare_dashboards(board(BOARD), board(BOARD.replace("mark: line", "mark: bar")))

    assert found == (STANDARD, "The chart “By day” shows something else.")


def test_which_colours_a_scale_gives_is_looks_and_which_values_it_has_is_not() -> None:
    scaled = "color: {field: day, scale: {domain: [a], range: [red]}}\n        y: {field: cents,"
    before = BOARD.replace("y: {field: cents,", scaled)
    blue, other = before.replace("[red]", "[blue]"), before.replace("domain: [a]", "domain: [b]")

    assert [kind for kind, _ in compare_dashboards(board(before), board(blue))] == [COSMETIC]
    assert [kind for kind, _ in compare_dashboards(board(before), board(other))] == [STANDARD]

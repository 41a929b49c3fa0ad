"""Words and looks of a dashboard are cosmetic; which number is shown where is not."""

from __future__ import annotations

import pytest

from assay.base.reading import read_yaml
from assay.solutions.compare import compare_dashboards
from assay.solutions.dashboard import Dashboard, parse_dashboard

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


def kinds(old: str, new: str) -> list[bool]:
    assert old in BOARD
    return [cosmetic for cosmetic, _ in compare_dashboards(board(BOARD), board(BOARD.replace(old, new, 1)))]


def test_a_dashboard_does_not_differ_from_itself_in_another_layout() -> None:
    assert compare_dashboards(board(BOARD), board("# a comment\n" + BOARD.replace("select day", "select  day"))) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [("title: Sales", "title: Turnover"), ("title: Sold", "title: Turnover"), ("title: By day", "title: Daily"),
     ("title: Day", "title: Date"), ("mark: line", "height: 200\n      mark: line")],
)  # fmt: skip
def test_words_and_looks_are_cosmetic(old: str, new: str) -> None:
    assert kinds(old, new) == [True]


@pytest.mark.parametrize(
    ("old", "new"),
    [("cents from daily", "cents from daily where cents > 0"),
     ("query: by_day, field: cents", "query: by_day, field: day"),
     ("mark: line", "mark: bar"), ("y: {field: cents,", "y: {field: day,"), ("type: temporal", "type: ordinal"),
     ("y: {field: cents, type", "opacity: {field: cents}\n        y: {field: cents, type")],
)  # fmt: skip
def test_another_number_in_another_place_is_not(old: str, new: str) -> None:
    assert False in kinds(old, new)


def test_the_sentence_names_both_titles() -> None:
    (found,) = compare_dashboards(board(BOARD), board(BOARD.replace("title: Sales", "title: Turnover")))

    assert found == (True, "The dashboard is now titled “Turnover” (it was “Sales”).")

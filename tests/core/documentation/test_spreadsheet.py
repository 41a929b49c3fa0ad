"""A table opens in a spreadsheet as the text it is: nothing in it is computed, and no cell breaks."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.documentation.spreadsheet import FORMULA_STARTS, csv_lines, safe_cell

cells = st.text("=+-@\t\r\n\",;'ab\uff1d", max_size=6)
tables = st.lists(st.lists(cells, min_size=1, max_size=4), max_size=4)


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "@sum(a1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\uff1d1+1",
        '=cmd|"/c calc"!a1',
        '=hyperlink("http://x")',
    ],
)
def test_what_would_begin_a_formula_gets_an_apostrophe_before_it(cell: str) -> None:
    assert safe_cell(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "a", "a=1", " =1", "2026-03-02", "'=1"])
def test_what_begins_no_formula_stays_as_it_is(cell: str) -> None:
    assert safe_cell(cell) == cell


@given(tables)
def test_a_reader_of_csv_finds_every_cell_again_and_no_formula(table: list[list[str]]) -> None:
    text = "".join(csv_lines(table))
    found = list(csv.reader(io.StringIO(text, newline="")))

    assert found == [[safe_cell(cell) for cell in row] for row in table]
    assert not any(cell[:1] in FORMULA_STARTS for row in found for cell in row if cell)

"""Rows of unit tests as they are written: mappings, and comma-separated values."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.base.errors import AssayError, Place
from assay.workflow.step_cases import CaseRows, rows_of_csv, rows_of_mappings
from soak import count

HERE = Place("t.yaml", 7)
FIRST = Place("t.yaml", 8)


def read(text: str) -> CaseRows:
    return rows_of_csv(text, FIRST, {}, HERE)


def faults_of(text: str) -> list[str]:
    with pytest.raises(AssayError) as refused:
        read(text)
    return [str(fault) for fault in refused.value.faults]


def test_a_column_that_a_row_does_not_name_is_null_there() -> None:
    rows = rows_of_mappings([{"a": 1}, {"b": "x", "a": None}], [HERE, FIRST], {"c": "DATE"}, HERE)

    assert rows.columns == ("a", "b", "c")
    assert rows.values == ((1, None, None), (None, "x", None))


def test_an_empty_cell_of_csv_is_null_and_empty_lines_say_nothing() -> None:
    rows = read("a,b\n1, x\n\n,y\n")

    assert (rows.columns, rows.values) == (("a", "b"), (("1", "x"), (None, "y")))
    assert [place.line for place in rows.places] == [9, 11]


def test_a_quoted_cell_may_hold_commas_quotes_and_lines_and_the_next_row_knows_where_it_is() -> None:
    rows = read('a,b\n"x, ""y""\nz",1\nw,2\n')

    assert rows.values == (('x, "y"\nz', "1"), ("w", "2"))
    assert [place.line for place in rows.places] == [9, 11]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["t.yaml:8: expected a line with the names of the columns, found nothing"]),
        ("a,,a\n", ["t.yaml:8: expected each column once, with a name, found ''",
                    "t.yaml:8: expected each column once, with a name, found 'a'"]),
        ("a,b\n1\n1,2\n1,2,3\n", ["t.yaml:9: expected 2 cells, one for each column, found 1",
                                  "t.yaml:11: expected 2 cells, one for each column, found 3"]),
        ('a\n"x\n', ["t.yaml:9: expected comma-separated values, found unexpected end of data"]),
    ],
)  # fmt: skip
def test_csv_that_is_no_table_is_refused_with_its_lines(text: str, said: list[str]) -> None:
    assert faults_of(text) == said


CELLS = st.one_of(st.none(), st.text(st.sampled_from('abc1,"\n-'), min_size=1).map(str.strip).filter(bool))


@settings(max_examples=count(usual=100, soak=5000))
@given(st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_what_a_writer_of_csv_writes_is_read_back(rows: list[tuple[str | None, str | None]]) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([("a", "b"), *rows])

    assert read(file.getvalue()).values == tuple(row for row in rows)

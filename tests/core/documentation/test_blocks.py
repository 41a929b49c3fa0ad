"""Lines and tables as text: within the width that there is, without losing a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.documentation.blocks import COLUMNS, Grid, Line, cell_text, counted, text_of

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=18), min_size=1, max_size=40).map(" ".join)
ROWS = st.integers(1, 5).flatmap(lambda many: st.lists(st.tuples(*[WORDS] * many), min_size=1, max_size=6))


def words(text: str) -> list[str]:
    return sorted("".join(text.split()))


@given(WORDS, st.integers(0, 12), st.integers(60, 120))
def test_a_line_keeps_its_words_its_indent_and_the_width(text: str, indent: int, width: int) -> None:
    found = text_of([Line(text, indent)], width)

    assert found.split() == text.split()
    assert all(line.startswith(" " * indent) and len(line) <= width for line in found.splitlines())


@given(ROWS, st.integers(60, 120))
def test_a_table_keeps_all_letters_and_the_width(rows: list[tuple[str, ...]], width: int) -> None:
    found = text_of([Grid(tuple(rows))], width)

    assert words(found) == words(" ".join(cell for row in rows for cell in row))
    assert max(map(len, found.splitlines())) <= width


def test_columns_stand_below_their_names_and_wrap_in_their_place() -> None:
    long = "already built from the same code and inputs as it was before, in another environment of the project"
    found = text_of([Line("Title", is_title=True), Grid((("a", 1234, long), ("step", None, "")), ("step", "n", "why"))])

    assert found.splitlines() == [
        "Title",
        "  step  n      why",
        "  a     1,234  already built from the same code and inputs as it was before, in",
        "               another environment of the project",
        "  step  -",
    ]


def test_a_gap_is_an_empty_line_and_an_empty_table_nothing() -> None:
    assert text_of([Line("a"), Grid(()), Line("b", 2, has_gap=True)]) == "a\n\n  b"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (True, "yes"), (False, "no"), (1234567, "1,234,567"), (0.5, "0.5"), ("1234", "1234")],
)
def test_a_cell_is_written_for_people(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_one_is_no_plural() -> None:
    assert (counted(1, "row"), counted(0, "row"), counted(1_000, "row")) == ("1 row", "0 rows", "1,000 rows")


def test_nobody_says_otherwise_than_eighty_columns() -> None:
    assert max(map(len, text_of([Line("a b c " * 60)]).splitlines())) + 1 == COLUMNS

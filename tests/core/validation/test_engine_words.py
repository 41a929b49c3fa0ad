"""What an engine says of a failure, without the rows that it quotes."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.validation.engine_words import without_rows

SAID = {
    "s::INTEGER": "Conversion Error: Could not convert string (hidden) to INT32 when casting from source column s",
    "s::DATE": "Conversion Error: invalid date field format",
    "n::TINYINT": "Conversion Error: Type INT64 with value (hidden) can't be cast because the value is out of range",
    "n + n": "Out of Range Error: Overflow in addition of INT64",
    "strptime(s, '%Y')": "Invalid Input Error: Could not parse string (hidden)",
    "regexp_matches('a', s || '(')": "Invalid Input Error: missing )",
}
HIDDEN = (
    "error(s)",
    "json_extract(s, '$.a')",
    "s::INTEGER[]",
    "from_base64(s)",
    "TIMESTAMP '2026-01-01' AT TIME ZONE s",
)
LEFT_OUT = "its words may quote rows, and are left out"


def words(expression: str, text: str, number: int = 2**63 - 1) -> str:
    """Return what DuckDB says of an expression over one row, as an engine passes it on; empty for an answer."""
    with duckdb.connect() as session:
        session.execute("CREATE TABLE t AS SELECT ?::VARCHAR s, ?::BIGINT n", [text, number])
        try:
            session.execute(f"SELECT {expression} FROM t").fetchall()
        except duckdb.Error as error:
            return " ".join(re.sub(r"\n+LINE \d+:.*", "", str(error), flags=re.DOTALL).split())
    return ""


@pytest.mark.parametrize("expression", SAID)
def test_what_is_known_to_quote_a_row_is_cut_there(expression: str) -> None:
    assert without_rows(words(expression, "bob@example.org")) == SAID[expression]


@pytest.mark.parametrize("expression", HIDDEN)
def test_what_may_quote_a_row_is_left_out(expression: str) -> None:
    said = words(expression, "bob@example.org")

    assert "bob" in said
    assert LEFT_OUT in without_rows(said)
    assert "bob" not in without_rows(said)


@pytest.mark.parametrize(
    "said",
    [
        'Binder Error: Referenced column "nothing" not found in FROM clause!',
        'Parser Error: syntax error at or near "form"',
        "there is no data of u to compare with",
        "the footer of t.parquet lies (n in row group 0): have the file written again",
    ],
)
def test_what_is_about_the_query_or_the_files_stays(said: str) -> None:
    assert without_rows(said) == said


@given(
    before=st.sampled_from(["", "'", '"', "' to INT32", "x' to INT32 when casting from source column ", "Error: "]),
    after=st.sampled_from(["", "'", '"', " to INT32", " to INT32 when casting from source column s"]),
    expression=st.sampled_from([*SAID, *HIDDEN, "s::DECIMAL(4,2)", "s::TIME", "s::UUID", "s::BOOLEAN"]),
)
def test_no_text_can_be_made_that_is_told(before: str, after: str, expression: str) -> None:
    assert "secret" not in without_rows(words(expression, f"{before}secret{after}"))

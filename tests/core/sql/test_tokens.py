from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.sql.tokens import Kind, sql_digest, sql_tokens

GOLDEN = json.loads((Path(__file__).parent / "digests.json").read_text(encoding="utf-8"))

WORDS = st.sampled_from(["select", "FROM", "a", "Ab_1", "x$y", "größe", "e", "x", "u", "b", "as", "名", "_", "now"])
NUMBERS = st.sampled_from(["0", "42", "1.5", "1e5", "2.5E-3", ".5"])
QUOTED = st.text(st.characters(codec="utf-8", exclude_characters='"\0'), min_size=1, max_size=6).map(lambda t: f'"{t}"')
STRINGS = st.text(st.characters(codec="utf-8", exclude_characters="'\\\0"), max_size=6).map(lambda text: f"'{text}'")
SYMBOLS = st.sampled_from(list("(),;+*%<>=[]"))
TOKENS = st.lists(st.one_of(WORDS, NUMBERS, QUOTED, STRINGS, SYMBOLS), max_size=12)
GAPS = st.sampled_from([" ", "\n", "\t ", "\r\n", " -- a 'comment'\n", "/* one /* in */ another */", " /* it's */ "])


def texts(sql: str) -> list[str]:
    return [token.text for token in sql_tokens(sql, "q.sql")]


@pytest.mark.parametrize("entry", GOLDEN, ids=lambda entry: entry["sql"][:30])
def test_a_digest_stays_what_it_was_when_it_was_written_down(entry: dict[str, str]) -> None:
    assert sql_digest(entry["sql"]) == entry["digest"]


@given(TOKENS, st.data())
def test_what_stands_between_the_tokens_does_not_count(tokens: list[str], data: st.DataObject) -> None:
    written = "".join(token + data.draw(GAPS) for token in tokens)

    assert sql_digest(written) == sql_digest(" ".join(tokens))


@given(TOKENS, TOKENS)
def test_other_tokens_have_another_digest(one: list[str], other: list[str]) -> None:
    same = [text.replace("\r\n", "\n").replace("\r", "\n") for text in one] == [
        text.replace("\r\n", "\n").replace("\r", "\n") for text in other
    ]

    assert (sql_digest(" ".join(one)) == sql_digest(" ".join(other))) is same


@given(TOKENS)
def test_the_tokens_are_those_that_sqlglot_finds(tokens: list[str]) -> None:
    """Sqlglot joins symbols and some words into one token, so all of a text are compared end to end."""
    theirs = ""
    for token in sqlglot.tokenize(" ".join(tokens), dialect="duckdb"):
        quote = {"STRING": "'", "IDENTIFIER": '"'}.get(token.token_type.name, "")
        theirs += quote + "".join(token.text.split() if not quote else token.text) + quote

    assert "".join(texts(" ".join(tokens))) == theirs


def test_line_ends_within_a_string_do_not_count() -> None:
    assert sql_digest("select 'a\r\nb'") == sql_digest("select 'a\nb'") == sql_digest("select 'a\rb'")


def test_the_case_of_a_word_counts() -> None:
    assert sql_digest("select a") != sql_digest("SELECT a")


def test_a_name_in_quotes_is_not_the_word() -> None:
    assert sql_digest('select "a"') != sql_digest("select a")


def test_a_string_with_a_letter_before_it_is_not_a_word_and_a_string() -> None:
    assert sql_digest("select x'AF'") != sql_digest("select x 'AF'")
    assert sql_digest("select E'a'") != sql_digest("select E 'a'")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (r"E'it\'s' 'b'", [r"E'it\'s'", "'b'"]),
        ("'it''s'", ["'it''s'"]),
        ('"a""b".c', ['"a""b"', ".", "c"]),
        ("$$ it's -- $$ 1", ["$$ it's -- $$", "1"]),
        ("$t$ $$ $t$", ["$t$ $$ $t$"]),
        ("a$b = $as_of", ["a$b", "=", "$as_of"]),
        ("1.5e-3::double", ["1.5e-3", ":", ":", "double"]),
        ("0xFF_0 t.a", ["0xFF_0", "t", ".", "a"]),
        ("héé\u00a0b", ["héé", "b"]),
        ("a--b\rc", ["a", "c"]),
        ("\ufeffselect", ["select"]),
        ("a /* x /* y */ z */ b", ["a", "b"]),
    ],
)
def test_the_parts_of_a_text_are_told_apart(sql: str, expected: list[str]) -> None:
    assert texts(sql) == expected


def test_each_token_knows_its_line_whatever_the_line_ends() -> None:
    tokens = sql_tokens("a\nb\r\nc\r/* \n */ d 'x\ny' e", "q.sql")

    assert [(token.text, token.line) for token in tokens if token.kind is Kind.WORD] == [
        *(("a", 1), ("b", 2), ("c", 3), ("d", 5), ("e", 6)),
    ]


@pytest.mark.parametrize(
    "sql", ["select\n 'a", 'select\n "a', "select\n /* a /* b */", "select\n $ a", "select\n $$ a"]
)
def test_what_does_not_end_is_refused_at_its_line(sql: str) -> None:
    with pytest.raises(AssayError, match=r"q\.sql:2: expected"):
        sql_tokens(sql, "q.sql")

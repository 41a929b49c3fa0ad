"""Plain expressions: what the tokens say of them is what a parser says; anything else is left to the parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.validation.fragments import parsed_columns
from assay.validation.plain_expressions import plain_columns

_COLUMN = st.sampled_from(["a", "b", '"of two"', "Flights"])
_VALUE = st.one_of(
    _COLUMN, st.integers(0, 9).map(str), st.sampled_from(["'x'", "1.5", "abs(a)", "(a + b)", "a * 100 + b"])
)
_TEST = st.one_of(
    st.tuples(_VALUE, st.sampled_from(["=", "<>", "<", ">=", "!="]), _VALUE).map(" ".join),
    _VALUE.map(lambda value: f"{value} is not null"),
    _VALUE.map(lambda value: f"{value} between 1 and b"),
    _VALUE.map(lambda value: f"{value} in (1, 2, b)"),
)
_EXPRESSION = st.recursive(
    _TEST, lambda inner: st.one_of(st.tuples(inner, inner).map(" AND ".join), inner.map(lambda one: f"not ({one})"))
)


@given(expression=_EXPRESSION)
def test_the_columns_are_those_a_parser_finds(expression: str) -> None:
    found = plain_columns(expression)

    assert found is not None
    assert set(found) == set(parsed_columns(expression))


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "a b",
        "a; drop table t",
        "a) or (b",
        "(select 1) = a",
        "exists (select 1)",
        "a in (select b from u)",
        "t.a = 1",
        "a::date > b",
        "case when a then b end",
        "read_text('x') = a",
        "a, b",
        "a = $as_of",
        "a like 'x%'",
        "a = /* b",
        "a = current_date",
        "cast(a as date) = b",
        "a = [1]",
        "a = E'\\x'",
        "getvariable('x') = 1",
    ],
)
def test_what_is_not_plain_is_left_to_the_parser(expression: str) -> None:
    assert plain_columns(expression) is None

"""Several statements in one text: semicolons end one, and only those that are semicolons."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.sql.statements import split_statements
from assay.sql.tokens import sql_digest
from soak import count


@pytest.mark.parametrize(
    ("text", "statements", "rest"),
    [
        ("", (), ""),
        (" \n-- nothing; at all\n", (), ""),
        ("select 1", (), "select 1"),
        ("select 1;", ("select 1",), ""),
        ("select 1; -- done\n", ("select 1",), ""),
        (";;select 1;;select 2 ; sel", ("select 1", "select 2"), " sel"),
        ("select ';' as \"a;b\", $$;$$ /* ; */ -- ;\n;", ("select ';' as \"a;b\", $$;$$ /* ; */ -- ;",), ""),
    ],
)
def test_a_text_is_split_at_its_semicolons(text: str, statements: tuple[str, ...], rest: str) -> None:
    assert split_statements(text) == (statements, rest)


@pytest.mark.parametrize("text", ["select 'a;", 'select "a;', "select 1 /* ;"])
def test_what_does_not_end_is_told(text: str) -> None:
    with pytest.raises(AssayError):
        split_statements(text)


PARTS = st.sampled_from(["select 1", "select ';'", "from t -- ;\n", '"a;"', "/* ; */ 2", "$$;$$"])


@settings(max_examples=count(usual=100, soak=5000))
@given(st.lists(PARTS, max_size=6), PARTS | st.just(""))
def test_statements_joined_are_the_statements_again(parts: list[str], last: str) -> None:
    statements, rest = split_statements(";\n".join([*parts, last]))

    assert [sql_digest(one) for one in statements] == [sql_digest(part) for part in parts]
    assert sql_digest(rest) == sql_digest(last)

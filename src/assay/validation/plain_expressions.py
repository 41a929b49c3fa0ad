"""Plain expressions: comparisons and arithmetic of columns, read by the tokens alone.

Most conditions that authors write are of this kind. Loading a parser of SQL takes longer than checking a small table,
so it is left for the others. What is wrong with the grammar of a plain expression, the engine says.
"""

from __future__ import annotations

from assay.base.errors import AssayError
from assay.sql.tokens import Kind, Token, sql_tokens

_SYMBOLS = frozenset("()+-*/%<>=!,")
_WORDS = frozenset({"and", "or", "not", "is", "null", "in", "between", "true", "false"})
"""Words of SQL that are no columns. Whatever else has a meaning of its own in SQL is left to the parser."""

_FUNCTIONS = frozenset({"abs", "coalesce", "greatest", "least", "length", "lower", "round", "upper"})

_RESERVED = """
all analyse analyze any array as asc asof at both by case cast check collate collation column columns constraint create
cross cube current_catalog current_date current_role current_schema current_time current_timestamp current_user date
default deferrable desc describe distinct do else end escape except exclude exists extract fetch filter first for
foreign from full glob grant group grouping having ilike initially inner intersect interval into isnull join lambda
last lateral leading left like limit localtime localtimestamp map materialized maximum minimum natural notnull nulls of
offset on only order outer over overlaps overlay partition pivot placing position positional primary qualify references
replace returning right rollup row rows sample select semi anti session_user set show similar some struct substring
summarize symmetric system table tablesample then time timestamp to trailing treat trim try_cast union unique unpivot
user using values variadic verbose when where window with within zone
"""
_OTHER_WORDS = frozenset(_RESERVED.split())


def plain_columns(expression: str) -> tuple[str, ...] | None:
    """Return the columns of a plain expression, in the order in which they stand; None where it is not plain.

    Args:
        expression: as its author wrote it.
    """
    try:
        tokens = sql_tokens(expression, "expression")
    except AssayError:
        return None
    depth = 0
    columns: dict[str, None] = {}
    for number, token in enumerate(tokens):
        following = tokens[number + 1].text if number + 1 < len(tokens) else ""
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        is_apart = depth < 0 or (token.text == "," and depth == 0)
        is_renamed = number > 0 and _is_value(token) and _is_value(tokens[number - 1])
        if is_apart or is_renamed or not _is_plain(token, following):
            return None
        if token.name and token.name not in _WORDS and following != "(":
            columns[token.text[1:-1].replace('""', '"') if token.kind is Kind.QUOTED else token.text] = None
    return tuple(columns) if tokens and depth == 0 else None


def _is_value(token: Token) -> bool:
    return token.kind is not Kind.SYMBOL and (token.kind is not Kind.WORD or token.text.lower() not in _WORDS)


def _is_plain(token: Token, following: str) -> bool:
    match token.kind:
        case Kind.SYMBOL:
            return token.text in _SYMBOLS
        case Kind.STRING:
            return token.text.startswith("'")
        case Kind.QUOTED:
            return token.text.startswith('"') and following != "("
        case Kind.WORD:
            is_called = following == "(" and token.name not in _FUNCTIONS | _WORDS
            return token.name.isascii() and token.name not in _OTHER_WORDS and not is_called
        case Kind.NUMBER:
            return True
        case _:
            return False

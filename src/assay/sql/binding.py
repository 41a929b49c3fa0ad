"""Which operator takes which operand: whether sqlglot read an expression as DuckDB does.

Their grammars bind operators differently: ``s ~ 'a' || 'b'`` is ``(s ~ 'a') || 'b'`` for DuckDB. So a tree is believed
only where each operand without parentheses binds more tightly than its operator in DuckDB's grammar: there is but one
such tree, and parentheses around it say nothing. Everything else raises `Undetermined`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import pairwise

from sqlglot import Token, TokenType, exp

from assay.sql.relations import Undetermined

WRITTEN = "assay written"
"""Marks a pair of parentheses, or a CAST with its own, that stands in the text: sqlglot puts in some of its own."""

LOOSE = "assay loose"
"""Marks an equation that may be written ``==``, which binds more tightly than ``=`` and is one with it in the tree."""


class _Tie(IntEnum):
    """How tightly DuckDB's grammar binds, from the loosest."""

    ARROW = 0
    OR = 1
    AND = 2
    NOT = 3
    IS = 4
    COMPARISON = 5
    RANGE = 6
    SYMBOL = 7  # all symbols that are not named below
    SUM = 8
    PRODUCT = 9
    POWER = 10
    ZONE = 11
    COLLATION = 12
    SIGN = 13


_TIES: Mapping[type[exp.Expr], _Tie] = {
    kind: tie
    for tie, kinds in {
        _Tie.ARROW: (exp.JSONExtract, exp.JSONExtractScalar, exp.Lambda),
        _Tie.OR: (exp.Or,),
        _Tie.AND: (exp.And,),
        _Tie.NOT: (exp.Not,),
        _Tie.IS: (exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ),
        _Tie.COMPARISON: (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE),
        _Tie.RANGE: (exp.Between, exp.In, exp.Like, exp.ILike, exp.Glob, exp.SimilarTo, exp.Escape),
        _Tie.SYMBOL: (
            exp.DPipe, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseLeftShift, exp.BitwiseRightShift, exp.RegexpLike,
            exp.StartsWith, exp.ArrayContainsAll, exp.ArrayContainedBy, exp.ArrayOverlaps, exp.BitwiseNot, exp.Abs,
        ),
        _Tie.SUM: (exp.Add, exp.Sub),
        _Tie.PRODUCT: (exp.Mul, exp.Div, exp.IntDiv, exp.Mod),
        _Tie.POWER: (exp.Pow,),
        _Tie.ZONE: (exp.AtTimeZone,),
        _Tie.COLLATION: (exp.Collate,),
        _Tie.SIGN: (exp.Neg,),
    }.items()
    for kind in kinds
}  # fmt: skip

_OPERANDS = frozenset({"this", "expression", "low", "high", "zone", "field"})
_ALONE = frozenset({_Tie.IS, _Tie.COMPARISON, _Tie.RANGE})
"""Ties of which DuckDB takes no two side by side."""

_PREFIXES = (exp.BitwiseNot, exp.Abs)

_CLOSED = frozenset({
    exp.Column, exp.Identifier, exp.Literal, exp.Var, exp.Star, exp.Subquery, exp.Select, exp.Union, exp.Except,
    exp.Intersect, exp.Exists, exp.Any, exp.Anonymous, exp.Cast, exp.TryCast, exp.Case, exp.If, exp.Window, exp.Filter,
    exp.WithinGroup, exp.Bracket, exp.Dot, exp.Array, exp.Struct, exp.ToMap, exp.Tuple, exp.Extract, exp.Trim,
    exp.Substring, exp.StrPosition, exp.Overlay, exp.Placeholder, exp.Parameter, exp.Interval, exp.DataType,
})  # fmt: skip
"""What nothing beside it can take apart."""

_HOLDING = frozenset({
    exp.Anonymous, exp.Case, exp.If, exp.Window, exp.WindowSpec, exp.Filter, exp.Where, exp.WithinGroup, exp.Order,
    exp.Ordered, exp.Distinct, exp.IgnoreNulls, exp.RespectNulls, exp.Array, exp.Struct, exp.PropertyEQ, exp.Kwarg,
    exp.Alias, exp.Tuple, exp.Extract, exp.Trim, exp.Substring, exp.StrPosition, exp.Overlay, exp.Comprehension,
    exp.Slice, exp.Limit, exp.Offset, exp.Table, exp.TableAlias, exp.Unnest, exp.Values, exp.Lateral, exp.Rollup,
    exp.Cube, exp.GroupingSets, exp.Group, exp.DataType, exp.DataTypeParam, exp.Star,
})  # fmt: skip
"""What holds others between brackets, commas or words, so that what they are does not matter."""

_QUERIES = (exp.Query, exp.Subquery)

_SYMBOLS = frozenset({
    "(", ")", "[", "]", "{", "}", ",", ".", ";", ":", "?", "$", ":=", "=>", "=", "==", "<>", "!=", "<", ">", "<=",
    ">=", "+", "-", "*", "/", "//", "%", "^", "**", "||", "&", "|", "<<", ">>", "::", "->", "->>", "~", "^@", "@",
    "@>", "<@", "&&",
})  # fmt: skip
"""Symbols that sqlglot does not take for another operator, as it does ``<=>`` and ``~~``."""

_UNTOLD = "it takes parentheses to tell what it computes first"


def check_symbols(tokens: Sequence[Token]) -> None:
    """Refuse what another operator would be taken for.

    Raises:
        Undetermined: there is one.
    """
    for token, after in pairwise([*tokens, Token(TokenType.SEMICOLON, ";")]):
        if token.token_type is TokenType.IN and after.token_type is TokenType.L_BRACKET:
            raise Undetermined("it uses IN with a list, which takes NULL otherwise than IN with values")
        if not _is_symbol(token) or token.text in _SYMBOLS:
            continue
        if token.text != "!" or after.text != "~" or after.start != token.end + 1:
            raise Undetermined(f"it uses {token.text}")


def is_doubled(token: Token) -> bool:
    """Say whether a token is ``==``."""
    return _is_symbol(token) and token.text == "=="


def _is_symbol(token: Token) -> bool:
    quoted = {TokenType.STRING, TokenType.IDENTIFIER, TokenType.RAW_STRING, TokenType.HEREDOC_STRING}
    if token.token_type in quoted or token.token_type.name.endswith("_STRING"):
        return False
    return bool(token.text) and not any(sign.isalnum() or sign in "_'\"" or sign > "\x7f" for sign in token.text)


def check_binding(root: exp.Expr) -> None:
    """Refuse an expression that DuckDB may read otherwise; queries within it are left out.

    Raises:
        Undetermined: it is one.
    """
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _QUERIES) and node is not root:
            continue
        for key, child in _children(node):
            if not _holds(node, key, child):
                raise Undetermined(_UNTOLD)
            waiting.append(child)


def _children(node: exp.Expr) -> Iterator[tuple[str, exp.Expr]]:
    for key, value in node.args.items():
        for each in value if isinstance(value, list) else [value]:
            child = each
            while isinstance(child, exp.Paren) and not child.meta.get(WRITTEN):
                child = child.this
            if isinstance(child, exp.Expr):
                yield key, child


def _holds(parent: exp.Expr, key: str, child: exp.Expr) -> bool:
    """Say whether a part stands where DuckDB also sees it."""
    if type(parent) in _HOLDING or parent.meta.get(WRITTEN):
        return True
    if _is_closed(child):
        is_open_cast = isinstance(child, exp.Cast) and not child.meta.get(WRITTEN)
        return not is_open_cast or not isinstance(parent, (exp.Interval, exp.Dot, exp.Bracket))
    if type(parent) is exp.Bracket:
        return key == "expressions"
    outer, inner = _ties(parent), _ties(child)
    if outer is None:
        return False
    if key not in _OPERANDS:
        return True
    if inner is None:
        return False
    return inner[0] > outer[1] or (key == "this" and _may_repeat(parent, child, outer, inner))


def _may_repeat(parent: exp.Expr, child: exp.Expr, outer: tuple[_Tie, _Tie], inner: tuple[_Tie, _Tie]) -> bool:
    """Say whether the first operand may bind as tightly as its operator: these are read from the left."""
    if isinstance(parent, exp.Escape):
        return isinstance(child, (exp.Like, exp.ILike))
    return outer == inner and outer[0] not in _ALONE and type(parent) not in (*_PREFIXES, exp.Lambda)


def _ties(node: exp.Expr) -> tuple[_Tie, _Tie] | None:
    tie = _TIES.get(type(node))
    if tie is None:
        return None
    return tie, (_Tie.SYMBOL if node.meta.get(LOOSE) else tie)


def _is_closed(node: exp.Expr) -> bool:
    if type(node) in _CLOSED or node.meta.get(WRITTEN):
        return True
    return next(_children(node), None) is None

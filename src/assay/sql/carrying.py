"""From a tree in another dialect to one that DuckDB reads with the same meaning; what cannot be carried is told.

A text says nothing of the types of columns, and some meanings hang on them. There DuckDB's own types decide when the
query is bound: ``//`` divides whole numbers as whole ones and others as others, and ``typeof`` in a CASE is known
before a row is read. Where the types that DuckDB gives are not those of the dialect, the query is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import reduce

from sqlglot import exp

from assay.sql.carried import (
    AVERAGES_WHOLE,
    FLOAT_IS_DOUBLE,
    FLOORS_WHOLE,
    ROUNDS_AWAY,
    TEXT_TYPES,
    WHOLE_TYPES,
    WIDE_INT,
)
from assay.sql.dialects import MEANINGS, Dialect, ToWhole
from assay.sql.sorts import FRACTIONS, Sort, is_double, sort_of

_T = exp.DataType.Type
_AS_TEXT = (
    "NULL", "VARCHAR", "DATE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
    "UINTEGER", "UBIGINT",
)  # fmt: skip
"""The types of DuckDB whose values all dialects write alike as texts."""

_ASCII = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def carry(tree: exp.Query, dialect: Dialect) -> exp.Query:
    """Return a tree that DuckDB reads as the dialect reads the one that is given, which is changed.

    Args:
        tree: in which nothing is that has to be refused (`assay.sql.refusing`).
        dialect: in which it was written.
    """
    nodes = list(tree.walk())
    sorts = {id(node): sort_of(node, dialect) for node in nodes}
    for node in nodes[::-1]:  # what stands within others first
        for kind, carried in _CARRIED:
            if isinstance(node, kind):
                made = carried(node, dialect, sorts)
                if made is not node:
                    sorts[id(made)] = sorts[id(node)]
                    nodes.append(made)  # so that no other one gets its id
                    _put(node, made)
                break
    return tree


_Sorts = Mapping[int, Sort]
_Carrier = Callable[[exp.Expr, Dialect, _Sorts], exp.Expr]


def _put(node: exp.Expr, made: exp.Expr) -> None:
    """Put a node where another one was, which may be a part of it."""
    holder = exp.Paren(this=exp.Null())
    node.replace(holder)
    holder.replace(made)


def _copy(node: exp.Expr) -> exp.Expr:
    return node.copy()


def _paren(node: exp.Expr) -> exp.Expr:
    closed = (exp.Column, exp.Literal, exp.Paren, exp.Cast, exp.Func, exp.Case)
    is_open = isinstance(node, (exp.Binary, exp.Connector)) or not isinstance(node, closed)
    return exp.Paren(this=node) if is_open else node


def _called(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _fails(words: str) -> exp.Expr:
    return _called("ERROR", exp.Literal.string(words))


def _quotient(node: exp.Expr, dialect: Dialect, sorts: _Sorts) -> exp.Expr:
    meaning = MEANINGS[dialect]
    divisor = _divisor(node.this, node.args["expression"], dialect)
    if isinstance(node, exp.Mod):
        return exp.Mod(this=_cut(node.this, dialect, sorts), expression=_cut(divisor, dialect, sorts))
    if isinstance(node, exp.IntDiv):
        return exp.Trunc(this=exp.IntDiv(this=node.this, expression=divisor))
    if meaning.divides_whole:
        return exp.IntDiv(this=node.this, expression=divisor)
    return exp.Div(this=node.this, expression=divisor, typed=False, safe=False)


def _cut(node: exp.Expr, dialect: Dialect, sorts: _Sorts) -> exp.Expr:
    """Return an operand of ``%`` as it counts: SQLite takes whole numbers."""
    if dialect is not Dialect.SQLITE or sorts.get(id(node)) is Sort.WHOLE or not isinstance(node, exp.Expr):
        return node
    return exp.cast(exp.Trunc(this=_copy(node)), _T.BIGINT)


def _divisor(above: exp.Expr, node: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Return a divisor that is an error, or NULL, where it is zero: DuckDB's quotient would be NULL or infinite.

    NULL above it stays NULL, and is no error; what is long itself is not written twice for that.
    """
    if isinstance(node, exp.Literal) and not node.is_string and any(sign in "123456789" for sign in node.name):
        return node
    if MEANINGS[dialect].null_by_zero:
        return exp.Nullif(this=_copy(node), expression=exp.Literal.number(0))
    is_zero: exp.Expr = exp.EQ(this=_paren(_copy(node)), expression=exp.Literal.number(0))
    if not isinstance(above, (exp.Literal, exp.Count)) and above.find(exp.Case, exp.IntDiv, exp.Div) is None:
        is_null = exp.Is(this=exp.Paren(this=_copy(above)), expression=exp.Null())
        is_zero = exp.And(this=is_zero, expression=exp.Not(this=is_null))
    return exp.Case(ifs=[exp.If(this=is_zero, true=_fails("division by zero"))], default=_copy(node))


def _cast(node: exp.Expr, dialect: Dialect, sorts: _Sorts) -> exp.Expr:
    assert isinstance(node, exp.Cast)
    kind, given = node.to.this, sorts.get(id(node.this), Sort.UNKNOWN)
    if kind in TEXT_TYPES:
        return _as_text(node.this, given)
    type_of = _type(node.to, dialect)
    value = node.this
    if kind in WHOLE_TYPES and given not in {Sort.WHOLE, Sort.TEXT}:
        how = MEANINGS[dialect].to_whole
        is_away = how is ToWhole.AWAY or (given is Sort.EXACT and is_double(value))
        value = exp.Trunc(this=value) if how is ToWhole.CUT else exp.Round(this=value) if is_away else value
    return type(node)(this=value, to=type_of)


def _type(written: exp.DataType, dialect: Dialect) -> exp.DataType:
    kind = written.this
    if kind is _T.DECIMAL and not written.expressions and MEANINGS[dialect].digits:
        given = [exp.DataTypeParam(this=exp.Literal.number(each)) for each in MEANINGS[dialect].digits or ()]
        return exp.DataType(this=kind, expressions=given, nested=False)
    if kind is _T.INT and dialect in WIDE_INT:
        return exp.DataType(this=_T.BIGINT, nested=False)
    if kind is _T.FLOAT and dialect in FLOAT_IS_DOUBLE:
        return exp.DataType(this=_T.DOUBLE, nested=False)
    if kind in {_T.DATETIME, _T.DATETIME2, _T.TIMESTAMPNTZ}:
        return exp.DataType(this=_T.TIMESTAMP, nested=False)
    return written


def _as_text(node: exp.Expr, given: Sort) -> exp.Expr:
    """Return a value as a text, or an error where its type is one that is written otherwise elsewhere."""
    if given is Sort.TEXT:
        return exp.cast(_copy(node), _T.TEXT) if isinstance(node, exp.Literal) else _copy(node)
    if given is Sort.WHOLE:
        return exp.cast(_copy(node), _T.TEXT)
    kinds = [exp.Literal.string('"NULL"' if kind == "NULL" else kind) for kind in _AS_TEXT]
    is_alike = exp.In(this=_called("TYPEOF", _copy(node)), expressions=kinds)
    failure = _fails("as a text only whole numbers, dates and texts are the same everywhere")
    return exp.Case(ifs=[exp.If(this=is_alike, true=exp.cast(_copy(node), _T.TEXT))], default=failure)


def _joined(node: exp.Expr, dialect: Dialect, sorts: _Sorts) -> exp.Expr:
    """Return texts put together; a NULL among them is what the reader found it to be."""
    if isinstance(node, exp.DPipe):
        sides = [_part(node.this, sorts), _part(node.args["expression"], sorts)]
        return exp.DPipe(this=sides[0], expression=sides[1])
    parts = [_part(each, sorts) for each in node.expressions]
    if dialect is Dialect.REDSHIFT:  # whose CONCAT is NULL where a part is
        return exp.Paren(this=reduce(lambda one, other: exp.DPipe(this=one, expression=other), parts))
    made = node.copy()
    made.set("expressions", parts)
    return made


def _part(node: exp.Expr, sorts: _Sorts) -> exp.Expr:
    if isinstance(node, (exp.DPipe, exp.Literal)):
        return node
    return _as_text(node, sorts.get(id(node), Sort.TEXT if isinstance(node, exp.Case) else Sort.UNKNOWN))


def _average(node: exp.Expr, dialect: Dialect, sorts: _Sorts) -> exp.Expr:
    if dialect not in AVERAGES_WHOLE or sorts.get(id(node.this)) in FRACTIONS:
        return node
    return exp.Paren(this=exp.IntDiv(this=exp.Sum(this=_copy(node.this)), expression=exp.Count(this=_copy(node.this))))


def _rounded(node: exp.Expr, dialect: Dialect, sorts: _Sorts) -> exp.Expr:
    given, digits = sorts.get(id(node.this), Sort.UNKNOWN), node.args.get("decimals")
    if dialect is Dialect.SQLITE:
        return exp.cast(node.copy(), _T.DOUBLE)
    if dialect in ROUNDS_AWAY or given is Sort.EXACT:
        return node
    if digits is not None:  # a number with digits behind the point, whatever it was
        value = exp.Add(this=_paren(_copy(node.this)), expression=exp.Literal.number("0.0"))
        return exp.Round(this=value, decimals=_copy(digits)) if dialect is Dialect.POSTGRES else node
    if given is Sort.WHOLE:
        return exp.cast(node.copy(), _T.DOUBLE)
    even = _called("ROUND_EVEN", _copy(node.this), exp.Literal.number(0))
    if given is Sort.REAL:
        return even
    doubles = [exp.Literal.string("DOUBLE"), exp.Literal.string("FLOAT")]
    is_double = exp.In(this=_called("TYPEOF", _copy(node.this)), expressions=doubles)
    return exp.Case(ifs=[exp.If(this=is_double, true=even)], default=node.copy())


def _no_value(node: exp.Expr, dialect: Dialect, sorts: _Sorts) -> exp.Expr:
    """Return NULLIF with the type of both, as PostgreSQL has it; DuckDB's has that of the first."""
    one, other = node.this, node.args["expression"]
    if dialect not in {Dialect.POSTGRES, Dialect.REDSHIFT} or sorts.get(id(other)) in {Sort.WHOLE, Sort.TEXT}:
        return node
    is_same = exp.If(this=exp.EQ(this=_paren(_copy(one)), expression=_paren(_copy(other))), true=exp.Null())
    of_type = exp.If(this=exp.Boolean(this=False), true=_copy(other))
    return exp.Case(ifs=[is_same, of_type], default=_copy(one))


def _like(node: exp.Expr, dialect: Dialect, sorts: _Sorts) -> exp.Expr:
    pattern = node.args["expression"]
    if dialect is Dialect.SQLITE:  # of the letters, it ignores the case of those without accents alone
        sides = (_folded(node.this), _folded(pattern))
        return type(node)(this=sides[0], expression=sides[1])
    plain = isinstance(pattern, exp.Literal) and "\\" not in pattern.name
    if not MEANINGS[dialect].escapes_like or plain or isinstance(node.parent, exp.Escape):
        return node
    return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))


def _folded(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Literal):
        return exp.Literal.string("".join(c.lower() if c in _ASCII else c for c in node.name))
    return _called("TRANSLATE", _copy(node), exp.Literal.string(_ASCII), exp.Literal.string(_ASCII.lower()))


def _length(node: exp.Expr, dialect: Dialect, sorts: _Sorts) -> exp.Expr:
    if dialect is Dialect.TSQL:  # which does not count the spaces at the end
        return exp.Length(this=exp.Trim(this=_copy(node.this), position="TRAILING"))
    return exp.Length(this=node.this)


def _extracted(node: exp.Expr, dialect: Dialect, sorts: _Sorts) -> exp.Expr:
    if dialect is Dialect.POSTGRES:  # a number with digits behind the point, by which it is divided
        return exp.cast(node.copy(), exp.DataType.build("DECIMAL(18, 0)", dialect="duckdb"))
    return node


def _plain_text(node: exp.Expr, dialect: Dialect, sorts: _Sorts) -> exp.Expr:
    return exp.Literal.string(node.name)


def _days_later(node: exp.Expr, dialect: Dialect, sorts: _Sorts) -> exp.Expr:
    return node if dialect is Dialect.REDSHIFT else exp.cast(node.copy(), _T.DATE)


def _parameter(node: exp.Expr, dialect: Dialect, sorts: _Sorts) -> exp.Expr:
    return exp.Parameter(this=exp.Var(this="as_of"))


_CARRIED: tuple[tuple[type[exp.Expr] | tuple[type[exp.Expr], ...], _Carrier], ...] = (
    ((exp.Div, exp.Mod, exp.IntDiv), _quotient),
    (exp.Cast, _cast),
    ((exp.DPipe, exp.Concat), _joined),
    (exp.Avg, _average),
    (exp.Round, _rounded),
    (exp.Nullif, _no_value),
    ((exp.Like, exp.ILike), _like),
    (exp.Length, _length),
    (exp.Extract, _extracted),
    (exp.National, _plain_text),
    (exp.TsOrDsAdd, _days_later),
    ((exp.Placeholder, exp.Parameter), _parameter),
)


def unsure_quotients(tree: exp.Query, dialect: Dialect) -> Iterator[exp.Expr]:
    """Find what is whole for the dialect and not for DuckDB, or the other way, and may be divided.

    Only what is an operand itself, or made in a query within this one, where it has a name that may be divided.
    """
    meaning = MEANINGS[dialect]
    unsure = [node for node in tree.find_all(exp.Div) if _is_unsure(node, dialect)]
    if not meaning.divides_whole or not unsure:
        return
    if dialect is Dialect.SQLITE:
        yield from _mixed(tree, unsure)
    kinds = ((exp.Sum,) if meaning.sum_widens else ()) + ((exp.Floor, exp.Ceil) if dialect in FLOORS_WHOLE else ())
    for node in tree.find_all(*kinds) if kinds else ():
        known = sort_of(node.this, dialect) in FRACTIONS or _is_narrow(node, dialect)
        is_cast = isinstance(node.parent, exp.Cast)
        divided = any(node is part for each in unsure for part in each.walk())
        if not known and not is_cast and (divided or node.find_ancestor(exp.CTE, exp.Subquery) is not None):
            yield node


def _mixed(tree: exp.Query, unsure: list[exp.Div]) -> Iterator[exp.Expr]:
    """Find choices between values that may be of several types: SQLite has a type for each value, not for a column."""
    for node in tree.find_all(exp.Case, exp.Coalesce, exp.If, exp.Greatest, exp.Least):
        is_branch = isinstance(node, exp.If) and isinstance(node.parent, exp.Case)
        if is_branch or isinstance(node.parent, exp.Cast) or sort_of(node, Dialect.SQLITE) is not Sort.UNKNOWN:
            continue
        divided = any(node is part for each in unsure for part in each.walk())
        if divided or node.find_ancestor(exp.CTE, exp.Subquery) is not None:
            yield node


def _is_narrow(node: exp.Expr, dialect: Dialect) -> bool:
    """Whether it is the sum of numbers of 32 bits at most, which is a BIGINT everywhere."""
    wide = (exp.Count, exp.Sum, exp.Window)
    is_wide = any(isinstance(part, wide) or _casts_wide(part) for part in node.this.walk())
    return isinstance(node, exp.Sum) and sort_of(node.this, dialect) is Sort.WHOLE and not is_wide


def _casts_wide(node: exp.Expr) -> bool:
    return isinstance(node, exp.Cast) and node.to.this is _T.BIGINT


def _is_unsure(node: exp.Div, dialect: Dialect) -> bool:
    return not {sort_of(node.this, dialect), sort_of(node.expression, dialect)} & FRACTIONS

"""What the text of a query alone tells of the values in it: whole, with a fraction, a text, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum

from sqlglot import exp

from assay.sql.carried import (
    AVERAGES_WHOLE,
    TEXT_TYPES,
    WHOLE_TYPES,
)
from assay.sql.dialects import MEANINGS, Dialect

_T = exp.DataType.Type


class Sort(IntEnum):
    """What the text alone tells of a value."""

    WHOLE = 0
    EXACT = 1
    REAL = 2
    FRACTION = 3
    """Exact or real, and not whole."""
    TEXT = 4
    UNKNOWN = 5


FRACTIONS = frozenset({Sort.EXACT, Sort.REAL, Sort.FRACTION})


_FIXED: Mapping[type[exp.Expr], Sort] = {
    **dict.fromkeys((exp.Count, exp.CountIf, exp.Length, exp.StrPosition, exp.DateDiff, exp.TsOrDsDiff), Sort.WHOLE),
    **dict.fromkeys((exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile), Sort.WHOLE),
    **dict.fromkeys((exp.Year, exp.Quarter, exp.Month, exp.Day), Sort.WHOLE),
    **dict.fromkeys((exp.PercentRank, exp.CumeDist), Sort.REAL),
    **dict.fromkeys((exp.Sqrt, exp.Exp, exp.Pow), Sort.FRACTION),
    **dict.fromkeys((exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop), Sort.FRACTION),
    **dict.fromkeys((exp.Upper, exp.Lower, exp.Substring, exp.Replace, exp.Trim, exp.Left, exp.Right), Sort.TEXT),
    **dict.fromkeys((exp.Concat, exp.DPipe), Sort.TEXT),
}  # fmt: skip
_NUMBERS = {_T.DECIMAL: Sort.EXACT, _T.DOUBLE: Sort.REAL, _T.FLOAT: Sort.REAL}
_DOUBLES: tuple[type[exp.Expr], ...] = (
    exp.Div,
    exp.Avg,
    *(kind for kind, sort in _FIXED.items() if sort is Sort.FRACTION),
)


def sort_of(node: exp.Expr | None, dialect: Dialect) -> Sort:
    """Tell what a value is, as far as the text tells it."""
    if node is None:
        return Sort.UNKNOWN
    told = next((tell for kind, tell in _TOLD if isinstance(node, kind)), None)
    return told(node, dialect) if told else _FIXED.get(type(node), Sort.UNKNOWN)


def _of_literal(node: exp.Expr, dialect: Dialect) -> Sort:
    if node.is_string:
        return Sort.TEXT
    return Sort.REAL if "e" in node.name.lower() else Sort.EXACT if "." in node.name else Sort.WHOLE


def _of_cast(node: exp.Expr, dialect: Dialect) -> Sort:
    kind = node.args["to"].this
    if kind in WHOLE_TYPES:
        return Sort.WHOLE
    if kind in TEXT_TYPES:
        return Sort.TEXT
    return _NUMBERS.get(kind, Sort.UNKNOWN)


def _of_distinct(node: exp.Expr, dialect: Dialect) -> Sort:
    return sort_of(node.expressions[0], dialect) if len(node.expressions) == 1 else Sort.UNKNOWN


def _of_average(node: exp.Expr, dialect: Dialect) -> Sort:
    given = sort_of(node.this, dialect)
    if given > Sort.REAL:
        return Sort.UNKNOWN
    return Sort.WHOLE if dialect in AVERAGES_WHOLE and given is Sort.WHOLE else max(Sort.EXACT, given)


def _of_first(node: exp.Expr, dialect: Dialect) -> Sort:
    return sort_of(node.this, dialect)


def _of_choice(node: exp.Expr, dialect: Dialect) -> Sort:
    sorts = {sort_of(each, dialect) for each in _given(node) if not isinstance(each, exp.Null)}
    return sorts.pop() if len(sorts) == 1 else Sort.UNKNOWN


def _of_both(node: exp.Expr, dialect: Dialect) -> Sort:
    sides = (sort_of(node.this, dialect), sort_of(node.args["expression"], dialect))
    if Sort.REAL in sides or max(sides) <= Sort.FRACTION:
        return Sort.REAL if Sort.REAL in sides else max(sides)
    return Sort.FRACTION if FRACTIONS & set(sides) else Sort.UNKNOWN


def _of_quotient(node: exp.Expr, dialect: Dialect) -> Sort:
    return _of_both(node, dialect) if MEANINGS[dialect].divides_whole else Sort.REAL


def _of_nullif(node: exp.Expr, dialect: Dialect) -> Sort:
    is_of_both = dialect in {Dialect.POSTGRES, Dialect.REDSHIFT}
    return _of_both(node, dialect) if is_of_both else _of_first(node, dialect)


_TOLD: tuple[tuple[type[exp.Expr] | tuple[type[exp.Expr], ...], Callable[[exp.Expr, Dialect], Sort]], ...] = (
    (exp.Literal, _of_literal),
    (exp.Cast, _of_cast),
    (exp.Distinct, _of_distinct),
    (exp.Avg, _of_average),
    ((exp.Paren, exp.Neg, exp.Sum, exp.Min, exp.Max, exp.Abs, exp.Window, exp.Filter), _of_first),
    ((exp.Case, exp.Coalesce, exp.If), _of_choice),
    ((exp.Add, exp.Sub, exp.Mul, exp.Mod), _of_both),
    (exp.Div, _of_quotient),
    (exp.Nullif, _of_nullif),
)


def is_double(node: exp.Expr) -> bool:
    """Whether DuckDB computes a value as a DOUBLE that is an exact number elsewhere: a quotient, an average."""
    found = (part for part in node.walk() if isinstance(part, _DOUBLES))
    return any(_is_bare(part, node) for part in found)


def _is_bare(part: exp.Expr, node: exp.Expr) -> bool:
    while part is not node and part.parent is not None and not isinstance(part.parent, exp.Cast):
        part = part.parent
    return part is node


def _given(node: exp.Expr) -> list[exp.Expr]:
    """Return what a choice may give."""
    if isinstance(node, exp.Case):
        given = [each.args["true"] for each in node.args["ifs"]] + [node.args.get("default")]
    elif isinstance(node, exp.If):
        given = [node.args["true"], node.args.get("false")]
    else:
        given = [node.this, *node.expressions]
    return [each for each in given if each is not None]

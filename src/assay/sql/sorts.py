"""What the text of a query alone tells of the values in it: whole, with a fraction, a text, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from sqlglot import exp

from assay.sql.carried import (
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
    **dict.fromkeys((exp.Sqrt, exp.Exp, exp.Pow, exp.PercentRank, exp.CumeDist), Sort.REAL),
    **dict.fromkeys((exp.Stddev, exp.StddevPop, exp.StddevSamp), Sort.REAL),
    **dict.fromkeys((exp.Upper, exp.Lower, exp.Substring, exp.Replace, exp.Trim, exp.Left, exp.Right), Sort.TEXT),
    **dict.fromkeys((exp.Concat, exp.DPipe), Sort.TEXT),
}  # fmt: skip
_AS_WITHIN = (exp.Paren, exp.Neg, exp.Sum, exp.Min, exp.Max, exp.Abs, exp.Window, exp.Filter, exp.Distinct)
_OF_BOTH = (exp.Add, exp.Sub, exp.Mul, exp.Mod)


def sort_of(node: exp.Expr | None, dialect: Dialect) -> Sort:
    """Tell what a value is, as far as the text tells it."""
    if isinstance(node, exp.Literal):
        if node.is_string:
            return Sort.TEXT
        return Sort.REAL if "e" in node.name.lower() else Sort.EXACT if "." in node.name else Sort.WHOLE
    if isinstance(node, exp.Cast):
        return _sort_of_type(node.to.this)
    if isinstance(node, exp.Distinct) and len(node.expressions) == 1:
        return sort_of(node.expressions[0], dialect)
    if isinstance(node, _AS_WITHIN):
        return sort_of(node.this, dialect)
    if isinstance(node, (exp.Case, exp.Coalesce, exp.If)):
        sorts = {sort_of(each, dialect) for each in _given(node) if not isinstance(each, exp.Null)}
        return sorts.pop() if len(sorts) == 1 else Sort.UNKNOWN
    if isinstance(node, _OF_BOTH) or (isinstance(node, exp.Div) and MEANINGS[dialect].divides_whole):
        sides = (sort_of(node.this, dialect), sort_of(node.args["expression"], dialect))
        if Sort.REAL in sides or max(sides) <= Sort.FRACTION:
            return Sort.REAL if Sort.REAL in sides else max(sides)
        return Sort.FRACTION if FRACTIONS & set(sides) else Sort.UNKNOWN
    if isinstance(node, exp.Div):
        return Sort.REAL
    return _FIXED.get(type(node), Sort.UNKNOWN) if node is not None else Sort.UNKNOWN


def _given(node: exp.Expr) -> list[exp.Expr]:
    """Return what a choice may give."""
    if isinstance(node, exp.Case):
        given = [each.args["true"] for each in node.args["ifs"]] + [node.args.get("default")]
    elif isinstance(node, exp.If):
        given = [node.args["true"], node.args.get("false")]
    else:
        given = [node.this, *node.expressions]
    return [each for each in given if each is not None]


def _sort_of_type(kind: object) -> Sort:
    if kind in WHOLE_TYPES:
        return Sort.WHOLE
    if kind in TEXT_TYPES:
        return Sort.TEXT
    return {_T.DECIMAL: Sort.EXACT, _T.DOUBLE: Sort.REAL, _T.FLOAT: Sort.REAL}.get(kind, Sort.UNKNOWN)  # type: ignore[call-overload,no-any-return]

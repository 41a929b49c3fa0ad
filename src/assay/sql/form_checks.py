"""What stands in the way of single forms of SQL: for each kind of node what is wrong, or how else to write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from assay.sql.carried import (
    COLUMN_BEFORE_ALIAS,
    EXTRACTED,
    EXTRACTED_BESIDES,
    JOINS,
    ONLY_DAYS,
    ROUNDS_AWAY,
    SETS_OF_CHARACTERS,
    TEXT_TYPES,
    TYPES,
    UNITS,
    WHOLE_TYPES,
)
from assay.sql.dialects import MEANINGS, Dialect, ToWhole
from assay.sql.sorts import FRACTIONS, Sort, is_double, sort_of

_T = exp.DataType.Type
OTHERWISE = "Write it in another way, or the step in DuckDB's SQL: `dialect: duckdb`."

_Check = Callable[[exp.Expr, Dialect], str]
"""Says what is wrong with a node, or how to write it instead; empty where nothing is."""


def _cast(node: exp.Expr, dialect: Dialect) -> str:
    assert isinstance(node, exp.Cast)
    kind, given = node.to.this, sort_of(node.this, dialect)
    if dialect not in TYPES.get(kind, ()):
        return OTHERWISE
    if any(node.args.get(key) for key in ("format", "action", "default")):
        return "Leave out what follows the type."
    if node.to.expressions and kind is not _T.DECIMAL:
        return "Leave the length out, which DuckDB does not hold to; SUBSTRING cuts a text."
    if kind is _T.DECIMAL and not node.to.expressions and MEANINGS[dialect].digits is None:
        return "Say how many digits: DECIMAL(18, 4); DuckDB's own has three behind the point."
    if dialect is Dialect.TSQL and kind in TEXT_TYPES and not node.to.expressions:
        return "T-SQL cuts it after 30 letters; || or CONCAT need no cast."
    if kind in WHOLE_TYPES and MEANINGS[dialect].to_whole is ToWhole.UNTOLD and given not in {Sort.WHOLE, Sort.TEXT}:
        return "Say how it is rounded: FLOOR(...) or CEIL(...), without a cast."
    if kind in WHOLE_TYPES and dialect is Dialect.POSTGRES and given >= Sort.FRACTION and is_double(node.this):
        return "Cast it to NUMERIC(...) or DOUBLE PRECISION first: these take halves in two ways."
    return ""


def _round(node: exp.Expr, dialect: Dialect) -> str:
    if node.args.get("truncate"):
        return "Leave the third argument out."
    given = sort_of(node.this, dialect)
    if dialect in ROUNDS_AWAY or given is Sort.EXACT or (given is Sort.WHOLE and dialect is not Dialect.REDSHIFT):
        return ""
    if dialect is Dialect.POSTGRES:
        simple = given is Sort.REAL or isinstance(node.this, exp.Column) or node.args.get("decimals") is not None
        return "" if simple else "Write ROUND(..., 0), which takes numbers of exact digits alone."
    return "Cast it to DECIMAL(...) first: of doubles it takes halves otherwise."


def _whole_steps(node: exp.Expr, dialect: Dialect) -> str:
    if any(node.args.get(key) for key in ("decimals", "to")):
        return "Leave the second argument out."
    return ""


def _substring(node: exp.Expr, dialect: Dialect) -> str:
    start, length = node.args.get("start"), node.args.get("length")
    if start is not None and not _is_positive(start):
        return "Begin at a number from 1 on: before it, and from the end, they count otherwise."
    if length is not None and not (isinstance(length, (exp.Literal, exp.Length, exp.StrPosition))):
        return "Give the length as a number."
    return ""


def _is_positive(node: exp.Expr) -> bool:
    if isinstance(node, exp.Literal):
        return not node.is_string and node.name.isdigit() and int(node.name) > 0
    if isinstance(node, exp.Add):
        sides = (node.this, node.expression)
        counted = (exp.StrPosition, exp.Length)
        return any(_is_positive(one) and isinstance(other, counted) for one, other in (sides, sides[::-1]))
    return False


def _ends(node: exp.Expr, dialect: Dialect) -> str:
    return "" if _is_positive(node.args["expression"]) else "Give the length as a number from 1 on."


def _trim(node: exp.Expr, dialect: Dialect) -> str:
    if node.args.get("expression") is None:
        hint = "Name the characters, as in TRIM(BOTH ' ' FROM ...): without them it takes away all that is white."
        return "" if MEANINGS[dialect].trims_spaces else hint
    return "" if dialect in SETS_OF_CHARACTERS else "Leave the characters out, or use REPLACE."


def _length(node: exp.Expr, dialect: Dialect) -> str:
    counts_bytes = dialect is Dialect.MYSQL and node.args.get("binary")
    return "Use CHAR_LENGTH: LENGTH counts bytes there, and letters here." if counts_bytes else ""


def _position(node: exp.Expr, dialect: Dialect) -> str:
    return "Leave the further arguments out." if node.args.get("position") or node.args.get("occurrence") else ""


def _unit(node: exp.Expr) -> str:
    unit = node.args.get("unit")
    return unit.name.upper() if isinstance(unit, exp.Expr) else ""


def _listed(units: frozenset[str]) -> str:
    return f"Of these parts alone: {', '.join(sorted(units)).lower()}."


def _truncated(node: exp.Expr, dialect: Dialect) -> str:
    units = UNITS | {"WEEK"} if MEANINGS[dialect].monday else UNITS
    return "" if _unit(node) in units and not node.args.get("zone") else _listed(units)


def _extract(node: exp.Expr, dialect: Dialect) -> str:
    units = EXTRACTED | EXTRACTED_BESIDES.get(dialect, frozenset())
    return "" if node.name.upper() in units else _listed(units)


def _moved(node: exp.Expr, dialect: Dialect) -> str:
    units = UNITS | {"WEEK"}
    amount = node.args.get("expression")
    if _unit(node) not in units:
        return _listed(units)
    return "" if _is_whole(amount, dialect) else "Give a whole number, or CAST(... AS INT) one."


def _interval(node: exp.Expr, dialect: Dialect) -> str:
    units = UNITS | {"WEEK"}
    if _unit(node) not in units:
        return f"Write it as INTERVAL '1' DAY. {_listed(units)}"
    return "" if _is_whole(node.this, dialect) else "Give a whole number, or CAST(... AS INT) one."


def _is_whole(amount: exp.Expr | None, dialect: Dialect) -> bool:
    if isinstance(amount, exp.Literal) and amount.is_string:
        return amount.name.lstrip("+-").isdigit()
    return sort_of(amount, dialect) is Sort.WHOLE


def _difference(node: exp.Expr, dialect: Dialect) -> str:
    units = frozenset({"DAY"}) if dialect in ONLY_DAYS else UNITS
    is_sparks = dialect in ONLY_DAYS and dialect is not Dialect.MYSQL
    if is_sparks and not all(isinstance(side, (exp.Column, exp.Cast, exp.TsOrDsToDate)) for side in _sides(node)):
        return "Cast both to DATE."
    return "" if (_unit(node) or "DAY") in units else _listed(units)


def _sides(node: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    return node.this, node.args["expression"]


def _like(node: exp.Expr, dialect: Dialect) -> str:
    pattern = node.args["expression"]
    if isinstance(pattern, (exp.Any, exp.All)):
        return "Write one LIKE for each."
    if dialect is Dialect.TSQL and not (isinstance(pattern, exp.Literal) and "[" not in pattern.name):
        return "Write the pattern out, without [...], which stands for one of several letters there."
    if dialect is Dialect.SQLITE and isinstance(node.parent, exp.Escape):
        return "Leave ESCAPE out."
    return ""


def _joined(node: exp.Expr, dialect: Dialect) -> str:
    tight = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg)
    if dialect in {Dialect.POSTGRES, Dialect.REDSHIFT}:
        return ""
    parts = isinstance(node.parent, tight) or any(isinstance(side, tight) for side in _sides(node))
    return "Put what is computed in parentheses: || binds otherwise." if parts else ""


def _sets(node: exp.Expr, dialect: Dialect) -> str:
    if node.args.get("by_name") or node.args.get("side") or node.args.get("kind"):
        return "Put the columns in one order."
    return ""


def _select(node: exp.Expr, dialect: Dialect) -> str:
    if node.args.get("kind") or node.args.get("operation_modifiers"):
        return "Write a plain SELECT."
    return ""


def _group(node: exp.Expr, dialect: Dialect) -> str:
    select = node.parent
    if node.args.get("totals"):
        return "Leave TOTALS out."
    if dialect in COLUMN_BEFORE_ALIAS or not isinstance(select, exp.Select):
        return ""
    hidden = {
        each.alias.lower()
        for each in select.expressions
        if isinstance(each, exp.Alias) and any(c.name.lower() == each.alias.lower() for c in each.find_all(exp.Column))
    }
    named = [each.name.lower() for each in node.expressions if isinstance(each, exp.Column) and not each.table]
    return "Group by the expression, or its place: the name is a column's too." if hidden & set(named) else ""


def _table(node: exp.Expr, dialect: Dialect) -> str:
    known = {"this", "db", "catalog", "alias", "joins"}
    return OTHERWISE if any(value for key, value in node.args.items() if key not in known) else ""


def _join(node: exp.Expr, dialect: Dialect) -> str:
    odd = node.args.get("hint") or node.args.get("global_") or node.args.get("match_condition")
    plain = str(node.args.get("kind") or "").upper() in JOINS and str(node.args.get("method") or "").upper() in {
        "", "NATURAL"}  # fmt: skip
    return "" if plain and not odd else "Write a plain join."


def _with(node: exp.Expr, dialect: Dialect) -> str:
    if node.args.get("recursive"):
        return ""
    own = any(
        table.name.lower() == cte.alias.lower() and not table.db
        for cte in node.expressions
        for table in cte.this.find_all(exp.Table)
    )
    return "A WITH that reads itself is WITH RECURSIVE; give a table of its name another one." if own else ""


def _count(node: exp.Expr, dialect: Dialect) -> str:
    several = isinstance(node.this, exp.Distinct) and len(node.this.expressions) > 1
    return "Count one column, or one text made of several." if several else ""


def _distinct(node: exp.Expr, dialect: Dialect) -> str:
    return "Use ROW_NUMBER()." if node.args.get("on") and dialect is not Dialect.POSTGRES else ""


def _in(node: exp.Expr, dialect: Dialect) -> str:
    return OTHERWISE if node.args.get("unnest") or node.args.get("field") else ""


def _limit(node: exp.Expr, dialect: Dialect) -> str:
    odd = [key for key, value in node.args.items() if value and key not in {"expression", "count", "direction", "this"}]
    options = node.args.get("limit_options")
    plain = options is not None and not options.args.get("percent") and not options.args.get("with_ties")
    return "" if not odd or (odd == ["limit_options"] and plain) else "Give a number of rows."


def _average(node: exp.Expr, dialect: Dialect) -> str:
    whole = dialect in {Dialect.TSQL, Dialect.REDSHIFT} and isinstance(node.parent, (exp.Window, exp.Filter))
    return "Cast it to FLOAT or DECIMAL(...) first: of whole numbers it is whole." if whole and sort_of(
        node.this, dialect
    ) not in FRACTIONS else ""  # fmt: skip


def _parameter(node: exp.Expr, dialect: Dialect) -> str:
    return "" if node.name == "as_of" else "The one parameter is :as_of, the logical date."


CHECKS: Mapping[type[exp.Expr] | tuple[type[exp.Expr], ...], _Check] = {
    exp.Cast: _cast,
    exp.Round: _round,
    (exp.Ceil, exp.Floor): _whole_steps,
    exp.Substring: _substring,
    (exp.Left, exp.Right): _ends,
    exp.Trim: _trim,
    exp.Length: _length,
    exp.StrPosition: _position,
    (exp.TimestampTrunc, exp.DateTrunc): _truncated,
    exp.Extract: _extract,
    (exp.DateAdd, exp.DateSub, exp.TsOrDsAdd): _moved,
    exp.Interval: _interval,
    (exp.DateDiff, exp.TsOrDsDiff): _difference,
    (exp.Like, exp.ILike): _like,
    exp.DPipe: _joined,
    exp.SetOperation: _sets,
    exp.Select: _select,
    exp.Group: _group,
    exp.Table: _table,
    exp.Join: _join,
    exp.With: _with,
    exp.Count: _count,
    exp.Distinct: _distinct,
    exp.In: _in,
    (exp.Limit, exp.Fetch): _limit,
    exp.Avg: _average,
    (exp.Placeholder, exp.Parameter): _parameter,
}

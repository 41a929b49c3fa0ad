"""What an expression does to the number of rows: whether it puts rows together, makes several of one, or is a key.

Imported only where queries are compared, for sqlglot is slow to import.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from assay.sql.functions import AGGREGATES, SET_RETURNING

QUERIES = (exp.Select, exp.SetOperation, exp.Subquery)
"""What stands for a query within another."""


def called(node: exp.Expr) -> str:
    """Return the name of a function in lower case; empty for anything else."""
    return node.name.lower() if isinstance(node, exp.Anonymous) else ""


def aggregates(node: exp.Expr) -> bool:
    """Whether it makes one value of many rows, outside of windows and of queries within it."""
    if isinstance(node, QUERIES):
        return False
    if isinstance(node, exp.Window):
        function = node.this
        while isinstance(function, (exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)):
            function = function.this
        beside = [part for key in ("partition_by", "order") for part in _listed(node.args.get(key))]
        return any(aggregates(part) for part in [*function.iter_expressions(), *beside])
    if called(node) in AGGREGATES or isinstance(node, exp.AggFunc):
        return True
    return any(aggregates(part) for part in node.iter_expressions())


def _listed(value: object) -> Iterator[exp.Expr]:
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, exp.Expr):
            yield part


def aggregates_within(node: exp.Expr) -> bool:
    """Whether a query within it aggregates: what of the outer query's columns is, is so for the outer query."""
    queries = list(node.find_all(*QUERIES))
    return any(called(part) in AGGREGATES for query in queries for part in query.find_all(exp.Anonymous))


def expands(node: exp.Expr) -> bool:
    """Whether it makes several rows of one."""
    return any(called(p) in SET_RETURNING or isinstance(p, exp.UDTF) for p in node.find_all(exp.Anonymous, exp.UDTF))


def is_key(node: exp.Expr) -> bool:
    """Whether GROUP BY ALL groups by it: it has no aggregate, or columns beside one."""
    return not aggregates(node) or _has_bare_column(node)


def _has_bare_column(node: exp.Expr) -> bool:
    if called(node) in AGGREGATES or isinstance(node, exp.AggFunc):
        return False
    if isinstance(node, (exp.Column, exp.Window, *QUERIES)):
        return True
    return any(_has_bare_column(part) for part in node.iter_expressions())

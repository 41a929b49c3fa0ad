"""Which columns a dashboard's query names, held against what the contracts of its datasets promise."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp


def columns_outside(sql: str, promised: Collection[str], given: Collection[str]) -> tuple[str, ...]:
    """Return the columns a query takes from its datasets that no contract promises, ordered.

    A column that the data has and the contract has not may be gone tomorrow. Names are compared without regard to case,
    and a name that the query itself gives to something is taken for that; so this finds nothing that is not there, and
    may miss a column whose name the query also gives to something else.

    Args:
        sql: a query that has run.
        promised: the columns of the contracts of all it reads.
        given: the columns of its answer, by which ``*`` is judged.
    """
    import sqlglot

    tree = sqlglot.parse_one(sql, dialect="duckdb")
    tables = set(_tables(tree))
    known = {name.lower() for name in promised} | tables | set(_defined(tree, given))
    named = {name.lower(): name for name in (*_named(tree, tables), *(given if _has_star(tree) else ()))}
    return tuple(sorted(name for key, name in named.items() if key not in known))


def _tables(tree: exp.Expr) -> Iterator[str]:
    """Give the names under which tables are known in the query; such a name may also stand for a whole row."""
    from sqlglot import exp

    return (node.alias_or_name.lower() for node in tree.find_all(exp.Table, exp.TableAlias))


def _named(tree: exp.Expr, tables: Collection[str]) -> Iterator[str]:
    """Give the columns that are named: of ``table.column.field`` the column."""
    from sqlglot import exp

    for column in tree.find_all(exp.Column):
        parts = [part.name for part in column.parts]
        is_qualified = len(parts) > 1 and parts[0].lower() in tables
        if not isinstance(column.this, exp.Star):
            yield parts[1] if is_qualified else parts[0]


def _defined(tree: exp.Expr, given: Collection[str]) -> Iterator[str]:
    """Give what the query itself names: results, columns of tables, parameters of lambdas, all that a pivot makes."""
    from sqlglot import exp

    for node in tree.find_all(exp.Alias, exp.TableAlias, exp.Lambda, exp.Pivot):
        match node:
            case exp.Alias():
                yield node.alias.lower()
            case exp.TableAlias():
                yield from (column.name.lower() for column in node.args.get("columns") or ())
            case exp.Lambda():
                yield from (parameter.name.lower() for parameter in node.expressions)
            case exp.Pivot():
                yield from (name.name.lower() for name in node.find_all(exp.Identifier))
                yield from (name.lower() for name in given)


def _has_star(tree: exp.Expr) -> bool:
    from sqlglot import exp

    return any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star))

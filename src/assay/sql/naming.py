"""Whether a query stays what it is when a table that it reads gets more columns.

Imported only where queries are compared, for sqlglot is slow to import.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from assay.sql.normal import parse_as_written
from assay.sql.row_counts import called
from assay.sql.taking_apart import take_apart


def names_its_columns(text: str, others: Collection[str]) -> bool:
    """Say whether a query takes by name each column of the tables that it reads, and none by a name of others.

    Args:
        text: the query.
        others: names in lower case.

    Raises:
        Undetermined: it has something that is not understood.
    """
    take_apart(text)
    tree = parse_as_written(text)
    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    tables = [table for table in tree.find_all(exp.Table) if table.db or table.name.lower() not in own]
    whole = {table.alias_or_name.lower() for table in tables} | set(others)
    if any(column.name.lower() in whole and not column.table for column in tree.find_all(exp.Column)):
        return False
    if any(join.method.upper() == "NATURAL" for join in tree.find_all(exp.Join)):
        return False
    return all(_is_counted(star) or _is_of_own(star, own) for star in tree.find_all(exp.Star))


def _is_counted(star: exp.Star) -> bool:
    return called(star.parent) == "count" if star.parent is not None else False


def _is_of_own(star: exp.Star, own: Collection[str]) -> bool:
    """Whether a star stands for columns of queries within the query alone."""
    select = star.find_ancestor(exp.Select)
    start = select.args.get("from_") if select is not None else None
    if select is None or start is None:
        return False
    read = [start.this, *(join.this for join in select.args.get("joins") or ())]
    return all(
        isinstance(each, exp.Subquery) or (isinstance(each, exp.Table) and not each.db and each.name.lower() in own)
        for each in read
    )

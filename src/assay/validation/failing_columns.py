"""Which columns an author's query for failing rows gives, and how far their values may be seen.

A query can give a column another name, or make a new one of it. What comes straight from the dataset keeps the level
of its column; of all else the strictest level of what the query may have read counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from assay.contract.model import Dataset, SemanticType
from assay.validation.conditions import Query
from assay.validation.fragments import Unreadable, fill
from assay.validation.sensitivity import Level, strictest

if TYPE_CHECKING:
    from sqlglot import exp

_TABLE, _COLUMN = "tested_table", "tested_column"

_PLAIN = frozenset({"expressions", "from_", "where", "group", "having", "order", "limit", "offset", "distinct"})
"""Clauses after which a column is still what its name says. Joins, laterals and the like bring names of their own."""


def failing_columns(test: Query, query: str, dataset: Dataset, levels: Mapping[str, Level]) -> dict[str, Level]:
    """Return the columns of a query for failing rows, each with its level.

    Args:
        test: the rule, for the names by which it calls its dataset and for what ``{property}`` stands for.
        query: the author's, with placeholders.
        dataset: the one that is tested.
        levels: of its columns, by name in lower case.

    Returns:
        Nothing where the query cannot be read, or does not say by itself which columns it gives.
    """
    from sqlglot import exp

    select = _parsed(query, test.column)
    if select is None:
        return {}
    is_own = _reads_only(select, {_TABLE, *(name.lower() for name in test.own_names)})
    stored = [part.column for part in dataset.properties if part.semantic_type is SemanticType.COLUMN]
    columns: dict[str, Level] = {}
    for given in select.selects:
        if isinstance(given, exp.Star):
            if not is_own or _given(given):
                return {}
            columns |= {name: levels[name.lower()] for name in stored}
        elif not given.output_name or given.is_star or given.find(exp.Columns):
            return {}
        else:
            columns[_own(given.output_name, test.column)] = _level(given, select, levels, test.column, is_own=is_own)
    return columns


def _parsed(query: str, column: str | None) -> exp.Select | None:
    import sqlglot
    from sqlglot import exp

    try:
        parsed = sqlglot.parse(fill(query, _TABLE, _COLUMN if column else None), read="duckdb")
    except (sqlglot.errors.SqlglotError, Unreadable):
        return None
    return parsed[0] if len(parsed) == 1 and isinstance(parsed[0], exp.Select) else None


def _reads_only(select: exp.Select, own: set[str]) -> bool:
    """Say whether a query reads the tested dataset and nothing else, without a query inside and under its own names."""
    from sqlglot import exp

    tables = list(select.find_all(exp.Table))
    if len(tables) != 1 or len(list(select.find_all(exp.Query))) != 1 or not _given(select) <= _PLAIN:
        return False
    alias = tables[0].args.get("alias")
    is_renamed = alias is not None and bool(alias.args.get("columns"))
    return tables[0].name.lower() in own and not is_renamed and _given(tables[0]) <= {"this", "db", "alias"}


def _given(node: exp.Expr) -> set[str]:
    return {name for name, value in node.args.items() if value}


def _level(
    given: exp.Expr, select: exp.Select, levels: Mapping[str, Level], column: str | None, *, is_own: bool
) -> Level:
    from sqlglot import exp

    if not is_own:  # of what another table holds nothing is known here, and a name inside may be anything
        return strictest([Level.RESTRICTED, *levels.values()])
    tables = {table.alias_or_name.lower() for table in select.find_all(exp.Table)}
    names = {
        _own(part.name, column).lower()
        for one in given.find_all(exp.Column)
        for part in one.parts
        if part is one.this or part.name.lower() in levels or part.name.lower() not in tables
    }
    if not names <= levels.keys():  # a field inside a column, a whole row, another name for something before it
        return strictest([Level.UNCLASSIFIED, *levels.values()])
    return strictest(levels[name] for name in names) if names else Level.OPEN  # a count of rows, a text


def _own(name: str, column: str | None) -> str:
    return column if column is not None and name == _COLUMN else name

"""SQL that authors write into rules: is it one harmless query or expression, and what does it read?

sqlglot is imported where it is used: contracts without such rules do not pay for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.sql.refused import OUTSIDE, refused_uses
from assay.sql.tokens import sql_tokens
from assay.validation.plain_expressions import plain_columns

_DIALECT = "duckdb"

_PLACEHOLDER = re.compile(r"\$?\{(object|table|property|column)\}")
_OF_TABLE = frozenset({"object", "table"})


class Unreadable(Exception):
    """A fragment that is not what it should be; the message says why."""


def fill(query: str, table: str, column: str | None) -> str:
    """Put a table and a column, both as SQL, in the place of ``{object}``, ``${table}``, ``{property}``, ``${column}``.

    Raises:
        Unreadable: the query asks for a column and there is none.
    """

    def name(match: re.Match[str]) -> str:
        if match[1] in _OF_TABLE:
            return table
        if column is None:
            raise Unreadable(f"{match[0]} stands for a column, and the rule stands at the whole dataset")
        return column

    return _PLACEHOLDER.sub(name, query).strip().rstrip(";")


def tables_of(query: str) -> tuple[TableRef, ...]:
    """Return the tables that a query reads, without those it defines itself.

    Raises:
        Unreadable: not one single query, or one that reads files or calls functions as tables.
    """
    import sqlglot
    from sqlglot import exp

    from assay.sql.tree import telling_parts

    try:
        statements = sqlglot.parse(query, read=_DIALECT)
    except sqlglot.errors.SqlglotError as error:
        raise Unreadable(_first_line(error)) from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise Unreadable("not one single SELECT")
    _refuse_outside(query, telling_parts(statements[0]))
    own = {cte.alias for cte in statements[0].find_all(exp.CTE)}
    found = {_table(table) for table in statements[0].find_all(exp.Table)}
    return tuple(sorted((ref for ref in found if ref.schema or ref.name not in own), key=str))


def columns_of(expression: str) -> tuple[str, ...]:
    """Return the names of the columns that an expression uses.

    Raises:
        Unreadable: not one single expression without a query inside.
    """
    plain = plain_columns(expression)
    return parsed_columns(expression) if plain is None else plain


def parsed_columns(expression: str) -> tuple[str, ...]:
    """Return the names of the columns that an expression uses, as a parser of SQL finds them.

    Raises:
        Unreadable: not one single expression without a query inside.
    """
    import sqlglot
    from sqlglot import exp

    try:
        statements = sqlglot.parse(f"SELECT (\n{expression}\n)", read=_DIALECT)
    except sqlglot.errors.SqlglotError as error:
        raise Unreadable(_first_line(error)) from error
    select = statements[0] if len(statements) == 1 else None
    if not isinstance(select, exp.Select) or len(select.expressions) != 1 or select.args.get("from_"):
        raise Unreadable("not one single expression")
    if not isinstance(select.expressions[0], exp.Paren) or isinstance(select.expressions[0].this, exp.Alias):
        raise Unreadable("not one single expression")
    if len(list(select.find_all(exp.Query))) != 1:
        raise Unreadable("a query inside an expression; write a rule of type sql")
    _refuse_outside(expression, ())
    return tuple(dict.fromkeys(column.name for column in select.find_all(exp.Column)))


def _refuse_outside(text: str, parts: Sequence[Any]) -> None:
    """Refuse what leads out of the tables: functions that read files, settings or other queries, as table or value.

    Raises:
        Unreadable: with the first of them.
    """
    from assay.sql.tree import refused_parts

    try:
        tokens = sql_tokens(text, "rule")
    except AssayError as error:
        raise Unreadable(error.faults[0].found) from error
    faults = [*refused_uses(tokens, "rule", (OUTSIDE,)), *refused_parts(parts, tokens, "rule", steady=False)]
    if faults:
        raise Unreadable(f"expected {faults[0].expected}, found {faults[0].found}")


def _table(table: object) -> TableRef:
    from sqlglot import exp

    assert isinstance(table, exp.Table)
    if not isinstance(table.this, exp.Identifier) or "." in table.name or "/" in table.name:
        raise Unreadable(f"{table.sql(_DIALECT)} is not the name of a table")
    if table.catalog:
        raise Unreadable(f"{table.sql(_DIALECT)} has more than two parts")
    return TableRef(table.db or None, table.name)


def _first_line(error: Exception) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    return text.splitlines()[0] if text else "no SQL"

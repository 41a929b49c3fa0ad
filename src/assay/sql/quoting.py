"""Names and texts as SQL writes them, so that nothing in them is taken for SQL."""

from __future__ import annotations

from assay.base.names import TableRef


def identifier(name: str) -> str:
    """Quote a name."""
    return '"' + name.replace('"', '""') + '"'


def table_sql(table: TableRef) -> str:
    """Name a table as it is attached."""
    return ".".join(identifier(part) for part in (table.schema, table.name) if part)


def text_literal(text: str) -> str:
    """Write a text literal."""
    return "'" + text.replace("'", "''") + "'"

"""Tables of a PostgreSQL that somebody names by its address, for a look at what they hold."""

# ruff: noqa: S608  (all names in the SQL made here are quoted by `assay.sql.quoting`)

from __future__ import annotations

from collections.abc import Sequence

from assay.base.errors import Place
from assay.base.source_places import DatabaseAddress, TablePlace, WantedColumn
from assay.connectors.sources.postgresql import PostgresqlSession
from assay.connectors.sources.postgresql_columns import StoredColumn
from assay.sql.quoting import identifier

_WIDEST = 38
_PUBLIC = "public"


class PostgresqlTables:
    """The `TableReader` port on PostgreSQL; tables are named with their schema, those of ``public`` without."""

    def __init__(self, address: DatabaseAddress, shown: str) -> None:
        """Connect.

        Args:
            address: of the database.
            shown: the address as it may be shown.

        Raises:
            AssayError: nobody answers, or we are not let in.
        """
        self._address = address
        self._where = Place(shown)
        self._session = PostgresqlSession(address, self._where)

    def tables(self) -> Sequence[str]:
        """Return the tables and views that may be read."""
        found = self._session.tables(self._where)
        return [name if schema == _PUBLIC else f"{schema}.{name}" for schema, name in found]

    def fetch(self, table: str, path: str) -> None:
        """Write a table to one new Parquet file; numbers without digits get those that its values need."""
        schema, name = split_table(table)
        place = TablePlace(self._where, self._address, schema, name, f"{self._where}, table {table}")
        stored = self._session.stored(place)
        columns = tuple(WantedColumn(c.name, self._promised(c, place), self._where) for c in stored)
        query, read = self._session.read_table(
            TablePlace(self._where, self._address, schema, name, place.written, columns)
        )
        self._session.bring(query, read, self._where, path)

    def close(self) -> None:
        """End the connection."""
        self._session.close()

    def _promised(self, column: StoredColumn, place: TablePlace) -> str | None:
        """Return what to promise of a column, so that all its values have a place; None where that is clear."""
        if column.kind == "money":
            return None
        digits = column.digits
        if column.kind != "numeric" or (digits and max(digits[0], digits[1]) - min(digits[1], 0) <= _WIDEST):
            return None
        name, table = identifier(column.name), f"{identifier(place.schema)}.{identifier(place.table)}"
        numbers = f"{name} IN ('NaN', 'Infinity', '-Infinity')"
        asked = (
            f"SELECT coalesce(max(length(trunc(abs({name}))::text)) FILTER (WHERE NOT {numbers}), 0)::int8, "
            f"coalesce(max(scale({name})) FILTER (WHERE NOT {numbers}), 0)::int8, "
            f"coalesce(bool_or({numbers}), false) FROM {table}"
        )
        whole, fraction, has_none = self._session.rows(asked, self._where)[0]
        if has_none or whole + fraction > _WIDEST:
            return "VARCHAR"
        return f"DECIMAL({_WIDEST},{fraction})"


def split_table(table: str) -> tuple[str, str]:
    """Return schema and name of a table as `PostgresqlTables.tables` names it."""
    schema, dot, name = table.partition(".")
    return (schema, name) if dot else (_PUBLIC, table)

"""Tables of PostgreSQL, streamed into Parquet by ADBC: record batches, so that memory does not grow with the table.

All tables of one database that are landed together are read in one transaction that sees one moment of it. Nothing
cheap says reliably whether a table has changed (counters of statistics are lost in a crash, and a visible row may have
any transaction's number), so that a table is read each time and its content decides: the rows come in the order of the
contract's key, so that the same rows are the same file.
"""

# ruff: noqa: S608  (all names and texts in the SQL made here are quoted by `assay.sql.quoting`)

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import pyarrow as pa

from assay.base.deliveries import Delivery
from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.printable import some
from assay.base.source_places import DatabaseAddress, SourcePlace, TablePlace, WantedColumn
from assay.connectors.sources.interruptible import interruptible
from assay.connectors.sources.parquet_files import write_batches
from assay.connectors.sources.postgresql_columns import ReadColumn, StoredColumn, read_column
from assay.connectors.sources.postgresql_words import answer_to
from assay.sql.quoting import identifier, text_literal

Found = TypeVar("Found")

_CONNECT_SECONDS = 10
_BEGIN = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET LOCAL search_path = pg_catalog",
    "SET LOCAL standard_conforming_strings = on",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO'",
    "SET LOCAL IntervalStyle = 'iso_8601'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL lock_timeout = '30s'",
    "SET LOCAL synchronize_seqscans = off",  # without a key the rows come as they lie, from the first one on
    "SET LOCAL max_parallel_workers_per_gather = 0",
)
_RELATIONS = "'r', 'p', 'v', 'm', 'f'"
"""Tables, partitioned ones, views, materialised views, foreign tables."""

_COLUMNS = """
WITH RECURSIVE wanted AS (
    SELECT a.attnum, a.attname, a.atttypid AS kind, a.atttypmod AS modifier
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = {schema} AND c.relname = {table} AND c.relkind IN ({relations})
      AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT w.attnum, w.attname, t.typbasetype, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE w.modifier END
    FROM wanted w JOIN pg_type t ON t.oid = w.kind WHERE t.typtype = 'd'
)
SELECT w.attname::text, t.typname::text, w.modifier::int8, t.typtype = 'e',
       coalesce(CASE WHEN t.typcategory = 'A' THEN e.typname::text END, '')
FROM wanted w JOIN pg_type t ON t.oid = w.kind LEFT JOIN pg_type e ON e.oid = t.typelem
WHERE t.typtype <> 'd' ORDER BY w.attnum
"""
_TABLES = f"""
SELECT n.nspname::text, c.relname::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ({_RELATIONS}) AND NOT c.relispartition
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1, 2
"""
_MANY = 12
"""Of more tables or columns a message names the first ones."""


class PostgresqlSources:
    """The `SourceReader` port on PostgreSQL."""

    def __init__(self) -> None:
        """Connect to nothing yet."""
        self._open: dict[DatabaseAddress, PostgresqlSession] = {}

    def deliveries(self, place: SourcePlace) -> Sequence[Delivery]:
        """Look at the columns of a table; its rows are read when it is brought."""
        assert isinstance(place, TablePlace)
        session = self._open.get(place.address)
        if session is None:
            session = self._open.setdefault(place.address, PostgresqlSession(place.address, place.where))
        query, columns = session.read_table(place)
        bring = partial(session.bring, query, columns, place.where)
        return [Delivery(f"{place.written} {place.schema}.{place.table}", place.written, None, bring)]

    def close(self) -> None:
        """End all connections."""
        for session in self._open.values():
            session.close()
        self._open.clear()


class PostgresqlSession:
    """One connection, and in it one transaction that reads one moment of the database."""

    def __init__(self, address: DatabaseAddress, where: Place) -> None:
        """Connect.

        Args:
            address: of the database.
            where: the place that named it.

        Raises:
            AssayError: the driver is not installed, nobody answers, or we are not let in.
        """
        try:
            from adbc_driver_manager import Error
            from adbc_driver_postgresql import dbapi
        except ModuleNotFoundError as error:
            hint = "Install it: pip install 'assay[sources-postgresql]'"
            raise AssayError(Fault(where, f"the package {error.name}", "none", hint)) from error
        signal.siginterrupt(signal.SIGINT, True)  # the driver imports Polars, whose handler lets no wait be interrupted
        self._error = Error
        try:
            self._connection = dbapi.connect(_conninfo(address))
        except Error as error:
            raise AssayError(answer_to(error, where, is_connecting=True)) from None  # it may repeat the address
        try:
            self._begin(where)
        except BaseException:
            self.close()
            raise

    def read_table(self, place: TablePlace) -> tuple[str, tuple[ReadColumn, ...]]:
        """Make the query that reads a table.

        Raises:
            AssayError: no such table, or columns that are not there or of a type that is not read; all of them.
        """
        stored = {column.name: column for column in self._columns(place)}
        if not stored:
            hint = self._known(place)
            raise AssayError(Fault(place.where, f"the table {place.schema}.{place.table}", "no such table", hint))
        wanted = place.columns or tuple(WantedColumn(name, None, place.where) for name in stored)
        found = [_read(one, stored) for one in wanted]
        raise_faults(each for each in found if isinstance(each, Fault))
        columns = tuple(each for each in found if isinstance(each, ReadColumn))
        table = f"{identifier(place.schema)}.{identifier(place.table)}"
        self._refuse_deep_arrays(table, columns, place)
        picked = ", ".join(f"{column.sql} AS {identifier(column.name)}" for column in columns)
        key = ", ".join(identifier(name) for name in place.key if name in stored)
        return f"SELECT {picked} FROM {table}" + (f" ORDER BY {key}" if key else ""), columns

    def bring(self, query: str, columns: Sequence[ReadColumn], where: Place, path: str) -> None:
        """Run the query of `read_table` and write its rows to one new Parquet file.

        Raises:
            AssayError: a value that its column's type has no place for, or the database fails.
        """
        schema = pa.schema([pa.field(column.name, column.type) for column in columns])

        def work() -> int:
            with self._connection.cursor() as cursor:
                cursor.execute(query)
                batches = _arriving(cursor.fetch_record_batch())
                return write_batches((_turned(batch, columns, schema, where) for batch in batches), schema, path)

        self._ask(where, work)

    def tables(self, where: Place) -> list[tuple[str, str]]:
        """Return schema and name of every table that may be read."""
        return [(str(schema), str(name)) for schema, name in self._rows(_TABLES, where)]

    def rows(self, query: str, where: Place) -> list[tuple[Any, ...]]:
        """Return all rows of a query of few."""
        return self._rows(query, where)

    def stored(self, place: TablePlace) -> tuple[StoredColumn, ...]:
        """Return the columns of a table; empty where there is no such table."""
        return self._columns(place)

    def close(self) -> None:
        """End the connection."""
        with suppress(self._error):  # it was cut: what was read is known by now
            self._connection.close()

    def _begin(self, where: Place) -> None:
        def work() -> None:
            with self._connection.cursor() as cursor:
                for statement in _BEGIN:
                    cursor.execute(statement)

        self._ask(where, work, is_connecting=True)

    def _columns(self, place: TablePlace) -> tuple[StoredColumn, ...]:
        query = _COLUMNS.format(
            schema=text_literal(place.schema), table=text_literal(place.table), relations=_RELATIONS
        )
        return tuple(StoredColumn(*row) for row in self._rows(query, place.where))

    def _known(self, place: TablePlace) -> str:
        here = [name for schema, name in self.tables(place.where) if schema == place.schema]
        return f"That may be read in {place.schema}: {some(here, _MANY) or 'none'}."

    def _refuse_deep_arrays(self, table: str, columns: Sequence[ReadColumn], place: TablePlace) -> None:
        """Refuse arrays of several dimensions: they would arrive as if they had one."""
        listed = [column for column in columns if column.is_array]
        if not listed:
            return
        asked = ", ".join(f"coalesce(bool_or(array_ndims({column.sql}) > 1), false)" for column in listed)
        found = self._rows(f"SELECT {asked} FROM {table}", place.where)[0]
        hint = "Promise a string to get it as PostgreSQL writes it, or read a view that unnests it."
        raise_faults(
            Fault(place.where, f"arrays of one dimension in {column.name}", "some of several", hint)
            for column, is_deep in zip(listed, found, strict=True)
            if is_deep
        )

    def _rows(self, query: str, where: Place) -> list[tuple[Any, ...]]:
        def work() -> list[tuple[Any, ...]]:
            with self._connection.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall())

        return self._ask(where, work)

    def _ask(self, where: Place, work: Callable[[], Found], *, is_connecting: bool = False) -> Found:
        """Do work at the server; turn its errors into ours, and go on with a new transaction after one."""
        try:
            return interruptible(work, self._connection.adbc_cancel)
        except (self._error, _BrokenStream) as error:
            wrong = AssayError(answer_to(error, where, is_connecting=is_connecting))
        except AssayError as error:
            wrong = error
        if not is_connecting:
            self._again(where)
        raise wrong

    def _again(self, where: Place) -> None:
        with suppress(self._error, AssayError):  # what is wrong with the connection was said already
            self._connection.rollback()
            self._begin(where)


class _BrokenStream(Exception):
    """Say that the server failed while rows arrived; Arrow, through which they do, has errors of its own."""


def _arriving(reader: Any) -> Iterator[Any]:
    """Give the batches of a stream."""
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except (pa.ArrowException, OSError) as error:
            raise _BrokenStream(str(error)) from None
        yield batch


def _conninfo(address: DatabaseAddress) -> str:
    """Write an address as the client library takes it; what is not given is left to its own variables and files."""
    given = {
        "host": address.host, "port": str(address.port), "dbname": address.database, "user": address.user,
        "password": address.password, "sslmode": address.sslmode, "sslrootcert": address.sslrootcert,
        "connect_timeout": str(_CONNECT_SECONDS), "application_name": "assay", "client_encoding": "UTF8",
        # A network that is gone is noticed within a minute or two, and not when somebody looks next week.
        "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "6", "tcp_user_timeout": "90000",
    }  # fmt: skip
    return " ".join(f"{name}={_quoted(value)}" for name, value in given.items() if value is not None)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _read(wanted: WantedColumn, stored: dict[str, StoredColumn]) -> ReadColumn | Fault:
    column = stored.get(wanted.name)
    if column is not None:
        return read_column(column, wanted.promised, wanted.where)
    hint = f"The table has {some(list(stored), _MANY)}; physicalName says how a column is called there."
    return Fault(wanted.where, f"the column {wanted.name} in the table", "no such column", hint)


def _turned(batch: Any, columns: Sequence[ReadColumn], schema: pa.Schema, where: Place) -> pa.RecordBatch:
    """Return a batch in the types in which it is written."""
    arrays = []
    for number, column in enumerate(columns):
        try:
            arrays.append(column.turn(batch.column(number)))
        except ValueError:  # Arrow's errors are of this kind too; they repeat the value
            hint = "Promise other digits or a string in physicalType, or read a view that leaves such values out."
            found = "one that has no place in it: NaN, infinity, or other digits"
            raise AssayError(Fault(where, f"values of {column.type} in {column.name}", found, hint)) from None
    return pa.RecordBatch.from_arrays(arrays, schema=schema)

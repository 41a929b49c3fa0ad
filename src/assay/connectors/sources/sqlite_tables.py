"""Tables of an SQLite file, read by what their values are: a declared type binds nobody there."""

# ruff: noqa: S608  (all names in the SQL made here are quoted by `assay.sql.quoting`)

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from assay.base.errors import AssayError, Fault, Place, refusal
from assay.connectors.sources.parquet_files import write_batches
from assay.sql.quoting import identifier

_ROWS_AT_ONCE = 20_000
_TABLES = """
SELECT name FROM sqlite_master
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name
"""
_DAY = "date({0}) IS {0}"
_MOMENT = "(length({0}) = 19 AND datetime({0}) IS replace({0}, 'T', ' '))"


@dataclass(frozen=True, slots=True)
class _Read:
    """A column: its type in Arrow, and what makes a value of that type of a stored one."""

    name: str
    type: pa.DataType
    turn: Callable[[Any], Any]


class SqliteTables:
    """The `TableReader` port on SQLite."""

    def __init__(self, file: Path) -> None:
        """Open a file, to read only.

        Raises:
            AssayError: it cannot be opened.
        """
        self._file = file
        with self._said_by_us():
            self._connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
            self._connection.execute("BEGIN")  # all is read as of one moment
            self._connection.execute("SELECT count(*) FROM sqlite_master")

    def tables(self) -> Sequence[str]:
        """Return the tables and views."""
        with self._said_by_us():
            return [str(name) for (name,) in self._connection.execute(_TABLES)]

    def fetch(self, table: str, path: str) -> None:
        """Write a table to one new Parquet file."""
        with self._said_by_us():
            columns = self._columns(table)
            schema = pa.schema([pa.field(column.name, column.type) for column in columns])
            picked = ", ".join(identifier(column.name) for column in columns)
            cursor = self._connection.execute(f"SELECT {picked} FROM {identifier(table)}")
            write_batches(_batches(cursor, columns, schema), schema, path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _columns(self, table: str) -> list[_Read]:
        if table not in self.tables():
            raise refusal(str(self._file), expected=f"the table {table}", found="no such table")
        declared = [
            (str(name), str(kind).upper())
            for _, name, kind, *_ in self._connection.execute(f"PRAGMA table_info({identifier(table)})")
        ]
        found = []
        for name, kind in declared:
            quoted = identifier(name)
            counted = ", ".join(
                f"coalesce(sum({test}), 0)"
                for test in (
                    *(f"typeof({quoted}) = '{each}'" for each in ("integer", "real", "text", "blob")),
                    f"typeof({quoted}) = 'integer' AND {quoted} NOT IN (0, 1)",
                    f"typeof({quoted}) = 'text' AND {_DAY.format(quoted)}",
                    f"typeof({quoted}) = 'text' AND {_MOMENT.format(quoted)}",
                )
            )
            counts = self._connection.execute(f"SELECT {counted} FROM {identifier(table)}").fetchone()
            found.append(_read(name, kind, *counts))
        return found

    @contextmanager
    def _said_by_us(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            hint = "Somebody else may hold it: try again when they are done." if "locked" in str(error) else ""
            fault = Fault(Place(str(self._file)), "an SQLite file that can be read", str(error).split("\n")[0], hint)
            raise AssayError(fault) from error


def _read(
    name: str, declared: str, whole: int, real: int, text: int, blob: int, others: int, days: int, moments: int
) -> _Read:
    """Choose the narrowest type that has a place for every value, the declared one where all values have it."""
    if blob:
        return _Read(name, pa.binary(), _bytes)
    if text and not (whole or real):
        if "DATE" in declared and "TIME" not in declared and days == text:
            return _Read(name, pa.date32(), datetime.date.fromisoformat)
        if ("DATE" in declared or "TIME" in declared) and moments == text:
            return _Read(name, pa.timestamp("us"), datetime.datetime.fromisoformat)
    if text:
        return _Read(name, pa.string(), str)
    if whole and not real:
        is_flag = "BOOL" in declared and not others
        return _Read(name, pa.bool_() if is_flag else pa.int64(), bool if is_flag else int)
    if real:
        return _Read(name, pa.float64(), float)
    return _Read(name, _without_values(declared), _same)


def _without_values(declared: str) -> pa.DataType:
    """Return the type of a column that holds nothing, by SQLite's own rules of affinity."""
    if "INT" in declared:
        return pa.int64()
    if any(word in declared for word in ("REAL", "FLOA", "DOUB")):
        return pa.float64()
    return pa.string()


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _same(value: Any) -> Any:
    return value


def _batches(cursor: sqlite3.Cursor, columns: Sequence[_Read], schema: pa.Schema) -> Iterator[Any]:
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        arrays = []
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            turned = [None if value is None else column.turn(value) for value in values]
            arrays.append(pa.array(turned, column.type))
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)

"""Tables of a DuckDB file, opened to read, in a session that reaches nothing else."""

# ruff: noqa: S608  (all names and texts in the SQL made here are quoted by `assay.sql.quoting`)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from assay.base.errors import AssayError, Fault, Place, refusal
from assay.base.snapshots import Column
from assay.engines.duckdb import check_columns, narrowed
from assay.engines.duckdb_progress import hide_progress
from assay.sql.quoting import identifier, text_literal

_MAIN = "main"
_CLOSED = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "TimeZone": "'UTC'",
}
_LOCKED = {"enable_external_access": "false", "lock_configuration": "true"}
"""Last of all: nothing but the folder is open from then on."""

_TABLES = """
SELECT table_schema, table_name FROM information_schema.tables
WHERE table_catalog = current_database() ORDER BY 1, 2
"""
_ANSWERS = {
    "Could not set lock": ("a file that nobody writes", "one that another process holds", "Try again when it is done."),
    "No space left": ("space on the disk", "a full disk", "Free some space and run the command again."),
    "File too large": ("space on the disk", "a full disk", "Free some space and run the command again."),
    "newer version": ("a file of this version of DuckDB", "a newer one", "Write it with STORAGE_VERSION 'v1.5.0'."),
}


class DuckDBTables:
    """The `TableReader` port on a DuckDB file; tables of another schema than ``main`` are named with it."""

    def __init__(self, file: Path, folder: Path) -> None:
        """Open a file.

        Args:
            file: the database.
            folder: where tables are written to; nothing else on the machine is open to the session.

        Raises:
            AssayError: it cannot be opened.
        """
        import duckdb

        self._file = file
        self._error = duckdb.Error
        with self._said_by_us():
            self._session = duckdb.connect(str(file), read_only=True)
            hide_progress(self._session)
            place = text_literal(f"{folder.resolve()}/")
            for name, value in {
                **_CLOSED,
                "temp_directory": place,
                "allowed_directories": f"[{place}]",
                **_LOCKED,
            }.items():
                self._session.execute(f"SET {name} = {value}")

    def tables(self) -> Sequence[str]:
        """Return the tables and views."""
        with self._said_by_us():
            found = self._session.execute(_TABLES).fetchall()
        return [name if schema == _MAIN else f"{schema}.{name}" for schema, name in found]

    def fetch(self, table: str, path: str) -> None:
        """Write a table to one new Parquet file."""
        if table not in self.tables():
            raise refusal(str(self._file), expected=f"the table {table}", found="no such table")
        schema, dot, name = table.partition(".")
        source = f"{identifier(schema)}.{identifier(name)}" if dot else identifier(table)
        with self._said_by_us():
            described = self._session.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
            columns = [Column(column, kind) for column, kind, *_ in described]
            check_columns(columns)
            query = f"SELECT {narrowed(columns)} FROM {source}"
            self._session.execute(f"COPY ({query}) TO {text_literal(path)} (FORMAT parquet, COMPRESSION zstd)")

    def close(self) -> None:
        """Close the file."""
        self._session.close()

    @contextmanager
    def _said_by_us(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            message = " ".join(str(error).split())
            unknown = "a DuckDB file that can be read", message, ""
            answer = next((answer for words, answer in _ANSWERS.items() if words in message), unknown)
            raise AssayError(Fault(Place(str(self._file)), *answer)) from error

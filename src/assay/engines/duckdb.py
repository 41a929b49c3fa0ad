"""DuckDB in this process, shut in: it reads and writes the folders it is given and nothing else, no network either."""

# ruff: noqa: S608  (all names and texts in the SQL made here are quoted by `assay.sql.quoting`)

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import get_ident, local
from typing import TYPE_CHECKING, Any

from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.file_forms import Converted, FileForm
from assay.base.footers import Chunk, Footer
from assay.base.full_disk import full_disk, says_full_disk
from assay.base.names import TableRef
from assay.base.snapshots import Column, ContentSums
from assay.base.texts import refuse_undecoded
from assay.engines.asides import Aside
from assay.engines.duckdb_content import content_sql
from assay.engines.duckdb_convert import convert_files
from assay.engines.duckdb_distinct import FEW_ROWS, find_repeats
from assay.engines.duckdb_footers import DISBELIEVING, MEASURING, read_footers, reread
from assay.engines.duckdb_names import column_names, refuse_alike, spelled_path
from assay.engines.duckdb_progress import hide_progress
from assay.engines.duckdb_slices import SLICE, collect_slices, copy_slices, first_file
from assay.engines.interrupts import InterruptWatch
from assay.engines.scratch import OwnFolder
from assay.sql.parse import AS_OF
from assay.sql.quoting import identifier, text_literal
from assay.sql.tokens import sql_tokens
from assay.sql.writing import select

if TYPE_CHECKING:
    import duckdb

_QUERY = "query"
"""How errors name a query; who knows the file from which it came puts its name there."""

_LINE = re.compile(r"\n+LINE (\d+):.*", re.DOTALL)
_INTERRUPTED = "Query interrupted"
_INTERRUPTED_READER = "INTERRUPT Error"

# Parquet has no integer of 128 bits and DuckDB would write a DOUBLE without a word. A sum of integers is a HUGEINT;
# as BIGINT it keeps every digit, and one that does not fit fails the step.
_NARROWED = {"HUGEINT": "BIGINT", "UHUGEINT": "UBIGINT"}
_UNKEPT = re.compile(r"HUGEINT|BIGNUM|UNION\(|\bBIT\b")
_RENAMED = re.compile(r"_\d+$")
"""How DuckDB calls a column whose name, but for its case, another one of the file has."""
# What comes back from Parquet as it went in; the other types are asked for after writing.
_KEPT = frozenset(
    {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
    | {"FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "UUID", "BLOB"}
)


MOST_THREADS = 8
"""So many threads may write beside the one that opened the session; settings are locked, so all are ready before."""


class DuckDBEngine:
    """The `Engine` port on DuckDB: one in-memory session."""

    def __init__(
        self,
        scratch: Path,
        folders: Sequence[Path],
        as_of: date | None = None,
        memory_bytes: int | None = None,
        threads: int | None = None,
        files: Sequence[Path] = (),
    ) -> None:
        """Open a session.

        Args:
            scratch: where it may put what does not fit into memory; made if it is missing.
            folders: what it may read from and write to; everything else on the machine is closed to it.
            as_of: the logical date that ``$as_of`` stands for; None for a session in which no query asks for it.
            memory_bytes: the most memory it takes; None for DuckDB's own choice, 80 % of the machine's.
            threads: how many it uses; None for one each processor.
            files: single files that it may read besides.
        """
        self._as_of = as_of
        self._owner = get_ident()
        self._schemas: set[str] = set()
        self._spill = OwnFolder(scratch, "spill")
        self._converted = OwnFolder(scratch, "converted")
        self._conversions = 0
        settings: dict[str, str | list[str]] = {
            "temp_directory": str(self._spill.path),
            "home_directory": str(scratch.resolve()),
            "allowed_directories": [f"{folder.resolve()}/" for folder in (*folders, self._converted.path)],
            "allowed_paths": [str(file.resolve()) for file in files],
            **_CLOSED,
        }
        if memory_bytes is not None:
            settings["memory_limit"] = f"{memory_bytes}B"
        if threads is not None:
            settings["threads"] = str(threads)
        self._settings = "; ".join(f"SET GLOBAL {name} = {_setting(value)}" for name, value in settings.items())
        self._main, *self._connections = self._connected()
        self._spare = self._connections[1:]
        self._others = local()
        self._asides: list[Aside[Any]] = []
        self._doubting: duckdb.DuckDBPyConnection | None = None
        self._attached: dict[TableRef, tuple[str, ...]] = {}
        self._watch = InterruptWatch(self.interrupt)

    def interrupt(self) -> None:
        """Stop what goes on, in whichever thread: it ends as by Ctrl-C."""
        for session in (self._main, *self._connections, self._doubting):
            if session is not None:
                session.interrupt()

    @contextmanager
    def _said_by_us(self, what: str, folder: str = "", expected: str = "") -> Iterator[None]:
        """Turn DuckDB's errors into ours; what was stopped has stopped.

        DuckDB leaves a query when a signal comes, and its threads go on with it. Whatever is asked next, and closing
        too, waits until they have ended, unless they are told once more.
        """
        try:
            with _said_by_us(what, folder, expected):
                yield
        except KeyboardInterrupt:
            for session in (self._session, self._doubting):
                if session is not None:
                    session.interrupt()
            raise

    @property
    def _session(self) -> duckdb.DuckDBPyConnection:
        """The connection of this thread; all see the same tables, and share one pool of threads and memory."""
        if get_ident() == self._owner:
            return self._main
        if not hasattr(self._others, "connection"):
            self._others.connection = self._spare.pop()
        connection: duckdb.DuckDBPyConnection = self._others.connection
        return connection

    def _connected(self, setting: str = "") -> list[duckdb.DuckDBPyConnection]:
        """Open a session, and more connections to it: one for what is asked beside, and those of other threads."""
        import duckdb  # 0.1 s, and only a build that runs something needs it

        with _said_by_us("DuckDB"):
            session = duckdb.connect(":memory:")
            session.execute(f"{self._settings}; {setting}")
            connections = [session, *(session.cursor() for _ in range(1 + MOST_THREADS))]
            for connection in connections:
                hide_progress(connection)
            session.execute("SET enable_external_access = false; SET lock_configuration = true")
        return connections

    @property
    def version(self) -> str:
        """Name of the engine and its version."""
        import duckdb

        return f"DuckDB {duckdb.__version__}"

    def attach(self, table: TableRef, paths: Sequence[str]) -> None:
        """Offer files as a table for later queries, under the name that steps use."""
        self._attached[table] = tuple(paths)
        name = ".".join(identifier(part) for part in (table.schema or "main", table.name))
        with self._said_by_us(str(table)):
            if table.schema is not None and table.schema not in self._schemas:
                self._session.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(table.schema)}")
                self._schemas.add(table.schema)
            self._session.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {self._files(paths)}")

    def define(self, table: TableRef, sql: str) -> None:
        """Offer a query as a table for later queries, with the types that its rows would have in a file."""
        text = _without_end(sql)
        with self._said_by_us(_QUERY):
            columns = self._columns(*self._one_query(sql), text)
            check_columns(columns)
            dated = with_date(text, self._as_of)
            rows = f"SELECT {narrowed(columns)} FROM ({dated}\n)"
            self._session.execute(f"CREATE OR REPLACE VIEW {identifier(table.name)} AS {rows}")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query; moments with a zone are in UTC."""
        with self._said_by_us(_QUERY):
            answer = self._session.execute(*self._one_query(sql))
            if not any("TIME ZONE" in str(column[1]) for column in answer.description or ()):
                return answer.fetchall()
            table = answer.to_arrow_table()  # DuckDB itself would want pytz to be installed
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def arrow(self, sql: str) -> Any:
        """Return the rows of a query as a ``pyarrow.Table``."""
        with self._said_by_us(_QUERY):
            return self._session.execute(*self._one_query(sql)).to_arrow_table()

    def columns(self, sql: str) -> tuple[Column, ...]:
        """Return the columns a query would give, without running it."""
        with self._said_by_us(_QUERY):
            return self._columns(*self._one_query(sql), _without_end(sql))

    def describe(self, path: str) -> tuple[tuple[Column, ...], int]:
        """Return the columns and the number of rows of one Parquet file, from its footer.

        Raises:
            AssayError: no Parquet file, or columns whose names differ in case alone, of which a query sees one.
        """
        with self._said_by_us(path):
            spelled = spelled_path(self._session, path)
            columns = _columns(self._session.execute(f"DESCRIBE SELECT * FROM {_files([spelled])}"))
            # Written out: to bind a value, DuckDB imports pandas where it is installed, which costs 0.6 s.
            counted = f"SELECT num_rows FROM parquet_file_metadata({text_literal(spelled)})"
            found = self._session.execute(counted).fetchall()
            if any(_RENAMED.search(column.name) for column in columns):
                refuse_alike(path, column_names(self._session, spelled))
        return columns, int(found[0][0])

    def convert(self, paths: Sequence[str], form: FileForm, promised: Mapping[str, str]) -> Converted:
        """Write files of text anew as Parquet, one for each, where they stay until the session is closed."""
        self._conversions += 1
        folder = self._converted.path / str(self._conversions)
        folder.mkdir(parents=True)
        with self._said_by_us(paths[0], expected=f"a {form} file", folder=str(folder)):
            return convert_files(self._session, paths, form, promised, str(folder))

    def keep(self, table: TableRef, sql: str) -> int:
        """Run a query and keep its rows as a table of this session; it spills to disk when it does not fit."""
        with self._said_by_us(_QUERY):
            _, values = self._one_query(sql)
            name = identifier(table.name)
            kept = self._session.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {_without_end(sql)}", values)
            return int(kept.fetchall()[0][0])

    def write(self, sql: str, path: str) -> tuple[tuple[Column, ...], int]:
        """Run a query and write its rows to one new Parquet file; return its columns and the number of rows."""
        text = _without_end(sql)
        with self._said_by_us(_QUERY, folder=path.rpartition("/")[0]):
            statement, values = self._one_query(sql)
            columns = self._columns(statement, values, text)
            check_columns(columns)
            rows = f"SELECT {narrowed(columns)} FROM ({text}\n)" if narrowed(columns) != "*" else f"{text}\n"
            copy = f"COPY ({rows}) TO {text_literal(path)} (FORMAT parquet, COMPRESSION zstd)"
            counted = self._session.execute(copy, values).fetchall()
        return self._kept(columns, path), int(counted[0][0])

    def write_slices(
        self, sql: str, folder: str, label: str, condition: str = ""
    ) -> tuple[tuple[Column, ...], tuple[tuple[str, int], ...]]:
        """Run a query and write its rows to Parquet files by slices: one or more for each slice that has rows."""
        text = _without_end(sql)
        with self._said_by_us(_QUERY, folder=folder):
            statement, values = self._one_query(sql)
            columns = self._columns(statement, values, text)
            check_columns(columns)
            rows = select([narrowed(columns), f"{label} AS {SLICE}"], f"({text}\n)", where=condition)
            self._session.execute(copy_slices(rows, folder), values)
            files = collect_slices(self._session, Path(folder))
        return self._kept(columns, f"{folder}/{first_file()}" if files else ""), files

    def _kept(self, columns: Sequence[Column], path: str) -> tuple[Column, ...]:
        """Return the columns as a file holds them; it is looked into where a type does not tell. No file, as asked."""
        kept = tuple(Column(c.name, _NARROWED.get(c.type, c.type)) for c in columns)
        if path and not all(c.type.partition("(")[0] in _KEPT and not c.type.endswith("]") for c in kept):
            kept, _ = self.describe(path)
        return kept

    def content_by(self, paths: Sequence[str], label: str) -> Mapping[str, ContentSums]:
        """Return the sums of `content` for the rows of each slice, which an expression names."""
        with self._said_by_us(paths[0] if paths else "no file"):
            files = self._files(paths)
            columns = _columns(self._session.execute(f"DESCRIBE SELECT * FROM {files}"))
            rows = self._session.execute(content_sql(columns, files, label)).fetchall()
        return {name: ContentSums(int(count), int(lower), int(upper)) for name, count, lower, upper in rows}

    def content(self, paths: Sequence[str]) -> ContentSums:
        """Return sums over the rows of Parquet files that depend neither on their order nor on the files' form."""
        with self._said_by_us(paths[0] if paths else "no file"):
            files = self._files(paths)
            columns = _columns(self._session.execute(f"DESCRIBE SELECT * FROM {files}"))
            rows, lower, upper = self._session.execute(content_sql(columns, files)).fetchall()[0]
        return ContentSums(int(rows), int(lower), int(upper))

    def footers(self, paths: Sequence[str], columns: Sequence[str]) -> tuple[Footer, ...]:
        """Return what the footers of files say of some columns, in the order of the files."""
        with self._said_by_us(paths[0] if len(paths) == 1 else f"one of {len(paths)} files"):
            return tuple(read_footers(self._session, [spelled_path(self._session, path) for path in paths], columns))

    def reread(
        self, path: str, groups: Sequence[tuple[int, int, int]], columns: Sequence[str], ended: frozenset[str]
    ) -> tuple[Chunk, ...]:
        """Return what row groups really hold, whatever the footer says."""
        if self._doubting is None:
            self._doubting = self._connected(MEASURING)[0]
        with self._said_by_us(path):
            return tuple(reread(self._doubting, spelled_path(self._session, path), groups, columns, ended))

    def disbelieve(self) -> None:
        """Take nothing from the footers' statistics from now on; what is attached stays so."""
        self._end_asides()
        self._main.close()
        self._main, *self._connections = self._connected(DISBELIEVING)
        self._schemas.clear()
        for table, paths in self._attached.items():
            self.attach(table, paths)

    def repeats(self, sql: str, most_rows: int) -> tuple[int, tuple[int, ...] | None]:
        """Count the 64-bit numbers that a query gives in its one column ``h``, and find those that occur again."""
        with self._said_by_us(_QUERY):
            self._one_query(sql)
            return find_repeats(self._session, sql, most_rows)

    def repeats_beside(self, sql: str, most_rows: int) -> Callable[[], tuple[int, tuple[int, ...] | None]]:
        """Begin the same; what is returned waits for it. One at a time goes on, and none of few rows."""
        if most_rows <= FEW_ROWS or any(aside.is_going_on for aside in self._asides):
            return lambda: self.repeats(sql, most_rows)
        with self._said_by_us(_QUERY):
            self._one_query(sql)
        connection = self._connections[0]

        def find() -> tuple[int, tuple[int, ...] | None]:
            with _said_by_us(_QUERY):
                return find_repeats(connection, sql, most_rows)

        self._asides.append(Aside(find, connection.interrupt))
        return self._asides[-1].answer

    def _end_asides(self) -> None:
        for aside in self._asides:
            aside.end()
        self._asides.clear()

    def close(self) -> None:
        """End the session."""
        self._watch.close()
        self._end_asides()
        for connection in (*self._connections, self._main):
            connection.close()
        if self._doubting is not None:
            self._doubting.close()
        self._spill.close()
        self._converted.close()

    def _files(self, paths: Sequence[str]) -> str:
        return _files([spelled_path(self._session, path) for path in paths])

    def _columns(self, statement: duckdb.Statement, values: Mapping[str, date], text: str) -> tuple[Column, ...]:
        import duckdb

        if not values:  # with values it would be run at once; without, it takes half as long as to describe it
            try:
                relation = self._session.sql(statement)
            except duckdb.Error:
                pass  # the description says the same and on which line
            else:
                return tuple(Column(n, str(kind)) for n, kind in zip(relation.columns, relation.types, strict=True))
        return _columns(self._session.execute(f"DESCRIBE {text}", values))

    def _one_query(self, sql: str) -> tuple[duckdb.Statement, dict[str, date]]:
        """Check that a text is one query, for nothing else is ever run, and bind what it asks for."""
        import duckdb

        refuse_undecoded(sql, _QUERY)
        statements = self._session.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            found = ", ".join(statement.type.name for statement in statements) or "nothing"
            raise AssayError(Fault(Place(_QUERY), "one SELECT", found))
        asked = statements[0].named_parameters
        if asked - {AS_OF} or (asked and self._as_of is None):
            expected = "no parameter" if self._as_of is None else "no parameter but $as_of"
            raise AssayError(Fault(Place(_QUERY), expected, ", ".join(f"${name}" for name in sorted(asked))))
        return statements[0], {AS_OF: self._as_of} if asked and self._as_of is not None else {}


_CLOSED: Mapping[str, str] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",  # else a query could name a variable of ours as its table
    "parquet_metadata_cache": "true",  # the files never change
    "TimeZone": "UTC",
}


def _setting(value: str | list[str]) -> str:
    return f"[{', '.join(text_literal(each) for each in value)}]" if isinstance(value, list) else text_literal(value)


def _columns(described: duckdb.DuckDBPyConnection) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name, kind, *_ in described.fetchall())


def check_columns(columns: Sequence[Column]) -> None:
    """Refuse what a Parquet file would not give back: two columns of one name, types that it cannot hold.

    Raises:
        AssayError: all such columns.
    """
    seen: set[str] = set()
    faults = []
    for column in columns:
        if column.name.lower() in seen:
            hint = "Give one of them another name with AS."
            faults.append(Fault(Place(_QUERY), "each column once", f"{column.name} again", hint))
        if column.type not in _NARROWED and _UNKEPT.search(column.type):
            hint = "Cast it, for example to BIGINT, DECIMAL or VARCHAR."
            faults.append(Fault(Place(_QUERY), "columns that Parquet can hold", f"{column.name} {column.type}", hint))
        seen.add(column.name.lower())
    raise_faults(faults)


def narrowed(columns: Sequence[Column]) -> str:
    """Write what to select so that every digit of wide integers is kept; ``*`` where there are none."""
    wide = [column for column in columns if column.type in _NARROWED]
    casts = (f"CAST({identifier(c.name)} AS {_NARROWED[c.type]}) AS {identifier(c.name)}" for c in wide)
    return f"* REPLACE ({', '.join(casts)})" if wide else "*"


def _files(paths: Sequence[str]) -> str:
    return f"read_parquet([{', '.join(text_literal(path) for path in paths)}], hive_partitioning = false)"


def with_date(sql: str, as_of: date | None) -> str:
    """Write the logical date into a query: a view has no parameters."""
    parts, end = [], 0
    for token in sql_tokens(sql, _QUERY):
        if token.text == f"${AS_OF}" and as_of is not None:
            parts += [sql[end : token.start], f"DATE '{as_of.isoformat()}'"]
            end = token.start + len(token.text)
    return "".join([*parts, sql[end:]])


def _without_end(sql: str) -> str:
    """Cut off a semicolon and what follows it, to put the query into a larger one."""
    if ";" not in sql:
        return sql
    end = next((token.start for token in sql_tokens(sql, _QUERY) if token.text == ";"), len(sql))
    return sql[:end]


@contextmanager
def _said_by_us(what: str, folder: str = "", expected: str = "") -> Iterator[None]:
    """Turn DuckDB's errors into ours.

    Args:
        what: the query, in which DuckDB names a line, or else the file or table that is looked at.
        folder: what a full disk is said of.
        expected: what would have been right; empty for a query or a Parquet file, whichever it is.
    """
    import duckdb

    try:
        yield
    except RuntimeError as error:  # what DuckDB makes of Ctrl-C
        if str(error) != _INTERRUPTED:
            raise
        raise KeyboardInterrupt from error
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except OSError as error:  # the same, said by Arrow's reader when rows were being fetched
        if not str(error).startswith(_INTERRUPTED_READER):
            raise
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        message = str(error)
        if says_full_disk(message):
            raise AssayError(full_disk(folder or what)) from error
        line = _LINE.search(message) if what == _QUERY else None
        wanted = expected or ("a query that DuckDB can run" if what == _QUERY else "a Parquet file")
        found = " ".join(_LINE.sub("", message).split())
        raise AssayError(Fault(Place(what, int(line[1]) if line else None), wanted, found)) from error

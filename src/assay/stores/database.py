"""The database under the stores: SQLite in a file, or PostgreSQL by URL; one code path through SQLAlchemy Core."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, create_engine, event, insert, inspect, select
from sqlalchemy.engine import Engine, ExceptionContext
from sqlalchemy.exc import OperationalError

from assay.base.errors import AssayError, refusal

VERSION = 1
"""Of the tables' form; a database that was written by a newer Assay is refused."""

metadata = MetaData()

version_table = Table("store_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

_BUSY_MILLISECONDS = 10_000
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_RESTORE = "It was changed by hand or is damaged: restore it from a backup."
_ANSWERS = {
    "database or disk is full": (
        "space on the disk",
        "Free some space and run the command again: nothing was changed.",
    ),
    "disk I/O error": (
        "a disk that can be written",
        "It is full, over a quota, or failing: make room or mend it, and run the command again.",
    ),
    "attempt to write a readonly database": ("leave to write", "Ask whose home this is for the right to write there."),
    "file is not a database": ("a database", _RESTORE),
    "database disk image is malformed": ("a database that is whole", _RESTORE),
    "database is locked": ("the database to be free", "Another command has written for 10 s: wait for it to end."),
}
"""What SQLite says when it is nobody's mistake; what was expected, and what to do."""


@lru_cache(maxsize=8)
def open_database(url: str, tables: MetaData = metadata) -> Engine:
    """Open a database and make the tables that it lacks.

    Args:
        url: ``sqlite:///PATH`` or ``postgresql+psycopg://...``.
        tables: which ones it has; those of a home where nobody says otherwise. `version_table` is among them.

    Raises:
        AssayError: it cannot be opened, or a newer Assay has written it.
    """
    database = create_engine(url)
    event.listen(database, "handle_error", _refuse_in_our_words)
    if database.dialect.name == "sqlite":
        event.listen(database, "connect", _prepare_sqlite)
        event.listen(database, "begin", _begin_sqlite)
    try:
        _check_version(database)
        _make_tables(database, tables)
    except OperationalError as error:
        found = str(error.orig)
        raise refusal(url, expected="a database that can be opened and written", found=found) from error
    return database


def writing(database: Engine, *, lasting: bool = True) -> Engine:
    """Return the same database for transactions that write.

    Args:
        database: as it was opened.
        lasting: whether a transaction that ended well outlives a power cut. One that need not is ten times as fast,
            and lasts from the next one on that does.
    """
    return database.execution_options(writes=True, lasting=lasting)


@contextmanager
def space_on_disk(folder: Path) -> Iterator[None]:
    """Turn the system's word for a full disk into ours, naming the folder.

    Raises:
        AssayError: the disk, or what is left to this user of it, is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        hint = "Free some space and run the command again: nothing was published, finished steps are kept."
        raise refusal(str(folder), expected="space on the disk", found="a full disk", hint=hint) from error


def _check_version(database: Engine) -> None:
    with database.connect() as connection:
        if not inspect(connection).has_table(version_table.name):
            return
        version = connection.scalar(select(version_table.c.version))
    if version is not None and version > VERSION:
        raise refusal(
            str(database.url),
            expected=f"a database of form {VERSION} or older",
            found=f"form {version}",
            hint="It was written by a newer Assay: update this one.",
        )


def _make_tables(database: Engine, tables: MetaData) -> None:
    with database.connect() as connection:
        missing = tables.tables.keys() - set(inspect(connection).get_table_names())
    if not missing:
        return
    with writing(database).begin() as connection:  # somebody else may be at it too: whoever comes second finds it done
        tables.create_all(connection)
        if connection.scalar(select(version_table.c.version)) is None:
            connection.execute(insert(version_table).values(version=VERSION))


def _prepare_sqlite(connection: Any, _: object) -> None:
    """WAL lets readers read while one writes."""
    connection.isolation_level = None  # SQLAlchemy's BEGIN is ours, see below
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    """Take the write lock at once where something is written: a reader that turns writer could not wait for it."""
    options = connection.get_execution_options()
    if not options.get("writes"):
        connection.exec_driver_sql("BEGIN DEFERRED")
        return
    # FULL makes a commit survive a power cut; after NORMAL the database is whole too, but may be a moment older.
    mode = "FULL" if options.get("lasting", True) else "NORMAL"
    if connection.info.get("synchronous", "FULL") != mode:
        connection.exec_driver_sql(f"PRAGMA synchronous = {mode}")
        connection.info["synchronous"] = mode
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _refuse_in_our_words(context: ExceptionContext) -> AssayError | None:
    found = str(context.original_exception)
    answer = _ANSWERS.get(found.partition(" (")[0])
    if answer is None:
        return None
    where = str(context.engine.url) if context.engine is not None else "database"
    return refusal(where, expected=answer[0], found=found, hint=answer[1])

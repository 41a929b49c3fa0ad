"""The database under the stores: SQLite in a file, or PostgreSQL by URL; one code path through SQLAlchemy Core."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, create_engine, event, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from assay.base.errors import refusal

VERSION = 1
"""Of the tables' form; a database that was written by a newer Assay is refused."""

metadata = MetaData()

version_table = Table("store_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

_BUSY_MILLISECONDS = 10_000


@lru_cache(maxsize=8)
def open_database(url: str) -> Engine:
    """Open a database and make its tables when it is new.

    Args:
        url: ``sqlite:///PATH`` or ``postgresql+psycopg://...``.

    Raises:
        AssayError: it cannot be opened, or a newer Assay has written it.
    """
    database = create_engine(url)
    if database.dialect.name == "sqlite":
        event.listen(database, "connect", _prepare_sqlite)
        event.listen(database, "begin", _begin_immediately)
    try:
        _make_tables(database)
    except OperationalError as error:
        found = str(error.orig)
        raise refusal(url, expected="a database that can be opened and written", found=found) from error
    return database


def _make_tables(database: Engine) -> None:
    with database.connect() as connection:
        known = database.dialect.has_table(connection, version_table.name)
        version = connection.scalar(select(version_table.c.version)) if known else None
    if version is None:
        with database.begin() as connection:
            metadata.create_all(connection)
            if connection.scalar(select(version_table.c.version)) is None:
                connection.execute(insert(version_table).values(version=VERSION))
    elif version > VERSION:
        raise refusal(
            str(database.url),
            expected=f"a database of form {VERSION} or older",
            found=f"form {version}",
            hint="It was written by a newer Assay: update this one.",
        )


def _prepare_sqlite(connection: Any, _: object) -> None:
    """WAL lets readers read while one writes; FULL makes a commit survive a power cut."""
    connection.isolation_level = None  # SQLAlchemy's BEGIN is ours, see below
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")


def _begin_immediately(connection: Any) -> None:
    """Take the write lock at once where something is written: a reader that turns writer could not wait for it."""
    mode = "IMMEDIATE" if connection.get_execution_options().get("writes") else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {mode}")


def writing(database: Engine) -> Engine:
    """Return the same database for transactions that write."""
    return database.execution_options(writes=True)

"""The database under the stores: SQLite in a file, or PostgreSQL by URL; one code path through SQLAlchemy Core."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, create_engine, event, func, insert, inspect, select
from sqlalchemy.engine import Engine, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from assay.base.errors import Unavailable, refusal
from assay.stores.postgresql import SCHEMA_LOCK, answer_to, reached

VERSION = 1
"""Of the tables' form; a database that was written by a newer Assay is refused."""

metadata = MetaData()

version_table = Table("store_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

_BUSY_MILLISECONDS = 10_000
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
        url: ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/NAME`` (`reached` says what else it may hold).
        tables: which ones it has; those of a home where nobody says otherwise. `version_table` is among them.

    Raises:
        AssayError: it cannot be opened, or a newer Assay has written it. No password stands in what is said.
    """
    database = _engine(url)
    event.listen(database, "handle_error", _refuse_in_our_words)
    if database.dialect.name == "sqlite":
        event.listen(database, "connect", _prepare_sqlite)
        event.listen(database, "begin", _begin_sqlite)
    try:
        _check_version(database)
        _make_tables(database, tables)
    except (DBAPIError, OSError) as error:  # the latter of a certificate that is not believed
        found = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        raise refusal(str(database.url), expected="a database that can be opened and written", found=found) from error
    return database


def _engine(url: str) -> Engine:
    """Return what connects; nothing is opened yet."""
    try:
        address = make_url(url)
        if address.get_backend_name() == "postgresql":
            address, settings = reached(address)
            return create_engine(address, **settings)
        return create_engine(address)
    except (ArgumentError, NoSuchModuleError) as error:
        expected = "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"
        raise refusal("the address of the database", expected=expected, found="another form") from error
    except ModuleNotFoundError as error:
        hint = "Install it: pip install 'assay[postgresql]'"
        raise refusal(str(address), expected=f"the package {error.name}", found="none", hint=hint) from error


def writing(database: Engine, *, lasting: bool = True) -> Engine:
    """Return the same database for transactions that write.

    Args:
        database: as it was opened.
        lasting: whether a transaction that ended well outlives a power cut. One that need not is ten times as fast,
            and lasts from the next one on that does.
    """
    return database.execution_options(writes=True, lasting=lasting)


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
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(SCHEMA_LOCK)))
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


def _refuse_in_our_words(context: ExceptionContext) -> Unavailable | None:
    if context.is_pre_ping:
        return None  # the pool opens another connection, and says so if it cannot
    found = str(context.original_exception)
    where = str(context.engine.url) if context.engine is not None else "database"
    answer = _ANSWERS.get(found.partition(" (")[0])
    expected, found, hint = (answer[0], found, answer[1]) if answer else answer_to(context.original_exception)
    return Unavailable(*refusal(where, expected=expected, found=found, hint=hint).faults) if expected else None

"""Floor 8: databases that somebody names on the command line, opened to read."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from assay.actions.infer_tables import Origin, origin_of_database
from assay.base.errors import Fault, Place, WrongUsage
from assay.base.full_disk import space_on_disk
from assay.base.source_places import DatabaseAddress
from assay.engines.scratch import OwnFolder
from assay.project.binding import bind
from assay.wiring_files import default_state

if TYPE_CHECKING:
    from assay.base.ports import TableReader

_POSTGRESQL = ("postgresql://", "postgres://")
_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_SQLITE, _DUCKDB = b"SQLite format 3\x00", b"DUCK"
_MAGIC_BYTES = 16
_PORT = 5432
_ENVIRONMENT = "dev"
_FORM = "postgresql://USER@HOST:PORT/DATABASE"

Servers = Callable[[str], tuple[Mapping[str, Any], str]]


def is_database(name: str) -> bool:
    """Say whether a name is of a database: of PostgreSQL by its form, of DuckDB or SQLite by its first bytes."""
    return name.startswith(_POSTGRESQL) or _kind(Path(name)) is not None


@contextmanager
def open_database_tables(name: str) -> Iterator[Origin]:
    """Open a database; what is written of it is gone when it is closed.

    Raises:
        AssayError: it cannot be opened, or there is no room.
        WrongUsage: an address that is none, or with a password in it.
    """
    scratch = OwnFolder(default_state(Path.cwd()) / "scratch", "tables")
    try:
        with space_on_disk(scratch.path):
            scratch.path.mkdir(parents=True)
            reader, shown, servers = _opened(name, scratch.path)
            with closing(reader):
                yield origin_of_database(reader, shown, str(scratch.path), servers)
    finally:
        scratch.close()


def _opened(name: str, folder: Path) -> tuple[TableReader, str, Servers]:
    if name.startswith(_POSTGRESQL):
        return _postgresql(name)
    file = Path(name)
    if _kind(file) == _SQLITE:
        from assay.connectors.sources.sqlite_tables import SqliteTables

        entry = {"server": _ENVIRONMENT, "type": "custom", "environment": _ENVIRONMENT, "path": name}
        return SqliteTables(file), name, lambda table: ({**entry, "format": "sqlite"}, table)
    from assay.engines.duckdb_tables import DuckDBTables

    def servers(table: str) -> tuple[Mapping[str, Any], str]:
        schema, dot, own = table.partition(".")
        entry = {"server": _ENVIRONMENT, "type": "duckdb", "environment": _ENVIRONMENT, "database": name}
        return {**entry, "schema": schema if dot else "main"}, own if dot else table

    return DuckDBTables(file, folder), name, servers


def _kind(file: Path) -> bytes | None:
    """Return by which first bytes a file is a database; None where it is none."""
    try:
        with file.open("rb") as opened:
            first = opened.read(_MAGIC_BYTES)
    except OSError:
        return None
    if first == _SQLITE:
        return _SQLITE
    return _DUCKDB if first[8:12] == _DUCKDB else None  # behind a checksum


def _postgresql(name: str) -> tuple[TableReader, str, Servers]:
    from assay.connectors.sources.postgresql_tables import PostgresqlTables, split_table

    address, password = _address(name)
    shown = f"postgresql://{address.host}:{address.port}/{address.database}"

    def servers(table: str) -> tuple[Mapping[str, Any], str]:
        schema, own = split_table(table)
        given = {
            "user": address.user, "password": password, "sslmode": address.sslmode, "sslrootcert": address.sslrootcert,
        }  # fmt: skip
        custom = [{"property": each, "value": value} for each, value in given.items() if value is not None]
        entry = {
            "server": _ENVIRONMENT, "type": "postgres", "environment": _ENVIRONMENT, "host": address.host,
            "port": address.port, "database": address.database, "schema": schema,
        }  # fmt: skip
        return {**entry, **({"customProperties": custom} if custom else {})}, own

    return PostgresqlTables(address, shown), shown, servers


def _address(name: str) -> tuple[DatabaseAddress, str | None]:
    """Read an address, and say as what its password is written into a contract.

    Raises:
        WrongUsage: it is none, or holds a password as it is; nothing of it is repeated.
    """
    try:
        parts = urlsplit(name)
        port, host, database = parts.port or _PORT, parts.hostname, unquote(parts.path.removeprefix("/"))
        asked = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        port, host, database, asked, parts = 0, None, "", {}, urlsplit("")
    sslmode, sslrootcert = asked.pop("sslmode", None), asked.pop("sslrootcert", None)
    if not host or not database or asked or sslmode not in (None, "disable", "verify-full"):
        hint = "What may follow: ?sslmode=verify-full&sslrootcert=FILE, or ?sslmode=disable"
        raise WrongUsage(Fault(Place("the address"), _FORM, "another form", hint))
    written = unquote(parts.password) if parts.password is not None else None
    if written is not None and not _VARIABLE.fullmatch(written):
        hint = "Everybody on this machine sees a command: put it into PGPASSWORD, or name a variable in its place."
        raise WrongUsage(Fault(Place("the address"), "its password as '${NAME}'", "one as it is", hint))
    if written is None and os.environ.get("PGPASSWORD"):
        written = "${PGPASSWORD}"
    password = bind(written, os.environ, Place("the address")) if written is not None else None
    user = unquote(parts.username) if parts.username else os.environ.get("PGUSER")
    return DatabaseAddress(host, port, database, user, password, sslmode, sslrootcert), written

"""Databases for tests: a file of SQLite, and a PostgreSQL of our own that runs as long as the tests do."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pg8000
import pytest
from sqlalchemy import NullPool, Pool, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from certificates import write_certificate
from programs import found

NEEDS_POSTGRESQL = pytest.mark.needs("postgres")
SQLITE, POSTGRESQL, MEMORY = "sqlite", "postgresql", "memory"
DATABASES = [SQLITE, pytest.param(POSTGRESQL, marks=NEEDS_POSTGRESQL)]
"""What a store runs on: parameters of a fixture."""

_OWNER = "postgres"
_SETTINGS = {
    "listen_addresses": "127.0.0.1", "ssl": "on", "unix_socket_directories": "", "fsync": "off",
    "max_connections": "300", "log_min_messages": "panic", "shared_buffers": "32MB", "lc_messages": "C",
}  # fmt: skip
_STARTING_SECONDS = 60


@dataclass(slots=True)
class Postgresql:
    """A server of our own on loopback, which lets its owner in with a password.

    Attributes:
        folder: where its files lie; ``authority.pem`` among them has signed its certificate.
        port: where it listens.
        process: of the server; another one after a restart.
    """

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def url(self, database: str = "tests", password: str = "wine & cheese/@") -> str:
        """Return the address of a database, as the settings of a portal hold it."""
        quoted = "".join(letter if letter.isalnum() else f"%{ord(letter):02X}" for letter in password)
        return f"postgresql://{_OWNER}:{quoted}@127.0.0.1:{self.port}/{database}"

    def make(self, database: str) -> str:
        """Make a database and return its address."""
        engine = create_engine(_driven(self.url("postgres")), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(f'create database "{database}" template template0'))
        return self.url(database)

    def empty(self, database: str = "tests") -> str:
        """Take all rows out of a database, leave its tables, and return its address."""
        engine = create_engine(_driven(self.url(database)), poolclass=NullPool)
        with engine.begin() as connection:
            tables = [f'"{name}"' for name in inspect(connection).get_table_names() if name != "store_version"]
            if tables:
                connection.execute(text(f"truncate {', '.join(tables)} restart identity"))
        return self.url(database)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT cuts all connections, SIGQUIT is a crash."""
        self.process.send_signal(how)
        self.process.wait(30)

    def start(self) -> None:
        """Start the server, and come back when it answers."""
        files = {"ssl_cert_file": f"{self.folder}/authority.pem", "ssl_key_file": f"{self.folder}/key.pem"}
        given = [word for name, value in {**_SETTINGS, **files}.items() for word in ("-c", f"{name}={value}")]
        self.process = _as_owner("postgres", "-D", self.folder / "data", "-p", str(self.port), *given)
        _await_answer(self.process, self.port)


@contextmanager
def postgresql() -> Iterator[Postgresql]:
    """Make a server with a database ``tests``; it ends with the block, and its files are removed."""
    folder = Path(tempfile.mkdtemp(prefix="assay-postgresql-"))
    server = None
    opened: list[Any] = []

    def remember(connection: Any, _: object) -> None:
        if isinstance(connection, pg8000.Connection):
            opened.append(connection)  # engines are forgotten with their connections in them, which warns

    event.listen(Pool, "connect", remember)
    try:
        password = folder / "password"
        password.write_text("wine & cheese/@")
        write_certificate(folder / "authority.pem", folder / "key.pem")
        if os.geteuid() == 0:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, _OWNER)
        made = _as_owner(
            "initdb", "-D", folder / "data", "-U", _OWNER, "--pwfile", password, "-A", "scram-sha-256", "-E", "UTF8",
            "--locale", "C.UTF-8", "--no-sync",
        )  # fmt: skip
        assert made.wait(60) == 0
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = int(listening.getsockname()[1])
        server = Postgresql(folder, port, made)
        server.start()
        server.make("tests")
        yield server
    finally:
        event.remove(Pool, "connect", remember)
        for connection in opened:
            with suppress(pg8000.Error):  # closed already
                connection.close()
        if server is not None and server.process.poll() is None:
            server.stop()
        shutil.rmtree(folder)


def url_of(kind: str, folder: Path, request: pytest.FixtureRequest, name: str = "portal") -> str:
    """Return the address of an empty database of one of `DATABASES`; a server is the fixture ``server``."""
    if kind == SQLITE:
        return f"sqlite:///{folder}/{name}.db"
    server: Postgresql = request.getfixturevalue("server")
    return server.empty()


def _as_owner(program: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
    """Start one of PostgreSQL's programs, as a user whom it does not refuse: it runs for anybody but root."""
    path = found(program)
    assert path is not None
    owner = pwd.getpwnam(_OWNER) if os.geteuid() == 0 else None
    return subprocess.Popen(
        [path, *arguments], cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        user=owner.pw_uid if owner else None, group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
    )  # fmt: skip


def _await_answer(process: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + _STARTING_SECONDS
    while True:
        assert process.poll() is None, "PostgreSQL did not start"
        try:
            server = Postgresql(Path(), port, process)
            create_engine(_driven(server.url("postgres")), poolclass=NullPool).connect().close()
        except DBAPIError:
            assert time.monotonic() < ends, "PostgreSQL does not answer"
            time.sleep(0.05)
        else:
            return


def _driven(url: str) -> str:
    return url.replace("postgresql://", "postgresql+pg8000://")

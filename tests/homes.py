"""Homes on disk, for journeys and faults: type a command as a person does, and look at what lies there afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from assay.cli.main import run

OURS = re.compile(r"ASSAY_\w+|XDG_CONFIG_HOME|COLUMNS")
"""What of the environment a command looks at; nothing of the machine's own may reach a test."""

CACHES = ("scratch", "locks", "data", "logs")
"""Below a home's state: what may be made again at any time, and is nobody's record."""

RECORD = ("events", "statements", "pointers")
"""The tables of a home's database that are no cache."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command went: exit code, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that a person saw."""
        return self.out + self.err


def assay(*arguments: str | Path, **environment: str | Path) -> Ran:
    """Run a command through its door, in this process, with only this environment."""
    out, err = io.StringIO(), io.StringIO()
    with only(environment), redirect_stdout(out), redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    return Ran(code, out.getvalue(), err.getvalue())


@contextmanager
def only(environment: Mapping[str, str | Path]) -> Iterator[None]:
    """Set the environment that commands look at: 80 columns, no key but a named one, and what is given."""
    before = dict(os.environ)
    for name in [name for name in os.environ if OURS.fullmatch(name)]:
        del os.environ[name]
    os.environ.update({"COLUMNS": "80", "XDG_CONFIG_HOME": "/nowhere"})
    os.environ.update({name: str(value) for name, value in environment.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def copy_home(source: Path, target: Path) -> Path:
    """Copy a home; data files, which nobody may change, are linked where that is possible."""
    return Path(shutil.copytree(source, target, copy_function=_link_data))


def _link_data(source: str, target: str) -> None:
    if source.endswith(".parquet") and "/files/" in source:
        with contextlib.suppress(OSError):  # another file system
            os.link(source, target)
            return
    shutil.copy2(source, target)


def state_of(home: Path, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Return what lies in a folder: path to the digest of its content; of a database, of each table's rows.

    Files that only stand for a lock say nothing and are left out.

    Args:
        home: the folder.
        without: names of folders to leave out; ``.git`` and ``scratch`` always are. Without ``data`` its index is left
            out as well.
    """
    state: dict[str, str] = {}
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home)
        if not path.is_file() or {*without, ".git", "scratch"} & set(name.parts):
            continue
        if path.suffix == ".db" and path.read_bytes()[:6] == b"SQLite":
            tables = _tables(path) if "data" not in without else {t: d for t, d in _tables(path).items() if t in RECORD}
            state |= {f"{name}:{table}": digest for table, digest in tables.items()}
        elif path.suffix not in (".db-wal", ".db-shm", ".lock"):
            state[str(name)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return state


def rows_of(database: Path, query: str) -> list[tuple[object, ...]]:
    """Ask a home's database behind the program's back."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def _tables(database: Path) -> dict[str, str]:
    names = [str(name) for (name,) in rows_of(database, "select name from sqlite_master where type = 'table'")]
    names = [name for name in names if name != "known_queries"]  # a cache: what parsing said
    return {
        name: hashlib.sha256(repr(sorted(rows_of(database, f"select * from {name}"), key=repr)).encode()).hexdigest()
        for name in names
    }

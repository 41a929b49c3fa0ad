"""The memory of what queries say of themselves, so that a project's queries are parsed once and not at each command.

It belongs to the author's own working tree. What verifies others reads every query anew.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sqlalchemy import Column as SqlColumn
from sqlalchemy import String, Table, Text, delete, insert, select
from sqlalchemy.engine import Engine

import assay.sql
from assay.base.canonical import Digest, canonical_json, digest_value
from assay.sql.parse import Query, query_from_json
from assay.stores.database import metadata, writing

known_table = Table(
    "known_queries",
    metadata,
    SqlColumn("digest", String(71), primary_key=True),
    SqlColumn("reader", String(71), nullable=False),
    SqlColumn("facts", Text, nullable=False),
)


class KnownQueries:
    """What the queries of one working tree said when they were parsed, on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def recall(self) -> dict[Digest, Query]:
        """Return what this version of the reader was told, by the digest of a query's text."""
        chosen = select(known_table.c.digest, known_table.c.facts).where(known_table.c.reader == _reader())
        with self._database.connect() as connection:
            rows = connection.execute(chosen).all()
        return {Digest(digest): query_from_json(json.loads(facts)) for digest, facts in rows}

    def remember(self, said: Mapping[Digest, Query]) -> None:
        """Keep this and nothing else."""
        reader = _reader()
        rows = [
            {"digest": digest, "reader": reader, "facts": canonical_json(query.as_json()).decode()}
            for digest, query in said.items()
        ]
        with writing(self._database, lasting=False).begin() as connection:
            connection.execute(delete(known_table))
            if rows:
                connection.execute(insert(known_table), rows)


@cache
def _reader() -> Digest:
    """Tell versions of the reader apart by its files and the parser's, without loading the parser."""
    files = [file for folder in assay.sql.__path__ for file in sorted(Path(folder).glob("*.py"))]
    parser = importlib.util.find_spec("sqlglot")
    if parser is not None and parser.origin is not None:
        files.append(Path(parser.origin).with_name("_version.py"))
    return digest_value([f"{path.name} {_size_and_time(path)}" for path in files])


def _size_and_time(path: Path) -> str:
    try:
        facts = path.stat()
    except FileNotFoundError:
        return ""
    return f"{facts.st_size} {facts.st_mtime_ns}"

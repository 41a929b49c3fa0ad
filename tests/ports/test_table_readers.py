"""The `TableReader` port: one contract suite, run on PostgreSQL, DuckDB and SQLite."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from sqlalchemy import NullPool, create_engine, text

from assay.base.errors import AssayError
from assay.base.ports import TableReader
from assay.base.source_places import DatabaseAddress
from assay.connectors.sources.postgresql_tables import PostgresqlTables
from assay.connectors.sources.sqlite_tables import SqliteTables
from assay.engines.duckdb_tables import DuckDBTables
from databases import NEEDS_POSTGRESQL, Postgresql

STATEMENTS = (
    'create table orders (id bigint, "a ""name" varchar(10))',
    "insert into orders values (1, 'é'), (9007199254740993, null)",
    "create table empty (id bigint)",
    "create view many as select id from orders",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A database with the same tables everywhere: a reader of it, and what tells that nothing in it changed."""

    open: Callable[[], TableReader]
    state: Callable[[], str]


@pytest.fixture(scope="module")
def shop(server: Postgresql) -> str:
    """Return the name of a database that nobody else has: all in it is dropped before each test."""
    server.make("shop")
    return "shop"


@pytest.fixture(params=["duckdb", "sqlite", pytest.param("postgresql", marks=NEEDS_POSTGRESQL)])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Stage:
    file = tmp_path / "shop.db"
    if request.param == "postgresql":
        return _postgresql(request.getfixturevalue("server"), request.getfixturevalue("shop"))
    if request.param == "duckdb":
        with duckdb.connect(str(file)) as session:
            for statement in STATEMENTS:
                session.execute(statement)
        return Stage(lambda: DuckDBTables(file, tmp_path), lambda: _digest(file))
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in STATEMENTS:
            connection.execute(statement)
    return Stage(lambda: SqliteTables(file), lambda: _digest(file))


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _postgresql(server: Postgresql, database: str) -> Stage:
    engine = create_engine(server.url(database).replace("postgresql:", "postgresql+pg8000:"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("drop schema public cascade"))
        connection.execute(text("create schema public"))
        for statement in STATEMENTS:
            connection.execute(text(statement))
    address = DatabaseAddress("127.0.0.1", server.port, database, "postgres", "wine & cheese/@")

    def state() -> str:
        with engine.connect() as connection:
            return str(connection.execute(text("select * from orders order by id")).fetchall())

    return Stage(lambda: PostgresqlTables(address, "postgresql://here"), state)


def test_tables_and_views_are_listed_in_order(stage: Stage) -> None:
    with closing(stage.open()) as reader:
        assert [name for name in reader.tables() if "." not in name] == ["empty", "many", "orders"]


def test_rows_are_written_exactly_and_nothing_changes_there(stage: Stage, tmp_path: Path) -> None:
    before = stage.state()
    with closing(stage.open()) as reader:
        for table in ("orders", "many", "empty"):
            reader.fetch(table, str(tmp_path / f"{table}.parquet"))

    found = {table: pq.read_table(tmp_path / f"{table}.parquet").to_pylist() for table in ("orders", "many", "empty")}
    assert found["orders"] == [{"id": 1, 'a "name': "é"}, {"id": 9007199254740993, 'a "name': None}]
    assert sorted(row["id"] for row in found["many"]) == [1, 9007199254740993]
    assert pq.read_schema(tmp_path / "empty.parquet").names == ["id"]
    assert found["empty"] == []
    assert stage.state() == before


@pytest.mark.parametrize("table", ["nothing", 'orders"; drop table orders; --', "", "no.where"])
def test_a_table_that_is_not_there_is_refused_and_the_next_one_is_read(
    stage: Stage, tmp_path: Path, table: str
) -> None:
    with closing(stage.open()) as reader:
        with pytest.raises(AssayError, match="such table"):
            reader.fetch(table, str(tmp_path / "none.parquet"))
        reader.fetch("orders", str(tmp_path / "orders.parquet"))

    assert pq.read_table(tmp_path / "orders.parquet").num_rows == 2
    assert not (tmp_path / "none.parquet").exists()


def test_a_reader_is_closed_twice_without_a_word(stage: Stage) -> None:
    reader = stage.open()
    reader.close()
    reader.close()


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "none.db"
    file.write_bytes(b"no database at all, but long enough to be looked at " * 100)
    with pytest.raises(AssayError, match="file that can be read"):
        DuckDBTables(file, tmp_path) if kind == "duckdb" else SqliteTables(file)

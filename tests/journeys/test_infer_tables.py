"""`assay contract infer` from tables: PostgreSQL, DuckDB, SQLite, what was built; and what it gives can be landed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import NullPool, create_engine, text

from databases import NEEDS_POSTGRESQL, Postgresql, postgresql
from faults.small_project import make_project
from homes import Ran, assay

PASSWORD = "wine & cheese/@"
ORDERS = """
    create table orders (
        "Order No" bigint primary key, state varchar(10) not null, amount numeric(10,2), rate numeric, day date,
        seen timestamptz, mark uuid, notes jsonb
    )
"""
ROWS = """
    insert into orders select n, case when n % 3 = 0 then 'open' else 'done' end, n / 4.0, n * 0.125,
        date '2024-01-01' + n::int % 90, timestamptz '2024-01-01 00:00+01' + n * interval '1 hour', gen_random_uuid(),
        '{"a": 1}'
    from generate_series(1, 400) n
"""


def said(ran: Ran) -> str:
    return " ".join(ran.text.split())


@pytest.fixture(scope="module")
def server() -> Iterator[Postgresql]:
    with postgresql() as running:
        engine = create_engine(running.url().replace("postgresql:", "postgresql+pg8000:"), poolclass=NullPool)
        with engine.begin() as connection:
            for statement in (
                ORDERS,
                ROWS.replace("::", "\\:\\:"),
                "create schema town",
                "create table town.empty (a int)",
            ):
                connection.execute(text(statement))
        yield running


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("PGPASSWORD", "PGUSER"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@NEEDS_POSTGRESQL
def test_what_was_inferred_from_a_table_is_landed_and_holds_there(server: Postgresql, here: Path) -> None:
    root = make_project(here / "town")
    address = f"postgresql://postgres@127.0.0.1:{server.port}/tests"
    target = root / "sources" / "orders.odcs.yaml"
    inferred = assay("contract", "infer", address, "--table", "orders", "-o", target, "--force", PGPASSWORD=PASSWORD)
    lint = assay("contract", "lint", "--strict", target)
    for old in (root / "products" / "shop").rglob("*.*"):
        if old.name != "product.yaml":
            old.unlink()
    step = root / "products" / "shop" / "workflow" / "first.sql"
    step.write_text("select * from sources.orders")
    first = assay("build", "shop", ASSAY_PROJECT=root, PGPASSWORD=PASSWORD)
    again = assay("build", "shop", ASSAY_PROJECT=root, PGPASSWORD=PASSWORD)
    kept = assay("contract", "infer", "dev", "--table", "sources/orders", ASSAY_PROJECT=root)
    (here / "kept.odcs.yaml").write_text(kept.out)

    assert [ran.code for ran in (inferred, lint, first, again, kept)] == [0] * 5, inferred.text + lint.text + first.text
    written = target.read_text()
    assert "physicalName" not in written.partition("properties")[0]
    assert "host: 127.0.0.1\n" in written
    assert "value: ${PGPASSWORD}\n" in written
    assert "key Order No: 400 rows, each once" in said(inferred)
    assert "physicalType: DECIMAL(38,3)" in written  # what the digits of `rate` need
    assert PASSWORD not in written + inferred.text + first.text
    assert kept.out.partition("\nschema:")[2] == written.partition("\nschema:")[2]
    assert again.out.count("reused") == 1, again.text


WHICH = "expected --table NAME for each table that is meant found none named There are: orders, town.empty."
UNKNOWN = "expected the table nope found no such table There are: orders, town.empty."
OTHERS = "expected a user and password that the database lets in found others"
ORDERS_ONLY, BOTH = ("--table", "orders"), ("--table", "orders", "--table", "town.empty")


@NEEDS_POSTGRESQL
@pytest.mark.parametrize(
    ("user", "arguments", "password", "code", "words"),
    [
        ("postgres", (), PASSWORD, 2, WHICH),
        ("postgres", ("--table", "nope"), PASSWORD, 1, UNKNOWN),
        ("postgres", ORDERS_ONLY, "wrong one", 1, OTHERS),
        ("postgres", ORDERS_ONLY, "", 1, "expected a password found none"),
        ("postgres:secret-word", ORDERS_ONLY, "", 2, "expected its password as '${NAME}' found one as it is"),
        ("postgres:${NOT_SET}", ORDERS_ONLY, PASSWORD, 1, "expected a value of NOT_SET found none"),
        ("postgres", BOTH, PASSWORD, 2, "expected a folder for the contracts of 2 tables"),
        ("postgres", (*BOTH, "--name", "x"), PASSWORD, 2, "expected one table found 2"),
    ],
)
def test_what_cannot_be_done_is_said_without_the_password(
    server: Postgresql, here: Path, user: str, arguments: tuple[str, ...], password: str, code: int, words: str
) -> None:
    address = f"postgresql://{user}@127.0.0.1:{server.port}/tests"
    ran = assay("contract", "infer", address, *arguments, PGPASSWORD=password, PGPASSFILE=str(here / "none"))

    assert ran.code == code, ran.text
    assert words in said(ran)
    assert not [secret for secret in (PASSWORD, "wrong one", "secret-word") if secret in ran.text]
    assert not list(here.rglob("*.parquet"))


@NEEDS_POSTGRESQL
def test_several_tables_are_a_file_each_and_a_variable_in_the_address_stays_one(server: Postgresql, here: Path) -> None:
    (here / "out").mkdir()
    address = f"postgresql://postgres:${{SHOP_WORD}}@127.0.0.1:{server.port}/tests"
    both = ("--table", "orders", "--table", "town.empty", "-o", here / "out")
    ran = assay("contract", "infer", address, *both, SHOP_WORD=PASSWORD)

    assert ran.code == 0, ran.text
    assert sorted(path.name for path in (here / "out").iterdir()) == ["empty.odcs.yaml", "orders.odcs.yaml"]
    text = (here / "out" / "empty.odcs.yaml").read_text()
    assert ("schema: town\n" in text, "value: ${SHOP_WORD}\n" in text) == (True, True)
    assert assay("contract", "lint", here / "out", "--faults").code == 0


def test_a_table_of_a_duckdb_file(here: Path) -> None:
    with duckdb.connect(str(here / "shop.duckdb")) as session:
        session.execute("create table orders as select range as id, range::hugeint * 2 as wide from range(50)")
        session.execute("create schema old; create table old.orders as select 1 as id")
    ran = assay("contract", "infer", "shop.duckdb", "--table", "orders", "-o", "orders.odcs.yaml")
    listed = assay("contract", "infer", "shop.duckdb")

    assert (ran.code, listed.code) == (0, 2), ran.text
    assert "There are: orders, old.orders." in said(listed)
    written = (here / "orders.odcs.yaml").read_text()
    assert "type: duckdb\n" in written
    assert "database: shop.duckdb\n" in written
    assert "key id: 50 rows, each once" in said(ran)
    assert assay("contract", "lint", "orders.odcs.yaml", "--faults").code == 0


def test_a_duckdb_file_reaches_nothing_else_on_the_machine(here: Path) -> None:
    (here / "private.csv").write_text("a\n1\n")
    with duckdb.connect(str(here / "sly.duckdb")) as session:
        session.execute(f"create view t as select * from read_csv('{here / 'private.csv'}')")
    ran = assay("contract", "infer", "sly.duckdb")

    assert ran.code == 1, ran.text
    assert "file system operations are disabled" in said(ran).lower() or "permission" in said(ran).lower()


def test_a_duckdb_file_that_somebody_writes_is_told_of(here: Path) -> None:
    holder = (
        "import duckdb, sys; s = duckdb.connect('held.duckdb'); s.execute('create table t as select 1 as a'); "
        "print(1, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        ran = assay("contract", "infer", "held.duckdb")
        process.communicate()

    assert ran.code == 1
    assert "expected a file that nobody writes found one that another process holds" in said(ran)


def test_a_table_of_an_sqlite_file_has_the_types_of_its_values(here: Path) -> None:
    with closing(sqlite3.connect(here / "shop.sqlite")) as connection, connection:
        connection.execute(
            "create table orders (id integer primary key, zip text, paid boolean, amount decimal(10,2), day date, "
            "seen datetime, raw blob, mixed, none text)"
        )
        connection.executemany(
            "insert into orders values (?, ?, ?, ?, ?, ?, ?, ?, null)",
            [
                (n + 2**60, f"{n:05}", n % 2, n / 4, f"2024-01-{n % 28 + 1:02}", f"2024-01-01 00:{n % 60:02}:00",
                 bytes([n % 256]), n if n % 2 else f"t{n}")
                for n in range(300)
            ],
        )  # fmt: skip
    ran = assay("contract", "infer", "shop.sqlite", "-o", "orders.odcs.yaml")
    written = (here / "orders.odcs.yaml").read_text()

    assert ran.code == 0, ran.text
    assert "type: custom\n" in written
    kinds = [line.strip() for line in written.splitlines() if "logicalType:" in line]
    assert kinds == [f"logicalType: {kind}" for kind in
                     ("integer", "string", "boolean", "number", "date", "timestamp", "string", "string")]  # fmt: skip
    assert "key id: 300 rows, each once" in said(ran)
    assert assay("contract", "lint", "orders.odcs.yaml", "--faults").code == 0


def test_tables_of_files_and_places_that_are_none_are_refused(here: Path) -> None:
    (here / "a.csv").write_text("a\n1\n")
    root = make_project(here / "town")
    files = assay("contract", "infer", "a.csv", "--table", "a")
    nothing = assay("contract", "infer", "dev", "--table", "first", ASSAY_PROJECT=root)

    assert (files.code, nothing.code) == (2, 1)
    assert "expected built datasets" in said(nothing)

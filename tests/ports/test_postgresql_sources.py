"""Tables of a real PostgreSQL: every value exactly, or the column by name; one moment; no password anywhere."""

from __future__ import annotations

import datetime
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Connection, NullPool, create_engine, text

from assay.base.errors import AssayError, Place
from assay.base.source_places import DatabaseAddress, TablePlace, WantedColumn
from assay.connectors.sources.postgresql import PostgresqlSources
from databases import NEEDS_POSTGRESQL, Postgresql

pytestmark = NEEDS_POSTGRESQL

PASSWORD = "wine & cheese/@"
WHERE = Place("sources/orders.odcs.yaml", 8)
UTC = datetime.UTC
NAIVE = datetime.datetime.fromisoformat("2024-01-02 03:04:05.678901")


@pytest.fixture
def sql(server: Postgresql) -> Iterator[Connection]:
    engine = create_engine(server.url().replace("postgresql:", "postgresql+pg8000:"), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("drop schema if exists town cascade; "))
        connection.execute(text("create schema town"))
        connection.commit()
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


def place(server: Postgresql, **wanted: str | None) -> TablePlace:
    address = DatabaseAddress("127.0.0.1", server.port, "tests", "postgres", PASSWORD)
    columns = tuple(WantedColumn(name, promised, Place(WHERE.file, 20)) for name, promised in wanted.items())
    return TablePlace(WHERE, address, "town", "t", "postgresql://${HOST}/tests, table town.t", columns)


def read(place: TablePlace, path: Path) -> Any:
    with closing(PostgresqlSources()) as sources:
        (delivery,) = sources.deliveries(place)
        delivery.bring(str(path))
    return pq.read_table(path)


def refused(place: TablePlace, path: Path) -> str:
    with pytest.raises(AssayError) as error:
        read(place, path)
    assert PASSWORD not in str(error.value)
    assert error.value.__cause__ is None  # a driver's words may repeat the address
    return str(error.value)


EXACT = [
    ("int8", "9007199254740993", 9007199254740993, "BIGINT"),
    ("int2", "-32768", -32768, "SMALLINT"),
    ("numeric(10,2)", "12345678.90", Decimal("12345678.90"), "DECIMAL(10,2)"),
    ("numeric(38,0)", "9" * 38, Decimal("9" * 38), "DECIMAL(38,0)"),
    ("numeric(3,5)", "0.00123", Decimal("0.00123"), "DECIMAL(5,5)"),
    ("numeric(2,-3)", "99000", Decimal(99000), "DECIMAL(5,0)"),
    ("real", "1.5", 1.5, "FLOAT"),
    ("double precision", "'NaN'", None, "DOUBLE"),
    ("boolean", "true", True, "BOOLEAN"),
    ("text", "'é ''\"'", "é '\"", "VARCHAR"),
    ("char(5)", "'c'", "c    ", "VARCHAR"),
    ("bytea", "'\\x00ff'", b"\x00\xff", "BLOB"),
    ("date", "'0044-03-15'", datetime.date(44, 3, 15), "DATE"),
    ("timestamp", "'2024-01-02 03:04:05.678901'", NAIVE, "TIMESTAMP"),
    (
        "timestamptz", "'2024-06-02 03:04:05.678901+02'",
        datetime.datetime(2024, 6, 2, 1, 4, 5, 678901, tzinfo=UTC), "TIMESTAMP WITH TIME ZONE",
    ),
    ("time", "'03:04:05.000001'", datetime.time(3, 4, 5, 1), "TIME"),
    ("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), "UUID"),
    ("jsonb", "'{\"b\": 1, \"a\": [null]}'", '{"a": [null], "b": 1}', "JSON"),
    ("json", "'{\"b\":  1}'", '{"b":  1}', "JSON"),
    ("int4[]", "'{1,null,3}'", [1, None, 3], "INTEGER[]"),
    ("text[]", "'{}'", [], "VARCHAR[]"),
    ("mood", "'glad'", "glad", "VARCHAR"),
    ("price", "9.99", Decimal("9.99"), "DECIMAL(8,2)"),
    ("interval", "'1 day 2 hours'", "P1DT2H", "VARCHAR"),
    ("inet", "'10.0.0.1/8'", "10.0.0.1/8", "VARCHAR"),
    ("timetz", "'03:04:05+02'", "03:04:05+02", "VARCHAR"),
    ("oid", "4294967295", 4294967295, "BIGINT"),
    ("name", "'n'", "n", "VARCHAR"),
]  # fmt: skip


def test_every_type_is_landed_exactly(server: Postgresql, sql: Connection, tmp_path: Path) -> None:
    sql.execute(text("create type town.mood as enum ('sad', 'glad')"))
    sql.execute(text("create domain town.amount as numeric(8,2)"))
    sql.execute(text("create domain town.price as town.amount check (value > 0)"))
    sql.execute(text("set search_path to town"))
    columns = ", ".join(f"c{number} {kind}" for number, (kind, *_) in enumerate(EXACT))
    values = ", ".join(value for _, value, *_ in EXACT).replace(":", "\\:")
    sql.execute(text(f"create table town.t ({columns})"))
    sql.execute(text(f"insert into town.t values ({values})"))
    sql.execute(text("insert into town.t default values"))

    table = read(place(server), tmp_path / "t.parquet")

    found, empty = table.to_pylist()
    kinds = [str(row[1]) for row in duckdb.sql(f"describe from '{tmp_path / 't.parquet'}'").fetchall()]
    assert kinds == [kind for *_, kind in EXACT]
    assert set(empty.values()) == {None}
    for number, (kind, _, wanted, _) in enumerate(EXACT):
        value = found[f"c{number}"]
        assert str(value) == "nan" if wanted is None else value == wanted, kind


@pytest.mark.parametrize(
    ("promised", "value", "found", "kind"),
    [
        ("DECIMAL(20,9)", "12345678901.123456789", Decimal("12345678901.123456789"), "DECIMAL(20,9)"),
        ("DECIMAL(20,2)", "1.500", Decimal("1.50"), "DECIMAL(20,2)"),
        ("VARCHAR", "1.500", "1.500", "VARCHAR"),
        ("BIGINT", "7.0", 7, "BIGINT"),
        ("DOUBLE", "0.1", 0.1, "DOUBLE"),
    ],
)
def test_a_number_without_digits_gets_those_that_are_promised(
    server: Postgresql, sql: Connection, tmp_path: Path, promised: str, value: str, found: object, kind: str
) -> None:
    sql.execute(text("create table town.t (n numeric)"))
    sql.execute(text(f"insert into town.t values ({value})"))

    table = read(place(server, n=promised), tmp_path / "t.parquet")

    assert table.to_pylist() == [{"n": found}]
    assert duckdb.sql(f"describe from '{tmp_path / 't.parquet'}'").fetchall()[0][1] == kind


@pytest.mark.parametrize(
    ("kind", "value", "promised", "words"),
    [
        ("numeric", "1", None, "20: expected digits for c, which is numeric, found none. It may hold any number"),
        ("numeric", "1", "DECIMAL", "20: expected digits for c, which is numeric, found DECIMAL"),
        ("numeric(50,2)", "1", None, "20: expected digits for c, which is numeric(50,2)"),
        ("numeric", "1.505", "DECIMAL(20,2)", "8: expected values of decimal128(20, 2) in c, found one that has no"),
        ("numeric", "'NaN'", "DECIMAL(20,2)", "8: expected values of decimal128(20, 2) in c, found one that has no"),
        ("numeric(6,2)", "'NaN'", None, "8: expected values of decimal128(6, 2) in c"),
        ("numeric", "1e30", "BIGINT", "8: expected values of int64 in c"),
        ("numeric", "7.5", "BIGINT", "8: expected values of int64 in c"),
        ("date", "'infinity'", None, "8: expected values of date32[day] in c"),
        ("date", "'-infinity'", None, "8: expected values of date32[day] in c"),
        ("timestamp", "'infinity'", None, "8: expected values of timestamp[us] in c"),
        ("timestamptz", "'-infinity'", None, "8: expected values of timestamp[us, tz=UTC] in c"),
        ("int4[]", "'{{1,2},{3,4}}'", None, "8: expected arrays of one dimension in c, found some of several"),
        ("numeric(5,1)[]", "'{1.5}'", "INTEGER", "20: expected a type that Parquet can hold in c, found numeric[]"),
        ("interval", "'1 day'", "BIGINT", "20: expected a type that Parquet can hold in c, found interval"),
        ("money", "'1.00'", "VARCHAR", "20: expected a type that Parquet can hold in c, found money"),
    ],
)
def test_what_has_no_exact_place_is_refused_by_the_columns_name(
    server: Postgresql, sql: Connection, tmp_path: Path, kind: str, value: str, promised: str | None, words: str
) -> None:
    sql.execute(text(f"create table town.t (c {kind})"))
    sql.execute(text(f"insert into town.t values ({value})"))

    message = refused(place(server, c=promised), tmp_path / "t.parquet")

    assert message.startswith(f"sources/orders.odcs.yaml:{words}")
    assert "1.505" not in message  # values of rows are nobody's business


def test_only_what_the_contract_names_is_read_and_in_its_order(
    server: Postgresql, sql: Connection, tmp_path: Path
) -> None:
    sql.execute(text('create table town.t (secret text, "Odd ""Name" int, a int)'))
    sql.execute(text("insert into town.t values ('s', 1, 2)"))
    wanted = place(server)
    columns = tuple(WantedColumn(name, None, WHERE) for name in ("a", 'Odd "Name'))

    assert read(replace(wanted, columns=columns), tmp_path / "t.parquet").to_pylist() == [{"a": 2, 'Odd "Name': 1}]


def test_every_column_that_is_missing_is_named_at_its_line(server: Postgresql, sql: Connection, tmp_path: Path) -> None:
    sql.execute(text("create table town.t (a int, b int)"))

    message = refused(place(server, a=None, c=None, d=None), tmp_path / "t.parquet")

    assert [line.partition(",")[0] for line in message.splitlines()] == [
        "sources/orders.odcs.yaml:20: expected the column c in the table",
        "sources/orders.odcs.yaml:20: expected the column d in the table",
    ]
    assert "The table has a, b;" in message


def test_of_a_table_that_is_missing_the_others_are_named(server: Postgresql, sql: Connection, tmp_path: Path) -> None:
    sql.execute(text("create table town.orders (a int)"))
    sql.execute(text("create view town.all_orders as select * from town.orders"))

    assert refused(place(server), tmp_path / "t.parquet") == (
        "sources/orders.odcs.yaml:8: expected the table town.t, found no such table. "
        "That may be read in town: all_orders, orders."
    )


ADDRESSES = [
    ({"password": "wrong one"}, "expected a user and password that the database lets in, found others"),
    ({"password": None}, "expected a password, found none"),
    ({"user": "nobody here"}, "expected a user and password that the database lets in, found others"),
    ({"database": "no 'such\\"}, "expected a database and a user that are there, found no such one"),
    ({"port": 1}, "expected a database that answers, found nobody at its port"),
    ({"host": "nowhere.invalid"}, "expected a host that is known, found a name without an address"),
    ({"sslmode": "verify-full"}, "expected a certificate for this host of an authority that is believed"),
]


@pytest.mark.parametrize(("other", "words"), ADDRESSES)
def test_who_cannot_be_reached_or_does_not_let_us_in_is_told_without_the_address(
    server: Postgresql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any], words: str
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    wanted = place(server)
    message = refused(replace(wanted, address=replace(wanted.address, **other)), tmp_path / "t.parquet")

    assert message.startswith(f"sources/orders.odcs.yaml:8: {words}")
    assert not [value for value in other.values() if isinstance(value, str) and value in message and " " in value]


def test_a_certificate_that_is_believed_lets_us_in(server: Postgresql, sql: Connection, tmp_path: Path) -> None:
    sql.execute(text("create table town.t (a int)"))
    wanted = place(server)
    trusting = replace(wanted.address, sslmode="verify-full", sslrootcert=str(server.folder / "authority.pem"))

    assert read(replace(wanted, address=trusting), tmp_path / "t.parquet").num_rows == 0


def test_who_may_not_read_is_told_what_to_ask_for(server: Postgresql, sql: Connection, tmp_path: Path) -> None:
    sql.execute(text("create table town.t (a int)"))
    sql.execute(text("drop role if exists guest"))
    sql.execute(text("create role guest login password 'guest word'"))
    wanted = place(server)
    guest = replace(wanted.address, user="guest", password="guest word")

    message = refused(replace(wanted, address=guest), tmp_path / "t.parquet")

    assert "8: expected leave to read, found none. Whoever runs the database has to grant SELECT" in message
    assert "guest" not in message


def test_tables_of_one_database_are_read_as_of_one_moment(server: Postgresql, sql: Connection, tmp_path: Path) -> None:
    for name in ("t", "u"):
        sql.execute(text(f"create table town.{name} (a int)"))
        sql.execute(text(f"insert into town.{name} values (1)"))
    first, second = place(server), replace(place(server), table="u")

    with closing(PostgresqlSources()) as sources:
        sources.deliveries(first)[0].bring(str(tmp_path / "t.parquet"))
        sql.execute(text("insert into town.t values (2)"))
        sql.execute(text("insert into town.u values (2)"))
        sources.deliveries(second)[0].bring(str(tmp_path / "u.parquet"))

    assert pq.read_table(tmp_path / "u.parquet").num_rows == 1


def test_with_a_key_the_order_in_which_rows_lie_does_not_count(
    server: Postgresql, sql: Connection, tmp_path: Path
) -> None:
    sql.execute(text("create table town.t (id int, state text)"))
    sql.execute(text("insert into town.t select n, 'x' from generate_series(1, 1000) n"))
    keyed = replace(place(server), key=("id",))
    read(keyed, tmp_path / "before.parquet")
    sql.execute(text("update town.t set state = 'x' where id % 2 = 0"))
    read(keyed, tmp_path / "after.parquet")

    assert (tmp_path / "before.parquet").read_bytes() == (tmp_path / "after.parquet").read_bytes()


def test_nothing_is_written_there(server: Postgresql, sql: Connection, tmp_path: Path) -> None:
    sql.execute(text("create table town.log (a int)"))
    sql.execute(
        text("create function town.sly() returns int language sql as 'insert into town.log values (1) returning a'")
    )
    sql.execute(text("create view town.t as select town.sly() as a"))

    assert "expected a table or view that is only read, found one that writes" in refused(
        place(server), tmp_path / "t.parquet"
    )
    assert sql.execute(text("select count(*) from town.log")).scalar() == 0


_READ = """
import resource, sys
from contextlib import closing
from assay.base.errors import Place
from assay.base.source_places import DatabaseAddress, TablePlace
from assay.connectors.sources.postgresql import PostgresqlSources

port, path = int(sys.argv[1]), sys.argv[2]
address = DatabaseAddress("127.0.0.1", port, "tests", "postgres", sys.stdin.readline())
with closing(PostgresqlSources()) as sources:
    (delivery,) = sources.deliveries(TablePlace(Place("c", 1), address, "town", "t", "t"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print("reading", flush=True)
    delivery.bring(path)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def reading(server: Postgresql, path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _READ, str(server.port), str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(PASSWORD)
    process.stdin.close()
    process.stdin = None
    return process


def test_an_error_among_the_rows_is_told_without_a_value_of_a_row(
    server: Postgresql, sql: Connection, tmp_path: Path
) -> None:
    sql.execute(text("create view town.t as select case when n = 9 then 'private' else '1' end\\:\\:int from "
                     "generate_series(1, 9) n"))  # fmt: skip

    assert refused(place(server), tmp_path / "t.parquet") == (
        "sources/orders.odcs.yaml:8: expected an answer of the database, found invalid input syntax for type integer"
    )


def test_memory_does_not_grow_with_the_table(server: Postgresql, sql: Connection, tmp_path: Path) -> None:
    query = "select n, md5(n::text) || md5((n + 1)::text) || repeat(chr((n % 64 + 64)::int), 800) as s"
    sql.execute(text(f"create view town.t as {query} from generate_series(1, 700000) n".replace(":", "\\:")))

    with reading(server, tmp_path / "t.parquet") as process:
        out, err = process.communicate()

    assert process.returncode == 0, err
    assert pq.ParquetFile(tmp_path / "t.parquet").metadata.num_rows == 700_000
    assert int(out.splitlines()[-1]) < 350  # MiB, of 600 that the rows have


def test_an_interrupt_ends_a_query_that_gives_nothing_yet(server: Postgresql, sql: Connection, tmp_path: Path) -> None:
    sql.execute(text("create view town.t as select pg_sleep(100)::text as a"))

    with reading(server, tmp_path / "t.parquet") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reading\n"
        waiting = "select count(*) from pg_stat_activity where application_name = 'assay' and wait_event = 'PgSleep'"
        while not sql.execute(text(waiting)).scalar():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert "KeyboardInterrupt" in err
    assert process.returncode != 0

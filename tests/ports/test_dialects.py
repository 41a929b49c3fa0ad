"""Queries in other dialects, run by their own engine and, translated, by DuckDB: both must give the same rows."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from assay.base.errors import AssayError
from assay.engines.duckdb import DuckDBEngine
from assay.sql.dialects import Dialect
from assay.sql.parse import parse_query
from assay.sql.translating import translate_query
from databases import NEEDS_POSTGRESQL, Postgresql
from soak import count

moment = datetime.fromisoformat
NUMBERS = [
    (1, 7, 2, 2.5, Decimal("2.50"), "Ab_c", "x", date(2013, 1, 31), moment("2013-01-31 13:14:15")),
    (2, -7, 2, -2.5, Decimal("-2.50"), "abc", None, date(2013, 2, 28), moment("2012-12-30 23:59:59")),
    (3, 8, 3, 3.5, Decimal("0.05"), "  pad ", "it's", date(2012, 12, 30), moment("2013-01-07")),
    (4, None, 5, None, None, None, "x", None, None),
    (5, 0, -4, 0.125, Decimal("9.99"), "A%b", "", date(2016, 2, 29), moment("2016-02-29 00:00:01")),
    (6, 9, 4, 1.5, Decimal("1.15"), "Äb\\c", "y", date(2013, 1, 1), moment("2013-12-31 08:00:00")),
]
NAMES = ("id", "a", "b", "r", "d", "s", "t", "day", "at")
TYPES = ("integer", "integer", "integer", "double precision", "numeric(9, 2)", "text", "text", "date", "timestamp")

BOTH = [
    "select id, a / b, a % b, -a / b, a / 2, a / 2.0, r / b, a / r * 2 from n where b <> 0",
    "select id, a / b / 2, (a + b) / (b - 1), a / (b + 0), cast(a as integer) / cast(b as integer) from n where b > 2",
    "select id, a from n order by a",
    "select id, a from n order by a desc",
    "select id, a from n order by a desc nulls last, id",
    "select id, row_number() over (order by a desc, id), lag(a) over (order by a, id) from n",
    "select t, count(*), count(a), sum(a), min(s), max(day), avg(a) from n group by t",
    "select t, sum(a * 1.0) / count(*) from n group by t having count(*) > 1",
    "select id, s || '-' || t, id || ':' || s, coalesce(t, 'none') || s from n",
    "select id, s like 'a%', s like 'A\\%b', s like '%\\_%', s not like 'ab%', s like t || '%' from n",
    "select id, s like 'Ä%', s like 'ä%', s like '%B%' from n",
    "select id, upper(substr(s, 1, 2)), length(s), replace(s, 'b', 'xx'), trim(s), substr(s, 2) from n",
    "select id, case when a > 5 then 'much' when a is null then null else 'little' end, nullif(a, 7) from n",
    "select id, cast(id as text), cast(a as text) || 'x', cast('12' as integer) from n",
    "select x.id, y.id from n x left join n y on x.a = y.b and y.id in (select id from n where r > 1) where x.id < 4",
    "with big as (select id, a from n where a > 0), few as (select * from big) select count(*), max(a) from few",
    "select a from n union select b from n union all select id from n",
    "select a from n except select b from n",
    "select t, a, rank() over (partition by t order by a), sum(a) over (partition by t order by id) from n",
    "select 'it''s', 'back\\slash', 'two\nlines' as w",
    "select id from n where exists (select 1 from n m where m.b = n.a) or a between 7 and 8 or t in ('x', 'y')",
    "select id from n order by id limit 2 offset 1",
    "select id, abs(a), round(d, 1), max(a) over () from n",
    "select distinct t from n",
    "select count(distinct t), sum(case when a > 5 then 1 else 0 end) / count(*) from n",
]  # fmt: skip
POSTGRES = [
    "select id, round(r), round(d), round(a), round(d, 0), floor(r), ceil(d), floor(a) / 2 from n",
    "select id, r::int, d::int, (r * 1.0)::bigint, a::numeric(10, 2) / 4, 7::real / 2 from n",
    "select id, day::text, a::text, id::double precision / 4, extract(year from day) / 10 from n",
    "select id, extract(dow from day), extract(doy from day), extract(week from at), extract(isodow from at) from n",
    "select id, extract(isoyear from day), extract(quarter from day), date_part('hour', at) from n",
    "select id, date_trunc('month', at), date_trunc('week', at), date_trunc('hour', at) from n",
    "select id, day - date '2013-01-01', day + 1, day + interval '1 month', at - interval '90' minute from n",
    "select id, greatest(a, b), least(a, null, b), s ilike 'AB%', s is distinct from t from n",
    "select distinct on (t) t, id from n order by t, id desc",
    "select t, count(*) filter (where a > 1), bool_and(a > 0) from n group by t",
    "select t, stddev_samp(a), var_samp(b), variance(b) from n group by t",
    "select percentile_cont(0.5) within group (order by a) from n",
    "select id, concat(s, '-', t, a), left(s, 2), right(s, 2), strpos(s, 'b'), position('c' in s) from n",
    "select id, substring(s, strpos(s, '_') + 1), substring(s from 2 for 2) from n",
    "select date_trunc('month', day) as day, count(*) from n group by day",
    "select t, b, sum(a) from n group by rollup (t, b)",
    "select id, a / 0.5, sqrt(b * b), power(b, 2), a ^ 2, exp(0) from n",
    "select date_trunc('month', day) as m, sum(a::int) / count(*), sum(a)::numeric(38, 4) / 4 from n group by 1",
    "select make_date(2013, extract(month from day)::int, 1) from n",
    "with recursive c as (select 1 as i union all select i + 1 from c where i < 5) select sum(i) from c",
    "select id, not a = 7, a = 7 is null, a > 5 and not b > 3 or t is null from n",
    "select id, E'tab\\there', $q$it's$q$, 'x' || E'\\n', E'\\x41\\\\n it\\'s', E'\\101\\\\\\102\\u00e4' from n",
    "select \"id\" as \"Id of it\", N.A from n as \"n\"",
]  # fmt: skip
SQLITE = [
    "select id, cast(a || b as integer) + 1, a || b = '72' from n where id = 1",
    "select a from n union select b from n intersect select a from n",
    "select a from n union all select b from n except select 7",
    "select id, cast(r as integer), cast(a as real) / 2, r % 2, a % 3, 7 / 0, a / (b - b), 5.5 % 2 from n",
    "select id, round(r), round(d), round(a) / 2, iif(a > 5, 'x', 'y'), ifnull(t, '-') from n",
    "select id, max(a, b), min(id, b), a == b, s glob_free from (select *, s as glob_free from n)",
    "select id, instr(s, 'b'), ltrim(s), rtrim(s, ' c'), a is not b from n",
    "select a from n union select b from n order by 1",
    "select id, s like 'AB%', s like '%Ä%', 'K' like 'k', s like 'ab\\_c' from n",
]  # fmt: skip


def created(types: tuple[str, ...] = TYPES) -> str:
    return f"create table n ({', '.join(map(' '.join, zip(NAMES, types, strict=True)))})"


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from assay.base.names import TableRef

    folder = tmp_path_factory.mktemp("tables")
    kinds = (
        pa.int32(), pa.int32(), pa.int32(), pa.float64(), pa.decimal128(9, 2), pa.string(), pa.string(), pa.date32(),
        pa.timestamp("us"),
    )  # fmt: skip
    columns = [pa.array(column, kind) for column, kind in zip(zip(*NUMBERS, strict=True), kinds, strict=True)]
    pq.write_table(pa.table(columns, names=list(NAMES)), folder / "n.parquet")
    engine = DuckDBEngine(tmp_path_factory.mktemp("scratch"), [folder], date(2013, 2, 1))
    engine.attach(TableRef(None, "n"), [str(folder / "n.parquet")])
    yield engine
    engine.close()


def told(value: Any) -> Any:
    """Return a value by which rows are compared: numbers by 12 digits, moments as texts, truth as a number."""
    if isinstance(value, (int, float, Decimal)):
        return f"{float(value):.12g}".replace("-0", "0") if float(value) == 0 else f"{float(value):.12g}"
    return str(value)[:19] if isinstance(value, (date, datetime)) else value


def rows_of(rows: Any, query: str) -> list[tuple[Any, ...]]:
    found = [tuple(day(told(value)) for value in row) for row in rows]
    return found if " order by " in query.rpartition(")")[2] else sorted(found, key=repr)


def day(value: Any) -> Any:
    """A day is midnight of it: their sums with intervals are of the one type or of the other."""
    is_midnight = isinstance(value, str) and value.endswith(" 00:00:00")
    return value.removesuffix(" 00:00:00") if is_midnight else value


def by_duckdb(duck: DuckDBEngine, query: str, dialect: Dialect) -> list[tuple[Any, ...]]:
    made = translate_query(query, "q.sql", dialect, is_table=False)
    parse_query(made, "q.sql")
    return rows_of(duck.query(made), query)


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value) if isinstance(value, date) else value


@pytest.fixture(scope="module")
def sqlite() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(created(("integer", "integer", "integer", "real", "real", "text", "text", "text", "text")))
    rows = [
        tuple(float(v) if isinstance(v, Decimal) else str(v) if isinstance(v, date) else v for v in row)
        for row in NUMBERS
    ]
    connection.executemany(f"insert into n values ({', '.join('?' * len(NAMES))})", rows)
    yield connection
    connection.close()


@pytest.mark.parametrize("query", [*(q for q in BOTH if "\\" not in q.replace("back\\", "")), *SQLITE])
def test_sqlite_and_duckdb_give_the_same_rows(query: str, sqlite: sqlite3.Connection, duck: DuckDBEngine) -> None:
    assert by_duckdb(duck, query, Dialect.SQLITE) == rows_of(sqlite.execute(query).fetchall(), query)


@NEEDS_POSTGRESQL
@pytest.mark.parametrize("query", [*BOTH, *POSTGRES])
def test_postgresql_and_duckdb_give_the_same_rows(query: str, numbers: Any, duck: DuckDBEngine) -> None:
    rows = numbers.exec_driver_sql(query).fetchall()

    assert by_duckdb(duck, query, Dialect.POSTGRES) == rows_of(rows, query)


@pytest.fixture(scope="module")
def numbers(server: Postgresql) -> Iterator[Any]:
    engine = create_engine(server.make("dialects").replace("postgresql://", "postgresql+pg8000://"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(created()))
        names = [f":{name}" for name in NAMES]
        for row in NUMBERS:
            connection.execute(text(f"insert into n values ({', '.join(names)})"), dict(zip(NAMES, row, strict=True)))
        yield connection
    engine.dispose()


def expressions(leaves: list[str], *more: str) -> st.SearchStrategy[str]:
    """Give numbers computed in all ways that are carried; ``more``: of one dialect alone."""
    forms = [
        "({} / {})", "({} + {})", "{} * {}", "({} - {})", "coalesce({}, {})", "nullif({}, {})", "abs({})",
        "case when {} > {} then {} else {} end", "cast({} as integer)", "(-({}))", *more,
    ]  # fmt: skip

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        parts = st.lists(inner, min_size=4, max_size=4)
        return st.builds(lambda form, given: form.format(*given), st.sampled_from(forms), parts)

    return st.recursive(st.sampled_from(leaves), larger, max_leaves=12)


LEAVES = ["a", "b", "r", "d", "id", "2", "3", "-1", "2.5", "0.5", "10"]


def alike(theirs: Any, ours: Any) -> bool:
    if theirs is None or ours is None:
        return theirs is ours
    return math.isclose(float(theirs), float(ours), rel_tol=1e-6, abs_tol=1e-3)


def translated(expression: str, row: int, dialect: Dialect) -> tuple[str, str]:
    query = f"select {expression} as x from n where id = {row}"
    try:
        return query, translate_query(query, "q.sql", dialect)
    except AssayError:  # what is refused is no wrong number
        assume(False)
        raise


@settings(max_examples=count(60, soak=20_000), deadline=None)
@given(expressions(LEAVES, "cast({} as real)"), st.integers(1, 6))
def test_sqlite_and_duckdb_compute_the_same_numbers(
    sqlite: sqlite3.Connection, duck: DuckDBEngine, expression: str, row: int
) -> None:
    query, made = translated(expression, row, Dialect.SQLITE)

    assert alike(sqlite.execute(query).fetchone()[0], duck.query(made)[0][0])


@NEEDS_POSTGRESQL
@settings(max_examples=count(60, soak=20_000), deadline=None)
@given(expressions(LEAVES, "round({}, 1)", "floor({})", "cast({} as double precision)"), st.integers(1, 6))
def test_postgresql_and_duckdb_compute_the_same_numbers(
    numbers: Connection, duck: DuckDBEngine, expression: str, row: int
) -> None:
    query, made = translated(expression, row, Dialect.POSTGRES)
    try:
        with numbers.begin_nested():
            theirs = numbers.exec_driver_sql(query).scalar_one()
    except DBAPIError:  # a division by zero, say: then there is no number
        assume(False)

    assert alike(theirs, duck.query(made)[0][0])

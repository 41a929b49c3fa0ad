from __future__ import annotations

import json

import duckdb
import pytest

from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.sql.parse import parse_query, query_from_json
from assay.sql.refused import CHANCE, CLOCK, OUTSIDE, SESSION, UNSTEADY
from assay.sql.tree import TABLE_FUNCTIONS

QUERIES = [
    "select 1",
    "from t",
    "from t select a",
    "table t",
    "(select 1)",
    "select * from a, lateral (select a.x) b",
    "select * from a positional join b",
    "select * from sources.f as f join other.x on true",
    'select * from "A", "sources"."F"',
    "select (select max(v) from t where t.a = s.a) as z from s",
    "select exists (from zz) as e",
    "select 1 union all select a from b except select c from d",
    "with x as materialized (select 1) select * from x",
    "with A as (select 1) select * from a",
    "with t(a) as (select 1) select * from t",
    "with a as (select * from a) select * from a",
    "with x as (select * from y), y as (select 1) select * from x, y",
    "with x as (select 1), y as (select * from x) select * from y, z",
    "with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select * from r",
    "with x as (select 1) (with x as (select * from t) select * from x) union all select * from x",
    "select * from (with x as (select 1) select * from x) s, u",
    "select * from (select * from (from t)) q",
    "select * from t pivot (sum(x) for y in ('a'))",
    "select [x for x in l if x > 1] as z, list_transform(l, lambda x: x + 1) as w from t",
    "select * exclude (a) from t qualify row_number() over (partition by b order by c) = 1",
    "select * from range(5) as r(n), generate_series(1, 3), t",
    "select a from t window w as (order by b)",
    "select t.current_date, 1 as now from t",
]


@pytest.mark.parametrize("sql", QUERIES)
def test_the_tables_are_those_that_duckdb_would_look_up(sql: str) -> None:
    with duckdb.connect() as connection:
        theirs = {name.lower().partition(" as ")[0] for name in connection.get_table_names(sql, qualified=True)}

    assert {str(table) for table in parse_query(sql, "q.sql").tables} == theirs


def test_a_query_knows_where_it_names_a_table_first() -> None:
    query = parse_query("select *\r\nfrom sources.flights f\njoin sources.airlines using (carrier)\n, flights", "q.sql")

    assert query.lines == {
        TableRef("sources", "flights"): 2,
        TableRef("sources", "airlines"): 3,
        TableRef(None, "flights"): 4,
    }


def test_a_table_after_the_logical_date_is_found_on_its_line() -> None:
    """Sqlglot counts the lines after a ``$`` twice."""
    assert parse_query("select $as_of as d\n, 1 as e\nfrom t", "q.sql").lines == {TableRef(None, "t"): 3}
    with pytest.raises(AssayError, match=r"q\.sql:3: expected SQL"):
        parse_query("select $as_of as d\n, 1 as e\nfrom t where (", "q.sql")


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("select a, t.b, c + 1 as d from t", ("a", "b", "d")),
        ("select a from t union all select b from u", ("a",)),
        ("select * from t", None),
        ("select a, count(*) from t group by a", None),
        ("from t", None),
    ],
)
def test_columns_are_named_where_the_text_alone_tells_them(sql: str, columns: tuple[str, ...] | None) -> None:
    assert parse_query(sql, "q.sql").columns == columns


def test_the_logical_date_is_asked_for_by_its_parameter_alone() -> None:
    assert parse_query("select $as_of as d", "q.sql").uses_as_of
    assert not parse_query("select '$as_of' as as_of -- $as_of", "q.sql").uses_as_of


def test_a_semicolon_may_end_a_query() -> None:
    assert parse_query("select 1 as a; -- done\n;", "q.sql").columns == ("a",)


def test_what_is_remembered_of_a_query_is_what_was_read() -> None:
    query = parse_query("select a, $as_of as d from sources.f join g using (a)", "q.sql")

    assert query_from_json(json.loads(json.dumps(query.as_json()))) == query


@pytest.mark.parametrize(
    ("sql", "line", "found"),
    [
        ("", 1, "nothing"),
        ("-- nothing", 1, "nothing"),
        ("selec 1", 1, "selec"),
        ("select a,\nfrom\n", 2, "from"),
        ("select a\nfrom t where (", 2, "incomplete"),
        ("select 1;\nselect 2", 2, "another one: select"),
        ("insert into t values (1)", 1, "insert"),
        ("create table x as select 1", 1, "create"),
        ("copy t to 'x.csv'", 1, "copy"),
        ("attach 'x.db'", 1, "attach"),
        ("pragma version", 1, "pragma"),
        ("set threads = 1", 1, "set"),
        ("with x as (select 1) insert into t select * from x", 1, "INSERT"),
        ("with x as (insert into t values (1)) select 1", 1, "one that writes"),
        ("select *\nfrom 'flights.parquet'", 2, "flights.parquet"),
        ('select *\nfrom "flights.parquet"', 2, "flights.parquet"),
        ("select *\nfrom 's3://bucket/x'", 2, "s3://bucket/x"),
        ("select * from a.b.c", 1, "a.b.c"),
        ("select *\nfrom read_csv('x')", 2, "read_csv()"),
        ("select *\nfrom READ_PARQUET(['x'])", 2, "READ_PARQUET()"),
        ("select * from \"glob\"('*')", 1, '"glob"()'),
        ("select * from t, lateral read_text('/etc/passwd')", 1, "read_text()"),
        ("select *\nfrom pragma_table_info('t')", 2, "pragma_table_info()"),
        ("select getenv('HOME')", 1, "getenv()"),
        ("select * from query('select 1')", 1, "query()"),
        ("select a\n, now() from t", 2, "now()"),
        ('select "now"()', 1, '"now"()'),
        ("select a from t where d < current_date", 1, "current_date"),
        ('select "current_timestamp"', 1, '"current_timestamp"'),
        ("select Today ( )", 1, "Today()"),
        ("select age(d) from t", 1, "age() of one argument"),
        ("select random()", 1, "random()"),
        ("select uuid(), 1", 1, "uuid()"),
        ("select gen_random_uuid()", 1, "gen_random_uuid()"),
        ("select setseed(0.5)", 1, "setseed()"),
        ("select * from t\ntablesample 10%", 2, "a sample"),
        ("select * from t using sample 5", 1, "a sample"),
        ("select $1", 1, "$1"),
        ("select ?", 1, "?"),
        ("select $today", 1, "$today"),
        ("select " + "(" * 5000 + "1" + ")" * 5000, 1, "too deep a nesting"),
    ],
)
def test_what_a_step_may_not_be_is_refused_at_its_line(sql: str, line: int, found: str) -> None:
    with pytest.raises(AssayError) as refused:
        parse_query(sql, "q.sql")

    fault = refused.value.faults[0]
    assert (fault.where.file, fault.where.line) == ("q.sql", line)
    assert found in fault.found


def test_the_clock_is_refused_with_the_advice_to_use_the_logical_date() -> None:
    with pytest.raises(AssayError, match=r"\$as_of"):
        parse_query("select now()", "q.sql")


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(AssayError) as refused:
        parse_query("select now(), random()\nfrom 'x.csv'\njoin read_csv('y') on $b", "q.sql")

    assert [(fault.where.line, fault.found) for fault in refused.value.faults] == [
        *((1, "now()"), (1, "random()"), (2, "'x.csv'"), (3, "read_csv()"), (3, "$b")),
    ]


@pytest.mark.parametrize(
    "sql", ["select now() as n", "select current_date", "select random()", "from t using sample 5"]
)
def test_a_look_at_the_data_may_use_clock_and_chance(sql: str) -> None:
    parse_query(sql, "query", steady=False)


@pytest.mark.parametrize(
    "sql", ["select * from 'x.csv'", "from read_csv('x')", "select getenv('HOME')", "drop table t"]
)
def test_a_look_at_the_data_is_kept_from_files_all_the_same(sql: str) -> None:
    with pytest.raises(AssayError):
        parse_query(sql, "query", steady=False)


def test_two_arguments_make_age_steady() -> None:
    parse_query("select age(a, list_max([b, c])) as x from t", "q.sql")


HARMLESS = {"error"}
"""DuckDB calls it volatile so that it is not computed in advance; it fails the same way each time."""


def test_every_function_that_duckdb_calls_unsteady_is_refused_in_a_step() -> None:
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select distinct function_name from duckdb_functions() where stability <> 'CONSISTENT' and"
            " regexp_matches(function_name, '^[a-z]') and function_type in ('scalar', 'aggregate')"
        ).fetchall()

    unsteady = {str(name) for (name,) in rows} - HARMLESS
    assert unsteady - frozenset[str]().union(*(group.names for group in (*UNSTEADY, OUTSIDE))) == set()


def test_every_macro_of_duckdb_that_reads_the_clock_is_refused_in_a_step() -> None:
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select function_name from duckdb_functions()"
            " where macro_definition ilike '%current_timestamp%' or macro_definition ilike '%now()%'"
        ).fetchall()

    assert {str(name) for (name,) in rows} - CLOCK.names == set()


def test_no_table_function_of_duckdb_is_let_through_but_those_that_make_rows_of_their_arguments() -> None:
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select distinct function_name from duckdb_functions() where function_type in ('table', 'table_macro')"
        ).fetchall()

    let_through = set()
    for (name,) in rows:
        try:
            parse_query(f"select * from {name}()", "q.sql")
        except AssayError:
            continue
        let_through.add(name)
    assert let_through <= TABLE_FUNCTIONS


def test_no_function_stands_in_two_tables() -> None:
    groups = [OUTSIDE.names, CLOCK.names, CHANCE.names, SESSION.names]

    assert sum(map(len, groups)) == len(frozenset[str]().union(*groups))

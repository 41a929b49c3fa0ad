"""Two versions of a query: the same, more columns, or something else; and from which columns each column comes."""

from __future__ import annotations

import random
from collections.abc import Sequence

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.names import TableRef
from assay.sql.functions import AGGREGATES, SET_RETURNING
from assay.sql.lineage import Likeness, changed_columns, compare_queries, lineage_of

SAME = [
    ("a comment", "select a from t", "-- why\nselect a from t"),
    ("a formatting", "select a from t where b>1", "SELECT a\nFROM t\nWHERE b > 1"),
    ("the case of names", "select T.A as a from t", "select t.a as a from T"),
    ("quotes around names", "select a from t", 'select "a" from "t"'),
    ("another alias of a table", "select f.a from sources.flights as f", "select g.a from sources.flights as g"),
    ("an alias where there was none", "select a from t", "select x.a from t as x"),
    ("a name in full", "select flights.a from sources.flights", "select sources.flights.a from sources.flights"),
    (
        "another name of a WITH",
        "with x as (select a from t) select a from x",
        "with y as (select a from t) select a from y",
    ),
    (
        "a WITH in place of a query in FROM",
        "select q.a from (select a from t) q",
        "with w as (select a from t) select a from w",
    ),
    ("a query that adds nothing", "select a from t where b", "with w as (select a from t where b) select * from w"),
    ("a WITH that nobody reads", "select a from t", "with w as (select b from u) select a from t"),
    ("the order of AND", "select a from t where b and c > 1 and d", "select a from t where d and b and (c > 1)"),
    ("an AND said twice", "select a from t where b", "select a from t where b and b"),
    ("the order of OR", "select a from t where b or c", "select a from t where (c) or b"),
    ("sides of an equation", "select t.a from t join u on t.k = u.k", "select t.a from t join u on u.k = t.k"),
    ("a comparison turned round", "select a from t where b > 1", "select a from t where 1 < b"),
    ("parentheses", "select a + b * c as x from t", "select (a + (b * c)) as x from t"),
    ("parentheses around sides", "select a from t where a + 1 < b * 2", "select a from t where (a + 1) < (b * 2)"),
    (
        "parentheses around conditions",
        "select a from t where not a = b and c is null or d in (1, 2)",
        "select a from t where ((not (a = b)) and (c is null)) or (d in (1, 2))",
    ),
    ("parentheses on the left", "select a - b - c as x from t", "select (a - b) - c as x from t"),
    ("parentheses around a text", "select a from t where a = b || c", "select a from t where a = (b || c)"),
    (
        "parentheses around ranges",
        "select a from t where a + 1 between b and c + d and a::text like b::text",
        "select a from t where ((a + 1) between b and (c + d)) and (a::text like b::text)",
    ),
    (
        "parentheses around an equation of ==",
        "select a from t where a == b and c",
        "select a from t where c and (a = b)",
    ),
    (
        "parentheses around a pattern",
        "select a from t where b and a::text ~ '1'",
        "select a from t where (a::text ~ '1') and b",
    ),
    ("parentheses around a cast", "select -a::int * 2 as x from t", "select (-(a::int)) * 2 as x from t"),
    (
        "parentheses within a function",
        "select coalesce(a + b, case when a = 1 then b - c else 0 end) as x from t",
        "select coalesce((a + b), case when (a = 1) then (b - c) else 0 end) as x from t",
    ),
    (
        "a window that builds on another",
        "select sum(a) over w2 as s from t window w1 as (partition by c), w2 as (w1 order by d)",
        "select sum(a) over (partition by c order by d) as s from t",
    ),
    (
        "INNER and OUTER",
        "select t.a from t left join u on t.k = u.k",
        "select t.a from t left outer join u on t.k = u.k",
    ),
    ("another form of a cast", "select a::int as a from t", "select cast(a as integer) as a from t"),
    (
        "the number of a column in GROUP BY",
        "select a, sum(b) as b from t group by t.a",
        "select a, sum(b) as b from t group by 1",
    ),
    ("GROUP BY ALL", "select a, sum(b) as b from t group by a", "select a, sum(b) as b from t group by all"),
    (
        "the order of GROUP BY",
        "select a, b, sum(c) as c from t group by a, b",
        "select a, b, sum(c) as c from t group by b, a",
    ),
    ("AS left out", "select a as b from t", "select a b from t"),
    ("ASC said", "select a from t order by a", "select a from t order by a asc"),
    (
        "a window's name",
        "select sum(a) over (partition by b) as s from t",
        "select sum(a) over w as s from t window w as (partition by b)",
    ),
    ("a star of tables in another layout", "select * from t where a", "select  *  from t where (a)"),
    (
        "a correlated query",
        "select a from t where exists (select 1 from u where u.k = t.k)",
        "select a from t as x where exists (select 1 from u as y where x.k = y.k)",
    ),
]

ADDED = [
    ("a column", "select a from t", "select a, b from t", ("b",)),
    ("a column in the middle", "select a, c from t", "select a, b, c from t", ("b",)),
    ("two columns", "select a from t", "select a, b + 1 as c, 'x' as d from t", ("c", "d")),
    ("a window", "select a from t", "select a, row_number() over (partition by b order by c) as n from t", ("n",)),
    (
        "an aggregate among aggregates",
        "select a, sum(b) as b from t group by a",
        "select a, sum(b) as b, count(*) as n from t group by a",
        ("n",),
    ),
    (
        "an aggregate to GROUP BY ALL",
        "select a, sum(b) as b from t group by all",
        "select a, sum(b) as b, max(c) as c from t group by all",
        ("c",),
    ),
    (
        "an aggregate to one of all rows",
        "select count(*) as n from t",
        "select count(*) as n, max(a) as a from t",
        ("a",),
    ),
    (
        "a column through a WITH",
        "with w as (select a from t where b) select a from w",
        "with w as (select a, c from t where b) select a, c from w",
        ("c",),
    ),
    (
        "a column through a star of a WITH",
        "with w as (select a from t where b) select * from w where a > 1",
        "with w as (select a, c from t where b) select * from w where a > 1",
        ("c",),
    ),
    (
        "a column beside ORDER BY and LIMIT",
        "select a from t order by a limit 3",
        "select a, b from t order by a limit 3",
        ("b",),
    ),
    (
        "a column beside DISTINCT ON",
        "select distinct on (a) a from t order by a, b",
        "select distinct on (a) a, b from t order by a, t.b",
        ("b",),
    ),
    ("a value looked up", "select a from t", "select a, (select u.b from u where u.k = t.k) as b from t", ("b",)),
    ("a column and another alias", "select x.a from t as x", "select y.a, y.b from t as y", ("b",)),
]

OTHER = [
    ("a filter", "select a from t where b > 1", "select a from t where b > 2", "the filter changes"),
    ("a filter that comes", "select a from t", "select a from t where b", "the filter changes"),
    (
        "a filter within a WITH",
        "with w as (select a from t where b) select a from w where a > 1",
        "with w as (select a from t where c) select a from w where a > 1",
        "the filter changes",
    ),
    ("AND to OR", "select a from t where b and c", "select a from t where b or c", "the filter changes"),
    (
        "a join that keeps all",
        "select t.a from t join airlines on t.k = airlines.k",
        "select t.a from t left join airlines on t.k = airlines.k",
        "the join with airlines is a LEFT JOIN now",
    ),
    (
        "another condition of a join",
        "select t.a from t join u on t.k = u.k",
        "select t.a from t join u on t.j = u.k",
        "the join with u has another condition",
    ),
    ("a new join", "select t.a from t", "select t.a from t left join u on t.k = u.k", "u is joined from now on"),
    ("a join that goes", "select t.a from t join u on t.k = u.k", "select t.a from t", "u is no longer joined"),
    ("another table", "select a from t", "select a from u", "u is read instead of t"),
    (
        "another expression",
        "select a - b as delay from t",
        "select b - a as delay from t",
        "delay is computed in another way",
    ),
    (
        "another expression within a WITH",
        "with w as (select a as x from t) select x from w where x > 1",
        "with w as (select b as x from t) select x from w where x > 1",
        "the filter changes",
    ),
    ("a column with another name", "select a as b from t", "select a as c from t", "the column b is gone"),
    ("columns in another order", "select a, b from t", "select b, a from t", "the columns stand in another order"),
    (
        "a column under DISTINCT",
        "select distinct a from t",
        "select distinct a, b from t",
        "which rows count as the same changes",
    ),
    ("DISTINCT", "select a from t", "select distinct a from t", "which rows count as the same changes"),
    (
        "a key of GROUP BY",
        "select a, sum(b) as b from t group by a",
        "select a, c, sum(b) as b from t group by a, c",
        "rows are grouped in another way",
    ),
    (
        "a key of GROUP BY ALL",
        "select a, sum(b) as b from t group by all",
        "select a, c, sum(b) as b from t group by all",
        "rows are grouped in another way",
    ),
    (
        "an aggregate where there was none",
        "select 1 as one from t",
        "select 1 as one, count(*) as n from t",
        "it makes one row of many, or no longer does",
    ),
    (
        "HAVING",
        "select a from t group by a",
        "select a from t group by a having count(*) > 1",
        "the filter of groups changes",
    ),
    (
        "QUALIFY",
        "select a from t qualify row_number() over (order by a) = 1",
        "select a from t qualify row_number() over (order by b) = 1",
        "the filter by windows changes",
    ),
    ("another sorting", "select a from t order by a", "select a from t order by b", "rows are sorted in another way"),
    (
        "another direction",
        "select a from t order by a",
        "select a from t order by a desc",
        "rows are sorted in another way",
    ),
    (
        "a column beside ORDER BY ALL",
        "select a from t order by all",
        "select a, b from t order by all",
        "rows are sorted in another way",
    ),
    (
        "a limit",
        "select a from t order by a limit 3",
        "select a from t order by a limit 4",
        "another number of rows is kept",
    ),
    (
        "a column on both sides of UNION ALL",
        "select a from t union all select a from u",
        "select a, b from t union all select a, b from u",
        "what UNION ALL puts together changes",
    ),
    (
        "UNION in place of UNION ALL",
        "select a from t union all select a from u",
        "select a from t union select a from u",
        "UNION puts queries together now",
    ),
    (
        "a filter within a UNION",
        "select a from t union all select a from u where b",
        "select a from t union all select a from u where c",
        "the filter changes",
    ),
    (
        "a list that is unnested",
        "select a from t",
        "select a, unnest(b) as b from t",
        "what a selected column does to the number of rows changes",
    ),
    (
        "a star that takes more",
        "select * from t",
        "select *, a + 1 as b from t",
        "what is selected changes, and * does not say which columns that are",
    ),
    (
        "an alias that the filter means from now on",
        "select a from t where b > 1",
        "select a, c * 2 as b from t where b > 1",
        "the filter changes",
    ),
    (
        "an alias that another column means from now on",
        "select a, b + 1 as c from t",
        "select a, 5 as b, b + 1 as c from t",
        "c is computed in another way",
    ),
    (
        "a column of a WITH that hides another table's",
        "with w as (select k from t) select d.x from w join d on d.k = w.k where z > 1",
        "with w as (select k, z from t) select d.x from w join d on d.k = w.k where z > 1",
        "the filter changes",
    ),
    (
        "operators that sqlglot takes for one",
        "select a ~ 'b' as m from t",
        "select regexp_matches(a, 'b') as m from t",
        "m is computed in another way",
    ),
    (
        "functions that are told apart by their names",
        "select list(a) as l from t group by b",
        "select array_agg(a) as l from t group by b",
        "l is computed in another way",
    ),
    (
        "a comma in place of CROSS JOIN",
        "select t.a from t cross join u right join v on u.k = v.k",
        "select t.a from t, u right join v on u.k = v.k",
        "the join with u is one of all rows with all rows now",
    ),
    (
        "recursion",
        "with recursive w as (select 1 as a union all select a + 1 from w where a < 3) select a from w",
        "with recursive w as (select 1 as a union all select a + 1 from w where a < 4) select a from w",
        "nobody can tell what changes, for w is recursive",
    ),
    (
        "PIVOT",
        "select * from t pivot (sum(a) for b in ('x'))",
        "select * from t pivot (sum(a) for b in ('y'))",
        "nobody can tell what changes, for it uses PIVOTS",
    ),
    (
        "COLUMNS",
        "select columns('a.*') from t",
        "select columns('a.+') from t",
        "nobody can tell what changes, for it uses COLUMNS(), which stands for columns that it does not name",
    ),
    ("a case of a literal", "select a from t where b = 'x'", "select a from t where b = 'X'", "the filter changes"),
    ("a number as a text", "select 1 as a from t", "select '1' as a from t", "a is computed in another way"),
    ("a type", "select a::int as a from t", "select a::bigint as a from t", "a is computed in another way"),
    (
        "a frame of a window",
        "select sum(a) over (order by b rows 2 preceding) as s from t",
        "select sum(a) over (order by b rows 3 preceding) as s from t",
        "s is computed in another way",
    ),
    (
        "a filter of an aggregate",
        "select count(*) filter (where a) as n from t",
        "select count(*) filter (where b) as n from t",
        "n is computed in another way",
    ),
]

UNTOLD = [
    ("s ~ 'a' || 'b'", "s ~ ('a' || 'b')"),
    ("s !~ 'a' || 'b'", "s !~ ('a' || 'b')"),
    ("s ^@ 'a' || 'b'", "s ^@ ('a' || 'b')"),
    ("+a < b", "+(a < b)"),
    ("~7 + 3", "(~7) + 3"),
    ("~7 - 3", "(~7) - 3"),
    ("~7 * 3", "(~7) * 3"),
    ("~7 // 3", "(~7) // 3"),
    ("x == 3 < 2", "x == (3 < 2)"),
    ("x == 3 || 2", "x == (3 || 2)"),
    ("x == 3 || 2", "x = 3 || 2"),
    ("x == 2 IN (2, 3)", "x == (2 IN (2, 3))"),
    ("x == 2 BETWEEN 1 AND 3", "x == (2 BETWEEN 1 AND 3)"),
    ("x >= 3 == 2", "(x >= 3) == 2"),
    ("x <> 3 == 2", "(x <> 3) == 2"),
    ("s = 'x' AND j->>'a' IS NULL", "s = 'x' AND (j->>'a') IS NULL"),
    ("s OR j->'a'", "s OR (j->'a')"),
    ("s OR j->>'a'", "s OR (j->>'a')"),
    ("NOT j->'a'", "NOT (j->'a')"),
    ("NOT j->>'a' = 'b'", "NOT (j->>'a' = 'b')"),
    ("j->2 || 3", "(j->2) || 3"),
    ("@ -1 + -5", "(@ -1) + -5"),
    ("a ~~ b || c", "a ~~ (b || c)"),
    ("a <=> b", "a IS NOT DISTINCT FROM b"),
    ("a IN [1, NULL]", "a IN (1, NULL)"),
    ("j->'a.b'", "j->'$.a.b'"),
    ("j->>'a.b'", "j->>'$.a.b'"),
    ("j->'a[0]'", "j->'$.a[0]'"),
    ("j->'*'", "j->'$.*'"),
    ("j->'0'", "j->0"),
    ("j->'/a/b'", "j->'$.a.b'"),
    ("sum(s ~ 'a' || 'b') OVER ()", "sum(s ~ ('a' || 'b')) OVER ()"),
    ("(SELECT max(s ~ 'a' || 'b') FROM u)", "(SELECT max(s ~ ('a' || 'b')) FROM u)"),
]
"""Expressions that sqlglot takes for the same, and DuckDB does not."""


@pytest.mark.parametrize(("old", "new"), UNTOLD)
def test_what_an_engine_may_read_otherwise_is_not_the_same(old: str, new: str) -> None:
    for query in ("select {} as v from t", "select a from t where {}", "select * replace ({} as v) from t"):
        assert compare_queries(query.format(old), query.format(new)).likeness is Likeness.OTHER


def test_a_window_counts_with_the_one_on_which_it_builds() -> None:
    text = "select sum(a) over w2 as s from t window w1 as (partition by {}), w2 as ({} order by d)"

    assert compare_queries(text.format("c", "w1"), text.format("c", "w1")).likeness is Likeness.SAME
    assert compare_queries(text.format("c", "w1"), text.format("e", "w1")).likeness is Likeness.OTHER
    assert compare_queries(text.format("c", "w1"), text.format("c", "")).likeness is Likeness.OTHER
    assert compare_queries(text.format("c", "w9"), text.format("c", "w9")).likeness is Likeness.OTHER


@pytest.mark.parametrize(("what", "old", "new"), SAME, ids=[row[0] for row in SAME])
def test_what_says_the_same_is_the_same_both_ways(what: str, old: str, new: str) -> None:
    assert [compare_queries(old, new).likeness, compare_queries(new, old).likeness] == [Likeness.SAME] * 2


@pytest.mark.parametrize(("what", "old", "new", "columns"), ADDED, ids=[row[0] for row in ADDED])
def test_columns_that_come_alone_are_named_and_taking_them_away_is_more(
    what: str, old: str, new: str, columns: tuple[str, ...]
) -> None:
    found = compare_queries(old, new)

    assert (found.likeness, found.added) == (Likeness.ADDS_COLUMNS, columns)
    assert compare_queries(new, old).likeness is Likeness.OTHER


@pytest.mark.parametrize(("what", "old", "new", "sentence"), OTHER, ids=[row[0] for row in OTHER])
def test_anything_else_is_told_in_a_sentence_and_is_so_both_ways(what: str, old: str, new: str, sentence: str) -> None:
    found = compare_queries(old, new)

    assert (found.likeness, found.sentence.split("; ")[0]) == (Likeness.OTHER, sentence)
    assert compare_queries(new, old).likeness is Likeness.OTHER


@pytest.mark.parametrize(
    ("column", "sources"),
    [
        ("day", ["orders.at"]),
        ("cents", ["orders.cents", "orders.rebate"]),
        ("orders", []),
        ("shop", ["shops.name"]),
        ("either", ["shops.what"]),
        ("best", ["goods.day", "goods.price", "orders.at"]),
    ],
)
def test_a_column_comes_from_the_columns_of_which_its_value_is_made(column: str, sources: list[str]) -> None:
    found = lineage_of(
        """
        with clean as (
            select cast(o.at as date) as day, o.cents - o.rebate as net, o.shop from orders as o where o.paid
        )
        select clean.day, sum(clean.net) as cents, count(*) as orders, shops.name as shop, max(what) as either,
               (select max(goods.price) from goods where goods.day = clean.day) as best
        from clean join shops on shops.id = clean.shop
        group by all
        """
    )

    assert found.columns is not None
    given = next(each for each in found.columns if each.name == column).sources
    assert given is not None
    assert [f"{one.table}.{one.column}" for one in given] == sources


def test_the_rows_come_from_the_columns_that_choose_and_group_them() -> None:
    found = lineage_of("select t.a from t join u on u.k = t.k where t.paid")

    assert found.row_sources is not None
    assert [f"{one.table}.{one.column}" for one in found.row_sources] == ["t.k", "t.paid", "u.k"]


@pytest.mark.parametrize(
    "text", ["select * from t", "select t.* from t", "select a + 1 from t", "select columns(*) from t"]
)
def test_columns_that_only_an_engine_can_tell_are_undetermined(text: str) -> None:
    assert lineage_of(text).columns is None


def test_a_name_that_two_tables_may_have_is_undetermined() -> None:
    found = lineage_of("select x from t join u on t.k = u.k")

    assert found.columns is not None
    assert found.columns[0].sources is None


TABLES = {
    TableRef(None, "t"): ("A", "k"),
    TableRef(None, "u"): ("k", "b"),
    TableRef("sources", "flights"): ("year", "dest"),
}


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("select * from t", {"A": ["t.a"], "k": ["t.k"]}),
        ("select * exclude (a) from t", {"k": ["t.k"]}),
        ("select a, b from t join u on t.k = u.k", {"a": ["t.a"], "b": ["u.b"]}),
        ("select sum(b) as b, sum(b) / count(*) as mean from u", {"b": ["u.b"], "mean": ["u.b"]}),
        ("with k as (select k, b from u) select k, b from k", {"k": ["u.k"], "b": ["u.b"]}),
        ("select sources.flights.year from sources.flights", {"year": ["sources.flights.year"]}),
        ("with t as (select b as a from u) select * from t", {"a": ["u.b"]}),
        ("select q.x from t as q (x, y)", {"x": ["t.a"]}),
    ],
)
def test_columns_of_tables_tell_what_a_query_leaves_open(text: str, columns: dict[str, list[str]]) -> None:
    found = lineage_of(text, TABLES).columns

    assert found is not None
    assert {c.name: [f"{s.table}.{s.column}" for s in c.sources or ()] for c in found} == columns
    assert all(column.sources is not None for column in found)


@pytest.mark.parametrize(
    "text", ["select * replace (1 as a) from t", "select * from t join u using (k)", "select z from t"]
)
def test_what_columns_of_tables_do_not_tell_stays_undetermined(text: str) -> None:
    found = lineage_of(text, TABLES).columns

    assert found is None


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("select distinct a from t", ["t.a"]),
        ("select distinct on (k) a from t order by b", ["t.b", "t.k"]),
        ("select a from t order by b limit 3", ["t.b"]),
        ("select a from t order by b", []),
        ("select a from t union select k from u", ["t.a", "u.k"]),
        ("select a from t union all select k from u", []),
        ("select a from t where t.k in (select u.k from u where u.b)", ["t.k", "u.b", "u.k"]),
    ],
)
def test_what_decides_about_rows(text: str, rows: list[str]) -> None:
    found = lineage_of(text)

    assert [f"{one.table}.{one.column}" for one in found.row_sources or ()] == rows


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("select a, b from t", "select a, b + 1 as b from t", {"b"}),
        ("select a, b from t", "select a from t", {"b"}),
        ("select a from t", "select b as B, a from t", {"b"}),
        ("select a from t", "select  a  from t -- as before", set()),
        ("select a from t", "select a from t where b", None),
        ("select * from t", "select a from t", None),
        ("select a from t", "select a from t tablesample 1%", None),
    ],
)
def test_columns_that_differ_where_the_rows_are_the_same(old: str, new: str, changed: set[str] | None) -> None:
    assert changed_columns(old, new) == changed


def test_every_aggregate_and_every_function_that_makes_rows_is_known_by_name() -> None:
    """Else a column with one of them would seem to leave the rows as they are."""
    ask = duckdb.connect().execute
    aggregates = {
        name
        for (name,) in ask("select function_name from duckdb_functions() where function_type = 'aggregate'").fetchall()
    }
    macros = ask(
        "select function_name, macro_definition from duckdb_functions() where function_type = 'macro'"
    ).fetchall()

    assert aggregates <= AGGREGATES
    assert {n for n, text in macros if any(f"{a}(" in (text or "") for a in ("sum", "avg", "string_agg"))} <= AGGREGATES
    assert "unnest" in SET_RETURNING


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create schema sources")
    chance = random.Random(7)
    for name in ("t", "u", "sources.flights"):
        connection.execute(f"create table {name} (a int, b int, c int, d int, k int, j int)")
        for _ in range(30):
            values = [chance.choice(["null", "0", "1", "2", "3"]) for _ in range(6)]
            connection.execute(f"insert into {name} values ({', '.join(values)})")
    return connection


def rows(engine: duckdb.DuckDBPyConnection, query: str, columns: Sequence[str] = ()) -> list[str]:
    """Return the rows of a query in an order of their own, of some columns alone where these are named."""
    found = engine.execute(query)
    names = [name for name, *_ in found.description]
    kept = [names.index(name) for name in columns or names]
    return sorted(repr([row[index] for index in kept]) for row in found.fetchall())


@pytest.mark.parametrize(("what", "old", "new"), SAME, ids=[row[0] for row in SAME])
def test_what_is_called_the_same_gives_an_engine_the_same_rows(
    what: str, old: str, new: str, engine: duckdb.DuckDBPyConnection
) -> None:
    assert rows(engine, old) == rows(engine, new)


STEADY = [row for row in ADDED if "LIMIT" not in row[0] and "DISTINCT ON" not in row[0] and "looked up" not in row[0]]


@pytest.mark.parametrize(("what", "old", "new", "columns"), STEADY, ids=[row[0] for row in STEADY])
def test_columns_that_come_leave_an_engine_the_rows_that_were(
    what: str, old: str, new: str, columns: tuple[str, ...], engine: duckdb.DuckDBPyConnection
) -> None:
    before = [name for name, *_ in engine.execute(old).description]

    assert rows(engine, old) == rows(engine, new, before)


QUERIES = sorted(
    {query for _, *queries in (*SAME, *OTHER) for query in queries[:2]} | {q for _, a, b, _ in ADDED for q in (a, b)}
)


@given(st.sampled_from(QUERIES), st.sampled_from(QUERIES), st.sampled_from(QUERIES))
def test_being_the_same_is_an_equivalence(one: str, two: str, three: str) -> None:
    def same(a: str, b: str) -> bool:
        return compare_queries(a, b).likeness is Likeness.SAME

    assert same(one, two) is same(two, one)
    assert not (same(one, two) and same(two, three)) or same(one, three)

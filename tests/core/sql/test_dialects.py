"""Queries in other dialects: what is made of them, on which lines, and what is refused by name at its line.

What engines that are here make of the same texts is compared in `tests/ports/test_dialects.py`; what is expected of the
others stands in their manuals.
"""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.sql.dialects import MEANINGS, Dialect
from assay.sql.parse import parse_query
from assay.sql.tokens import sql_digest
from assay.sql.translating import REFUSALS, translate_query

D = Dialect
TABLE = """create table t as select * from (values
    (7, 2, 2.5::double, 'Ab_c', date '2013-01-31'), (-7, 0, -2.5, null, date '2013-02-28'))
    v(a, b, r, s, d)"""


def value(dialect: Dialect, expression: str, where: str = "a = 7") -> object:
    """Return what DuckDB makes of an expression in a dialect."""
    made = translate_query(f"select {expression} as x from t where {where}", "q.sql", dialect)
    with duckdb.connect() as session:
        session.execute(TABLE)
        found = session.execute(made).fetchone()
    assert found is not None
    return found[0]


WHOLE = [D.POSTGRES, D.REDSHIFT, D.SQLITE, D.TSQL, D.TRINO, D.PRESTO, D.ATHENA]
OF_NUMBERS = [
    *((dialect, "a / 2", 3) for dialect in WHOLE),
    *((dialect, "a / 2", 3.5) for dialect in MEANINGS if dialect not in WHOLE),
    *((dialect, "a / 2.0", 3.5) for dialect in MEANINGS),
    (D.SQLITE, "cast(-r as integer)", -2),
    *((dialect, "cast(r as int)", 2) for dialect in (D.TSQL, D.DATABRICKS, D.SPARK, D.HIVE, D.SQLITE)),
    *((dialect, "cast(r as int)", 3) for dialect in (D.SNOWFLAKE, D.TRINO, D.PRESTO, D.ATHENA)),
    (D.BIGQUERY, "cast(r as int64)", 3),
    (D.POSTGRES, "r::int", 2),
    (D.POSTGRES, "round(r)", 2),
    (D.POSTGRES, "round(2.5)", 3),
    *((dialect, "round(r)", 3) for dialect in (D.TSQL, D.TRINO, D.SNOWFLAKE, D.BIGQUERY, D.SPARK, D.SQLITE)),
    (D.MYSQL, "a div 2", 3),
    (D.DATABRICKS, "r div 2", 1),
    (D.MYSQL, "a / 0", None),
    (D.HIVE, "a / (b - 2)", None),
    (D.SQLITE, "r % 2", 0),
    (D.SNOWFLAKE, "cast(1.5 as number)", 2),
    (D.BIGQUERY, "cast('1.123456789' as numeric) * 1000000000", 1123456789),
]  # fmt: skip
OF_TEXTS = [
    (D.SQLITE, "s like 'aB\\_%'", False),
    (D.SQLITE, "s like 'aB%'", True),
    *((dialect, "s like 'Ab\\\\_%'", True) for dialect in (D.MYSQL, D.BIGQUERY, D.DATABRICKS, D.HIVE)),
    (D.POSTGRES, "s like 'Ab\\_%'", True),
    (D.TRINO, "s like 'Ab\\_%'", False),
    (D.TSQL, "len('ab  ')", 2),
    (D.MYSQL, "'1' || 0", True),
    (D.MYSQL, "concat(s, null)", None),
    (D.TSQL, "concat(s, null, a)", "Ab_c7"),
    (D.POSTGRES, "concat(s, null, a)", "Ab_c7"),
    (D.REDSHIFT, "concat(s, null)", None),
    (D.REDSHIFT, "concat(s, a)", "Ab_c7"),
    (D.MYSQL, '"it\\\'s"', "it's"),
    (D.SNOWFLAKE, "greatest(a, null)", None),
    (D.POSTGRES, "greatest(a, null)", 7),
    (D.TSQL, "charindex('_', s)", 3),
    (D.MYSQL, "locate('_', s)", 3),
    (D.TSQL, "N'x'", "x"),
]  # fmt: skip
OF_DAYS = [
    (D.TSQL, "datediff(month, d, '2013-02-01')", 1),
    (D.SNOWFLAKE, "datediff(year, d, date '2014-01-01')", 1),
    (D.MYSQL, "datediff(d, '2013-01-01')", 30),
    (D.DATABRICKS, "datediff(d, cast('2013-01-01' as date))", 30),
    (D.BIGQUERY, "date_diff(d, date '2013-01-01', day)", 30),
    (D.REDSHIFT, "datediff(day, '2013-01-01', d)", 30),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "expression", "expected"), [*OF_NUMBERS, *OF_TEXTS, *OF_DAYS])
def test_what_a_dialect_means_otherwise_is_carried(dialect: Dialect, expression: str, expected: object) -> None:
    assert value(dialect, expression) == expected


@pytest.mark.parametrize(
    ("dialect", "expression", "day"),
    [
        (D.TSQL, "dateadd(month, 1, d)", "2013-02-28"),
        (D.SNOWFLAKE, "dateadd(day, -1, d)", "2013-01-30"),
        (D.MYSQL, "date_add(d, interval 1 month)", "2013-02-28"),
        (D.MYSQL, "d - interval 1 year", "2012-01-31"),
        (D.BIGQUERY, "date_sub(d, interval 1 day)", "2013-01-30"),
        (D.SPARK, "date_add(d, 1)", "2013-02-01"),
        (D.TRINO, "date_add('day', 1, d)", "2013-02-01"),
        (D.TRINO, "date_trunc('month', d)", "2013-01-01"),
        (D.BIGQUERY, "date_trunc(d, month)", "2013-01-01"),
        (D.REDSHIFT, "date_trunc('week', d)", "2013-01-28"),
    ],
)
def test_days_are_counted_as_the_dialect_does(dialect: Dialect, expression: str, day: str) -> None:
    assert str(value(dialect, expression))[:10] == day


@pytest.mark.parametrize("dialect", [d for d in MEANINGS if not MEANINGS[d].null_by_zero])
@pytest.mark.parametrize("expression", ["a / b", "a % b"])
def test_a_division_by_zero_is_an_error_where_it_is_one(dialect: Dialect, expression: str) -> None:
    if dialect is D.BIGQUERY and "%" in expression:
        expression = "mod(a, b)"
    with pytest.raises(duckdb.Error, match="division by zero"):
        value(dialect, expression, "a = -7")
    assert value(dialect, expression) in {3, 3.5, 1}


@pytest.mark.parametrize(
    ("dialect", "first"),
    [
        *((d, None) for d in (D.MYSQL, D.SQLITE, D.TSQL, D.BIGQUERY, D.SPARK)),
        *((d, "x") for d in (D.POSTGRES, D.TRINO)),
    ],
)
def test_what_is_missing_comes_first_or_last_as_it_does_there(dialect: Dialect, first: object) -> None:
    made = translate_query("select s from t order by s", "q.sql", dialect)
    with duckdb.connect() as session:
        session.execute("create table t as select unnest(['x', null]) as s")
        assert session.execute(made).fetchone() == (first,)


def test_the_average_of_whole_numbers_is_whole_where_it_is() -> None:
    with duckdb.connect() as session:
        session.execute("create table t as select 1 as a, 1.5::double as r union all select 2, 2.5")
        for dialect, expected in ((D.TSQL, 1), (D.REDSHIFT, 1), (D.POSTGRES, 1.5)):
            made = translate_query("select avg(a) as a, avg(r) as r from t", "q.sql", dialect)
            assert session.execute(made).fetchone() == (expected, 2.0)


@pytest.mark.parametrize("dialect", MEANINGS)
def test_the_logical_date_is_a_parameter(dialect: Dialect) -> None:
    made = translate_query("select a from t where d < :as_of", "q.sql", dialect)

    assert parse_query(made, "q.sql").uses_as_of
    with pytest.raises(AssayError, match=r"q\.sql:2: .*The one parameter is :as_of"):
        translate_query("select a\nfrom t where d < :today_", "q.sql", dialect)


@pytest.mark.parametrize("dialect", MEANINGS)
@pytest.mark.parametrize(
    "use",
    ["now()", "current_timestamp", "current_date", "rand()", "random()", "uuid()", "getdate()", "version()"],
)  # fmt: skip
def test_clock_chance_and_session_are_refused_in_the_authors_words(dialect: Dialect, use: str) -> None:
    with pytest.raises(AssayError) as refused:
        translate_query(f"select a\n, {use} as b\nfrom t", "q.sql", dialect)

    (fault,) = refused.value.faults
    assert fault.where.line == 2
    assert fault.found.lower() == use
    assert fault.expected in {refusal.expected for refusal in REFUSALS}


REFUSED = [
    (D.POSTGRES, "select 'today'::date as d", "the clock"),
    (D.POSTGRES, "select a::numeric as a from t", "Say how many digits"),
    (D.POSTGRES, "select s::varchar(3) as s from t", "Leave the length out"),
    (D.POSTGRES, "select a from t where s ~ 'x'", "a regular expression"),
    (D.POSTGRES, "select frobnicate(a) as x from t", "found frobnicate"),
    (D.POSTGRES, "select sum(a) / count(*) as x from t", "found sum. Cast it"),
    (D.POSTGRES, "select s / 2 as x from (select sum(a) as s from t) q", "found sum. Cast it"),
    (D.POSTGRES, "select round(avg(a)) as x from t", "Write ROUND"),
    (D.POSTGRES, 'select "Foo", foo from t', "for DuckDB case does not count"),
    (D.POSTGRES, "select a[1] as x from t", r"found \[...\]"),
    (D.POSTGRES, "select substr(s, 0, 2) as x from t", "Begin at a number from 1 on"),
    (D.POSTGRES, "select a from t tablesample system (10)", "found a sample"),
    (D.POSTGRES, "select count(*) from t", "Give it a name with AS"),
    (D.POSTGRES, "select a from t for update", "carried to DuckDB"),
    (D.SNOWFLAKE, "select \"foo\", Foo from t", "Rename one"),
    (D.SNOWFLAKE, "select a:b as x from t", "carried to DuckDB"),
    (D.SNOWFLAKE, "select date_trunc('week', d) as x from t", "Of these parts alone"),
    (D.MYSQL, "select length(s) as x from t", "Use CHAR_LENGTH"),
    (D.MYSQL, "select cast(r as signed) as x from t", "Say how it is rounded"),
    (D.MYSQL, "select round(r) as x from t", "Cast it to DECIMAL"),
    (D.MYSQL, "select group_concat(s) as x from t", "found GROUP CONCAT"),
    (D.MYSQL, "select a ^ b as x from t", r"found \^"),
    (D.MYSQL, "select a from t /*! where a > 1 */", "comments that are no code"),
    (D.TSQL, "select a from t where s like '[a-c]%'", "Write the pattern out"),
    (D.TSQL, "select cast(s as varchar) as s from t", "cuts it after 30"),
    (D.TSQL, "select cast(r as real) as s from t", "found real. Use FLOAT"),
    (D.TSQL, "with t as (select 1 as a union all select a + 1 from t) select a from t", "WITH RECURSIVE"),
    (D.TSQL, "select power(a, 2) as x from t", "found power"),
    (D.TSQL, "select top 5 percent a from t", "Give a number of rows"),
    (D.TRINO, "select trim(s) as s from t", "TRIM"),
    (D.TRINO, "select date_diff('day', d, d) as s from t", "found date_diff"),
    (D.TRINO, "select x / 2 as x from (select floor(a) as x from t) q", "found FLOOR. Cast it"),
    (D.TRINO, "select a || b + 1 as x from t", "in parentheses"),
    (D.SQLITE, "select date(d) as d from t", "carried to DuckDB"),
    (D.BIGQUERY, "select date_trunc(d, month) as d, count(*) as n from t group by d", "Group by the expression"),
    (D.BIGQUERY, "select as struct a from t", "Write a plain SELECT"),
    (D.HIVE, "select stddev(a) as x from t", "found stddev"),
    (D.POSTGRES, f"select {'a/(' * 9}a{')' * 9} as x from t", "Name one in a WITH"),
    (D.TSQL, "select isnull(a, 0.5) as x from t", "Use COALESCE"),
    (D.HIVE, "select greatest(a, b) as x from t", "found greatest"),
    (D.DATABRICKS, "select datediff(hour, d, d) as x from t", "Of these parts alone: day"),
    (D.SPARK, "select a from parquet.`/etc/x`", "a table as name or schema.name"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "query", "said"), REFUSED)
def test_what_is_not_carried_is_refused_at_its_line(dialect: Dialect, query: str, said: str) -> None:
    with pytest.raises(AssayError, match=said) as refused:
        parse_query(translate_query(f"-- first\n\n{query}", "q.sql", dialect), "q.sql")

    assert {fault.where.line for fault in refused.value.faults} == {3}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "one SELECT"),
        ("select 1 as a; select 2 as b", "another one: select"),
        ("delete from t", "found delete"),
        ("select a,\n from where", "q.sql:2"),
        ("select 'a", "expected SQL"),
    ],
)
@pytest.mark.parametrize("dialect", MEANINGS)
def test_what_is_no_query_is_refused(dialect: Dialect, text: str, said: str) -> None:
    with pytest.raises(AssayError, match=said):
        translate_query(text, "q.sql", dialect)


def test_what_is_made_stands_on_the_lines_of_the_author() -> None:
    text = """-- of each carrier
select
  carrier,
  count(*)   as n, /* two
  lines */
  sum(case when late then 1 else 0 end)
    / count(*) as rate
from sources.flights f
join planes p on p.tail = f.tail

where f.name = 'two
lines' and f.day < :as_of
group by carrier
"""
    made = translate_query(text, "q.sql", D.POSTGRES).split("\n")

    assert [made[line].split()[0] for line in (1, 2, 3, 5, 7, 8, 10, 12)] == [
        "SELECT", "carrier,", "COUNT(*)", "SUM(CASE", "FROM", "JOIN", "WHERE", "GROUP",
    ]  # fmt: skip
    assert made[11].startswith("lines' AND")
    lines = {str(table): line for table, line in parse_query("\n".join(made), "q").lines.items()}
    assert lines == {"sources.flights": 8, "planes": 9}


WORDS = [
    "select", "a", ",", "sum", "(", "b", ")", "as", "n", "from", "sources.t", "where", "s", "<>", "'x -- y'", "and",
    "a", ">", "1.5", "group by", "a", "order by", "n",
]  # fmt: skip
GAPS = st.sampled_from([" ", "\n", "\t ", " -- a 'comment'\n", "\n/* one\ntwo */ "])


@given(st.lists(GAPS, min_size=len(WORDS), max_size=len(WORDS)), st.sampled_from(sorted(MEANINGS)))
def test_comments_and_layout_do_not_count(gaps: list[str], dialect: Dialect) -> None:
    written = "".join(word + gap for word, gap in zip(WORDS, gaps, strict=True))
    made = translate_query(written, "q.sql", dialect)

    assert sql_digest(made) == sql_digest(translate_query(" ".join(WORDS), "q.sql", dialect))
    line = written[: written.index("sources")].count("\n") + 1
    assert next(iter(parse_query(made, "q.sql").lines.values())) == line

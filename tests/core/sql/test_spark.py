"""Queries in Spark's dialect: what they read, what counts of them, and what is refused, by Spark's names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.sql.spark import CHANCE, CLOCK, OUTSIDE, SESSION, parse_spark_query
from assay.sql.spark_tokens import spark_tokens
from assay.sql.tokens import digest_tokens

WORDS = st.sampled_from(["select", "FROM", "a", "Ab_1", "1st", "größe", "r", "x", "名", "_", "as"])
NUMBERS = st.sampled_from(["0", "42L", "1.5", "1e5", "2.5E-3", ".5", "1.5BD", "7Y"])
QUOTED = st.text(st.characters(codec="utf-8", exclude_characters="`\0"), min_size=1, max_size=6).map(lambda t: f"`{t}`")
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="'\"\\\0"), max_size=6)
STRINGS = st.one_of(TEXT.map(lambda t: f"'{t}'"), TEXT.map(lambda t: f'"{t}"'), TEXT.map(lambda t: f"r'{t}\\'"))
ESCAPED = st.sampled_from([r"'it\'s'", r'"a \" -- b"', r"'\\'", "'it''s'"])
SYMBOLS = st.sampled_from(list("(),;+%<>=[]:"))
TOKENS = st.lists(st.one_of(WORDS, NUMBERS, QUOTED, STRINGS, ESCAPED, SYMBOLS), max_size=12)
GAPS = st.sampled_from([" ", "\n", "\t ", "\r\n", " -- a 'comment'\n", "/* one /* in */ another */", " /* it's ` */ "])


def digest(text: str) -> str:
    return digest_tokens(spark_tokens(text, "q.sql"))


@given(TOKENS, st.data())
def test_what_stands_between_the_tokens_does_not_count(tokens: list[str], data: st.DataObject) -> None:
    written = "".join(token + data.draw(GAPS) for token in tokens)

    assert digest(written) == digest(" ".join(tokens))


@given(TOKENS, TOKENS)
def test_other_tokens_have_another_digest(one: list[str], other: list[str]) -> None:
    def plain(tokens: list[str]) -> list[str]:
        return [text.replace("\r\n", "\n").replace("\r", "\n") for text in " \0 ".join(tokens).split(" \0 ")]

    parts = [[token.text for token in spark_tokens(" ".join(tokens), "q")] for tokens in (one, other)]
    assert (digest(" ".join(one)) == digest(" ".join(other))) is (plain(parts[0]) == plain(parts[1]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("select 1e-3", "select 1e - 3"),
        ("select 'a' 'b'", "select 'a''b'"),
        ("select r'a'", "select r 'a'"),
        ("select `a`", "select a"),
        ("select \"a\"", "select 'a'"),
        ("select /*+ broadcast(t) */ * from t", "select * from t"),
        ("select A", "select a"),
    ],
)  # fmt: skip
def test_what_spark_reads_otherwise_has_another_digest(one: str, other: str) -> None:
    assert digest(one) != digest(other)


def test_a_digest_stays_what_it_was_when_it_was_written_down() -> None:
    text = "select `a b`, r'\\d', \"it's\", 1.5BD /* x */ from sources.t -- y\nwhere d <= :as_of"

    assert digest(text) == "sha256:ec1f405208965459efc8cd7f98fbd209afa56f59aff772281ac074b3ce76b882"


READS = {
    "select 1": "",
    "from t select a": "t",
    "select f.* from sources.f as f join other.x using (k)": "other.x sources.f",
    "with x as (select * from y) select x.* from x join z on true": "y z",
    "select * from t lateral view posexplode_outer(a) v as p, q": "t",
    "select * from range(5) r cross join t": "t",
    "select /*+ broadcast(u) */ * from s u": "s",
    "select * from a left anti join b using (x) left semi join c on a.y <=> c.y": "a b c",
    "select (select max(v) from t where t.a = s.a) as z, transform(l, x -> x + 1) as w from s": "s t",
    "select * from `A` pivot (sum(v) for y in ('a', 'b'))": "a",
    "select cast(x as struct<t: int, u: array<string>>) as y from t": "t",
    "select current_date as d, t.now from t": None,
}


@pytest.mark.parametrize("sql", READS)
def test_a_query_says_which_tables_it_reads(sql: str) -> None:
    if READS[sql] is None:
        with pytest.raises(AssayError, match="found current_date"):
            parse_spark_query(sql, "q.sql")
    else:
        assert " ".join(map(str, parse_spark_query(sql, "q.sql").tables)) == READS[sql]


def test_a_query_says_its_lines_its_columns_and_whether_it_asks_for_the_logical_date() -> None:
    query = parse_spark_query("select a, `b c`,\n :as_of as d\nfrom sources.f\njoin p using (a)\n;", "q.sql")

    assert query.lines == {TableRef("sources", "f"): 3, TableRef(None, "p"): 4}
    assert query.columns == ("a", "b c", "d")
    assert query.uses_as_of
    assert not parse_spark_query("select ':as_of' as x, t.as_of from t", "q.sql").uses_as_of


@pytest.mark.parametrize(
    ("sql", "line", "found"),
    [
        ("select 1;\nselect 2", 2, "another one: select"),
        ("insert into t\nselect 1", 1, "insert"),
        ("select $as_of", 1, "$"),
        ("select '${env:HOME}',\n$x", 2, "$"),
        ("select a,\n:yesterday from t", 2, ":yesterday"),
        ("select ?", 1, "?"),
        ("select 1 -- on \\\n, 2", 1, "a \\ at its end"),
        ("select 'a", 1, "'"),
        ("select /* a", 1, "/* without its */"),
        ("select a\nfrom t |> where a > 1", 2, "|>"),
        ("select transform(a) using 'rm'\nas (b) from t", 1, "a script"),
        ("select *\nfrom parquet.`/etc/passwd`", 2, "'parquet./etc/passwd'"),
        ("select * from a.b.c", 1, "'a.b.c'"),
        ("select * from identifier('a')", 1, "identifier()"),
        ("select * from t version as of 3", 1, "an earlier version of one"),
        ("select * from t tablesample (10 percent)", 1, "a sample"),
        ("select java_method('java.lang.System', 'exit', 0)", 1, "java_method()"),
        ("select input_file_name() from t", 1, "input_file_name()"),
        ("select t._metadata.file_path from t", 1, "_metadata"),
        ("select\nRAND(3) from t", 2, "RAND()"),
        ("select `uuid`()", 1, "`uuid`()"),
        ("select monotonically_increasing_id()", 1, "monotonically_increasing_id()"),
        ("select current_timestamp", 1, "current_timestamp"),
        ("select\nlocaltimestamp", 2, "localtimestamp"),
        ("select localtime", 1, "localtime"),
        ("select unix_timestamp()", 1, "unix_timestamp()"),
        ("select date 'today'", 1, "'today'"),
        ("select cast(\" Now UTC\" as timestamp)", 1, '" Now UTC"'),
        ("select 'tomorrow'::date", 1, "'tomorrow'"),
        ("select current_database()", 1, "current_database()"),
        ("select from", 1, "near"),
    ],
)  # fmt: skip
def test_what_a_step_may_not_be_is_refused_at_its_line(sql: str, line: int, found: str) -> None:
    with pytest.raises(AssayError) as refused:
        parse_spark_query(sql, "q.sql")

    fault = refused.value.faults[0]
    assert (fault.where.file, fault.where.line) == ("q.sql", line)
    assert found in fault.found


@pytest.mark.parametrize(
    "sql",
    [
        "select unix_timestamp(t, 'yyyy') as x, 'today' as label, user, t.current_date from t",
        "select date_add(:as_of, -1) as current_date, date '2013-01-01' as d",
        "select rand, uuid from t",
    ],
)
def test_what_only_looks_like_it_is_let_through(sql: str) -> None:
    parse_spark_query(sql, "q.sql")


def test_the_advice_names_the_parameter_as_spark_writes_it() -> None:
    with pytest.raises(AssayError, match=r"Use the parameter :as_of, the logical date of the build\."):
        parse_spark_query("select now()", "q.sql")


def test_no_function_stands_in_two_tables() -> None:
    groups = [OUTSIDE.names, CLOCK.names, CHANCE.names, SESSION.names]

    assert sum(map(len, groups)) == len(frozenset[str]().union(*groups))

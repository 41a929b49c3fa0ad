"""The `Engine` port: what every engine must do. DuckDB is the only one so far."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.base.canonical import Digest
from assay.base.errors import AssayError
from assay.base.file_forms import FileForm
from assay.base.names import TableRef
from assay.base.ports import Engine
from assay.base.snapshots import Column
from assay.engines.duckdb import DuckDBEngine

AS_OF = date(2013, 12, 31)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def engine(tmp_path: Path, data: Path) -> Iterator[Engine]:
    opened: Engine = DuckDBEngine(tmp_path / "scratch", [data], AS_OF)
    yield opened
    opened.close()


def test_what_is_written_is_what_is_read(engine: Engine, data: Path) -> None:
    path = str(data / "a.parquet")
    columns, rows = engine.write("select range as id, range % 2 = 0 as even from range(3)", path)
    engine.attach(TableRef(None, "a"), [path])

    assert (columns, rows) == ((Column("id", "BIGINT"), Column("even", "BOOLEAN")), 3)
    assert engine.query("select * from a order by id") == [(0, True), (1, False), (2, True)]
    assert engine.describe(path) == (columns, rows)


def test_several_files_are_one_table(engine: Engine, data: Path) -> None:
    for name, count in (("a", 2), ("b", 3)):
        engine.write(f"select range as id from range({count})", str(data / f"{name}.parquet"))
    engine.attach(TableRef("sources", "both"), [str(data / "a.parquet"), str(data / "b.parquet")])

    assert engine.query("select count(*) from sources.both") == [(5,)]


@pytest.mark.parametrize("table", [TableRef(None, "order"), TableRef("select", "table"), TableRef("sources", "group")])
def test_a_table_may_be_named_as_a_word_of_sql(engine: Engine, data: Path, table: TableRef) -> None:
    engine.write("select 1 as x", str(data / "a.parquet"))
    engine.attach(table, [str(data / "a.parquet")])

    name = f'"{table.schema}"."{table.name}"' if table.schema else f'"{table.name}"'
    assert engine.query(f"select x from {name}") == [(1,)]


def test_attaching_again_replaces_the_table(engine: Engine, data: Path) -> None:
    for number in (1, 2):
        engine.write(f"select {number} as x", str(data / f"{number}.parquet"))
        engine.attach(TableRef(None, "a"), [str(data / f"{number}.parquet")])

    assert engine.query("select x from a") == [(2,)]


def test_kept_rows_are_a_table_of_the_session_and_take_the_place_of_earlier_ones(engine: Engine, data: Path) -> None:
    kept = TableRef(None, "kept")

    assert engine.keep(kept, "select * from range(3) as t(x); -- end") == 3
    assert engine.keep(kept, "select x from kept where x > 0") == 2
    assert engine.query("select x from kept order by x") == [(1,), (2,)]
    assert list(data.iterdir()) == []


@pytest.mark.parametrize("sql", ["drop table x", "select 1; select 2", "select nope"])
def test_only_a_query_that_runs_is_kept(engine: Engine, sql: str) -> None:
    with pytest.raises(AssayError):
        engine.keep(TableRef(None, "kept"), sql)
    with pytest.raises(AssayError):
        engine.query("select * from kept")


def test_the_logical_date_is_a_date(engine: Engine, data: Path) -> None:
    columns, _ = engine.write(
        "select $as_of as d, $as_of - 1 as y where $as_of > date '2013-01-01'", str(data / "a.parquet")
    )

    assert columns[0] == Column("d", "DATE")
    assert engine.query("select $as_of") == [(AS_OF,)]


def test_a_session_without_a_logical_date_refuses_to_be_asked_for_it(tmp_path: Path) -> None:
    session = DuckDBEngine(tmp_path / "scratch", [tmp_path])

    with pytest.raises(AssayError, match=r"expected no parameter, found \$as_of"):
        session.query("select $as_of")


def test_the_columns_of_a_query_are_told_without_running_it(engine: Engine) -> None:
    assert engine.columns("select 1 as a, error('never run') as b; -- end") == (
        Column("a", "INTEGER"),
        Column("b", "INTEGER"),
    )


def test_rows_come_as_an_arrow_table_too(engine: Engine) -> None:
    assert engine.arrow("select 1 as a, 'x' as b").to_pylist() == [{"a": 1, "b": "x"}]


def test_values_come_as_pythons_own(engine: Engine) -> None:
    rows = engine.query(
        "select 1.50::decimal(9, 2), date '2013-01-01', timestamp '2013-01-01 10:00', null,"
        " timestamptz '2013-01-01 10:00:00+02', [1, 2]"
    )

    moment = datetime(2013, 1, 1, 8, 0, tzinfo=UTC)
    assert rows == [(Decimal("1.50"), date(2013, 1, 1), datetime(2013, 1, 1, 10, 0), None, moment, [1, 2])]  # noqa: DTZ001


TYPES = [
    *(("1::tinyint", "TINYINT"), ("1::smallint", "SMALLINT"), ("1", "INTEGER"), ("1::bigint", "BIGINT")),
    *(("1::ubigint", "UBIGINT"), ("1.5::float", "FLOAT"), ("1.5::double", "DOUBLE"), ("true", "BOOLEAN")),
    *(
        ("1.5::decimal(10, 2)", "DECIMAL(10,2)"),
        ("'x'", "VARCHAR"),
        ("'x'::blob", "BLOB"),
        ("date '2013-01-01'", "DATE"),
    ),
    *(("timestamp '2013-01-01'", "TIMESTAMP"), ("timestamp_ns '2013-01-01'", "TIMESTAMP_NS")),
    *(("timestamptz '2013-01-01'", "TIMESTAMP WITH TIME ZONE"), ("time '10:00'", "TIME")),
    *(("timestamp_s '2013-01-01'", "TIMESTAMP"), ("[1, 2]", "INTEGER[]"), ("{'a': 1}", "STRUCT(a INTEGER)")),
    *(("'a'::enum('a', 'b')", "VARCHAR"), ("null", "INTEGER"), ("sum(1)", "BIGINT"), ("sum(1.5)", "DECIMAL(38,1)")),
]


@pytest.mark.parametrize(("value", "kind"), TYPES)
def test_columns_are_told_as_they_come_back_from_the_file(engine: Engine, data: Path, value: str, kind: str) -> None:
    path = str(data / "a.parquet")
    columns, _ = engine.write(f"select {value} as x", path)

    assert columns == (Column("x", kind),)
    assert engine.describe(path)[0] == columns


def test_a_sum_of_integers_keeps_every_digit(engine: Engine, data: Path) -> None:
    engine.write("select sum(x) as s, 1 as y from (values (9007199254740993), (1)) v(x)", str(data / "a.parquet"))
    engine.attach(TableRef(None, "a"), [str(data / "a.parquet")])

    assert engine.query("select s, y from a") == [(9007199254740994, 1)]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select 170141183460469231731687303715884105727::hugeint as h", "out of range"),
        ("select {'a': sum(1)} as s", "s STRUCT(a HUGEINT)"),
        ("select '101'::bit as b", "b BIT"),
        ("select 1 as a, 2 as A", "A again"),
    ],
)
def test_what_a_file_would_not_give_back_is_not_written(engine: Engine, data: Path, sql: str, found: str) -> None:
    with pytest.raises(AssayError) as refused:
        engine.write(sql, str(data / "a.parquet"))

    assert found in refused.value.faults[0].found


@pytest.mark.parametrize(
    ("sql", "line", "found"),
    [
        ("selec 1", 1, "syntax error"),
        ("select 1,\n nope from range(3)", 2, 'Referenced column "nope" not found'),
        ("select *\nfrom\nnope", 3, "Table with name nope does not exist"),
        ("select 'x'::int as a", 1, "Could not convert string 'x'"),
    ],
)
def test_the_engines_own_words_are_passed_on_with_their_line(
    engine: Engine, data: Path, sql: str, line: int, found: str
) -> None:
    with pytest.raises(AssayError) as asked:
        engine.query(sql)
    with pytest.raises(AssayError) as written:
        engine.write(sql, str(data / "a.parquet"))

    for refused in (asked, written):
        fault = refused.value.faults[0]
        assert (fault.where.file, fault.where.line) == ("query", line)
        assert found in fault.found


def test_a_file_that_is_not_parquet_is_refused_by_its_name(engine: Engine, data: Path) -> None:
    (data / "a.parquet").write_text("id\n1\n")

    with pytest.raises(AssayError, match=r"a\.parquet: expected a Parquet file, found "):
        engine.describe(str(data / "a.parquet"))


@pytest.mark.parametrize(
    "sql",
    [
        "set threads = 1",
        "copy (select 1) to 'x.csv'",
        "create table t as select 1",
        "attach 'x.db'",
        "install httpfs",
        "load httpfs",
        "select 1; select 2",
        "call pragma_version()",
        "explain select 1",
        "",
    ],
)
def test_only_one_query_is_ever_run(engine: Engine, sql: str) -> None:
    with pytest.raises(AssayError, match="expected one SELECT"):
        engine.query(sql)


def test_a_session_reads_nothing_but_its_folders(engine: Engine, data: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    duckdb.sql("select 1 as secret").write_parquet(str(outside / "s.parquet"))
    (data / "link").symlink_to(outside)
    (tmp_path / "data-too").symlink_to(outside)

    for path in (outside, data / ".." / "outside", data / "link", tmp_path / "data-too"):
        with pytest.raises(AssayError, match="Permission Error"):
            engine.query(f"select * from read_parquet('{path}/s.parquet')")
    with pytest.raises(AssayError, match="Permission Error"):
        engine.query("select * from read_text('/etc/hostname')")


def test_a_session_writes_nothing_but_into_its_folders(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(AssayError, match="Permission Error"):
        engine.write("select 1 as a", str(tmp_path / "a.parquet"))


@pytest.mark.parametrize("address", ["https://example.org/a.parquet", "s3://bucket/a.parquet"])
def test_a_session_reaches_no_network(engine: Engine, address: str) -> None:
    with pytest.raises(AssayError, match="Permission Error"):
        engine.query(f"select * from read_parquet('{address}')")


def test_a_query_does_not_see_the_variables_of_the_program(engine: Engine) -> None:
    mine = pa.table({"secret": [1]})

    with pytest.raises(AssayError, match="Table with name mine does not exist"):
        engine.query("select * from mine")
    assert mine.num_rows == 1


def test_what_does_not_fit_into_memory_goes_to_the_scratch_folder_and_is_gone_afterwards(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("HOME", str(elsewhere))
    session = DuckDBEngine(tmp_path / "scratch", [data], memory_bytes=64_000_000, threads=1)
    rows = session.query(
        "select count(*) from (select md5(range::varchar) x from range(1500000) order by x limit 1400000)"
    )
    spilled = sum(1 for _ in (tmp_path / "scratch").rglob("*"))
    session.close()

    assert rows == [(1_400_000,)]
    assert spilled > 0
    assert list(elsewhere.iterdir()) == []
    assert not [path for path in (tmp_path / "scratch").rglob("*") if path.is_file()]


ROWS = """
    select * from (values (1, 'a', 1.5::double, date '2013-01-01'), (2, null, 'nan'::double, null),
    (3, '', -0.0::double, date '1969-12-31'), (3, '', 0.0::double, date '1969-12-31')) as v(id, name, x, day)
"""


def content_of(engine: Engine, *paths: str) -> Digest:
    """Return the digest of rows and columns, as evidence has it."""
    return engine.content(paths).digest(engine.describe(paths[0])[0])


def test_content_depends_neither_on_order_nor_on_the_form_of_the_files(engine: Engine, data: Path) -> None:
    one = str(data / "one.parquet")
    engine.write(ROWS, one)
    table = pq.read_table(one).sort_by([("id", "descending")])
    pq.write_table(table, data / "plain.parquet", compression="none", row_group_size=1)
    for number in range(2):
        pq.write_table(table.slice(2 * number, 2), data / f"half{number}.parquet")

    content = content_of(engine, one)
    assert content_of(engine, str(data / "plain.parquet")) == content
    assert content_of(engine, str(data / "half1.parquet"), str(data / "half0.parquet")) == content


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("'a'", "'b'"),
        ("null, 'nan'", "'', 'nan'"),
        ("null, 'nan'", "'~', 'nan'"),
        ("1.5::double", "1.5000000000000002::double"),
        ("'nan'::double, null", "'nan'::double, date '1970-01-01'"),
        ("v(id", "v(di"),
        ("(1, 'a'", "(2, 'a'"),
        (", (3, '', 0.0::double, date '1969-12-31'))", ")"),
        ("date '2013-01-01'", "timestamp '2013-01-01'"),
    ],
)
def test_content_depends_on_every_value_name_type_and_row(engine: Engine, data: Path, before: str, after: str) -> None:
    text = " ".join(ROWS.split())
    assert before in text
    engine.write(text, str(data / "one.parquet"))
    engine.write(text.replace(before, after, 1), str(data / "two.parquet"))

    assert content_of(engine, str(data / "one.parquet")) != content_of(engine, str(data / "two.parquet"))


def test_values_do_not_flow_into_each_other(engine: Engine, data: Path) -> None:
    engine.write("select 'a' as x, 'bc' as y", str(data / "one.parquet"))
    engine.write("select 'ab' as x, 'c' as y", str(data / "two.parquet"))

    assert content_of(engine, str(data / "one.parquet")) != content_of(engine, str(data / "two.parquet"))


def test_content_of_no_rows_is_the_content_of_the_schema(engine: Engine, data: Path) -> None:
    engine.write("select 1 as a where false", str(data / "one.parquet"))
    engine.write("select 2 as a where false", str(data / "two.parquet"))
    engine.write("select 1 as b where false", str(data / "three.parquet"))

    one, two, three = (content_of(engine, str(data / f"{name}.parquet")) for name in ("one", "two", "three"))
    assert one == two != three


def test_content_stays_what_it_was_when_it_was_written_down(engine: Engine, data: Path) -> None:
    """A digest that an upgrade of DuckDB changes would make unchanged data look changed."""
    values = ", ".join(f"{value} as c{number}" for number, (value, _) in enumerate(TYPES))
    infinite = "'infinity'::timestamp as i, '-infinity'::date as j, 'inf'::double as k, interval 3 months as l"
    engine.write(
        f"select {values}, {infinite}, uuid_extract_version(uuid '{'0' * 8}-0000-4000-8000-{'0' * 12}') as m",
        str(data / "a.parquet"),
    )

    assert (
        content_of(engine, str(data / "a.parquet"))
        == "sha256:de394e77969d581b0f502e4b0b02de355822c076242226d12ccf83664d7788e1"
    )


def test_closing_a_session_ends_it(tmp_path: Path) -> None:
    session = DuckDBEngine(tmp_path / "scratch", [tmp_path])
    session.close()

    with pytest.raises(AssayError):
        session.query("select 1")


def test_a_folder_under_another_name_is_the_same_folder(tmp_path: Path, data: Path) -> None:
    (tmp_path / "alias").symlink_to(data)
    session = DuckDBEngine(tmp_path / "scratch", [tmp_path / "alias"])
    session.write("select 1 as a", str(tmp_path / "alias" / "a.parquet"))

    assert [path.name for path in data.iterdir()] == ["a.parquet"]


def converted(engine: Engine, data: Path, form: FileForm, *texts: str, **promised: str) -> tuple[Engine, list[str]]:
    """Write texts as files, convert them, attach them as ``t``; return the reasons why columns stayed text."""
    paths = []
    for number, text in enumerate(texts):
        (data / f"{number}.txt").write_text(text)
        paths.append(str(data / f"{number}.txt"))
    done = engine.convert(paths, form, promised)
    assert len(done.paths) == len(paths)
    engine.attach(TableRef(None, "t"), done.paths)
    return engine, [f"{name}: {reason}" for name, reason in done.texts.items()]


def types(engine: Engine) -> dict[str, str]:
    return {column.name: column.type for column in engine.columns("select * from t")}


def test_a_csv_file_has_the_types_that_all_its_values_have(engine: Engine, data: Path) -> None:
    text = "id,zip,price,day,at,flag,big,half\n" + "".join(
        f"{n},{n + 1000},{n}.5,2024-01-01,2024-01-01 10:00:00,true,{10**20 + n},{n}\n" for n in range(30_000)
    )
    _, kept = converted(engine, data, FileForm.CSV, text + "7,007,1,2024-01-02,2024-01-01,false,1,1.5\n,,,,,,,\n")

    assert types(engine) == {
        "id": "BIGINT", "zip": "VARCHAR", "price": "DOUBLE", "day": "DATE", "at": "TIMESTAMP", "flag": "BOOLEAN",
        "big": "VARCHAR", "half": "DOUBLE",
    }  # fmt: skip
    assert engine.query("select zip from t where day = date '2024-01-02'") == [("007",)]
    assert kept == ["zip: codes with a leading 0 or +", "big: whole numbers of more than 15 digits"]


def test_several_files_of_text_are_one_table_whatever_the_order_of_their_columns(engine: Engine, data: Path) -> None:
    converted(engine, data, FileForm.CSV, "d;v\n31/12/2024;1\n", "v,d\n1.5,01/02/2024\n,\n")

    assert types(engine) == {"d": "DATE", "v": "DOUBLE"}
    assert engine.query("select d, v from t order by v") == [
        (date(2024, 12, 31), 1.0), (date(2024, 2, 1), 1.5), (None, None)
    ]  # fmt: skip


def test_a_promised_type_is_taken_where_all_values_have_it(engine: Engine, data: Path) -> None:
    promised = {"a": "VARCHAR", "b": "DOUBLE", "c": "DECIMAL(9,2)", "d": "DECIMAL(9,2)", "e": "DATE", "f": "INTEGER"}
    converted(engine, data, FileForm.CSV, "a,b,c,d,e,f\n1,1,1.5,1.555,,1.5\n", **promised)

    assert types(engine) == {
        "a": "VARCHAR", "b": "DOUBLE", "c": "DECIMAL(9,2)", "d": "DOUBLE", "e": "DATE", "f": "DOUBLE"
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ['[{"a": 1, "n": null}, {"a": 2.5, "late": {"x": [1]}}]', '{"a": 1, "n": null}\n{"a": 2.5, "late": {"x": [1]}}'],
)
def test_json_is_read_as_a_list_and_line_by_line_with_all_its_fields(engine: Engine, data: Path, text: str) -> None:
    converted(engine, data, FileForm.JSON, text)

    assert types(engine) == {"a": "DOUBLE", "n": "VARCHAR", "late": "STRUCT(x BIGINT[])"}
    assert engine.query("select * from t order by a") == [(1.0, None, None), (2.5, None, {"x": [1]})]


@pytest.mark.parametrize(
    ("form", "text", "words"),
    [
        (FileForm.CSV, "1,2\n3,4\n", "expected a first line that names the columns"),
        (FileForm.CSV, "", "expected a first line that names the columns"),
        (FileForm.CSV, "id,v\n1,2\n2,3,4\n", "expected lines with as many values as the first one"),
        (FileForm.CSV, "id,ID\n1,2\n", "differ in more than case, found id and ID"),
        (FileForm.JSON, '{"id": 1, "ID": 2}', "differ in more than case"),
        (FileForm.JSON, '{"id": 1', "expected a JSON file"),
    ],
)
def test_a_file_of_text_that_cannot_be_told_is_refused(
    engine: Engine, data: Path, form: FileForm, text: str, words: str
) -> None:
    with pytest.raises(AssayError, match=words):
        converted(engine, data, form, text)


def test_files_with_other_columns_are_refused(engine: Engine, data: Path) -> None:
    with pytest.raises(AssayError, match=r"1\.txt: expected the columns of .*0\.txt, found b, c"):
        converted(engine, data, FileForm.CSV, "a,b\n1,2\n", "a,c\n1,2\n")


def test_what_was_converted_is_gone_when_the_session_ends(tmp_path: Path, data: Path) -> None:
    (data / "a.csv").write_text("a\n1\n")
    session = DuckDBEngine(tmp_path / "scratch", [data])
    (path,) = session.convert([str(data / "a.csv")], FileForm.CSV, {}).paths
    session.disbelieve()

    assert session.describe(path) == ((Column("a", "BIGINT"),), 1)
    session.close()
    assert not Path(path).exists()

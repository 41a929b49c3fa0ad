"""Steps on a real Spark: types there and back, errors with their place, limits, and that nothing of it stays.

Each process starts a Java, so each test asks much of it.
"""

# ruff: noqa: DTZ001  (moments without a zone are what is tested)

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Thread

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.base.limits import Limits
from assay.base.ports import Program
from assay.engines.child_process import ChildPython, ChildSpark
from faults.small_project import make_project
from full_disks import with_room
from soak import count

pytestmark = [pytest.mark.needs("java"), pytest.mark.timeout(600), pytest.mark.usefixtures("with_spark")]

AS_OF = date(2013, 12, 31)
SQL, PYTHON = "products/p/workflow/model.sql", "products/p/workflow/model.py"
HEAD = "from pyspark.sql import DataFrame\nfrom pyspark.sql import functions as F\n"
MUCH = 2**40
TWO = pa.table({"n": range(2)})
NEW_YORK = timezone(timedelta(hours=-5))


def run(
    folder: Path, file: str, source: str, tables: Mapping[str, pa.Table], *,
    forms: Mapping[str, str] | None = None, modules: Mapping[str, str] | None = None, limits: Limits | None = None,
    runner: ChildPython | ChildSpark | None = None,
) -> pa.Table:  # fmt: skip
    """Run a step; each table comes in two files, in a folder whose name is full of what means something elsewhere."""
    place = folder / "k=1 [x] {y},*"
    place.mkdir(exist_ok=True)
    inputs = {name: [str(place / f"{name}-{part}.parquet") for part in (0, 1)] for name in tables}
    for name, table in tables.items():
        for part, path in enumerate(inputs[name]):
            pq.write_table(table.slice(part * (table.num_rows // 2), table.num_rows // 2), path)
    files = {path: text.encode() for path, text in (modules or {}).items()}
    wanted = {name: (forms or {}).get(name, "spark") for name in tables}
    program = Program(file, "model", source, files, wanted, takes_as_of="as_of" in source, limits=limits or Limits())
    output = place / "output.parquet"
    output.unlink(missing_ok=True)
    runner = runner or runner_of(file, folder)
    try:
        runner.run(program, inputs, str(output), AS_OF)
    finally:
        left = {path.name for path in place.iterdir()} - {Path(p).name for paths in inputs.values() for p in paths}
        assert left <= {"output.parquet", "scratch"}
        assert list((place / "scratch").iterdir()) == []
        assert _comes_true(lambda: _running_below(folder) == [])
    return pq.read_table(output)


def runner_of(file: str, folder: Path) -> ChildPython | ChildSpark:
    return (ChildSpark if file == SQL else ChildPython)(folder / "k=1 [x] {y},*" / "scratch", limit_seconds=500)


ROWS = pa.table(
    {
        "tiny": pa.array([1, None, -128, 127], pa.int8()),
        "small": pa.array([1, None, -(2**15), 3], pa.int16()),
        "integer": pa.array([1, None, -(2**31), 3], pa.int32()),
        "large": pa.array([2**63 - 1, None, -(2**63), 2**53 + 1], pa.int64()),
        "float": pa.array([1.5, None, -math.inf, 0.0], pa.float32()),
        "double": pa.array([0.1, None, math.inf, -0.0], pa.float64()),
        "money": pa.array([Decimal("1.10"), None, Decimal("-0.01"), Decimal(0)], pa.decimal128(9, 2)),
        "long_money": pa.array([Decimal("9" * 36 + ".10"), None, Decimal("-0.01"), Decimal(0)], pa.decimal128(38, 2)),
        "text": pa.array(["a \"quoted\"\r\n'line' \\ `", None, "", "é, 東京 🛩"]),
        "select": pa.array(["NULL", "null", None, "NaN"]),
        "day": pa.array([date(1, 1, 1), None, date(9999, 12, 31), date(1582, 10, 10)]),
        "moment": pa.array(
            [datetime(1, 1, 1, 0, 0, 0, 1), None, datetime(2013, 3, 10, 2, 30), datetime(1582, 10, 10)],
            pa.timestamp("us"),
        ),
        "instant": pa.array([datetime(1900, 1, 1, tzinfo=NEW_YORK), None, -1, 0], pa.timestamp("us", "UTC")),
        "flag": pa.array([True, None, False, True]),
        "bytes": pa.array([b"\0a", None, b"", b"\xff"]),
        "list": pa.array([[1, None], None, [], [2]], pa.list_(pa.field("element", pa.int64()))),
        "struct": pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": None}, {"a": 2, "b": ""}]),
        "a b": pa.array([1, 2, 3, 4]),
        'q"`.x': pa.array([1, 2, 3, 4]),
        ";{}()=,": pa.array([1, 2, 3, 4]),
    }
)


def test_a_query_sees_its_tables_by_their_names_and_all_values_come_back_as_they_went_in(tmp_path: Path) -> None:
    source = (
        "with other as (select 7 as seven)\n"
        "select flights.*, :as_of as as_of, seven, n as `from own`, cast('NaN' as double) as nan,\n"
        "  timestamp_ntz '2013-01-01 05:00:00.000001' as local, timestamp '2013-01-01 05:00:00' as instant_of_spark,\n"
        "  '${env:HOME}' as plain -- a comment; with a semicolon\n"
        "from sources.flights join counts on true cross join other left anti join empty using (n)\n"
        "order by `a b` desc;\n"
    )
    tables = {"sources.flights": ROWS, "counts": pa.table({"n": [5, 5]}).slice(0, 2), "empty": pa.table({"n": [5]})}
    tables["empty"] = tables["empty"].slice(0, 0)
    found = run(tmp_path, SQL, source.replace("join counts", "join (select distinct n from counts)"), tables)

    backwards = ROWS.take([3, 2, 1, 0])
    assert found.select(ROWS.column_names).equals(backwards)
    assert found.schema.metadata is None
    assert found.slice(0, 1).select(found.column_names[ROWS.num_columns :]).to_pylist() == [
        {
            "as_of": AS_OF, "seven": 7, "from own": 5, "nan": pytest.approx(math.nan, nan_ok=True),
            "local": datetime(2013, 1, 1, 5, 0, 0, 1),
            "instant_of_spark": datetime(2013, 1, 1, 5, tzinfo=UTC), "plain": "${env:HOME}",
        }
    ]  # fmt: skip
    pq.write_table(found, tmp_path / "plain.parquet")
    files = duckdb.read_parquet(str(tmp_path / "plain.parquet"))
    assert [str(kind) for kind in files.types[:17]] == [
        "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(9,2)", "DECIMAL(38,2)", "VARCHAR",
        "VARCHAR", "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "BOOLEAN", "BLOB", "BIGINT[]",
        "STRUCT(a BIGINT, b VARCHAR)",
    ]  # fmt: skip


VALUES: dict[str, tuple[pa.DataType, st.SearchStrategy[object]]] = {
    "integer": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "bigint": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "double": (pa.float64(), st.floats(allow_nan=False)),
    "decimal": (pa.decimal128(22, 3), st.decimals(-(10**18), 10**18, places=3)),
    "text": (pa.string(), st.text(st.characters(codec="utf-8"), max_size=8)),
    "day": (pa.date32(), st.dates()),
    "local": (pa.timestamp("us"), st.datetimes()),
    "instant": (pa.timestamp("us", "UTC"), st.datetimes()),
    "flag": (pa.bool_(), st.booleans()),
    "bytes": (pa.binary(), st.binary(max_size=6)),
    "list": (pa.list_(pa.field("element", pa.string())), st.lists(st.none() | st.text(max_size=3), max_size=3)),
}


@st.composite
def any_table(draw: st.DrawFn) -> pa.Table:
    drawn = {name: draw(st.lists(st.none() | values, min_size=60, max_size=60)) for name, (_, values) in VALUES.items()}
    return pa.table({name: pa.array(drawn[name], kind) for name, (kind, _) in VALUES.items()})


@settings(
    max_examples=count(usual=1, soak=100),
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
@given(table=any_table())
def test_any_table_comes_back_as_it_went_in(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("spark")

    assert run(folder, PYTHON, f"{HEAD}def model(t):\n    return t\n", {"t": table}).equals(table)


def test_a_step_mixes_forms_calls_the_projects_modules_in_its_workers_and_keeps_its_heap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "hunter2")
    source = (
        f"{HEAD}import os\nfrom shared.numbers import triple\n"
        "def model(t, beside, as_of):\n"
        "    session = t.sparkSession\n"
        "    env = F.udf(lambda: ' '.join(f'{n}={v}' for n, v in os.environ.items()), 'string')\n"
        "    settings = [session.conf.get(f'spark.{name}') for name in ('driver.host', 'sql.session.timeZone')]\n"
        "    heap = session._jvm.Runtime.getRuntime().maxMemory()\n"
        "    java = ' '.join(session._jvm.System.getenv().values())\n"
        "    return t.select('n', F.udf(triple, 'bigint')('n').alias('three'), F.lit(beside.num_rows).alias('b'),\n"
        "        F.lit(as_of).alias('day'), env().alias('env'), F.lit(java).alias('java'), F.lit(heap).alias('heap'),\n"
        "        F.lit(str(settings)).alias('settings')).orderBy(F.desc('n')).limit(3)\n"
    )
    found = run(
        tmp_path, PYTHON, source, {"t": pa.table({"n": range(8)}), "beside": pa.table({"x": range(4)})},
        forms={"beside": "arrow"}, modules={"shared/numbers.py": "def triple(n):\n    return 3 * n\n"},
        limits=Limits(memory_bytes=700 * 2**20),
    ).to_pylist()  # fmt: skip

    assert [(row["n"], row["three"], row["b"], row["day"]) for row in found] == [
        (7, 21, 4, AS_OF), (6, 18, 4, AS_OF), (5, 15, 4, AS_OF)
    ]  # fmt: skip
    assert 600 * 2**20 < found[0]["heap"] <= 700 * 2**20
    assert "'127.0.0.1'" in found[0]["settings"]
    assert "'UTC'" in found[0]["settings"]
    assert "hunter2" not in found[0]["env"] + found[0]["java"]


def test_what_a_worker_raises_is_told_at_the_line_of_the_function_with_its_last_words(tmp_path: Path) -> None:
    module = (
        "def checked(n):\n    print('last words')\n    if n > 3:\n        raise ValueError('no good')\n    return n\n"
    )
    source = f"{HEAD}from parts import checked\ndef model(t):\n    return t.select(F.udf(checked, 'bigint')('n'))\n"

    with pytest.raises(AssayError) as refused:
        run(tmp_path, PYTHON, source, {"t": pa.table({"n": range(8)})}, modules={"parts.py": module})

    (fault,) = refused.value.faults
    assert (str(fault.where), fault.found) == ("products/p/workflow/parts.py:4", "ValueError: no good")
    assert "last words" in fault.hint
    assert "\tat " not in str(fault)


def test_what_spark_does_not_understand_is_told_at_its_line_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(AssayError) as refused:
        run(tmp_path, SQL, "select n,\n  nope\nfrom t\n", {"t": pa.table({"n": range(2)})})

    (fault,) = refused.value.faults
    assert str(fault.where) == f"{SQL}:2"
    assert fault.found.startswith("[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column")
    assert fault.found.endswith("Did you mean one of the following? [`n`]")
    assert fault.hint == ""


def test_columns_that_no_parquet_file_holds_are_refused_all_at_once(tmp_path: Path) -> None:
    query = "select null as nothing, interval 1 day as length, array(parse_json('1')) as odd, n, n as N from t\n"
    with pytest.raises(AssayError) as refused:
        run(tmp_path, SQL, query, {"t": pa.table({"n": range(2)})})

    assert [fault.found for fault in refused.value.faults] == [
        "n again", "nothing, of type void", "length, of type interval day", "odd, of type array<variant>",
    ]  # fmt: skip


def test_clock_and_chance_are_found_in_the_plan_where_no_text_shows_them(tmp_path: Path) -> None:
    source = (
        f"{HEAD}def model(t):\n"
        "    t.createOrReplaceTempView('t')\n"
        "    late = t.sparkSession.sql('with a as (select now() as x) select n, x from t join a on true')\n"
        "    drawn = late.withColumn('r', F.expr('ra' + 'nd()')).sample(0.5)\n"
        "    return drawn.where(\"date '2013-01-01' < 'today'\")\n"
    )
    with pytest.raises(AssayError) as refused:
        run(tmp_path, PYTHON, source, {"t": TWO})

    assert sorted(fault.found for fault in refused.value.faults) == ["'today' as a date", "a sample", "now", "rand"]
    assert {fault.where.file for fault in refused.value.faults} == {PYTHON}


def test_a_heap_that_does_not_suffice_ends_the_step_with_what_to_raise(tmp_path: Path) -> None:
    query = "select length(concat_ws('', collect_list(repeat('x', 1000000)))) as n from range(4000)\n"

    with pytest.raises(AssayError, match=r"Raise limits: memory: in product\.yaml"):
        run(tmp_path, SQL, query, {}, limits=Limits(memory_bytes=600 * 2**20))


def test_a_full_disk_while_spark_writes_is_said_as_one_and_what_was_served_stays(
    tmp_path: Path, spark_python: Path
) -> None:
    root = make_project(tmp_path / "project")
    product = root / "products" / "shop"
    for path in (*(product / "contracts").iterdir(), *(product / "workflow").iterdir()):
        path.unlink()
    (product / "product.yaml").write_text("title: Shop\nowner: ada@example.org\nversion: 1.0.0\n"
                                          "steps: {first: {engine: spark}}\n")  # fmt: skip
    query = "select delivery, sha2(cast(amount as string), 256) as mark from sources.orders where amount < {most}\n"
    (product / "workflow" / "first.sql").write_text(query.format(most=10))
    room = partial(with_room, project=root, python=spark_python)
    assert room(MUCH, "build").returncode == 0
    (product / "workflow" / "first.sql").write_text(query.format(most=1_000_000))

    full = room(3 * 2**20, "build")

    assert full.returncode == 1
    assert re.search(r"/data/staging/\S+\n +expected +space on the disk\n +found +a full disk\n", full.stderr)
    assert room(MUCH, "query", "select count(*) as n from first", "-o", "json").stdout.split()[-3] == "10"
    assert not list((root / ".assay" / "data" / "staging").rglob("*.parquet"))
    assert room(MUCH, "build").returncode == 0
    assert room(MUCH, "query", "select count(*) as n from first", "-o", "json").stdout.split()[-3] == "300000"


def test_a_java_that_does_not_start_is_told_with_what_it_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'UnsupportedClassVersionError: class file version 61.0' >&2\nexit 1\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    with pytest.raises(AssayError, match=r"JAVA_GATEWAY_EXITED.*It printed last: .*class file version 61\.0"):
        run(tmp_path, SQL, "select * from t", {"t": TWO})


def test_too_little_memory_for_a_start_is_said_before_it(tmp_path: Path) -> None:
    with pytest.raises(AssayError, match=r"at least 512 MiB.*found 100 MiB\. Raise limits: memory: in product\.yaml"):
        run(tmp_path, SQL, "select * from t", {"t": TWO}, limits=Limits(memory_bytes=100 * 2**20))


BUSY = (
    f"{HEAD}import os, time\n"
    "def busy(n):\n"
    "    open({folder!r} + f'/{{os.getpid()}}', 'w').close()\n"
    "    while True:\n"
    "        time.sleep(0.1)\n"
    "def model(t):\n"
    "    return t.select(F.udf(busy, 'bigint')('n'))\n"
)


def test_an_interrupt_ends_java_and_its_workers(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    pids.mkdir()
    runner = runner_of(PYTHON, tmp_path)
    seen: list[str] = []

    def interrupt() -> None:
        assert _comes_true(lambda: any(pids.iterdir()))
        seen.extend(_running_below(tmp_path))
        runner.interrupt()

    beside = Thread(target=interrupt)
    beside.start()
    with pytest.raises(AssayError, match="ended by SIGKILL"):
        run(tmp_path, PYTHON, BUSY.format(folder=str(pids)), {"t": TWO}, runner=runner)
    beside.join()
    assert "java" in seen
    assert seen.count("python") > 2  # the step itself, and Spark's workers


def test_a_step_that_takes_too_long_is_ended_while_java_starts(tmp_path: Path) -> None:
    with pytest.raises(AssayError, match=r"runs longer than 4 seconds. Raise limits: time: in product.yaml"):
        run(tmp_path, SQL, "select * from t", {"t": TWO}, limits=Limits(seconds=4))


def test_java_and_its_workers_die_with_the_process_that_started_the_step(tmp_path: Path, spark_python: Path) -> None:
    """Even SIGKILL of the parent leaves none of them running."""
    pids = tmp_path / "pids"
    pids.mkdir()
    pq.write_table(TWO, tmp_path / "t.parquet")
    (tmp_path / "model.py").write_text(BUSY.format(folder=str(pids)))
    parent = (
        "import datetime, sys\nfrom pathlib import Path\nfrom assay.base.ports import Program\n"
        "from assay.engines.child_process import ChildPython\n"
        "folder = Path(sys.argv[1])\n"
        "step = Program('m.py', 'model', (folder / 'model.py').read_text(), {}, {'t': 'spark'}, False)\n"
        "ChildPython(folder / 'scratch').run(step, {'t': [str(folder / 't.parquet')]}, str(folder / 'out'),"
        " datetime.date.min)\n"
    )
    started = subprocess.Popen([spark_python, "-c", parent, tmp_path])
    assert _comes_true(lambda: any(pids.iterdir()))
    assert "java" in _running_below(tmp_path)

    os.kill(started.pid, signal.SIGKILL)
    started.wait()
    assert _comes_true(lambda: _running_below(tmp_path) == [])


def _running_below(folder: Path) -> list[str]:
    """Return the names of the processes that work in a folder below this one, be it gone by now."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str((process / "cwd").readlink()).startswith(f"{folder}/"):
                found.append((process / "comm").read_text().strip().rstrip("0123456789."))
    return found


def _comes_true(condition: object, patience_seconds: float = 300) -> bool:
    assert callable(condition)
    end = time.monotonic() + patience_seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(0.05)
    return True

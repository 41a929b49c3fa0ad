"""Of steps on Spark what needs none: what is refused before it is started, and files that are joined to one."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.base.errors import AssayError
from assay.base.ports import Program
from assay.engines.child_process import ChildPython, ChildSpark
from assay.engines.spark_faults import told
from assay.engines.spark_tables import join

FILES = {"products/p/workflow/model.sql": ChildSpark, "products/p/workflow/model.py": ChildPython}
every_file = pytest.mark.parametrize("file", FILES)


def run(folder: Path, file: str, path: Path) -> None:
    source = "select * from t" if file.endswith("sql") else "def model(t):\n    return t\n"
    program = Program(file, "model", source, {}, {"t": "spark"}, takes_as_of=False)
    runner = FILES[file](folder / "scratch", limit_seconds=100)
    runner.run(program, {"t": [str(path)]}, str(folder / "output.parquet"), date(2013, 12, 31))


@every_file
def test_columns_that_spark_has_no_type_for_are_refused_by_name_all_at_once(file: str, tmp_path: Path) -> None:
    table = {
        "fine": pa.array([1]),
        "hours": pa.array([time(1, 2, 3)], pa.time64("ns")),
        "exact": pa.array([1], pa.timestamp("ns")),
        "length": pa.array([timedelta(1)]),
        "nothing": pa.array([None], pa.null()),
        "half": pa.array([None], pa.float16()),
        "inner": pa.array([[{"at": time(1)}]], pa.list_(pa.struct({"at": pa.time64("us")}))),
    }
    pq.write_table(pa.table(table), tmp_path / "t.parquet")

    with pytest.raises(AssayError) as refused:
        run(tmp_path, file, tmp_path / "t.parquet")

    assert [fault.where.file for fault in refused.value.faults] == [file] * 6
    assert [fault.found.split()[0] for fault in refused.value.faults] == [
        "t.hours", "t.exact", "t.length", "t.nothing", "t.half", "t.inner",
    ]  # fmt: skip


@every_file
def test_types_of_duckdb_that_are_bytes_to_others_are_refused_too(file: str, tmp_path: Path) -> None:
    duckdb.sql("select uuid() as id, interval 1 day as i, '{}'::json as j").write_parquet(str(tmp_path / "t.parquet"))

    with pytest.raises(AssayError, match=r"expected columns that Spark has a type for, found t\.id .*") as refused:
        run(tmp_path, file, tmp_path / "t.parquet")
    assert [fault.found for fault in refused.value.faults][1:] == ["t.i interval"]


@every_file
def test_a_machine_without_spark_is_told_what_to_install(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(pa.table({"n": [1]}), tmp_path / "t.parquet")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", "/nowhere")

    with pytest.raises(AssayError) as refused:
        run(tmp_path, file, tmp_path / "t.parquet")

    assert {fault.hint for fault in refused.value.faults} == {
        "Install it: pip install 'assay[spark]'.",
        "Install Java 17 or newer: apt-get install openjdk-17-jre-headless.",
    }
    assert {fault.where.file for fault in refused.value.faults} == {file}
    assert "none in JAVA_HOME, /nowhere" in str(refused.value)


def test_files_are_joined_in_their_order_into_even_groups_and_are_gone_then(tmp_path: Path) -> None:
    kinds = pa.schema([pa.field("n", pa.int64(), nullable=False), pa.field("s", pa.string())], {"by": "spark"})
    rows = [0, 100_000, 7, 0, 250_000]
    parts = [tmp_path / f"part-{number}.parquet" for number in range(len(rows))]
    start = 0
    for path, count in zip(parts, rows, strict=True):
        numbers = range(start, start := start + count)
        pq.write_table(pa.table([numbers, [str(n) if n % 3 else None for n in numbers]], schema=kinds), path)

    join(parts, str(tmp_path / "output.parquet"))

    file = pq.ParquetFile(tmp_path / "output.parquet")
    assert file.read()["n"].to_pylist() == list(range(start))
    assert [field.nullable for field in file.schema_arrow] == [True, True]
    assert file.schema_arrow.metadata is None
    assert file.num_row_groups == 3
    assert not any(path.exists() for path in parts)


def test_no_rows_are_a_file_with_its_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": pa.array([], pa.int8())}), tmp_path / "part-0.parquet")

    join([tmp_path / "part-0.parquet"], str(tmp_path / "output.parquet"))

    assert pq.read_table(tmp_path / "output.parquet").schema == pa.schema({"n": pa.int8()})


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (
            "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead. "
            'If necessary set "spark.sql.ansi.enabled" to "false" to bypass this error. SQLSTATE: 22012\n== SQL',
            "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead",
        ),
        ("[NO_SUCH] It is (line 1, pos 2)", "[NO_SUCH] It is"),
    ],
)
def test_a_setting_that_no_step_can_change_is_not_advised(said: str, found: str, tmp_path: Path) -> None:
    fault = told(ValueError(said), {"folder": str(tmp_path)}, "model.sql", "a query that Spark runs")

    assert fault["found"] == f"ValueError: {found}"

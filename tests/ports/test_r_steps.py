"""R steps in real R: types there and back, and what happens when one fails."""

# ruff: noqa: DTZ001  (moments without a zone are what is tested)

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.base.ports import Program
from assay.engines.child_process import ChildR
from soak import count

pytestmark = pytest.mark.needs("Rscript")

AS_OF = date(2013, 12, 31)
FILE = "products/p/workflow/model.R"
COPY = 'assay_write(assay_read("t"))\n'


def run(folder: Path, source: str, modules: Mapping[str, str] | None = None, **tables: pa.Table) -> pa.Table:
    inputs = {}
    for name, table in tables.items():
        inputs[name] = [str(folder / f"{name}.parquet")]
        pq.write_table(table, inputs[name][0])
    files = {path: text.encode() for path, text in (modules or {}).items()}
    program = Program(FILE, "model", source, files, dict.fromkeys(tables, "data.frame"), takes_as_of=True)
    ChildR(folder / "scratch", limit_seconds=100).run(program, inputs, str(folder / "output.parquet"), AS_OF)
    return pq.read_table(folder / "output.parquet")


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
SAFE = datetime(1900, 1, 1), datetime(2100, 1, 1)  # where each microsecond has its double
VALUES: dict[str, tuple[pa.DataType, st.SearchStrategy[object]]] = {
    "integer": (pa.int32(), st.integers(-(2**31) + 1, 2**31 - 1)),
    "bigint": (pa.int64(), st.integers(-(2**63) + 1, 2**63 - 1)),
    "double": (pa.float64(), st.floats(allow_nan=False)),
    "text": (pa.string(), st.one_of(TEXTS, st.sampled_from(["NA", "", "NaN", "NULL", '"', "'", "\r\n", "\\"]))),
    "day": (pa.date32(), st.dates()),
    "local": (pa.timestamp("us"), st.datetimes(*SAFE)),
    "instant": (pa.timestamp("us", "UTC"), st.datetimes(*SAFE)),
    "flag": (pa.bool_(), st.booleans()),
    "time": (pa.time64("us"), st.times()),
    "bytes": (pa.binary(), st.binary(max_size=6)),
}
NAMES = st.lists(
    st.one_of(st.sampled_from(["select", "NA", "TRUE", "a b", 'q"q', "c1", "é", "if", "x.y"]), TEXTS.filter(len)),
    min_size=10, max_size=20, unique_by=lambda name: name.lower(),
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    rows = draw(st.integers(0, 6))
    columns = {}
    for name, (kind, values) in zip(draw(NAMES), [*VALUES.values(), *VALUES.values()], strict=False):
        drawn = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        columns[name] = pa.array(drawn, kind)
    return pa.table(columns)


@pytest.mark.timeout(600)
@settings(
    max_examples=count(usual=4, soak=300),
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
@given(table=tables())
def test_any_table_comes_back_as_it_went_in(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert run(tmp_path_factory.mktemp("r"), COPY, t=table).equals(table)


def test_nan_is_a_number_and_no_gap(tmp_path: Path) -> None:
    table = pa.table({"x": [math.nan, None, -math.inf], "s": pa.array(["NaN", None, ""])})
    found = run(
        tmp_path, "t <- assay_read('t'); stopifnot(is.nan(t$x) == c(TRUE, FALSE, FALSE)); assay_write(t)", t=table
    )

    assert found["x"].is_null().to_pylist() == [False, True, False]
    assert math.isnan(found["x"][0].as_py())
    assert found["s"].to_pylist() == ["NaN", None, ""]


def test_more_rows_than_go_at_once_stay_in_order(tmp_path: Path) -> None:
    rows = 150_000
    numbers = range(rows)
    table = pa.table({"n": numbers, "s": [str(n) if n % 7 else None for n in numbers], "b": [b"x"] * rows})

    assert run(tmp_path, COPY, t=table).equals(table)


R_SEES = {
    "class(t$i) == 'integer'": pa.array([1], pa.int16()),
    "bit64::is.integer64(t$i) && t$i %in% bit64::as.integer64('-9007199254740993')": pa.array([-(2**53) - 1]),
    "t$i == 2^53": pa.array([2**53], pa.uint64()),
    "identical(t$i, 0.3)": pa.array([Decimal("0.30")], pa.decimal128(15, 2)),
    "identical(t$i, '12345678901234567890.10')": pa.array([Decimal("12345678901234567890.10")], pa.decimal128(22, 2)),
    "identical(t$i, as.Date('2013-12-31'))": pa.array([AS_OF]),
    "format(t$i, '%F %T') == '2013-12-31 05:00:00' && attr(t$i, 'tzone') == 'UTC'": pa.array(
        [datetime(2013, 12, 31, 5)], pa.timestamp("us", "America/New_York")
    ),
    "format(t$i, '%F %T') == '2013-12-31 05:00:00' && attr(t$i, 'tzone') == ''": pa.array(
        [datetime(2013, 12, 31, 5)], pa.timestamp("ns")
    ),
    "identical(t$i, TRUE)": pa.array([True]),
    "identical(t$i, 'b')": pa.array(["b"]).dictionary_encode(),
    "identical(t$i, NA)": pa.array([None], pa.null()),
    "as.numeric(t$i) == 3600.5 && attr(t$i, 'units') == 'secs'": pa.array([time_of_day(1, 0, 0, 500_000)]),
    "identical(t$i, '00000000-0000-0000-0000-000000000001')": pa.array([UUID(int=1).bytes], pa.uuid()),
    "identical(t$i, list(as.raw(c(0, 255))))": pa.array([b"\x00\xff"]),
}


def test_r_sees_the_classes_that_r_people_expect(tmp_path: Path) -> None:
    names = {f"i{number}": column for number, column in enumerate(R_SEES.values())}
    checks = "".join(f"stopifnot({check.replace('t$i', f't$i{n}')})\n" for n, check in enumerate(R_SEES))

    found = run(tmp_path, f't <- assay_read("t")\n{checks}assay_write(t)\n', t=pa.table(names))
    assert found.num_columns == len(R_SEES)


GIVES = {
    "factor(c('b', NA))": (pa.string(), ["b", None]),
    "c(1L, NA)": (pa.int32(), [1, None]),
    "bit64::as.integer64(c('9007199254740993', NA))": (pa.int64(), [2**53 + 1, None]),
    "c(NA, FALSE)": (pa.bool_(), [None, False]),
    "as.Date(c('2013-01-01', NA)) + 0.5": (pa.date32(), [date(2013, 1, 1), None]),
    "as.POSIXct(c('2013-01-01 05:00:00', NA))": (pa.timestamp("us"), [datetime(2013, 1, 1, 5), None]),
    "as.POSIXct(c('2013-01-01 05:00:00', NA), tz = 'America/New_York')": (
        pa.timestamp("us", "UTC"),
        [datetime(2013, 1, 1, 5, tzinfo=timezone(timedelta(hours=-5))), None],
    ),
    "I(list(as.raw(1), NULL))": (pa.binary(), [b"\x01", None]),
    "c(NA_character_, NA)": (pa.string(), [None, None]),
    "as.table(c(1, 2))[1:2]": (pa.float64(), [1.0, 2.0]),
}


def test_what_r_gives_has_the_type_that_it_means(tmp_path: Path) -> None:
    lines = [f"rows[['c{n}']] <- {written}\n" for n, written in enumerate(GIVES)]
    found = run(tmp_path, f"rows <- data.frame(x = 1:2)\n{''.join(lines)}assay_write(rows)\n")

    for n, (kind, values) in enumerate(GIVES.values()):
        assert (found.schema.field(f"c{n}").type, found[f"c{n}"].to_pylist()) == (kind, values)
    files = duckdb.read_parquet(str(tmp_path / "output.parquet"))
    assert files.aggregate("sum(c2), count(c5), max(c9)").fetchall() == [(2**53 + 1, 1, 2.0)]


@pytest.mark.parametrize(
    ("column", "found"),
    [
        (pa.array([-(2**31)], pa.int32()), r"t\.x: -2147483648 stands for NA in R's integer"),
        (pa.array([-(2**63)], pa.int64()), r"t\.x: -9223372036854775808 stands for NA"),
        (pa.array([2**64 - 1], pa.uint64()), r"t\.x: .*18446744073709551615"),
        (pa.array(["a\0b"]), r"t\.x: a text with a null character"),
        (pa.array([1], pa.timestamp("ns")), r"t\.x: .*lose data"),
        (pa.array([datetime(9000, 1, 1, 0, 0, 0, 1)], pa.timestamp("us")), r"t\.x: 9000-.* no place in a double"),
        (pa.array([[1]]), r"t\.x list"),
        (pa.array([{"a": 1}]), r"t\.x struct"),
    ],
)
def test_what_r_cannot_hold_is_refused_by_name(tmp_path: Path, column: pa.Array, found: str) -> None:
    with pytest.raises(AssayError, match=rf"^{FILE}: expected .*{found}"):
        run(tmp_path, COPY, t=pa.table({"x": column}))


@pytest.mark.parametrize(
    ("source", "line", "found"),
    [
        ("x <- 1\ny <- (2 +\nassay_write(x]\n", 3, "unexpected ']'"),
        ("f <- function(a) {\n  b <- a\n  stop('no good')\n}\nf(1)\n", 3, r"no good (in f(1))"),
        ("x <- 1\nas.integer('x')\n", 2, "(converted from warning) NAs introduced by coercion"),
        ("x <- 1\n\nnowhere(x)\n", 3, 'could not find function "nowhere"'),
        ("quit(status = 3)\n", None, "R that ended with 3"),
        ("quit(status = 0)\n", None, "R that ended with 0 before its last line"),
        ("tools::pskill(Sys.getpid(), 9)\n", None, "R that was ended by SIGKILL"),
        ("f <- function(n) f(n + 1)\nf(1)\n", 2, "too"),
        ("x <- 1\n", 1, "no call of it"),
        ("assay_write(data.frame(a = 1))\nassay_write(data.frame(a = 1))\n", 2, "a second assay_write()"),
        ("name <- 'other'\nassay_read(name)\n", 2, "'other'"),
        ("assay_write(data.frame(a = 1i))\n", 1, "a, of class complex"),
        ("x <- data.frame(a = 1)\nx$l <- list('a')\nassay_write(x)\n", 3, "l, of class list"),
        ("assay_write(data.frame(a = as.difftime(1, units = 'hours')))\n", 1, "a, of class difftime"),
        ("assay_write(data.frame(a = 'f\\xe9'))\n", 1, "a"),
        ("assay_write(data.frame(a = as.Date(Inf)))\n", None, "infinity"),
        ("x <- data.frame(1)\nnames(x) <- ''\nassay_write(x)\n", 3, "a column without one"),
    ],
)
def test_a_step_that_fails_says_where_and_why(tmp_path: Path, source: str, line: int | None, found: str) -> None:
    with pytest.raises(AssayError) as refused:
        run(tmp_path, source)

    (fault,) = refused.value.faults
    assert (fault.where.file, fault.where.line) == (FILE, line)
    assert found in fault.found
    assert not (tmp_path / "output.parquet").exists()


def test_a_warning_that_is_known_can_be_silenced(tmp_path: Path) -> None:
    source = "assay_write(data.frame(x = suppressWarnings(as.integer(c('1', 'x')))))\n"

    assert run(tmp_path, source).to_pydict() == {"x": [1, None]}


def test_scripts_of_the_project_are_taken_in_as_they_were_given_and_named_in_errors(tmp_path: Path) -> None:
    late = "source('shared/limit.R')\nis_late <- function(minutes) {\n  if (minutes > 900)\n    stop('too late')\n"
    modules = {"parts/late.R": f"{late}  minutes >= LIMIT\n}}\n", "shared/limit.R": "LIMIT <- 15L\n"}

    found = run(tmp_path, "source('parts/late.R')\nassay_write(data.frame(x = is_late(15)))\n", modules)
    assert found.to_pydict() == {"x": [True]}
    with pytest.raises(AssayError, match=r"^products/p/workflow/parts/late\.R:[34]: .*too late"):
        run(tmp_path, "source('parts/late.R')\nis_late(1000)\n", modules)


def test_no_secret_reaches_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "hunter2")
    monkeypatch.setenv("R_PROFILE_USER", "/nowhere")

    values = run(tmp_path, "assay_write(data.frame(x = paste(names(Sys.getenv()), Sys.getenv())))\n")["x"].to_pylist()
    assert not [value for value in values if "hunter2" in value or "nowhere" in value or "PASSWORD" in value]


def test_a_missing_program_is_named_with_the_package_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(AssayError, match=r"Rscript.*apt-get install r-base-core r-cran-rsqlite"):
        run(tmp_path, COPY, t=pa.table({"x": [1]}))


def test_a_step_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    """Even SIGKILL of the parent leaves no R running."""
    step = f"cat(Sys.getpid(), file = '{tmp_path / 'pid'}')\nSys.sleep(600)\n"
    parent = (
        "import datetime, sys\nfrom pathlib import Path\nfrom assay.base.ports import Program\n"
        "from assay.engines.child_process import ChildR\n"
        "step = Program('m.R', 'model', sys.argv[2], {}, {}, False)\n"
        "ChildR(Path(sys.argv[1])).run(step, {}, sys.argv[1] + '/out.parquet', datetime.date.min)\n"
    )
    started = subprocess.Popen([sys.executable, "-c", parent, str(tmp_path / "scratch"), step])
    assert _comes_true(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    child = int((tmp_path / "pid").read_text())

    os.kill(started.pid, signal.SIGKILL)
    started.wait()
    assert _comes_true(lambda: _has_ended(child))


def _has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def _comes_true(condition: object, patience_seconds: float = 60) -> bool:
    assert callable(condition)
    end = time.monotonic() + patience_seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(0.02)
    return True

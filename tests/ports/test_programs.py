"""The `ProgramRunner` port: one contract for the runners of all languages and for the fake."""

# ruff: noqa: DTZ001  (moments without a zone are what is tested)

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from threading import Timer
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.base.errors import AssayError
from assay.base.limits import Limits
from assay.base.ports import Program, ProgramRunner
from assay.engines.child_process import ChildPython, ChildR
from fakes.programs import FakeRunner
from full_disks import small_disk

AS_OF = date(2013, 12, 31)


def _fail(**_: Any) -> Any:
    raise ValueError("no good")


@dataclass(frozen=True)
class Language:
    """The same steps in one language."""

    ending: str
    form: str
    steps: Mapping[str, str]
    line: int


LANGUAGES = {
    "python": Language(
        "py",
        "arrow",
        {
            "copy": "def model(t):\n    return t\n",
            "day": "import pyarrow as pa\ndef model(as_of):\n    return pa.table({'d': [as_of]})\n",
            "fail": "def model(t):\n    print('last words')\n    raise ValueError('no good')\n",
            "number": "def model():\n    return 1\n",
            "twice": "import pyarrow as pa\ndef model():\n    return pa.table([[1], [2]], names=['a', 'A'])\n",
            "none": "import pyarrow as pa\ndef model():\n    return pa.table({})\n",
            "sleep": "import time\ndef model():\n    time.sleep(600)\n",
            "much": "def model():\n    return bytearray(8_000_000_000)\n",
            "large": "import random\nimport pyarrow as pa\ndef model(t):\n    drawn = random.Random(1)\n"
            "    return pa.table({'x': [drawn.random() for _ in range(1_000_000)]})\n",
            "noise": "import pyarrow as pa\ndef model(t):\n    for _ in range(1000):\n        print('x' * 1_000_000)\n"
            "    print('the end')\n    raise ValueError('no good')\n",
        },
        3,
    ),
    "r": Language(
        "R",
        "data.frame",
        {
            "copy": 'assay_write(assay_read("t"))\n',
            "day": "assay_write(data.frame(d = assay_as_of()))\n",
            "fail": 'rows <- assay_read("t")\ncat("last words\\n")\nstop("no good")\n',
            "number": "assay_write(1)\n",
            "twice": "assay_write(data.frame(a = 1, A = 2))\n",
            "none": "assay_write(data.frame())\n",
            "sleep": "Sys.sleep(600)\n",
            "much": "x <- numeric(1e9)\n",
            "large": "set.seed(1)\nassay_write(data.frame(x = runif(1e6)))\n",
            "noise": "line <- strrep('x', 1e6)\nfor (i in 1:1000) cat(line, '\\n')\n"
            "cat('the end\\n')\nstop('no good')\n",
        },
        3,
    ),
    "fake": Language(
        "fake",
        "arrow",
        {name: name for name in ("copy", "day", "fail", "number", "twice", "none")},
        1,
    ),
}
FAKED: dict[str, Callable[..., Any]] = {
    "copy": lambda t: t,
    "day": lambda as_of: pa.table({"d": [as_of]}),
    "fail": _fail,
    "number": lambda: 1,
    "twice": lambda: pa.table([[1], [2]], names=["a", "A"]),
    "none": lambda: pa.table({}),
}
WITH_R = pytest.param("r", marks=pytest.mark.needs("Rscript"))
PROCESSES = ["python", WITH_R]
every_runner = pytest.mark.parametrize("language", [*PROCESSES, "fake"])
every_process = pytest.mark.parametrize("language", PROCESSES)


def open_runner(language: str, folder: Path) -> ProgramRunner:
    if language == "fake":
        return FakeRunner(FAKED)
    return (ChildPython if language == "python" else ChildR)(folder / "scratch", limit_seconds=100)


def run(language: str, step: str, folder: Path, limits: Limits | None = None, **tables: pa.Table) -> pa.Table:
    """Run one of the steps; each table comes in two files."""
    spoken = LANGUAGES[language]
    inputs = {}
    for name, table in tables.items():
        inputs[name] = [str(folder / f"{name}{part}.parquet") for part in (0, 1)]
        for part, path in enumerate(inputs[name]):
            pq.write_table(table.slice(part, 1 + part * table.num_rows), path)
    file = f"products/p/workflow/model.{spoken.ending}"
    forms = dict.fromkeys(tables, spoken.form)
    program = Program(file, "model", spoken.steps[step], {}, forms, step == "day", limits or Limits())
    open_runner(language, folder).run(program, inputs, str(folder / "output.parquet"), AS_OF)
    return pq.read_table(folder / "output.parquet")


ROWS = pa.table(
    {
        "select": pa.array([1, None, -3], pa.int32()),
        "large": pa.array([2**53 + 1, None, -(2**63) + 1], pa.int64()),
        "number": pa.array([1.5, None, float("inf")], pa.float64()),
        "text": pa.array(['a "quoted"\nline', None, ""], pa.string()),
        "NA": pa.array(["NA", "é, 東京 🛩", None], pa.string()),
        "day": pa.array([date(2013, 1, 1), None, date(1, 1, 1)], pa.date32()),
        "moment": pa.array([datetime(2013, 1, 1, 5, 0, 0, 123457), None, datetime(1900, 1, 1)], pa.timestamp("us")),
        "instant": pa.array([0, None, -1], pa.timestamp("us", "UTC")),
        "flag": pa.array([True, None, False], pa.bool_()),
        "bytes": pa.array([b"\0a", None, b""], pa.binary()),
    }
)


@every_runner
def test_a_table_comes_back_as_it_went_in(language: str, tmp_path: Path) -> None:
    assert run(language, "copy", tmp_path, t=ROWS).equals(ROWS)


@every_runner
def test_a_table_without_rows_keeps_its_columns(language: str, tmp_path: Path) -> None:
    assert run(language, "copy", tmp_path, t=ROWS.slice(0, 0)).equals(ROWS.slice(0, 0))


@every_runner
def test_the_logical_date_comes_as_a_date(language: str, tmp_path: Path) -> None:
    assert run(language, "day", tmp_path).to_pylist() == [{"d": AS_OF}]


@every_runner
def test_what_a_step_raises_is_told_at_its_line(language: str, tmp_path: Path) -> None:
    with pytest.raises(AssayError, match="no good") as refused:
        run(language, "fail", tmp_path, t=ROWS)

    (fault,) = refused.value.faults
    assert fault.where.file == f"products/p/workflow/model.{LANGUAGES[language].ending}"
    assert fault.where.line == LANGUAGES[language].line
    assert language == "fake" or fault.hint.endswith("It printed last: last words")
    assert not (tmp_path / "output.parquet").exists()


@every_runner
@pytest.mark.parametrize("step", ["number", "twice", "none"])
def test_what_is_no_table_is_refused_and_leaves_nothing(language: str, step: str, tmp_path: Path) -> None:
    with pytest.raises(AssayError):
        run(language, step, tmp_path)

    assert not (tmp_path / "output.parquet").exists()


@every_process
def test_a_step_that_takes_too_long_for_its_product_is_ended(language: str, tmp_path: Path) -> None:
    with pytest.raises(AssayError, match=r"runs longer than 2 seconds. Raise limits: time: in product.yaml"):
        run(language, "sleep", tmp_path, Limits(seconds=2))


@every_process
def test_a_step_that_takes_too_much_memory_for_its_product_is_ended(language: str, tmp_path: Path) -> None:
    with pytest.raises(AssayError, match=r"(MemoryError|cannot allocate).*Raise limits: memory: in product.yaml"):
        run(language, "much", tmp_path, Limits(memory_bytes=2 * 2**30))


@every_process
def test_a_step_that_prints_a_gigabyte_leaves_its_last_words_and_no_file(language: str, tmp_path: Path) -> None:
    with pytest.raises(AssayError, match=r"no good.*x; the end$"):
        run(language, "noise", tmp_path, t=ROWS)

    assert list((tmp_path / "scratch").iterdir()) == []


@every_process
def test_a_full_disk_is_said_as_one_though_there_is_no_room_for_an_answer(language: str, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, 2**20), pytest.raises(AssayError) as refused:
        run(language, "large", disk, t=ROWS)

    (fault,) = refused.value.faults
    assert (fault.expected, fault.found) == ("space on the disk", "a full disk")
    assert fault.where.file.startswith(str(disk))
    assert not (disk / "output.parquet").exists()


@every_process
def test_a_step_for_whose_text_there_is_no_room_is_told_of_a_full_disk(language: str, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    spoken = LANGUAGES[language]
    program = Program(f"model.{spoken.ending}", "model", "#" * 2**17, {}, {}, takes_as_of=False)

    with small_disk(disk, 2**16), pytest.raises(AssayError, match="expected space on the disk, found a full disk"):
        open_runner(language, disk).run(program, {}, str(disk / "output.parquet"), AS_OF)


@every_process
def test_an_interrupt_from_another_thread_ends_the_step(language: str, tmp_path: Path) -> None:
    runner = open_runner(language, tmp_path)
    spoken = LANGUAGES[language]
    program = Program(f"model.{spoken.ending}", "model", spoken.steps["sleep"], {}, {}, takes_as_of=False)
    timer = Timer(3, runner.interrupt)
    timer.start()

    with pytest.raises(AssayError, match="ended by SIGKILL"):
        runner.run(program, {}, str(tmp_path / "output.parquet"), AS_OF)
    timer.join()

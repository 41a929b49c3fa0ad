"""The `ProgramRunner` port: a Python step in a child process that gets nothing of ours but its inputs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.base.errors import AssayError
from assay.base.ports import Program, ProgramRunner
from assay.engines.child_process import ChildPython

AS_OF = date(2013, 12, 31)
FILE = "products/p/workflow/model.py"


def program(source: str, modules: Mapping[str, str] | None = None, as_of: bool = False, **forms: str) -> Program:
    files = {path: text.encode() for path, text in (modules or {}).items()}
    return Program(FILE, "model", source, files, forms, as_of)


@pytest.fixture
def runner(tmp_path: Path) -> ProgramRunner:
    return ChildPython(tmp_path / "scratch", limit_seconds=60)


@pytest.fixture
def numbers(tmp_path: Path) -> list[str]:
    """Give two Parquet files of one column."""
    paths = [str(tmp_path / f"numbers{part}.parquet") for part in (0, 1)]
    for part, path in enumerate(paths):
        pq.write_table(pa.table({"n": [2 * part, 2 * part + 1]}), path)
    return paths


def rows(runner: ProgramRunner, made: Program, folder: Path, **inputs: list[str]) -> list[dict[str, object]]:
    output = folder / "output.parquet"
    runner.run(made, inputs, str(output), AS_OF)
    found: list[dict[str, object]] = pq.read_table(output).to_pylist()
    return found


def test_a_table_goes_in_and_a_table_comes_out(runner: ProgramRunner, numbers: list[str], tmp_path: Path) -> None:
    source = (
        "def model(t):\n    return t.filter(t['n'].to_numpy(zero_copy_only=False) > 1) if False else t.slice(1, 2)\n"
    )

    assert rows(runner, program(source, t="arrow"), tmp_path, t=numbers) == [{"n": 1}, {"n": 2}]


def test_a_relation_goes_in_and_a_relation_comes_out(runner: ProgramRunner, numbers: list[str], tmp_path: Path) -> None:
    source = "def model(t):\n    return t.aggregate('sum(n) as total, max(n) as most')\n"
    made = program(source, t="duckdb")

    assert rows(runner, made, tmp_path, t=numbers) == [{"total": 6, "most": 3}]
    assert str(pq.read_schema(tmp_path / "output.parquet").field("total").type) == "int64"


def test_tables_of_both_forms_meet(runner: ProgramRunner, numbers: list[str], tmp_path: Path) -> None:
    source = "def model(a, b):\n    return a.query('a', 'select count(*) as c from a') if b.num_rows == 4 else b\n"

    assert rows(runner, program(source, a="duckdb", b="arrow"), tmp_path, a=numbers, b=numbers) == [{"c": 4}]


def test_the_logical_date_comes_as_a_date(runner: ProgramRunner, tmp_path: Path) -> None:
    source = "import pyarrow as pa\ndef model(as_of):\n    return pa.table({'d': [as_of]})\n"

    assert rows(runner, program(source, as_of=True), tmp_path) == [{"d": AS_OF}]


def test_modules_of_the_project_are_imported_as_they_were_given(runner: ProgramRunner, tmp_path: Path) -> None:
    source = "import pyarrow as pa\nimport rules.late\nfrom shared.days import LIMIT\n"
    source += "def model():\n    return pa.table({'x': [rules.late.is_late(LIMIT), rules.late.is_late(1)]})\n"
    modules = {
        "rules/late.py": "def is_late(m):\n    return m >= 15\n",
        "shared/days.py": "LIMIT = 15\n",
    }

    assert rows(runner, program(source, modules), tmp_path) == [{"x": True}, {"x": False}]


def test_no_secret_reaches_a_step(runner: ProgramRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "hunter2")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    source = "import os, pyarrow as pa\ndef model():\n    return pa.table({'name': sorted(os.environ)})\n"

    names = {row["name"] for row in rows(runner, program(source), tmp_path)}
    known = {"PATH", "LD_LIBRARY_PATH", "LANG", "TZ", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "HOME", "TMPDIR"}
    assert names <= {*known, "LC_CTYPE"}


def test_a_step_runs_the_same_each_time(runner: ProgramRunner, tmp_path: Path) -> None:
    source = "import pyarrow as pa\ndef model():\n    return pa.table({'h': [hash('x')], 's': [str(set('abcdef'))]})\n"

    assert rows(runner, program(source), tmp_path) == rows(runner, program(source), tmp_path)


def test_what_a_step_prints_or_asks_disturbs_nobody(
    runner: ProgramRunner, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = "import sys, pyarrow as pa\ndef model():\n"
    source += "    print('noise' * 50000)\n    return pa.table({'x': [sys.stdin.read()]})\n"

    assert rows(runner, program(source), tmp_path) == [{"x": ""}]
    assert capfd.readouterr() == ("", "")


def test_nothing_of_a_run_is_left_behind(runner: ProgramRunner, tmp_path: Path) -> None:
    source = "import pathlib, tempfile, pyarrow as pa\n"
    source += (
        "def model():\n    pathlib.Path('trace').touch()\n    tempfile.mkdtemp()\n    return pa.table({'x': [1]})\n"
    )
    rows(runner, program(source), tmp_path)

    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("source", "line", "found"),
    [
        ("def model():\n    return 1 / 0\n", 2, "ZeroDivisionError: division by zero"),
        ("def model():\n    import nowhere_at_all\n", 2, "No module named 'nowhere_at_all'"),
        ("import pyarrow\ndef model():\n    return pyarrow.table({'a': [1]})['b']\n", 3, "KeyError"),
        ("raise RuntimeError('at import')\ndef model(): ...\n", 1, "RuntimeError: at import"),
        ("import sys\ndef model():\n    sys.exit(0)\n", 3, "SystemExit: 0"),
        ("def model():\n    return [1]\n", None, "builtins.list"),
        ("def model():\n    return None\n", None, "builtins.NoneType"),
        ("import pyarrow as pa\ndef model():\n    return pa.table([[1], [2]], names=['a', 'A'])\n", None, "a again"),
        ("import pyarrow as pa\ndef model():\n    return pa.table({})\n", None, "no column at all"),
        ("import os\ndef model():\n    os._exit(3)\n", None, "a process that ended with 3"),
        ("import os\ndef model():\n    os.kill(os.getpid(), 40)\n", None, "a process that was ended by signal 40"),
        ("def model():\n    raise ValueError('of \\udcff')\n", 2, "ValueError: of \\udcff"),
        ("import os\ndef model():\n    os.kill(os.getpid(), 11)\n", None, "ended by SIGSEGV"),
        ("import duckdb\ndef model():\n    return duckdb.sql(\"select {'a': sum(1)} as s\")\n", None, "s STRUCT"),
    ],
)
def test_a_step_that_fails_says_where_and_why(
    runner: ProgramRunner, tmp_path: Path, source: str, line: int | None, found: str
) -> None:
    with pytest.raises(AssayError) as refused:
        runner.run(program(source), {}, str(tmp_path / "output.parquet"), AS_OF)

    fault = refused.value.faults[0]
    assert (fault.where.file, fault.where.line) == (FILE, line)
    assert found in fault.found


@pytest.mark.parametrize(
    ("path", "file"),
    [("rules.py", "products/p/workflow/rules.py"), ("shared/rules.py", "shared/rules.py")],
)
def test_a_fault_within_a_module_is_placed_in_that_module(
    runner: ProgramRunner, tmp_path: Path, path: str, file: str
) -> None:
    name = path.removesuffix(".py").replace("/", ".")
    made = program(
        f"import {name}\ndef model():\n    {name}.fail()\n", {path: "def fail():\n    raise ValueError('no')\n"}
    )

    with pytest.raises(AssayError, match=rf"^{file}:2: expected a step that returns its rows, found ValueError: no$"):
        runner.run(made, {}, str(tmp_path / "output.parquet"), AS_OF)


def test_a_step_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    source = "import pathlib, subprocess, sys, time\ndef model():\n"
    source += "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    source += f"    pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(child.pid))\n    time.sleep(600)\n"
    runner = ChildPython(tmp_path / "scratch", limit_seconds=3)

    with pytest.raises(AssayError, match=r"found a step that runs longer than 3 seconds"):
        runner.run(program(source), {}, str(tmp_path / "output.parquet"), AS_OF)
    assert _has_ended(int((tmp_path / "pid").read_text()))


def test_a_step_that_takes_too_much_memory_is_ended(tmp_path: Path) -> None:
    source = "def model():\n    return bytearray(8_000_000_000)\n"
    runner = ChildPython(tmp_path / "scratch", memory_bytes=2_000_000_000)

    with pytest.raises(AssayError, match=r"MemoryError"):
        runner.run(program(source), {}, str(tmp_path / "output.parquet"), AS_OF)


def test_a_step_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    """Even SIGKILL of the parent, who can then tidy up nothing, leaves no step running."""
    step = "import os, pathlib, time\ndef model():\n"
    step += f"    pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n    time.sleep(600)\n"
    parent = (
        "import datetime, json, sys\nfrom pathlib import Path\nfrom assay.base.ports import Program\n"
        "from assay.engines.child_process import ChildPython\n"
        "scratch, source, output = json.loads(sys.argv[1])\n"
        "step = Program('m.py', 'model', source, {}, {}, False)\n"
        "ChildPython(Path(scratch)).run(step, {}, output, datetime.date.min)\n"
    )
    arguments = json.dumps([str(tmp_path / "scratch"), step, str(tmp_path / "output.parquet")])
    started = subprocess.Popen([sys.executable, "-c", parent, arguments])
    _wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    child = int((tmp_path / "pid").read_text())

    assert not _has_ended(child, patience_seconds=0)
    os.kill(started.pid, signal.SIGKILL)
    started.wait()
    assert _has_ended(child)


def test_what_the_step_gives_can_be_read_by_duckdb(runner: ProgramRunner, tmp_path: Path) -> None:
    source = "import pyarrow as pa\ndef model():\n"
    source += "    return pa.table({'x': pa.array([1, None], pa.uint8()), 'y': ['a', None]})\n"
    rows(runner, program(source), tmp_path)

    assert duckdb.read_parquet(str(tmp_path / "output.parquet")).fetchall() == [(1, "a"), (None, None)]


def _has_ended(pid: int, patience_seconds: float = 20) -> bool:
    def ended() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    return _wait_until(ended, patience_seconds)


def _wait_until(condition: object, patience_seconds: float = 20) -> bool:
    assert callable(condition)
    end = time.monotonic() + patience_seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(0.02)
    return True

"""Python steps, each in a child process of its own: no secret of ours in its environment, a limit on time and memory.

The child gets its job as one line of JSON on its standard input, which stays open: when this process dies, even by
SIGKILL, the child sees the end of its input and dies too. It answers with a JSON file.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from typing import Any

from assay.base.errors import AssayError, Fault, Place
from assay.base.ports import Program
from assay.engines.scratch import OwnFolder

_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # where programs and libraries are, no more
_LINES_SHOWN = 5


class ChildPython:
    """The `PythonRunner` port: `sys.executable` in a child process.

    The child has the rights of its user: it is kept from secrets in the environment, from the clock's zone and from a
    hash seed of its own, but not from the disk or the network.
    """

    def __init__(self, scratch: Path, memory_bytes: int | None = None, limit_seconds: float = 3600) -> None:
        """Say where and within what steps run.

        Args:
            scratch: where each run gets a folder of its own, removed afterwards.
            memory_bytes: the most address space a step may take; None for no limit.
            limit_seconds: how long a step may take.
        """
        self._scratch = scratch
        self._memory_bytes = memory_bytes
        self._limit_seconds = limit_seconds

    def run(self, program: Program, inputs: Mapping[str, Sequence[str]], output: str, as_of: date) -> None:
        """Run a step and write its rows to one new Parquet file."""
        with closing(OwnFolder(self._scratch, program.function)) as own:
            folder = own.path
            folder.mkdir()
            _write_files(program, folder)
            job = {
                "folder": str(folder),
                "function": program.function,
                "inputs": {name: {"form": program.forms[name], "paths": list(inputs[name])} for name in program.forms},
                "as_of": as_of.isoformat() if program.takes_as_of else None,
                "output": output,
                "memory_bytes": self._memory_bytes,
            }
            self._answer(program, folder, job)

    def _answer(self, program: Program, folder: Path, job: Mapping[str, Any]) -> None:
        noise = folder / "noise"
        with noise.open("wb") as said:
            child = subprocess.Popen(
                [sys.executable, "-s", "-P", "-m", "assay.engines.python_child"],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                cwd=folder,
                env=_environment(folder),
                start_new_session=True,
            )
            code = self._wait(child, json.dumps(job).encode() + b"\n")
        answer = folder / "answer.json"
        if code is None:
            found = f"a step that runs longer than {self._limit_seconds:g} seconds"
            raise AssayError(Fault(Place(program.file), "a step that ends", found))
        if not answer.exists():
            raise AssayError(_died(program, code, noise.read_text(errors="replace"), self._memory_bytes))
        faults = json.loads(answer.read_bytes())["faults"]
        if faults:
            raise AssayError(*(_fault(program, fault, str(job["output"])) for fault in faults))

    def _wait(self, child: subprocess.Popen[bytes], job: bytes) -> int | None:
        """Wait for the child's end; None when it took too long. Whatever happens, nothing of it is left running."""
        assert child.stdin is not None
        try:
            child.stdin.write(job)
            child.stdin.flush()
            return child.wait(self._limit_seconds)
        except BrokenPipeError:  # it died before it read its job
            return child.wait()
        except subprocess.TimeoutExpired:
            return None
        finally:
            _kill(child)


def _write_files(program: Program, folder: Path) -> None:
    (folder / f"{program.function}.py").write_text(program.source, encoding="utf-8", newline="")
    for path, content in program.modules.items():
        file = folder / "modules" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    steady = {"LANG": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**kept, **steady, "HOME": str(folder), "TMPDIR": str(folder)}


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the child and all that it started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        child.kill()
    child.wait()
    if child.stdin is not None:
        with suppress(BrokenPipeError):  # what was left of the job has no reader any more
            child.stdin.close()


def _fault(program: Program, fault: Mapping[str, Any], output: str) -> Fault:
    if fault["full"]:
        hint = "Free some space and run the command again: nothing was published, finished steps are kept."
        return Fault(Place(output.rpartition("/")[0]), "space on the disk", "a full disk", hint)
    file = fault["file"]
    if file == f"{program.function}.py":
        file = program.file
    elif not file.startswith("shared/"):
        file = f"{program.file.rpartition('/')[0]}/{file}"
    return Fault(Place(file, fault["line"]), fault["expected"], fault["found"], fault["hint"])


def _died(program: Program, code: int, noise: str, memory_bytes: int | None) -> Fault:
    how = (
        f"a process that was ended by {signal.Signals(-code).name}" if code < 0 else f"a process that ended with {code}"
    )
    last = "; ".join(noise.strip().splitlines()[-_LINES_SHOWN:])
    hint = f"It may take {memory_bytes} bytes of memory." if memory_bytes is not None else ""
    return Fault(Place(program.file), "a step that returns its rows", f"{how}: {last}" if last else how, hint)

"""Steps in Python, R and Spark SQL, each in a child process of its own: no secret of ours there, limits of its own.

The child gets its job as one line of JSON on its standard input, which stays open: when this process dies, even by
SIGKILL, the child sees the end of its input and dies too, with all that it started. It answers with a JSON file. What
it prints is read as it comes and forgotten but for its end, so that no step fills the disk with words.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from assay.base.errors import AssayError, Fault, Place
from assay.base.full_disk import NO_ROOM, full_disk, space_on_disk
from assay.base.ports import Program
from assay.engines.ends import end, how_it_ended, wait_for
from assay.engines.noise import Noise
from assay.engines.scratch import OwnFolder

_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # where programs and libraries are, no more
SPARK = "spark"
"""The form of a table for which there has to be a Spark, and so a Java."""
_STEADY = {"LANG": "C.UTF-8", "TZ": "UTC"}


class _ChildRunner:
    """The `ProgramRunner` port: one module of ours as a child process for each step.

    The child has the rights of its user: it is kept from secrets in the environment, from the clock's zone and from a
    seed of its own, but not from the disk or the network.
    """

    _module: ClassVar[str]
    _ending: ClassVar[str]
    _is_java: ClassVar[bool] = False

    def __init__(self, scratch: Path, memory_bytes: int | None = None, limit_seconds: float = 3600) -> None:
        """Say where and within what steps run.

        Args:
            scratch: where each run gets a folder of its own, removed afterwards.
            memory_bytes: the most address space a step may take that says nothing of it; None for no limit.
            limit_seconds: how long such a step may take.
        """
        self._scratch = scratch
        self._memory_bytes = memory_bytes
        self._limit_seconds = limit_seconds
        self._running: set[subprocess.Popen[bytes]] = set()

    def run(self, program: Program, inputs: Mapping[str, Sequence[str]], output: str, as_of: date) -> None:
        """Run a step and write its rows to one new Parquet file."""
        limits = program.limits
        memory_bytes = self._memory_bytes if limits.memory_bytes is None else limits.memory_bytes
        with closing(OwnFolder(self._scratch, program.name)) as own:
            folder = own.path
            with space_on_disk(self._scratch):
                folder.mkdir()
                self._write_files(program, folder)
            job = {
                "folder": str(folder),
                "name": program.name,
                "inputs": {name: {"form": program.forms[name], "paths": list(inputs[name])} for name in program.forms},
                "as_of": as_of.isoformat() if program.takes_as_of else None,
                "output": output,
                "memory_bytes": memory_bytes,
                "has_java": SPARK in program.forms.values() or self._is_java,
            }
            try:
                self._answer(program, folder, job, self._limit_seconds if limits.seconds is None else limits.seconds)
            except BaseException:
                Path(output).unlink(missing_ok=True)
                raise

    def _answer(self, program: Program, folder: Path, job: Mapping[str, Any], limit_seconds: float) -> None:
        child = subprocess.Popen(
            [sys.executable, "-s", "-P", "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=self._environment(folder),
            start_new_session=True,
        )
        self._running.add(child)
        with closing(Noise(child.stdout)) as noise:
            try:
                code = wait_for(child, json.dumps(job).encode() + b"\n", limit_seconds)
            finally:
                self._running.discard(child)
            last = noise.last()
        answer = folder / "answer.json"
        if code is None:
            found = f"a step that runs longer than {limit_seconds:g} seconds"
            hint = "Raise limits: time: in product.yaml if it needs longer."
            raise AssayError(Fault(Place(program.file), "a step that ends", found, _with_words(hint, last)))
        if not answer.exists():
            if code == NO_ROOM:
                raise AssayError(full_disk(str(self._scratch)))
            raise AssayError(_died(program, code, last, job["memory_bytes"]))
        faults = json.loads(answer.read_bytes())["faults"]
        if faults:
            raise AssayError(*(self._fault(program, fault, str(job["output"]), last) for fault in faults))

    def interrupt(self) -> None:
        """End the steps that run, in whichever thread."""
        for child in tuple(self._running):
            if child.returncode is None:
                end(child)

    def _write_files(self, program: Program, folder: Path) -> None:
        (folder / f"{program.name}.{self._ending}").write_text(program.source, encoding="utf-8", newline="")
        (folder / "modules").mkdir()
        for path, content in program.modules.items():
            file = folder / "modules" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def _environment(self, folder: Path) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        return {**kept, **_STEADY, **self._variables(), "HOME": str(folder), "TMPDIR": str(folder)}

    def _variables(self) -> Mapping[str, str]:
        java = {"JAVA_HOME": os.environ["JAVA_HOME"]} if os.environ.get("JAVA_HOME") else {}
        return {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", **java}

    def _fault(self, program: Program, fault: Mapping[str, Any], output: str, last: str) -> Fault:
        if fault["full"]:
            return full_disk(output.rpartition("/")[0])
        file = fault["file"]
        if file == f"{program.name}.{self._ending}":
            file = program.file
        elif not file.startswith("shared/"):
            file = f"{program.file.rpartition('/')[0]}/{file}"
        return Fault(Place(file, fault["line"]), fault["expected"], fault["found"], _with_words(fault["hint"], last))


class ChildPython(_ChildRunner):
    """Runs Python steps, by the Python that runs us."""

    _module = "assay.engines.python_child"
    _ending = "py"


class ChildR(_ChildRunner):
    """Runs R steps, by the ``Rscript`` on the search path: a child of Python starts it, and hands tables over."""

    _module = "assay.engines.r_child"
    _ending = "R"

    def _variables(self) -> Mapping[str, str]:
        """Say where R packages are: ``%p`` and ``%v`` are R's own words for its platform and version."""
        named = {name: os.environ[name] for name in ("R_HOME", "R_LIBS", "R_LIBS_SITE") if name in os.environ}
        own = os.environ.get("R_LIBS_USER", f"{Path.home()}/R/%p-library/%v")
        return {**super()._variables(), **named, "R_LIBS_USER": own}


class ChildSpark(_ChildRunner):
    """Runs queries in Spark's dialect, by the pyspark beside the Python that runs us."""

    _module = "assay.engines.spark_child"
    _ending = "sql"
    _is_java = True


def _died(program: Program, code: int, last: str, memory_bytes: int | None) -> Fault:
    hint = f"It may take {memory_bytes} bytes of memory." if memory_bytes is not None else ""
    return Fault(Place(program.file), "a step that returns its rows", how_it_ended(code), _with_words(hint, last))


def _with_words(hint: str, last: str) -> str:
    """Add to a hint what the step printed last."""
    return f"{hint} It printed last: {last}".strip() if last else hint

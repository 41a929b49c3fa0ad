"""The child process of a Python step: imports one file, calls one function, writes its rows. See `child_process`."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from assay.base.errors import AssayError
from assay.engines.child_job import FaultJson, Job, do_job, fault_json, input_bytes
from assay.engines.python_forms import missing_extra, readers, write
from assay.engines.spark_faults import is_of_spark, told
from assay.engines.spark_session import SparkOfOne
from assay.engines.spark_tables import refuse_unfit

_EXPECTED = "a step that returns its rows"


def main() -> None:
    """Do the job on the standard input."""
    do_job(_run, _explain)


def _run(job: Job, folder: Path) -> list[FaultJson]:
    sys.path.insert(0, str(folder / "modules"))
    file = f"{job['name']}.py"
    spark = SparkOfOne(folder, job["memory_bytes"], input_bytes(job))
    read = readers(folder, spark)
    try:
        refuse_unfit({name: given["paths"] for name, given in job["inputs"].items() if given["form"] == "spark"})
        arguments = {name: read[given["form"]](given["paths"]) for name, given in job["inputs"].items()}
    except AssayError as error:
        return [fault_json(file, None, fault.expected, fault.found, fault.hint) for fault in error.faults]
    if job["as_of"] is not None:
        arguments["as_of"] = date.fromisoformat(job["as_of"])
    result = _function(job["name"], folder)(**arguments)
    return write(result, job["output"], file)


def _function(name: str, folder: Path) -> Callable[..., Any]:
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[..., Any] = getattr(module, name)
    return function


def _explain(error: BaseException, job: Job) -> FaultJson:
    """Say what was raised, and at which line of the project's own files, the innermost of them."""
    if is_of_spark(error):
        return told(error, job, f"{job['name']}.py", _EXPECTED)
    folder = Path(job["folder"])
    frames = traceback.extract_tb(error.__traceback__)
    places = [(frame.filename, frame.lineno) for frame in frames]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno))
    roots = (folder / "modules", folder)  # the inner folder first
    ours = [(root, Path(name), line) for name, line in places for root in roots if Path(name).is_relative_to(root)]
    file, line = f"{job['name']}.py", None
    for root, path, number in ours:
        if root == roots[0] or path.parent == folder:
            file, line = path.relative_to(root).as_posix(), number
    found = traceback.format_exception_only(error)[-1].strip()
    return fault_json(file, line, _EXPECTED, found, _hint(error))


def _hint(error: BaseException) -> str:
    if hint := missing_extra(error):
        return hint
    return "Raise limits: memory: in product.yaml if it needs more." if isinstance(error, MemoryError) else ""


if __name__ == "__main__":
    main()

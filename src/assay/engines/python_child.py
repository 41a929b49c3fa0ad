"""The child process of a Python step: reads its job, runs one function, writes its rows. See `python_process`."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

_FULL = ("No space left on device", "Disk quota exceeded", "File too large")


def main() -> None:
    """Do the job that stands on the first line of the standard input; the answer is a file beside the step."""
    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_die_with_parent, args=(sys.stdin.fileno(),), daemon=True).start()
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  (open as long as the process lives)
    folder = Path(job["folder"])
    try:
        _limit_memory(job["memory_bytes"])
        faults = _run(job, folder)
    except BaseException as error:  # noqa: BLE001  (an entry point: whatever the step raises is the answer)
        faults = [_fault(error, folder, job["function"])]
    content = json.dumps({"faults": faults})
    (folder / "answer.part").write_text(content, encoding="utf-8")
    (folder / "answer.part").rename(folder / "answer.json")


def _die_with_parent(descriptor: int) -> None:
    while os.read(descriptor, 4096):
        pass
    os._exit(1)


def _limit_memory(memory_bytes: int | None) -> None:
    if memory_bytes is not None:
        import resource  # not on every system, and only here

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _run(job: Mapping[str, Any], folder: Path) -> list[dict[str, Any]]:
    sys.path.insert(0, str(folder / "modules"))
    readers: dict[str, Callable[[list[str]], Any]] = {"arrow": _arrow, "duckdb": _Relations(folder).read}
    arguments = {name: readers[given["form"]](given["paths"]) for name, given in job["inputs"].items()}
    if job["as_of"] is not None:
        arguments["as_of"] = date.fromisoformat(job["as_of"])
    result = _function(job["function"], folder)(**arguments)
    return _write(result, job["output"], f"{job['function']}.py")


def _function(name: str, folder: Path) -> Callable[..., Any]:
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[..., Any] = getattr(module, name)
    return function


def _arrow(paths: list[str]) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pa.concat_tables([pq.ParquetFile(path).read() for path in paths])


class _Relations:
    """Tables as DuckDB relations of one session, opened when the first is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._session: duckdb.DuckDBPyConnection | None = None

    def read(self, paths: list[str]) -> Any:
        import duckdb

        if self._session is None:
            self._session = duckdb.connect(":memory:", config={"temp_directory": str(self._folder / "spill")})
            self._session.execute("SET TimeZone = 'UTC'; SET autoinstall_known_extensions = false")
        return self._session.read_parquet(list(paths), hive_partitioning=False)


def _write(result: Any, output: str, file: str) -> list[dict[str, Any]]:
    import pyarrow as pa

    if isinstance(result, pa.Table):
        return _write_arrow(result, output, file)
    duckdb = sys.modules.get("duckdb")
    if duckdb is not None and isinstance(result, duckdb.DuckDBPyRelation):
        return _write_relation(result, output)
    kind = type(result)
    found = f"{kind.__module__}.{kind.__qualname__}"
    hint = "Return the table itself; a data frame becomes one by pyarrow.Table.from_pandas."
    return [_plain_fault(file, None, "a pyarrow.Table or duckdb.DuckDBPyRelation returned", found, hint)]


def _write_arrow(table: Any, output: str, file: str) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    names = [name.lower() for name in table.column_names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        found = f"{', '.join(twice)} again" if twice else "no column at all"
        return [_plain_fault(file, None, "each column once", found, "Rename the columns before returning the table.")]
    pq.write_table(table, output, compression="zstd")
    return []


def _write_relation(relation: duckdb.DuckDBPyRelation, output: str) -> list[dict[str, Any]]:
    from assay.base.snapshots import Column
    from assay.engines.duckdb import check_columns, narrowed

    columns = [Column(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)]
    check_columns(columns)
    relation.project(narrowed(columns)).write_parquet(output, compression="zstd")
    return []


def _fault(error: BaseException, folder: Path, function: str) -> dict[str, Any]:
    """Say what was raised, and at which line of the project's own files, the innermost of them."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [(frame.filename, frame.lineno) for frame in frames]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno))
    roots = (folder / "modules", folder)  # the inner folder first
    ours = [(root, Path(name), line) for name, line in places for root in roots if Path(name).is_relative_to(root)]
    file, line = f"{function}.py", None
    for root, path, number in ours:
        if root == roots[0] or path.parent == folder:
            file, line = path.relative_to(root).as_posix(), number
    found = traceback.format_exception_only(error)[-1].strip()
    fault = _plain_fault(file, line, "a step that returns its rows", found, "")
    return {**fault, "full": any(sign in str(error) for sign in _FULL)}


def _plain_fault(file: str, line: int | None, expected: str, found: str, hint: str) -> dict[str, Any]:
    return {"file": file, "line": line, "expected": expected, "found": found, "hint": hint, "full": False}


if __name__ == "__main__":
    main()

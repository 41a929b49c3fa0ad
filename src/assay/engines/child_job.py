"""The inner side of a step's process: it reads its job, dies with its parent, keeps its limits, writes its answer."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assay.base.full_disk import NO_ROOM, is_full_disk, says_full_disk

Job = Mapping[str, Any]
FaultJson = dict[str, Any]


def do_job(run: Callable[[Job, Path], list[FaultJson]], explain: Callable[[BaseException, Job], FaultJson]) -> None:
    """Do the job that stands on the first line of the standard input; the answer is a file beside the step.

    Args:
        run: does it, and returns what is wrong with the step.
        explain: makes a fault of what ``run`` raised.
    """
    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_die_with_parent, args=(os.dup(sys.stdin.fileno()),), daemon=True).start()
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  (open as long as the process lives)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # whoever is killed has said its last words
    folder = Path(job["folder"])
    try:
        if not job["has_java"]:  # which reserves far more addresses than it ever takes; its heap is limited instead
            _limit_memory(job["memory_bytes"])
        faults = run(job, folder)
    except BaseException as error:  # noqa: BLE001  (an entry point: whatever the step raises is the answer)
        faults = [explain(error, job)]
    content = json.dumps({"faults": faults})
    try:
        (folder / "answer.part").write_text(content, encoding="utf-8")
    except OSError as error:
        if not is_full_disk(error):
            raise
        sys.exit(NO_ROOM)
    (folder / "answer.part").rename(folder / "answer.json")


def input_bytes(job: Job) -> int:
    """Return the size of all files that a step reads."""
    return sum(Path(path).stat().st_size for given in job["inputs"].values() for path in given["paths"])


def fault_json(file: str, line: int | None, expected: str, found: str, hint: str = "") -> FaultJson:
    """Write a fault as the parent reads it."""
    full = says_full_disk(found)
    found = found.encode(errors="backslashreplace").decode()  # halves of characters are in no file and on no screen
    return {"file": file, "line": line, "expected": expected, "found": found, "hint": hint, "full": full}


def alike_names(names: list[str], file: str) -> list[FaultJson]:
    """Refuse a table without columns, or with two of one name, of which a query would see one."""
    lower = [name.lower() for name in names]
    twice = sorted({name for name in lower if lower.count(name) > 1})
    if not twice and names:
        return []
    found = f"{', '.join(twice)} again" if twice else "no column at all"
    return [fault_json(file, None, "each column once", found, "Rename the columns before returning the table.")]


def _die_with_parent(descriptor: int) -> None:
    while os.read(descriptor, 4096):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)  # the group is ours: it began with this process


def _limit_memory(memory_bytes: int | None) -> None:
    if memory_bytes is not None:
        import resource  # not on every system, and only here

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))

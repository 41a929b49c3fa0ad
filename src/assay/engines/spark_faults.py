"""What Spark raises, as a fault of the step: its own message without Java's stack, and the line of the step's own file.

The innermost cause is told: around it stands only which task failed. Its line comes from Python's frames, from the
traceback of a Python worker, from the place in a query, or from the call of a data frame's method that Spark remembers.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.engines.child_job import FaultJson, Job, fault_json

MORE_MEMORY = "Raise limits: memory: in product.yaml if it needs more."

_FRAME = re.compile(r'File "([^"\n]+)", line (\d+)')
_CALLED_FROM = re.compile(r"was called from\s+(\S.*?):(\d+)\s*(?:\n|$)")
_IN_QUERY = re.compile(r"\(line (\d+), pos(?:ition)? \d+\)|[;,] ?line (\d+) pos \d+")
_STATE = re.compile(r"\s*SQLSTATE: \w+")
_SETTING = re.compile(r' ?If necessary set "?spark\.\S+ to \S+( to bypass this error)?')
"""What Spark says of settings, which are the same for every step."""

_WORKER = "Traceback (most recent call last)"


def is_of_spark(error: BaseException) -> bool:
    """Whether an error comes from Spark or from the way to it; when Java has died, nobody listens at its other end."""
    if isinstance(error, ConnectionError) and "py4j" in sys.modules:
        return True
    return any(kind.__module__.startswith(("pyspark.", "py4j.")) for kind in type(error).__mro__)


def told(error: BaseException, job: Job, own: str, expected: str) -> FaultJson:
    """Make a fault of an error.

    Args:
        error: what was raised.
        job: that was going on.
        own: the step's file, which is named where no other of the project's is known.
        expected: of the fault.
    """
    folder = Path(job["folder"])
    message = _message(error)
    file, line = _place(error, message, folder)
    found = _first(message)
    hint = MORE_MEMORY if "OutOfMemoryError" in message or _has_died(error) else ""
    if _has_died(error):
        found = "Java that ended in the midst of it"
    return fault_json(file or own, line if file or own.endswith(".sql") else None, expected, found, hint)


def _message(error: BaseException) -> str:
    """Return the message of the innermost cause that has one."""
    try:
        messages = [text for text in _java_messages(_origin(error)) if text]
    except Exception:  # noqa: BLE001  (Java may be gone, and then its words are)
        messages = []
    if messages:
        return messages[-1]
    return str(error) if is_of_spark(error) else f"{type(error).__name__}: {error}"


def _origin(error: BaseException) -> Any:
    return getattr(error, "java_exception", None) or getattr(error, "_origin", None)


def _java_messages(thrown: Any) -> Iterator[str]:
    seen = 0
    while thrown is not None and seen < 20:
        text = thrown.getMessage()
        yield thrown.toString() if text is None or thrown.getClass().getName().endswith("Error") else text
        thrown, seen = thrown.getCause(), seen + 1


def _has_died(error: BaseException) -> bool:
    return type(error).__name__ in {"Py4JNetworkError", "ConnectionRefusedError", "ConnectionResetError"}


def _place(error: BaseException, message: str, folder: Path) -> tuple[str | None, int | None]:
    """Return a file of the project and the line in it; a query's line has no file."""
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    frames += [(name, int(line)) for name, line in _CALLED_FROM.findall(message)]
    frames += [(name, int(line)) for name, line in _FRAME.findall(message)]
    for name, line in reversed(frames):
        path = Path(name)
        for root in (folder / "modules", folder):
            if path.is_relative_to(root) and (root != folder or path.parent == folder):
                return path.relative_to(root).as_posix(), line
    in_query = _IN_QUERY.search(message)
    return None, int(in_query[1] or in_query[2]) if in_query else None


def _first(message: str) -> str:
    """Return what a message says, without the plan, the query and the stack that follow."""
    if _WORKER in message:  # of a Python worker: the last line of its traceback
        lines = [line for line in message.rpartition(_WORKER)[2].splitlines() if line and not line[0].isspace()]
        said = next((line for line in lines[1:] if not line.startswith("\tat ")), "")
        return said or message.strip()
    text = next((line for line in message.strip().splitlines() if line.strip()), "an error without a word")
    text = _SETTING.sub("", text)
    return _STATE.sub("", _IN_QUERY.sub("", text)).strip().rstrip(";.").strip()

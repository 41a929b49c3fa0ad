"""Logs of builds: a text file each, the newest of them kept. A log never stops what it tells of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_KEPT = 50


class DiskBuildLogs:
    """The `BuildLogs` port on a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def open(self, name: str) -> Iterator[tuple[str, Callable[[str], None]]]:
        """Begin a log; what cannot be written, on a full disk say, is left out of it."""
        path = self._folder / f"{name}.log"
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for old in sorted(self._folder.glob("*.log"))[: 1 - _KEPT]:
                old.unlink(missing_ok=True)

        def write(text: str) -> None:
            content = f"{text}\n".encode(errors="backslashreplace")
            with suppress(OSError), path.open("ab") as file:  # each line is there if the process dies
                file.write(content)

        yield str(path), write

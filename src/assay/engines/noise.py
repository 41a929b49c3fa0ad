"""What a child process prints: read to the end so that it never waits for us, and forgotten but for its last lines."""

from __future__ import annotations

import os
import threading
from typing import IO

_KEPT_BYTES = 4096
_READ_BYTES = 1 << 16
_LINES_SHOWN = 5
_LINE_CHARACTERS = 200
_LAST_SECONDS = 2.0


class Noise:
    """The end of what comes out of a pipe, read in a thread of its own."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        """Begin to read."""
        assert pipe is not None
        self._pipe = pipe
        self._end = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def last(self) -> str:
        """Return the last lines, joined by ``; ``, when whoever wrote them has ended.

        A process that left its group may hold the pipe open; then what came until now is all.
        """
        self._thread.join(_LAST_SECONDS)
        lines = [line.strip() for line in self._end.decode(errors="replace").splitlines()]
        kept = [line for line in lines if line][-_LINES_SHOWN:]
        return "; ".join(line if len(line) <= _LINE_CHARACTERS else f"…{line[-_LINE_CHARACTERS:]}" for line in kept)

    def close(self) -> None:
        """Let go of the pipe, unless somebody still writes into it: then it is closed with us."""
        if not self._thread.is_alive():
            self._pipe.close()

    def _read(self) -> None:
        while read := os.read(self._pipe.fileno(), _READ_BYTES):
            self._end = (self._end + read)[-_KEPT_BYTES:]

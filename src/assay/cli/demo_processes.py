"""The processes that the demo leaves running: started, noted by their number, and stopped again, they and no others."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from assay.base.errors import refusal

_START_SECONDS = 30
_STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Kept:
    """A process that outlives the demo.

    Attributes:
        root: of the demo; the number of the process is noted there, and what it prints.
        name: of the two files.
        arguments: what Assay is called with. They name a folder of the demo, so that no other process has the like.
    """

    root: Path
    name: str
    arguments: tuple[str, ...]

    @property
    def log(self) -> Path:
        """The file with what it prints."""
        return self.root / f"{self.name}.log"

    @property
    def note(self) -> Path:
        """The file with the number of the process."""
        return self.root / f"{self.name}.pid"

    def start(self, *more: str, is_up: Callable[[], bool], environment: Mapping[str, str] | None = None) -> None:
        """Start it and wait until it is up.

        Args:
            more: further arguments, which do not matter for telling it from others.
            is_up: asks whether it does its work.
            environment: of the process; None for ours.

        Raises:
            AssayError: it ended, or is not up after half a minute; what it printed is in ``found``.
        """
        command = [sys.executable, "-m", "assay", *self.arguments, *more]
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                command, cwd=self.root, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.note.write_text(f"{process.pid}\n")
        self._wait_for(is_up, process)
        process.returncode = 0  # it is to outlive us, and Python need not remind anybody of a child that still runs

    def stop(self) -> bool:
        """Stop it, and no process that has taken its number meanwhile; say whether there was one."""
        try:
            process = int(self.note.read_text())
        except (FileNotFoundError, ValueError):
            return False
        self.note.unlink()
        if not self._is_ours(process):
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)
        for _ in range(_STOP_SECONDS * 10):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, os.WNOHANG)  # where it was started by this process
            if not self._is_ours(process):
                break
            time.sleep(0.1)
        return True

    def _wait_for(self, is_up: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
        for _ in range(_START_SECONDS * 10):
            if is_up():
                return
            if process.poll() is not None:
                break
            time.sleep(0.1)
        printed = self.log.read_text()[-400:]
        raise refusal("demo", expected=f"the {self.name} to work", found=printed or "nothing")

    def _is_ours(self, process: int) -> bool:
        """Say whether a process of this number runs, with our command line."""
        command = ["ps", "-ww", "-o", "args=", "-p", str(process)]  # in full, however narrow the terminal
        listed = subprocess.run(command, capture_output=True, text=True, check=False)
        return f" -m assay {' '.join(self.arguments)}" in listed.stdout


def is_answering(address: str) -> bool:
    """Say whether a page is served at an address."""
    with contextlib.suppress(URLError, OSError), urlopen(address, timeout=1) as answer:  # noqa: S310  # our own
        return bool(answer.status == 200)
    return False

"""Measuring whole processes: wall, processor time and peak memory; commands take turns, the median counts."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Command = Sequence[str | Path]

TIMEOUT_SECONDS = 900

QUIET = {
    "DATACONTRACT_TELEMETRY": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "NO_COLOR": "1",
    "PYTHONWARNINGS": "ignore",
    "SQLMESH__DISABLE_ANONYMIZED_ANALYTICS": "true",
}
"""Environment of every contestant: nobody is told anything."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one command.

    Attributes:
        wall: seconds.
        cpu: seconds of processor, of the process and the children it waited for.
        peak: MiB of memory of the largest process among them.
        code: exit code; negative is the signal that ended it.
        out: what it printed.
        err: what it said on the side.
    """

    wall: float
    cpu: float
    peak: float
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Timing:
    """The turns of one contestant."""

    runs: tuple[Run, ...]

    @property
    def wall(self) -> float:
        """Median of seconds by the wall clock."""
        return statistics.median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """Median of seconds of processor."""
        return statistics.median(run.cpu for run in self.runs)

    @property
    def peak(self) -> float:
        """The largest peak of memory, in MiB."""
        return max(run.peak for run in self.runs)


def run(command: Command, folder: Path, environment: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end.

    The kernel counts the caller's memory into the child's peak, since a child begins as its copy; so whoever measures
    has to be small and imports no engine.

    Args:
        command: the program and its arguments.
        folder: where it runs; ``stdout.txt`` and ``stderr.txt`` are written there.
        environment: beside that of this process and ``QUIET``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    out, err = folder / "stdout.txt", folder / "stderr.txt"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        start = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env={**os.environ, **QUIET, **(environment or {})},
            start_new_session=True,
        )
        timer = threading.Timer(TIMEOUT_SECONDS, os.killpg, (child.pid, signal.SIGKILL))
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        timer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
    texts = (path.read_text(errors="replace") for path in (out, err))
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, child.returncode, *texts)


def last_line(done: Run) -> str:
    """Return what a run said last, for a note."""
    lines = [line for line in (done.out + "\n" + done.err).splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "no word"

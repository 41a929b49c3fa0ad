"""Measuring: contestants take turns, each turn from a fresh start, and the median of their turns counts."""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


def _nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to do the work.

    Attributes:
        name: as the table shows it.
        run: what is timed.
        prepare: what is done before each turn and not timed.
        note: what it does beyond or leaves out, in a few words.
    """

    name: str
    run: Callable[[], object]
    prepare: Callable[[], object] = _nothing
    note: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """The turns of one contestant: wall seconds, and seconds of processor by this process and its children."""

    contestant: Contestant
    wall_seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]

    @property
    def median_seconds(self) -> float:
        """The middle turn, by the wall clock."""
        return statistics.median(self.wall_seconds)


def race(contestants: Sequence[Contestant], turns: int) -> list[Timing]:
    """Let contestants take turns, so that whatever else the machine does meets all of them.

    Each has one turn before the first that does not count: it fills the file cache and loads what is loaded once.

    Args:
        contestants: in the order of the table; the first is what the others are compared with.
        turns: how many each has.
    """
    taken: list[list[tuple[float, float]]] = [[] for _ in contestants]
    for _ in range(1 + turns):
        for contestant, seconds in zip(contestants, taken, strict=True):
            contestant.prepare()
            seconds.append(_timed(contestant.run))
    return [
        Timing(contestant, tuple(wall for wall, _ in seconds[1:]), tuple(cpu for _, cpu in seconds[1:]))
        for contestant, seconds in zip(contestants, taken, strict=True)
    ]


def command(*arguments: str | Path, folder: Path | None = None) -> Callable[[], None]:
    """Return what runs a whole process to its end; one that fails ends the benchmark with what it said."""

    def run() -> None:
        words = [str(part) for part in arguments]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")

    return run


def show(title: str, timings: Sequence[Timing], unit_seconds: float = 1.0) -> None:
    """Print a table: medians by the wall clock, the span of the turns, processor time, and the ratio to line one."""
    first = timings[0].median_seconds
    width = max(len(timing.contestant.name) for timing in timings)
    unit = "s" if unit_seconds == 1 else "ms"
    print(f"\n{title}")
    print(f"  {'':{width}}  median {unit:2}   fastest - slowest    cpu {unit:2}   ratio")
    for timing in timings:
        wall = [seconds / unit_seconds for seconds in timing.wall_seconds]
        cpu = statistics.median(timing.cpu_seconds) / unit_seconds
        span = f"{min(wall):7.2f} - {max(wall):7.2f}"
        ratio = timing.median_seconds / first
        line = f"  {timing.contestant.name:{width}}  {statistics.median(wall):9.2f}   {span}  {cpu:7.2f}  {ratio:5.2f}x"
        print(f"{line}   {timing.contestant.note}".rstrip(), flush=True)


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    cpu, start = _cpu_seconds(), time.perf_counter()
    run()
    return time.perf_counter() - start, _cpu_seconds() - cpu


def _cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)

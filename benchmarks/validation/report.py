"""What came out: a table in Markdown for people, the turns in JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from checks import CHECKS
from contestants import Contestant
from measure import Run, Timing

BAR = "best"
"""With whom all are compared."""


@dataclass(slots=True)
class Entry:
    """What is known of a contestant so far.

    Attributes:
        expressed: how many of the checks it gave a verdict on, where it gave fewest; None before it was asked.
        faults: what is wrong with it, for the notes.
        runs: its turns by set of data.
        is_out: it broke down and takes no further part.
        is_slow: one turn has to do.
    """

    contestant: Contestant
    expressed: int | None = None
    faults: list[str] = field(default_factory=list)
    runs: dict[str, list[Run]] = field(default_factory=dict)
    is_out: bool = False
    is_slow: bool = False


def table(entries: Sequence[Entry], scales: Iterable[str]) -> list[str]:
    """Give the lines of one table a scale."""
    lines = []
    for scale in scales:
        lines += [
            f"{scale}, {'336,776' if scale == 'x1' else '10,103,280'} rows:",
            "",
            "| tool | checks | wall s | ratio | CPU s | ratio | peak MiB | note |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
        ]
        timings = {entry.contestant.name: Timing(tuple(entry.runs[scale])) for entry in entries if scale in entry.runs}
        lines += [_line(entry, scale, timings) for entry in entries if scale == "x30" or not entry.contestant.is_grown]
        lines.append("")
    return lines


def _line(entry: Entry, scale: str, timings: Mapping[str, Timing]) -> str:
    one = entry.contestant
    checks = "-" if entry.expressed is None else f"{entry.expressed} of {len(CHECKS)}"
    timing, bar, beside = (timings.get(name) for name in (one.name, BAR, one.beside))
    if timing is None:
        return f"| {one.title} | {checks} | - | - | - | - | - | {'; '.join(entry.faults[:1])} |"
    ratio, cpu_ratio = (f"{timing.wall / bar.wall:.2f}", f"{timing.cpu / bar.cpu:.2f}") if bar else ("-", "-")
    compared = f"{timing.wall / beside.wall:.2f} of `{one.beside}`" if beside else ""
    note = "; ".join(part for part in (one.note, compared, "one turn" if entry.is_slow else "") if part)
    numbers = f"{timing.wall:.2f} | {ratio} | {timing.cpu:.2f} | {cpu_ratio} | {timing.peak:.0f}"
    return f"| {one.title} | {checks} | {numbers} | {note} |"


def notes(entries: Sequence[Entry]) -> list[str]:
    """Give a line for everything that is wrong with somebody."""
    return [f"- {entry.contestant.name}: {fault}" for entry in entries for fault in entry.faults]


def as_json(entries: Sequence[Entry], machine: str) -> dict[str, object]:
    """Return all turns and what is wrong with whom."""
    return {
        "machine": machine,
        "contestants": {
            entry.contestant.name: {
                "checks": entry.expressed,
                "faults": entry.faults,
                "turns": {
                    scale: [{"wall": run.wall, "cpu": run.cpu, "peak": run.peak} for run in runs]
                    for scale, runs in entry.runs.items()
                },
            }
            for entry in entries
        },
    }

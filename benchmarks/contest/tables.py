"""What came out: a table in Markdown for people, the turns in JSON for machines."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contest.entries import Entry
from contest.flights import ROWS
from contest.measure import Timing

Entries = Sequence[Entry[Any]]


def table(entries: Entries, scale: str, bar: str, told: str, heading: str = "") -> list[str]:
    """Give the lines of the table of one scale.

    Args:
        entries: whom it lists.
        scale: under which their turns are kept: x1 or x30, where it is one of data.
        bar: the contestant with whom all are compared.
        told: heading of the column that says what the answers are about.
        heading: of the table; empty for the scale and its rows.
    """
    timings = {entry.contestant.name: Timing(tuple(entry.runs[scale])) for entry in entries if scale in entry.runs}
    return [
        f"{heading or f'{scale}, {ROWS[scale]:,} rows'}:",
        "",
        f"| tool | {told} | wall s | ratio | CPU s | ratio | peak MiB | note |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
        *(_line(entry, timings, bar) for entry in entries),
        "",
    ]


def _line(entry: Entry[Any], timings: Mapping[str, Timing], bar_name: str) -> str:
    one = entry.contestant
    timing, bar, beside = (timings.get(name) for name in (one.name, bar_name, one.beside))
    if timing is None:
        return f"| {one.title} | {entry.told} | - | - | - | - | - | {'; '.join(entry.faults[:1])} |"
    ratio, cpu_ratio = (f"{timing.wall / bar.wall:.2f}", f"{timing.cpu / bar.cpu:.2f}") if bar else ("-", "-")
    compared = f"{timing.wall / beside.wall:.2f} of `{one.beside}`" if beside else ""
    note = "; ".join(part for part in (one.note, compared, "one turn" if entry.is_slow else "") if part)
    numbers = f"{timing.wall:.2f} | {ratio} | {timing.cpu:.2f} | {cpu_ratio} | {timing.peak:.0f}"
    return f"| {one.title} | {entry.told} | {numbers} | {note} |"


def write_results(folder: Path, entries: Entries, tables: Sequence[str]) -> None:
    """Print the tables with a line for everything that is wrong with somebody; write them, and all turns as JSON."""
    machine = _machine()
    faults = [f"- {entry.contestant.name}: {fault}" for entry in entries for fault in entry.faults]
    text = "\n".join([machine, "", *tables, "", *faults])
    print(text)
    (folder / "table.md").write_text(text + "\n")
    (folder / "table.json").write_text(json.dumps(_as_json(entries, machine), indent=2))


def _as_json(entries: Entries, machine: str) -> dict[str, object]:
    return {
        "machine": machine,
        "contestants": {
            entry.contestant.name: {
                "told": entry.told,
                "faults": entry.faults,
                "turns": {
                    scale: [{"wall": run.wall, "cpu": run.cpu, "peak": run.peak} for run in runs]
                    for scale, runs in entry.runs.items()
                },
            }
            for entry in entries
        },
    }


def _machine() -> str:
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} processors, Python {platform.python_version()}, load {load:.1f} at the end; medians."

"""What is known of each contestant so far, and the turns that all take."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from contest.environments import install
from contest.measure import Command, Run, last_line, run


class Contestant(Protocol):
    """What every contestant says of itself.

    Attributes:
        name: for the command line.
        title: as the table shows it.
        beside: with whom it is compared as well, in the note.
        environment: the peer whose packages it needs; None for those of this project.
        note: what the table should say.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def beside(self) -> str: ...  # noqa: D102
    @property
    def environment(self) -> str | None: ...  # noqa: D102
    @property
    def note(self) -> str: ...  # noqa: D102


One = TypeVar("One", bound=Contestant)


@dataclass(slots=True)
class Entry(Generic[One]):
    """What is known of a contestant so far.

    Attributes:
        told: what its answer was about, for the table.
        faults: what is wrong with it, for the notes.
        runs: its turns by scale.
        is_out: it broke down and takes no further part.
        is_slow: one turn has to do.
    """

    contestant: One
    told: str = "-"
    faults: list[str] = field(default_factory=list)
    runs: dict[str, list[Run]] = field(default_factory=dict)
    is_out: bool = False
    is_slow: bool = False

    def leave(self, fault: str) -> None:
        """Take no further part."""
        self.is_out = True
        self.faults.append(fault)

    def install(self, requirements: Path, folder: Path) -> None:
        """Make its environment; one that cannot be made is out, and the table says so.

        Args:
            requirements: the folder with a file for each peer.
            folder: in which environments are made.
        """
        peer = self.contestant.environment
        fault = install(peer, requirements / f"requirements-{peer}.txt", folder) if peer else ""
        if fault:
            self.leave(fault)

    def run(
        self,
        command: Command,
        place: Path,
        data: str,
        good: Sequence[int] = (0,),
        variables: Mapping[str, str] | None = None,
    ) -> Run | None:
        """Run it once; None when it broke down, which ends it.

        Args:
            command: the program and its arguments.
            place: a folder of its own, in which it runs and leaves its answer.
            data: what the data are called.
            good: exit codes that are none of a breakdown.
            variables: environment variables of its own.
        """
        done = run(command, place, variables)
        if done.code in good:
            return done
        self.leave(f"broke down on {data} with exit code {done.code}: {last_line(done)}")
        return None


def race(entries: Sequence[Entry[One]], scale: str, turns: int, turn: Callable[[Entry[One]], Run | None]) -> None:
    """Let all take turns; the first turn fills caches and does not count, but where one turn has to do.

    Args:
        entries: who takes part.
        scale: of the data.
        turns: of each that count.
        turn: runs one of them once; None when it broke down.
    """
    for number in range(turns + 1):
        for entry in entries:
            if entry.is_out or (entry.is_slow and number > 0):
                continue
            print(f"{scale}, turn {number}: {entry.contestant.name} ...", file=sys.stderr)
            done = turn(entry)
            if done is not None and (number > 0 or entry.is_slow):
                entry.runs.setdefault(scale, []).append(done)

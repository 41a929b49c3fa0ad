"""What the terminal says of a build while it goes on: a line that is written anew."""

from __future__ import annotations

import sys
import time

import click

from assay.actions.step_events import StepEnded, StepEvent, StepFailed, StepSkipped, StepStarted
from assay.cli.output import line, rewrite, width


class BuildDisplay:
    """Told what happens to the steps of a build.

    On a terminal one line is written anew, with what runs and since when; elsewhere each step that begins has a line.
    Failed and skipped steps are told at once.
    """

    def __init__(self, steps: int, *, is_quiet: bool = False) -> None:
        """Begin to tell of a build of so many steps; quiet is what says nothing but failures."""
        self._steps = steps
        self._settled = 0
        self._running: dict[str, float] = {}
        self.has_failures = False
        self._is_quiet = is_quiet
        self._is_live = sys.stderr.isatty() and not is_quiet

    def __call__(self, event: StepEvent) -> None:
        """Take in what happened."""
        if isinstance(event, StepStarted):
            self._running[event.step.name] = time.monotonic()
            if not self._is_live and not self._is_quiet:
                line(f"{event.step.name}: {'; '.join(map(str, event.reasons))} ...", indent=2)
        elif isinstance(event, StepEnded | StepFailed | StepSkipped):
            self._running.pop(event.step.name, None)
            self._settled += 1
        self.has_failures |= isinstance(event, StepFailed)
        if isinstance(event, StepFailed):
            self._say(f"{event.step.name} failed")
        elif isinstance(event, StepSkipped):
            self._say(f"{event.step.name} was skipped: {', '.join(event.because)} did not come about")
        if self._is_live:
            rewrite(self._now())

    def end(self) -> None:
        """Take the line away."""
        if self._is_live:
            rewrite()

    def _say(self, text: str) -> None:
        if self._is_live:
            rewrite()
        click.echo(f"  {text}", err=True)

    def _now(self) -> str:
        """Write the line: as much as one line of the terminal holds."""
        now = time.monotonic()
        parts = [f"{name} {now - since:.0f} s" for name, since in self._running.items()]
        text = f"{self._settled}/{self._steps} steps" + (f"; {', '.join(parts)}" if parts else "")
        room = width() - 1
        return text if len(text) <= room else text[: room - 3] + "..."

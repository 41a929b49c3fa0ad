"""What happens to the steps of a build, as values; whoever wants to know is told of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assay.actions.workshop import Progress
from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.base.snapshots import Manifest
from assay.workflow.plan import Reason
from assay.workflow.steps import Step


@dataclass(frozen=True, slots=True)
class StepResult:
    """What was done with one step: whether it ran, why, what it gave and how long it took (0 when it was reused)."""

    step: str
    ran: bool
    reasons: tuple[Reason, ...]
    snapshot: Manifest
    seconds: float


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step begins to run, for these reasons and over these versions of what it reads."""

    step: Step
    reasons: tuple[Reason, ...]
    inputs: Mapping[TableRef, Manifest]


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step has its snapshot: it ran, or one of the same fingerprint was there."""

    step: Step
    result: StepResult
    inputs: Mapping[TableRef, Manifest]


@dataclass(frozen=True, slots=True)
class StepFailed:
    """A step ran and gave nothing."""

    step: Step
    error: AssayError
    inputs: Mapping[TableRef, Manifest]


@dataclass(frozen=True, slots=True)
class StepSkipped:
    """A step was not begun, for one on which it rests has failed: ``because`` names those that it reads itself."""

    step: Step
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StillRunning:
    """Nothing has happened for a second."""


StepEvent = StepStarted | StepEnded | StepFailed | StepSkipped | StillRunning
Watch = Callable[[StepEvent], None]
"""Told what happens to the steps of a build, always by the thread that builds."""


class Took:
    """Keeps how many seconds each step took that ran, and passes on what it is told."""

    def __init__(self, watch: Watch) -> None:
        self.seconds: dict[str, float] = {}
        self._watch = watch

    def __call__(self, event: StepEvent) -> None:
        """Take in what happened."""
        if isinstance(event, StepEnded) and event.result.ran:
            self.seconds[event.step.name] = event.result.seconds
        self._watch(event)


def saying(progress: Progress) -> Watch:
    """Return what says of each step that it begins, and why, to somebody who is told a line at a time."""

    def watch(event: StepEvent) -> None:
        if isinstance(event, StepStarted):
            progress(f"{event.step.name}: {'; '.join(map(str, event.reasons))}")

    return watch

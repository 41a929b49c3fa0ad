"""The log of a build: every event with its moment, and what failed in full."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from assay.actions.home import Home
from assay.actions.step_events import StepEnded, StepEvent, StepFailed, StepSkipped, StepStarted, StillRunning, Watch


def logging(write: Callable[[str], None], now: Callable[[], datetime]) -> Watch:
    """Return what writes each event as a line with its moment in UTC."""

    def watch(event: StepEvent) -> None:
        if not isinstance(event, StillRunning):
            write(f"{now():%Y-%m-%dT%H:%M:%SZ} {event.step.name} {_said(event)}")

    return watch


@contextmanager
def logged(home: Home, product: str, environment: str, watch: Watch) -> Iterator[tuple[str, Watch]]:
    """Keep a log of a build.

    Args:
        home: where.
        product: whose steps.
        environment: for which environment.
        watch: told of each event as well, before it is written.

    Returns:
        Where the log is, and what to tell of the build's events.
    """
    with home.build_logs.open(f"{home.now():%Y%m%dT%H%M%SZ}-{environment}-{product}") as (path, write):
        log = logging(write, home.now)

        def both(event: StepEvent) -> None:
            watch(event)
            log(event)

        yield path, both


def _said(event: StepStarted | StepEnded | StepFailed | StepSkipped) -> str:
    if isinstance(event, StepStarted):
        return f"started: {'; '.join(map(str, event.reasons))}"
    if isinstance(event, StepEnded):
        result = event.result
        how = f"ended after {result.seconds:.3f} s" if result.ran else "reused"
        return f"{how}: {result.snapshot.rows} rows, snapshot {result.snapshot.digest}"
    if isinstance(event, StepFailed):
        return "failed: " + "\n".join(map(str, event.error.faults))
    return f"skipped: {', '.join(event.because)} did not come about"

"""Running steps: which are due, side by side as far as they do not rest on each other, and what is told of each.

One thread decides and tells; the others make one step each. A step that fails does not stop those that do not rest on
it: what they make is kept, so the next build has less to do, and whoever reads the answer sees all failures at once.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from graphlib import TopologicalSorter

from assay.actions.step_events import (
    StepEnded,
    StepFailed,
    StepResult,
    StepSkipped,
    StepStarted,
    StillRunning,
    Watch,
)
from assay.actions.step_making import Job, Session, run_step
from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.base.snapshots import Manifest
from assay.workflow.graph import Graph
from assay.workflow.plan import Before, Built, decide, known_fingerprints
from assay.workflow.selection import Selection
from assay.workflow.steps import Language, Step

_MOST_AT_ONCE = 4
_BEAT_SECONDS = 1.0
_LOOK_SECONDS = 0.1
"""While somebody waits for steps to stop, so often they are told."""


def most_at_once() -> int:
    """Return how many steps run side by side when nobody says otherwise: one each processor, at most four."""
    return min(os.cpu_count() or 1, _MOST_AT_ONCE)


@dataclass(frozen=True, slots=True)
class StepRuns:
    """The steps of one build, and what happens to them.

    Attributes:
        session: where they run.
        graph: all steps of the product.
        selection: which of them are wanted.
        outside: the landed sources and other products' datasets: the cut.
        last: what was built before.
        built: the snapshots there are.
        watch: told what happens.
        jobs: how many run side by side.
    """

    session: Session
    graph: Graph
    selection: Selection
    outside: Mapping[TableRef, Manifest]
    last: Before
    built: Built
    watch: Watch
    jobs: int

    def run(self) -> tuple[StepResult, ...]:
        """Make what is not made yet; in the order of the graph.

        Raises:
            AssayError: the faults of all steps that failed.
            KeyboardInterrupt: what was going on has ended; what was finished is kept.
        """
        return _Going(self).all()


class _Going:
    """A build that is going on; all but the jobs themselves happens in the thread of whoever asked for it."""

    def __init__(self, runs: StepRuns) -> None:
        self._runs = runs
        self._made: dict[str, StepResult] = {}
        self._failed: dict[str, AssayError] = {}
        self._skipped: set[str] = set()
        self._due: deque[Job] = deque()
        self._running: dict[Future[tuple[Manifest, float]], Job] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._is_stopping = threading.Event()
        self._counting = threading.Lock()
        self._busy = 0

    def all(self) -> tuple[StepResult, ...]:
        steps = self._runs.graph.steps
        order = TopologicalSorter({n: _own(steps[n]) for n in steps if n in self._runs.selection.wanted})
        order.prepare()
        try:
            while order.is_active():
                settled = self._decide_on(order.get_ready())
                settled = settled or self._begin() or self._ended()
                order.done(*settled)
        finally:
            self._stop()
        if self._failed:
            raise AssayError(*(fault for n in steps if n in self._failed for fault in self._failed[n].faults))
        return tuple(self._made[name] for name in steps if name in self._made)

    def _decide_on(self, names: Sequence[str]) -> list[str]:
        """Say of steps whose inputs are settled what is done with them; return those that are settled with that."""
        runs, session = self._runs, self._runs.session
        steps = [runs.graph.steps[name] for name in names]
        settled = [step.name for step in steps if self._is_skipped(step)]
        left = [(step, self._inputs(step)) for step in steps if step.name not in self._skipped]
        versions = {table: manifest.digest for _, inputs in left for table, manifest in inputs.items()}
        runs.built(known_fingerprints(runs.graph.product, [step for step, _ in left], versions, session.as_of))
        for step, inputs in left:
            is_asked = step.name in runs.selection.anew
            decision = decide(
                runs.graph.product, step, versions, session.as_of, runs.last, runs.built,
                is_asked=is_asked, backfill=runs.selection.backfills.get(step.name),
            )  # fmt: skip
            if decision.snapshot is None:
                self._due.append(Job(step, decision, inputs, is_asked or decision.backfill is not None))
                continue
            kept = session.workshop.snapshots.get(decision.snapshot)
            assert kept is not None  # it was found by its fingerprint a moment ago
            self._keep(step, StepResult(step.name, False, decision.reasons, kept, 0.0), inputs)
            settled.append(step.name)
        return settled

    def _is_skipped(self, step: Step) -> bool:
        because = tuple(sorted(name for name in _own(step) if name in self._failed or name in self._skipped))
        if because:
            self._skipped.add(step.name)
            self._runs.watch(StepSkipped(step, because))
        return bool(because)

    def _inputs(self, step: Step) -> dict[TableRef, Manifest]:
        return {t: self._runs.outside[t] if t.schema else self._made[t.name].snapshot for t in step.reads}

    def _begin(self) -> list[str]:
        """Begin as many jobs as may run side by side; return those whose inputs cannot be read any more."""
        failed = []
        while self._due and len(self._running) < self._runs.jobs:
            job = self._due.popleft()
            self._runs.watch(StepStarted(job.step, job.decision.reasons, job.inputs))
            if self._pool is None:
                self._runs.session.open()
                self._pool = ThreadPoolExecutor(self._runs.jobs, thread_name_prefix="step")
            try:
                if job.step.language is Language.SQL:
                    self._runs.session.attach(job.inputs)
                    self._runs.session.define(job.step.views)
            except AssayError as error:
                self._fail(job, error)
                failed.append(job.step.name)
            else:
                self._running[self._pool.submit(self._make, job)] = job
        return failed

    def _make(self, job: Job) -> tuple[Manifest, float]:
        start = time.monotonic()
        with self._counting:
            self._busy += 1
        try:
            if self._is_stopping.is_set():
                raise KeyboardInterrupt
            return run_step(self._runs.session, self._runs.graph.product, job), time.monotonic() - start
        finally:
            with self._counting:
                self._busy -= 1

    def _ended(self) -> list[str]:
        """Wait until a job has ended; return those that have."""
        while not (done := wait(self._running, _BEAT_SECONDS, FIRST_COMPLETED).done):
            self._runs.watch(StillRunning())
        jobs = [(self._running.pop(future), future) for future in done]
        for job, future in jobs:
            error = future.exception()
            if isinstance(error, AssayError):
                self._fail(job, error)
                continue
            snapshot, seconds = future.result()
            result = StepResult(job.step.name, True, job.decision.reasons, snapshot, seconds)
            self._keep(job.step, result, job.inputs)
        return [job.step.name for job, _ in jobs]

    def _fail(self, job: Job, error: AssayError) -> None:
        self._failed[job.step.name] = error
        self._runs.watch(StepFailed(job.step, error, job.inputs))

    def _keep(self, step: Step, result: StepResult, inputs: Mapping[TableRef, Manifest]) -> None:
        self._made[step.name] = result
        self._runs.watch(StepEnded(step, result, inputs))

    def _stop(self) -> None:
        """End what still runs: after Ctrl-C, wherever it struck, or an error that nobody expected."""
        self._is_stopping.set()
        if self._pool is None:
            return
        self._pool.shutdown(wait=False, cancel_futures=True)
        while self._busy:  # again and again: a job may begin its query, or its process, just after it was told
            with suppress(KeyboardInterrupt):  # who is impatient is at it already
                self._runs.session.interrupt()
                time.sleep(_LOOK_SECONDS)
        self._pool.shutdown()


def _own(step: Step) -> set[str]:
    return {table.name for table in step.reads if table.schema is None}

"""Telling a lineage service of builds as they go: START and COMPLETE, FAIL or ABORT of the build and of its steps.

Being told never costs anybody a build: a service that does not take an event is named once, and not asked again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from assay.actions.step_events import StepEnded, StepEvent, StepFailed, StepStarted, Watch
from assay.actions.workshop import Progress
from assay.base.canonical import JsonValue
from assay.base.errors import AssayError, Fault
from assay.base.names import TableRef
from assay.base.ports import LineageEvents
from assay.base.snapshots import Manifest
from assay.base.version import __version__
from assay.documentation.openlineage import Job, Runs, State, event_of, input_of, output_of
from assay.project.lineage import Lineage
from assay.project.lineage_members import key_of
from assay.project.model import Project
from assay.validation.verdicts import Verdict
from assay.workflow.steps import Step

_BUILD = "BUILD"
_CHECK = "CHECK"


def new_telling(
    events: LineageEvents, project: Project, product: str, environment: str, now: Callable[[], datetime], warn: Progress
) -> Telling:
    """Make what tells of one build, under a run id of its own; arguments as of `run_events.telling`."""
    runs = Runs(project.name, environment, product, str(uuid.uuid4()), __version__)
    return Telling(events, runs, Lineage(project), now, warn)


@dataclass(slots=True)
class Telling:
    """One build being told of.

    Attributes:
        events: who is told.
        now: tells the time.
        warn: told once, when an event was not taken.
    """

    events: LineageEvents
    runs: Runs
    lineage: Lineage
    now: Callable[[], datetime]
    warn: Progress
    _open: dict[str, Job] = field(default_factory=dict)
    _is_silent: bool = False

    @property
    def build(self) -> Job:
        """The run of the whole build."""
        return Job(self.runs.product, self.runs.run_id, _BUILD)

    def watch(self, watch: Watch) -> Watch:
        """Return what tells of the steps of the build, and passes on to another what it is told itself."""

        def told(event: StepEvent) -> None:
            watch(event)
            match event:
                case StepStarted():
                    self._step(event.step, event.inputs, State.START)
                case StepEnded() if event.result.ran:
                    self._step(event.step, event.inputs, State.COMPLETE, event.result.snapshot)
                case StepFailed():
                    self._step(event.step, event.inputs, State.FAIL, faults=event.error.faults)

        return told

    def checked(self, snapshots: Mapping[str, Manifest], verdicts: Mapping[str, Sequence[Verdict]]) -> None:
        """Tell what the checks of datasets said; how they came out, and no value."""
        for dataset, found in verdicts.items():
            name = f"{self.runs.product}.{dataset}"
            job = Job(f"{name}.checks", _id_of(self.runs.run_id, f"{name}.checks"), _CHECK)
            given = input_of(self.runs, name, snapshots[dataset], found)
            for state in (State.START, State.COMPLETE):
                self._tell(event_of(self.runs, job, state, self.now(), [given] if state is State.COMPLETE else []))

    def begins(self) -> None:
        """Tell that the build begins."""
        self._tell(event_of(self.runs, self.build, State.START, self.now()))

    def ends(self, state: State, faults: tuple[Fault, ...] = ()) -> None:
        """Tell how the build ended; steps that were on their way end with it."""
        for job in self._open.values():
            self._tell(event_of(self.runs, job, State.ABORT, self.now()))
        self._tell(event_of(self.runs, self.build, state, self.now(), faults=faults))

    def _step(
        self, step: Step, inputs: Mapping[TableRef, Manifest], state: State, made: Manifest | None = None,
        faults: tuple[Fault, ...] = (),
    ) -> None:  # fmt: skip
        name = f"{self.runs.product}.{step.name}"
        read = {key_of(table, self.runs.product): manifest for table, manifest in inputs.items()}
        given: list[JsonValue] = [input_of(self.runs, key, manifest) for key, manifest in read.items()]
        job = Job(name, _id_of(self.runs.run_id, name), step.language.name)
        self._open[name] = job
        if state is not State.START:
            del self._open[name]
        output = output_of(self.runs, name, made, self.lineage, read)
        self._tell(event_of(self.runs, job, state, self.now(), given, [output], faults))

    def _tell(self, event: Mapping[str, JsonValue]) -> None:
        if self._is_silent:
            return
        try:
            self.events.emit(event)
        except AssayError as error:
            self._is_silent = True
            fault = error.faults[0]
            self.warn(f"No lineage events of this build: {fault.where}: expected {fault.expected}, found {fault.found}")


def _id_of(build: str, name: str) -> str:
    """Return the run id of a job within a build: the same one for the same two."""
    return str(uuid.uuid5(uuid.UUID(build), name))

"""Plans and builds, as the Python door returns them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from assay.actions.build import BuildResult
from assay.actions.build_words import build_as_json, build_blocks, plan_as_json, plan_blocks
from assay.actions.plan_ahead import PlanAhead
from assay.actions.step_events import StepResult
from assay.base.snapshots import Manifest
from assay.documentation.blocks import Line, counted, text_of
from assay.lifecycle.gates import ChangeClass
from assay.project.touched import Touched
from assay.workflow.plan import Decision, Verb


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """What a build would do, and why.

    Attributes:
        product: whose steps.
        environment: for which environment.
    """

    product: str
    environment: str
    _ahead: PlanAhead

    @property
    def is_idle(self) -> bool:
        """Whether no step would run."""
        return self._ahead.plan.is_idle

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What is done with each step and for which reasons, in the order of building."""
        return self._ahead.plan.decisions

    @property
    def runs(self) -> tuple[str, ...]:
        """The steps that run for certain."""
        return tuple(decision.step for decision in self.decisions if decision.verb is Verb.RUN)

    @property
    def seconds(self) -> Mapping[str, float]:
        """How long each step took when it ran last; a step that never ran here is missing."""
        return self._ahead.seconds

    @property
    def touched(self) -> Touched:
        """The datasets and solutions that rest on what runs or may run, in every product."""
        return self._ahead.touched

    @property
    def change_class(self) -> ChangeClass | None:
        """The class of what the working tree changes; None where nothing is released yet, or nothing changes."""
        return self._ahead.change_class

    @property
    def since(self) -> str:
        """With which release the working tree was compared, in words; empty where it was not."""
        return self._ahead.since

    def as_json(self) -> dict[str, Any]:
        """Return what ``assay plan -o json`` writes."""
        return plan_as_json(self._ahead)

    def __repr__(self) -> str:
        return text_of([Line(self._title()), *plan_blocks(self._ahead)])

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        from assay.python.display import notebook

        return notebook().blocks(self._title(), plan_blocks(self._ahead))

    def _title(self) -> str:
        verbs = [decision.verb for decision in self.decisions]
        run, may = verbs.count(Verb.RUN), verbs.count(Verb.MAY_RUN)
        due = f"{run or 'nothing'} to run" + (f", {may} that may" if may else "")
        steps = f"{counted(len(verbs), 'step')}, {due}"
        return f"Plan of {self.product} in {self.environment}: {steps}"


@dataclass(frozen=True, slots=True, repr=False)
class Build:
    """What a build gave; the environment serves it."""

    _made: BuildResult

    @property
    def product(self) -> str:
        """Whose steps."""
        return self._made.product

    @property
    def environment(self) -> str:
        """Where it is served."""
        return self._made.environment

    @property
    def as_of(self) -> date:
        """The logical date."""
        return self._made.as_of

    @property
    def steps(self) -> tuple[StepResult, ...]:
        """What was done with each step, in the order of building: whether it ran, why, and how many seconds it took."""
        return self._made.steps

    @property
    def ran(self) -> tuple[str, ...]:
        """The steps that ran."""
        return tuple(step.step for step in self.steps if step.ran)

    @property
    def snapshots(self) -> Mapping[str, Manifest]:
        """The snapshot of each step."""
        return self._made.snapshots

    def as_json(self) -> dict[str, Any]:
        """Return what ``assay build -o json`` writes."""
        return build_as_json(self._made)

    def __repr__(self) -> str:
        return text_of([Line(self._title()), *build_blocks(self._made)])

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        from assay.python.display import notebook

        return notebook().blocks(self._title(), build_blocks(self._made))

    def _title(self) -> str:
        steps = f"{counted(len(self.steps), 'step')}, {len(self.ran) or 'none'} ran"
        return f"Build of {self.product} in {self.environment}: {steps}"

"""What a build would do, what that touches, and what class the working tree's change is: before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assay.actions.environments import DEV, project_in
from assay.actions.home import Home
from assay.actions.make import BuildWish, plan_product
from assay.lifecycle.gates import ChangeClass
from assay.project.model import Project
from assay.project.touched import Touched, touched
from assay.workflow.plan import Cause, Plan, Verb

_UNTOLD: Mapping[str, frozenset[str]] = {}


@dataclass(frozen=True, slots=True)
class PlanAhead:
    """What a build would do, and what it means for others.

    Attributes:
        plan: what runs, and why.
        seconds: how long each step took when it ran last.
        touched: the datasets and solutions that rest on what runs or may run, in every product; by columns, where only
            the code of some has changed since what is released.
        change_class: of what the working tree changes, also where nothing runs for it, as for a contract; None where
            there is nothing to compare with, or nothing has changed.
        since: with what it was compared, in words.
    """

    plan: Plan
    seconds: Mapping[str, float]
    touched: Touched
    change_class: ChangeClass | None = None
    since: str = ""


def plan_ahead(home: Home, product: str, environment: str, wish: BuildWish) -> PlanAhead:
    """Say what a build would do, and what it means for others.

    Args:
        home: where.
        product: whose steps.
        environment: for which environment; only what is built from the working tree has a class of change.
        wish: what of it, and on what.

    Raises:
        AssayError: what a build would refuse before any step runs.
    """
    project, _ = project_in(home, product, environment)
    plan = plan_product(home, project, product, environment, wish)
    seconds = home.workshop.costs.recall(product)
    if environment != DEV or home.ledger.head().seq == 0:
        return PlanAhead(plan, seconds, _touched(project, product, plan))
    from assay.actions.change import change_ahead  # loads what a release is compared by

    (change,) = change_ahead(home, product)
    found = _touched(project, product, plan, change.columns)
    if not change.changes:
        return PlanAhead(plan, seconds, found)
    return PlanAhead(plan, seconds, found, change.change_class, change.since)


def _touched(project: Project, product: str, plan: Plan, columns: Mapping[str, frozenset[str]] = _UNTOLD) -> Touched:
    """Say what rests on what runs, without what runs itself.

    Args:
        project: of which lineage is asked.
        product: whose steps.
        plan: what runs, and why.
        columns: that differ of a step that runs for its code alone; of all others every row may.
    """
    runs = {d.step: {reason.cause for reason in d.reasons} for d in plan.decisions if d.verb is not Verb.REUSE}
    begin = [step for step, causes in runs.items() if causes != {Cause.INPUT_RUNS}]
    of_code = {step: columns.get(step) for step in begin if runs[step] <= {Cause.CODE, Cause.INPUT_RUNS}}
    found = touched(project, [f"{product}.{s}" for s in begin], {f"{product}.{s}": own for s, own in of_code.items()})
    others = {name: parts for name, parts in found.datasets.items() if name not in {f"{product}.{s}" for s in runs}}
    return Touched(others, found.solutions)

"""Validating in QA: build from the frozen payload, check every rule, and sign what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assay.actions.build import BuildResult
from assay.actions.case import standing_of
from assay.actions.checking import Checked, check_product
from assay.actions.environments import QA, frozen_project
from assay.actions.home import Home, open_release_named
from assay.actions.make import BuildWish, make
from assay.actions.publishing import Published, publish_product
from assay.actions.step_events import saying
from assay.actions.workshop import Progress
from assay.base.roles import Action
from assay.base.snapshots import Slot
from assay.contract.model import Contract, Dataset
from assay.lifecycle.decide import GateState
from assay.lifecycle.gates import aspect_asked
from assay.lifecycle.statements import GOOD, Kind, Meant, Statement
from assay.lifecycle.subjects import SubjectKind
from assay.validation.samples import A_FEW, SampleWish


@dataclass(frozen=True, slots=True)
class Validated:
    """What validation in QA gave.

    Attributes:
        contracts: by dataset, as they were frozen.
        datasets: as they were tested: with the rules of their contracts, and all that is tested beside.
        checked: by dataset.
        signed: the datasets for which a statement was recorded now; the others had one that still holds.
    """

    release: str
    made: BuildResult
    contracts: Mapping[str, Contract]
    datasets: Mapping[str, Dataset]
    checked: dict[str, Checked]
    signed: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether every dataset passed."""
        return all(checked.result in GOOD for checked in self.checked.values())


def validate(
    home: Home, release_id: str, progress: Progress, samples: SampleWish = A_FEW, cut: str | None = None
) -> Validated:
    """Build a release's payload in QA, check every rule on real data, and record a statement a dataset.

    A dataset whose evidence still holds on the same snapshot is checked again and nothing new is said of it, unless it
    fails now.

    Args:
        home: whose release.
        release_id: which.
        progress: told what is being done.
        samples: which failing rows are wanted; they are shown, and no part of what is said.
        cut: the name of a cut to build on; None for what the sources of QA hold now.

    Raises:
        AssayError: nothing is frozen yet, or the build fails; then nothing is recorded.
    """
    home.authorised(Action.VALIDATE)
    record = home.load().record
    release = open_release_named(record, release_id)
    payload, project = frozen_project(home, release)
    product = project.products[payload.product]
    made = make(home, project, payload.product, QA, payload.digest, saying(progress), BuildWish(cut))
    progress("checking every rule")
    checked = check_product(
        home.workshop, product, made.snapshots, made.outside, made.as_of, home.now(), samples=samples
    )
    standing = standing_of(home, record, release)
    told = []
    for state in standing.decision.of("dataset.qa.checked"):
        name = state.subject.name.rpartition("/")[2]
        if not _holds(state, checked[name]):
            told.append((name, _statement(home, release_id, state, checked[name])))
    if told:
        home.say_all(tuple(statement for _, statement in told))
    datasets = {name: product.tested(name) for name in checked}
    return Validated(release_id, made, product.contracts, datasets, checked, tuple(name for name, _ in told))


def publish(home: Home, release_id: str) -> dict[str, Published]:
    """Publish a release's solutions to QA from what QA serves, check them, and record a statement each.

    Raises:
        AssayError: nothing is frozen, or QA serves another payload's data.
    """
    home.authorised(Action.PUBLISH)
    record = home.load().record
    release = open_release_named(record, release_id)
    payload, project = frozen_project(home, release)
    pointer = home.workshop.pointers.get(QA, payload.product, Slot.CURRENT)
    if pointer is None or pointer.payload != payload.digest:
        make(home, project, payload.product, QA, payload.digest, lambda _: None)
    published = publish_product(
        home.workshop, home.pages, project, payload.product, QA, Slot.CURRENT, home.now(), banner="QA: not released"
    )
    aspect = aspect_asked(home.table, SubjectKind.SOLUTION, Kind.PUBLISHED, QA)
    statements = tuple(
        home.statement(
            Kind.PUBLISHED,
            subjects=(Meant(subject.id, subject.digest_of(aspect)),),
            release=release_id,
            environment=QA,
            result=published[subject.name.rpartition("/")[2]].result,
            details=published[subject.name.rpartition("/")[2]].as_details(),
        )
        for subject in payload.subjects
        if subject.kind is SubjectKind.SOLUTION
    )
    if statements:
        home.say_all(statements)
    return published


def _holds(state: GateState, checked: Checked) -> bool:
    """Say whether the evidence there is says the same of the same snapshot."""
    if not state.is_settled or state.by is None or checked.result not in GOOD:
        return False
    return state.by.statement.details.get("snapshot") == checked.snapshot


def _statement(home: Home, release_id: str, state: GateState, checked: Checked) -> Statement:
    return home.statement(
        Kind.CHECKED,
        subjects=(Meant(state.subject.id, state.subject.digest_of(state.gate.aspect)),),
        release=release_id,
        environment=QA,
        result=checked.result,
        details={**checked.as_details(), "made_on": "a person's machine"},
    )

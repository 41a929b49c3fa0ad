"""Measuring a change: the rows of the working tree beside those of the released version, as evidence of its class."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from assay.actions.case import released_payload
from assay.actions.class_evidence import RELEASED, ROWS
from assay.actions.compare_versions import compare_versions
from assay.actions.environments import DEV
from assay.actions.home import Home
from assay.actions.make import product_named
from assay.actions.projects import project_of
from assay.actions.query import served
from assay.actions.workshop import Progress
from assay.base.errors import refusal
from assay.base.roles import Action
from assay.lifecycle.statements import Kind, Meant, Result
from assay.lifecycle.subjects import SubjectKind
from assay.project.step_changes import DataEvidence
from assay.project.subjects import subjects_of


def measure_change(home: Home, product_name: str, progress: Progress) -> Mapping[str, DataEvidence]:
    """Build the released version and the working tree on the cut of dev, compare their rows, and sign what is found.

    Freezing counts it for as long as the digests of both versions are these; the node measures again on its own cut.

    Args:
        home: whose working tree.
        product_name: whose datasets.
        progress: told what is being done.

    Raises:
        AssayError: the person may not validate, nothing is released yet, dev is not built, or a build fails; then
            nothing is recorded.
    """
    home.authorised(Action.VALIDATE)
    product = product_named(home.project, product_name)
    base = released_payload(home.load().record, product_name)
    if base is None:
        hint = f"Before the first release nothing is measured. What it will ask: assay change {product_name}"
        raise refusal(product_name, expected="a released version to compare with", found="none", hint=hint)
    released = project_of(home.payload(base))
    pointer = served(home.workshop, DEV, product_name)
    found = compare_versions(
        home.workshop, (released.products[product_name], product), (base, None), pointer.cut,
        date.fromisoformat(pointer.as_of), home.now(), progress,
    )  # fmt: skip
    before = {subject.id: subject.digest for subject in subjects_of(released, released.products[product_name])}
    statements = tuple(
        home.statement(
            Kind.COMPARED,
            subjects=(Meant(subject.id, subject.digest),),
            environment=DEV,
            result=Result.PASS,
            reason=f"{found[name]}, released and changed, on the same cut",
            details={
                RELEASED: before[subject.id],
                ROWS: str(found[name]),
                "cut": dict(pointer.cut),
                "as_of": pointer.as_of,
                "made_on": "a person's machine",
            },
        )
        for subject in subjects_of(home.project, product)
        if subject.kind is SubjectKind.DATASET and (name := subject.name.rpartition("/")[2]) in found
        if before[subject.id] != subject.digest
    )
    if statements:
        home.say_all(statements)
    return found

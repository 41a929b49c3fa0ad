"""Evidence of class: what is recorded of how the rows of a dataset compare, released and candidate, on one cut."""

from __future__ import annotations

from collections.abc import Iterator

from assay.base.roles import Action, may
from assay.lifecycle.record import Record
from assay.lifecycle.statements import Kind
from assay.lifecycle.subjects import Subject, SubjectKind
from assay.project.model import Project
from assay.project.step_changes import DataEvidence
from assay.project.subjects import subjects_of

RELEASED, ROWS = "released", "rows"
"""In the details of a statement: the digest of the released version, and how the rows compare."""


def evidence_in(record: Record, old: Project, new: Project, product: str) -> dict[str, DataEvidence]:
    """Return what is recorded of how the rows of two versions compare; nothing of a dataset of which nobody said it."""
    if product not in old.products or product not in new.products:
        return {}
    before = {subject.id: subject for subject in _datasets(old, product)}
    pairs = ((subject, before.get(subject.id)) for subject in _datasets(new, product))
    found = ((subject, _said(record, subject, was)) for subject, was in pairs if was is not None)
    return {subject.name.rpartition("/")[2]: evidence for subject, evidence in found if evidence is not None}


def _datasets(project: Project, product: str) -> Iterator[Subject]:
    return (s for s in subjects_of(project, project.products[product]) if s.kind is SubjectKind.DATASET)


def _said(record: Record, subject: Subject, was: Subject) -> DataEvidence | None:
    able = {person.email for person in record.roster.people if may(person, Action.VALIDATE)}
    for said in (signed.statement for signed in reversed(record.of(subject.id))):
        is_of_both = said.meant(subject.id) == subject.digest and said.details.get(RELEASED) == was.digest
        if said.kind is Kind.COMPARED and is_of_both and said.signer in able:
            rows = said.details.get(ROWS)
            return DataEvidence(rows) if rows in tuple(DataEvidence) else None
    return None

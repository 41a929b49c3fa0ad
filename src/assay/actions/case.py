"""The case of a release: its subjects as they stand, its class, and the decision over them."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from assay.actions.class_evidence import evidence_in
from assay.actions.home import Home
from assay.actions.projects import project_of
from assay.base.canonical import Digest
from assay.base.errors import AssayError, Fault
from assay.bundle.payload import subject_from_json
from assay.lifecycle.decide import Decision, case_of, decide
from assay.lifecycle.gates import ChangeClass
from assay.lifecycle.record import Record, Release
from assay.lifecycle.subjects import Subject
from assay.project.changes import Change, changes_between, class_of
from assay.project.model import Project
from assay.project.subjects import subjects_of
from assay.project.versions import versions_too_small


@dataclass(frozen=True, slots=True)
class Standing:
    """How a release stands.

    Attributes:
        is_frozen: whether the subjects are those of its payload; else those of the working tree.
        changes: what differs from the released version, a sentence each.
    """

    release: Release
    decision: Decision
    change_class: ChangeClass
    changes: tuple[str, ...]
    is_frozen: bool


def standing_of(home: Home, record: Record, release: Release) -> Standing:
    """Decide a release on its payload, or on the working tree while nothing is frozen."""
    if release.frozen is None:
        return standing_on(home, record, release, home.project, None)
    details = release.frozen.statement.details
    subjects = tuple(subject_from_json(subject) for subject in details["subjects"])
    return _standing(
        home, record, release, subjects, ChangeClass(details["class"]), tuple(details["changes"]), release.payload
    )


def standing_on(home: Home, record: Record, release: Release, project: Project, payload: Digest | None) -> Standing:
    """Decide a release on another state of the project: the working tree, or a commit about to be frozen."""
    changes = changes_since_release(home, record, release.product, project)
    subjects = subjects_of(project, project.products[release.product]) if release.product in project.products else ()
    sentences = tuple(change.sentence for change in changes or ())
    return _standing(home, record, release, subjects, class_of(changes), sentences, payload)


def changes_since_release(home: Home, record: Record, product: str, project: Project) -> tuple[Change, ...] | None:
    """Compare a state of the project with the released version of a product.

    Returns:
        The changes; None where there is no released version, or it is not in this home to compare with.
    """
    base = released_payload(record, product)
    if base is None:
        return None
    try:
        released = project_of(home.payload(base))
        return changes_between(released, project, product, evidence_in(record, released, project, product))
    except AssayError:
        return None


def version_faults(
    home: Home, record: Record, product: str, project: Project, only: Set[str] | None = None
) -> tuple[Fault, ...]:
    """Find versions that say less than what changed since the released ones; none where there is nothing released."""
    base = released_payload(record, product)
    if base is None:
        return ()
    try:
        released = project_of(home.payload(base))
    except AssayError:  # it is not in this home to compare with
        return ()
    return tuple(versions_too_small(released, project, product, only))


def released_payload(record: Record, product: str) -> Digest | None:
    """Return the payload of a product's version that production serves; None before the first release."""
    serving = released_release(record, product)
    return None if serving is None else serving.payload


def released_release(record: Record, product: str) -> Release | None:
    """Return the release that production serves: the last one released and not rolled back; None before the first."""
    released = [r for r in record.releases_of(product) if r.released is not None and r.rolled_back is None]
    return max(released, key=lambda r: record.released[r.released.digest] if r.released else -1, default=None)


def _standing(
    home: Home, record: Record, release: Release, subjects: tuple[Subject, ...],
    change_class: ChangeClass, changes: tuple[str, ...], payload: Digest | None,
) -> Standing:  # fmt: skip
    case = case_of(release.id, payload, subjects, release.requests, change_class, record)
    decision = decide(home.table, case, record, home.now())
    return Standing(release, decision, change_class, changes, payload is not None)

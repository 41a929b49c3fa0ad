"""Numbers before and after: what a dataset holds now beside what its released version held, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.actions.case import released_release
from assay.base.canonical import Digest
from assay.base.roles import Role
from assay.base.snapshots import Column
from assay.contract.model import Dataset
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import GOOD, Kind, Statement
from assay.lifecycle.subjects import Subject
from assay.validation.masking import Mask, masks_of
from assay.validation.profile import ColumnProfile, Profile, differences, profile_from_json

MEASURES: dict[str, str] = {
    "nulls": "empty values",
    "minimum": "least",
    "maximum": "greatest",
    "total": "sum",
}
"""What of a column is set beside the earlier version, and its word."""


@dataclass(frozen=True, slots=True)
class Number:
    """One measure of a column, as text; None where a version has none."""

    column: str
    measure: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """What differs between two versions of a dataset.

    Attributes:
        since: the release before.
        is_same_cut: whether both were made from the same sources; else new data may be the reason.
        columns: what differs, of columns that the viewer sees in clear; empty where all is equal.
    """

    since: str
    is_same_cut: bool
    rows_before: int
    rows_after: int
    columns: tuple[Number, ...]


def numbers_of(
    record: Record, subject: Subject, product: str, datasets: Sequence[Dataset], roles: frozenset[Role]
) -> Numbers | None:
    """Set the numbers of a dataset beside those of its released version, both as they were checked in QA.

    Args:
        record: where the evidence stands.
        subject: the dataset as it is to be accepted.
        product: its product.
        datasets: what contracts say of it, see `masks_of`.
        roles: of the viewer; nothing is told of the values of a column that they do not see in clear.

    Returns:
        None where nothing is released yet, the meaning has not changed since, or one of the two was not checked.
    """
    versions, released = checked_versions(record, subject, product), released_release(record, product)
    if versions is None or released is None:
        return None
    try:
        return _set_beside(released.id, *versions, datasets, roles)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None  # signed in another form than ours: no gate reads these numbers


def checked_versions(record: Record, subject: Subject, product: str) -> tuple[Statement, Statement] | None:
    """Return how the released version of a dataset was checked in QA, and how the present one was.

    Returns:
        None where nothing is released yet, the meaning has not changed since, or one of the two was not checked.
    """
    old = _digest_in(released_release(record, product), subject.id)
    if old is None or old == subject.digest:
        return None
    before, after = _checked(record, subject.id, old), _checked(record, subject.id, subject.digest)
    return None if before is None or after is None else (before, after)


def _set_beside(
    since: str, before: Statement, after: Statement, datasets: Sequence[Dataset], roles: frozenset[Role]
) -> Numbers:
    one, other = (profile_from_json(said.details["profile"]) for said in (before, after))
    is_same_cut = before.details["cut"] == after.details["cut"]
    return Numbers(since, is_same_cut, one.rows, other.rows, tuple(_differing(one, other, datasets, roles)))


def _digest_in(release: Release | None, subject_id: str) -> Digest | None:
    return release.frozen.statement.meant(subject_id) if release is not None and release.frozen is not None else None


def _checked(record: Record, subject_id: str, digest: Digest) -> Statement | None:
    said = (signed.statement for signed in reversed(record.of(subject_id)))
    return next(
        (s for s in said if s.kind is Kind.CHECKED and s.result in GOOD and s.meant(subject_id) == digest), None
    )


def _differing(one: Profile, other: Profile, datasets: Sequence[Dataset], roles: frozenset[Role]) -> Iterator[Number]:
    now = {column.name: column for column in other.columns}
    was = {column.name: column for column in one.columns}
    every = [Column(column.name, column.type) for column in {**was, **now}.values()]
    masks = masks_of(datasets, every, roles)
    for name in (column.name for column in every if masks[column.name] is Mask.NONE):
        before, after = was.get(name), now.get(name)
        if before is None or after is None or _differ(before, after):
            yield from _numbers(name, before, after)


def _numbers(name: str, before: ColumnProfile | None, after: ColumnProfile | None) -> Iterator[Number]:
    for measure, word in MEASURES.items():
        pair = [
            None if one is None or getattr(one, measure) is None else str(getattr(one, measure))
            for one in (before, after)
        ]
        if pair[0] != pair[1]:
            yield Number(name, word, pair[0], pair[1])


def _differ(before: ColumnProfile, after: ColumnProfile) -> bool:
    """Say whether a column differs by more than the order in which floating-point numbers were added."""
    return bool(differences(Profile(0, (before,)), Profile(0, (after,))))

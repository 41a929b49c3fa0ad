"""Subjects: what statements speak of and gates are asked for, each fixed by digests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from assay.base.canonical import Digest


class SubjectKind(StrEnum):
    """What a gate can be asked per; the value opens the subject's id: ``dataset:ontime/ontime_daily``."""

    REQUEST = "request"
    CONTRACT = "contract"
    DATASET = "dataset"
    SOLUTION = "solution"
    RELEASE = "release"


class Aspect(StrEnum):
    """Which meaning of a subject a gate is about."""

    WHOLE = "whole"
    COLUMNS = "columns"
    """Of a contract: names and logical types alone, for that is what feasibility was assessed on."""
    FEEDS = "feeds"
    """Of a dataset: the contracts of the sources it stands on and where they lie, for so they were to be delivered."""
    PRODUCTION = "production"
    """Of a dataset or solution: the whole, and how it runs in production: its schedule, and where its sources lie."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing on its way, and its present meaning.

    Attributes:
        kind: what it is.
        name: ``product/dataset``, ``product/solution``, ``Q-0001`` or ``R-0001``.
        digests: the meaning by aspect; ``whole`` is always there.
        reads: ids of the subjects it stands on: a dataset's contract and upstream datasets, a solution's datasets.
        id: the name by which statements point to it.
    """

    kind: SubjectKind
    name: str
    digests: Mapping[Aspect, Digest]
    reads: tuple[str, ...] = ()
    id: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", f"{self.kind}:{self.name}")

    @property
    def digest(self) -> Digest:
        """The digest of the whole."""
        return self.digests[Aspect.WHOLE]

    def digest_of(self, aspect: Aspect) -> Digest:
        """Return the digest of an aspect, of the whole where the aspect is not told apart."""
        return self.digests.get(aspect, self.digest)


def subject_as_json(subject: Subject) -> dict[str, object]:
    """Write a subject as it stands in a payload's manifest."""
    return {
        "id": subject.id,
        "digests": {str(aspect): digest for aspect, digest in sorted(subject.digests.items())},
        "reads": list(subject.reads),
    }

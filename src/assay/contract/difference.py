"""The difference of two versions of a contract from both sides: who reads by it, and who delivers by it.

Source of the bumps: section 7 of the project's notes on contracts, as tables in `assay.contract.effects`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assay.contract.compare import Change, What, compare_contracts, least_version, worst_effect
from assay.contract.effects import FIELDS, Effect
from assay.contract.model import Contract
from assay.contract.semver import Version, parse_version


class Direction(StrEnum):
    """What a change does to what is promised."""

    NEITHER = "neither"
    TIGHTENS = "tightens"
    LOOSENS = "loosens"
    BOTH = "both"
    UNDETERMINED = "undetermined"


class Bump(StrEnum):
    """Which part of a version a change asks to be raised; from the least."""

    NONE = "none"
    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


BUMPS: dict[Effect, Bump] = {
    Effect.COSMETIC: Bump.PATCH,
    Effect.ADDITIVE: Bump.MINOR,
    Effect.STANDARD: Bump.MINOR,
    Effect.BREAKING: Bump.MAJOR,
}

CONSUMER_WORDS: dict[Direction, str] = {
    Direction.LOOSENS: "breaks who relied on it",
    Direction.BOTH: "breaks who relied on it",
    Direction.UNDETERMINED: "nobody can tell: look at it",
}
"""What a change means to who reads by the contract; where none is named, there is nothing to do."""

PRODUCER_WORDS: dict[Direction, str] = {
    Direction.TIGHTENS: "test today's data again",
    Direction.BOTH: "test today's data again",
    Direction.UNDETERMINED: "test today's data again",
}
"""What it means to who delivers by it; where none is named, there is nothing to do."""

_UNCOMPARABLE = ("pattern", "format", "customProperties")
"""Fields of which nobody can tell whether the new value lets pass more or less than the old one."""

_KNOWN = (
    frozenset(name for fields in FIELDS.values() for name in fields)
    | {"deprecated", "partitioned", "partitionKeyPosition", "price", "domain", "dataGranularityDescription"}
) - {"customProperties"}
"""Fields of which it is known what they do to a promise; of any other it is not."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One change.

    Attributes:
        path: ``dataset.column.field``.
        sentence: for a person who does not know the file.
    """

    path: str
    sentence: str
    effect: Effect
    direction: Direction

    @property
    def bump(self) -> Bump:
        """Which part of the version it alone would ask for, from 1.0.0 on."""
        return BUMPS[self.effect]


@dataclass(frozen=True, slots=True)
class ContractDifference:
    """All that differs between two versions of a contract.

    Attributes:
        old, new: the versions as they are declared.
        least: the lowest version that the new one may have.
    """

    old: Version
    new: Version
    least: Version
    differences: tuple[Difference, ...]

    @property
    def bump(self) -> Bump:
        """The deepest bump that any change asks for; none where nothing changed."""
        return max((one.bump for one in self.differences), key=list(Bump).index, default=Bump.NONE)

    @property
    def is_too_small(self) -> bool:
        """Whether the declared version says less than what changed."""
        return self.new < self.least


def difference_of(old: Contract, new: Contract) -> ContractDifference:
    """Compare two versions of a contract from both sides.

    Raises:
        AssayError: a version is not of the form ``MAJOR.MINOR.PATCH``.
    """
    versions = parse_version(old.version, old.file), parse_version(new.version, new.file)
    changes = [one for one in compare_contracts(old, new) if (one.path, one.what) != ("version", What.FIELD)]
    back = {change.path: change.effect for change in compare_contracts(new, old)}
    renamed = {change.now: change.path for change in changes if change.now}
    return ContractDifference(
        old=versions[0],
        new=versions[1],
        least=least_version(versions[0], worst_effect(changes)) if changes else versions[0],
        differences=tuple(
            _difference(change, back.get(change.now or _before(change.path, renamed))) for change in changes
        ),
    )


def _before(path: str, renamed: Mapping[str, str]) -> str:
    """Return a path as the change back names it: inside of what was renamed, by its old name."""
    within = next((now for now in renamed if path.startswith(f"{now}.")), None)
    return path if within is None else renamed[within] + path[len(within) :]


def _difference(change: Change, back: Effect | None) -> Difference:
    return Difference(change.path, change.sentence, change.effect, direction_of(change, back))


def direction_of(change: Change, back: Effect | None) -> Direction:
    """Tell what a change does to the promise: what breaks readers loosens it, and what would if undone tightens it.

    Args:
        change: from the old version to the new one.
        back: the effect of the change from the new version to the old one; None where there is no such change.
    """
    breaks, would_break = change.effect is Effect.BREAKING, back is Effect.BREAKING
    field = change.path.rpartition(".")[2]
    if breaks and would_break:
        return Direction.UNDETERMINED if change.what is What.RULE or field in _UNCOMPARABLE else Direction.BOTH
    if breaks:
        return Direction.LOOSENS
    if would_break:
        return Direction.TIGHTENS
    if change.effect is Effect.STANDARD and not (change.what is What.ENTRY or field in _KNOWN):
        return Direction.UNDETERMINED
    return Direction.NEITHER


def breaking_of(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """Return what breaks readers."""
    return tuple(one for one in differences if one.effect is Effect.BREAKING)

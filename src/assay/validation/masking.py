"""Masking: which columns of a dataset a viewer sees in clear, and how the others leave the engine without their values.

Masked is by the contract's classification and the viewer's roles. Samples of failing rows and previews keep to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum

from assay.base.roles import Role
from assay.base.snapshots import Column
from assay.contract.model import Dataset, Metric, Property
from assay.contract.rules import arguments_of
from assay.sql.quoting import identifier
from assay.validation.sensitivity import is_sensitive
from assay.validation.types import Family, family


class Level(StrEnum):
    """How far a column's values may be seen; ordered from the most open."""

    OPEN = "open"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


LEVELS: dict[str, Level] = {
    "public": Level.OPEN,
    "internal": Level.OPEN,
    "confidential": Level.CONFIDENTIAL,
    "restricted": Level.RESTRICTED,
}
"""Classification, in lower case, to its level."""

UNCLASSIFIED = Level.CONFIDENTIAL
"""The level of a column of which nobody said anything, and of one that no contract names."""

UNKNOWN = Level.RESTRICTED
"""The level of a classification that is none of ours: it may mean more than confidential, so it is taken to."""

CLEARED: dict[Role, Level] = {
    Role.STAKEHOLDER: Level.OPEN,
    Role.OWNER: Level.RESTRICTED,  # who answers for the data may see it
    Role.ENGINEER: Level.CONFIDENTIAL,
    Role.VALIDATOR: Level.CONFIDENTIAL,
    Role.RELEASE_MANAGER: Level.OPEN,
    Role.ON_CALL: Level.OPEN,  # repairs runs, which tell no values
    Role.AUDITOR: Level.OPEN,  # audits the record, not the rows
    Role.ADMIN: Level.OPEN,  # administers accounts, and is no exception
}
"""Role to the highest level that whoever holds it sees in clear; of several roles the highest counts."""


class Mask(StrEnum):
    """What is left of a column's values."""

    NONE = "in clear"
    PARTLY = "first letter"
    WHOLE = "no value"


DOTS = "•••"
"""Stands for the rest of a text, however long that is."""

_SHORTEST = 4
"""Characters from which on a text shows its first letter; of a shorter one that would be much of it."""


def level_of(part: Property, dataset: Dataset) -> Level:
    """Return the level of a column: the strictest of its classification, its tags and what lies inside it.

    Fields inside a column are classified as it is, unless they say something of their own.
    """
    said = (part.classification or "").lower()
    own = LEVELS.get(said, UNKNOWN) if said else UNCLASSIFIED
    marked = Level.CONFIDENTIAL if is_sensitive(part, dataset) else Level.OPEN
    inner = (replace(one, classification=one.classification or part.classification) for _, one in part.inside())
    return strictest([own, marked, *(level_of(one, dataset) for one in inner)])


def strictest(levels: Iterable[Level]) -> Level:
    """Return the strictest level; that of what nobody classified where there is none."""
    return max(levels, key=list(Level).index, default=UNCLASSIFIED)


def is_cleared(roles: Iterable[Role], level: Level) -> bool:
    """Say whether somebody with these roles sees a level in clear; without a role nobody sees anything."""
    order = list(Level).index
    return any(order(CLEARED[role]) >= order(level) for role in roles)


def masks_of(datasets: Sequence[Dataset], columns: Sequence[Column], roles: Iterable[Role]) -> dict[str, Mask]:
    """Say for each column what somebody sees of it.

    Args:
        datasets: what contracts say of the data: of several (that by which it was built, and today's) the strictest
            counts, column by column.
        columns: as they are in the data, not as a contract has them; the case of names does not count.
        roles: of the viewer.
    """
    held = frozenset(roles)
    return {column.name: _mask(column, [(d, _part(d, column.name)) for d in datasets], held) for column in columns}


def masked_sql(column: Column, mask: Mask) -> str:
    """Write what is selected of a column, under its name and of its type, so that no hidden value leaves the engine."""
    name = identifier(column.name)
    match mask:
        case Mask.NONE:
            return name
        case Mask.PARTLY:
            begun = f"WHEN length({name}) >= {_SHORTEST} THEN left({name}, 1) || '{DOTS}'"
            return f"CASE {begun} WHEN {name} IS NOT NULL THEN '{DOTS}' END AS {name}"
        case Mask.WHOLE:
            return f"CASE WHEN false THEN {name} END AS {name}"  # nothing, of the column's own type


def _mask(column: Column, said: Sequence[tuple[Dataset, Property | None]], roles: frozenset[Role]) -> Mask:
    level = strictest(UNCLASSIFIED if part is None else level_of(part, dataset) for dataset, part in said)
    if is_cleared(roles, level):
        return Mask.NONE
    is_telling = level is Level.RESTRICTED or any(part is not None and _is_listed(part) for _, part in said)
    return Mask.WHOLE if is_telling or family(column.type) is not Family.TEXT else Mask.PARTLY


def _part(dataset: Dataset, column: str) -> Property | None:
    return next((part for part in dataset.properties if part.column.lower() == column.lower()), None)


def _is_listed(part: Property) -> bool:
    """Say whether the contract lists the values: then a first letter would often tell which it is."""
    rules = (rule for rule in part.quality if rule.metric is Metric.INVALID_VALUES)
    return bool(part.enum) or any("validValues" in arguments_of(rule.raw) for rule in rules)

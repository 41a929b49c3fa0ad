"""Masking: which columns of a dataset a viewer sees in clear, and how the others leave the engine without their values.

Masked is by the contract's classification and the viewer's roles. Samples of failing rows and previews keep to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from assay.base.roles import Role
from assay.base.snapshots import Column
from assay.contract.model import Dataset, Metric, Property
from assay.contract.rules import arguments_of
from assay.sql.quoting import identifier
from assay.validation.sensitivity import Level, column_levels, is_within
from assay.validation.types import Family, family

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


def is_cleared(roles: Iterable[Role], level: Level) -> bool:
    """Say whether somebody with these roles sees a level in clear; without a role nobody sees anything."""
    return any(is_within(level, CLEARED[role]) for role in roles)


def clearance(roles: Iterable[Role]) -> Level | None:
    """Return how far somebody with these roles sees; None for nothing at all, which is what no role means."""
    return max((CLEARED[role] for role in roles), key=list(Level).index, default=None)


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
    level = column_levels([dataset for dataset, _ in said], [column])[column.name]
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

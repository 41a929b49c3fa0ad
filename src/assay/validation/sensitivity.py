"""How far the values of a column may be seen, by what its contract says. Samples, profiles and previews keep to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from assay.base.snapshots import Column
from assay.contract.model import Dataset, Property


class Level(StrEnum):
    """How far a column's values may be seen; ordered from the most open."""

    OPEN = "open"
    UNCLASSIFIED = "unclassified"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


LEVELS: dict[str, Level] = {
    "public": Level.OPEN,
    "internal": Level.OPEN,
    "confidential": Level.CONFIDENTIAL,
    "restricted": Level.RESTRICTED,
}
"""Classification, in lower case, to its level."""

UNKNOWN = Level.RESTRICTED
"""The level of a classification that is none of ours: it may mean more than confidential, so it is taken to."""

WRITTEN_DOWN = Level.OPEN
"""The highest level whose values are written where many read them: statements, files, pages, what machines read."""

OWN_FILES = Level.UNCLASSIFIED
"""The highest level that whoever tests files of their own sees at the terminal: what nobody called confidential."""

MASK = "'(hidden)'"
"""What stands in the place of a value that may not be shown; null is still seen to be null."""

SENSITIVE_TAGS = frozenset({"confidential", "pci", "phi", "pii", "restricted", "secret", "sensitive"})
"""Tags that make a column confidential; on a dataset, all columns without a classification of their own."""


def level_of(part: Property, dataset: Dataset) -> Level:
    """Return the level of a column: the strictest of its classification, its tags and what lies inside it.

    Fields inside a column are classified as it is, unless they say something of their own.
    """
    said = (part.classification or "").lower()
    own = LEVELS.get(said, UNKNOWN) if said else Level.UNCLASSIFIED
    is_marked = part.encrypted_name or _tagged(part.tags) or (not said and _tagged(dataset.tags))
    inner = (replace(one, classification=one.classification or part.classification) for _, one in part.inside())
    return strictest([own, *([Level.CONFIDENTIAL] if is_marked else []), *(level_of(one, dataset) for one in inner)])


def strictest(levels: Iterable[Level]) -> Level:
    """Return the strictest level; that of what nobody classified where there is none."""
    return max(levels, key=list(Level).index, default=Level.UNCLASSIFIED)


def is_within(level: Level, cleared: Level) -> bool:
    """Say whether somebody who is cleared so far sees a level in clear."""
    order = list(Level).index
    return order(level) <= order(cleared)


def levels_of(dataset: Dataset) -> Mapping[str, Level]:
    """Return the level of each column of a contract, by its stored name in lower case; of two alike the stricter."""
    levels: dict[str, Level] = {}
    for part in dataset.properties:
        name = part.column.lower()
        levels[name] = strictest([*([levels[name]] if name in levels else []), level_of(part, dataset)])
    return levels


def column_levels(datasets: Sequence[Dataset], columns: Sequence[Column]) -> Mapping[str, Level]:
    """Return the level of each column of the data, by its name there.

    Args:
        datasets: what contracts say of the data: of several the strictest counts, column by column.
        columns: as they are in the data; the case of names does not count. One that no contract names is unclassified.
    """
    said = [levels_of(dataset) for dataset in datasets]
    return {
        column.name: strictest(levels.get(column.name.lower(), Level.UNCLASSIFIED) for levels in said)
        for column in columns
    }


def hidden_columns(dataset: Dataset, columns: Sequence[Column]) -> frozenset[str]:
    """Return the columns of the data of whose values nothing is written down."""
    levels = column_levels([dataset], columns)
    return frozenset(name for name, level in levels.items() if not is_within(level, WRITTEN_DOWN))


def _tagged(tags: tuple[str, ...]) -> bool:
    return any(tag.lower() in SENSITIVE_TAGS for tag in tags)

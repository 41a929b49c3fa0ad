"""Foreign keys between the tables of one script: which of them a database takes, and in which order tables are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assay.contract.formats.carrying import Part
from assay.contract.formats.contract_cargo import columns_of, relationships_of
from assay.contract.formats.dialects import Abilities
from assay.contract.model import Dataset, Relationship

Sides = Sequence[tuple[Part, Dataset]]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A relationship as a key.

    Attributes:
        table: the name of the dataset that it starts from.
        columns: as they are stored.
        target: the dataset that it leads to.
    """

    part: Part = field(compare=False)
    table: str
    columns: tuple[str, ...]
    target: Dataset
    target_columns: tuple[str, ...]


def foreign_keys(tables: Sides, kinds: Mapping[tuple[str, str], str], able: Abilities) -> Iterator[ForeignKey]:
    """Give the relationships that a database takes as foreign keys; the others are left, each with its reason.

    Args:
        tables: of the script.
        kinds: dataset and property to the type as it is written.
        able: what the dialect takes.
    """
    datasets = {said.name: said for _, said in tables}
    for part, said in tables:
        for place, one in _relationships(part, said):
            why = _unfit(said, one, datasets, kinds, able)
            if why is not None:
                place.leave_whole(why)
                continue
            target = datasets[str(one.target)]
            yield ForeignKey(place, said.name, _stored(said, one.columns), target, _stored(target, one.target_columns))


def in_order(names: Sequence[str], keys: Sequence[ForeignKey]) -> tuple[list[str], list[ForeignKey]]:
    """Order tables so that each comes after those that its keys lead to.

    Returns:
        The names, and the keys that are kept: of a ring the one that would close it is not.
    """
    ordered: list[str] = []
    kept: list[ForeignKey] = []
    waiting = list(names)
    while waiting:
        free = next((name for name in waiting if not _awaited(name, keys, waiting)), waiting[0])
        known = {*ordered, free}
        kept += [key for key in keys if key.table == free and key.target.name in known]
        ordered.append(free)
        waiting.remove(free)
    return ordered, kept


def _awaited(name: str, keys: Sequence[ForeignKey], waiting: Sequence[str]) -> bool:
    return any(key.table == name and key.target.name != name and key.target.name in waiting for key in keys)


def _relationships(part: Part, said: Dataset) -> Iterator[tuple[Part, Relationship]]:
    yield from relationships_of(part, said)
    for place, column in columns_of(part, said):
        yield from relationships_of(place, column)


def _unfit(
    said: Dataset,
    one: Relationship,
    datasets: Mapping[str, Dataset],
    kinds: Mapping[tuple[str, str], str],
    able: Abilities,
) -> str | None:
    if not able.has_keys:
        return f"{able.title} takes no foreign keys"
    target = datasets.get(str(one.target))
    if target is None:
        return "it leads to a table that is not in this script"
    if target is said and not able.has_own_keys:
        return f"{able.title} holds a table's key into itself row by row, and refuses rows that come together"
    if "limit" in one.custom:
        return "it lets some rows be bad, and a constraint lets none"
    own = [kinds.get((said.name, name)) for name in one.columns]
    theirs = [kinds.get((target.name, name)) for name in one.target_columns]
    if None in own or None in theirs:
        return "it is of values inside a column"
    if own != theirs:
        return "the two sides are stored as different types"
    key = tuple(part.name for part in target.primary_key)
    is_unique = len(one.target_columns) == 1 and any(
        part.unique and part.name == one.target_columns[0] for part in target.properties
    )
    if one.target_columns == key or is_unique:
        return None
    return "it does not lead to the whole key of a table"


def _stored(said: Dataset, names: Sequence[str]) -> tuple[str, ...]:
    columns = {part.name: part.column for part in said.properties}
    return tuple(columns[name] for name in names)

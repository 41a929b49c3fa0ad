"""References between properties: ``dataset.property``, ``sources.table.column`` or ``schema/<id>/properties/<id>``.

Source: the standard's page on references. Inside a contract a reference is followed; what lies outside is kept as it is
written, for the reader of the whole project to find.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assay.contract.walking import Entry

_SHORT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+")
_FULL = re.compile(r"/?schema/([A-Za-z0-9_-]+)((?:/properties/[A-Za-z0-9_-]+)+)")

_ID_ENDING = "_prop"
"""The standard's own example (references, relationships) names a property by its id without this ending."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference points to.

    Attributes:
        table: ``airlines`` or ``sources.airlines``; None when it lies in another file.
        column: the name of the property, dotted for a field inside one; empty without a table.
        is_here: whether the table is a dataset of the same contract.
        entry: the property itself; None where it lies elsewhere.
    """

    table: str | None
    column: str
    is_here: bool
    entry: Entry | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Directory:
    """The datasets of a contract by name and id, and the properties inside each of them, looked up once.

    Attributes:
        called: by their name, or their id with or without the ending that the standard's example leaves out.
        identified: by their id.
    """

    datasets: Mapping[str, Entry]
    datasets_by_id: Mapping[str, Entry]
    called: Mapping[int, Mapping[str, Entry]]
    identified: Mapping[int, Mapping[str, Entry]]


def directory_of(datasets: Sequence[Entry]) -> Directory:
    """Look up the plain schema objects of a contract; of two of one name the first counts."""
    parents = [*datasets]
    for parent in parents:  # it grows by what lies inside
        parents += _properties(parent)
    return Directory(
        datasets={str(entry.get("name")): entry for entry in reversed(datasets)},
        datasets_by_id={entry["id"]: entry for entry in reversed(datasets) if isinstance(entry.get("id"), str)},
        called={id(parent): _called(parent) for parent in parents},
        identified={id(parent): _identified(parent) for parent in parents},
    )


def follow(text: str, directory: Directory) -> Target | str:
    """Follow a reference.

    Args:
        text: the reference as written.
        directory: of the contract that it stands in.

    Returns:
        The target, or in words what is wrong with the reference.
    """
    if "#" in text:
        return Target(None, "", is_here=False)
    full = _FULL.fullmatch(text)
    if full:
        return _by_id(full[1], full[2].split("/properties/")[1:], directory)
    if not _SHORT.fullmatch(text):
        return "no reference"
    return _by_name(text.split("."), directory)


def _by_id(dataset_id: str, property_ids: list[str], directory: Directory) -> Target | str:
    dataset = directory.datasets_by_id.get(dataset_id)
    if dataset is None:
        return f"no dataset with the id '{dataset_id}'"
    names: list[str] = []
    inside = dataset
    for wanted in property_ids:
        found = directory.identified[id(inside)].get(wanted)
        if found is None:
            return f"no property with the id '{wanted}' in {dataset.get('name')}"
        names.append(str(found.get("name")))
        inside = found
    return Target(str(dataset.get("name")), ".".join(names), is_here=True, entry=inside)


def _by_name(parts: list[str], directory: Directory) -> Target | str:
    dataset = directory.datasets.get(parts[0])
    if dataset is None:
        return Target(".".join(parts[:-1]), parts[-1], is_here=False)
    names: list[str] = []
    inside = dataset
    for wanted in parts[1:]:
        found = directory.called[id(inside)].get(wanted)
        if found is None:
            return f"no property '{wanted}' in {dataset.get('name')}"
        names.append(str(found.get("name")))
        inside = found
    return Target(parts[0], ".".join(names), is_here=True, entry=inside)


def _called(parent: Entry) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in _properties(parent):
        own = str(entry.get("id", ""))
        for name in (entry.get("name"), own, own.removesuffix(_ID_ENDING)):
            if isinstance(name, str) and name:
                found.setdefault(name, entry)
    return found


def _identified(parent: Entry) -> dict[str, Entry]:
    return {entry["id"]: entry for entry in reversed(_properties(parent)) if isinstance(entry.get("id"), str)}


def _properties(parent: Entry) -> list[Mapping[str, Any]]:
    inside = parent.get("properties")
    return [entry for entry in inside if isinstance(entry, dict)] if isinstance(inside, list) else []

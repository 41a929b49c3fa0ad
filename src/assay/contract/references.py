"""References between properties: ``dataset.property``, ``sources.table.column`` or ``schema/<id>/properties/<id>``.

Source: the standard's page on references. Inside a contract a reference is followed; what lies outside is kept as it is
written, for the reader of the whole project to find.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SHORT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+")
_FULL = re.compile(r"/?schema/([A-Za-z0-9_-]+)((?:/properties/[A-Za-z0-9_-]+)+)")

_ID_ENDINGS = ("", "_prop")
"""The standard's own example (references, relationships) names a property by its id without this ending."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference points to.

    Attributes:
        table: ``airlines`` or ``sources.airlines``; None when it lies in another file.
        column: the name of the property, dotted for a field inside one; empty without a table.
        is_here: whether the table is a dataset of the same contract.
    """

    table: str | None
    column: str
    is_here: bool


Entries = Sequence[Mapping[str, Any]]


def follow(text: str, datasets: Entries) -> Target | str:
    """Follow a reference.

    Args:
        text: the reference as written.
        datasets: the plain schema objects of the contract.

    Returns:
        The target, or in words what is wrong with the reference.
    """
    if "#" in text:
        return Target(None, "", is_here=False)
    full = _FULL.fullmatch(text)
    if full:
        return _by_id(full[1], full[2].split("/properties/")[1:], datasets)
    if not _SHORT.fullmatch(text):
        return "no reference"
    return _by_name(text.split("."), datasets)


def _by_id(dataset_id: str, property_ids: list[str], datasets: Entries) -> Target | str:
    dataset = next((entry for entry in datasets if entry.get("id") == dataset_id), None)
    if dataset is None:
        return f"no dataset with the id '{dataset_id}'"
    names: list[str] = []
    inside = dataset
    for wanted in property_ids:
        found = next((entry for entry in _entries(inside) if entry.get("id") == wanted), None)
        if found is None:
            return f"no property with the id '{wanted}' in {dataset.get('name')}"
        names.append(str(found.get("name")))
        inside = found
    return Target(str(dataset.get("name")), ".".join(names), is_here=True)


def _by_name(parts: list[str], datasets: Entries) -> Target | str:
    dataset = next((entry for entry in datasets if entry.get("name") == parts[0]), None)
    if dataset is None:
        return Target(".".join(parts[:-1]), parts[-1], is_here=False)
    names: list[str] = []
    inside = dataset
    for wanted in parts[1:]:
        found = next((entry for entry in _entries(inside) if _is_called(entry, wanted)), None)
        if found is None:
            return f"no property '{wanted}' in {dataset.get('name')}"
        names.append(str(found.get("name")))
        inside = found
    return Target(parts[0], ".".join(names), is_here=True)


def _is_called(entry: Mapping[str, Any], wanted: str) -> bool:
    return entry.get("name") == wanted or entry.get("id") in [f"{wanted}{ending}" for ending in _ID_ENDINGS]


def _entries(parent: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    inside = parent.get("properties")
    return [entry for entry in inside if isinstance(entry, dict)] if isinstance(inside, list) else []

"""Ways through a contract's plain values that pass over what is of a wrong shape; `shape` reports that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.base.reading import Path
from assay.contract.model import LogicalType

Entry = Mapping[str, Any]

ABSENT_CUSTOM = "allowAbsent"
"""The customProperty by which a column may be left out."""


def entries(parent: Entry, path: Path) -> Iterator[tuple[Path, Entry]]:
    """Give the mappings of a list, each with its path; the list is the field that ends ``path``."""
    listed = parent.get(str(path[-1]))
    for index, entry in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(entry, dict):
            yield (*path, index), entry


def properties_inside(parent: Entry, path: Path) -> Iterator[tuple[Path, Entry]]:
    """Give every property inside a dataset or property, at any depth."""
    direct = list(entries(parent, (*path, "properties")))
    items, sides = parent.get("items"), parent.get("map")
    if isinstance(items, dict):
        direct.append(((*path, "items"), items))
    if isinstance(sides, dict):
        direct += [((*path, "map", side), entry) for side, entry in sides.items() if isinstance(entry, dict)]
    for place, entry in direct:
        yield place, entry
        yield from properties_inside(entry, place)


def kind_of(entry: Entry) -> LogicalType | None:
    """Return a property's logical type; None where there is none or it does not exist."""
    text = entry.get("logicalType")
    return LogicalType(text) if text in tuple(LogicalType) else None


def custom_of(entry: Entry) -> dict[str, Any]:
    """Return an entry's customProperties by name."""
    listed = entry.get("customProperties")
    return {
        str(one["property"]): one.get("value")
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and "property" in one
    }

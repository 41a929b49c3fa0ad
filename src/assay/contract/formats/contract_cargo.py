"""A contract on its way out: how it is accounted for, and its parts beside the values that were read from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.base.reading import Path
from assay.contract.effects import DEFAULTS
from assay.contract.formats.carrying import Cargo, Manner, Part
from assay.contract.model import Contract, Dataset, Property, QualityRule, Relationship

FORM = frozenset({"apiVersion", "kind"})
"""Fields of a contract about the file, not about the data."""

ENTRIES = frozenset({"schema", "properties", "quality", "relationships", "slaProperties", "customProperties", "enum"})
"""Lists whose entries are told one by one."""

_NAMED = frozenset({"schema", "properties"})
_KEYS = ("id", "name", "property", "server", "role", "channel", "username", "url", "value")
"""Fields by which an entry of another list is called, the first that it has."""


def contract_cargo(contract: Contract, reasons: Mapping[str, str], otherwise: str) -> Cargo:
    """Begin to account for a contract.

    Args:
        contract: as it was read.
        reasons: name of a field to why the other format does not carry it.
        otherwise: why it does not carry anything else.
    """
    return Cargo(contract.document, Manner(spoken_path, says_nothing, ENTRIES, reasons, otherwise))


def only(contract: Contract, dataset: Dataset) -> Contract:
    """Return a contract as if it had one dataset; relationships lead where they did."""
    from dataclasses import replace

    schema = [entry for entry in contract.document["schema"] if entry.get("name") == dataset.name]
    return replace(contract, datasets=(dataset,), document={**contract.document, "schema": schema})


def spoken_path(document: Any, path: Path) -> str:
    """Say a path as people do: ``orders.status.quality[volume].description``, ``servers[prod]``."""
    said, value, before = "", document, ""
    for step in path:
        value = value[step]
        if isinstance(step, str):
            before = step
            said += "" if step in _NAMED else f".{step}"
        elif before in _NAMED:
            said += f".{value.get('name', step)}" if isinstance(value, dict) else f"[{step}]"
        else:
            said += f"[{_called(value, step)}]"
    return said.lstrip(".") or "the contract"


def says_nothing(path: Path, value: Any, parent: Any) -> bool:
    """Say whether a value of a contract says nothing: it is empty, the default of its field, or about the file."""
    name = path[-1] if path else None
    if (len(path) == 1 and name in FORM) or _is_only(path, value):
        return True
    if value is None:
        return "enum" not in path[-3:]
    if isinstance(value, dict | list):
        return not value and bool(path)
    return (
        isinstance(name, str) and name in DEFAULTS and bool(DEFAULTS[name] == value) and "customProperties" not in path
    )


def datasets_of(root: Part, contract: Contract) -> Iterator[tuple[Part, Dataset]]:
    """Give each dataset with its part of the document."""
    return zip(root.each("schema"), contract.datasets, strict=True)


def columns_of(part: Part, said: Dataset | Property) -> Iterator[tuple[Part, Property]]:
    """Give each property directly inside, with its part of the document."""
    return zip(part.each("properties"), said.properties, strict=True)


def rules_of(part: Part, said: Dataset | Property) -> Iterator[tuple[Part, QualityRule]]:
    """Give each quality rule, with its part of the document."""
    return zip(part.each("quality"), said.quality, strict=True)


def relationships_of(part: Part, said: Dataset | Property) -> Iterator[tuple[Part, Relationship]]:
    """Give each relationship, with its part of the document."""
    return zip(part.each("relationships"), said.relationships, strict=True)


def custom_part(part: Part, name: str) -> Part | None:
    """Return the entry of customProperties of a name; None where there is none."""
    return next((one for one in part.each("customProperties") if one.value.get("property") == name), None)


def _is_only(path: Path, value: Any) -> bool:
    """Say whether a field has the only value that there is for it: a dataset's type, and a relationship's."""
    if len(path) == 3 and path[0] == "schema":
        return path[2] == "logicalType"
    return len(path) > 2 and path[-3] == "relationships" and (path[-1], value) == ("type", "foreignKey")


def _called(value: Any, index: int) -> str:
    if not isinstance(value, dict):
        return str(index)
    return str(next((value[key] for key in _KEYS if isinstance(value.get(key), str | int | float)), index))

"""A contract that is made from another format: its head, and what of a foreign document is accounted for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from assay.base.reading import Path
from assay.contract.fields import API_VERSIONS
from assay.contract.formats.carrying import Cargo, Manner

_NO_NAME = re.compile(r"[^A-Za-z0-9_-]+")
FIRST_VERSION = "0.1.0"
"""Of a contract that nobody has agreed to yet."""


def new_contract(name: str, datasets: list[dict[str, Any]], **said: Any) -> dict[str, Any]:
    """Return a contract of v3.2.0 with these datasets, as a draft.

    Args:
        name: what it is called; its id is made of it.
        datasets: schema objects.
        **said: other fields of the contract, those that are not None.
    """
    head = {
        "version": FIRST_VERSION,
        "apiVersion": API_VERSIONS[-1],
        "kind": "DataContract",
        **named(name),
        "status": "draft",
    }
    return head | {key: value for key, value in said.items() if value is not None} | {"schema": datasets}


def named(name: str) -> dict[str, str]:
    """Return what a contract is called: its name, and the id that is made of it."""
    return {"id": _NO_NAME.sub("-", name).strip("-") or "contract", "name": name}


def foreign_cargo(
    document: Any, ignored: frozenset[str], entries: frozenset[str], reasons: Mapping[str, str], otherwise: str
) -> Cargo:
    """Begin to account for a document of others, whose paths are JSON pointers.

    Args:
        document: plain values.
        ignored: names of fields that say nothing about data.
        entries: names of fields whose entries are told one by one.
        reasons: name of a field to why a contract does not carry it.
        otherwise: why it does not carry anything else.
    """

    def is_silent(path: Path, value: Any, parent: Any) -> bool:
        return value is None or (bool(path) and (path[-1] in ignored or value in ("", [], {})))

    return Cargo(document, Manner(pointer, is_silent, entries, reasons, otherwise))


def pointer(_: Any, path: Path) -> str:
    """Write a path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path) or "/"


def without_nothing(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry without the fields that say nothing: None, False, and what is empty."""
    return {
        name: value
        for name, value in entry.items()
        if value is not None and value is not False and value not in ("", [], {})
    }

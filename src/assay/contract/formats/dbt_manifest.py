"""The manifest of dbt: its version, what of it is wanted, and whether its fields are of the kinds that dbt writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from assay.base.errors import AssayError, Fault, Place
from assay.contract.formats.foreign import pointer
from assay.contract.formats.json_text import read_json

VERSIONS = (10, 11, 12)
"""Versions of the manifest that are read: dbt 1.6 to 1.11."""

RELATIONS = frozenset({"model", "seed", "snapshot", "source"})
_VERSION = re.compile(r"/manifest/v(\d+)\.json$")

SHAPES: dict[str, tuple[type, ...]] = {
    "columns": (dict, list),
    **dict.fromkeys(("config", "meta", "depends_on", "test_metadata", "contract", "kwargs"), (dict,)),
    **dict.fromkeys(("constraints", "to_columns", "nodes"), (list,)),
    **dict.fromkeys(("name", "description", "data_type", "alias", "identifier", "severity", "namespace"), (str,)),
    **dict.fromkeys(("type", "to", "package_name", "source_name", "attached_node", "column_name"), (str,)),
    "tags": (list, str),
}
"""Field to what it may hold, in a node and in what lies inside of it, but for ``meta`` and arguments; or null."""

_INSIDE = ("config", "columns", "constraints", "test_metadata", "depends_on", "contract")
_WORDS: dict[type, str] = {dict: "an object", list: "a list", str: "a text"}


def read_manifest(content: bytes, file: str) -> Mapping[str, Any]:
    """Read a manifest of a known version.

    Raises:
        AssayError: no JSON, or no such manifest.
    """
    value = read_json(content, file)
    metadata = value.get("metadata") if isinstance(value, dict) else None
    said = metadata.get("dbt_schema_version") if isinstance(metadata, dict) else None
    match = _VERSION.search(said) if isinstance(said, str) else None
    if match is None or int(match[1]) not in VERSIONS:
        wanted = f"a manifest of dbt, version {VERSIONS[0]} to {VERSIONS[-1]}"
        hint = "It is target/manifest.json, written by dbt parse, of dbt 1.6 or later."
        raise AssayError(Fault(Place(file, 1), wanted, repr(said) if said else "none", hint))
    assert isinstance(value, dict)
    for key in ("nodes", "sources"):
        if not isinstance(value.get(key, {}), dict):
            raise AssayError(Fault(Place(f"{file}#/{key}"), "an object", type(value[key]).__name__))
    return value


def _relations(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    every = {**manifest.get("nodes", {}), **manifest.get("sources", {})}
    return {key: node for key, node in every.items() if isinstance(node, dict) and _is_relation(node)}


def _is_relation(node: Mapping[str, Any]) -> bool:
    config = node.get("config")
    is_stored = not isinstance(config, dict) or config.get("materialized") != "ephemeral"
    return str(node.get("resource_type")) in RELATIONS and isinstance(node.get("name"), str) and is_stored


def selected(manifest: Mapping[str, Any], file: str, select: tuple[str, ...]) -> dict[str, Mapping[str, Any]]:
    """Return the models, seeds, snapshots and sources that are wanted, by their unique ids.

    Raises:
        AssayError: there is none, or a name is of none or of several.
    """
    relations = _relations(manifest)
    if not select:
        own = project_name(manifest)
        found = {key: node for key, node in relations.items() if own is None or node.get("package_name") == own}
        if not found:
            raise AssayError(Fault(Place(file), "a model, seed, snapshot or source", "none"))
        return found
    found = {}
    for wanted in select:
        keys = [key for key, node in relations.items() if wanted in {key, *_names(node)}]
        if len(keys) != 1:
            hint = f"There are {', '.join(sorted({_names(node)[-1] for node in relations.values()})[:20])}."
            raise AssayError(
                Fault(Place("--select"), f"one model or source named {wanted}", f"{len(keys) or 'none'}", hint)
            )
        found[keys[0]] = relations[keys[0]]
    return found


def _names(node: Mapping[str, Any]) -> list[str]:
    name = str(node["name"])
    return [name, f"{node['source_name']}.{name}"] if isinstance(node.get("source_name"), str) else [name]


def project_name(manifest: Mapping[str, Any]) -> str | None:
    """Return the name of the project that the manifest is of; None where it does not say."""
    name = manifest["metadata"].get("project_name")
    return name if isinstance(name, str) and name else None


def shape_faults(nodes: Mapping[str, Any], file: str) -> Iterator[Fault]:
    """Give the fields of nodes that are of another kind than dbt writes.

    Args:
        nodes: by their unique ids.
        file: the name to show in errors.
    """
    for unique_id, node in nodes.items():
        yield from _shape(node, (unique_id,), file)


def _shape(value: Mapping[str, Any], path: tuple[str | int, ...], file: str) -> Iterator[Fault]:
    for name, one in value.items():
        wanted = SHAPES.get(name)
        if one is not None and wanted and not isinstance(one, wanted):
            yield _fault((*path, name), file, " or ".join(_WORDS[kind] for kind in wanted), one)
        elif name == "tags" and isinstance(one, list) and not all(isinstance(tag, str) for tag in one):
            yield _fault((*path, name), file, "a list of texts", one)
        elif name in _INSIDE and isinstance(one, dict | list):
            yield from _inside(name, one, (*path, name), file)


def _inside(name: str, value: Any, path: tuple[str | int, ...], file: str) -> Iterator[Fault]:
    """Look into a field: of columns and constraints at each of them."""
    if name not in {"columns", "constraints"}:
        yield from _shape(value, path, file)
        return
    if name == "columns" and isinstance(value, list) is ("constraints" not in path):
        yield _fault(path, file, "an object" if isinstance(value, list) else "a list", value)
        return
    if name == "columns" and isinstance(value, list):
        return  # the names of a constraint's columns
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(part, dict):
            yield from _shape(part, (*path, key), file)
        else:
            yield _fault((*path, key), file, "an object", part)


def _fault(path: tuple[str | int, ...], file: str, expected: str, found: Any) -> Fault:
    return Fault(Place(f"{file}#{pointer(None, path)}"), expected, type(found).__name__)

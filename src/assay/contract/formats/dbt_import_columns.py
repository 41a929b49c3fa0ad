"""Columns of a dbt manifest as properties: types, words, and the constraints that are declared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from assay.contract.fields import SECTIONS, Kind
from assay.contract.formats.carrying import NotCarried, Part
from assay.contract.formats.dbt_words import META, NAME_META
from assay.contract.formats.ddl_tables import inside_of
from assay.contract.formats.dialects import Dialect
from assay.contract.formats.sql_types import read_type

Columns = dict[str, dict[str, Any]]
"""The name under which a column is stored, in lower case, to its entry."""

_FITS: dict[Kind, type[Any]] = {Kind.TEXT: str, Kind.FLAG: bool, Kind.LIST: list, Kind.TEXTS: list}
_REFERENCE = re.compile(r"(?:\{\{)?\s*(ref|source)\(\s*(['\"])(.+?)\2(?:\s*,\s*(['\"])(.+?)\4)?\s*\)\s*(?:\}\})?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OF_CONTRACT = "contract"


def columns_of(part: Part, dialect: Dialect | None) -> list[dict[str, Any]]:
    """Read the columns of a relation, in their order."""
    return [_column(column, name, dialect) for name, column in part.named("columns").items()]


def of_meta(part: Part, section: str) -> tuple[list[str], dict[str, Any]]:
    """Read tags and ``meta``: the fields of a contract among it, and the rest as customProperties."""
    tags: list[str] = []
    meta: dict[str, Any] = {}
    for holder in (part, part.at("config")):
        if not isinstance(holder.value, dict):
            continue
        listed = holder.give("tags")
        tags += [tag for tag in ([listed] if isinstance(listed, str) else listed or []) if tag not in tags]
        meta |= holder.give("meta") or {}
    meta.pop(_OF_CONTRACT, None)
    fields = {name: meta.pop(name) for name in META if name in meta and _fits(section, name, meta[name])}
    custom = [{"property": name, "value": value} for name, value in meta.items() if name != NAME_META]
    return tags, fields | ({"customProperties": custom} if custom else {})


def add_constraint(part: Part, dataset: dict[str, Any], columns: Columns, names: list[Any]) -> None:
    """Write a declared constraint into a dataset; what a contract has no field for is left."""
    entries = [columns[name.lower()] for name in names if isinstance(name, str) and name.lower() in columns]
    kind = part.value.get("type")
    part.take("columns", "name")
    if not entries or len(entries) != len(names):
        part.leave_whole("it names columns that dbt does not describe")
    elif kind == "not_null" and len(entries) == 1:
        entries[0]["required"] = True
        part.take("type")
    elif kind == "primary_key":
        for position, entry in enumerate(entries, 1):
            entry |= {"primaryKey": True, "primaryKeyPosition": position}
        part.take("type")
    elif kind == "unique":
        _unique(dataset, entries)
        part.take("type")
    elif kind == "foreign_key":
        _foreign(part, dataset, entries)
    else:
        part.leave_whole("the condition is one that a contract has no field for; write it as a rule")


def table_of(reference: Any, datasets: frozenset[str] = frozenset()) -> str | None:
    """Return the table that ``ref`` or ``source`` names, as a contract names it; None where it is written otherwise.

    Args:
        reference: ``ref('x')``, ``source('a', 'b')``, or a relation's whole name.
        datasets: of the contract; the table of a source that is not among them is one of ``sources``.
    """
    if not isinstance(reference, str):
        return None
    match = _REFERENCE.search(reference)
    if match is None:
        parts = [part.strip('"`[] ') for part in reference.split(".")]
        return parts[-1] if _NAME.fullmatch(parts[-1]) else None
    name = match[5] or match[3]
    if not _NAME.fullmatch(name):
        return None
    return f"sources.{name}" if match[1] == "source" and name not in datasets else name


def relate(entry: dict[str, Any], table: str, column: str) -> None:
    """Add a relationship to a column, unless it is there."""
    one = {"type": "foreignKey", "to": f"{table}.{column}"}
    if one not in entry.setdefault("relationships", []):
        entry["relationships"].append(one)


def _column(part: Part, name: str, dialect: Dialect | None) -> dict[str, Any]:
    part.take("name")
    given = _name_of(part)
    tags, meta = of_meta(part, "property")
    said = part.give("data_type")
    stored = read_type(said, dialect) if isinstance(said, str) else None
    own = part.value.get("name") or name
    return {
        "name": given or own,
        "physicalName": own if given and given != own else None,
        "description": part.give("description"),
        **(inside_of(stored) if stored else {}),
        "physicalType": said if isinstance(said, str) and said else None,
        "tags": tags,
        **meta,
    }


def _name_of(part: Part) -> str | None:
    for holder in (part, part.at("config")):
        meta = holder.at("meta").value
        if isinstance(meta, dict) and isinstance(meta.get(NAME_META), str):
            return str(meta[NAME_META])
    return None


def _fits(section: str, name: str, value: Any) -> bool:
    field = SECTIONS[section].get(name)
    if field is None or not isinstance(value, _FITS.get(field.kind, object)):
        return False
    return field.kind is not Kind.TEXTS or all(isinstance(one, str) for one in value)


def _unique(dataset: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    if len(entries) == 1:
        entries[0]["unique"] = True
        return
    names = [entry["name"] for entry in entries]
    rule = {
        "id": "unique_" + "_".join(names),
        "metric": "duplicateValues",
        "mustBe": 0,
        "arguments": {"properties": names},
    }
    dataset.setdefault("quality", []).append(rule)


def _foreign(part: Part, dataset: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    table, columns = table_of(part.value.get("to")), part.value.get("to_columns") or []
    names = [dataset["name"], *(entry["name"] for entry in entries), *columns]
    if table is None or len(columns) != len(entries) or not all(_NAME.fullmatch(name) for name in names):
        part.leave_whole("it leads to columns that a contract cannot name")
        return
    part.take("type", "to", "to_columns")
    if len(entries) == 1:
        relate(entries[0], table, columns[0])
    else:
        own = [f"{dataset['name']}.{entry['name']}" for entry in entries]
        to = [f"{table}.{column}" for column in columns]
        dataset.setdefault("relationships", []).append({"type": "foreignKey", "from": own, "to": to})


def resolve(datasets: Mapping[str, dict[str, Any]]) -> Iterator[NotCarried]:
    """Let relationships name properties where dbt names stored columns; give those that lead to no column of theirs.

    Args:
        datasets: of the contract, by name.
    """
    stored = {name: by_stored_name(dataset) for name, dataset in datasets.items()}
    for name, dataset in datasets.items():
        for holder in (dataset, *dataset["properties"]):
            kept = []
            for one in holder.pop("relationships", []):
                to = one["to"] if isinstance(one["to"], list) else [one["to"]]
                found = [_named(reference, stored) for reference in to]
                if None in found:
                    yield NotCarried(
                        f"{name}.{holder['name']}", str(to), "it leads to a column that dbt does not describe"
                    )
                else:
                    kept.append(one | {"to": found if isinstance(one["to"], list) else found[0]})
            if kept:
                holder["relationships"] = kept


def by_stored_name(dataset: Mapping[str, Any]) -> Columns:
    """Return the columns of a dataset by the names under which they are stored, in lower case."""
    return {str(entry.get("physicalName") or entry["name"]).lower(): entry for entry in dataset["properties"]}


def _named(reference: str, stored: Mapping[str, Columns]) -> str | None:
    table, _, column = reference.rpartition(".")
    if table not in stored:
        return reference
    entry = stored[table].get(column.lower())
    return f"{table}.{entry['name']}" if entry is not None and _NAME.fullmatch(entry["name"]) else None

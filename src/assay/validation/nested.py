"""Values inside columns: fields of objects, entries of lists, sides of maps and parts of JSON documents, as SQL.

A value of a list on the way makes many of one row: then all of them are one list, whatever the depth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.contract.model import LogicalType
from assay.sql.quoting import identifier, text_literal
from assay.validation.conditions import Spot
from assay.validation.nested_types import element_of, fields_of, sides_of
from assay.validation.scope import Absent, Scope, Uncompilable
from assay.validation.types import Family, family

JSON = "JSON"

ENTRY = "entry"
"""What an entry of a list is called in SQL; it hides columns of the same name, which nothing inside needs."""

_READ_AS: dict[LogicalType, tuple[str, str]] = {
    LogicalType.STRING: ("({} ->> '$')", "VARCHAR"),
    LogicalType.INTEGER: ("TRY_CAST({} AS HUGEINT)", "HUGEINT"),
    LogicalType.NUMBER: ("TRY_CAST({} AS DOUBLE)", "DOUBLE"),
    LogicalType.BOOLEAN: ("TRY_CAST({} AS BOOLEAN)", "BOOLEAN"),
    LogicalType.DATE: ("TRY_CAST(({} ->> '$') AS DATE)", "DATE"),
    LogicalType.TIMESTAMP: ("TRY_CAST(({} ->> '$') AS TIMESTAMP)", "TIMESTAMP"),
    LogicalType.TIME: ("TRY_CAST(({} ->> '$') AS TIME)", "TIME"),
    LogicalType.ARRAY: ("TRY_CAST({} AS JSON[])", "JSON[]"),
    LogicalType.VECTOR: ("TRY_CAST({} AS DOUBLE[])", "DOUBLE[]"),
}
"""How a value of a JSON document is read, and the type it then has; what is no such value reads as null."""

_JSON_KINDS: dict[LogicalType, tuple[str, ...]] = {
    LogicalType.INTEGER: ("BIGINT", "UBIGINT", "HUGEINT"),
    LogicalType.NUMBER: ("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE"),
    LogicalType.BOOLEAN: ("BOOLEAN",),
    LogicalType.ARRAY: ("ARRAY",),
    LogicalType.VECTOR: ("ARRAY",),
    LogicalType.OBJECT: ("OBJECT",),
    LogicalType.MAP: ("OBJECT",),
}
"""Logical type to the names DuckDB has for kinds of JSON; all others are texts."""

_TEXT_KINDS = ("VARCHAR",)


@dataclass(frozen=True, slots=True)
class Inner:
    """What lies at a spot.

    Attributes:
        sql: the value, or the list of all values where there may be several in a row.
        type: of one value, as DuckDB names it.
        is_list: whether there may be several.
        guards: SQL that is true where the objects around the value are there.
    """

    sql: str
    type: str
    is_list: bool
    guards: tuple[str, ...]


def reach(spot: Spot, scope: Scope) -> Inner:
    """Follow a spot into its column.

    Raises:
        Absent: the column or a field on the way is not there.
        Uncompilable: the column is not built so.
    """
    column = scope.column(spot.column)
    found = Inner(identifier(column.name), column.type, is_list=False, guards=())
    for number, step in enumerate(spot.steps, start=1):
        found = _stepped(found, step, Spot(spot.column, spot.steps[:number]))
    return found


def entries(sql: str, type_: str, steps: Sequence[str]) -> str:
    """Return the list of what steps lead to from each entry of a list, or of a map with its sides.

    Raises:
        Absent: a field on the way is not there.
        Uncompilable: this is no list, or its entries are not built so.
    """
    element = JSON if type_ == JSON else element_of(type_)
    if steps and not steps[0].startswith("."):
        found = _stepped(Inner(sql, type_, is_list=False, guards=()), steps[0], Spot("the column", (steps[0],)))
        steps = steps[1:]
    elif element is None:
        raise Uncompilable(f"the column is of the type {family(type_)}, of which different entries cannot be tested")
    else:
        found = Inner(f"TRY_CAST({sql} AS JSON[])" if type_ == JSON else sql, element, is_list=True, guards=())
    for step in steps:
        found = _stepped(found, step, Spot("an entry", (step,)))
    return found.sql


def keyed_entries(sql: str, type_: str, fields: Sequence[str]) -> tuple[str, list[str]]:
    """Return the objects of a list that are not null, and their fields as SQL over an `ENTRY` of it.

    Raises:
        Absent: a field is not there.
        Uncompilable: this is no list of objects.
    """
    listed = entries(sql, type_, ())
    element = Inner(ENTRY, JSON if type_ == JSON else element_of(type_) or "", is_list=False, guards=())
    parts = [_stepped(element, f".{name}", Spot("an entry", (f".{name}",))).sql for name in fields]
    return f"list_filter({listed}, lambda {ENTRY}: {ENTRY} IS NOT NULL)", parts


def read_as(sql: str, type_: str, logical: LogicalType | None) -> tuple[str, str]:
    """Return a value of a JSON document as SQL of a type that can be tested, and that type; others as they are."""
    if type_ != JSON or logical in {LogicalType.OBJECT, LogicalType.MAP}:
        return sql, type_
    read, kind = _READ_AS[logical or LogicalType.STRING]
    return read.format(sql), kind


def is_other_kind(sql: str, logical: LogicalType) -> str:
    """Return the SQL that is true of a value of a JSON document that is none of the logical type."""
    kinds = ", ".join(text_literal(kind) for kind in _JSON_KINDS.get(logical, _TEXT_KINDS))
    other = f"json_type({sql}) NOT IN ({kinds})"
    if logical in {LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME}:
        return f"{other} OR {read_as(sql, JSON, logical)[0]} IS NULL AND {sql} IS NOT NULL"
    return other


def _stepped(found: Inner, step: str, spot: Spot) -> Inner:
    for inside, kind in _ways(found, step, spot):
        if not found.is_list:
            guards = (*found.guards, f"{found.sql} IS NOT NULL") if step.startswith(".") else found.guards
            return Inner(inside.format(found.sql), kind, is_list=not step.startswith("."), guards=guards)
        if inside == "{}":
            return Inner(f"flatten({found.sql})", kind, is_list=True, guards=found.guards)
        present = f"list_filter({found.sql}, lambda {ENTRY}: {ENTRY} IS NOT NULL)"
        each = f"list_transform({present}, lambda {ENTRY}: {inside.format(ENTRY)})"
        return Inner(each if step.startswith(".") else f"flatten({each})", kind, is_list=True, guards=found.guards)
    raise Uncompilable(f"{spot}: {found.type} has no {_STEP_WORDS.get(step, step)}")


_STEP_WORDS = {"[]": "entries", "{key}": "keys", "{value}": "values by key"}


def _ways(found: Inner, step: str, spot: Spot) -> Iterator[tuple[str, str]]:
    """Give the way into a value, as SQL with a place for the value, and the type of what is there; or nothing."""
    if found.type == JSON:
        yield from _ways_into_json(step)
    elif step == "[]":
        element = element_of(found.type)
        yield from [("{}", element)] if element else []
    elif step.startswith("."):
        fields = fields_of(found.type)
        if fields is not None:
            name = _field(fields, step[1:], spot)
            yield f"struct_extract({{}}, {_braced(text_literal(name))})", fields[name]
    else:
        sides = sides_of(found.type)
        if sides:
            yield ("map_keys({})", sides[0]) if step == "{key}" else ("map_values({})", sides[1])


def _ways_into_json(step: str) -> Iterator[tuple[str, str]]:
    if step == "[]":
        yield "TRY_CAST({} AS JSON[])", JSON
    elif step == "{key}":
        yield "json_keys({})", "VARCHAR"
    elif step.startswith("."):
        name = step[1:].replace("\\", "\\\\").replace('"', '\\"')
        path = _braced(text_literal(f'$."{name}"'))
        yield f"nullif(json_extract({{}}, {path}), 'null')", JSON


def _field(fields: dict[str, str], name: str, spot: Spot) -> str:
    exact = [field for field in fields if field == name]
    similar = exact or [field for field in fields if field.lower() == name.lower()]
    if len(similar) > 1:
        raise Uncompilable(f"{spot} may be any of {', '.join(similar)}")
    if not similar:
        raise Absent(str(spot))
    return similar[0]


def _braced(text: str) -> str:
    """Keep braces of a text for the formatting that follows."""
    return text.replace("{", "{{").replace("}", "}}")


def is_json(found: Inner) -> bool:
    """Say whether what lies at a spot is part of a JSON document, whose form no type tells."""
    return family(found.type) is Family.JSON

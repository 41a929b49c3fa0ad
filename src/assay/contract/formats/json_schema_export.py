"""A contract as JSON Schema, draft 2020-12: a row of each dataset is an object."""

from __future__ import annotations

import json
from typing import Any

from assay.contract.formats.carrying import Part
from assay.contract.formats.constraints import Constraint, Form, constraint_of, take_rule
from assay.contract.formats.contract_cargo import columns_of, contract_cargo, custom_part, datasets_of, rules_of
from assay.contract.formats.exported import Exported
from assay.contract.formats.json_types import (
    ANY_BUT_NULL,
    DRAFT,
    ISO_FORMATS,
    KINDS,
    LOCAL_TIME,
    LOCAL_TIMESTAMP,
    MOMENTS,
    OPTIONS,
    SIZES,
    WORDS,
)
from assay.contract.model import Contract, Dataset, LogicalType, Property, SemanticType
from assay.contract.options import bounds_as_values
from assay.contract.walking import ABSENT_CUSTOM

NO_ISO = "JSON Schema knows dates and times in ISO 8601 only, so that any text passes"
ONE_ROW = "a JSON schema looks at one row at a time"
REASONS: dict[str, str] = {
    "primaryKey": ONE_ROW,
    "unique": ONE_ROW,
    "relationships": ONE_ROW,
    "quality": "a JSON schema has no place for what is beside a condition",
    "physicalType": "JSON has types of its own",
    "slaProperties": "a JSON schema promises no service",
    "servers": "a JSON schema says nothing of places",
    "logicalTypeOptions": "JSON Schema has no such keyword for this type",
    "name": "rows have the name under which it is stored",
}
"""Field to why a JSON schema does not say it; where there is a better reason, it is said instead."""

OTHERWISE = "a JSON schema has no keyword for it"
STRICT = "strict"
"""The customProperty by which a dataset has no other columns; see `assay.validation.checks`."""

Schema = dict[str, Any]


def export_json_schema(contract: Contract) -> Exported:
    """Write a contract as a JSON schema: of its one dataset, or one that holds each dataset's under ``$defs``."""
    cargo = contract_cargo(contract, REASONS, OTHERWISE)
    schemas = {said.name: _dataset(part, said, cargo.root) for part, said in datasets_of(cargo.root, contract)}
    cargo.root.take("id", "version")
    head: Schema = {"$schema": DRAFT, "$comment": f"Contract {contract.id}, version {contract.version}"}
    body = next(iter(schemas.values())) if len(schemas) == 1 else {"$defs": schemas}
    return Exported(json.dumps(head | body, indent=2, ensure_ascii=False) + "\n", cargo.left())


def _dataset(part: Part, said: Dataset, root: Part) -> Schema:
    part.take("name")
    schema: Schema = {"title": said.name, "type": "object"}
    if said.description:
        schema["description"] = part.give("description")
    schema |= _fields(part, said)
    for holder in (part, root):
        strict = custom_part(holder, STRICT)
        if strict is not None:
            if strict.value.get("value") is True and part.at("properties").value:
                schema["additionalProperties"] = False
            strict.take("property", "value")
            break
    for place, rule in rules_of(part, said):
        found = constraint_of(rule, None)
        place.leave_whole(f"{found} is no condition on a row" if isinstance(found, str) else ONE_ROW)
    return schema


def _fields(part: Part, said: Dataset | Property) -> Schema:
    """Return what lies inside: names with their schemas, and which have to be there."""
    fields: Schema = {}
    needed: list[str] = []
    for place, inner in columns_of(part, said):
        if inner.semantic_type is not SemanticType.COLUMN:
            place.leave_whole("it is computed from the columns and stored nowhere")
            continue
        place.take("physicalName" if inner.physical_name else "name")
        is_needed = _is_required(place, inner)
        fields[inner.column] = _value(place, inner, is_needed)
        absent = custom_part(place, ABSENT_CUSTOM)
        if is_needed and not (absent is not None and absent.value.get("value") is True):
            needed.append(inner.column)
        if is_needed and absent is not None:
            absent.take("property", "value")
    found = {"properties": fields} if fields else {}
    return found | ({"required": needed} if needed else {})


def _is_required(part: Part, said: Property) -> bool:
    """Say whether a value is never null; what says so is marked as carried."""
    is_required = said.required or said.primary_key
    if said.required:
        part.take("required")
    for place, rule in rules_of(part, said):
        found = constraint_of(rule, said)
        if isinstance(found, Constraint) and found.form is Form.NOT_NULL and _unfit(found) is None:
            take_rule(place)
            is_required = True
    return is_required


def _value(part: Part, said: Property, is_required: bool) -> Schema:
    """Return the schema of a value: what it is, which are allowed, and the words on it."""
    schema: Schema = {keyword: part.give(field) for field, keyword in WORDS.items() if part.at(field).value}
    if part.at("deprecated").value is True:
        schema["deprecated"] = part.give("deprecated")
    schema |= _kind(part, said, is_required) | _moment(part, said) | _options(part, said) | _inside(part, said)
    extra = [_allowed(part, said, is_required)] if said.enum else []
    for place, rule in rules_of(part, said):
        found = constraint_of(rule, said)
        why = _unfit(found)
        if why is not None:
            place.leave_whole(why)
        elif isinstance(found, Constraint) and found.form is Form.VALID:
            take_rule(place)
            extra.append(_valid(found, is_required))
    for one in extra:
        if schema.keys() & one.keys():
            schema.setdefault("allOf", []).append(one)
        else:
            schema |= one
    return schema


def _unfit(found: Constraint | str) -> str | None:
    if isinstance(found, str):
        return f"{found} is no condition on a row"
    if found.form is Form.UNIQUE:
        return ONE_ROW
    if found.only_warns:
        return "it only warns, and a schema refuses"
    return None if found.is_absolute else "it lets some rows be bad, and a schema lets none"


def _kind(part: Part, said: Property, is_required: bool) -> Schema:
    if said.logical_type is None:
        return {"type": list(ANY_BUT_NULL)} if is_required else {}
    if said.logical_type is LogicalType.VECTOR:
        part.leave("a list of numbers is all that JSON Schema says", "logicalType")
    else:
        part.take("logicalType")
    kind = KINDS[said.logical_type]
    return {"type": kind} if is_required else {"type": [kind, "null"]}


def _moment(part: Part, said: Property) -> Schema:
    """Return the form of a date or time; one of a format of its own is a text of any form."""
    if said.logical_type not in MOMENTS:
        return {}
    options, written = part.at("logicalTypeOptions"), said.options.get("format")
    if written is not None and written not in ISO_FORMATS:
        options.leave(NO_ISO, "format")
        part.leave(NO_ISO, "logicalType")
        return {}
    options.take("format")
    if said.logical_type is not LogicalType.DATE and said.options.get("timezone") is not None:
        options.take("timezone")
    if said.options.get("timezone") is False and said.logical_type is not LogicalType.DATE:
        return {"pattern": LOCAL_TIME if said.logical_type is LogicalType.TIME else LOCAL_TIMESTAMP}
    return {"format": MOMENTS[said.logical_type]}


def _options(part: Part, said: Property) -> Schema:
    kind = KINDS[said.logical_type] if said.logical_type and said.logical_type not in MOMENTS else ""
    options = part.at("logicalTypeOptions")
    if said.logical_type is LogicalType.VECTOR:
        size = options.give("dimensions")
        return {"items": {"type": "number"}} | ({"minItems": size, "maxItems": size} if size else {})
    found = {
        name: value for name, value in bounds_as_values(options.value or {}).items() if name in OPTIONS.get(kind, ())
    }
    options.take(*found)
    if {"exclusiveMinimum", "exclusiveMaximum"} & found.keys():
        options.take("minimum", "maximum")  # in v3.0 the bound stood there, marked as exclusive
    written = said.options.get("format")
    if written in SIZES and kind in {"integer", "number"}:
        options.take("format")
        found["format"] = SIZES[str(written)]
    elif isinstance(written, str) and kind == "string":
        found["format"] = options.give("format")
    return found


def _inside(part: Part, said: Property) -> Schema:
    if said.logical_type is LogicalType.OBJECT:
        found = _fields(part, said)
        asked = part.at("logicalTypeOptions").give("required") or []
        needed = list(dict.fromkeys([*found.get("required", []), *asked]))
        return found | ({"required": needed} if needed else {})
    if said.items is not None and said.logical_type is LogicalType.ARRAY:
        return {"items": _item(part.at("items"), said.items)}
    if said.map_key is not None and said.map_value is not None:
        key = _item(part.at("map", "key"), said.map_key)
        return {"propertyNames": key, "additionalProperties": _item(part.at("map", "value"), said.map_value)}
    return {}


def _item(part: Part, said: Property) -> Schema:
    return _value(part, said, _is_required(part, said))


def _allowed(part: Part, said: Property, is_required: bool) -> Schema:
    """Return the list of allowed values: with their labels, where they have some. Null is never invalid."""
    choices = part.each("enum")
    for choice in choices:
        choice.take("value")
    values = [one.value for one in said.enum]
    values += [None] if not is_required and None not in values else []
    if not any(choice.value.get("label") or choice.value.get("description") for choice in choices):
        return {"enum": values}
    return {"oneOf": [_choice(choice) for choice in choices] + [{"const": None}] * (len(values) - len(choices))}


def _choice(choice: Part) -> Schema:
    words = {"label": "title", "description": "description"}
    found = {keyword: choice.give(name) for name, keyword in words.items() if choice.value.get(name)}
    return {"const": choice.value["value"]} | found


def _valid(found: Constraint, is_required: bool) -> Schema:
    schema: Schema = {} if found.pattern is None else {"pattern": found.pattern}
    if found.values is not None:
        schema["enum"] = [*found.values, *([] if is_required else [None])]
    return schema

"""The standard's JSON Schema with what this system adds to it: our own rules and terms, for editors to complete."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from assay.contract.custom import CHECKS, ENGINE, OF_RULES, Setting
from assay.contract.model import Operator

_LIMITS = ("limit", "limits")


def editor_schema(standard: str) -> dict[str, Any]:
    """Return the standard's schema, in which ``engine: assay`` has the fields of our rules.

    What the standard's text refuses stays refused; of our own parts it refuses unknown checks and fields.

    Args:
        standard: the text of the standard's schema.
    """
    schema: dict[str, Any] = json.loads(standard)
    custom = schema["$defs"]["DataQualityCustom"]
    ours = {"properties": {"engine": {"const": ENGINE}}, "required": ["engine"]}
    custom["allOf"] = [
        *custom.get("allOf", []),
        {"if": ours, "then": {"properties": {"implementation": _implementation()}}},
    ]
    custom["properties"]["engine"]["examples"].insert(0, ENGINE)
    promise = schema["$defs"]["ServiceLevelAgreementProperty"]["properties"]
    promise["customProperties"] = {"$ref": "#/$defs/CustomProperties"}  # the standard's text has them, see `fields`
    name = schema["$defs"]["CustomProperty"]["properties"]["property"]
    name["examples"] = [*_LIMITS, *sorted(OF_RULES)]
    return schema


def _implementation() -> dict[str, Any]:
    """Describe the implementation of our rules, written as a mapping."""
    checks = [{"if": {"properties": {"check": {"const": name}}}, "then": _fields(of)} for name, of in CHECKS.items()]
    return {
        "if": {"type": "object"},
        "then": {
            "required": ["check"],
            "properties": {"check": {"enum": list(CHECKS), "description": "Which of Assay's own checks it is."}},
            "allOf": checks,
        },
    }


def _fields(settings: Mapping[str, Setting]) -> dict[str, Any]:
    names = ["check", "unit", *settings, *map(str, Operator)]
    return {
        "properties": {name: {"description": setting.wanted.capitalize()} for name, setting in settings.items()},
        "required": [name for name, setting in settings.items() if setting.is_required],
        "propertyNames": {"enum": names},
    }

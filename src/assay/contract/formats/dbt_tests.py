"""What a contract promises as dbt's own four data tests; dbt core has no other, and what needs one is left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from assay.contract.formats.carrying import Part
from assay.contract.formats.constraints import ROWS, Constraint, Form, constraint_of, take_rule
from assay.contract.formats.contract_cargo import relationships_of, rules_of
from assay.contract.formats.dbt_words import SEVERITIES, is_plain, limit_written, safe
from assay.contract.model import Operator, Property, QualityRule, Relationship
from assay.contract.rules import severity_of

NO_TEST = "dbt core has no test for it"
SOURCES = "sources"
"""The schema under which a contract names what was received; dbt's ``source``."""

NAMES: dict[Form, str] = {Form.NOT_NULL: "not_null", Form.UNIQUE: "unique", Form.VALID: "accepted_values"}
"""What a rule asks of each row to the data test that asks the same."""

Test = str | dict[str, Any]
Columns = Mapping[tuple[str, str], str]
"""Dataset and property to the name under which it is stored, for all of a contract."""


def column_tests(part: Part, said: Property, columns: Columns, *, is_only_key: bool) -> list[Test]:
    """Return the data tests of a column, and mark what they say as carried.

    Args:
        part: of the column.
        said: the column.
        columns: to which relationships may lead.
        is_only_key: whether it is the whole key of its dataset.
    """
    tests: dict[str, dict[str, Any]] = {}
    if said.required or said.primary_key:
        part.take("required")
        tests["not_null"] = {}
    if said.unique or is_only_key:
        part.take("unique")
        tests["unique"] = {}
    if said.enum:
        body = _accepted([one.value for one in said.enum if one.value is not None])
        tests[_key("accepted_values", body)] = body
        for choice in part.each("enum"):
            choice.take("value")
    for place, rule in rules_of(part, said):
        _add_rule(tests, place, rule, said)
    for place, one in relationships_of(part, said):
        _add_relationship(tests, place, one, columns)
    return [{key.split(" ")[0]: body} if body else key for key, body in tests.items()]


def ref_of(target: str) -> str | None:
    """Write a table as dbt names it; None where it has a name that dbt cannot have."""
    parts = target.split(".")
    if not all(map(is_plain, parts)):
        return None
    if len(parts) == 1:
        return f"ref('{target}')"
    return f"source('{parts[0]}', '{parts[1]}')" if len(parts) == 2 and parts[0] == SOURCES else None


def _key(name: str, body: Mapping[str, Any]) -> str:
    """Return what makes a test one of its kind: dbt refuses a second one of the same name and arguments."""
    return f"{name} {json.dumps(body['arguments'])}" if "arguments" in body else name


def _accepted(values: list[Any]) -> dict[str, Any]:
    arguments: dict[str, Any] = {"values": safe(values)}
    if not all(isinstance(value, str) for value in values):
        arguments["quote"] = False
    return {"arguments": arguments}


def _add_rule(tests: dict[str, dict[str, Any]], part: Part, rule: QualityRule, said: Property) -> None:
    found = constraint_of(rule, said)
    if isinstance(found, str) or found.pattern is not None:
        part.leave_whole(f"{found}: {NO_TEST}" if isinstance(found, str) else NO_TEST)
        return
    config = _config(rule, found)
    if config is None:
        part.leave_whole("dbt counts rows, against a whole number, and values of a list only whether there are any")
        return
    body = _accepted(list(found.values or ())) if found.form is Form.VALID else {}
    key = _key(NAMES[found.form], body)
    if key in tests and (found.only_warns or not found.is_absolute):
        part.leave_whole("the same is promised without exception, and dbt takes one test of a kind for a column")
        return
    take_rule(part)
    if rule.description:
        body["description"] = safe(part.give("description"))
    tests[key] = {**tests.get(key, {}), **body, **({"config": config} if config else {})}


def _config(rule: QualityRule, found: Constraint) -> dict[str, Any] | None:
    """Return how the test is to be judged; None where dbt cannot judge like this."""
    config: dict[str, Any] = {}
    if rule.severity is not None:
        config["severity"] = SEVERITIES[severity_of(rule.severity)]
    if found.is_absolute:
        return config
    is_countable = found.form is not Form.VALID and rule.unit in ROWS
    limit = limit_written(rule.operator, rule.value) if is_countable and isinstance(rule.operator, Operator) else None
    if limit is None:
        return None
    return config | {"warn_if" if found.only_warns else "error_if": limit}


def _add_relationship(tests: dict[str, dict[str, Any]], part: Part, one: Relationship, columns: Columns) -> None:
    to = ref_of(one.target) if one.target else None
    if to is None or len(one.target_columns) != 1 or "limit" in one.custom:
        part.leave_whole(NO_TEST)
        return
    part.take("to", "type")
    field = columns.get((str(one.target), one.target_columns[0]), one.target_columns[0])
    body: dict[str, Any] = {"arguments": {"to": to, "field": safe(field)}}
    if part.value.get("description"):
        body["description"] = safe(part.give("description"))
    tests[_key("relationships", body)] = body

"""Reads what each contestant answered: check to whether it holds, without the checks that it did not judge."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from checks import CHECKS, KEY, Kind, of_kind
from contest.measure import Run

Verdicts = Mapping[str, bool]


def written(run: Run, place: Path) -> Verdicts:
    """Read the answer of a script of ours."""
    answer: dict[str, bool] = json.loads((place / "answer.json").read_text())
    return answer


def assay_verdicts(run: Run, place: Path) -> Verdicts:
    """Read Assay's verdicts; fields of a column have identities that begin with the column and the field."""
    found: dict[str, list[str]] = {}
    for entry in _entries(json.loads(run.out)):
        name = _named(str(entry["check"]))
        found.setdefault(name, []).append(str(entry["outcome"]))
    return {
        check.id: all(outcome == "pass" for outcome in found[check.id])
        for check in CHECKS
        if check.id in found and not {"error", "skip"} & set(found[check.id])
    }


def _entries(value: Any) -> Iterator[Mapping[str, Any]]:
    """Give every verdict that is somewhere in the answer, those on the airlines excepted."""
    if isinstance(value, dict):
        if {"check", "outcome"} <= value.keys():
            yield value
        else:
            yield from (entry for name, part in value.items() if name != "airlines" for entry in _entries(part))
    elif isinstance(value, list):
        yield from (entry for part in value for entry in _entries(part))


def _named(identity: str) -> str:
    column, field = (*identity.split(":"), "")[:2]
    schema, fresh = of_kind(Kind.SCHEMA)[0].id, of_kind(Kind.FRESHNESS)[0].id
    fields = {
        "required": f"not_null_{column}",
        "range": f"range_{column}",
        "relationship": f"foreign_key_{column}",
        "column": schema,
        "type": schema,
        "freshness": fresh,
    }
    return fields.get(field, identity)


def datacontract_verdicts(run: Run, place: Path) -> Verdicts:
    """Read its verdicts: the two SQL rules come in the order of the contract; types it leaves untested."""
    conditions = iter(of_kind(Kind.CONDITION))
    verdicts: dict[str, bool] = {}
    for entry in json.loads((place / "answer.json").read_text())["checks"]:
        if entry["model"] != "flights":
            continue
        column = entry["field"]
        names = {
            "field_required": [f"not_null_{column}"],
            "field_minimum": [f"range_{column}"],
            "field_maximum": [f"range_{column}"],
            "field_null_values": [f"null_rate_{column}"],
            "field_invalid_values": [f"accepted_values_{column}", f"pattern_{column}"],
            "field_relationships": [f"foreign_key_{column}"],
            "model_duplicate_values": ["_".join(["key", *KEY])],
            "row_count": ["row_count"],
            "servicelevel_freshness": [f"freshness_{column}"],
        }.get(entry["type"], [])
        if entry["type"] == "model_quality_sql":
            names = [next(conditions).id]
        for name in {check.id for check in CHECKS} & set(names):
            if entry["result"] in ("passed", "failed"):
                verdicts[name] = verdicts.get(name, True) and entry["result"] == "passed"
    return verdicts

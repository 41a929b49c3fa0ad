"""Writes the checks as a contract of the Open Data Contract Standard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from checks import CHECKS, COLUMNS, Check, Kind, of_kind

_LOGICAL = {"INTEGER": "integer", "VARCHAR": "string", "TIMESTAMP": "timestamp"}


def contract_text(folder: Path, *, own_rules: bool) -> str:
    """Return the contract of the two tables.

    Args:
        folder: where their files are; for the tool that finds them by the contract.
        own_rules: whether the two conditions are written as Assay's rules on a row, which other tools leave out; else
            as SQL, which Assay has to run as it stands.
    """
    airlines = [_column("carrier", "VARCHAR"), _column("name", "VARCHAR")]
    flights = [_column(name, kind, CHECKS) for name, kind in COLUMNS.items()]
    return yaml.safe_dump(
        {
            "apiVersion": "v3.2.0",
            "kind": "DataContract",
            "id": "benchmark-flights",
            "name": "flights",
            "version": "1.0.0",
            "status": "active",
            "servers": [
                {"server": "local", "type": "local", "path": f"{folder}/{{model}}.parquet", "format": "parquet"}
            ],
            "schema": [
                {"name": "flights", "physicalType": "table", "properties": flights, "quality": list(_rules(own_rules))},
                {"name": "airlines", "physicalType": "table", "properties": airlines},
            ],
            "slaProperties": [
                {"property": "freshness", "value": check.limit, "unit": "d", "element": f"flights.{check.column}"}
                for check in of_kind(Kind.FRESHNESS)
            ],
        },
        sort_keys=False,
        width=120,
    )


def _column(name: str, kind: str, checks: tuple[Check, ...] = ()) -> dict[str, Any]:
    column: dict[str, Any] = {"name": name, "logicalType": _LOGICAL[kind], "physicalType": kind}
    if kind == "TIMESTAMP":
        column["logicalTypeOptions"] = {"timezone": False, "defaultTimezone": "UTC"}
    for check in checks:
        if check.columns == (name,):
            _promise(column, check)
    return column


def _promise(column: dict[str, Any], check: Check) -> None:
    """Write a check of one column into that column; others are rules of the whole table."""
    quality: list[dict[str, Any]] = column.setdefault("quality", [])
    match check.kind:
        case Kind.NOT_NULL:
            column["required"] = True
        case Kind.RANGE:
            column["logicalTypeOptions"] = {"minimum": check.low, "maximum": check.high}
        case Kind.ACCEPTED:
            quality.append(_rule(check, "invalidValues", {"validValues": list(check.values)}) | {"mustBe": 0})
        case Kind.PATTERN:
            quality.append(_rule(check, "invalidValues", {"pattern": check.pattern}) | {"mustBe": 0})
        case Kind.NULL_RATE:
            quality.append(_rule(check, "nullValues") | {"unit": "percent", "mustBeLessThan": check.limit})
        case Kind.REFERENCE:
            column["relationships"] = [{"type": "foreignKey", "to": "airlines.carrier"}]
        case _:
            pass
    if not quality:
        del column["quality"]


def _rules(own_rules: bool) -> Iterator[dict[str, Any]]:
    for check in CHECKS:
        match check.kind:
            case Kind.KEY:
                yield _rule(check, "duplicateValues", {"properties": list(check.columns)}) | {"mustBe": 0}
            case Kind.ROWS:
                yield _rule(check, "rowCount") | {"mustBeBetween": [check.low, check.high]}
            case Kind.CONDITION if own_rules:
                wanted = {"check": "row", "condition": check.condition}
                yield {"id": check.id, "type": "custom", "engine": "assay", "implementation": wanted}
            case Kind.CONDITION:
                query = f"SELECT count(*) FROM flights WHERE NOT ({check.condition})"
                yield {"id": check.id, "type": "sql", "query": query, "mustBe": 0}
            case _:
                pass


def _rule(check: Check, metric: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": check.id, "metric": metric}
    return rule | ({"arguments": arguments} if arguments else {})

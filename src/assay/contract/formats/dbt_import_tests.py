"""Data tests of a dbt manifest as what a contract promises: fields where they hold for every row, rules otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from assay.contract.formats.carrying import Part
from assay.contract.formats.dbt_import_columns import Columns, relate, table_of
from assay.contract.formats.dbt_words import limit_read
from assay.contract.model import LogicalType, Metric
from assay.contract.rules import is_value_of

METRICS: dict[str, Metric] = {
    "not_null": Metric.NULL_VALUES,
    "unique": Metric.DUPLICATE_VALUES,
    "accepted_values": Metric.INVALID_VALUES,
}
"""Data test to the metric that counts what it counts."""

ANY = "!= 0"
"""The limit of a test that says none: no row may be bad."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NO_ID = re.compile(r"[^A-Za-z0-9_-]+")


def add_test(part: Part, dataset: dict[str, Any], columns: Columns, datasets: frozenset[str]) -> None:
    """Write a data test into its dataset; one that a contract has no metric for is left.

    Args:
        part: the test's node.
        dataset: what it is attached to.
        columns: of the dataset.
        datasets: the names of all in the contract.
    """
    metadata = part.value["test_metadata"]
    arguments = metadata.get("kwargs") if isinstance(metadata.get("kwargs"), dict) else {}
    name = str(metadata.get("name")) if metadata.get("namespace") in (None, "dbt") else ""
    entry = columns.get(str(arguments.get("column_name") or part.value.get("column_name") or "").strip('"`').lower())
    config = part.value.get("config") if isinstance(part.value.get("config"), dict) else {}
    if name not in {*METRICS, "relationships"} or entry is None:
        part.leave_whole("it is a test of a package, of a query or of a whole table")
    elif config.get("where") or config.get("limit") is not None or config.get("fail_calc", "count(*)") != "count(*)":
        part.leave_whole("it counts some of the rows only")
    elif name == "relationships":
        _relationship(part, entry, arguments, datasets)
    else:
        _rule(part, str(name), entry, arguments, config)


def _relationship(part: Part, entry: dict[str, Any], arguments: Mapping[str, Any], datasets: frozenset[str]) -> None:
    table, column = table_of(arguments.get("to"), datasets), arguments.get("field")
    if table is None or not isinstance(column, str) or not _NAME.fullmatch(column):
        part.leave_whole("it leads to a column that a contract cannot name")
        return
    part.take_whole()
    relate(entry, table, column)


def _rule(
    part: Part, name: str, entry: dict[str, Any], arguments: Mapping[str, Any], config: Mapping[str, Any]
) -> None:
    """Write a test as a field of its column, or as a rule where it has a limit, only warns, or says more."""
    only_warns = str(config.get("severity", "error")).lower() == "warn"
    limit = config.get("warn_if" if only_warns else "error_if") or ANY
    bound = limit_read(str(limit))
    values = arguments.get("values")
    kind = LogicalType(entry["logicalType"]) if "logicalType" in entry else None
    if bound is None or (name == "accepted_values" and not _are_sound(values, kind)):
        part.leave_whole("a contract cannot say its limit" if bound is None else "its values are of another type")
        return
    part.take_whole()
    description = part.value.get("description")
    is_plain = limit == ANY and not only_warns and not description
    if is_plain and name == "not_null":
        entry["required"] = True
    elif is_plain and name == "unique":
        entry["unique"] = True
    elif is_plain and "enum" not in entry:
        entry["enum"] = [{"value": value} for value in values or ()]
    else:
        rule: dict[str, Any] = {
            "id": _NO_ID.sub("_", str(part.value.get("name") or name)),
            "metric": str(METRICS[name]),
        }
        operator, number = bound
        rule |= {"description": description} if description else {}
        rule |= {"arguments": {"validValues": values}} if name == "accepted_values" else {}
        entry.setdefault("quality", []).append(
            rule | {str(operator): number} | ({"severity": "warn"} if only_warns else {})
        )


def _are_sound(values: Any, kind: LogicalType | None) -> bool:
    if not isinstance(values, list) or not values:
        return False
    known = [repr(value) for value in values if value is not None and is_value_of(value, kind)]
    return len(set(known)) == len(values)

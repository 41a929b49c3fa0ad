"""Small cases that show one deviation each, and the ways to make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from differential.cases import FILES, TABLES, Case, Cell, Stored, Table


def table(*columns: Stored, name: str = "t") -> Table:
    """Make a table."""
    return Table(name, columns)


def case_of(fields: Mapping[str, Any], kind: str, *cells: Cell, server: str = TABLES, **dataset: Any) -> Case:
    """Make a case of one column, ``a``."""
    schema = {"name": "t", "properties": [{"name": "a", **fields}], **dataset}
    return Case((schema,), (table(Stored("a", kind, cells)),), server=server)


def promised(fields: Mapping[str, Any], kind: str, cell: Cell, **promise: Any) -> Case:
    """Make a case of one column and one service level, ``s``."""
    promise = {"id": "s", "element": "t.a", "unit": "d", **promise}
    return replace(case_of(fields, kind, cell), sla=(promise,))


def ruled(kind: str, *cells: Cell, logical: str, server: str = TABLES, **rule: Any) -> Case:
    """Make a case of one column with one rule, ``r``."""
    return case_of({"logicalType": logical, "quality": [{"id": "r", **rule}]}, kind, *cells, server=server)


def asked(query: str, value: Any) -> Case:
    """Make a case of one query, ``r``, whose answer must be a value."""
    return case_of({}, "INTEGER", 1, quality=[{"id": "r", "type": "sql", "query": query, "mustBe": value}])


PARENTLESS = Case(
    (
        {"name": "t", "properties": [{"name": "a", "relationships": [{"to": "p.b"}]}]},
        {"name": "p", "properties": [{"name": "b"}]},
    ),
    (table(Stored("a", "INTEGER", (1,))), table(Stored("b", "INTEGER", ()), name="p")),
)
KEYS_OF_TWO_TYPES = replace(
    PARENTLESS, tables=(table(Stored("a", "INTEGER", (1,))), table(Stored("b", "VARCHAR", ("1",)), name="p"))
)
CASED = Case(
    (
        {
            "name": "t",
            "properties": [
                {"name": "a", "logicalType": "integer", "required": True},
                {"name": "b", "logicalType": "integer"},
            ],
        },
    ),
    (table(Stored("A", "INTEGER", (1,)), Stored("b", "INTEGER", (1,))),),
    server=FILES,
)
ABSENT = replace(
    case_of({"logicalType": "integer", "unique": True}, "INTEGER"), tables=(table(Stored("b", "INTEGER", (1,))),)
)
LEFT_OUT = replace(
    case_of({"logicalType": "integer", "customProperties": [{"property": "allowAbsent", "value": True}]}, "INTEGER"),
    tables=(table(Stored("b", "INTEGER", (1,))),),
)
TWO_KEYS = Case(
    (
        {
            "name": "t",
            "properties": [{"name": "a"}, {"name": "b"}],
            "quality": [
                {"id": f"r_{name}", "metric": "duplicateValues", "arguments": {"properties": [name]}, "mustBe": 0}
                for name in ("a", "b")
            ],
        },
    ),
    (table(Stored("a", "INTEGER", (1, 1)), Stored("b", "INTEGER", (1, 2))),),
)
LEVELS = [
    {"id": "r1", "metric": "nullValues", "mustBeLessThan": 2, "severity": "error"},
    {"id": "r2", "metric": "nullValues", "mustBe": 0, "severity": "warning"},
]
LOOKS_AHEAD = {"logicalType": "string", "required": True, "logicalTypeOptions": {"pattern": "^(?=a)"}}

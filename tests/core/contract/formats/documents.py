"""Contracts to translate: generated ones, in which every text stands once, and one that holds everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from hypothesis import strategies as st

from assay.base.reading import Path, read_yaml
from assay.contract.model import Contract
from assay.contract.parse import parse_contract
from assay.contract.write import contract_yaml

Plain = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

NUMBERS = {"minimum": 2, "maximum": 90, "exclusiveMinimum": 1, "exclusiveMaximum": 91}
OPTIONS: dict[str, Plain] = {
    "string": {"minLength": 2, "maxLength": 40, "pattern": "^[a-z0-9]+$", "format": "uuid"},
    "integer": {**NUMBERS, "multipleOf": 3, "format": "i32"},
    "number": {**NUMBERS, "format": "f32"},
    "date": {"minimum": "2020-01-01", "exclusiveMaximum": "2030-01-01", "format": "yyyy-MM-dd"},
    "timestamp": {"minimum": "2020-01-01T00:00:00", "timezone": True, "defaultTimezone": "Europe/Paris"},
    "time": {"maximum": "20:00:00", "timezone": False, "format": "HHmm"},
    "boolean": {},
    "array": {"minItems": 1, "maxItems": 7, "uniqueItems": True},
    "object": {"minProperties": 1, "required": ["inside"]},
    "map": {},
    "vector": {"dimensions": 3},
}
"""Logical type to options that agree with each other."""

PHYSICAL: dict[str, tuple[str, ...]] = {
    "string": ("VARCHAR(40)", "text", "char(3)", "UUID"),
    "integer": ("INTEGER", "bigint", "smallint", "UBIGINT", "decimal(10,0)"),
    "number": ("DECIMAL(10,2)", "double", "float"),
    "date": ("date",),
    "timestamp": ("timestamp", "TIMESTAMPTZ"),
    "time": ("time",),
    "boolean": ("bool",),
}
VALUES: dict[str, tuple[Any, ...]] = {"string": ("aa", "bb", "it's"), "integer": (3, 6, 9), "number": (2.5, 7, 30.25)}
WORDS = ("id", "businessName", "description", "classification", "transformLogic", "encryptedName")
BREAKABLE = frozenset({"string", "integer", "number", "date", "timestamp", "boolean"})


class Names:
    """Texts, each of which comes once."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self, stem: str) -> str:
        return f"{stem}{next(self._numbers)}w"


@st.composite
def documents(draw: Draw) -> Plain:
    """Draw a contract of one or two datasets that has no faults."""
    names = Names()
    document: Plain = {"version": "1.2.3", "apiVersion": "v3.2.0", "kind": "DataContract", "id": names("id")}
    for field in draw(st.sets(st.sampled_from(["name", "status", "domain", "tenant", "contractCreatedTs"]))):
        document[field] = names(field)
    if draw(st.booleans()):
        document["description"] = {"purpose": names("purpose"), "limitations": names("limits")}
        document["tags"] = [names("tag")]
        document["team"] = {"name": names("team"), "members": [{"username": names("user"), "role": names("role")}]}
        document["servers"] = [{"server": names("server"), "type": "local", "path": names("path"), "format": "parquet"}]
    first = _dataset(draw, names)
    document["schema"] = [first, *([_dataset(draw, names)] if draw(st.booleans()) else [])]
    if draw(st.booleans()):
        document["slaProperties"] = [
            {"property": "availability", "value": 99.5, "unit": "percent", "description": names("said")},
            {
                "property": "latency",
                "value": 4,
                "unit": "h",
                "element": f"{first['name']}.{first['properties'][0]['name']}",
            },
        ]
    if len(document["schema"]) > 1 and draw(st.booleans()):
        _refer(draw, first, document["schema"][1])
    return document


def contract_of(document: Plain) -> Contract:
    """Read a plain contract."""
    return parse_contract(read_yaml(contract_yaml(document), "c.yaml"))


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give every value that holds no others, with its path."""
    inside: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        yield path, value
    for step, part in inside:
        yield from leaves(part, (*path, step))


def _dataset(draw: Draw, names: Names) -> Plain:
    dataset: Plain = {"name": names("table")}
    for field in draw(st.sets(st.sampled_from(["businessName", "description", "dataGranularityDescription"]))):
        dataset[field] = names(field)
    if draw(st.booleans()):
        dataset["physicalName"] = names("stored")
    dataset["properties"] = [_column(draw, names, 0) for _ in range(draw(st.integers(1, 4)))]
    plain = [one for one in dataset["properties"] if one.get("logicalType") in {"string", "integer", "date"}]
    for position, column in enumerate(draw(st.permutations(plain))[: draw(st.integers(0, 2))], 1):
        for field in ("required", "unique", "quality"):
            column.pop(field, None)
        column |= {"primaryKey": True, "primaryKeyPosition": position}
    if draw(st.booleans()):
        dataset["quality"] = [{"id": names("rule"), "metric": "rowCount", "mustBeGreaterThan": 5, "severity": "error"}]
    if len(plain) > 1 and draw(st.booleans()):
        key = {"properties": [plain[0]["name"], plain[1]["name"]]}
        dataset.setdefault("quality", []).append({"metric": "duplicateValues", "mustBe": 0, "arguments": key})
    if draw(st.booleans()):
        dataset["customProperties"] = [{"property": "strict", "value": True}, {"property": names("own"), "value": 7}]
    return dataset


def _column(draw: Draw, names: Names, depth: int) -> Plain:
    kinds = [kind for kind in OPTIONS if depth < 2 or kind not in {"array", "object", "map", "vector"}]
    kind = draw(st.sampled_from([*kinds, None] if depth == 0 else kinds))
    column: Plain = {"name": names("column")}
    for field in draw(st.sets(st.sampled_from(WORDS), max_size=3)):
        column[field] = names(field)
    if depth == 0 and draw(st.booleans()):
        column["physicalName"] = names("stored")
    column["required"] = draw(st.booleans())
    if kind is None:
        return column
    column["logicalType"] = kind
    options = {name: value for name, value in OPTIONS[kind].items() if kind == "vector" or draw(st.booleans())}
    if kind != "object" and options:
        column["logicalTypeOptions"] = options
    if kind in PHYSICAL and draw(st.booleans()):
        column["physicalType"] = draw(st.sampled_from(PHYSICAL[kind]))
    if kind in VALUES and not options and draw(st.booleans()):
        column["enum"] = [{"value": value} for value in VALUES[kind]]
        column["enum"][0]["label"] = names("label")
    _put_inside(draw, column, kind, names, depth)
    if depth == 0 and kind in BREAKABLE:
        _put_promises(draw, column, kind, names)
    return column


def _put_inside(draw: Draw, column: Plain, kind: str, names: Names, depth: int) -> None:
    if kind == "array":
        column["items"] = _nameless(_column(draw, names, depth + 1))
    elif kind == "object":
        column["properties"] = [_column(draw, names, depth + 1) for _ in range(draw(st.integers(1, 2)))]
    elif kind == "map":
        column["map"] = {"key": {"logicalType": "string"}, "value": _nameless(_column(draw, names, depth + 1))}


def _nameless(column: Plain) -> Plain:
    return {field: value for field, value in column.items() if field not in {"name", "required"}}


def _put_promises(draw: Draw, column: Plain, kind: str, names: Names) -> None:
    if draw(st.booleans()):
        column["unique"] = True
    rules: list[Plain] = []
    if not column["required"] and draw(st.booleans()):
        limit = draw(
            st.sampled_from(
                [{"mustBe": 0}, {"mustBeLessThan": 5, "unit": "rows"}, {"mustBeLessThan": 7, "unit": "percent"}]
            )
        )
        rules.append({"id": names("rule"), "metric": "nullValues", **limit, "description": names("words")})
    if kind == "string" and "enum" not in column and draw(st.booleans()):
        severity = draw(st.sampled_from(["error", "warn"]))
        arguments = draw(st.sampled_from([{"validValues": ["ccc", "ddd"]}, {"pattern": "^[cd]+$"}]))
        rules.append({"metric": "invalidValues", "mustBe": 0, "severity": severity, "arguments": arguments})
    if draw(st.booleans()):
        rules.append(
            {"name": names("rule"), "type": "sql", "query": names("select "), "mustBe": 0, "dimension": "accuracy"}
        )
    if rules:
        column["quality"] = rules


def _refer(draw: Draw, here: Plain, there: Plain) -> None:
    """Let a column of one dataset refer to the only part of the other's key."""
    key = [one for one in there["properties"] if one.get("primaryKey")]
    own = [one for one in here["properties"] if "logicalType" in one]
    if key and own:
        draw(st.sampled_from(own))["relationships"] = [
            {"type": "foreignKey", "to": f"{there['name']}.{key[0]['name']}"}
        ]

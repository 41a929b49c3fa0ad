"""Contracts and small data as Hypothesis makes them: mostly fitting together, sometimes not, as in life."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from differential.cases import FILES, TABLES, Ago, Case, Cell, Stored, Table

Entry = dict[str, Any]

CELLS: dict[str, tuple[Cell, ...]] = {
    "INTEGER": (0, 1, 2, 3, 7, -1),
    "BIGINT": (0, 1, 2, 3, 3_000_000_000),
    "DECIMAL(10,2)": ("0.10", "0.30", "1.00", "2.50", "99999999.99"),
    "DOUBLE": ("0.1", "0.1234", "0.1231", "0.3", "1", "2.5", "nan", "inf", "-inf"),
    "VARCHAR": ("a", "A", "a ", "", "b", "abc", "é", "a\nb", "N/A", "1"),
    "BOOLEAN": (True, False),
    "DATE": (Ago(0), Ago(24), Ago(48), Ago(-240), "2020-02-29", "2024-01-31"),
    "TIMESTAMP": (Ago(0.5), Ago(20), Ago(26), Ago(100), Ago(-120), "2024-01-31 12:00:00"),
    "TIMESTAMPTZ": (Ago(0.5), Ago(20), Ago(26), Ago(100), Ago(-120), "2024-01-31 12:00:00+00"),
}
"""Type of a column to the values it is filled from; small domains, so that values meet."""

LOGICAL = {
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DECIMAL(10,2)": "number",
    "DOUBLE": "number",
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMPTZ": "timestamp",
}
PHYSICAL = {
    "INTEGER": ("integer", "bigint"),
    "BIGINT": ("bigint", "integer"),
    "DECIMAL(10,2)": ("decimal(10,2)", "decimal(12,2)", "decimal"),
    "DOUBLE": ("double", "decimal(10,2)"),
    "VARCHAR": ("varchar", "varchar(20)", "text"),
    "BOOLEAN": ("boolean",),
    "DATE": ("date", "timestamp_ntz"),
    "TIMESTAMP": ("timestamp_ntz", "timestamp_tz"),
    "TIMESTAMPTZ": ("timestamp_tz", "timestamp_ntz"),
}
LISTED: dict[str, tuple[Any, ...]] = {
    "string": ("a", "A", "b", "abc", "N/A", ""),
    "integer": (0, 1, 2, 3),
    "number": (0.1, 0.3, 1, 2.5),
    "boolean": (True, False),
    "date": ("2020-02-29", "2024-01-31"),
}
"""Logical type to the values that a contract lists of it; others have no lists here."""

PATTERNS = ("^[a-z]+$", "a", "a.b", "^.$", "^(?=a)", "b$")
SEVERITIES = ("error", "critical", "warning", "info", "odd")
PERCENTS = (0, 10, 33.3333333, 50, 66.67, 100)
QUERIES: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    ("number", "SELECT count(*) FROM {object}", (0, 1, 2)),
    ("number", "SELECT count(*) FROM ${table} WHERE FALSE", (0, 1)),
    ("number", "SELECT 0.1::DOUBLE + 0.2::DOUBLE", (0.3,)),
    ("decimal", "SELECT 0.3", (0.3, 1)),
    ("truth", "SELECT count(*) > 0 FROM {object}", (1, True, False)),
    ("other", "SELECT 'NaN'::DOUBLE", (1,)),
    ("other", "SELECT 'a'", (1,)),
    ("none", "SELECT NULL", (0,)),
    ("none", "SELECT 1 WHERE FALSE", (1,)),
    ("many", "SELECT * FROM (VALUES (1), (2)) AS two(x) ORDER BY x", (1, 2)),
    ("many", "SELECT 1, 2", (1, 2)),
    ("broken", "SELECT nope FROM {object}", (0,)),
)
"""What kind of answer a query gives, the query, and what the answer may be held against."""

_SINGLE = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
)


def seldom(one_in: int) -> st.SearchStrategy[bool]:
    """Be true once in so many times."""
    return st.integers(1, one_in).map(lambda number: number == one_in)


@st.composite
def limits(draw: st.DrawFn, of: Sequence[float] = (0, 1, 2, 3)) -> Entry:
    """Draw an operator with what it compares with."""
    if draw(seldom(5)):
        low, high = sorted(draw(st.lists(st.sampled_from(sorted(of)), min_size=2, max_size=2, unique=True)))
        return {draw(st.sampled_from(("mustBeBetween", "mustNotBeBetween"))): [low, high]}
    return {draw(st.sampled_from(_SINGLE)): draw(st.sampled_from(of))}


@st.composite
def stored(draw: st.DrawFn, name: str, kind: str, count: int) -> Stored:
    """Draw a column with its values, among them nulls."""
    cell = st.sampled_from((None, *CELLS[kind]))
    return Stored(name, kind, tuple(draw(st.lists(cell, min_size=count, max_size=count))))


@st.composite
def properties(draw: st.DrawFn, name: str, kind: str) -> Entry:
    """Draw what a contract says of a column."""
    part: Entry = {"name": name}
    if not draw(seldom(12)):
        part["logicalType"] = (
            draw(st.sampled_from(sorted(set(LOGICAL.values())))) if draw(seldom(10)) else LOGICAL[kind]
        )
    if draw(seldom(6)):
        part["physicalType"] = draw(st.sampled_from(PHYSICAL[kind]))
    part |= {field: True for field in ("required", "unique", "primaryKey") if draw(seldom(5))}
    logical = part.get("logicalType", "")
    options = draw(_options(logical))
    if options:
        part["logicalTypeOptions"] = options
    if logical in LISTED and not options and draw(seldom(5)):  # what bounds refuse may not be listed
        listed = draw(st.lists(st.sampled_from(LISTED[logical]), min_size=1, max_size=3, unique=True))
        part["enum"] = [{"value": value} for value in listed]
    part["quality"] = draw(st.lists(_column_rules(logical), max_size=2, unique_by=_measured))
    if "primaryKey" not in part and draw(seldom(25)):
        part["customProperties"] = [{"property": "allowAbsent", "value": True}]
    if draw(seldom(25)):
        part["semanticType"] = "measure"
    return part


@st.composite
def _options(draw: st.DrawFn, logical: str) -> Entry:
    bounds: Sequence[Any] = {
        "integer": (0, 2, 4, 7),  # so far apart that a whole number lies between any two
        "number": (0.1, 0.3, 1, 2.5),
        "date": ("2020-02-29", "2024-01-31"),
        "timestamp": ("2020-02-29T00:00:00", "2024-01-31T12:00:00"),
    }.get(logical, ())
    options: Entry = {}
    if len(bounds) > 0 and draw(seldom(3)):
        ends = sorted(draw(st.lists(st.sampled_from(bounds), min_size=2, max_size=2, unique=True)))
        names = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
        for end, pair in zip(ends, names, strict=True):
            options |= {draw(st.sampled_from(pair)): end} if draw(st.booleans()) else {}
    if logical in {"integer", "number"} and draw(seldom(8)):
        options["multipleOf"] = 2
    if logical == "timestamp" and draw(seldom(4)):
        options["defaultTimezone"] = "America/New_York"
    if logical == "timestamp" and draw(seldom(6)):
        options["timezone"] = draw(st.booleans())
    if logical == "string":
        options |= {"minLength": draw(st.integers(0, 2))} if draw(seldom(6)) else {}
        options |= {"maxLength": draw(st.integers(2, 3))} if draw(seldom(6)) else {}
        options |= {"pattern": draw(st.sampled_from(PATTERNS))} if draw(seldom(6)) else {}
        options |= {"format": "email"} if draw(seldom(10)) else {}
    return options


@st.composite
def _column_rules(draw: st.DrawFn, logical: str) -> Entry:
    metric = draw(st.sampled_from(("nullValues", "missingValues", "invalidValues", "duplicateValues", "sql", "text")))
    if metric == "text":
        return {"type": "text", "description": "Looks right to whoever knows it."}
    if metric == "sql":
        query = "SELECT count({property}) FROM {object}"
        return {"type": "sql", "query": query, **draw(limits()), **draw(_severities())}
    rule: Entry = {"metric": metric, **draw(_severities())}
    listed = LISTED.get(logical)
    if metric == "missingValues" and listed:
        rule["arguments"] = {"missingValues": [None, draw(st.sampled_from(listed))]}
    elif metric == "missingValues":
        rule["arguments"] = {"missingValues": [None]}
    elif metric == "invalidValues":
        rule |= draw(_validity(logical))
    is_percent = draw(seldom(3))
    return rule | ({"unit": "percent", **draw(limits(PERCENTS))} if is_percent else draw(limits()))


def _measured(rule: Entry) -> str:
    """Return what a rule measures; two limits on the same might contradict each other, which Assay refuses."""
    return json.dumps([rule.get(name) for name in ("metric", "arguments", "unit", "query", "engine", "description")])


@st.composite
def _validity(draw: st.DrawFn, logical: str) -> Entry:
    listed = LISTED.get(logical)
    arguments: Entry = {}
    if listed and draw(st.booleans()):
        arguments["validValues"] = draw(st.lists(st.sampled_from(listed), min_size=1, max_size=3, unique=True))
    if not arguments and not draw(seldom(4)):
        arguments["pattern"] = draw(st.sampled_from(PATTERNS))
    return {"arguments": arguments} if arguments else {}


@st.composite
def _severities(draw: st.DrawFn) -> Entry:
    return {"severity": draw(st.sampled_from(SEVERITIES))} if draw(seldom(3)) else {}


@st.composite
def _dataset_rules(draw: st.DrawFn, names: Sequence[str]) -> Entry:
    what = draw(st.sampled_from(("rowCount", "duplicateValues", "sql", "custom")))
    if what == "sql":
        _, query, values = draw(st.sampled_from(QUERIES))
        value = draw(st.sampled_from(values))
        operator = "mustBe" if isinstance(value, bool) else draw(st.sampled_from(_SINGLE))
        return {"type": "sql", "query": query, operator: value, **draw(_severities())}
    if what == "custom":
        engine, implementation = draw(
            st.sampled_from((("soda", "- checks"), ("assay", {"check": "row", "condition": "1 = 1"})))
        )
        return {"type": "custom", "engine": engine, "implementation": implementation}
    rule: Entry = {"metric": what, **draw(_severities()), **draw(limits())}
    if draw(seldom(8)):
        rule["unit"] = "percent"
    if what == "duplicateValues":
        key = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
        rule["arguments"] = {"properties": key}
    return rule


@st.composite
def _promises(draw: st.DrawFn, table: str, names: Sequence[str], *, is_only: bool) -> Entry:
    what = draw(st.sampled_from(("freshness", "freshness", "retention", "latency", "frequency", "availability")))
    if what == "availability":
        return {"property": what, "value": 99, "unit": "percent"}
    if what == "frequency":
        return {"property": what, "value": 1, "unit": "d"}
    prefix = "" if is_only and draw(seldom(6)) else f"{table}."
    value = draw(st.sampled_from(((1, "d"), (2, "d"), (36, "h"), (1, "w"), (1, "mo"), ("P2D", None), (1.5, "d"))))
    promise = {"property": what, "element": f"{prefix}{draw(st.sampled_from(names))}", "value": value[0]}
    return promise | ({"unit": value[1]} if value[1] else {})


@st.composite
def _tables(draw: st.DrawFn, name: str, prefix: str, most: int) -> tuple[Entry, Table]:
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=most))
    count = draw(st.sampled_from((0, 1, 2, 3, 3, 6)))
    columns, parts = [], []
    for index, kind in enumerate(kinds):
        column = f"{prefix}{index}"
        parts.append(draw(properties(column, kind)))
        if not draw(seldom(20)):
            held = column.upper() if draw(seldom(20)) else column
            columns.append(draw(stored(held, kind, count)))
    if not columns or draw(seldom(12)):
        columns.append(draw(stored("extra", "INTEGER", count)))
    names = [part["name"] for part in parts]
    dataset: Entry = {
        "name": name,
        "properties": parts,
        "quality": draw(st.lists(_dataset_rules(names), max_size=2, unique_by=_measured)),
    }
    return dataset, Table(name, tuple(columns))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a contract with one or two datasets, and their data."""
    dataset, table = draw(_tables("t", "a", 3))
    schema, tables = [dataset], [table]
    if draw(seldom(3)):
        parent, parents = draw(_tables("p", "b", 2))
        schema.append(parent)
        tables.append(parents)
        draw(_references(dataset, parent))
    moments = [part["name"] for part in dataset["properties"] if part.get("logicalType") in {"date", "timestamp"}]
    promises = _promises("t", moments, is_only=len(schema) == 1)
    sla = draw(st.lists(promises, max_size=2)) if moments else []
    is_spoiled = draw(seldom(40)) and draw(_spoiled(dataset))
    _number(schema, sla)
    server = FILES if draw(seldom(4)) else TABLES
    return Case(tuple(schema), tuple(tables), tuple(sla), server, is_spoiled)


@st.composite
def _references(draw: st.DrawFn, dataset: Entry, parent: Entry) -> None:
    """Let a dataset refer to another, by one column or by two."""
    targets = [part["name"] for part in parent["properties"]]
    own = [part["name"] for part in dataset["properties"]]
    if len(own) > 1 and len(targets) > 1 and draw(st.booleans()):
        dataset["relationships"] = [
            {"from": [f"t.{name}" for name in own[:2]], "to": [f"p.{name}" for name in targets[:2]]}
        ]
    else:
        dataset["properties"][0]["relationships"] = [{"to": f"p.{draw(st.sampled_from(targets))}"}]


@st.composite
def _spoiled(draw: st.DrawFn, dataset: Entry) -> bool:
    """Write something that Assay refuses to read, and the peer reads."""
    if draw(seldom(4)):
        dataset["properties"][0] |= {
            "primaryKey": True, "customProperties": [{"property": "allowAbsent", "value": True}]
        }  # fmt: skip
        return True
    rule: Entry = draw(
        st.sampled_from(
            (
                {"metric": "rowCount", "mustBe": "1"},
                {"metric": "duplicateValues", "arguments": {"properties": ["nope"]}, "mustBe": 0},
                {"metric": "nullValues", "mustBe": 0},
            )
        )
    )
    dataset["quality"].append(dict(rule))
    return True


def _number(schema: Sequence[Entry], sla: Sequence[Entry]) -> None:
    """Give every rule and service level an id, by which both sides name it."""
    rules = [
        rule for dataset in schema for parent in (dataset, *dataset["properties"]) for rule in parent.get("quality", ())
    ]
    for number, rule in enumerate(rules, 1):
        rule["id"] = f"r{number}"
    for number, promise in enumerate(sla, 1):
        promise["id"] = f"s{number}"

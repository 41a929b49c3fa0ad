"""What both sides are given: a contract as plain values and small tables, written as YAML, Parquet and a database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from assay.sql.quoting import identifier, text_literal

TABLES, FILES = "tables", "files"
"""The peer's two ways to the same Parquet files: through views in a DuckDB database, or by itself."""

WORDS_FREE = frozenset({"columns", "rows"})
"""What Assay tests of each dataset although no field of the contract says it."""


@dataclass(frozen=True, slots=True)
class Ago:
    """A moment so many hours before the test; below zero it lies in the future."""

    hours: float


Cell: TypeAlias = None | bool | int | float | str | Ago


@dataclass(frozen=True, slots=True)
class Stored:
    """A column as it is stored. ``kind`` is its type as DuckDB names it."""

    name: str
    kind: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is stored; all its columns are of one length."""

    name: str
    columns: tuple[Stored, ...]

    def find(self, name: str) -> Stored | None:
        """Find a column by its name, in whatever case."""
        return next((one for one in self.columns if one.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise of a contract, as both sides should have a verdict on it.

    Attributes:
        key: the author's id, else ``dataset.column.what``.
        column: None where it stands at the dataset.
        what: the field, metric, rule type or service level that says it.
        entry: the property, rule or service level as it is written.
    """

    key: str
    dataset: str
    column: str | None
    what: str
    entry: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A contract and its data.

    Attributes:
        schema: the datasets as the contract has them.
        sla: its service levels.
        tables: one for each dataset, under its name.
        server: how the peer reads them, `TABLES` or `FILES`.
        is_spoiled: whether the contract says something that Assay refuses to read.
    """

    schema: tuple[dict[str, Any], ...]
    tables: tuple[Table, ...]
    sla: tuple[dict[str, Any], ...] = ()
    server: str = TABLES
    is_spoiled: bool = False

    def table(self, name: str) -> Table:
        """Return a table by its name."""
        return next(one for one in self.tables if one.name == name)

    def stored(self, rule: Rule) -> Stored | None:
        """Return the column that a rule is about; None where there is none."""
        return self.table(rule.dataset).find(rule.column) if rule.column else None

    def property(self, rule: Rule) -> Mapping[str, Any]:
        """Return what the contract says of the column that a rule is about; nothing of a dataset."""
        dataset = next(one for one in self.schema if one["name"] == rule.dataset)
        return next((part for part in dataset["properties"] if part["name"] == rule.column), {})

    def contract(self, folder: Path) -> str:
        """Write the contract; JSON is YAML too."""
        servers = [
            {"server": TABLES, "type": "duckdb", "database": str(folder / "tables.duckdb"), "schema": "main"},
            {"server": FILES, "type": "local", "path": str(folder / "{model}.parquet"), "format": "parquet"},
        ]
        head = {"version": "1.0.0", "apiVersion": "v3.2.0", "kind": "DataContract", "id": "x", "status": "active"}
        document = {**head, "servers": servers, "schema": list(self.schema), "slaProperties": list(self.sla)}
        return json.dumps(document, ensure_ascii=False, indent=1)

    def rules(self) -> Iterator[Rule]:
        """Give every promise of the contract; those in words and on service too."""
        for dataset in self.schema:
            yield from _of_dataset(dataset)
        for one in self.sla:
            table, _, column = one.get("element", "").rpartition(".")
            owner = table or self.schema[0]["name"]
            yield Rule(one["id"], owner, column or None, one["property"], one)


def _of_dataset(dataset: Mapping[str, Any]) -> Iterator[Rule]:
    name = dataset["name"]
    for part in dataset["properties"]:
        for what in _fields(part):
            yield Rule(f"{name}.{part['name']}.{what}", name, part["name"], what, part)
        yield from _quality(part, name, part["name"])
    if any(part.get("primaryKey") for part in dataset["properties"]):
        yield Rule(f"{name}.primaryKey", name, None, "primaryKey", dataset)
    if dataset.get("relationships"):
        yield Rule(f"{name}.relationship", name, None, "relationship", dataset)
    yield from _quality(dataset, name, None)
    yield from (Rule(f"{name}.{what}", name, None, what, dataset) for what in sorted(WORDS_FREE))


def _fields(part: Mapping[str, Any]) -> Iterator[str]:
    options = part.get("logicalTypeOptions", {})
    yield "column"
    if "logicalType" in part or "physicalType" in part:
        yield "type"
    yield from (name for name in ("required", "unique") if part.get(name))
    if {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"} & set(options):
        yield "range"
    if {"minLength", "maxLength"} & set(options):
        yield "length"
    yield from (name for name in ("pattern", "multipleOf", "format") if name in options)
    if "enum" in part:
        yield "enum"
    if "relationships" in part:
        yield "relationship"


def _quality(parent: Mapping[str, Any], dataset: str, column: str | None) -> Iterator[Rule]:
    for entry in parent.get("quality", ()):
        yield Rule(entry["id"], dataset, column, entry.get("metric") or entry["type"], entry)


def write(case: Case, folder: Path, now: datetime, connection: duckdb.DuckDBPyConnection) -> None:
    """Write a case's tables as Parquet files, and where the peer reads one a database with a view on each.

    Args:
        case: whose tables are written.
        folder: where; what an earlier case left there is replaced.
        now: what a moment ``Ago`` counts from.
        connection: does it; its time zone is UTC.
    """
    for table in case.tables:
        file = text_literal(str(folder / f"{table.name}.parquet"))
        connection.execute(f"COPY ({_query(table, now)}) TO {file} (FORMAT parquet)")
    if case.server != TABLES:
        return
    database = folder / "tables.duckdb"
    database.unlink(missing_ok=True)
    connection.execute(f"ATTACH {text_literal(str(database))} AS peer")
    for table in case.tables:
        file = text_literal(str(folder / f"{table.name}.parquet"))
        connection.execute(f"CREATE VIEW peer.{identifier(table.name)} AS SELECT * FROM read_parquet({file})")
    connection.execute("DETACH peer")


def _query(table: Table, now: datetime) -> str:
    names = [identifier(column.name) for column in table.columns]
    nothing = ", ".join(
        f"CAST(NULL AS {column.kind}) AS {name}" for column, name in zip(table.columns, names, strict=True)
    )
    rows = [
        ", ".join(
            f"CAST({_literal(cell, column.kind, now)} AS {column.kind})"
            for cell, column in zip(row, table.columns, strict=True)
        )
        for row in zip(*(column.cells for column in table.columns), strict=True)
    ]
    return " UNION ALL ".join([f"SELECT {nothing} WHERE FALSE", *(f"SELECT {row}" for row in rows)])


def _literal(cell: Cell, kind: str, now: datetime) -> str:
    if cell is None:
        return "NULL"
    if isinstance(cell, Ago):
        moment = now.astimezone(UTC).replace(tzinfo=None) - timedelta(hours=cell.hours)
        text = moment.date().isoformat() if kind == "DATE" else moment.isoformat(" ")
        return text_literal(f"{text}+00" if kind == "TIMESTAMPTZ" else text)
    return text_literal(str(cell))

"""One table that a script of SQL makes, as a dataset on its way into a contract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import sqlglot
from sqlglot import exp

from assay.contract.formats.carrying import NotCarried
from assay.contract.formats.dialects import Dialect
from assay.contract.formats.foreign import without_nothing
from assay.contract.formats.sql_types import Stored, logical_of, stored_of
from assay.contract.model import LogicalType

NO_PLACE = "a contract has no place for it"
_TYPE_ENDS = frozenset(
    {
        "NOT", "NULL", "PRIMARY", "UNIQUE", "CHECK", "DEFAULT", "REFERENCES", "COMMENT", "COLLATE", "GENERATED",
        "CONSTRAINT", "AUTO_INCREMENT", "IDENTITY", "ENCODE", "DISTKEY", "SORTKEY", "AS",
    }
)  # fmt: skip
_OPENING, _CLOSING = "(<[", ")>]"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Entry = dict[str, Any]


class Table:
    """A table on its way: its columns as entries, and what of it a contract has no place for."""

    def __init__(self, name: exp.Table, text: str, dialect: Dialect) -> None:
        self.name = name.name
        self.stored_name = ".".join(part.name for part in name.parts)
        self.description: str | None = None
        self.columns: dict[str, Entry] = {}
        self.key: list[str] = []
        self.rules: list[Entry] = []
        self.composite: list[Entry] = []
        self.foreign: list[tuple[list[str], exp.Table, list[str], str]] = []
        self.lost: list[NotCarried] = []
        self.text, self.dialect = text, dialect
        self._tokens: Sequence[Any] = ()

    def lose(self, column: str | None, node: exp.Expr | str, why: str = NO_PLACE) -> None:
        """Tell what is not carried."""
        said = node if isinstance(node, str) else node.sql(self.dialect.value)
        self.lost.append(NotCarried(f"{self.name}.{column}" if column else self.name, said, why))

    def add_column(self, node: exp.ColumnDef) -> Entry:
        """Add a column with its type."""
        kind = node.args.get("kind")
        entry: Entry = {"name": node.name}
        if isinstance(kind, exp.DataType):
            stored = stored_of(kind)
            entry |= inside_of(stored) if stored else {}
            entry["physicalType"] = self._type_text(node) or kind.sql(self.dialect.value)
            if kind.this is exp.DType.ENUM:
                entry["enum"] = [{"value": one.name} for one in kind.expressions]
        self.columns[node.name.lower()] = entry
        return entry

    def entry(self, name: str) -> Entry | None:
        """Return a column; SQL's names are told apart without their case."""
        return self.columns.get(name.lower())

    def dataset(self) -> Entry:
        """Return the table as a schema object."""
        for position, name in enumerate(self.key, 1):
            entry = self.entry(name)
            if entry is not None:
                entry |= {"primaryKey": True, "primaryKeyPosition": position}
        return without_nothing(
            {
                "name": self.name,
                "physicalName": None if self.stored_name == self.name else self.stored_name,
                "physicalType": "table",
                "description": self.description,
                "properties": [_ordered(entry) for entry in self.columns.values()],
                "quality": self.rules,
                "relationships": self.composite,
            }
        )

    def _type_text(self, node: exp.ColumnDef) -> str:
        """Return a type as it is written: sqlglot's own text of it forgets lengths that a dialect does not hold."""
        end = node.this.meta.get("end")
        if end is None:
            return ""
        self._tokens = self._tokens or sqlglot.tokenize(self.text, dialect=self.dialect.value)
        found: list[Any] = []
        depth = 0
        for token in self._tokens:
            if token.start <= end:
                continue
            if depth == 0 and (token.text.upper().split(" ")[0] in _TYPE_ENDS or token.text in {",", ")", ";"}):
                break
            if token.text != ":" or found:
                found.append(token)
            depth += sum(letter in _OPENING for letter in token.text) - sum(letter in _CLOSING for letter in token.text)
        return " ".join(self.text[found[0].start : found[-1].end + 1].split()) if found else ""


def inside_of(stored: Stored) -> Entry:
    """Return the fields of a contract that say a stored type; nothing where it has no name for it."""
    logical = logical_of(stored)
    if logical is None:
        return {}
    entry: Entry = {"logicalType": str(logical)}
    if stored.name.endswith("TZ"):
        entry["logicalTypeOptions"] = {"timezone": True}
    inside = [inside_of(part) for _, part in stored.inside]
    if stored.name == "STRUCT":
        entry["properties"] = [{"name": name} | part for (name, _), part in zip(stored.inside, inside, strict=True)]
    elif logical is LogicalType.ARRAY and inside:
        entry["items"] = inside[0]
    elif logical is LogicalType.MAP and len(inside) == 2:
        entry["map"] = {"key": inside[0], "value": inside[1]}
    elif logical is LogicalType.MAP:
        del entry["logicalType"]  # a map says what its keys and values are, and here nobody does
    return entry


def relate(tables: Sequence[Table]) -> None:
    """Write foreign keys as relationships: of one column at it, of several at the dataset."""
    by_name = {table.name.lower(): table for table in tables}
    for table in tables:
        for columns, target, target_columns, said in table.foreign:
            known = by_name.get(target.name.lower())
            names = target_columns or (known.key if known else [])
            to = list(_references(known, target.name, names))
            entries = [table.entry(name) for name in columns]
            if (
                not to
                or len(to) != len(columns)
                or None in entries
                or (len(to) > 1 and not _NAME.fullmatch(table.name))
            ):
                table.lose(columns[0] if columns else None, said, "it leads to columns that a contract cannot name")
            elif len(to) == 1 and entries[0] is not None:
                entries[0].setdefault("relationships", []).append({"type": "foreignKey", "to": to[0]})
            else:
                own = [f"{table.name}.{entry['name']}" for entry in entries if entry]
                table.composite.append({"type": "foreignKey", "from": own, "to": to})


def _references(known: Table | None, name: str, columns: Sequence[str]) -> Iterator[str]:
    for column in columns:
        entry = known.entry(column) if known else {"name": column}
        table = known.name if known else name
        if entry is not None and _NAME.fullmatch(table) and _NAME.fullmatch(entry["name"]):
            yield f"{table}.{entry['name']}"


_FIRST = (
    "name", "description", "logicalType", "logicalTypeOptions", "physicalType", "required", "unique", "primaryKey",
    "primaryKeyPosition",
)  # fmt: skip
"""Fields that come first in an entry."""


def _ordered(entry: Entry) -> Entry:
    return {name: entry[name] for name in (*_FIRST, *entry) if name in entry}

"""A contract as CREATE TABLE statements of a dialect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from assay.contract.formats.carrying import Part
from assay.contract.formats.constraints import Form, constraint_of, take_rule
from assay.contract.formats.contract_cargo import contract_cargo, datasets_of, rules_of
from assay.contract.formats.ddl_checks import condition
from assay.contract.formats.ddl_columns import Column, table_columns, unfit
from assay.contract.formats.ddl_keys import ForeignKey, foreign_keys, in_order
from assay.contract.formats.dialects import ABILITIES, Comments, Dialect, Partitions
from assay.contract.formats.exported import Exported
from assay.contract.model import Contract, Dataset

REASONS: dict[str, str] = {
    "quality": "a table's statement has no place for what is beside a constraint",
    "servers": "where a table lies is said by the connection",
    "slaProperties": "a table's statement promises no service",
    "primaryKey": "the dialect takes no keys",
    "unique": "the dialect takes no keys",
    "required": "the dialect takes no NOT NULL",
    "enum": "the dialect takes no conditions, or has no words on values",
    "logicalTypeOptions": "the dialect takes no such condition",
    "relationships": "a foreign key has no place for it",
    "name": "the table has the name under which it is stored",
}
"""Field to why a table does not say it; where there is a better reason, it is said instead."""

OTHERWISE = "a table's statement has no place for it"
TABLES = frozenset({"table", "external table"})
"""Physical types of a dataset that CREATE TABLE says."""


@dataclass(frozen=True, slots=True)
class _Table:
    """A dataset on its way."""

    part: Part
    said: Dataset
    columns: list[Column]
    keys: list[str]


def export_ddl(contract: Contract, dialect: Dialect) -> Exported:
    """Write a contract as CREATE TABLE statements, a table after those that its keys lead to.

    Args:
        contract: as it was read.
        dialect: in which it is written.
    """
    cargo = contract_cargo(contract, REASONS, OTHERWISE)
    every = [_table(part, said, dialect) for part, said in datasets_of(cargo.root, contract)]
    tables = [table for table in every if table.columns]
    keys = _foreign(tables, dialect)
    ordered, kept = in_order([table.said.name for table in tables], keys)
    for key in keys:
        if key not in kept:
            key.part.leave_whole("tables that refer to each other in a ring cannot be made one after the other")
        else:
            key.part.take("to", "from", "type")
    by_name = {table.said.name: table for table in tables}
    texts = [_statements(by_name[name], [key for key in kept if key.table == name], dialect) for name in ordered]
    return Exported("\n".join(texts), cargo.left())


def _table(part: Part, said: Dataset, dialect: Dialect) -> _Table:
    table = _Table(part, said, table_columns(part, said, dialect), [])
    if not table.columns:
        part.leave_whole("a table has at least one column")
        return table
    part.take("physicalName" if said.physical_name else "name")
    if str(part.at("physicalType").value).lower() in TABLES:
        part.take("physicalType")
    if said.description:
        part.take("description")
    _add_keys(table, dialect)
    return table


def _add_keys(table: _Table, dialect: Dialect) -> None:
    columns = {column.said.name: column for column in table.columns}
    key = [part for part in table.said.primary_key if part.name in columns]
    if key and ABILITIES[dialect].has_keys:
        table.keys.append(f"PRIMARY KEY ({_names([part.column for part in key], dialect)})")
        for part in key:
            columns[part.name].part.take("primaryKey", "primaryKeyPosition")
    for place, rule in rules_of(table.part, table.said):
        found = constraint_of(rule, None)
        why = unfit(found, dialect, Form.UNIQUE)
        if why is None and not isinstance(found, str) and set(found.columns) <= columns.keys() and found.columns:
            table.keys.append(f"UNIQUE ({_names([columns[name].said.column for name in found.columns], dialect)})")
            take_rule(place)
        else:
            place.leave_whole(why or "it is of values inside a column")


def _foreign(tables: Sequence[_Table], dialect: Dialect) -> list[ForeignKey]:
    kinds = {(table.said.name, column.said.name): column.kind for table in tables for column in table.columns}
    sides = [(table.part, table.said) for table in tables]
    return list(foreign_keys(sides, kinds, ABILITIES[dialect]))


def _statements(table: _Table, foreign: Sequence[ForeignKey], dialect: Dialect) -> str:
    able, said = ABILITIES[dialect], table.said
    apart = (
        [column for column in table.columns if _is_partition(column)] if able.partitions is not Partitions.NONE else []
    )
    apart.sort(key=lambda column: column.part.at("partitionKeyPosition").value or 0)
    for column in apart:
        column.part.take("partitioned", "partitionKeyPosition")
    is_apart = able.partitions is Partitions.APART and len(apart) < len(table.columns)
    lines = [_line(column, dialect) for column in table.columns if not (is_apart and column in apart)]
    lines += [*table.keys, *(_reference(key, dialect) for key in foreign)]
    name, start = _table_name(said, dialect), "CREATE EXTERNAL TABLE" if dialect is Dialect.ATHENA else "CREATE TABLE"
    text = f"{start} {name} (\n  " + ",\n  ".join(lines) + "\n)"
    if said.description and able.comments is Comments.INLINE:
        text += f"\nCOMMENT {_text(said.description, dialect)}"
    if apart:
        parts = [_line(column, dialect) if is_apart else _name(column.said.column, dialect) for column in apart]
        text += f"\nPARTITIONED BY ({', '.join(parts)})"
    if dialect is Dialect.ATHENA:
        text += "\nSTORED AS PARQUET"
    return text + ";\n" + "".join(_comments(table, dialect))


def _is_partition(column: Column) -> bool:
    return column.part.at("partitioned").value is True


def _line(column: Column, dialect: Dialect) -> str:
    parts = [_name(column.said.column, dialect), column.kind]
    parts += ["NOT NULL"] * column.is_not_null + ["UNIQUE"] * column.is_unique
    if column.checks:
        parts.append(f"CHECK ({condition(column.checks, dialect)})")
    if column.said.description and ABILITIES[dialect].comments is Comments.INLINE:
        parts.append(f"COMMENT {_text(column.said.description, dialect)}")
    return " ".join(parts)


def _reference(key: ForeignKey, dialect: Dialect) -> str:
    target = f"{_table_name(key.target, dialect)} ({_names(key.target_columns, dialect)})"
    return f"FOREIGN KEY ({_names(key.columns, dialect)}) REFERENCES {target}"


def _comments(table: _Table, dialect: Dialect) -> Iterator[str]:
    if ABILITIES[dialect].comments is not Comments.STATEMENTS:
        return
    name = _table_name(table.said, dialect)
    if table.said.description:
        yield f"COMMENT ON TABLE {name} IS {_text(table.said.description, dialect)};\n"
    for column in table.columns:
        if column.said.description:
            place = f"{name}.{_name(column.said.column, dialect)}"
            yield f"COMMENT ON COLUMN {place} IS {_text(column.said.description, dialect)};\n"


def _table_name(said: Dataset, dialect: Dialect) -> str:
    return ".".join(_name(part, dialect) for part in (said.physical_name or said.name).split("."))


def _names(names: Sequence[str], dialect: Dialect) -> str:
    return ", ".join(_name(name, dialect) for name in names)


def _name(name: str, dialect: Dialect) -> str:
    return exp.to_identifier(name, quoted=True).sql(ABILITIES[dialect].quoting)


def _text(text: str, dialect: Dialect) -> str:
    return exp.Literal.string(text).sql(ABILITIES[dialect].quoting)

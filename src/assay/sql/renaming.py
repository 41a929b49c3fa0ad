"""Giving the tables of a query other names, in the text as it stands: nothing else of it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlglot import exp

from assay.base.names import TableRef
from assay.sql.quoting import identifier, table_sql
from assay.sql.tree import parse_tree

Relation = tuple[str, str, str]
"""Database, schema and name of a table, in lower case."""

_PARTS = 3


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


def rename_tables(text: str, file: str, name_of: Callable[[Relation], TableRef | None]) -> str:
    """Name the tables of a query as steps do.

    Where a name that the query defines itself (WITH) would hide a table under its new name, the definition gets another
    one: ``with orders as (select * from "db"."main"."orders")`` reads a table that is called ``orders`` too.

    Args:
        text: one query in DuckDB's dialect.
        file: the name to show in errors.
        name_of: tells the new name of a table that is named by database, schema and name; None leaves it as it is.

    Raises:
        AssayError: it is not SQL, or not one query.
    """
    tree = parse_tree(text, file)
    edits: list[_Edit] = []
    bare: set[str] = set()
    for node in tree.find_all(exp.Table):
        relation = _relation(node.parts)
        name = name_of(relation) if relation else None
        if relation is None or name is None:
            continue
        alias = "" if node.alias or name.name == relation[2] else f" AS {identifier(relation[2])}"
        edits.append(_Edit(_start(node.parts[0]), _end(node.parts[-1]), table_sql(name) + alias))
        bare |= {name.name} if name.schema is None else set()
    for column in tree.find_all(exp.Column):
        *table, _ = column.parts
        relation = _relation(table)
        if relation is not None and name_of(relation) is not None:  # its FROM goes by the last part still
            edits.append(_Edit(_start(table[0]), _end(table[-1]), identifier(relation[2])))
    return _edited(text, [*edits, *_definitions_renamed(tree, bare)])


def _definitions_renamed(tree: exp.Expr, hidden: set[str]) -> Iterator[_Edit]:
    """Give another name to each definition that hides a table, and to what reads it."""
    definitions = [definition for definition in tree.find_all(exp.CTE) if definition.alias]
    taken = {definition.alias.lower() for definition in definitions} | hidden
    names = {name: _free(name, taken) for name in sorted({d.alias.lower() for d in definitions} & hidden)}
    for definition in definitions:
        if definition.alias.lower() in names:
            own = definition.args["alias"].this
            yield _Edit(_start(own), _end(own), identifier(names[definition.alias.lower()]))
    for node in tree.find_all(exp.Table):
        if len(node.parts) == 1 and isinstance(node.this, exp.Identifier) and node.name.lower() in names:
            alias = "" if node.alias else f" AS {identifier(node.name)}"
            yield _Edit(_start(node.this), _end(node.this), identifier(names[node.name.lower()]) + alias)


def _free(name: str, taken: set[str]) -> str:
    found = f"{name}__cte"
    while found in taken:
        found += "_"
    taken.add(found)
    return found


def _relation(parts: list[exp.Expr]) -> Relation | None:
    if len(parts) != _PARTS or not all(isinstance(part, exp.Identifier) for part in parts):
        return None
    database, schema, name = (part.name.lower() for part in parts)
    return database, schema, name


def _start(part: exp.Expr) -> int:
    return int(part.meta["start"])


def _end(part: exp.Expr) -> int:
    return int(part.meta["end"]) + 1


def _edited(text: str, edits: list[_Edit]) -> str:
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text

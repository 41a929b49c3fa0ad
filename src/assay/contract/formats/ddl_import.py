"""CREATE TABLE statements of a dialect as a contract: a dataset for each table, and what is not carried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError

from assay.base.errors import AssayError, Fault, Place
from assay.contract.formats.carrying import NotCarried
from assay.contract.formats.ddl_conditions import column_of, conjuncts, put_condition
from assay.contract.formats.ddl_tables import Table, relate
from assay.contract.formats.dialects import Dialect
from assay.contract.formats.exported import Imported
from assay.contract.formats.foreign import new_contract


def import_ddl(text: str, file: str, name: str, dialect: Dialect) -> Imported:
    """Make a contract from the tables that a script makes.

    Args:
        text: SQL; other statements than CREATE TABLE, COMMENT and ALTER TABLE ... ADD are told as not carried.
        file: the name to show in errors.
        name: of the contract.
        dialect: in which it is written.

    Raises:
        AssayError: it is no SQL of the dialect, or makes no table.
    """
    tables: dict[str, Table] = {}
    lost = [
        NotCarried(file, _short(statement.sql(dialect.value)), "it makes no table")
        for statement in _statements(text, file, dialect)
        if not _read(statement, tables, text, dialect)
    ]
    if not tables:
        raise AssayError(Fault(Place(file, 1), "a statement that makes a table with columns", "none"))
    relate(list(tables.values()))
    datasets = [table.dataset() for table in tables.values()]
    return Imported(new_contract(name, datasets), (*lost, *(one for table in tables.values() for one in table.lost)))


def _statements(text: str, file: str, dialect: Dialect) -> list[exp.Expr]:
    try:
        parsed = sqlglot.parse(text, dialect=dialect.value, error_level=ErrorLevel.RAISE)
    except ParseError as error:
        raise AssayError(*(_syntax_fault(detail, text, file) for detail in error.errors)) from error
    except TokenError as error:
        raise AssayError(Fault(Place(file, 1), "SQL", str(error).splitlines()[0])) from error
    except RecursionError as error:
        raise AssayError(Fault(Place(file, 1), "SQL that can be read", "too deep a nesting")) from error
    found = [statement for statement in parsed if not isinstance(statement, exp.Semicolon | type(None))]
    for statement in found:
        if isinstance(statement, exp.Command) and statement.name.upper() == "CREATE":
            said = _short(statement.sql(dialect.value))
            raise AssayError(Fault(Place(file, _line_of(statement, text)), f"SQL of {dialect}", said))
    return found


def _read(statement: exp.Expr, tables: dict[str, Table], text: str, dialect: Dialect) -> bool:
    """Read one statement, and say whether it was about a table."""
    if isinstance(statement, exp.Create) and isinstance(statement.this, exp.Schema):
        if str(statement.args.get("kind")).upper() != "TABLE" or not statement.find(exp.ColumnDef):
            return False
        table = _create(statement, text, dialect)
        tables[table.name.lower()] = table
        return True
    if isinstance(statement, exp.Comment):
        return _comment(statement, tables)
    if isinstance(statement, exp.Alter) and isinstance(statement.this, exp.Table):
        altered = tables.get(statement.this.name.lower())
        for action in statement.args.get("actions") or () if altered else ():
            for part in action.expressions if isinstance(action, exp.AddConstraint) else [action]:
                _table_part(altered, part)
        return altered is not None
    return False


def _create(statement: exp.Create, text: str, dialect: Dialect) -> Table:
    schema = statement.this
    table = Table(schema.this, text, dialect)
    parts = [part for part in schema.expressions if not isinstance(part, exp.ColumnDef)]
    for node in schema.expressions:
        if isinstance(node, exp.ColumnDef):
            _column(table, node)
    for part in parts:
        _table_part(table, part)
    properties = statement.args.get("properties")
    for one in properties.expressions if properties else ():
        _property(table, one)
    return table


def _column(table: Table, node: exp.ColumnDef) -> None:
    entry = table.add_column(node)
    for constraint in node.args.get("constraints") or ():
        kind = constraint.args.get("kind")
        handle = _OF_COLUMNS.get(type(kind))
        if handle is None or not handle(table, entry, kind):
            table.lose(node.name, constraint)


def _not_null(table: Table, entry: dict[str, Any], node: exp.Expr) -> bool:
    if not node.args.get("allow_null"):
        entry["required"] = True
    return True


def _primary(table: Table, entry: dict[str, Any], node: exp.Expr) -> bool:
    table.key = [entry["name"]]
    return True


def _unique(table: Table, entry: dict[str, Any], node: exp.Expr) -> bool:
    entry["unique"] = True
    return True


def _described(table: Table, entry: dict[str, Any], node: exp.Expr) -> bool:
    entry["description"] = node.this.name
    return True


def _checked(table: Table, entry: dict[str, Any], node: exp.Expr) -> bool:
    _check(table, node.this, "")
    return True


def _refers(table: Table, entry: dict[str, Any], node: exp.Expr) -> bool:
    _foreign(table, [entry["name"]], node)
    return True


_OF_COLUMNS: dict[type, Callable[[Table, dict[str, Any], exp.Expr], bool]] = {
    exp.NotNullColumnConstraint: _not_null,
    exp.PrimaryKeyColumnConstraint: _primary,
    exp.UniqueColumnConstraint: _unique,
    exp.CommentColumnConstraint: _described,
    exp.CheckColumnConstraint: _checked,
    exp.Reference: _refers,
}
"""What may stand at a column to what reads it; anything else is told as not carried."""


def _table_part(table: Table | None, part: exp.Expr, name: str = "") -> None:
    """Read a constraint of a table."""
    if table is None:
        return
    if isinstance(part, exp.Constraint):
        for one in part.expressions:
            _table_part(table, one, part.name)
    elif isinstance(part, exp.PrimaryKey):
        table.key = [one.name for one in part.expressions]
    elif isinstance(part, exp.UniqueColumnConstraint) and isinstance(part.this, exp.Schema):
        _unique_together(table, [one.name for one in part.this.expressions], part)
    elif isinstance(part, exp.ForeignKey) and isinstance(part.args.get("reference"), exp.Reference):
        _foreign(table, [one.name for one in part.expressions], part.args["reference"])
    elif isinstance(part, exp.CheckColumnConstraint | exp.Check):
        _check(table, part.this, name)
    else:
        table.lose(None, part)


def _unique_together(table: Table, names: list[str], part: exp.Expr) -> None:
    entries = [entry for entry in map(table.entry, names) if entry is not None]
    if len(entries) != len(names):
        table.lose(None, part)
    elif len(entries) == 1:
        entries[0]["unique"] = True
    else:
        columns = [entry["name"] for entry in entries]
        table.rules.append({
            "id": "unique_" + "_".join(columns), "type": "library", "metric": "duplicateValues", "mustBe": 0,
            "arguments": {"properties": columns},
        })  # fmt: skip


def _foreign(table: Table, columns: list[str], reference: exp.Expr) -> None:
    target = reference.this.this if isinstance(reference.this, exp.Schema) else reference.this
    names = [one.name for one in reference.this.expressions] if isinstance(reference.this, exp.Schema) else []
    table.foreign.append((columns, target, names, reference.sql(table.dialect.value)))
    for option in reference.args.get("options") or ():
        table.lose(columns[0] if columns else None, str(option))


def _check(table: Table, condition: exp.Expr, name: str) -> None:
    for one in conjuncts(condition):
        entry = table.entry(column_of(one) or "")
        if entry is not None and put_condition(one, entry):
            continue
        said = one.sql(table.dialect.value)
        if table.dialect is not Dialect.DUCKDB:
            table.lose(column_of(one), said, "the condition is one that a contract has no field for")
            continue
        table.rules.append({
            "id": f"{name or 'check'}_{len(table.rules) + 1}", "type": "custom", "engine": "assay",
            "implementation": {"check": "row", "condition": said},
        })  # fmt: skip


def _property(table: Table, node: exp.Expr) -> None:
    if isinstance(node, exp.SchemaCommentProperty):
        table.description = node.this.name
    elif isinstance(node, exp.PartitionedByProperty) and isinstance(node.this, exp.Schema):
        for position, part in enumerate(node.this.expressions, 1):
            if isinstance(part, exp.ColumnDef):
                _column(table, part)
            entry = table.entry(part.name)
            if entry is None:
                table.lose(None, part)
            else:
                entry |= {"partitioned": True, "partitionKeyPosition": position}
    else:
        table.lose(None, node)


def _comment(statement: exp.Comment, tables: Mapping[str, Table]) -> bool:
    target, words = statement.this, statement.expression
    kind = str(statement.args.get("kind")).upper()
    if kind == "TABLE" and isinstance(target, exp.Table) and target.name.lower() in tables:
        tables[target.name.lower()].description = words.name
        return True
    if kind == "COLUMN" and isinstance(target, exp.Column) and target.table.lower() in tables:
        entry = tables[target.table.lower()].entry(target.name)
        if entry is not None:
            entry["description"] = words.name
        return entry is not None
    return False


def _syntax_fault(detail: Mapping[str, Any], text: str, file: str) -> Fault:
    """Say where SQL cannot be read: at the first character of what is not understood."""
    before, here, after = (str(detail.get(part) or "") for part in ("start_context", "highlight", "end_context"))
    start = text.find(f"{before}{here}{after}")
    offset = start + len(before) if start >= 0 else 0
    line, column = text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1
    near = " ".join(f"{here}{after}".split())[:60]
    description = str(detail["description"]).split("<Token")[0].rstrip(". ")
    if description.startswith("Required keyword"):
        description = "an incomplete expression"
    return Fault(Place(file, line, column), "SQL", f"{description}, near {near!r}" if near else description)


def _line_of(statement: exp.Expr, text: str) -> int | None:
    said = str(statement.args.get("expression") or "").strip()[:40]
    start = text.find(said) if said else -1
    return text.count("\n", 0, start) + 1 if start >= 0 else None


def _short(said: str) -> str:
    words = " ".join(said.split())
    return words if len(words) <= 80 else f"{words[:77]}..."

"""What sqlglot's tree tells of a query. Imported only where a query is really parsed, for sqlglot is slow to import."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from assay.base.errors import AssayError, Fault, Place
from assay.base.names import NAME, TableRef
from assay.sql.refused import OUTSIDE
from assay.sql.tokens import Token, line_at

TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest", "json_each", "json_tree", "repeat", "repeat_row"})
"""The functions that a query may read as a table: they make rows of their arguments alone."""

WRITES_HINT = "A step is a query; its rows are written for it."
_FILE_HINT = "To read a file, describe it as a source (sources/NAME.odcs.yaml) and read sources.NAME."
_PARSER_TOKEN = re.compile(r"<Token token_type: [^,]*, text: (.*?), line: .*?>")


def parse_tree(text: str, file: str, dialect: str = "duckdb") -> exp.Query:
    """Parse one query, in DuckDB's dialect or in another one that sqlglot has a name for.

    Raises:
        AssayError: not SQL, or something else than one query.
    """
    try:
        parsed = sqlglot.parse(text, dialect=dialect)
        found = [
            tree for tree in parsed if not isinstance(tree, (exp.Semicolon, type(None)))
        ]  # with a comment after it
    except ParseError as error:
        raise AssayError(*(_syntax_fault(detail, text, file) for detail in error.errors)) from error
    except TokenError as error:
        raise AssayError(Fault(Place(file, 1), "SQL", str(error).splitlines()[0])) from error
    except RecursionError as error:
        raise AssayError(Fault(Place(file, 1), "a query that can be read", "too deep a nesting")) from error
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        what = ", ".join(type(tree).__name__.upper() for tree in found)
        raise AssayError(Fault(Place(file, 1), "one SELECT", what, WRITES_HINT))
    return found[0]


def telling_parts(tree: exp.Query) -> tuple[exp.Expr, ...]:
    """Return the parts of a query that tell what it reads and what it may not do; found in one walk, for walks cost."""
    return tuple(tree.find_all(exp.Table, exp.Lateral, exp.DML, exp.TableSample))


def tables_read(parts: Sequence[exp.Expr], text: str) -> Iterator[tuple[TableRef | None, str, int]]:
    """Find the tables a query reads, without the names that it defines itself by WITH.

    Args:
        parts: of the query, see `telling_parts`.
        text: from which it was parsed. Lines are counted here, for sqlglot counts some twice after a ``$``.

    Returns:
        the table (None when the name is not ``name`` or ``schema.name``), as it was written, and its line.
    """
    for node in parts:
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            continue
        names = [part.name.lower() for part in node.parts]  # DuckDB ignores the case of names, even of quoted ones
        if len(names) > 1 or not _is_defined(node, names[0]):
            written = ".".join(part.name for part in node.parts)
            yield _reference(names), written, line_at(text, int(node.this.meta.get("start", 0)))


def refused_parts(
    parts: Sequence[exp.Expr], tokens: Sequence[Token], file: str, *, steady: bool,
    table_functions: frozenset[str] = TABLE_FUNCTIONS, known: frozenset[str] = OUTSIDE.names,
) -> Iterator[Fault]:  # fmt: skip
    """Find what a query may not contain and only its tree shows: other table functions, writes, samples.

    Args:
        parts: of the query, see `telling_parts`.
        tokens: of its text.
        file: the name to show in errors.
        steady: whether samples are refused.
        table_functions: those that it may read as a table.
        known: functions that are refused already, by their tokens.
    """
    for node in parts:
        is_table = isinstance(node, (exp.Table, exp.Lateral)) and isinstance(node.this, exp.Func)
        name = _function_name(node.this) if is_table else None
        if name is not None and name not in table_functions | known:
            expected = f"a table, a query or one of {', '.join(sorted(table_functions))}"
            yield Fault(Place(file, _line_of(name, tokens)), expected, f"{name}()", _FILE_HINT)
    if any(isinstance(node, exp.DML) for node in parts):
        yield Fault(Place(file, 1), "a query that only reads", "one that writes", WRITES_HINT)
    if steady and any(isinstance(node, exp.TableSample) for node in parts):
        hint = "Take rows by their key, for example where hash(id) % 100 = 0."
        yield Fault(Place(file, _line_of("sample", tokens)), "a result that is the same each time", "a sample", hint)


def column_names(tree: exp.Query) -> tuple[str, ...] | None:
    """Return the names of a query's columns; None where only an engine can tell: ``*``, a nameless expression."""
    if tree.is_star or not all(isinstance(selected, (exp.Column, exp.Alias)) for selected in tree.selects):
        return None
    return tuple(selected.alias_or_name for selected in tree.selects)


def _syntax_fault(detail: Mapping[str, Any], text: str, file: str) -> Fault:
    description = str(detail["description"]).rstrip(".")
    if description.startswith("Required keyword"):
        description = "an incomplete expression"
    description = _PARSER_TOKEN.sub(lambda match: match[1] if match[1] != "SENTINEL" else "the end", description)
    before, here, after = (str(detail.get(part) or "") for part in ("start_context", "highlight", "end_context"))
    near = " ".join(f"{here}{after}".split())[:60]
    start = text.find(f"{before}{here}{after}")
    line = line_at(text, start + len(before)) if start >= 0 else None
    return Fault(Place(file, line), "SQL", f"{description}, near {near!r}" if near else description)


def _reference(parts: Sequence[str]) -> TableRef | None:
    if len(parts) > 2 or not all(NAME.fullmatch(part) for part in parts):
        return None
    return TableRef(parts[0], parts[1]) if len(parts) == 2 else TableRef(None, parts[0])


def _is_defined(node: exp.Table, name: str) -> bool:
    """Whether a WITH that is in force at this place defines the name."""
    below: exp.Expr = node
    above = node.parent
    while above is not None:
        if any(definition.alias.lower() == name for definition in _definitions(above, below)):
            return True
        below, above = above, above.parent
    return False


def _definitions(above: exp.Expr, below: exp.Expr) -> list[exp.Expr]:
    """Return the definitions that a node holds for one of its parts."""
    if not isinstance(above, exp.With):
        withs = [part for part in above.args.values() if isinstance(part, exp.With) and part is not below]
        return [definition for part in withs for definition in part.expressions]
    position = next(i for i, definition in enumerate(above.expressions) if definition is below)
    return list(above.expressions[: position + (1 if above.recursive else 0)])


def _function_name(function: exp.Func) -> str:
    return function.name.lower() if isinstance(function, exp.Anonymous) else function.sql_name().lower()


def _line_of(word: str, tokens: Sequence[Token]) -> int | None:
    return next((token.line for token in tokens if token.name.endswith(word)), None)

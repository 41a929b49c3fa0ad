"""One query and what it says of itself: the tables it reads, its columns, whether it asks for the logical date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.base.canonical import Digest, parse_digest
from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.names import TableRef, parse_table_ref
from assay.sql.refused import OUTSIDE, UNSTEADY, refused_uses
from assay.sql.tokens import Kind, Token, digest_tokens, sql_tokens

AS_OF = "as_of"
"""The one parameter of a query: ``$as_of``, the logical date of the build, a DATE."""

_STARTS = frozenset({"select", "with", "from", "table", "("})


@dataclass(frozen=True, slots=True)
class Query:
    """What one query says of itself.

    Attributes:
        digest: of its tokens.
        tables: what it reads, each once, ordered; names that it defines itself (WITH) are not among them.
        lines: where each table is first named, from 1.
        columns: the names of its columns; None where only an engine can tell (``*``, an expression without a name).
        uses_as_of: whether it asks for the logical date.
    """

    digest: Digest
    tables: tuple[TableRef, ...]
    lines: Mapping[TableRef, int]
    columns: tuple[str, ...] | None
    uses_as_of: bool

    def as_json(self) -> dict[str, Any]:
        """Return the facts as JSON values, to be remembered under the digest of the text's bytes."""
        return {
            "digest": self.digest,
            "tables": {str(table): self.lines[table] for table in self.tables},
            "columns": None if self.columns is None else list(self.columns),
            "uses_as_of": self.uses_as_of,
        }


def query_from_json(value: Mapping[str, Any]) -> Query:
    """Read the facts as `Query.as_json` gave them."""
    lines = {parse_table_ref(name): line for name, line in value["tables"].items()}
    columns = None if value["columns"] is None else tuple(value["columns"])
    return Query(parse_digest(value["digest"]), ordered_tables(lines), lines, columns, value["uses_as_of"])


def parse_query(text: str, file: str, *, steady: bool = True) -> Query:
    """Read one SELECT in DuckDB's dialect.

    Args:
        text: the query; a semicolon may end it.
        file: the name to show in errors.
        steady: whether the same inputs must always give the same rows. A step's query must be steady; a look at
            the data need not be.

    Raises:
        AssayError: not SQL, not one query, a parameter other than ``$as_of``, or something it may not use: files, the
            network, tables of more than two names; in a steady query the clock, chance and the session.
    """
    tokens = sql_tokens(text, file)
    raise_faults(not_one_query(tokens, file))
    refusals = (OUTSIDE, *UNSTEADY) if steady else (OUTSIDE,)
    faults = [*refused_uses(tokens, file, refusals), *_unknown_parameters(tokens, file)]
    from assay.sql import tree as trees  # sqlglot costs 0.1 s; what is remembered needs no parsing

    try:
        tree = trees.parse_tree(text, file)
    except AssayError as error:
        raise AssayError(*faults, *error.faults) from error
    parts = trees.telling_parts(tree)
    lines: dict[TableRef, int] = {}
    for table, written, line in trees.tables_read(parts, text):
        if table is None:
            faults.append(not_a_table(written, Place(file, line)))
        else:
            lines[table] = min(line, lines.get(table, line))
    raise_faults([*faults, *trees.refused_parts(parts, tokens, file, steady=steady)])
    uses_as_of = any(token.kind is Kind.PARAMETER for token in tokens)
    return Query(digest_tokens(tokens), ordered_tables(lines), lines, trees.column_names(tree), uses_as_of)


def ordered_tables(tables: Iterable[TableRef]) -> tuple[TableRef, ...]:
    """Return tables in the order of their names."""
    return tuple(sorted(tables, key=str))


def not_one_query(tokens: Sequence[Token], file: str) -> Iterator[Fault]:
    """Find what shows, before it is parsed, that a text is something else than one query."""
    meant = [token for token in tokens if token.text != ";"]
    if not meant:
        yield Fault(Place(file, 1), "one SELECT", "nothing")
        return
    end = next((i for i, token in enumerate(tokens) if token.text == ";"), len(tokens))
    second = next((token for token in tokens[end:] if token.text != ";"), None)
    if second is not None:
        hint = "Put each query in a file of its own."
        yield Fault(Place(file, second.line), "one statement", f"another one: {second.text}", hint)
    if meant[0].text.lower() not in _STARTS:
        hint = "A step is a query; its rows are written for it."
        yield Fault(Place(file, meant[0].line), "one SELECT", meant[0].text, hint)


def _unknown_parameters(tokens: Sequence[Token], file: str) -> Iterator[Fault]:
    for token in tokens:
        if token.text == "?" or (token.kind is Kind.PARAMETER and token.text != f"${AS_OF}"):
            yield Fault(Place(file, token.line), "no parameter but $as_of", token.text)


def not_a_table(written: str, place: Place) -> Fault:
    """Refuse a name that no table has."""
    hint = "To read a file, describe it as a source (sources/NAME.odcs.yaml) and read sources.NAME."
    return Fault(place, "a table as name or schema.name", repr(written), hint)

"""What a query is, apart from how it is written: its columns and the part that makes its rows, in normal form.

Texts in here are only ever compared with one another; they are neither shown to people nor remembered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from assay.base.canonical import digest_value
from assay.base.names import TableRef

_LONGEST = 160


class Undetermined(Exception):
    """A query has something of which it is not known what it does to rows or columns; the text says what."""


@dataclass(frozen=True, slots=True, order=True)
class SourceColumn:
    """A column of a table that a query reads."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Term:
    """An expression in normal form, and the columns from which its value comes; None where that is not known."""

    text: str
    sources: frozenset[SourceColumn] | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a query: its name as it is written, and its expression."""

    name: str
    term: Term


class Part(StrEnum):
    """What decides about rows besides the tables and their joins, in the order in which it is told."""

    FILTER = "filter"
    GROUP = "group"
    AGGREGATE = "aggregate"
    HAVING = "having"
    QUALIFY = "qualify"
    DISTINCT = "distinct"
    EXPANDS = "expands"
    SELECT = "select"
    ORDER = "order"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in FROM.

    Attributes:
        alias: how the query calls it, in lower case; no part of its meaning.
        join: how it is put to what stands before.
        condition: of the join, in normal form; empty for none.
        origin: the table, the query, or the normal form of anything else that gives rows.
        table: the table that it is where the columns of tables were given, and `origin` is all of them; else None.
    """

    alias: str
    join: str
    condition: str
    origin: TableRef | Relation | str
    table: TableRef | None = None

    @property
    def text(self) -> str:
        """The place in normal form, without what columns it gives."""
        match self.origin:
            case Relation():
                return self.origin.rows
            case TableRef():
                return f"table {self.origin}"
        return self.origin

    @property
    def columns(self) -> tuple[Column, ...] | None:
        """Its columns; None where only an engine can tell."""
        return self.origin.columns if isinstance(self.origin, Relation) else None

    @property
    def all_columns(self) -> str:
        """All of its columns together, in normal form."""
        return columns_text(self.columns)


@dataclass(frozen=True, slots=True)
class Relation:
    """A query.

    Attributes:
        columns: in their order; None where only an engine can tell (``*`` of a table), and then `Part.SELECT` holds all
            that is selected.
        slots: where its rows come from.
        parts: what else decides about them.
        rows: digest of slots and parts: two queries with the same one have the same rows, whatever their columns.
        row_sources: columns on which it depends which rows there are; None where that is not known.
        value_sources: columns from which what is selected comes; None where that is not known.
    """

    columns: tuple[Column, ...] | None
    slots: tuple[Slot, ...]
    parts: Mapping[Part, str]
    rows: str = field(init=False)
    row_sources: frozenset[SourceColumn] | None = None
    value_sources: frozenset[SourceColumn] | None = None

    def __post_init__(self) -> None:
        """Digest what makes the rows."""
        rows = [[slot.join, slot.condition, slot.text] for slot in self.slots]
        parts = {str(part): text for part, text in self.parts.items()}
        object.__setattr__(self, "rows", digest_value({"slots": rows, "parts": parts}))


GIVEN = "\0"
"""Stands before the names of tables whose columns are given, among what WITH defines; no query can write it."""


def whole_table(table: TableRef, columns: Sequence[str]) -> Relation:
    """Return a table whose columns are known as the query of all of them."""
    named = ((name, frozenset({SourceColumn(str(table), name.lower())})) for name in columns)
    found = [Column(name, Term(f"{table}.{name}", source)) for name, source in named]
    values = united([column.term.sources for column in found])
    return Relation(tuple(found), (Slot("", "FROM", "", table),), {}, frozenset(), values)


def columns_text(columns: Sequence[Column] | None) -> str:
    """Return columns together in normal form; a fixed word where they are not known, for then `rows` holds them."""
    return "*" if columns is None else digest_value([[column.name, column.term.text] for column in columns])


def short(text: str) -> str:
    """Return a text, or its digest where it is long: of definitions within definitions the length would double."""
    return text if len(text) <= _LONGEST else digest_value(text)


@dataclass(slots=True)
class Scope:
    """What names mean at one place of a query.

    Attributes:
        ctes: what WITH defines.
        outer: the query around it, whose columns it may name.
        slots: what FROM has brought so far.
        aliases: names that SELECT has given so far.
        windows: what WINDOW defines, in normal form.
        merged: names of USING.
    """

    ctes: Mapping[str, Relation]
    outer: Scope | None = None
    slots: list[Slot] = field(default_factory=list)
    aliases: dict[str, Term] = field(default_factory=dict)
    windows: dict[str, dict[str, str]] = field(default_factory=dict)
    merged: set[str] = field(default_factory=set)

    def levels(self) -> Iterator[tuple[int, Scope]]:
        """Give this scope and those around it, with how far out they are."""
        depth, level = 0, self
        while True:
            yield depth, level
            if level.outer is None:
                return
            depth, level = depth + 1, level.outer


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name means: its normal form, and the inner query's column where it is nothing but that.

    Attributes:
        is_row: whether it would be a whole row, which a column of that name comes before.
    """

    term: Term
    column: Column | None = None
    is_row: bool = False


def meaning_of(parts: Sequence[str], scope: Scope) -> Meaning:
    """Find out what a name means.

    Args:
        parts: its parts in lower case: ``column``, ``table.column``, ``schema.table.column``, and fields of structs.
        scope: where it stands.

    Raises:
        Undetermined: nothing there can have it.
    """
    found = _qualified(parts, scope) or _unqualified(parts[0], scope)
    fields = parts[found[1] :]
    meaning = found[0]
    if not fields:
        return meaning
    return Meaning(Term(".".join((meaning.term.text, *fields)), meaning.term.sources))


def _qualified(parts: Sequence[str], scope: Scope) -> tuple[Meaning, int] | None:
    for depth, level in scope.levels():
        for index, slot in enumerate(level.slots):
            place, table = f"{depth}.{index}", slot.table or slot.origin
            is_bare = isinstance(table, TableRef) and table.schema is not None and slot.alias == table.name
            if len(parts) > 2 and is_bare and f"{parts[0]}.{parts[1]}" == str(table):
                return _column_of(slot, place, parts[2]), 3
            if len(parts) > 1 and slot.alias == parts[0]:
                return _column_of(slot, place, parts[1]), 2
    return None


def _column_of(slot: Slot, place: str, name: str) -> Meaning:
    if slot.columns is not None:
        column = next((each for each in slot.columns if each.name.lower() == name), None)
        if column is None:
            return Meaning(Term(f"{place}.{name}", None))
        return Meaning(Term(f"{place}{{{short(column.term.text)}}}", column.term.sources), column)
    known = frozenset({SourceColumn(str(slot.origin), name)}) if isinstance(slot.origin, TableRef) else None
    return Meaning(Term(f"{place}.{name}", known))


def _unqualified(name: str, scope: Scope) -> tuple[Meaning, int]:
    """List everything that a name without a table can mean: the list is its meaning, for no schema is known here."""
    found: dict[str, Meaning] = {}
    is_told = True
    for depth, level in scope.levels():
        given = list(_given(name, depth, level))
        found |= {meaning.term.text: meaning for meaning in given}
        is_open = any(slot.columns is None for slot in level.slots)
        is_told = is_told and (not is_open or name in level.merged)
        if any(meaning.column is not None for meaning in given) and not is_open:
            break
    if not found:
        raise Undetermined(f"nobody can tell what {name} is")
    if len(found) == 1:
        return next(iter(found.values())), 1
    is_column = any(meaning.column is not None for meaning in found.values())
    sources = united([meaning.term.sources for meaning in found.values() if not (is_column and meaning.is_row)])
    return Meaning(Term(f"one of [{', '.join(sorted(found))}]", sources if is_told else None)), 1


def united(found: Sequence[frozenset[SourceColumn] | None]) -> frozenset[SourceColumn] | None:
    """Return all columns together; None where one of the sets is not known."""
    known = [sources for sources in found if sources is not None]
    return frozenset().union(*known) if len(known) == len(found) else None


def _given(name: str, depth: int, level: Scope) -> Iterator[Meaning]:
    for index, slot in enumerate(level.slots):
        place = f"{depth}.{index}"
        meaning = _column_of(slot, place, name)
        if slot.columns is None or meaning.column is not None:
            yield meaning
        if slot.alias == name:
            yield Meaning(Term(f"row {place} {slot.all_columns}", None), is_row=True)
    alias = level.aliases.get(name)
    if alias is not None:
        yield Meaning(alias if depth == 0 else Term(f"{depth}: {short(alias.text)}", alias.sources))

"""What two versions of a query have in common, and from which columns the columns of one come.

No schema is known where versions are compared: ``SELECT *`` of a table is undetermined, and so is everything that is
not understood. Lineage can be asked for with the columns of the tables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from assay.base.names import TableRef
from assay.sql.naming import names_its_columns
from assay.sql.relations import Part, Relation, Slot, SourceColumn, Undetermined
from assay.sql.taking_apart import take_apart


class Likeness(StrEnum):
    """How a query's newer version stands to the older one."""

    SAME = "same"
    """The same rows and columns, written in another way."""
    ADDS_COLUMNS = "adds columns"
    """The same rows, every column as before, and more columns."""
    OTHER = "other"
    """Something else, or nobody can tell."""


@dataclass(frozen=True, slots=True)
class QueryDifference:
    """How two versions of a query differ.

    Attributes:
        added: names of the columns that came; only of `Likeness.ADDS_COLUMNS`.
        sentence: what differs, for people, without a full stop; only of `Likeness.OTHER`.
    """

    likeness: Likeness
    added: tuple[str, ...] = ()
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column of a query.

    Attributes:
        expression: in normal form, to be compared and not to be shown.
        sources: the columns from which its values come; None where that is not known.
    """

    name: str
    expression: str
    sources: tuple[SourceColumn, ...] | None


@dataclass(frozen=True, slots=True)
class Lineage:
    """From where a query's columns and rows come.

    Attributes:
        columns: in their order; None where only an engine can tell.
        row_sources: columns by which it is decided which rows there are; None where that is not known.
    """

    columns: tuple[OutputColumn, ...] | None
    row_sources: tuple[SourceColumn, ...] | None


SENTENCES: dict[Part, str] = {
    Part.FILTER: "the filter changes",
    Part.GROUP: "rows are grouped in another way",
    Part.AGGREGATE: "it makes one row of many, or no longer does",
    Part.HAVING: "the filter of groups changes",
    Part.QUALIFY: "the filter by windows changes",
    Part.DISTINCT: "which rows count as the same changes",
    Part.EXPANDS: "what a selected column does to the number of rows changes",
    Part.SELECT: "what is selected changes, and * does not say which columns that are",
    Part.ORDER: "rows are sorted in another way",
    Part.LIMIT: "another number of rows is kept",
}
"""What is said of each part that decides about rows."""


_NO_TABLES: Mapping[TableRef, Sequence[str]] = {}


def lineage_of(text: str, tables: Mapping[TableRef, Sequence[str]] = _NO_TABLES) -> Lineage:
    """Return from where the columns and rows of a query come; nothing is known of one that is not understood.

    Args:
        text: the query.
        tables: the columns of tables that it reads, all of each: they tell what ``*`` and names without a table mean.
    """
    return _lineage(text, tuple((table, tuple(columns)) for table, columns in tables.items()))


@lru_cache(maxsize=4096)
def _lineage(text: str, tables: tuple[tuple[TableRef, tuple[str, ...]], ...]) -> Lineage:
    try:
        relation = take_apart(text, dict(tables))
    except Undetermined:
        return Lineage(None, None)
    columns = None
    if relation.columns is not None:
        columns = tuple(OutputColumn(c.name, c.term.text, _listed(c.term.sources)) for c in relation.columns)
    return Lineage(columns, _listed(relation.row_sources))


@lru_cache(maxsize=512)
def compare_queries(old: str, new: str) -> QueryDifference:
    """Compare two versions of a query; both are known to be one query each.

    What was compared is remembered, for pages ask again each time that they show a release which is not frozen.
    """
    try:
        before, after = take_apart(old), take_apart(new)
    except Undetermined as why:
        return QueryDifference(Likeness.OTHER, sentence=f"nobody can tell what changes, for {why}")
    if before.rows != after.rows:
        return QueryDifference(Likeness.OTHER, sentence=_of_rows(before, after))
    if before.columns is None or after.columns is None:
        return QueryDifference(Likeness.SAME)  # all that is selected is part of the rows then
    return _of_columns(before, after)


def changed_columns(old: str, new: str) -> frozenset[str] | None:
    """Return which columns differ between two versions of a query, if their rows are the same ones.

    Returns:
        The names in lower case of columns that came, went or are computed in another way; None where the rows change
        too, or nobody can tell.
    """
    try:
        before, after = take_apart(old), take_apart(new)
    except Undetermined:
        return None
    if before.rows != after.rows or before.columns is None or after.columns is None:
        return None
    sides = [{column.name.lower(): column.term.text for column in each} for each in (before.columns, after.columns)]
    return frozenset(name for name in sides[0].keys() | sides[1].keys() if sides[0].get(name) != sides[1].get(name))


def is_unmoved_by(text: str, added: Collection[str]) -> bool:
    """Say whether a query gives the same rows and columns when a table that it reads gets more columns.

    Args:
        text: the query.
        added: the names of these columns.
    """
    try:
        return names_its_columns(text, {name.lower() for name in added})
    except Undetermined:
        return False


def _of_columns(before: Relation, after: Relation) -> QueryDifference:
    old = {column.name: column.term.text for column in before.columns or ()}
    new = {column.name: column.term.text for column in after.columns or ()}
    sentences = [f"the column {name} is gone" for name in old if name not in new]
    sentences += [f"{name} is computed in another way" for name in old if name in new and old[name] != new[name]]
    if not sentences and [name for name in new if name in old] != list(old):
        sentences = ["the columns stand in another order"]
    if sentences:
        return QueryDifference(Likeness.OTHER, sentence="; ".join(sentences))
    added = tuple(name for name in new if name not in old)
    return QueryDifference(Likeness.ADDS_COLUMNS, added) if added else QueryDifference(Likeness.SAME)


def _of_rows(before: Relation, after: Relation) -> str:
    """Say what differs in where the rows come from, near things first, then within what is read."""
    found = [SENTENCES[part] for part in Part if before.parts.get(part) != after.parts.get(part)]
    return "; ".join(dict.fromkeys([*_of_slots(before.slots, after.slots), *found])) or "it computes in another way"


def _of_slots(before: tuple[Slot, ...], after: tuple[Slot, ...]) -> Iterator[str]:
    if len(before) != len(after):
        old, new = [_read(slot) for slot in before], [_read(slot) for slot in after]
        came, went = [name for name in new if name not in old], [name for name in old if name not in new]
        yield from (f"{name} is joined from now on" for name in came)
        yield from (f"{name} is no longer joined" for name in went)
        if not came and not went:
            yield "what is read is put together in another way"
        return
    for old_slot, new_slot in zip(before, after, strict=True):
        yield from _of_slot(old_slot, new_slot)


def _of_slot(before: Slot, after: Slot) -> Iterator[str]:
    name = _read(after)
    if before.text != after.text:
        if isinstance(before.origin, Relation) and isinstance(after.origin, Relation):
            yield _of_rows(before.origin, after.origin)
        else:
            yield f"{name} is read instead of {_read(before)}"
    is_join = after.join in {"FROM", ","} or after.join.endswith("JOIN")
    if before.join != after.join:
        yield (
            f"the join with {name} is {_join(after.join)} now" if is_join else f"{after.join} puts queries together now"
        )
    elif before.condition != after.condition:
        yield f"the join with {name} has another condition" if is_join else f"what {after.join} puts together changes"


def _join(kind: str) -> str:
    return {"FROM": "no join", ",": "one of all rows with all rows"}.get(
        kind, f"{'an' if kind[0] in 'AEI' else 'a'} {kind}"
    )


def _read(slot: Slot) -> str:
    return slot.origin.name if isinstance(slot.origin, TableRef) else slot.alias or "a query"


def _listed(sources: frozenset[SourceColumn] | None) -> tuple[SourceColumn, ...] | None:
    return None if sources is None else tuple(sorted(sources))

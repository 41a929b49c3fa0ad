"""Proposing a contract for files: what their rows show, read a few times, in memory that does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from assay.actions.file_tables import FileTable, attach_files
from assay.base.names import TableRef
from assay.base.reading import read_yaml
from assay.base.snapshots import Column
from assay.contract.infer import Home, Proposal, propose_contract
from assay.contract.key_candidates import Candidate, combined_keys, single_keys
from assay.contract.model import LogicalType
from assay.contract.observed import ObservedColumn, ObservedTable, Rhythm
from assay.contract.parse import parse_contract
from assay.validation.observing import (
    COLUMNS_AT_ONCE,
    Counted,
    bounds,
    choices,
    choices_sql,
    counting_sql,
    key_sql,
    may_be_choices,
    rate_of,
    read_counts,
    rhythm_sql,
    sample_sql,
    sampled,
)
from assay.validation.shapes import shape_of

if TYPE_CHECKING:
    from assay.base.ports import Engine

_MOST_SINGLE = 20
"""Of so many columns is proven whether a value comes twice; each costs a read of that column."""

_MOST_COMBINED = 6
"""So many combinations are proven that are keys of the first rows."""

_MOST_MOMENTS = 2_000_000
"""Of a column with more different moments nobody wants to know how it goes on."""

_MOMENTS = frozenset({LogicalType.DATE, LogicalType.TIMESTAMP})


@dataclass(frozen=True, slots=True)
class Inferred:
    """A contract that was proposed for files, and the table they are."""

    proposal: Proposal
    table: FileTable


def infer_contract(
    engine: Engine, paths: Sequence[str], name: str, contract_id: str, *, with_values: bool, home: Home | None = None
) -> Inferred:
    """Propose a contract for files.

    Args:
        engine: a session that may read them.
        paths: Parquet, CSV or JSON, all of one table.
        name: of the dataset.
        contract_id: the identity of the contract.
        with_values: whether bounds and accepted values, which are values of rows, are looked at and written.
        home: where the table is kept, if these files are only a copy of it.

    Raises:
        AssayError: a file is not there or not what its name says, or the files have different columns; no contract can
            name one of the columns.
    """
    table = attach_files(engine, TableRef(None, name), paths)
    proposal = propose_contract(_observed(engine, table, with_values=with_values), contract_id, home or Home())
    parse_contract(read_yaml(proposal.text(name).encode(), f"contract for {name}"))
    return Inferred(proposal, table)


def _observed(engine: Engine, table: FileTable, *, with_values: bool) -> ObservedTable:
    rows, counted = _counted(engine, table, with_values=with_values)
    shapes = {column.name: shape_of(column) for column in table.columns}
    candidates = [
        Candidate(name, shapes[name].logical, found.values, found.distinct, found.longest)
        for name, found in counted.items()
    ]
    unique = tuple(
        name
        for name in single_keys(candidates)[:_MOST_SINGLE]
        if _is_key(engine, table.table, (name,), counted[name].values)
    )
    single = [name for name in unique if counted[name].values == rows]
    key = tuple(single[:1]) or _combined(engine, table.table, candidates, rows)
    listed = _choices(engine, table, counted) if with_values else {}
    columns = []
    for column in table.columns:
        low, high = bounds(counted[column.name], column)
        values, found = counted[column.name].values, listed.get(column.name, ())
        columns.append(ObservedColumn(shapes[column.name], values, column.name in unique, low, high, found))
    return ObservedTable(table.table.name, rows, tuple(columns), key, _rhythm(engine, table, counted, key))


def _counted(engine: Engine, table: FileTable, *, with_values: bool) -> tuple[int, dict[str, Counted]]:
    rows, found = table.rows, dict[str, Counted]()
    for columns in _in_parts(table.columns):
        answer = engine.query(counting_sql(table.table, columns, with_values=with_values))[0]
        rows, counted = read_counts(answer, columns)
        found |= {column.name: one for column, one in zip(columns, counted, strict=True)}
    return rows, found


def _in_parts(columns: Sequence[Column]) -> Iterator[Sequence[Column]]:
    return (columns[start : start + COLUMNS_AT_ONCE] for start in range(0, len(columns), COLUMNS_AT_ONCE))


def _is_key(engine: Engine, table: TableRef, key: Sequence[str], values: int) -> bool:
    """Say whether each key comes once. Two keys of one number would only make a key be missed."""
    count, repeated = engine.repeats(key_sql(table, key), values)
    return count == values and repeated == ()


def _combined(engine: Engine, table: TableRef, candidates: Sequence[Candidate], rows: int) -> tuple[str, ...]:
    """Find a combination that names each row once: in the first rows, then in all of them."""
    likely = _keys_of_first_rows(engine, table, list(combined_keys(candidates, rows)))
    return next((key for key in islice(likely, _MOST_COMBINED) if _is_key(engine, table, key, rows)), ())


def _keys_of_first_rows(engine: Engine, table: TableRef, keys: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for some in sampled(keys):
        rows, *different = engine.query(sample_sql(table, some))[0]
        yield from (key for key, count in zip(keys[: len(some)], different, strict=True) if count == rows)
        keys = keys[len(some) :]


def _choices(engine: Engine, table: FileTable, counted: Mapping[str, Counted]) -> dict[str, tuple[str, ...]]:
    """Return the values of each column that has few."""
    found: dict[str, tuple[str, ...]] = {}
    for columns in _in_parts([one for one in table.columns if may_be_choices(counted[one.name], one)]):
        names = [column.name for column in columns]
        values: Sequence[Any] = engine.query(choices_sql(table.table, names))[0]
        found |= {name: choices(seen, counted[name]) for name, seen in zip(names, values, strict=True)}
    return found


def _rhythm(engine: Engine, table: FileTable, counted: Mapping[str, Counted], key: Sequence[str]) -> Rhythm | None:
    """Look how the likeliest column of moments goes on: one of the key, else the first that is always there."""
    moments = [
        column
        for column in table.columns
        if shape_of(column).logical in _MOMENTS and "." not in column.name and _goes_on(counted[column.name])
    ]
    ordered = sorted(moments, key=lambda column: (column.name not in key, -counted[column.name].values))
    for column in ordered[:1]:
        rate = rate_of(engine.query(rhythm_sql(table.table, column))[0])
        return Rhythm(column.name, rate) if rate else None
    return None


def _goes_on(counted: Counted) -> bool:
    return not counted.odd and 1 < counted.distinct <= _MOST_MOMENTS

"""Querying: look at what an environment serves, in SQL or as a table; reading only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from assay.actions.workshop import Workshop, attached, open_pointer
from assay.base.errors import AssayError, refusal
from assay.base.names import SOURCES, TableRef
from assay.base.ports import Engine
from assay.base.snapshots import Column, Manifest, Pointer, Slot

_ROWS = TableRef(None, "snapshot_rows")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave."""

    columns: tuple[Column, ...]
    rows: Sequence[tuple[Any, ...]]

    def records(self, at_most: int | None = None) -> list[dict[str, Any]]:
        """Return rows by the names of their columns; of two of one name the second gets a number, as in DuckDB.

        Args:
            at_most: how many; None for all.
        """
        names = unlike([column.name for column in self.columns])
        return [dict(zip(names, row, strict=True)) for row in self.rows[:at_most]]


def unlike(names: Sequence[str]) -> list[str]:
    """Return names of which no two are the same: what comes again gets the first number that makes it another."""
    found: dict[str, None] = {}
    for name in names:
        new = name
        number = 0
        while new in found or (number and new in names):
            number += 1
            new = f"{name}_{number}"
        found[new] = None
    return list(found)


def ask(workshop: Workshop, environment: str, product: str, sql: str, slot: Slot = Slot.CURRENT) -> Answer:
    """Run one SELECT over the datasets of a product, and over its cut as ``sources.NAME``.

    Raises:
        AssayError: nothing is built there, or the query fails.
    """
    with _session(workshop, served(workshop, environment, product, slot), sql) as engine:
        return Answer(engine.columns(sql), engine.query(sql))


def ask_table(workshop: Workshop, environment: str, product: str, sql: str, slot: Slot = Slot.CURRENT) -> Any:
    """Run one SELECT as `ask` does and return its rows as a ``pyarrow.Table``.

    Raises:
        AssayError: nothing is built there, or the query fails.
    """
    with _session(workshop, served(workshop, environment, product, slot), sql) as engine:
        return engine.arrow(sql)


@contextmanager
def _session(workshop: Workshop, pointer: Pointer, sql: str) -> Iterator[Engine]:
    """Open a session over what is served; a query that fails is told which tables there are."""
    with open_pointer(workshop, pointer, [sql]) as engine:
        try:
            yield engine
        except AssayError as error:
            tables = ", ".join([*pointer.snapshots, *(f"{SOURCES}.{name}" for name in pointer.cut)])
            raise AssayError(*(replace(f, hint=f.hint or f"Tables: {tables}.") for f in error.faults)) from error


def rows_of(workshop: Workshop, snapshot: Manifest, at_most: int | None = None) -> Any:
    """Return the rows of one snapshot as a ``pyarrow.Table``, in the order in which they were written.

    Args:
        workshop: where the snapshot is kept.
        snapshot: of which dataset or source.
        at_most: how many rows; None for all.
    """
    limit = "" if at_most is None else f" LIMIT {at_most}"
    with attached(workshop, {_ROWS: snapshot}) as engine:
        return engine.arrow(f"SELECT * FROM {_ROWS}{limit}")  # noqa: S608  (a name and a number of ours)


def served(workshop: Workshop, environment: str, product: str, slot: Slot = Slot.CURRENT) -> Pointer:
    """Return what an environment serves of a product.

    Raises:
        AssayError: nothing is built there.
    """
    pointer = workshop.pointers.get(environment, product, slot)
    if pointer is None:
        hint = f"Run: assay build {product} --env {environment}"
        raise refusal(f"{product} in {environment}", expected="built datasets", found="none", hint=hint)
    return pointer

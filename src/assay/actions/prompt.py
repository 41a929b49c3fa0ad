"""A prompt over an environment: all that it serves and the sources on which that was built, to be read and no more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date

from assay.actions.query import Answer, served
from assay.actions.workshop import Workshop, attach_if_there, attached, kept, named_in
from assay.base.canonical import Digest
from assay.base.errors import AssayError, Fault, refusal
from assay.base.names import SOURCES, TableRef
from assay.base.ports import Engine
from assay.base.printable import some
from assay.base.snapshots import Column, Manifest, Pointer, Slot

_SOME = 12
_UNKNOWN_TABLE = "Table with name"
_ONE_SELECT = "one SELECT"
_LOOKS = re.compile(r"\s*(describe|desc|summarize|show)\b", re.IGNORECASE)
"""What counts as a SELECT and cannot be described itself."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """An open session.

    Attributes:
        tables: as queries name them: ``sources.NAME``, ``PRODUCT.DATASET``, and ``DATASET`` where one product has it.
        pointers: what is served, by product.
        reading: watches what is read where it lies while it is read.
    """

    engine: Engine
    tables: Mapping[TableRef, Manifest]
    pointers: Mapping[str, Pointer]
    reading: Callable[[Iterable[Manifest]], AbstractContextManager[None]]

    def ask(self, sql: str, at_most: int | None) -> tuple[Answer, bool]:
        """Run one SELECT.

        Args:
            sql: in the engine's dialect; DESCRIBE and SUMMARIZE count as one.
            at_most: so many rows are fetched; None for all.

        Returns:
            What it gave, and whether there are more rows.

        Raises:
            AssayError: it is none, or fails; a table that is not there is told with those there are.
        """
        sources = {table: one for table, one in self.tables.items() if table.is_source}
        with self.reading(named_in(sources, [sql]).values()):
            return self._asked(sql, at_most)

    def _asked(self, sql: str, at_most: int | None) -> tuple[Answer, bool]:
        try:
            columns = self._columns(sql)
            if at_most is None:
                return Answer(columns, self.engine.query(sql)), False
            rows = self.engine.query(f"SELECT * FROM ({sql}\n) LIMIT {at_most + 1}")  # noqa: S608
        except AssayError as error:
            raise AssayError(
                *(replace(fault, hint=fault.hint or self._hint(fault)) for fault in error.faults)
            ) from error
        return Answer(columns, rows[:at_most]), len(rows) > at_most

    def _columns(self, sql: str) -> tuple[Column, ...]:
        """Return the columns of a query; refuse whatever is not one SELECT, before it stands in another."""
        try:
            return self.engine.columns(sql)
        except AssayError:
            if not _LOOKS.match(sql):
                raise
            return self.engine.columns(f"SELECT * FROM ({sql}\n)")  # noqa: S608  (it says what is wrong inside)

    def _hint(self, fault: Fault) -> str:
        if _UNKNOWN_TABLE not in fault.found:
            return "Nothing can be changed from here." if fault.expected == _ONE_SELECT else ""
        return f"Tables: {some([str(table) for table in self.tables], _SOME)}."


@contextmanager
def open_prompt(workshop: Workshop, environment: str, products: Sequence[str], product: str | None) -> Iterator[Prompt]:
    """Open a session over what an environment serves at this moment; what is built later is not seen in it.

    Args:
        workshop: where it is kept.
        environment: which.
        products: of the project.
        product: whose datasets have short names, and whose sources count where products are built on different ones;
            None for the one that was built last.

    Raises:
        AssayError: nothing is built there.
    """
    if product is not None:
        served(workshop, environment, product)
    pointers = {
        pointer.product: pointer
        for pointer in workshop.pointers.all()
        if pointer.environment == environment and pointer.slot is Slot.CURRENT and pointer.product in products
    }
    if not pointers:
        hint = f"Run: assay build --env {environment}"
        raise refusal(environment, expected="built datasets", found="none", hint=hint)
    ordered = sorted(pointers.values(), key=lambda each: (each.product == product, each.moved_at))
    tables = {table: kept(workshop, digest) for table, digest in _tables(ordered, product).items()}
    datasets = {table: one for table, one in tables.items() if not table.is_source}
    with attached(workshop, datasets, date.fromisoformat(ordered[-1].as_of)) as engine:
        attach_if_there(workshop, engine, {table: one for table, one in tables.items() if table.is_source})
        yield Prompt(engine, tables, pointers, workshop.snapshots.reading)


def _tables(pointers: Sequence[Pointer], product: str | None) -> dict[TableRef, Digest]:
    """Name everything that pointers name; of two sources of one name the later one counts."""
    found: dict[TableRef, Digest] = {}
    counts = Counter(name for pointer in pointers for name in pointer.snapshots)
    for pointer in pointers:
        for name, digest in pointer.snapshots.items():
            found[TableRef(pointer.product, name)] = digest
            if counts[name] == 1 or pointer.product == product:
                found[TableRef(None, name)] = digest
    for pointer in pointers:
        found |= {TableRef(SOURCES, name): digest for name, digest in pointer.cut.items()}
    return found

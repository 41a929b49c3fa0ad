"""One reading of a table: its footers and whether they are believed, its parts, what is remembered, what was run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.base.canonical import Digest, hex_of
from assay.base.errors import AssayError
from assay.base.footers import Footer
from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.sql.quoting import table_sql
from assay.validation.explaining import Origin, ReadNote
from assay.validation.facts import ENDED, FLAT, facts_of, groups_to_measure, lies, nan_hiding, untrusted
from assay.validation.parts import Part, parts_of, value_name
from assay.validation.sources import Slot
from assay.validation.types import Family, family

if TYPE_CHECKING:
    from assay.base.ports import Engine, PartResults

_BELIEVED = "footer believed"

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class TableFiles:
    """A table as the files that hold it.

    Attributes:
        digests: of the files, in their order; None where they are not known, and nothing is remembered.
    """

    table: TableRef
    columns: tuple[Column, ...]
    paths: tuple[str, ...]
    digests: tuple[Digest, ...] | None


@dataclass(frozen=True, slots=True)
class Failed:
    """The engine's words, where a value should be."""

    words: str


class ReadingSession:
    """What a reading knows and notes while it goes on.

    Attributes:
        values: what was found, or `Failed`.
        whence: where each value came from; ``used``: the reads that it rests on.
    """

    def __init__(self, engine: Engine, files: TableFiles, memory: PartResults, used: frozenset[str]) -> None:
        """Begin with the footers.

        Args:
            engine: a session in which the table is attached.
            files: of the table under test.
            memory: of parts that were read before.
            used: names of the columns that anything is asked of.

        Raises:
            AssayError: a file cannot be read.
        """
        self.engine, self.files, self.memory = engine, files, memory
        self.values: dict[Slot, Any] = {}
        self.whence: dict[Slot, list[Origin]] = {}
        self.used: dict[Slot, list[int]] = {}
        self.reads: list[ReadNote] = []
        self.notes: list[str] = []
        self._recalled: dict[Digest, dict[str, Any]] = {}
        self._learned: dict[Digest, dict[str, Any]] = {}
        self._begun: dict[str, Callable[[], tuple[int, tuple[int, ...] | None]]] = {}
        self._attached: dict[tuple[int, ...], TableRef] = {}
        self._flat = [one for one in files.columns if one.name in used and family(one.type) in FLAT]
        # Also of columns whose ends prove nothing here: the engine skips row groups by them.
        self._ended = frozenset(one.name for one in self._flat if family(one.type) in {*ENDED, Family.TEXT})
        self.footers = engine.footers(files.paths, [column.name for column in self._flat])
        distrust = next(untrusted(self.footers, files.columns), None)
        hiding = next(nan_hiding(self.footers, self._flat), None)
        if distrust or hiding:  # the engine's own belief in footers would find less than there is
            engine.disbelieve()
            self.notes.append(distrust or hiding or "")
        if distrust:
            self._flat = []
        self.facts = facts_of(self.footers, self._flat)
        self.parts = parts_of([footer.rows for footer in self.footers], files.digests)

    def lies(self) -> tuple[str, ...]:
        """Measure some row groups beside their footers, and say in words which footers lie."""
        return tuple(words for position, footer in enumerate(self.footers) for words in self._lies(position, footer))

    def facts_of_part(self, part: Part) -> Any:
        """Return what is known of a part without reading it."""
        return facts_of([self.footers[file] for file in part.files], self._flat)

    def table(self, part: Part) -> TableRef:
        """Offer a part to the engine as a table; the whole table has its name already."""
        if len(part.files) == len(self.files.paths):
            return self.files.table
        if part.files not in self._attached:
            ref = TableRef(self.files.table.schema, f"assay part {len(self._attached) + 1}")
            self.engine.attach(ref, [self.files.paths[file] for file in part.files])
            self._attached[part.files] = ref
        return self._attached[part.files]

    def relation(self, part: Part) -> str:
        """Return a part as SQL names it."""
        return table_sql(self.table(part))

    def ask(
        self, sql: str, origin: Origin, columns: Sequence[str], part: Part | None, slots: Iterable[Slot]
    ) -> Rows | Failed:
        """Run a query and note it; return its rows or the engine's words."""
        rows: Rows | Failed = self.timed(lambda: self.engine.query(sql), sql, origin, columns, part, slots)
        return rows

    def timed(
        self, run: Callable[[], Any], sql: str, origin: Origin, columns: Sequence[str], part: Part | None,
        slots: Iterable[Slot],
    ) -> Any:  # fmt: skip
        """Run something, note what it read and how long it took, and turn a refusal into the engine's words."""
        started = time.perf_counter()
        try:
            found: Any = run()
        except AssayError as error:
            found = Failed(words_of(error))
        files = part.files if part else range(len(self.footers))
        sizes = [c.size_bytes for file in files for c in self.footers[file].chunks if c.column in set(columns)]
        rows = sum(self.footers[file].rows for file in files)
        seconds = time.perf_counter() - started
        self.reads.append(ReadNote(origin, sql, tuple(columns), rows, sum(sizes) if sizes else None, seconds))
        for slot in slots:
            self.came_from(slot, origin)
            self.used.setdefault(slot, []).append(len(self.reads) - 1)
        return found

    def begin_repeats(self, sql: str, most_rows: int) -> None:
        """Have a query's repeated numbers found beside what is asked next; only `repeats` notes it, when it waits."""
        with suppress(AssayError):  # which is raised again when it is waited for
            self._begun[sql] = self.engine.repeats_beside(sql, most_rows)

    def repeats(self, sql: str, most_rows: int) -> tuple[int, tuple[int, ...] | None]:
        """Return how many numbers a query gives and which repeat, see `assay.base.ports.Engine.repeats`."""
        begun = self._begun.pop(sql, None)
        return self.engine.repeats(sql, most_rows) if begun is None else begun()

    def came_from(self, slot: Slot, origin: Origin) -> None:
        """Note where a value came from."""
        self.whence.setdefault(slot, []).append(origin)

    def recall(self, part: Digest | None) -> Mapping[str, Any]:
        """Return what is remembered of a part."""
        if part is None:
            return {}
        if part not in self._recalled:
            self._recalled[part] = dict(self.memory.get(part))
        return self._recalled[part]

    def learn(self, part: Digest | None, values: Mapping[str, Any]) -> None:
        """Remember something of a part when all is read."""
        if part is not None:
            self._learned.setdefault(part, {}).update(values)

    def remember(self) -> None:
        """Put away what was learned."""
        for part, values in self._learned.items():
            self.memory.put(part, values)
        self._learned.clear()

    def _lies(self, position: int, footer: Footer) -> Sequence[str]:
        digest = self.files.digests[position] if self.files.digests else None
        name = value_name(_BELIEVED, self.engine.version, self._flat)
        groups = groups_to_measure(footer, int(hex_of(digest)[:8], 16) if digest else footer.rows)
        if not groups or not self._flat or self.recall(digest).get(name) is True:
            return ()
        started = time.perf_counter()
        measured = self.engine.reread(footer.path, groups, [column.name for column in self._flat], self._ended)
        found = list(lies(footer, measured, self._flat))
        file = footer.path.rpartition("/")[2]
        if found:
            return [f"the footer of {file} lies ({'; '.join(found[:3])}): have the file written again"]
        self.learn(digest, {name: True})
        rows = sum(end - first for _, first, end in groups)
        whose = footer.writer.partition(" (")[0] or "an unnamed program"
        spent = f"{rows:,} of {footer.rows:,} rows measured beside the footer in {time.perf_counter() - started:.3f} s"
        self.notes.append(f"{file}: {spent}; written by {whose}")
        return ()


def words_of(error: AssayError) -> str:
    """Return what was found, in the engine's words."""
    return "; ".join(fault.found for fault in error.faults)

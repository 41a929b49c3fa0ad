"""Comparing two tables: what differs in cells, rows, columns and sums, at the least cost that the data allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from assay.actions.compared_tables import CompareWish, Table
from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.base.ports import Engine
from assay.comparison import queries as ask
from assay.comparison.breakdowns import breakdowns_of, grouped, measures_of
from assay.comparison.pairing import Pair, Pairing, Tolerance, pair_columns
from assay.comparison.parts import WHOLE, parts_of
from assay.comparison.queries import (
    AFTER,
    AT_ONCE,
    BEFORE,
    COUNTED,
    DIFFERING,
    OF_CELLS,
    OF_ROWS,
    REPEATED,
    Eyes,
    Samples,
)
from assay.comparison.results import (
    Basis,
    Breakdown,
    ColumnDifference,
    Comparison,
    Guess,
    Number,
    Profiled,
    Repeated,
    Row,
    Side,
    difference,
)
from assay.validation.engine_words import without_rows
from assay.validation.facts import is_known

if TYPE_CHECKING:
    from assay.actions.workshop import Progress

_SAMPLED_ROWS = 20_000
"""Of so many rows of the first table it is looked whether a column was renamed."""

_DENSE = 0.02
"""If more rows than this share of a part differ, the next part is compared without a look at its hashes first."""


@dataclass(slots=True)
class _Cells:
    """What was added up of one column so far."""

    changed: int = 0
    emptied: int = 0
    filled: int = 0
    drift: Number | None = None
    widest: Number | None = None
    samples: list[Row] = field(default_factory=list)

    def add(self, changed: int, emptied: int, filled: int, drift: Number | None, widest: Number | None) -> None:
        self.changed += changed
        self.emptied += emptied
        self.filled += filled
        if drift is not None:
            self.drift = drift if self.drift is None else difference(-drift, self.drift)
        if widest is not None:
            self.widest = widest if self.widest is None else max(self.widest, widest)


@dataclass(slots=True)
class _Found:
    """What was added up so far: rows with other cells, rows only before and only after, and of each column."""

    changed_rows: int = 0
    only: list[int] = field(default_factory=lambda: [0, 0])
    samples: tuple[list[Row], list[Row]] = field(default_factory=lambda: ([], []))
    cells: dict[int, _Cells] = field(default_factory=dict)
    is_ambiguous: bool = False
    has_differing: bool = False
    is_dense: bool = False

    @property
    def rows(self) -> int:
        """All rows that differ."""
        return self.changed_rows + sum(self.only)


def compare_tables(
    engine: Engine, before: Table, after: Table, wish: CompareWish, progress: Progress = lambda _: None
) -> Comparison:
    """Compare two tables. Files that are in both are not read: their rows are the same on both sides.

    Args:
        engine: a session that may read the files of both.
        before: the earlier, or the one that is believed.
        after: the later, or the one that is looked at.
        wish: by which key, how exactly, with which sums, and for whose eyes.
        progress: told how far it is.

    Raises:
        AssayError: the wish names what is not there, or a file cannot be read.
    """
    pairing = pair_columns(before.columns, after.columns, wish.pairing)
    with _without_rows(pairing, wish.eyes):
        return _compared(engine, before, after, pairing, wish, progress)


@contextmanager
def _without_rows(pairing: Pairing, eyes: Eyes) -> Iterator[None]:
    """Leave out of the engine's words what they may quote of rows, where whoever looks may not see all of them."""
    try:
        yield
    except AssayError as error:
        if all(eyes.may_see(pair) for pair in pairing.pairs):
            raise
        raise AssayError(*(replace(fault, found=without_rows(fault.found)) for fault in error.faults)) from None


def _compared(
    engine: Engine, before: Table, after: Table, pairing: Pairing, wish: CompareWish, progress: Progress
) -> Comparison:
    breakdowns = _breakdowns(engine, before, after, pairing, wish)
    if Counter(file.digest for file in before.files) == Counter(file.digest for file in after.files) and all(
        file.digest for file in before.files
    ):
        found = Comparison(
            Side(before.name, before.rows, 0), Side(after.name, after.rows, 0), pairing, Basis.SAME_FILES
        )
        return replace(found, breakdowns=breakdowns)
    sides = _without_common(before, after)
    _attach(engine, sides)
    compared = _by_key if pairing.key else _by_rows
    found = compared(engine, sides, pairing, wish.eyes, progress)
    return replace(
        found,
        before=replace(found.before, rows=before.rows),
        after=replace(found.after, rows=after.rows),
        breakdowns=breakdowns,
        guesses=tuple(_guesses(engine, pairing)),
    )


def _breakdowns(
    engine: Engine, before: Table, after: Table, pairing: Pairing, wish: CompareWish
) -> tuple[Breakdown, ...]:
    if not wish.breakdown.measures and not wish.breakdown.dimensions:
        return ()
    measures, dimensions = measures_of(wish.breakdown, pairing, wish.eyes)
    _attach(engine, (before, after))
    found: list[Breakdown] = []
    for pairs in dimensions or ((),):
        rows = {table: engine.query(grouped(table, measures, pairs)) for table in (BEFORE, AFTER)}
        found += breakdowns_of(measures, pairs, rows)
    return tuple(found)


def _attach(engine: Engine, sides: Sequence[Table]) -> None:
    for name, table in zip((BEFORE, AFTER), sides, strict=True):
        engine.attach(name, [file.path for file in table.files])


def _without_common(before: Table, after: Table) -> tuple[Table, Table]:
    """Leave out the files that both have, but for one where a side would have none left, since a table has files."""
    common = Counter(file.digest for file in before.files) & Counter(file.digest for file in after.files)
    common.pop(None, None)
    if common and common.total() in {len(before.files), len(after.files)}:
        common.subtract([next(iter(common))])
    return _leave_out(before, Counter(common)), _leave_out(after, Counter(common))


def _leave_out(table: Table, common: Counter[str | None]) -> Table:
    kept = []
    for file in table.files:
        if common[file.digest] > 0:
            common[file.digest] -= 1
        else:
            kept.append(file)
    return replace(table, files=tuple(kept))


def _by_key(engine: Engine, sides: tuple[Table, Table], pairing: Pairing, eyes: Eyes, progress: Progress) -> Comparison:
    found = _Found()
    parts = _parts(engine, sides, pairing)
    for number, part in enumerate(parts, 1):
        if len(parts) > 1:
            progress(f"part {number} of {len(parts)}")
        before_it = found.rows
        _compare_part(engine, pairing, part, eyes, found)
        found.is_dense = (found.rows - before_it) * len(parts) > _DENSE * max(sides[0].rows, sides[1].rows)
    before, after = sides
    repeated: dict[TableRef, Repeated] = {}
    is_same = not found.has_differing
    if not is_same and (found.is_ambiguous or before.rows - found.only[0] != after.rows - found.only[1]):
        progress("keys that occur more than once")
        repeated = _repeated(engine, pairing, eyes)
        if repeated:
            found = _Found()
            _add_differing(engine, pairing, ask.differing(pairing, "", without_repeated=True), eyes, found)
    columns = (
        ColumnDifference(
            pairing.columns[number - 1].name, cells.changed, cells.emptied, cells.filled, cells.drift, cells.widest,
            tuple(cells.samples),
        )
        for number, cells in sorted(found.cells.items())
        if cells.changed
    )  # fmt: skip
    halves = [
        Side(table.name, table.rows, found.only[side], tuple(found.samples[side]), repeated.get(name))
        for side, (table, name) in enumerate(zip(sides, (BEFORE, AFTER), strict=True))
    ]
    basis = Basis.HASHES if is_same else Basis.KEYS
    return Comparison(halves[0], halves[1], pairing, basis, found.changed_rows, tuple(columns))


def _parts(engine: Engine, sides: tuple[Table, Table], pairing: Pairing) -> tuple[str, ...]:
    names = [pair.after.name for pair in pairing.key]
    footers = [engine.footers([file.path for file in table.files], names) for table in sides]
    if not all(is_known(footer.writer) for one in footers for footer in one):
        engine.disbelieve()
        return WHOLE
    return parts_of(pairing.key, *footers)


def _compare_part(engine: Engine, pairing: Pairing, part: str, eyes: Eyes, found: _Found) -> None:
    """Look at the hashes of a part's rows, and at the rows themselves only where these differ."""
    if not found.is_dense:
        (rows, before), (others, after) = (
            engine.query(ask.fingerprint(table, pairing, part))[0] for table in (BEFORE, AFTER)
        )
        if (rows, before) == (others, after):
            return
        found.has_differing = True
        moved = _add_differing(engine, pairing, ask.differing(pairing, part), eyes, found)
        # Rows that met once each explain how the sums moved; a key that gained a row where another lost one does not.
        found.is_ambiguous |= not _is_tolerant(pairing) and moved != after - before
        return
    _add_differing(engine, pairing, ask.differing(pairing, part), eyes, found)


def _is_tolerant(pairing: Pairing) -> bool:
    return any(pair.tolerance != Tolerance() for pair in pairing.columns)


def _add_differing(engine: Engine, pairing: Pairing, source: str, eyes: Eyes, found: _Found) -> int:
    """Add up what rows that differ say; return by how much they move the sum of the hashes."""
    if len(pairing.columns) > AT_ONCE:  # asked for in several queries, and made once
        engine.keep(DIFFERING, source)
        source = ""
    every, moved = range(1, len(pairing.columns) + 1), 0
    for start in range(0, max(len(every), 1), AT_ONCE):
        numbers, is_first = every[start : start + AT_ONCE], start == 0
        wanted = _wanted(numbers, eyes, found, is_first=is_first)
        answer = engine.query(ask.report(pairing, source, numbers, eyes, wanted, of_rows=is_first))[0]
        if is_first:
            moved = _add_rows(answer[:OF_ROWS], pairing, found)
            answer = answer[OF_ROWS:]
        _add_cells(answer, numbers, wanted, found)
    return moved


def _wanted(numbers: Sequence[int], eyes: Eyes, found: _Found, *, is_first: bool) -> Samples:
    """Say of what a sample is still wanted; of the rows of one side only once."""
    columns = {n: eyes.limit - len(found.cells[n].samples if n in found.cells else ()) for n in numbers}
    sides = {side: eyes.limit - len(samples) for side, samples in enumerate(found.samples, 1) if is_first}
    return Samples(
        {n: many for n, many in columns.items() if many > 0}, {s: many for s, many in sides.items() if many > 0}
    )


def _add_rows(answer: Sequence[Any], pairing: Pairing, found: _Found) -> int:
    changed, only_before, only_after, keys, moved = answer
    found.changed_rows += changed
    found.only = [found.only[0] + only_before, found.only[1] + only_after]
    differing = changed + only_before + only_after
    found.is_ambiguous |= keys != differing or (_is_tolerant(pairing) and not differing)
    return int(moved)


def _add_cells(answer: Sequence[Any], numbers: Sequence[int], wanted: Samples, found: _Found) -> None:
    for place, number in enumerate(numbers):
        counts = answer[OF_CELLS * place : OF_CELLS * (place + 1)]
        if counts[0]:
            found.cells.setdefault(number, _Cells()).add(*counts)
    lists = iter(answer[OF_CELLS * len(numbers) :])
    for number in wanted.columns:
        rows = next(lists) or ()
        if rows:
            found.cells[number].samples += [tuple(row.values()) for row in rows]
    for side in wanted.sides:
        found.samples[side - 1].extend(tuple(row.values()) for row in next(lists) or ())


def _repeated(engine: Engine, pairing: Pairing, eyes: Eyes) -> dict[TableRef, Repeated]:
    found = {}
    for table in (BEFORE, AFTER):
        engine.keep(REPEATED[table], ask.repeated_keys(table, pairing))
        keys, rows = engine.query(ask.count_of_repeated(table))[0]
        if keys:
            samples = engine.query(ask.sample_of_repeated(table, pairing, eyes)) if eyes.limit else []
            found[table] = Repeated(keys, int(rows), tuple(samples))
    return found


def _by_rows(
    engine: Engine, sides: tuple[Table, Table], pairing: Pairing, eyes: Eyes, progress: Progress
) -> Comparison:
    """Count whole rows, for there is no key; and say of each column what can be said of it by itself."""
    before, after = sides
    hashes = [engine.query(ask.fingerprint(table, pairing, "")) for table in (BEFORE, AFTER)]
    if hashes[0] == hashes[1]:
        return Comparison(Side(before.name, before.rows, 0), Side(after.name, after.rows, 0), pairing, Basis.HASHES)
    progress("counting whole rows")
    engine.keep(COUNTED, ask.counted_rows(pairing))
    only = engine.query(ask.only_of_counted())[0]
    shown = [
        tuple(engine.query(ask.sample_of_rows(name, pairing, eyes))) if number and eyes.limit else ()
        for name, number in zip((BEFORE, AFTER), only, strict=True)
    ]
    progress("profiles of the columns")
    return Comparison(
        Side(before.name, before.rows, int(only[0]), shown[0]),
        Side(after.name, after.rows, int(only[1]), shown[1]),
        pairing,
        Basis.ROWS,
        profiles=dict(_profiles(engine, pairing, eyes)),
    )


def _profiles(engine: Engine, pairing: Pairing, eyes: Eyes) -> Iterator[tuple[str, tuple[Profiled, Profiled]]]:
    for start in range(0, len(pairing.columns), AT_ONCE):
        pairs = pairing.columns[start : start + AT_ONCE]
        one, other = (_profiled(engine, table, pairs, eyes) for table in (BEFORE, AFTER))
        for pair, before, after in zip(pairs, one, other, strict=True):
            if before != after:
                yield pair.name, (before, after)


def _profiled(engine: Engine, table: TableRef, pairs: Sequence[Pair], eyes: Eyes) -> list[Profiled]:
    answer: tuple[Any, ...] = engine.query(ask.profile_of(table, pairs, eyes))[0]
    return [Profiled(*answer[5 * place : 5 * place + 5]) for place in range(len(pairs))]


def _guesses(engine: Engine, pairing: Pairing) -> Iterator[Guess]:
    """Find columns of one table alone that hold mostly the same as one of the other: they may have been renamed."""
    for old, new, query in ask.guess_of_renames(pairing, _SAMPLED_ROWS):
        rows, same = engine.query(query)[0]
        if rows and same * 2 > rows:
            yield Guess(old.name, new.name, same, rows)

"""Tables that are compared: their files, for whose eyes, and what somebody wants to know of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from assay.base.snapshots import Column, Manifest
from assay.comparison.breakdowns import BreakdownWish
from assay.comparison.pairing import PairingWish
from assay.comparison.queries import Eyes
from assay.contract.model import Dataset
from assay.validation.sensitivity import Level, column_levels

if TYPE_CHECKING:
    from assay.actions.workshop import Workshop


@dataclass(frozen=True, slots=True)
class TableFile:
    """A Parquet file of a table; ``digest`` is None where it is not known, and so equals no other."""

    path: str
    rows: int
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One of two tables that are compared; ``name`` is as whoever asks calls it."""

    name: str
    columns: tuple[Column, ...]
    files: tuple[TableFile, ...]

    @property
    def rows(self) -> int:
        """All rows of all files."""
        return sum(file.rows for file in self.files)


def table_of(workshop: Workshop, manifest: Manifest, name: str) -> Table:
    """Return a snapshot as a table to compare."""
    paths = workshop.snapshots.paths(manifest)
    files = (TableFile(path, file.rows, file.digest) for path, file in zip(paths, manifest.files, strict=True))
    return Table(name, manifest.columns, tuple(files))


def eyes_of(
    contracts: Sequence[Dataset], columns: Sequence[Column], cleared: Level, limit: int, *, is_whole: bool = True
) -> Eyes:
    """Say how far values are shown.

    Args:
        contracts: what contracts say of the tables: of several the strictest counts, column by column.
        columns: of both tables.
        cleared: how far whoever looks sees.
        limit: how many rows of each kind are shown.
        is_whole: whether these are all the contracts by which the tables were built; if not, a column that none of them
            names may have been restricted by another.
    """
    levels = {name.lower(): level for name, level in column_levels(contracts, columns).items()}
    if not is_whole:
        named = {part.column.lower() for dataset in contracts for part in dataset.properties}
        levels |= dict.fromkeys(levels.keys() - named, Level.RESTRICTED)
    return Eyes(levels, cleared, limit)


@dataclass(frozen=True, slots=True)
class CompareWish:
    """What somebody wants to know of two tables: how rows and columns pair, which sums, and for whose eyes."""

    pairing: PairingWish = field(default_factory=PairingWish)
    breakdown: BreakdownWish = field(default_factory=BreakdownWish)
    eyes: Eyes = field(default_factory=lambda: Eyes({}))


def with_key(wish: CompareWish, contracts: Sequence[Dataset]) -> CompareWish:
    """Let the key of a contract count where no other was named."""
    if wish.pairing.key or not contracts:
        return wish
    return replace(wish, pairing=replace(wish.pairing, key=_key_of(contracts)))


def key_on_both(contracts: Sequence[Dataset], before: Manifest, after: Manifest) -> tuple[str, ...]:
    """Return the key of a contract where all of it is on both sides; else none, and whole rows are counted."""
    key = _key_of(contracts)
    there = [{column.name.lower() for column in manifest.columns} for manifest in (before, after)]
    return key if all(name.lower() in names for name in key for names in there) else ()


def _key_of(contracts: Sequence[Dataset]) -> tuple[str, ...]:
    return tuple(part.column for part in contracts[0].primary_key) if contracts else ()

"""What a snapshot says of itself: immutable files, their digests, and enough to compare by without reading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from assay.base.canonical import Digest, digest_value, parse_digest


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it was written. ``type`` is DuckDB's name of it, the neutral spelling here: ``DECIMAL(10,2)``."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class ContentSums:
    """What stands for the rows of a table, whatever their order: how many, and sums of the halves of their hashes."""

    rows: int = 0
    lower: int = 0
    upper: int = 0

    def __add__(self, other: ContentSums) -> ContentSums:
        return ContentSums(self.rows + other.rows, self.lower + other.lower, self.upper + other.upper)

    def digest(self, columns: Sequence[Column]) -> Digest:
        """Return the digest of the rows and their columns: equal rows have equal ones."""
        schema = [[column.name, column.type] for column in columns]
        return digest_value({"columns": schema, "rows": str(self.rows), "sums": [str(self.lower), str(self.upper)]})


@dataclass(frozen=True, slots=True)
class DataFile:
    """One immutable file. ``path`` is relative to the store; ``size_bytes`` and ``rows`` are exact."""

    path: str
    digest: Digest
    size_bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class SlicedFile:
    """A file of a dataset that is built in slices, and its slice."""

    slice: str
    file: DataFile


@dataclass(frozen=True, slots=True)
class Manifest:
    """One snapshot of one dataset or source.

    Attributes:
        dataset: ``product/dataset`` or ``sources/name``.
        columns: in the order of the files.
        files: in the order in which they are read.
        weak: True when a native table's version token stands for the content (then it is no proof of equality).
        slices: of a dataset that is built in slices, to which each file belongs; else empty.
        digest: the snapshot's identity: schema, files and rows. Where the files lie does not count.
    """

    dataset: str
    columns: tuple[Column, ...]
    files: tuple[DataFile, ...]
    weak: bool = False
    slices: tuple[str, ...] = ()
    digest: Digest = field(init=False, repr=False, compare=False)  # asked for often, and slow to compute

    @property
    def rows(self) -> int:
        """All rows of all files."""
        return sum(file.rows for file in self.files)

    @property
    def sliced(self) -> tuple[SlicedFile, ...]:
        """The files with their slices; none of a dataset that is built whole."""
        return tuple(SlicedFile(name, file) for name, file in zip(self.slices, self.files, strict=bool(self.slices)))

    def __post_init__(self) -> None:
        value = {**self.as_json(), "files": [[f.digest, f.size_bytes, f.rows] for f in self.files]}
        object.__setattr__(self, "digest", digest_value(value))

    def as_json(self) -> dict[str, Any]:
        """Return the manifest as it is written to disk."""
        return {
            "dataset": self.dataset,
            "columns": [[c.name, c.type] for c in self.columns],
            "files": [[f.path, f.digest, f.size_bytes, f.rows] for f in self.files],
            "weak": self.weak,
            **({"slices": list(self.slices)} if self.slices else {}),
        }


def manifest_of(
    dataset: str,
    columns: Sequence[Column],
    files: Sequence[DataFile],
    slices: Sequence[str],
    kept: Sequence[SlicedFile],
) -> Manifest:
    """Return the manifest of new files and of those that are kept of an earlier one, in the order of their slices.

    Without slices there is nothing to keep, and the files stay in their order.
    """
    if not slices and not kept:
        return Manifest(dataset, tuple(columns), tuple(files))
    every = [*kept, *(SlicedFile(name, file) for name, file in zip(slices, files, strict=True))]
    ordered = sorted(every, key=lambda one: (one.slice, one.file.digest))
    names = tuple(one.slice for one in ordered)
    return Manifest(dataset, tuple(columns), tuple(one.file for one in ordered), slices=names)


def manifest_from_json(value: Mapping[str, Any]) -> Manifest:
    """Read a manifest as `Manifest.as_json` wrote it."""
    return Manifest(
        dataset=value["dataset"],
        columns=tuple(Column(name, kind) for name, kind in value["columns"]),
        files=tuple(DataFile(path, parse_digest(digest), size, rows) for path, digest, size, rows in value["files"]),
        weak=value["weak"],
        slices=tuple(value.get("slices", ())),
    )


Cut = Mapping[str, Digest]
"""A set of source versions: source name to the digest of its landed snapshot."""


@dataclass(frozen=True, slots=True)
class PinnedCut:
    """A cut with a name, by which builds are repeated on equal input. It is never changed.

    Attributes:
        name: unique in a home.
        product: whose sources.
        sources: their landed snapshots.
        as_of: the logical date of what is built on it, ISO 8601.
        pinned_by: e-mail.
        pinned_at: in UTC.
    """

    name: str
    product: str
    sources: Cut
    as_of: str
    pinned_by: str
    pinned_at: datetime


class Slot(StrEnum):
    """Which of an environment's pointers: ``current`` outside production; in production the other two."""

    CURRENT = "current"
    CANDIDATE = "candidate"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Pointer:
    """What readers of a product see in an environment: one row that names all its snapshots.

    Attributes:
        snapshots: dataset name (and step name, for what has no contract) to snapshot digest.
        cut: the source versions from which they were made.
        payload: what they were built from; None for a working tree.
        as_of: the logical date of the build, ISO 8601.
        moved_at: when the pointer was moved, in UTC.
        revision: counts the moves; a move states the revision it saw, so that two movers cannot both win.
    """

    environment: str
    product: str
    slot: Slot
    snapshots: Mapping[str, Digest]
    cut: Cut
    payload: Digest | None
    as_of: str
    moved_at: datetime
    revision: int = 0

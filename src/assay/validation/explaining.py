"""Where each verdict came from and what was read for it, in words for whoever asks why it is quick or slow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Origin(StrEnum):
    """Where a value came from."""

    SCHEMA = "names and types of the columns"
    FOOTER = "footers of the files"
    REMEMBERED = "remembered of unchanged files"
    ROWS = "rows"
    HASHES = "hashes of the key"
    QUERY = "a query of its own"
    NOTHING = "not read"


@dataclass(frozen=True, slots=True)
class ReadNote:
    """One query that was run.

    Attributes:
        origin: what kind of reading it was.
        columns: what it read of the table under test; empty where that cannot be told.
        rows: of the files that it went over; row groups whose statistics rule them out are skipped within it.
        size_bytes: of these columns, as they are stored; None where that is not known.
        seconds: by the wall clock.
    """

    origin: Origin
    sql: str
    columns: tuple[str, ...]
    rows: int
    size_bytes: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Explained:
    """How a table was read.

    Attributes:
        rows: of the table.
        files: of which it consists.
        origins: check id to where its values came from, in the order of their weight.
        notes: what was found on the way: whose footers were measured, which file lies.
        reads: every query, in the order in which they ran.
        uses: check id to the positions of the reads that it rests on.
    """

    rows: int
    files: int
    origins: Mapping[str, tuple[Origin, ...]]
    notes: tuple[str, ...]
    reads: tuple[ReadNote, ...]
    uses: Mapping[str, tuple[int, ...]]

    def words(self, check_id: str) -> str:
        """Say where a check's verdict comes from, with the columns that were read for it."""
        origins = self.origins.get(check_id, (Origin.NOTHING,))
        read = [self.reads[position] for position in self.uses.get(check_id, ())]
        columns = sorted({column for note in read for column in note.columns})
        rows = max((note.rows for note in read), default=0)
        text = ", ".join(origins)
        return f"{text} ({', '.join(columns)}; {rows:,} of {self.rows:,} rows)" if columns else text

    def as_json(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "rows": self.rows,
            "files": self.files,
            "notes": list(self.notes),
            "checks": {
                check_id: {"from": [one.name.lower() for one in origins], "reads": list(self.uses.get(check_id, ()))}
                for check_id, origins in self.origins.items()
            },
            "reads": [
                {
                    "from": note.origin.name.lower(), "sql": note.sql, "columns": list(note.columns), "rows": note.rows,
                    "bytes": note.size_bytes, "seconds": round(note.seconds, 6),
                }
                for note in self.reads
            ],
        }  # fmt: skip


def ordered(origins: Sequence[Origin]) -> tuple[Origin, ...]:
    """Return each origin once, the weightiest first."""
    weights = list(Origin)
    return tuple(sorted(set(origins), key=weights.index, reverse=True))

"""What the footer of a Parquet file says of its row groups, before anybody asks whether it is true."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is said of one column in one row group.

    Attributes:
        column: its name; a field inside a column has a path of several names.
        group: the row group, from 0.
        nulls: rows without a value; None where the footer does not say.
        least: the smallest value as text; None where it is not said or all is null. So also ``greatest``.
        is_exact: whether both are values that occur, and not only bounds.
        is_dictionary: whether its different values are kept once each.
        size_bytes: as it is stored, compressed.
    """

    column: str
    group: int
    nulls: int | None
    least: str | None
    greatest: str | None
    is_exact: bool
    is_dictionary: bool
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Footer:
    """What is said of one file.

    Attributes:
        writer: the program that wrote it, in its own words; empty where it does not say.
        group_rows: rows of each row group, in their order.
        chunks: of the columns that were asked for.
    """

    path: str
    writer: str
    group_rows: tuple[int, ...]
    chunks: tuple[Chunk, ...]

    @property
    def rows(self) -> int:
        """All rows of the file."""
        return sum(self.group_rows)

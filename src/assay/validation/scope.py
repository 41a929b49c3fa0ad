"""The table under test as its columns are, and what it means that a test cannot be put to it."""

from __future__ import annotations

from dataclasses import dataclass

from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.validation.conditions import Outcome


class Uncompilable(Exception):
    """A test that cannot be put to this table; the message says why, ``outcome`` whether that is an error or a skip."""

    outcome = Outcome.ERROR


class Needless(Uncompilable):
    """A test of which the table's form already says that there is nothing to test."""

    outcome = Outcome.SKIP


class Absent(Uncompilable):
    """A test on a column that is not there."""

    def __init__(self, column: str) -> None:
        super().__init__(f"there is no column {column}")
        self.column = column


@dataclass(frozen=True, slots=True)
class Scope:
    """The table under test, as its columns are."""

    table: TableRef
    columns: tuple[Column, ...]

    def find(self, name: str) -> Column | None:
        """Find a column: by its exact name, else by the only one that differs in case alone; None when there is none.

        Raises:
            Uncompilable: several differ in case alone.
        """
        for column in self.columns:
            if column.name == name:
                return column
        similar = [column for column in self.columns if column.name.lower() == name.lower()]
        if len(similar) > 1:
            names = ", ".join(column.name for column in similar)
            raise Uncompilable(f"{name} may be any of {names}")
        return similar[0] if similar else None

    def column(self, name: str) -> Column:
        """Return a column that must be there.

        Raises:
            Absent: it is not.
            Uncompilable: several may be meant, or it is a field inside a column.
        """
        column = self.find(name)
        if column is None:
            raise Absent(name)
        return column

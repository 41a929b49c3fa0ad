"""One value that a test needs from a table, and how values from parts of it make the whole's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from assay.base.names import TableRef
from assay.sql.quoting import table_sql

ROWS = "rows"
"""The label of what goes over the rows of a table itself."""


class Fold(StrEnum):
    """How values that were read from parts of a table make the value of the whole; null is the value of nothing."""

    SUM = "sum"
    LEAST = "least"
    GREATEST = "greatest"


@dataclass(frozen=True, slots=True)
class Asked:
    """One value that a test needs: an expression over a relation, and the tables which that names.

    Attributes:
        label: what kind of relation it is, for names of reads.
        fold: how the values of a table's parts make the whole's; None where only the whole table has a value.
        counted: the condition of the rows that are counted; None where the value is no count of such rows.
    """

    label: str
    relation: str
    expression: str
    tables: tuple[TableRef, ...]
    fold: Fold | None = None
    counted: str | None = None


def of_table(table: TableRef, *expressions: str, fold: Fold | None = None) -> list[Asked]:
    """Ask for expressions over the rows of a table itself."""
    return [Asked(ROWS, table_sql(table), expression, (table,), fold) for expression in expressions]


def of_relation(label: str, relation: str, expressions: Iterable[str], *tables: TableRef) -> list[Asked]:
    """Ask for expressions over a relation that is made of tables."""
    return [Asked(label, relation, expression, tables) for expression in expressions]


def beside(table: TableRef, other: TableRef) -> TableRef:
    """Say which table a name without a schema means: the one in the schema of the table under test."""
    return TableRef(table.schema, other.name) if other.schema is None else other

"""What was seen of a table: the evidence from which a contract is proposed."""

from __future__ import annotations

from dataclasses import dataclass

from assay.contract.model import LogicalType

Bound = int | float | str
"""A number, or a date or moment in ISO 8601, as a contract writes it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The type of a column, or of what lies inside one.

    Attributes:
        name: empty for the items of an array and the sides of a map.
        logical: None where the standard has no word for it.
        physical: None where it says no more than the logical type, or has no spelling that others know.
        has_zone: of timestamps; None for all else.
        properties: the fields of an object.
        items: what an array holds; None for all else. So also both sides of a map.
    """

    name: str
    logical: LogicalType | None
    physical: str | None
    has_zone: bool | None = None
    properties: tuple[Shape, ...] = ()
    items: Shape | None = None
    map_key: Shape | None = None
    map_value: Shape | None = None


@dataclass(frozen=True, slots=True)
class ObservedColumn:
    """What was seen of a column.

    Attributes:
        values: rows with a value.
        is_unique: whether no value comes twice; False also where nobody looked.
        minimum: None where there is none that can be written exactly, or nobody looked. So also ``maximum``.
        choices: all values, where they are few; empty otherwise.
    """

    shape: Shape
    values: int
    is_unique: bool = False
    minimum: Bound | None = None
    maximum: Bound | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a column of dates or moments goes on: after each value comes the next within ``rate``."""

    column: str
    rate: str


@dataclass(frozen=True, slots=True)
class ObservedTable:
    """What was seen of a table.

    Attributes:
        key: columns that together name each row once; empty where none were found.
        rhythm: None where no column goes on regularly.
    """

    name: str
    rows: int
    columns: tuple[ObservedColumn, ...]
    key: tuple[str, ...] = ()
    rhythm: Rhythm | None = None

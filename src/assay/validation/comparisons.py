"""Tests that hold rows against each other, against another table or against earlier values, as data.

All are members of the union in `assay.validation.conditions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from assay.base.names import TableRef


@dataclass(frozen=True, slots=True)
class Side:
    """A column of two tables that are compared: as it is called here and there.

    Attributes:
        tolerance: how far two numbers may lie apart and still be equal; None compares exactly.
    """

    own: str
    other: str
    tolerance: int | float | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """How many totals of the dataset differ from another table's: rows, sums of numbers, hash totals of the rest."""

    other: TableRef
    columns: tuple[Side, ...]
    where: str | None = None
    other_where: str | None = None


@dataclass(frozen=True, slots=True)
class SameRows:
    """How many keys are only in one of two tables, in one of them twice, or have other values.

    Attributes:
        is_itself: whether the other table is the same dataset, in another environment.
    """

    other: TableRef
    key: tuple[Side, ...]
    columns: tuple[Side, ...]
    where: str | None = None
    other_where: str | None = None
    is_itself: bool = False


class Step(StrEnum):
    """How far one member of a series lies from the next."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Series:
    """How many periods of a series are not there.

    Attributes:
        first: the first period as ISO 8601; None begins with the first that is there. So also ``last``.
        per: columns of an entity, each of which must have every period; empty for the dataset as a whole.
        is_common: whether an entity's series reaches from the first to the last period of all, or of its own.
        business_days: whether Saturdays and Sundays are no part of it.
        holidays: days that are no part of it.
        calendar: a table that lists all periods there should be, in its column ``calendar_column``; None takes all.
    """

    column: str
    step: Step
    zone: str
    first: str | None = None
    last: str | None = None
    per: tuple[str, ...] = ()
    is_common: bool = True
    business_days: bool = False
    holidays: tuple[str, ...] = ()
    calendar: TableRef | None = None
    calendar_column: str = ""
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """How many rows do not follow on the row before them.

    Attributes:
        order: the columns that say which row is before which.
        per: columns of an entity, within which the order counts.
        is_strict: whether an equal value is a violation.
        is_falling: whether values go down.
    """

    column: str
    order: tuple[str, ...]
    per: tuple[str, ...] = ()
    is_strict: bool = True
    is_falling: bool = False
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Gapless:
    """How many whole numbers are missing between the least and the greatest.

    Attributes:
        first: where the numbers begin; None begins with the least that is there.
        per: columns of an entity, each of which counts for itself.
    """

    column: str
    first: int | None = None
    per: tuple[str, ...] = ()
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Usual:
    """Whether an aggregate lies near the median of what it was before.

    Attributes:
        expression: SQL over the dataset; the number of rows is one.
        runs: with fewer earlier values there is nothing to say.
        factor: how many median absolute deviations it may lie away.
        floor: how far it may always lie away, as a share of the median; a history without any spread allows no more.
        same_weekday: whether only values of the same day of the week count.
    """

    expression: str
    runs: int
    factor: int | float
    floor: int | float
    same_weekday: bool
    where: str | None = None


ComparisonTest: TypeAlias = Totals | SameRows | Series | Sequence | Gapless

"""What is tested, as data: the closed unions of row conditions and of tests. How it is tested is said elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from assay.base.names import TableRef
from assay.contract.durations import Duration
from assay.contract.model import LogicalType

Value: TypeAlias = str | int | float | bool


class Outcome(StrEnum):
    """What a check says. An error is no verdict: it counts neither as a pass nor as a failure."""

    SKIP = "skip"
    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class NotNull:
    """A row is bad when the column is null."""

    column: str


@dataclass(frozen=True, slots=True)
class NotMissing:
    """A row is bad when the column is null or holds one of the values that stand for nothing."""

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Valid:
    """A row is bad when its value is not among the values, or the pattern is found nowhere in it; null is neither.

    Attributes:
        values: None allows all.
        pattern: an unanchored regular expression; None where there is none.
    """

    column: str
    values: tuple[Value, ...] | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class InRange:
    """A row is bad when its value lies outside; NaN and infinity always do, null never.

    Attributes:
        minimum: belongs to the range, as ``maximum`` does; ``above`` and ``below`` do not. None where there is no end.
        zone: in which moments without a time zone are meant.
    """

    column: str
    logical: LogicalType | None
    minimum: Value | None = None
    above: Value | None = None
    maximum: Value | None = None
    below: Value | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class HasLength:
    """A row is bad when a text has fewer or more characters, or a list entries; None where there is no end."""

    column: str
    minimum: int | None
    maximum: int | None


@dataclass(frozen=True, slots=True)
class HasDistinctItems:
    """A row is bad when its list holds a value twice."""

    column: str


@dataclass(frozen=True, slots=True)
class MultipleOf:
    """A row is bad when its number is no whole multiple of the step."""

    column: str
    step: int | float


@dataclass(frozen=True, slots=True)
class Satisfies:
    """A row is bad when the author's SQL expression is false; null is not false."""

    expression: str


RowCondition: TypeAlias = NotNull | NotMissing | Valid | InRange | HasLength | HasDistinctItems | MultipleOf | Satisfies


@dataclass(frozen=True, slots=True)
class BadRows:
    """How many rows violate a condition.

    Attributes:
        of_non_null: a percentage is taken of the rows that hold a value in this column; None takes all rows.
    """

    condition: RowCondition
    of_non_null: str | None = None


@dataclass(frozen=True, slots=True)
class HasColumn:
    """Whether a column is there.

    Attributes:
        may_be_absent: whether the contract lets it be left out; then what is promised of it is skipped.
    """

    column: str
    may_be_absent: bool


@dataclass(frozen=True, slots=True)
class HasType:
    """Whether a column is stored as promised; None where the contract does not say.

    Attributes:
        has_zone: whether a timestamp must carry a time zone.
    """

    column: str
    logical: LogicalType | None
    physical: str | None
    has_zone: bool | None


@dataclass(frozen=True, slots=True)
class NoOtherColumns:
    """Whether there are columns that the contract does not name."""

    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HasRows:
    """Whether there is anything to test; implied, so that an empty table never looks well tested."""


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many rows there are."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """How many keys occur more than once; a key with a null part is no duplicate.

    Attributes:
        is_primary: whether a null part is a violation itself.
    """

    columns: tuple[str, ...]
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Refers:
    """How many rows point to nothing; a reference with a null part points nowhere and is not tested.

    Attributes:
        target: a schema of None means: beside the dataset.
    """

    columns: tuple[str, ...]
    target: TableRef
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """The newest value of a column of any table; it takes the place of the clock."""

    table: TableRef
    column: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """How old the newest value is: less than the limit. A date counts from its end.

    Attributes:
        zone: of moments without one.
        as_of: measured against this; None means against now.
    """

    column: str
    limit: Duration
    limit_text: str
    zone: str
    as_of: Moment | None


@dataclass(frozen=True, slots=True)
class Retained:
    """How old the oldest value is: less than the limit. This tests that old data is deleted, not that it is kept."""

    column: str
    limit: Duration
    limit_text: str
    zone: str


@dataclass(frozen=True, slots=True)
class Query:
    """What an author's query answers: one row with one value.

    Attributes:
        text: with its placeholders.
        column: what ``{property}`` stands for; None for a rule at the dataset.
        own_names: names by which the query may call the dataset itself.
    """

    text: str
    column: str | None
    own_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """How far an aggregate of the dataset lies from an aggregate of another table."""

    expression: str
    source: TableRef
    source_expression: str


@dataclass(frozen=True, slots=True)
class Unverified:
    """What is not tested, and why: skipped on purpose, or an error because it should be and cannot."""

    outcome: Outcome
    reason: str


Test: TypeAlias = (
    BadRows
    | HasColumn
    | HasType
    | NoOtherColumns
    | HasRows
    | RowCount
    | Duplicates
    | Refers
    | Fresh
    | Retained
    | Query
    | ControlTotal
    | Unverified
)

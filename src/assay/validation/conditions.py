"""What is tested, as data: the closed unions of row conditions and of tests. How it is tested is said elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from assay.base.names import TableRef
from assay.contract.durations import Duration
from assay.contract.model import LogicalType
from assay.validation.comparisons import ComparisonTest, Usual

Value: TypeAlias = str | int | float | bool


class Extent(StrEnum):
    """Which rows a rule with a filter looks at: the filter's, all, or for keys all that share one with the filter's."""

    FILTERED = "filtered"
    TABLE = "table"
    WINDOW = "window"


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
        is_finite: whether NaN and infinity lie outside; a format of numbers alone says nothing of them.
        layout: a pattern of the JDK by which moments may be written as well as by ISO 8601; None where there is none.
    """

    column: str
    logical: LogicalType | None
    minimum: Value | None = None
    above: Value | None = None
    maximum: Value | None = None
    below: Value | None = None
    zone: str = "UTC"
    is_finite: bool = True
    layout: str | None = None


@dataclass(frozen=True, slots=True)
class HasLength:
    """A row is bad when a text has fewer or more characters, or a list entries; None where there is no end."""

    column: str
    minimum: int | None
    maximum: int | None


@dataclass(frozen=True, slots=True)
class HasDistinctItems:
    """A row is bad when its list holds a value twice; ``steps`` lead from an entry to the value that counts."""

    column: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HasKeyedItems:
    """A row is bad when its list holds two objects of one key, or one whose key has a part that is null."""

    column: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HasFields:
    """A row is bad when its object has fewer or more fields that are not null; None where there is no end."""

    column: str
    minimum: int | None
    maximum: int | None


@dataclass(frozen=True, slots=True)
class HasAllFields:
    """A row is bad when its object lacks one of the fields, or that is null."""

    column: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MultipleOf:
    """A row is bad when its number is no whole multiple of the step; a floating-point one may lie a little beside."""

    column: str
    step: int | float


@dataclass(frozen=True, slots=True)
class Written:
    """A row is bad when its text is no date, time or timestamp written so; a stored date is not written at all.

    Attributes:
        layout: a pattern of the JDK, ``yyyy-MM-dd``.
    """

    column: str
    layout: str


@dataclass(frozen=True, slots=True)
class IsKind:
    """A row is bad when a value of a JSON document is of another kind."""

    column: str
    logical: LogicalType


@dataclass(frozen=True, slots=True)
class Satisfies:
    """A row is bad when the author's SQL expression is false; null is not false."""

    expression: str


@dataclass(frozen=True, slots=True)
class SatisfiesAny:
    """A row is bad when each of the author's SQL expressions is false; null is not false."""

    expressions: tuple[str, ...]


ValueCondition: TypeAlias = (
    NotNull
    | NotMissing
    | Valid
    | InRange
    | HasLength
    | HasDistinctItems
    | HasKeyedItems
    | HasFields
    | HasAllFields
    | MultipleOf
    | Written
    | IsKind
)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where inside a column a value lies.

    Attributes:
        column: the column as it is stored.
        steps: from there down: ``.field``, ``[]`` into the entries of a list, ``{key}`` and ``{value}`` of a map.
        logical: as what a value of a JSON document is read; None reads it as text.
    """

    column: str
    steps: tuple[str, ...]
    logical: LogicalType | None = None

    def __str__(self) -> str:
        return self.column + "".join(self.steps)

    @property
    def is_repeated(self) -> bool:
        """Whether a row may hold several of the values, or none."""
        return not all(step.startswith(".") for step in self.steps)


@dataclass(frozen=True, slots=True)
class Inside:
    """A row is bad when a value inside its column is. Where the object around a value is null, there is no value."""

    spot: Spot
    condition: ValueCondition

    @property
    def column(self) -> str:
        """The column in which all of it lies."""
        return self.spot.column


@dataclass(frozen=True, slots=True)
class Where:
    """Only rows of which the author's SQL expression is true are tested; one of them is bad by the condition."""

    expression: str
    condition: RowCondition


RowCondition: TypeAlias = ValueCondition | Inside | Satisfies | SatisfiesAny | Where


@dataclass(frozen=True, slots=True)
class BadRows:
    """How many rows violate a condition.

    Attributes:
        of_non_null: a percentage is taken of the rows that hold a value in this column (of a condition inside a
            column: hold one there); None takes all rows.
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
        is_compatible: whether any number passes for a whole one, and a timestamp with a time zone for one without.
    """

    column: str
    logical: LogicalType | None
    physical: str | None
    has_zone: bool | None
    is_compatible: bool = False


@dataclass(frozen=True, slots=True)
class HasField:
    """Whether a field inside a column is there; see `HasColumn`."""

    spot: Spot
    may_be_absent: bool


@dataclass(frozen=True, slots=True)
class FieldType:
    """Whether a value inside a column is stored as promised; see `HasType`. In a JSON document each value tells."""

    spot: Spot
    logical: LogicalType | None
    physical: str | None
    has_zone: bool | None
    is_compatible: bool = False


@dataclass(frozen=True, slots=True)
class NoOtherColumns:
    """Whether there are columns that the contract does not name."""

    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HasRows:
    """Whether there is anything to test; implied, so that an empty table never looks well tested."""


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many rows there are; ``where`` is an SQL expression that is true of those that count, None counts all."""

    where: str | None = None


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
        where: an SQL expression that is true of the rows that are looked at; None looks at all.
    """

    column: str
    limit: Duration
    limit_text: str
    zone: str
    as_of: Moment | None
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Retained:
    """How old the oldest value is: less than the limit. This tests that old data is deleted, not that it is kept."""

    column: str
    limit: Duration
    limit_text: str
    zone: str
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Frequent:
    """How many gaps between a value and the next later one are longer than the limit."""

    column: str
    limit: Duration
    limit_text: str
    zone: str
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What an author's query answers: one row with one value.

    Attributes:
        text: with its placeholders.
        column: what ``{property}`` stands for; None for a rule at the dataset.
        own_names: names by which the query may call the dataset itself.
        failed_rows: a second query, whose rows show what is wrong; None where the author gave none.
        steps: the way to the property inside the column.
    """

    text: str
    column: str | None
    own_names: tuple[str, ...]
    failed_rows: str | None = None
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedRows:
    """How many rows an author's query selects: each of them is wrong."""

    query: Query


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What an author's aggregate over the dataset is; see `Usual` for one that is held against its history."""

    expression: str
    where: str | None = None


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """How far an aggregate of the dataset lies from an aggregate of another table, or from what a query answers."""

    expression: str
    source: TableRef | None
    source_expression: str
    query: Query | None = None
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """A test on keys of chosen rows, or of values inside columns.

    Attributes:
        test: it names a value inside a column as its spot is written.
        spots: of the values inside columns. A row counts once for each entry of a list on the way to one.
        target_spots: of those that a reference points to.
        where: an SQL expression that chooses rows; None chooses all.
        extent: whether a key of the chosen rows is looked for in them alone or in the whole table; of references the
            chosen rows alone are tested.
    """

    test: Duplicates | Refers
    spots: tuple[Spot, ...] = ()
    target_spots: tuple[Spot, ...] = ()
    where: str | None = None
    extent: Extent = Extent.FILTERED


@dataclass(frozen=True, slots=True)
class Unverified:
    """What is not tested, and why: skipped on purpose, or an error because it should be and cannot."""

    outcome: Outcome
    reason: str


RowTest: TypeAlias = BadRows | HasRows | RowCount
KeyTest: TypeAlias = Duplicates | Refers | Derived
AgeTest: TypeAlias = Fresh | Retained | Frequent
QueryTest: TypeAlias = Query | FailedRows | Aggregate | Usual | ControlTotal
FormTest: TypeAlias = HasColumn | HasType | HasField | FieldType | NoOtherColumns | Unverified
Test: TypeAlias = RowTest | KeyTest | AgeTest | QueryTest | ComparisonTest | FormTest

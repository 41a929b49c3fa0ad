"""The Open Data Contract Standard v3 as frozen values. What a contract says and this does not name is in `document`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from assay.base.errors import Place


class LogicalType(StrEnum):
    """The standard's names of what a value is, whatever stores it."""

    STRING = "string"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIME = "time"
    NUMBER = "number"
    INTEGER = "integer"
    OBJECT = "object"
    ARRAY = "array"
    BOOLEAN = "boolean"
    MAP = "map"
    VECTOR = "vector"


class SemanticType(StrEnum):
    """What a property is in the data model; only a column is stored."""

    COLUMN = "column"
    MEASURE = "measure"
    DIMENSION = "dimension"


class RuleType(StrEnum):
    """How a quality rule is written down."""

    LIBRARY = "library"
    SQL = "sql"
    CUSTOM = "custom"
    TEXT = "text"


class Metric(StrEnum):
    """The standard's library of measures."""

    NULL_VALUES = "nullValues"
    MISSING_VALUES = "missingValues"
    INVALID_VALUES = "invalidValues"
    DUPLICATE_VALUES = "duplicateValues"
    ROW_COUNT = "rowCount"


class Operator(StrEnum):
    """How a measure is held against its limit. Between includes both ends (ours; the standard's text is ambiguous)."""

    EQUAL = "mustBe"
    NOT_EQUAL = "mustNotBe"
    GREATER = "mustBeGreaterThan"
    GREATER_OR_EQUAL = "mustBeGreaterOrEqualTo"
    LESS = "mustBeLessThan"
    LESS_OR_EQUAL = "mustBeLessOrEqualTo"
    BETWEEN = "mustBeBetween"
    NOT_BETWEEN = "mustNotBeBetween"


class Severity(StrEnum):
    """What a violated rule does."""

    FAIL = "fail"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class QualityRule:
    """One entry of a ``quality`` list.

    Attributes:
        id: None where the author gave none.
        metric: of a library rule; None for the other types.
        operator: None for text and custom rules.
        value: what the operator compares with: a number, true or false, or a pair of numbers.
        unit: as written; None means rows.
        severity: as written; None means that a violation fails.
        custom: the rule's customProperties, by name.
        raw: the whole rule as it stands in the file.
        place: where it stands; no part of its meaning.
    """

    id: str | None
    name: str | None
    type: RuleType
    metric: Metric | None
    operator: Operator | None
    value: Any
    unit: str | None
    dimension: str | None
    severity: str | None
    description: str | None
    query: str | None
    engine: str | None
    implementation: Any
    arguments: Mapping[str, Any]
    custom: Mapping[str, Any]
    raw: Mapping[str, Any]
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Relationship:
    """A foreign key.

    Attributes:
        columns: the names of this dataset's properties, in the order of the key.
        target: the table pointed to, ``airlines`` or ``sources.airlines``; None when it lies in another file.
        target_columns: names of the target's properties, in the same order; empty without a target.
        to: the reference as it is written.
    """

    columns: tuple[str, ...]
    target: str | None
    target_columns: tuple[str, ...]
    to: tuple[str, ...]
    custom: Mapping[str, Any]
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class EnumValue:
    """An allowed value, and the words for people; the label is None where there is none."""

    value: str | int | float | bool | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Property:
    """A column, or a field inside one.

    Attributes:
        name: as people and steps know it; empty for the items of an array and the sides of a map.
        physical_name: as it is stored, where that differs.
        options: logicalTypeOptions; exclusive bounds always as values, as v3.1 writes them.
        primary_key_position: counts from 1; None where it is not given.
        classification: as written; None where the author said nothing.
        properties: the fields of an object.
        items: what an array holds.
        map_key: None unless this is a map; so also ``map_value``.
    """

    name: str
    physical_name: str | None
    logical_type: LogicalType | None
    options: Mapping[str, Any]
    physical_type: str | None
    semantic_type: SemanticType
    required: bool
    unique: bool
    primary_key: bool
    primary_key_position: int | None
    enum: tuple[EnumValue, ...]
    classification: str | None
    encrypted_name: str | None
    business_name: str | None
    description: str | None
    tags: tuple[str, ...]
    quality: tuple[QualityRule, ...]
    relationships: tuple[Relationship, ...]
    properties: tuple[Property, ...]
    items: Property | None
    map_key: Property | None
    map_value: Property | None
    custom: Mapping[str, Any]
    place: Place = field(compare=False)

    @property
    def column(self) -> str:
        """The name under which it is stored."""
        return self.physical_name or self.name

    def inside(self) -> Iterator[tuple[str, Property]]:
        """Give what lies directly inside, each with the step of the path that leads to it (``.street``, ``[]``)."""
        yield from ((f".{part.name}", part) for part in self.properties)
        for step, part in (("[]", self.items), ("{key}", self.map_key), ("{value}", self.map_value)):
            if part is not None:
                yield step, part


@dataclass(frozen=True, slots=True)
class Dataset:
    """A schema object: a table with its properties and the rules on it."""

    name: str
    physical_name: str | None
    business_name: str | None
    description: str | None
    granularity: str | None
    tags: tuple[str, ...]
    properties: tuple[Property, ...]
    quality: tuple[QualityRule, ...]
    relationships: tuple[Relationship, ...]
    custom: Mapping[str, Any]
    place: Place = field(compare=False)

    @property
    def primary_key(self) -> tuple[Property, ...]:
        """The parts of the key in their order; those without a position follow in the order of the file."""
        parts = [part for part in self.properties if part.primary_key]
        return tuple(sorted(parts, key=lambda part: part.primary_key_position or len(parts) + 1))

    def find(self, name: str) -> Property | None:
        """Find a property by its name."""
        return next((part for part in self.properties if part.name == name), None)


@dataclass(frozen=True, slots=True)
class SlaProperty:
    """One promise on service.

    Attributes:
        value: a number, text or truth value.
        element: ``dataset.column``, or a bare column where the contract has one dataset; None where nothing is named.
        custom: customProperties by name, ``asOf`` among them.
    """

    id: str | None
    property: str
    value: Any
    unit: str | None
    element: str | None
    description: str | None
    custom: Mapping[str, Any]
    raw: Mapping[str, Any]
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Server:
    """Where the data lies, in one environment.

    Attributes:
        environment: None where the contract does not say.
        settings: every field of the entry, as written (path, format, host, ...).
        custom: its customProperties by name (user, password, ...).
    """

    name: str
    type: str
    environment: str | None
    settings: Mapping[str, Any]
    custom: Mapping[str, Any] = field(compare=False)
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract as it was read.

    Attributes:
        version: as written; products demand ``MAJOR.MINOR.PATCH``, the standard does not.
        status: optional since v3.2.
        datasets: the schema objects, in the order of the file.
        document: the whole contract as plain values, unknown fields included. Nobody changes it.
        file: the name by which it is shown in errors.
    """

    id: str
    version: str
    api_version: str
    name: str | None
    status: str | None
    domain: str | None
    datasets: tuple[Dataset, ...]
    sla: tuple[SlaProperty, ...]
    servers: tuple[Server, ...]
    custom: Mapping[str, Any]
    document: Mapping[str, Any]
    file: str

    def find(self, name: str) -> Dataset | None:
        """Find a dataset by its name."""
        return next((dataset for dataset in self.datasets if dataset.name == name), None)

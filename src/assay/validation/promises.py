"""What a contract promises of a column by its own fields: required, unique, type, bounds, enum; one promise each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from assay.base.errors import Place
from assay.contract.model import LogicalType, Property, SemanticType, Severity
from assay.validation.conditions import (
    BadRows,
    Duplicates,
    HasColumn,
    HasDistinctItems,
    HasLength,
    HasType,
    InRange,
    MultipleOf,
    NotNull,
    Outcome,
    Test,
    Unverified,
    Valid,
    Value,
)
from assay.validation.thresholds import NONE_AT_ALL, Threshold

ABSENT_CUSTOM = "allowAbsent"
"""The customProperty by which a column may be left out."""

DEFAULT_ZONE = "UTC"

INTEGER_RANGES: dict[str, tuple[int, int]] = {
    **{f"i{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64, 128)},
    **{f"u{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64, 128)},
}
"""Format of whole numbers to its least and greatest value."""

_RANGE = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
_LENGTHS = {("minLength", "maxLength"): "characters", ("minItems", "maxItems"): "entries"}
_SAID_ELSEWHERE = frozenset({"timezone", "defaultTimezone"})  # by the type and by the moments of other rules


class Dimension(StrEnum):
    """The standard's seven kinds of quality."""

    ACCURACY = "accuracy"
    COMPLETENESS = "completeness"
    CONFORMITY = "conformity"
    CONSISTENCY = "consistency"
    COVERAGE = "coverage"
    TIMELINESS = "timeliness"
    UNIQUENESS = "uniqueness"


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that a contract says of a dataset, before it has an identity.

    Attributes:
        where: the path of the column, dotted; empty for the dataset itself.
        what: the field or metric that says it, for the identity.
        meaning: what the identity is made of, as JSON values; words for people are no part of it.
        rule_id: the author's own identity; None where there is none.
        note: something the reader of the verdict should know; empty mostly.
    """

    where: str
    what: str
    meaning: Any
    test: Test
    sentence: str
    dimension: Dimension
    place: Place
    severity: Severity = Severity.FAIL
    threshold: Threshold = NONE_AT_ALL
    rule_id: str | None = None
    note: str = ""


def column_promises(part: Property, path: str) -> Iterator[Promise]:
    """Give what a property promises by its fields, without its quality rules and relationships.

    Args:
        part: the property; a measure or dimension is not stored, and what is promised of it is skipped.
        path: its name, dotted from the column down.
    """
    promises = _stored(part, path)
    if part.semantic_type is SemanticType.COLUMN:
        yield from promises
        return
    reason = f"{path} is a {part.semantic_type}: it is computed by readers and not stored"
    yield from (replace(promise, test=Unverified(Outcome.SKIP, reason)) for promise in promises)


def _stored(part: Property, path: str) -> Iterator[Promise]:
    column = part.column
    absent = part.custom.get(ABSENT_CUSTOM) is True

    def promise(what: str, meaning: Any, test: Test, sentence: str, dimension: Dimension) -> Promise:
        return Promise(path, what, meaning, test, f"{path} {sentence}", dimension, part.place)

    yield promise("column", column, HasColumn(column, absent), "is there", Dimension.CONFORMITY)
    has_zone = part.options.get("timezone")
    if part.logical_type or part.physical_type:
        kinds = list(dict.fromkeys(str(kind) for kind in (part.logical_type, part.physical_type) if kind))
        stored = HasType(column, part.logical_type, part.physical_type, has_zone)
        words = f"is stored as {' and '.join(kinds)}"
        meaning = [part.logical_type, part.physical_type, has_zone]
        yield promise("type", meaning, stored, words, Dimension.CONFORMITY)
    if part.required:
        yield promise("required", True, BadRows(NotNull(column)), "is never empty", Dimension.COMPLETENESS)
    if part.unique:
        yield promise("unique", True, Duplicates((column,)), "holds no value twice", Dimension.UNIQUENESS)
    for what, meaning, test, words in _options(part):
        yield promise(what, meaning, test, words, Dimension.CONFORMITY)
    if part.enum:
        values = [choice.value for choice in part.enum]
        known = tuple(value for value in values if value is not None)
        yield promise("enum", values, BadRows(Valid(column, known)), f"is {listed(known)}", Dimension.CONFORMITY)


def _options(part: Property) -> Iterator[tuple[str, Any, Test, str]]:
    options, column = part.options, part.column
    if any(name in options for name in _RANGE):
        meaning = {name: options[name] for name in _RANGE if name in options}
        yield "range", meaning, BadRows(_range(part)), range_words(meaning)
    for (low, high), unit in _LENGTHS.items():
        if low in options or high in options:
            test = BadRows(HasLength(column, options.get(low), options.get(high)))
            words = f"has {span_words(options.get(low), options.get(high))} {unit}"
            yield low.removeprefix("min").lower(), [options.get(low), options.get(high)], test, words
    for name, value in options.items():
        known = {*_RANGE, *_SAID_ELSEWHERE, *(end for ends in _LENGTHS for end in ends)}
        if name not in known:
            yield from _option(part, name, value)


def _option(part: Property, name: str, value: Any) -> Iterator[tuple[str, Any, Test, str]]:
    column = part.column
    match name:
        case "pattern":
            yield name, value, BadRows(Valid(column, pattern=value)), f"matches {value}"
        case "multipleOf":
            yield name, value, BadRows(MultipleOf(column, value)), f"is a multiple of {value}"
        case "uniqueItems":
            if value:
                yield name, value, BadRows(HasDistinctItems(column)), "holds no entry twice"
        case "format":
            yield name, value, _format(part, value), f"has the format {value}"
        case _:
            reason = f"this version does not test the option {name}"
            yield name, value, Unverified(Outcome.ERROR, reason), f"keeps {name} {value}"


def _format(part: Property, value: str) -> Test:
    bounds = INTEGER_RANGES.get(value)
    if part.logical_type is LogicalType.INTEGER and bounds:
        return BadRows(InRange(part.column, part.logical_type, minimum=bounds[0], maximum=bounds[1]))
    if part.logical_type is LogicalType.STRING:
        return Unverified(Outcome.SKIP, f"'{value}' says how people read the text; give a pattern to have it tested")
    return Unverified(Outcome.SKIP, f"'{value}' says how values are written; the type is tested instead")


def _range(part: Property) -> InRange:
    options = part.options
    return InRange(
        part.column,
        part.logical_type,
        minimum=options.get("minimum"),
        above=options.get("exclusiveMinimum"),
        maximum=options.get("maximum"),
        below=options.get("exclusiveMaximum"),
        zone=zone_of(part),
    )


def zone_of(part: Property) -> str:
    """Return the time zone in which a column's moments without one are meant."""
    return str(part.options.get("defaultTimezone", DEFAULT_ZONE))


def listed(values: tuple[Value | None, ...]) -> str:
    """Name allowed values, the first eight of many."""
    shown = ", ".join(str(value) for value in values[:8])
    more = f" or one of {len(values) - 8} more" if len(values) > 8 else ""
    return f"one of {shown}{more}" if len(values) > 1 else shown


def range_words(bounds: Mapping[str, Any]) -> str:
    """Say a range."""
    words = {
        "minimum": "at least {}",
        "exclusiveMinimum": "above {}",
        "maximum": "at most {}",
        "exclusiveMaximum": "below {}",
    }
    return "is " + " and ".join(text.format(bounds[name]) for name, text in words.items() if name in bounds)


def span_words(low: int | None, high: int | None) -> str:
    """Say how many there may be."""
    if low == high:
        return str(low)
    if low is None or high is None:
        return f"at most {high}" if low is None else f"at least {low}"
    return f"{low} to {high}"

"""What a contract promises of a column by its own fields: required, unique, type, bounds, enum; one promise each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from assay.base.errors import Place
from assay.contract.model import LogicalType, Property, SemanticType, Severity
from assay.contract.walking import ABSENT_CUSTOM
from assay.validation.conditions import (
    BadRows,
    Duplicates,
    Fresh,
    HasAllFields,
    HasColumn,
    HasDistinctItems,
    HasFields,
    HasLength,
    HasRows,
    HasType,
    InRange,
    MultipleOf,
    NoOtherColumns,
    NotNull,
    Outcome,
    Retained,
    Test,
    Unverified,
    Valid,
    Value,
    Written,
)
from assay.validation.formats import FORMATS
from assay.validation.terms import LIMITS, Refused, Terms, terms_of
from assay.validation.thresholds import NONE_AT_ALL, Threshold

_WITHOUT_COUNT = (HasColumn, HasType, HasRows, NoOtherColumns, Fresh, Retained)
"""Tests that answer yes or no."""

DEFAULT_ZONE = "UTC"

INTEGER_RANGES: dict[str, tuple[int, int]] = {
    **{f"i{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64, 128)},
    **{f"u{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64, 128)},
}
"""Format of whole numbers to its least and greatest value."""

_MOMENTS = frozenset({LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME})

FLOAT_RANGES: dict[str, float] = {"f32": 3.4028234663852886e38, "f64": 1.7976931348623157e308}
"""Format of floating-point numbers to its greatest finite value (IEEE 754)."""

_RANGE = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
_LENGTHS = {
    ("minLength", "maxLength"): "characters",
    ("minItems", "maxItems"): "entries",
    ("minProperties", "maxProperties"): "fields",
}
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
        name: the author's title of the rule; empty where there is none. So also ``tags``, with those of the column.
        warning: what the measure should be beside the threshold; None where nothing warns before it fails.
        terms: how it is applied, as far as the test does not say so yet: to which rows.
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
    warning: Threshold | None = None
    terms: Terms = field(default_factory=Terms)
    rule_id: str | None = None
    name: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""


def column_promises(part: Property, path: str) -> Iterator[Promise]:
    """Give what a property promises by its fields, without its quality rules and relationships.

    Args:
        part: the property; a measure or dimension is not stored, and what is promised of it is skipped.
        path: its name, dotted from the column down.
    """
    promises = by_limits(list(_stored(part, path)), part.custom.get(LIMITS, {}), part.column, path, part.place)
    if part.semantic_type is SemanticType.COLUMN:
        yield from promises
        return
    reason = f"{path} is a {part.semantic_type}: it is computed by readers and not stored"
    yield from (replace(promise, test=Unverified(Outcome.SKIP, reason)) for promise in promises)


def by_limits(
    promises: list[Promise], limits: Mapping[str, Any], column: str | None, path: str, place: Place
) -> Iterator[Promise]:
    """Apply ``limits`` to the promises that it names; a name that is none of them is said and never passed over.

    Args:
        promises: all that could be named.
        limits: as it stands in the contract: promise to its terms.
        column: of whose values a percentage may be; None where there is none.
        path: of the property; empty at the dataset.
        place: where to say that a name is none.
    """
    yield from (on_terms(promise, limits.get(promise.what), column) for promise in promises)
    known = [promise.what for promise in promises]
    for name in limits:
        if name not in known:
            reason = f"limits: {name!r} is none of what is promised here, which is {', '.join(known)}"
            test = Unverified(Outcome.ERROR, reason)
            sentence = f"{path or 'the dataset'} keeps the terms of {name}"
            yield Promise(path, f"limits.{name}", limits[name], test, sentence, Dimension.CONFORMITY, place)


def on_terms(promise: Promise, settings: Any, column: str | None) -> Promise:
    """Put a promise that is no rule on its terms.

    Args:
        promise: as the contract's own field says it.
        settings: as they stand under ``limit`` or in ``limits``; None where nothing is said.
        column: of whose values a percentage may be; None where there is none.
    """
    if settings is None:
        return promise
    promise = replace(promise, meaning=[promise.meaning, settings])
    try:
        terms = terms_of(settings)
        if isinstance(promise.test, _WITHOUT_COUNT) and (terms.threshold or terms.warning):
            raise Refused("there is nothing counted that a limit could be of")
        if terms.of_non_null and not _may_be_of_given(promise.test):
            raise Refused("'denominator' means nothing here")
    except Refused as error:
        return replace(promise, test=Unverified(Outcome.ERROR, f"limits: {error}"))
    test = promise.test
    if terms.of_non_null and isinstance(test, BadRows):
        test = replace(test, of_non_null=column)
    limit = terms.threshold or promise.threshold
    return replace(
        promise,
        test=test,
        sentence=promise.sentence if limit.allows_none else f"{promise.sentence}, with exceptions: {limit}",
        threshold=limit,
        warning=terms.warning,
        severity=terms.severity or promise.severity,
        terms=terms,
    )


def _may_be_of_given(test: Test) -> bool:
    return isinstance(test, BadRows) and not isinstance(test.condition, NotNull)


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
            size = HasFields if low == "minProperties" else HasLength
            test = BadRows(size(column, options.get(low), options.get(high)))
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
        case "required":
            yield "fields", value, BadRows(HasAllFields(column, tuple(value))), f"has {' and '.join(value)}"
        case "dimensions":
            yield name, value, BadRows(HasLength(column, value, value)), f"has {value} dimensions"
        case "elementType":
            yield name, value, HasType(column, None, f"{value}[]", None), f"holds entries of the type {value}"
        case _:
            reason = f"'{name}' says how readers use the values; nothing of it is in the data"
            yield name, value, Unverified(Outcome.SKIP, reason), f"keeps {name} {value}"


def _format(part: Property, value: str) -> Test:
    """Test a format: a text's by its pattern, a number's by its range, a date's in the texts that hold one."""
    kind = part.logical_type
    if kind is LogicalType.INTEGER and value in INTEGER_RANGES:
        low, high = INTEGER_RANGES[value]
        return BadRows(InRange(part.column, kind, minimum=low, maximum=high))
    if kind is LogicalType.NUMBER and value in FLOAT_RANGES:
        end = FLOAT_RANGES[value]
        return BadRows(InRange(part.column, kind, minimum=-end, maximum=end, is_finite=False))
    if kind in _MOMENTS:
        return BadRows(Written(part.column, value))
    pattern = FORMATS.get(value.lower()) if kind in {LogicalType.STRING, None} else None
    if pattern is not None:
        return BadRows(Valid(part.column, pattern=pattern))
    return Unverified(
        Outcome.SKIP, f"no pattern is known for the format '{value}'; give one in 'pattern' to have it tested"
    )


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
        layout=options.get("format") if part.logical_type in _MOMENTS else None,
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

"""logicalTypeOptions: which there are for which type, what their values must be, and bounds in one form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from assay.base.reading import Document, Path
from assay.contract.findings import Finding, finding
from assay.contract.intervals import Interval
from assay.contract.model import LogicalType
from assay.contract.moments import MOMENT_WORDS, moment_of
from assay.contract.patterns import pattern_problem
from assay.contract.shape import are_texts, is_number, is_text, is_whole, shown

INTEGER_FORMATS = ("i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64", "u128")
NUMBER_FORMATS = ("f32", "f64")
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


Option = tuple[str, Callable[[Any], bool]]
"""What is wanted, in words, and the test of it."""


def _is_count(value: Any) -> bool:
    return is_whole(value) and value >= 0


_COUNT: Option = ("a whole number from 0", _is_count)
_NUMBER: Option = ("a number", is_number)
_TEXT: Option = ("a text", is_text)
_FLAG: Option = ("true or false", lambda value: isinstance(value, bool))
_ABOVE_ZERO: Option = ("a number above 0", lambda value: is_number(value) and value > 0)
_MOMENTS: dict[str, Option] = {**dict.fromkeys(_BOUNDS, _TEXT), "format": _TEXT}
_ZONED: dict[str, Option] = {**_MOMENTS, "timezone": _FLAG, "defaultTimezone": _TEXT}
_NUMBERS: dict[str, Option] = {**dict.fromkeys(_BOUNDS, _NUMBER), "multipleOf": _ABOVE_ZERO}

OPTIONS: dict[LogicalType, dict[str, Option]] = {
    LogicalType.STRING: {"minLength": _COUNT, "maxLength": _COUNT, "pattern": _TEXT, "format": _TEXT},
    LogicalType.DATE: _MOMENTS,
    LogicalType.TIMESTAMP: _ZONED,
    LogicalType.TIME: _ZONED,
    LogicalType.INTEGER: {
        **_NUMBERS,
        "format": (f"one of {', '.join(INTEGER_FORMATS)}", lambda value: value in INTEGER_FORMATS),
    },
    LogicalType.NUMBER: {
        **_NUMBERS,
        "format": (f"one of {', '.join(NUMBER_FORMATS)}", lambda value: value in NUMBER_FORMATS),
    },
    LogicalType.ARRAY: {"minItems": _COUNT, "maxItems": _COUNT, "uniqueItems": _FLAG},
    LogicalType.OBJECT: {"minProperties": _COUNT, "maxProperties": _COUNT, "required": ("a list of names", are_texts)},
}
"""Logical type to its options. Types that are missing here are not closed."""

_COUNTED = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))


def option_faults(
    document: Document, path: Path, options: Mapping[str, Any], kind: LogicalType | None
) -> Iterator[Finding]:
    """Give what is wrong with the options of one property.

    Args:
        document: the file.
        path: of ``logicalTypeOptions`` in it.
        options: as written.
        kind: the property's logical type; None where it has none, then nothing is known of its options.
    """
    table = OPTIONS.get(kind) if kind else None
    if table is None or kind is None:
        return
    for name, value in options.items():
        at = (*path, name)
        if name not in table:
            wanted, hint = f"an option of the type {kind}", f"It has {', '.join(table)}."
            yield finding(document, "option-unknown", at, expected=wanted, found=f"'{name}'", hint=hint)
        elif not (table[name][1](value) or (name in _EXCLUSIVE and isinstance(value, bool))):
            wanted = f"{table[name][0]} for '{name}'"
            yield finding(document, "option-wrong-type", at, expected=wanted, found=shown(value))
    problem = pattern_problem(options["pattern"]) if is_text(options.get("pattern")) else None
    if problem:
        wanted = "a regular expression"
        yield finding(document, "pattern-invalid", (*path, "pattern"), expected=wanted, found=problem)
    yield from _moment_faults(document, path, options, kind)
    yield from _order_faults(document, path, options, kind)


def range_of(options: Mapping[str, Any], kind: LogicalType | None) -> Interval:
    """Return what the bounds leave, as numbers: moments by where they lie. Bounds that cannot be read do not count."""
    ends = {name: number_of(value, kind) for name, value in bounds_as_values(options).items() if name in _BOUNDS}
    result = Interval()
    for name, end in ends.items():
        if end is not None:
            is_open = name in _EXCLUSIVE
            side = Interval(low=end, is_low_open=is_open) if "Min" in name or name == "minimum" else None
            result = result.meet(side or Interval(high=end, is_high_open=is_open))
    return result.whole() if kind is LogicalType.INTEGER else result


def number_of(value: Any, kind: LogicalType | None) -> int | float | None:
    """Return a value as the number by which it is compared: moments by where they lie; None of any other."""
    if is_number(value):
        return value  # type: ignore[no-any-return]  # `is_number` is no type guard: true and false are integers too
    return moment_of(value, kind) if isinstance(value, str) and kind in MOMENT_WORDS else None


def _moment_faults(document: Document, path: Path, options: Mapping[str, Any], kind: LogicalType) -> Iterator[Finding]:
    if kind not in MOMENT_WORDS or "format" in options:
        return
    for name in _BOUNDS:
        value = options.get(name)
        if isinstance(value, str) and moment_of(value, kind) is None:
            hint = "Write it as ISO 8601, or say in 'format' how it is written."
            yield finding(
                document, "bound-not-iso", (*path, name), expected=MOMENT_WORDS[kind], found=shown(value), hint=hint
            )


def _order_faults(document: Document, path: Path, options: Mapping[str, Any], kind: LogicalType) -> Iterator[Finding]:
    for low, high in _COUNTED:
        ends: list[Any] = [options.get(end) for end in (low, high)]
        if all(is_number(end) for end in ends) and ends != sorted(ends):
            yield _contradiction(document, path, options, low, high)
    lows = [name for name in _BOUNDS if "Min" in name or name == "minimum"]
    given = bounds_as_values(options)
    if range_of(options, kind).is_empty:
        low = max((name for name in lows if name in given), key=lambda name: number_of(given[name], kind) or 0)
        high = min(
            (name for name in _BOUNDS if name in given and name not in lows),
            key=lambda name: number_of(given[name], kind) or 0,
        )
        yield _contradiction(document, path, given, low, high)


def _contradiction(document: Document, path: Path, options: Mapping[str, Any], low: str, high: str) -> Finding:
    if "exclusive" in f"{low}{high}":
        wanted, found = f"values between '{low}' and '{high}'", f"{options[low]} and {options[high]}"
    else:
        wanted, found = f"'{high}' not below '{low}'", f"{options[high]} below {options[low]}"
    return finding(document, "bounds-contradict", (*path, high), expected=wanted, found=found)


def bounds_as_values(options: Mapping[str, Any]) -> dict[str, Any]:
    """Write exclusive bounds as values, as v3.1 does; v3.0 marked ``minimum`` and ``maximum`` with true."""
    result = dict(options)
    for exclusive, inclusive in _EXCLUSIVE.items():
        if not isinstance(result.get(exclusive), bool):
            continue
        if result.pop(exclusive) and inclusive in result:
            result[exclusive] = result.pop(inclusive)
    return result

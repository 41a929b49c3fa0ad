"""logicalTypeOptions: which there are for which type, what their values must be, and bounds in one form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from assay.base.errors import Fault
from assay.base.reading import Document, Path
from assay.contract.model import LogicalType
from assay.contract.rules import pattern_problem
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

_ORDERED = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)


def option_faults(
    document: Document, path: Path, options: Mapping[str, Any], kind: LogicalType | None
) -> Iterator[Fault]:
    """Give what is wrong with the options of one property.

    Args:
        document: the file.
        path: of ``logicalTypeOptions`` in it.
        options: as written.
        kind: the property's logical type; None where it has none, then nothing is known of its options.
    """
    table = OPTIONS.get(kind) if kind else None
    if table is None:
        return
    for name, value in options.items():
        if name not in table:
            hint = f"It has {', '.join(table)}."
            yield document.fault(*path, name, expected=f"an option of the type {kind}", found=f"'{name}'", hint=hint)
        elif not (table[name][1](value) or (name in _EXCLUSIVE and isinstance(value, bool))):
            yield document.fault(*path, name, expected=f"{table[name][0]} for '{name}'", found=shown(value))
    problem = pattern_problem(options["pattern"]) if is_text(options.get("pattern")) else None
    if problem:
        yield document.fault(*path, "pattern", expected="a regular expression", found=problem)
    yield from _order_faults(document, path, options)


def _order_faults(document: Document, path: Path, options: Mapping[str, Any]) -> Iterator[Fault]:
    for low, high in _ORDERED:
        ends: list[Any] = [options.get(end) for end in (low, high)]
        if all(is_number(end) for end in ends) and ends != sorted(ends):
            yield document.fault(
                *path, high, expected=f"'{high}' not below '{low}'", found=f"{ends[1]} below {ends[0]}"
            )


def bounds_as_values(options: Mapping[str, Any]) -> dict[str, Any]:
    """Write exclusive bounds as values, as v3.1 does; v3.0 marked ``minimum`` and ``maximum`` with true."""
    result = dict(options)
    for exclusive, inclusive in _EXCLUSIVE.items():
        if not isinstance(result.get(exclusive), bool):
            continue
        if result.pop(exclusive) and inclusive in result:
            result[exclusive] = result.pop(inclusive)
    return result

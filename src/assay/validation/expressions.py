"""Conditions and columns as SQL expressions of DuckDB. Every name is quoted, every value is a literal of its type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import ceil, floor

from assay.contract.model import LogicalType
from assay.sql.quoting import identifier, text_literal
from assay.sql.writing import all_of, any_of
from assay.validation.conditions import (
    HasAllFields,
    HasDistinctItems,
    HasFields,
    HasKeyedItems,
    HasLength,
    InRange,
    Inside,
    IsKind,
    MultipleOf,
    NotMissing,
    NotNull,
    RowCondition,
    Satisfies,
    SatisfiesAny,
    Spot,
    Valid,
    Value,
    ValueCondition,
    Where,
    Written,
)
from assay.validation.fragments import Unreadable, columns_of
from assay.validation.layouts import Untranslatable, is_exact, strptime_layout
from assay.validation.literals import literal, moment_literal, number_literal, zone_literal
from assay.validation.nested import ENTRY, Inner, entries, is_other_kind, keyed_entries, reach, read_as
from assay.validation.nested_types import fields_of, sides_of
from assay.validation.patterns import NoSuchPattern, re2_pattern
from assay.validation.scope import Needless, Scope, Uncompilable
from assay.validation.thresholds import exact
from assay.validation.types import MOMENTS, NUMBERS, Family, bounds_of, family, scale_of

DAY_MICROSECONDS = 86_400_000_000

_TYPES = {Family.DATE: "DATE", Family.TIME: "TIME", Family.TIMESTAMP: "TIMESTAMP"}

FLOAT_TOLERANCE = 1e-9
"""How far, as a share of it, a floating-point number may lie beside a multiple and still be one."""

_MOST_DIGITS = 38
"""Digits of a DECIMAL, those after the point among them; DuckDB reads a literal of more as a DOUBLE."""


def bad_row(condition: RowCondition, scope: Scope) -> str:
    """Return the SQL that is true of a bad row, and false or null of a good one.

    Raises:
        Uncompilable: the condition cannot be put to these columns.
    """
    match condition:
        case Satisfies(expression=expression):
            return violated(expression)
        case SatisfiesAny(expressions=expressions):
            return all_of(violated(expression) for expression in expressions)
        case Where(expression=expression, condition=inner):
            bad = bad_row(inner, scope)
            if isinstance(inner, Satisfies | SatisfiesAny | Where):
                return guarded(chosen(expression), bad)
            return f"{chosen(expression)} AND ({bad})"
        case Inside(spot=spot, condition=inner):
            return _bad_inside(inner, reach(spot, scope), spot)
        case _:
            column = scope.column(condition.column)
            return bad_value(condition, identifier(column.name), column.type)


def guarded(first: str, second: str) -> str:
    """Join two conditions so that the second is asked only where the first holds.

    An author's expression may fail on the rows that a filter keeps from it; AND is no guard, for the engine tries
    either side first.
    """
    return f"CASE WHEN {first} THEN ({second}) ELSE FALSE END"


def chosen(expression: str) -> str:
    """Return an author's filter as SQL that is true of the rows it chooses.

    Raises:
        Uncompilable: it is not one single expression.
    """
    try:
        columns_of(expression)
    except Unreadable as error:
        raise Uncompilable(f"the filter cannot be read: {error}") from error
    return f"(\n{expression}\n)"


def violated(expression: str) -> str:
    """Return the SQL that is true where an author's condition is false; where it is null there is no saying so.

    Raises:
        Uncompilable: it is not one single expression.
    """
    try:
        columns_of(expression)
    except Unreadable as error:
        raise Uncompilable(f"the condition cannot be read: {error}") from error
    return f"NOT (\n{expression}\n)"


def present_value(spot: Spot, scope: Scope) -> str:
    """Return the SQL that is true of a row with a value at a spot."""
    inner = reach(spot, scope)
    if inner.is_list:
        return f"len(list_filter({inner.sql}, lambda {ENTRY}: {ENTRY} IS NOT NULL)) > 0"
    return f"{inner.sql} IS NOT NULL"


def bad_value(condition: ValueCondition, name: str, type_: str) -> str:
    """Return the SQL that is true of a bad value.

    Args:
        condition: its own column does not count.
        name: the value as SQL.
        type_: its type, as DuckDB names it.

    Raises:
        Uncompilable: the condition cannot be put to this type.
    """
    kind = family(type_)
    match condition:
        case NotNull():
            return f"{name} IS NULL"
        case NotMissing():
            return any_of([f"{name} IS NULL", *_among(name, type_, condition.values)])
        case Valid():
            return any_of(_invalid(condition, name, type_))
        case InRange():
            return any_of(_outside(condition, name, type_)) or "FALSE"
        case HasLength():
            return any_of(_of_other_length(condition, name, kind))
        case HasDistinctItems() | HasKeyedItems():
            return _repeats(condition, name, type_)
        case HasFields() | HasAllFields():
            return _bad_object(condition, name, type_)
        case MultipleOf() | Written() | IsKind():
            return _of_other_form(condition, name, type_)


def _repeats(condition: HasDistinctItems | HasKeyedItems, name: str, type_: str) -> str:
    if isinstance(condition, HasDistinctItems):
        values = entries(name, type_, condition.steps)
        return f"len(list_distinct({values})) < len(list_filter({values}, lambda {ENTRY}: {ENTRY} IS NOT NULL))"
    objects, parts = keyed_entries(name, type_, condition.fields)
    broken = any_of(f"{part} IS NULL" for part in parts)
    keys = f"list_transform({objects}, lambda {ENTRY}: row({', '.join(parts)}))"
    return f"len(list_filter({objects}, lambda {ENTRY}: {broken})) > 0 OR len(list_distinct({keys})) < len({objects})"


def _of_other_form(condition: MultipleOf | Written | IsKind, name: str, type_: str) -> str:
    match condition:
        case MultipleOf(step=step):
            return _no_multiple(name, type_, step)
        case Written(layout=layout):
            return _written_otherwise(name, family(type_), layout)
        case IsKind(logical=logical):
            return is_other_kind(name, logical)


def _bad_object(condition: HasFields | HasAllFields, name: str, type_: str) -> str:
    if isinstance(condition, HasFields):
        return any_of(_beyond(_size(name, type_), condition.minimum, condition.maximum))
    return f"{name} IS NOT NULL AND ({any_of(_lacking(name, type_, condition.fields))})"


def _bad_inside(condition: ValueCondition, inner: Inner, spot: Spot) -> str:
    name = ENTRY if inner.is_list else inner.sql
    as_it_is = isinstance(condition, NotNull | IsKind)  # what cannot be read as its type is there all the same
    sql, kind = (name, inner.type) if as_it_is else read_as(name, inner.type, spot.logical)
    bad = bad_value(condition, sql, kind)
    if inner.is_list:
        bad = f"len(list_filter({inner.sql}, lambda {ENTRY}: {bad})) > 0"
    return all_of([*inner.guards, f"({bad})"]) if inner.guards or not inner.is_list else bad


def _demand(kind: Family, allowed: Iterable[Family], what: str) -> None:
    if kind not in set(allowed):
        raise Uncompilable(f"the column is of the type {kind}, of which {what} cannot be tested")


def _among(name: str, type_: str, values: Sequence[Value]) -> list[str]:
    listed = _listed(type_, values)
    return [f"{name} IN ({', '.join(listed)})"] if listed else []


def _listed(type_: str, values: Sequence[Value]) -> list[str]:
    """Write values as literals, without numbers of more digits than an exact type has: none of them can occur."""
    scale, ends = scale_of(type_), bounds_of(type_)
    if scale is None or ends is None:
        return [literal(value, family(type_)) for value in values]
    numbers = [(literal(value, family(type_)), exact(value)) for value in values if not isinstance(value, str)]
    if len(numbers) < len(values):
        literal(next(value for value in values if isinstance(value, str)), family(type_))  # says why it cannot be
    return [
        _scaled(int(number * 10**scale), scale)
        for _, number in numbers
        if (number * 10**scale).denominator == 1
        and ends[0] <= number <= ends[1]
        and _can_hold(type_, int(number * 10**scale))
    ]


def _invalid(condition: Valid, name: str, type_: str) -> list[str]:
    kind, parts = family(type_), []
    if condition.values is not None:
        listed = _listed(type_, condition.values)
        parts.append(f"{name} NOT IN ({', '.join(listed)})" if listed else f"{name} IS NOT NULL")
    if condition.pattern is not None:
        _demand(kind, {Family.TEXT}, "a pattern")
        try:
            pattern = re2_pattern(condition.pattern)
        except NoSuchPattern as error:
            raise Uncompilable(str(error)) from error
        parts.append(f"NOT regexp_matches({name}, {text_literal(pattern)})")
    return parts


def _outside(condition: InRange, name: str, type_: str) -> list[str]:
    kind = family(type_)
    ends = (
        ("<", condition.minimum),
        ("<=", condition.above),
        (">", condition.maximum),
        (">=", condition.below),
    )
    parts = [
        _beside(name, sign, end, type_)
        if scale_of(type_) is not None and isinstance(end, int | float) and not isinstance(end, bool)
        else f"{name} {sign} {_end(condition, end, kind)}"
        for sign, end in ends
        if end is not None
    ]
    if kind is not Family.FLOAT:
        return [part for part in parts if part]
    if condition.is_finite:
        return [*parts, f"NOT isfinite({name})"]
    return [f"isfinite({name}) AND ({any_of(parts)})"] if parts else []


def _beside(name: str, sign: str, end: int | float, type_: str) -> str:
    """Compare an exact number with a bound, which is brought to the number's own digits.

    DuckDB would bring both to a type that holds all digits of both, and fail where none does.

    Returns:
        Nothing where no value of the type can be beyond the bound.
    """
    bound = exact(end)
    least, greatest = bounds_of(type_) or (bound, bound)
    step = 10 ** (scale_of(type_) or 0)
    digits = ceil(bound * step) if sign in {"<", ">="} else floor(bound * step)
    if bound > greatest or bound < least or not _can_hold(type_, digits):
        return f"{name} IS NOT NULL" if (bound > 0) is sign.startswith("<") else ""
    return f"{name} {sign} {_scaled(digits, scale_of(type_) or 0)}"


def _scaled(digits: int, scale: int) -> str:
    """Write a number of so many digits after the point; the nought before 38 of them would be one too many."""
    text = format(Decimal((int(digits < 0), tuple(int(one) for one in str(abs(digits))), -scale)), "f")
    return f"CAST('{text}' AS DECIMAL({_MOST_DIGITS}, {scale}))" if scale == _MOST_DIGITS else text


def _can_hold(type_: str, digits: int) -> bool:
    """Say whether so many digits are not too many for any DECIMAL; whole numbers have bounds of their own."""
    return family(type_) is not Family.DECIMAL or abs(digits) < 10**_MOST_DIGITS


def _end(condition: InRange, end: Value, kind: Family) -> str:
    if isinstance(end, str) and condition.logical is not LogicalType.STRING and kind in {*MOMENTS, Family.TIME}:
        return _moment(end, kind, condition)
    return literal(end, kind)


def _moment(text: str, kind: Family, condition: InRange) -> str:
    """Write a bound as a literal: by ISO 8601, else as the engine reads it by the property's own layout."""
    try:
        return moment_literal(text, kind, condition.zone)
    except Uncompilable:
        if condition.layout is None:
            raise
    try:
        layout = strptime_layout(condition.layout)
    except Untranslatable as error:
        raise Uncompilable(f"the bound {text!r} cannot be read: {error}") from error
    read = f"strptime({text_literal(text)}, {text_literal(layout)})"
    if kind is Family.TIMESTAMP_TZ:
        return f"(CAST({read} AS TIMESTAMP) AT TIME ZONE {zone_literal(condition.zone)})"
    return f"CAST({read} AS {_TYPES[kind]})"


def _of_other_length(condition: HasLength, name: str, kind: Family) -> list[str]:
    _demand(kind, {Family.TEXT, Family.LIST}, "a length")
    length = f"len({name})" if kind is Family.LIST else f"length({name})"
    return _beyond(length, condition.minimum, condition.maximum)


def _size(name: str, type_: str) -> str:
    """Return the SQL that counts the fields of an object that are not null; null of what is null itself."""
    if family(type_) is Family.JSON:
        return f"len(json_keys({name}))"
    if sides_of(type_):
        return f"cardinality({name})"
    fields = fields_of(type_)
    if fields is None:
        raise Uncompilable(f"the column is of the type {family(type_)}, of which fields cannot be counted")
    parts = [f"CASE WHEN {_field(name, field)} IS NULL THEN 0 ELSE 1 END" for field in fields]
    return f"CASE WHEN {name} IS NULL THEN NULL ELSE {' + '.join(parts)} END"


def _field(name: str, field: str) -> str:
    return f"struct_extract({name}, {text_literal(field)})"


def _beyond(size: str, minimum: int | None, maximum: int | None) -> list[str]:
    return [f"{size} {sign} {end}" for sign, end in (("<", minimum), (">", maximum)) if end is not None]


def _lacking(name: str, type_: str, wanted: Sequence[str]) -> list[str]:
    if family(type_) is Family.JSON:
        return [f"NOT list_contains(json_keys({name}), {text_literal(field)})" for field in wanted]
    fields = fields_of(type_)
    if fields is None:
        raise Uncompilable(f"the column is of the type {family(type_)}, which has no fields")
    there = {field.lower(): field for field in fields}
    return [f"{_field(name, there[field.lower()])} IS NULL" if field.lower() in there else "TRUE" for field in wanted]


def _no_multiple(name: str, type_: str, step: int | float) -> str:
    kind, scale = family(type_), scale_of(type_)
    _demand(kind, NUMBERS, "a multiple")
    if scale is None:
        ratio = f"{name} / {number_literal(step)}"
        return f"NOT isfinite({name}) OR abs({ratio} - round({ratio})) > {FLOAT_TOLERANCE} * greatest(abs({ratio}), 1)"
    # The least multiple of the step that has no more digits than the column: only its multiples are the step's.
    wanted = exact(step) * 10**scale
    if wanted.numerator >= 10**_MOST_DIGITS:
        return f"{name} <> 0"  # every other multiple is larger than the type can hold
    return f"{name} % {_scaled(wanted.numerator, scale)} <> 0"


def _written_otherwise(name: str, kind: Family, layout: str) -> str:
    if kind in {*MOMENTS, Family.TIME}:
        raise Needless(f"'{layout}' says how a text is written; the column is of the type {kind}, which is not")
    _demand(kind, {Family.TEXT}, "a format")
    try:
        translated = strptime_layout(layout)
    except Untranslatable as error:
        raise Needless(f"the format '{layout}' is not tested: {error}") from error
    written = f"regexp_replace({name}, 'Z$', '+00:00')" if layout.endswith("X") else name
    read = f"try_strptime({written}, {text_literal(translated)})"
    if is_exact(translated):
        read = f"strftime({read}, {text_literal(translated)})"
        return f"{name} IS NOT NULL AND {read} IS DISTINCT FROM {name}"
    return f"{name} IS NOT NULL AND {read} IS NULL"

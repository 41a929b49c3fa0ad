"""What was found for each kind of test: measures held against limits, before a check's severity is applied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from assay.contract.model import Operator
from assay.validation.checks import Check
from assay.validation.conditions import (
    BadRows,
    ControlTotal,
    Duplicates,
    Fresh,
    HasColumn,
    HasRows,
    HasType,
    NoOtherColumns,
    Query,
    Refers,
    Retained,
    RowCount,
    Unverified,
)
from assay.validation.expressions import Scope, Uncompilable
from assay.validation.thresholds import Unit, number_text
from assay.validation.types import Family, admits, family, is_physical

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for one check.

    Attributes:
        holds: None when there is no saying.
        warns: whether it is doubtful although it holds.
    """

    holds: bool | None
    measured: str | None = None
    limit: str | None = None
    bad_rows: int | None = None
    tested_rows: int | None = None
    message: str = ""
    warns: bool = False


def found(check: Check, answer: tuple[Any, ...], scope: Scope, now: datetime) -> Finding:
    """Hold what was read for a check against its limit.

    Args:
        check: what was tested.
        answer: the values its read gave, in the order in which they were asked; empty where nothing was read.
        scope: the table as its columns are.
        now: the moment against which ages are measured, with a time zone.
    """
    match check.test:
        case BadRows():
            return _share(check, *answer)
        case HasRows():
            return _any_rows(*answer)
        case Duplicates():
            return _keys(check, check.test, *answer)
        case Refers():
            return _references(check, *answer)
        case Fresh():
            return _freshness(check.test, answer, now)
        case Retained():
            return _retention(check.test, answer[0], now)
        case RowCount() | Query():
            return _answered(check, answer)
        case ControlTotal():
            return _total(check, *answer)
        case HasColumn() | HasType() | NoOtherColumns() | Unverified():
            return _seen(check.test, scope)


def _seen(test: HasColumn | HasType | NoOtherColumns | Unverified, scope: Scope) -> Finding:
    match test:
        case HasColumn():
            return _column(test, scope)
        case HasType():
            return _type(test, scope)
        case NoOtherColumns():
            return _others(test, scope)
        case Unverified():
            return Finding(None, message=test.reason)


def _any_rows(count: int) -> Finding:
    return Finding(count > 0, _rows(count), "at least 1 row", message=_note(count))


def _note(tested: int) -> str:
    return "" if tested else "0 rows tested"


def _share(check: Check, bad: int, tested: int) -> Finding:
    measure, words = Fraction(bad), _rows(bad)
    if check.threshold.unit is Unit.PERCENT:
        measure = Fraction(bad * 100, tested) if tested else Fraction(0)
        words = f"{number_text(measure)} percent"
    holds = check.threshold.holds(measure)
    return Finding(holds, words, str(check.threshold), int(bad), int(tested), _note(tested))


def _compared(check: Check, value: Any) -> Finding:
    """Hold one number or truth value against the limit."""
    limit = str(check.threshold)
    if value is None:
        return Finding(None, None, limit, message="the answer is null, which is no number")
    measure = _measure(value)
    if measure is None:
        return Finding(None, None, limit, message=f"the answer is of the type {type(value).__name__}, not a number")
    if isinstance(measure, bool) is not isinstance(check.threshold.value, bool):
        kinds = ("true or false", "a number")
        is_truth = isinstance(measure, bool)
        message = f"the answer is {kinds[not is_truth]}, and the rule wants {kinds[is_truth]}"
        return Finding(None, number_text(measure), limit, message=message)
    equalities = {Operator.EQUAL, Operator.NOT_EQUAL}
    is_delicate = isinstance(value, float) and check.threshold.operator in equalities and not check.threshold.tolerance
    message = "a floating-point number is compared exactly; a tolerance says how close is equal" if is_delicate else ""
    return Finding(check.threshold.holds(measure), number_text(measure), limit, message=message)


def _measure(value: Any) -> Fraction | bool | None:
    """Return a value exactly; None when it is no finite number and no truth value."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, int | float | Decimal):
        return None
    try:
        return Fraction(str(value))
    except ValueError:
        return None  # NaN and infinity


def _keys(check: Check, test: Duplicates, keys: int, affected: int, tested: int, incomplete: int) -> Finding:
    excess = int(affected - keys)
    measure = Fraction(keys)
    if check.threshold.unit is Unit.PERCENT:
        measure = Fraction(excess * 100, tested) if tested else Fraction(0)
    words = f"{number_text(measure)}{' percent' if check.threshold.unit is Unit.PERCENT else ' keys'}"
    parts = [f"{affected} rows share {keys} keys, {excess} too many"] if keys else []
    missing = int(incomplete) if test.is_primary else 0
    parts += [f"{incomplete} rows have an empty key"] if missing else []
    all_rows = int(tested + incomplete)
    tested_rows = all_rows if test.is_primary else int(tested)
    message = "; ".join(parts) or _note(tested_rows)
    holds = check.threshold.holds(measure) and not missing
    return Finding(holds, words, str(check.threshold), excess + missing, tested_rows, message)


def _references(check: Check, lost: int, lost_keys: int, tested: int, targets: int) -> Finding:
    limit = str(check.threshold)
    if not targets:
        return Finding(None, None, limit, message="the table referred to is empty")
    message = f"{lost_keys} values are found nowhere" if lost else _note(tested)
    return Finding(check.threshold.holds(Fraction(lost)), _rows(lost), limit, int(lost), int(tested), message)


def _freshness(test: Fresh, answer: tuple[Any, ...], now: datetime) -> Finding:
    limit = f"less than {test.limit_text}"
    own, *others = answer
    if own is None:
        return Finding(False, None, limit, message="there is no value whose age could be told")
    if others and others[0] is None:
        return Finding(None, None, limit, message="the column to measure against holds no value")
    at = _moment(others[0]) if others else now
    newest = _moment(own)
    is_future = newest - at > _DAY  # a date ends within a day of any moment in it
    message = "the newest value lies in the future" if is_future else ""
    return Finding(at < test.limit.after(newest), age_text(at - newest), limit, message=message, warns=is_future)


def _retention(test: Retained, own: int | None, now: datetime) -> Finding:
    limit = f"less than {test.limit_text}"
    if own is None:
        return Finding(True, None, limit, message="0 rows tested")
    oldest = _moment(own)
    message = "this tests that old rows are gone, not that younger ones are kept"
    return Finding(now < test.limit.after(oldest), age_text(now - oldest), limit, message=message)


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def age_text(age: timedelta) -> str:
    """Write an age for people in its two largest units; an age below zero is written as none."""
    seconds = max(int(age.total_seconds()), 0)
    parts = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        parts += [f"{count} {unit}"] if count else []
    return " ".join(parts[:2]) or "0 s"


def _answered(check: Check, answer: tuple[Any, ...]) -> Finding:
    if len(answer) != 1:
        message = f"the query gives {len(answer)} columns; it should give one value"
        return Finding(None, None, str(check.threshold), message=message)
    return _compared(check, answer[0])


def _total(check: Check, rows: int, own: Any, source_rows: int, theirs: Any) -> Finding:
    numbers = [_measure(value) for value in (own, theirs)]
    if any(number is None or isinstance(number, bool) for number in numbers):
        message = f"there are no two numbers to compare, of {_rows(rows)} here and {_rows(source_rows)} at the source"
        return Finding(None, None, None, message=message)
    here, there = (Fraction(number) for number in numbers if number is not None)
    within = f" (within {number_text(check.threshold.tolerance)})" if check.threshold.tolerance else ""
    message = "" if here == there else f"the difference is {number_text(here - there)}"
    holds = check.threshold.holds(here - there)
    return Finding(holds, number_text(here), f"{number_text(there)}{within}", message=message)


def _column(test: HasColumn, scope: Scope) -> Finding:
    try:
        column = scope.find(test.column)
    except Uncompilable as error:
        return Finding(None, message=str(error))
    if column is None:
        message = "the contract lets it be left out" if test.may_be_absent else ""
        return Finding(test.may_be_absent, "absent", "present", message=message)
    message = "" if column.name == test.column else f"found as {column.name}"
    return Finding(True, "present", "present", message=message)


def _type(test: HasType, scope: Scope) -> Finding:
    """Hold a column's type against both types that were promised. Its presence is another check's business."""
    column = scope.column(test.column)
    limit = " / ".join(kind for kind in (test.logical, test.physical) if kind)
    parts = []
    if test.logical is not None and not admits(test.logical, column.type):
        parts.append(f"{column.type} is no {test.logical}")
    has_zone = family(column.type) is Family.TIMESTAMP_TZ
    if test.has_zone is not None and test.has_zone is not has_zone and not parts:
        parts.append(f"{column.type} has {'a' if has_zone else 'no'} time zone")
    physical = is_physical(test.physical, column.type) if test.physical else True
    if physical is None:
        return Finding(None, column.type, limit, message=f"the physical type {test.physical} is not known here")
    if not physical:
        parts.append(f"{column.type} is not {test.physical}")
    return Finding(not parts, column.type, limit, message="; ".join(parts))


def _others(test: NoOtherColumns, scope: Scope) -> Finding:
    known = {name.lower() for name in test.known}
    others = [column.name for column in scope.columns if column.name.lower() not in known]
    message = f"the contract does not name {', '.join(others)}" if others else ""
    return Finding(not others, f"{len(others)} more", "0 more", message=message)


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"

"""What was found for each kind of test: measures held against limits, before a check's severity is applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from assay.contract.model import Operator
from assay.validation.checks import Check
from assay.validation.comparisons import ComparisonTest, Gapless, SameRows, Series, Totals, Usual
from assay.validation.comparisons import Sequence as Following
from assay.validation.conditions import (
    AgeTest,
    Aggregate,
    BadRows,
    ControlTotal,
    Derived,
    Duplicates,
    FailedRows,
    FieldType,
    FormTest,
    Frequent,
    Fresh,
    HasColumn,
    HasField,
    HasRows,
    HasType,
    KeyTest,
    NoOtherColumns,
    Query,
    QueryTest,
    Refers,
    Retained,
    RowCount,
    Unverified,
)
from assay.validation.finding import Finding, counted, held, limit_text, rows_text
from assay.validation.history import Past, usual
from assay.validation.nested import is_json, reach
from assay.validation.reconciling import is_summed
from assay.validation.scope import Absent, Scope, Uncompilable
from assay.validation.thresholds import Unit, exact, number_text
from assay.validation.types import admits, is_physical, without_zone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_DAY = timedelta(days=1)


def found(check: Check, answer: tuple[Any, ...], scope: Scope, now: datetime, history: Sequence[Past] = ()) -> Finding:
    """Hold what was read for a check against its limit.

    Args:
        check: what was tested.
        answer: the values its read gave, in the order in which they were asked; empty where nothing was read.
        scope: the table as its columns are.
        now: the moment against which ages are measured, with a time zone.
        history: what the check measured before; only a test of what is usual asks for it.
    """
    finding = _found(check, answer, scope, now, history)
    message = "; ".join(part for part in (finding.message, check.note) if part)
    return replace(finding, message=message)


def _found(check: Check, answer: tuple[Any, ...], scope: Scope, now: datetime, history: Sequence[Past]) -> Finding:
    test = check.test
    match test:
        case BadRows():
            return counted(check, answer[0], answer[1], "row")
        case HasRows():
            return _any_rows(*answer)
        case RowCount():
            return _compared(check, answer[0])
        case _ if isinstance(test, KeyTest):
            return _keyed(check, test, answer)
        case _ if isinstance(test, AgeTest):
            return _aged(check, test, answer, now)
        case _ if isinstance(test, QueryTest):
            return _asked(check, test, answer, now, history)
        case _ if isinstance(test, ComparisonTest):
            return _held_against(check, test, answer, scope)
        case _:
            return _seen(check, test, answer, scope)


def _keyed(check: Check, test: KeyTest, answer: tuple[Any, ...]) -> Finding:
    match test:
        case Duplicates() | Derived(test=Duplicates()):
            keyed = test.test if isinstance(test, Derived) else test
            return _keys(check, isinstance(keyed, Duplicates) and keyed.is_primary, *answer)
        case Refers() | Derived():
            return _references(check, *answer)


def _aged(check: Check, test: AgeTest, answer: tuple[Any, ...], now: datetime) -> Finding:
    match test:
        case Fresh():
            return _freshness(test, answer, now)
        case Retained():
            return _retention(test, answer[0], now)
        case Frequent():
            return _frequency(check, test, *answer)


def _asked(check: Check, test: QueryTest, answer: tuple[Any, ...], now: datetime, history: Sequence[Past]) -> Finding:
    match test:
        case Query():
            return _answered(check, answer)
        case FailedRows():
            return counted(check, answer[0], answer[1], "row")
        case Aggregate():
            return _compared(check, answer[1])
        case Usual():
            return _usual(test, answer[1], history, now)
        case ControlTotal():
            return _total(check, test, *answer)


def _held_against(check: Check, test: ComparisonTest, answer: tuple[Any, ...], scope: Scope) -> Finding:
    match test:
        case Totals():
            return _totals(check, test, answer, scope)
        case SameRows():
            return _same_rows(check, test, *answer)
        case Series():
            return _series(check, test, *answer)
        case Following():
            return counted(check, answer[0], answer[1], "row")
        case Gapless():
            return counted(check, answer[0], answer[1], "number", are_rows=False)


def _seen(check: Check, test: FormTest, answer: tuple[Any, ...], scope: Scope) -> Finding:
    match test:
        case HasColumn():
            return _column(test, scope)
        case HasType():
            return _type(test, scope.column(test.column).type)
        case HasField():
            return _field(test, scope)
        case FieldType():
            return counted(check, answer[0], answer[1], "row") if answer else _field_type(test, scope)
        case NoOtherColumns():
            return _others(test, scope)
        case Unverified():
            return Finding(None, message=test.reason)


def _any_rows(count: int) -> Finding:
    return Finding(count > 0, rows_text(count), "at least 1 row", message="" if count else "0 rows tested")


def _compared(check: Check, value: Any) -> Finding:
    """Hold one number or truth value against the limit."""
    limit = limit_text(check.threshold, check.warning)
    if value is None:
        return Finding(None, None, limit, message="the answer is null, which is no number")
    measure = _measure(value)
    if measure is None:
        kind = "NaN or infinity" if isinstance(value, float) else f"of the type {type(value).__name__}"
        return Finding(None, None, limit, message=f"the answer is {kind}, not a number")
    if isinstance(measure, bool) is not isinstance(check.threshold.value, bool):
        kinds = ("true or false", "a number")
        is_truth = isinstance(measure, bool)
        message = f"the answer is {kinds[not is_truth]}, and the rule wants {kinds[is_truth]}"
        return Finding(None, number_text(measure), limit, message=message)
    equalities = {Operator.EQUAL, Operator.NOT_EQUAL}
    is_delicate = isinstance(value, float) and check.threshold.operator in equalities and not check.threshold.tolerance
    message = "a floating-point number is compared exactly; a tolerance says how close is equal" if is_delicate else ""
    warns = check.warning is not None and not check.warning.holds(measure)
    return Finding(check.threshold.holds(measure), number_text(measure), limit, message=message, warns=warns)


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


def _keys(check: Check, is_primary: bool, keys: int, affected: int, tested: int, incomplete: int) -> Finding:
    excess = int(affected - keys)
    missing = int(incomplete) if is_primary else 0
    parts = [f"{affected} rows share {keys} keys, {excess} too many"] if keys else []
    parts += [f"{incomplete} rows have an empty key"] if missing else []
    tested_rows = int(tested + incomplete) if is_primary else int(tested)

    def measure(unit: Unit) -> Fraction:
        if unit is Unit.ROWS:
            return Fraction(keys)
        return Fraction(excess * 100, tested) if tested else Fraction(0)

    message = "; ".join(parts) or ("" if tested_rows else "0 rows tested")
    known = Finding(None, message=message, bad_rows=excess + missing, tested_rows=tested_rows)
    finding = held(check, measure, "key", known)
    return replace(finding, holds=finding.holds and not missing)


def _references(check: Check, lost: int, lost_keys: int, tested: int, targets: int) -> Finding:
    if not targets:
        return Finding(None, None, str(check.threshold), message="the table referred to is empty")
    finding = counted(check, lost, tested, "row")
    return replace(finding, message=f"{lost_keys} values are found nowhere") if lost else finding


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
    return Finding(now < test.limit.after(oldest), age_text(now - oldest), limit)


def _moment(microseconds: int) -> datetime:
    """Return a moment; what lies beyond the calendar is its first or last one."""
    return _EPOCH + timedelta(microseconds=min(max(microseconds, _FIRST), _LAST))


def age_text(age: timedelta) -> str:
    """Write an age for people in its two largest units; an age below zero is written as none."""
    seconds = max(int(age.total_seconds()), 0)
    parts = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        parts += [f"{count} {unit}"] if count else []
    return " ".join(parts[:2]) or "0 s"


def _frequency(check: Check, test: Frequent, bad: int, tested: int, longest: int | None) -> Finding:
    finding = counted(check, bad, tested, "gap", are_rows=False)
    limit = f"a new value within {test.limit_text}"
    if longest is None:
        return replace(finding, limit=limit, message="fewer than two values, so there is no gap")
    message = f"the longest of {tested} gaps is {age_text(timedelta(microseconds=longest))}"
    return replace(finding, limit=f"{limit}: {finding.limit}", message=message)


def _series(check: Check, test: Series, missing: int, expected: int, first: int | None) -> Finding:
    finding = counted(check, missing, expected, test.step, are_rows=False)
    if not missing or first is None:
        return finding
    moment = _moment(first)
    shown = moment.strftime("%Y-%m-%d %H:%M") if test.step == "hour" else f"{moment:%Y-%m-%d}"
    return replace(finding, message=f"of {expected} expected; the first missing is {shown}")


def _usual(test: Usual, value: Any, history: Sequence[Past], now: datetime) -> Finding:
    number = _measure(value)
    if number is None or isinstance(number, bool):
        return Finding(None, message="the answer is no number")
    return usual(test, number, history, now)


def _same_rows(check: Check, test: SameRows, here: int, there: int, twice: int, other: int, keys: int) -> Finding:
    parts = {
        "only here": here,
        f"only in {test.other}": there,
        "more than once in one of them": twice,
        "with other values": other,
    }
    message = ", ".join(f"{count} {words}" for words, count in parts.items() if count)
    finding = counted(check, here + there + twice + other, keys, "key", are_rows=False)
    return replace(finding, message=message or finding.message)


def _totals(check: Check, test: Totals, answer: tuple[Any, ...], scope: Scope) -> Finding:
    """Compare totals in pairs. Of a hash total only whether it is the same is said, for the number means nothing."""
    own, theirs = answer[: len(answer) // 2], answer[len(answer) // 2 :]
    differences = [] if own[0] == theirs[0] else [f"{own[0]} rows here and {theirs[0]} in {test.other}"]
    for side, here, there in zip(test.columns, own[1:], theirs[1:], strict=True):
        if not _is_same_total(here, there, side.tolerance or 0):
            words = "the sum" if is_summed(side, scope) else "the hash total"
            differences.append(f"{words} of {side.own} differs")
    finding = counted(check, len(differences), 1 + len(test.columns), "total", are_rows=False)
    note = "" if own[0] or theirs[0] else "0 rows tested"
    return replace(finding, message="; ".join(differences) or note)


def _is_same_total(here: Any, there: Any, tolerance: int | float) -> bool:
    numbers = [_measure(value) for value in (here, there)]
    if any(number is None for number in numbers):
        return here is None and there is None  # NaN and infinity are equal to nothing
    first, second = (Fraction(number) for number in numbers if number is not None)
    return abs(first - second) <= exact(tolerance)


def _answered(check: Check, answer: tuple[Any, ...]) -> Finding:
    if len(answer) != 1:
        message = f"the query gives {len(answer)} columns; it should give one value"
        return Finding(None, None, str(check.threshold), message=message)
    return _compared(check, answer[0])


def _total(check: Check, test: ControlTotal, rows: int, own: Any, source_rows: int, theirs: Any) -> Finding:
    numbers = [_measure(value) for value in (own, theirs)]
    if any(number is None or isinstance(number, bool) for number in numbers):
        place = "of the query" if test.query is not None else "at the source"
        message = f"there are no two numbers to compare, of {rows_text(rows)} here and {rows_text(source_rows)} {place}"
        return Finding(None, None, None, message=message)
    here, there = (Fraction(number) for number in numbers if number is not None)
    within = f" (within {number_text(check.threshold.tolerance)})" if check.threshold.tolerance else ""
    message = "" if here == there else f"the difference is {number_text(here - there)}"
    warns = check.warning is not None and not check.warning.holds(here - there)
    holds = check.threshold.holds(here - there)
    return Finding(holds, number_text(here), f"{number_text(there)}{within}", message=message, warns=warns)


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


def _field(test: HasField, scope: Scope) -> Finding:
    try:
        inner = reach(test.spot, scope)
    except Absent:
        message = "the contract lets it be left out" if test.may_be_absent else ""
        return Finding(test.may_be_absent, "absent", "present", message=message)
    message = "a field of a JSON document may be left out of it" if is_json(inner) else ""
    return Finding(True, "present", "present", message=message)


def _field_type(test: FieldType, scope: Scope) -> Finding:
    found_type = reach(test.spot, scope).type
    promised = HasType(test.spot.column, test.logical, test.physical, test.has_zone, test.is_compatible)
    return _type(promised, found_type)


def _type(test: HasType, found_type: str) -> Finding:
    """Hold a type against both types that were promised. The presence of what has it is another check's business."""
    limit = " / ".join(kind for kind in (test.logical, test.physical) if kind)
    parts = []
    if test.logical is not None and not admits(test.logical, found_type, is_compatible=test.is_compatible):
        parts.append(f"{found_type} is no {test.logical}")
    has_zone = found_type.upper().endswith("WITH TIME ZONE")
    if test.has_zone is not None and test.has_zone is not has_zone and not parts:
        parts.append(f"{found_type} has {'a' if has_zone else 'no'} time zone")
    physical = _is_physical(test, found_type)
    if physical is None:
        return Finding(None, found_type, limit, message=f"the physical type {test.physical} is not known here")
    if not physical:
        parts.append(f"{found_type} is not {test.physical}")
    return Finding(not parts, found_type, limit, message="; ".join(parts))


def _is_physical(test: HasType, found_type: str) -> bool | None:
    if not test.physical:
        return True
    if test.is_compatible:
        return is_physical(without_zone(test.physical), without_zone(found_type))
    return is_physical(test.physical, found_type)


def _others(test: NoOtherColumns, scope: Scope) -> Finding:
    known = {name.lower() for name in test.known}
    others = [column.name for column in scope.columns if column.name.lower() not in known]
    message = f"the contract does not name {', '.join(others)}" if others else ""
    return Finding(not others, f"{len(others)} more", "0 more", message=message)

"""What our own rules look like: the fields of ``implementation`` for ``engine: assay``, and of custom properties.

The tables say the form. What an SQL expression in them means, and whether a column is there, is said when it is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assay.base.reading import Path
from assay.contract.model import Operator
from assay.contract.shape import are_texts, is_number, is_text, is_whole, shown

ENGINE = "assay"
"""The engine of custom rules that this system runs itself."""

_PAIRS = frozenset({Operator.BETWEEN, Operator.NOT_BETWEEN})
_STEPS = ("hour", "day", "week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class CustomFault:
    """What is wrong at a part of a rule or of a custom property; ``path`` leads to it from the rule or property."""

    path: tuple[str | int, ...]
    expected: str
    found: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """What may stand in a field: in words, by its test, and whether it may not be missing."""

    wanted: str
    fits: Callable[[Any], bool]
    is_required: bool = False


def _is_moment(value: Any) -> bool:
    try:
        return is_text(value) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _is_table(value: Any) -> bool:
    return is_text(value) and len(value.split(".")) in {1, 2} and all(value.split("."))


def _are_pairs(value: Any) -> bool:
    return (are_texts(value) or (isinstance(value, dict) and are_texts(list(value.values())))) and bool(value)


def _choice(*values: str) -> Setting:
    return Setting(f"one of {', '.join(values)}", lambda value: value in values)


def _required(setting: Setting) -> Setting:
    return Setting(setting.wanted, setting.fits, is_required=True)


_SQL = Setting("a text of SQL", lambda value: is_text(value) and bool(value.strip()))
_COLUMN = Setting("the name of a column", lambda value: is_text(value) and bool(value))
_COLUMNS = Setting("a list of names of columns", lambda value: are_texts(value) and bool(value))
_SEVERAL = Setting("a list of two or more texts of SQL", lambda value: are_texts(value) and len(value) > 1)
_PAIRED = Setting("a list of names of columns, or own name to other name", _are_pairs)
_TABLE = Setting("the name of a table, or sources.table", _is_table)
_TABLE_COLUMN = Setting("table.column or sources.table.column",
                        lambda value: is_text(value) and len(value.split(".")) in {2, 3})  # fmt: skip
_NAME = Setting("a name", lambda value: is_text(value) and value.isidentifier())
_MOMENT = Setting("a date or moment in ISO 8601", _is_moment)
_MOMENTS = Setting("a list of dates", lambda value: are_texts(value) and all(map(_is_moment, value)))
_NUMBER = Setting("a number from 0", lambda value: is_number(value) and value >= 0)
_WHOLE = Setting("a whole number", is_whole)
_COUNT = Setting("a whole number from 1", lambda value: is_whole(value) and value > 0)
_FLAG = Setting("true or false", lambda value: isinstance(value, bool))
_TEXT = Setting("a text", is_text)

_HISTORY = {"runs": _COUNT, "factor": _NUMBER, "floor": _NUMBER, "sameWeekday": _FLAG}

CHECKS: dict[str, dict[str, Setting]] = {
    "row": {"condition": _required(_SQL)},
    "conditional": {"when": _required(_SQL), "then": _required(_SQL)},
    "anyOf": {"conditions": _required(_SEVERAL)},
    "failedRows": {"query": _required(_SQL)},
    "controlTotal": {
        "expression": _required(_SQL),
        "source": _TABLE,
        "sourceExpression": _SQL,
        "query": _SQL,
        "tolerance": _NUMBER,
    },
    "reconciliation": {
        "with": _required(_TABLE),
        "environment": _NAME,
        "level": _choice("totals", "rows"),
        "key": _PAIRED,
        "columns": _PAIRED,
        "tolerance": _NUMBER,
        "otherFilter": _SQL,
    },
    "series": {
        "column": _required(_COLUMN),
        "step": _required(_choice(*_STEPS)),
        "from": _MOMENT,
        "to": _MOMENT,
        "per": _COLUMNS,
        "span": _choice("common", "own"),
        "businessDays": _FLAG,
        "holidays": _MOMENTS,
        "calendar": _TABLE_COLUMN,
    },
    "sequence": {
        "column": _required(_COLUMN),
        "orderBy": _required(_COLUMNS),
        "per": _COLUMNS,
        "strict": _FLAG,
        "direction": _choice("rising", "falling"),
    },
    "gapless": {"column": _required(_COLUMN), "from": _WHOLE, "per": _COLUMNS},
    "volume": _HISTORY,
    "usual": {"expression": _required(_SQL), **_HISTORY},
}
"""Our own checks to the fields of their implementation, beside ``check``, an operator and a unit."""

_LIMITLESS = frozenset({"volume", "usual"})
"""Checks whose limit is their history."""

_TOGETHER: dict[str, tuple[str, str]] = {
    "sourceExpression": ("source", "controlTotal"),
    "source": ("sourceExpression", "controlTotal"),
    "businessDays": ("step", "series"),
}
"""A field to the one without which it means nothing."""

_WARNING: dict[str, Setting] = {"unit": _TEXT}
TERMS: dict[str, Setting] = {
    "unit": _TEXT,
    "tolerance": _NUMBER,
    "severity": _TEXT,
    "filter": _SQL,
    "scope": _choice("filtered", "table", "window"),
    "denominator": _choice("nonNull", "all"),
    "warn": Setting("a mapping with an operator", lambda value: isinstance(value, dict)),
}
"""How a rule is applied, beside its operator: custom properties of a rule, fields of the property ``limit(s)``."""

OF_RULES = frozenset(TERMS) - {"unit", "severity"}
"""Those of the terms that stand among a rule's customProperties; the rule has fields of its own for the others."""


def custom_faults(rule: Mapping[str, Any]) -> Iterator[CustomFault]:
    """Give what is wrong with our own parts of one quality rule: its implementation, and its custom properties.

    Args:
        rule: as it stands in the file.
    """
    if rule.get("type") == "custom" and rule.get("engine") == ENGINE and rule.get("implementation") not in (None, ""):
        yield from _implementation(rule)
    listed = rule.get("customProperties")
    for index, entry in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(entry, dict) and str(entry.get("property")) in OF_RULES and "value" in entry:
            found = term_faults({str(entry["property"]): entry["value"]}, is_whole=False)
            yield from (_moved(one, "customProperties", index, "value", drop=1) for one in found)


def property_faults(value: Any, path: Path) -> Iterator[CustomFault]:
    """Give what is wrong with ``limits`` and ``limit`` among the customProperties of anything but rules.

    Args:
        value: a part of a contract, with all that is inside it.
        path: of that part; those of the faults begin with it.
    """
    if isinstance(value, list):
        for index, entry in enumerate(value):
            yield from property_faults(entry, (*path, index))
    if not isinstance(value, dict):
        return
    listed = value.get("customProperties")
    for index, entry in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(entry, dict) and entry.get("property") in ("limits", "limit") and "value" in entry:
            at = (*path, "customProperties", index, "value")
            yield from _limits(entry["value"], at) if entry["property"] == "limits" else _limit(entry["value"], at)
    for name, entry in value.items():
        if name not in {"customProperties", "quality"}:
            yield from property_faults(entry, (*path, name))


def _limits(value: Any, path: Path) -> Iterator[CustomFault]:
    if not isinstance(value, dict):
        yield CustomFault(path, "a mapping of what is promised to its terms", shown(value))
        return
    for name, terms in value.items():
        yield from _limit(terms, (*path, name))


def _limit(value: Any, path: Path) -> Iterator[CustomFault]:
    if not isinstance(value, dict):
        yield CustomFault(path, "a mapping of terms: an operator, unit, warn, filter", shown(value))
        return
    yield from (_moved(one, *path, drop=0) for one in term_faults(value))


def term_faults(terms: Mapping[str, Any], *, is_whole: bool = True) -> Iterator[CustomFault]:
    """Give what is wrong with terms on which a promise is applied.

    Args:
        terms: operator, unit, severity, warn and so on, by name.
        is_whole: whether these are all there are, so that an operator has to be among them where a unit is.
    """
    yield from _fields((), terms, TERMS)
    yield from _operator((), terms, is_needed=is_whole and "unit" in terms)
    warning = terms.get("warn")
    if isinstance(warning, dict):
        yield from _fields(("warn",), warning, _WARNING)
        yield from _operator(("warn",), warning, is_needed=True)


def _implementation(rule: Mapping[str, Any]) -> Iterator[CustomFault]:
    settings = rule.get("implementation")
    at = ("implementation",)
    if not isinstance(settings, dict):
        yield CustomFault(at, "a mapping with 'check'", shown(settings))
        return
    name = settings.get("check")
    if not isinstance(name, str) or name not in CHECKS:
        yield CustomFault((*at, "check"), f"one of {', '.join(CHECKS)}", shown(name))
        return
    known = {"check": _TEXT, **({} if name in _LIMITLESS else {"unit": _TEXT}), **CHECKS[name]}
    yield from _fields(at, settings, known, allows_operator=name not in _LIMITLESS)
    yield from _operator(at, settings, is_needed="unit" in settings)
    has_own = any(operator in settings for operator in Operator)
    if name == "controlTotal" and not {"source", "query"} & settings.keys() and not has_own and not _has_operator(rule):
        yield CustomFault(at, "'source', 'query' or an operator to hold it against", "nothing")
    if _has_operator(rule):
        if has_own:
            yield CustomFault(at, "one operator, of the rule or of its implementation", "both")
        if name in _LIMITLESS:
            yield CustomFault(at, f"no operator, for '{name}' is held against its history", "an operator")
    yield from _together(name, settings)


def _has_operator(rule: Mapping[str, Any]) -> bool:
    return any(operator in rule for operator in Operator)


def _together(name: str, settings: Mapping[str, Any]) -> Iterator[CustomFault]:
    for field, (needed, check) in _TOGETHER.items():
        if check == name and field in settings and needed not in settings:
            yield CustomFault(("implementation", field), f"'{needed}' beside it", "nothing")
    if name == "series" and settings.get("businessDays") is True and settings.get("step") not in ("day", None):
        yield CustomFault(("implementation", "businessDays"), "the step 'day'", shown(settings.get("step")))
    if name == "reconciliation" and settings.get("level") == "rows" and "key" not in settings:
        yield CustomFault(("implementation",), "'key' to compare rows by", "nothing")
    if name == "controlTotal" and "source" in settings and "query" in settings:
        yield CustomFault(("implementation", "query"), "'source' or 'query'", "both")


def _fields(
    at: tuple[str | int, ...], value: Mapping[str, Any], known: Mapping[str, Setting], *, allows_operator: bool = True
) -> Iterator[CustomFault]:
    for name, setting in known.items():
        if setting.is_required and name not in value:
            yield CustomFault(at, f"the field '{name}' ({setting.wanted})", "nothing")
    for name, entry in value.items():
        if name in known:
            if not known[name].fits(entry):
                yield CustomFault((*at, name), f"{known[name].wanted} for '{name}'", shown(entry))
        elif not (allows_operator and name in tuple(Operator)):
            yield CustomFault((*at, name), f"one of {', '.join(known)}", f"'{name}'")


def _operator(at: tuple[str | int, ...], value: Mapping[str, Any], *, is_needed: bool) -> Iterator[CustomFault]:
    found = [operator for operator in Operator if operator in value]
    if not found and is_needed:
        yield CustomFault(at, f"an operator, one of {', '.join(Operator)}", "nothing")
    for extra in found[1:]:
        yield CustomFault((*at, extra), "one operator", f"'{extra}' as well")
    for operator in found:
        limit = value[operator]
        if operator in _PAIRS:
            is_pair = isinstance(limit, list) and len(limit) == 2 and all(map(is_number, limit))
            if not is_pair or limit[0] > limit[1]:
                yield CustomFault((*at, operator), "two numbers, the lower first, as [1, 5]", shown(limit))
        elif not is_number(limit):
            yield CustomFault((*at, operator), "a number", shown(limit))


def _moved(one: CustomFault, *path: str | int, drop: int) -> CustomFault:
    return CustomFault((*path, *one.path[drop:]), one.expected, one.found, one.hint)

"""What a change of a contract does to those who read by it, as literal tables (cosmetic, additive, standard, breaking).

The view is the consumer's: a promise that is dropped or loosened breaks, one that is added or tightened does not. Of
what is added, additive is only what says nothing of data that was there: a promise on a column that was there may not
hold, and asks for a new look. What is not named here is standard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any

from assay.contract.durations import parse_duration
from assay.contract.model import Operator, Severity
from assay.contract.rules import arguments_of, limit_of, metric_of, operators_of, severity_of, type_of

Entry = Mapping[str, Any]
Judgement = Callable[[Entry, Entry, str], "Effect"]
"""Judges one field that differs between two versions of an entry."""


class Effect(StrEnum):
    """How deep a change goes; ordered from the lightest."""

    COSMETIC = "cosmetic"
    ADDITIVE = "additive"
    STANDARD = "standard"
    BREAKING = "breaking"


RANKS = {"public": 0, "internal": 1, "confidential": 2, "restricted": 3}
"""Classifications from the most open; others cannot be compared."""

DEFAULTS = {
    "required": False,
    "unique": False,
    "primaryKey": False,
    "primaryKeyPosition": -1,
    "partitioned": False,
    "partitionKeyPosition": -1,
    "semanticType": "column",
    "criticalDataElement": False,
    "type": "library",
}
"""Field to what is meant where it is not said."""


def cosmetic(old: Entry, new: Entry, field: str) -> Effect:
    """Judge words for people."""
    return Effect.COSMETIC


def breaking(old: Entry, new: Entry, field: str) -> Effect:
    """Judge what nobody may change under a reader."""
    return Effect.BREAKING


def breaking_once_said(old: Entry, new: Entry, field: str) -> Effect:
    """Judge a promise that had no such part before, or changes or drops it."""
    return Effect.STANDARD if old.get(field) is None else Effect.BREAKING


def breaking_when_dropped(old: Entry, new: Entry, field: str) -> Effect:
    """Judge a promise that is given or not."""
    return Effect.BREAKING if old.get(field) and not new.get(field) else Effect.STANDARD


def breaking_when_lower(old: Entry, new: Entry, field: str) -> Effect:
    """Judge a lower bound."""
    return _bound(old.get(field), new.get(field), is_lower_end=True)


def breaking_when_higher(old: Entry, new: Entry, field: str) -> Effect:
    """Judge an upper bound."""
    return _bound(old.get(field), new.get(field), is_lower_end=False)


def breaking_when_retired(old: Entry, new: Entry, field: str) -> Effect:
    """Judge a status: a contract that retires leaves its readers."""
    return Effect.BREAKING if new.get(field) == "retired" else Effect.STANDARD


def breaking_when_raised(old: Entry, new: Entry, field: str) -> Effect:
    """Judge a classification: who could read may no longer be allowed to."""
    before, after = (RANKS.get(str(entry.get(field)).lower()) for entry in (old, new))
    return Effect.BREAKING if before is not None and after is not None and after > before else Effect.STANDARD


def breaking_when_moved(old: Entry, new: Entry, field: str) -> Effect:
    """Judge a physical name; where none is given it is the name itself."""
    before, after = (entry.get("physicalName") or entry.get("name") for entry in (old, new))
    return Effect.COSMETIC if before == after else Effect.BREAKING


_WHOLE_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_FLOATS = ("FLOAT", "DOUBLE")
_TYPE_NAMES: dict[str, str] = {
    **dict.fromkeys(("INT", "INT4", "INT32", "SIGNED"), "INTEGER"),
    "INT64": "BIGINT",
    **dict.fromkeys(("INT2", "INT16"), "SMALLINT"),
    **dict.fromkeys(("FLOAT8", "DOUBLE PRECISION"), "DOUBLE"),
    **dict.fromkeys(("NUMERIC", "NUMBER"), "DECIMAL"),
    **dict.fromkeys(("STRING", "TEXT", "CHARACTER VARYING", "NVARCHAR"), "VARCHAR"),
}
"""Names by which databases call a type to one of them, where all that have the name mean the same."""

_TYPE = re.compile(r"([A-Z0-9 ]+?)(?: ?\( ?(\d+) ?(?:, ?(\d+) ?)?\))?")
_LONGEST_TYPE = 100


def breaking_unless_narrowed(old: Entry, new: Entry, field: str) -> Effect:
    """Judge a stored type: one that holds less of the same than before surprises no reader."""
    if old.get(field) is None:
        return Effect.STANDARD
    texts = [_plain(str(entry.get(field))) for entry in (old, new)]
    if texts[0] == texts[1]:
        return Effect.COSMETIC
    before, after = (_stored_type(entry.get(field)) for entry in (old, new))
    if before is None or after is None:
        return Effect.BREAKING
    return Effect.STANDARD if before == after or _is_narrower(after, before) else Effect.BREAKING


def _plain(text: str) -> str:
    return " ".join(text.upper().split())


def _stored_type(text: Any) -> tuple[str, int | None, int | None] | None:
    """Return a type's name, its length or precision, and its scale; None where it is written in another form."""
    match = _TYPE.fullmatch(_plain(text)) if isinstance(text, str) and len(text) <= _LONGEST_TYPE else None
    if match is None:
        return None
    name = match[1]
    size, scale = (int(part) if part else None for part in (match[2], match[3]))
    return _TYPE_NAMES.get(name, name), size, scale


def _is_narrower(inner: tuple[str, int | None, int | None], outer: tuple[str, int | None, int | None]) -> bool:
    for names in (_WHOLE_NUMBERS, _FLOATS):
        if inner[0] in names and outer[0] in names:
            return names.index(inner[0]) < names.index(outer[0])
    (name, size, scale), (other, room, digits) = inner, outer
    if name != other or name not in {"DECIMAL", "VARCHAR", "CHAR"} or size is None or (scale or 0) != (digits or 0):
        return False
    return size < room if room is not None else name == "VARCHAR"


def breaking_when_terms_loosen(old: Entry, new: Entry, field: str) -> Effect:
    """Judge customProperties: those that say which rows are tested, how strictly, and with which limits, are ours."""
    before, after = (_customs(entry.get(field)) for entry in (old, new))
    if any(before.get(name) != after.get(name) and after.get(name) is not None for name in ("filter", "types")):
        return Effect.BREAKING
    if before.get("limits") != after.get("limits"):
        return Effect.BREAKING
    return Effect.BREAKING if before.get("strict") is True and after.get("strict") is not True else Effect.STANDARD


def _customs(listed: Any) -> Entry:
    return {one["property"]: one.get("value") for one in listed or () if isinstance(one, Mapping) and "property" in one}


_WORDS: dict[str, Judgement] = dict.fromkeys(
    (
        "description",
        "businessName",
        "tags",
        "examples",
        "authoritativeDefinitions",
        "synonyms",
        "label",
        "title",
        "context",
        "businessImpact",
    ),
    cosmetic,
)

FIELDS: dict[str, dict[str, Judgement]] = {
    "contract": {
        **_WORDS,
        **dict.fromkeys(("version", "apiVersion", "name", "team", "support", "contractCreatedTs"), cosmetic),
        "id": breaking,
        "customProperties": breaking_when_terms_loosen,
        "status": breaking_when_retired,
    },
    "dataset": {
        **_WORDS,
        "customProperties": breaking_when_terms_loosen,
        "physicalName": breaking_when_moved,
        "physicalType": breaking_once_said,
    },
    "property": {
        **_WORDS,
        "customProperties": breaking_when_terms_loosen,
        "physicalName": breaking_when_moved,
        "logicalType": breaking_once_said,
        "physicalType": breaking_unless_narrowed,
        "required": breaking_when_dropped,
        "unique": breaking_when_dropped,
        "primaryKey": breaking_when_dropped,
        "classification": breaking_when_raised,
        "enum": breaking_once_said,  # as a whole; its values are judged one by one
        "items": breaking_once_said,
        "map": breaking_once_said,
    },
    "options": {
        **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), breaking_when_lower),
        **dict.fromkeys(
            ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), breaking_when_higher
        ),
        **dict.fromkeys(
            ("pattern", "format", "multipleOf", "timezone", "defaultTimezone", "required", "dimensions"),
            breaking_once_said,
        ),
        "uniqueItems": breaking_when_dropped,
    },
    "enum value": _WORDS,
    "relationship": _WORDS,
    "role": _WORDS,
    "service level": _WORDS,
    "rule": {**_WORDS, "name": cosmetic, "id": cosmetic},
}
"""Section to the fields whose effect we know."""

REMOVED: dict[str, Effect] = {
    "dataset": Effect.BREAKING,
    "property": Effect.BREAKING,
    "relationship": Effect.BREAKING,
    "role": Effect.BREAKING,
    "service level": Effect.BREAKING,
    "rule": Effect.BREAKING,
}
"""What the removal of an entry does; of a value from an enum it is standard."""

ADDED: dict[tuple[str, str], Effect] = {
    ("contract", "dataset"): Effect.ADDITIVE,
    ("contract", "role"): Effect.ADDITIVE,
    ("dataset", "property"): Effect.ADDITIVE,
    ("property", "enum value"): Effect.BREAKING,
}
"""What an addition to a list of a section does, where the list had entries; any other is standard.

Readers have not seen a new value of an enum before. A rule, a relationship or a promise on service speaks of data that
was there and may not keep it; a field within an object changes a column that was there.
"""


def added_effect(section: str, kind: str, entry: Entry) -> Effect:
    """Judge an entry that came to a list of a section; a new part of the key says something of the rows there were."""
    return Effect.STANDARD if entry.get("primaryKey") else ADDED.get((section, kind), Effect.STANDARD)


_WHOLE = ("query", "engine", "implementation", "unit", "customProperties")
"""Fields of a rule of which no two values can be compared."""

SLA_LOOSER_WHEN_MORE: dict[str, bool] = {
    "freshness": True,
    "latency": True,
    "frequency": True,
    "errorRate": True,
    "timeToDetect": True,
    "timeToNotify": True,
    "timeToRepair": True,
    "retention": False,
    "availability": False,
    "throughput": False,
}
"""Promise on service to whether a larger value promises less."""


def field_effect(section: str, old: Entry, new: Entry, field: str) -> Effect:
    """Judge one field that differs between two versions of an entry of a section."""
    default = DEFAULTS.get(field)
    if default is not None and old.get(field, default) == new.get(field, default):
        return Effect.COSMETIC  # said now what was meant before
    judgement = FIELDS.get(section, {}).get(field)
    return judgement(old, new, field) if judgement else Effect.STANDARD


def rule_effect(old: Entry, new: Entry) -> Effect:
    """Judge a quality rule that differs. A rule that only warned, and still does, breaks nobody."""
    fields = [field for field in {**old, **new} if old.get(field) != new.get(field)]
    effects = {field_effect("rule", old, new, field) for field in fields}
    if effects <= {Effect.COSMETIC}:
        return Effect.COSMETIC
    before, after = (severity_of(rule.get("severity")) for rule in (old, new))
    if before is Severity.WARN:
        return Effect.STANDARD
    return Effect.BREAKING if after is Severity.WARN or is_rule_looser(old, new) else Effect.STANDARD


def is_rule_looser(old: Entry, new: Entry) -> bool:
    """Say whether a rule may let pass what it refused before; what cannot be compared may."""
    if any(old.get(field) != new.get(field) for field in _WHOLE):
        return True
    if (type_of(old), metric_of(old)) != (type_of(new), metric_of(new)):
        return True
    return _arguments_loosen(arguments_of(old), arguments_of(new)) or not _interval_inside(new, old)


def promise_effect(old: Entry, new: Entry) -> Effect:
    """Judge a promise on service that differs."""
    fields = [field for field in {**old, **new} if old.get(field) != new.get(field)]
    if all(field_effect("service level", old, new, field) is Effect.COSMETIC for field in fields):
        return Effect.COSMETIC
    if not {"value", "unit", "element", "customProperties"} & set(fields):
        return Effect.STANDARD
    is_looser = SLA_LOOSER_WHEN_MORE.get(str(old.get("property")))
    before, after = (_amount(entry) for entry in (old, new))
    if is_looser is None or before is None or after is None or {"element", "customProperties"} & set(fields):
        return Effect.BREAKING
    return Effect.BREAKING if (after > before) is is_looser and after != before else Effect.STANDARD


def _bound(old: Any, new: Any, *, is_lower_end: bool) -> Effect:
    if old is None:
        return Effect.STANDARD
    if new is None or (type(new) is not type(old) and isinstance(old, str) is not isinstance(new, str)):
        return Effect.BREAKING
    return Effect.BREAKING if (new < old if is_lower_end else new > old) else Effect.STANDARD


def _arguments_loosen(old: Entry, new: Entry) -> bool:
    changed = {name for name in {**old, **new} if old.get(name) != new.get(name)}
    if changed == {"validValues"} and isinstance(old.get("validValues"), list) and new.get("validValues") is not None:
        return not set(map(str, new["validValues"])) <= set(map(str, old["validValues"]))
    return bool(changed)


def _interval_inside(inner: Entry, outer: Entry) -> bool:
    """Say whether everything that the first rule's limit lets pass, the second's does too."""
    sides = [(operators_of(rule), rule) for rule in (inner, outer)]
    intervals = [_interval(found[0], limit_of(rule, found[0])) if found else None for found, rule in sides]
    if sides[0][0] == sides[1][0] and all(limit_of(inner, one) == limit_of(outer, one) for one in sides[0][0]):
        return True
    if intervals[0] is None or intervals[1] is None:
        return False
    return intervals[0][0] >= intervals[1][0] and intervals[0][1] <= intervals[1][1]


End = tuple[float | Fraction, int]
"""An end of an interval: the number, and which side of it (-1 just below, 0 at it, 1 just above)."""


def _interval(operator: Operator, value: Any) -> tuple[End, End] | None:
    if operator in {Operator.NOT_EQUAL, Operator.NOT_BETWEEN} or isinstance(value, bool):
        return None
    low: End = (float("-inf"), 0)
    high: End = (float("inf"), 0)
    if operator is Operator.BETWEEN:
        return (Fraction(str(value[0])), 0), (Fraction(str(value[1])), 0)
    number = Fraction(str(value))
    return {
        Operator.EQUAL: ((number, 0), (number, 0)),
        Operator.GREATER: ((number, 1), high),
        Operator.GREATER_OR_EQUAL: ((number, 0), high),
        Operator.LESS: (low, (number, -1)),
        Operator.LESS_OR_EQUAL: (low, (number, 0)),
    }[operator]


def _amount(promise: Entry) -> Fraction | None:
    """Return a promise's value as a number: seconds for a span of time; None when it is neither."""
    span = parse_duration(promise.get("value"), promise.get("unit"))
    if span is not None:
        return span.seconds + span.months * 30 * 86_400  # only ever compared
    value = promise.get("value")
    return Fraction(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None

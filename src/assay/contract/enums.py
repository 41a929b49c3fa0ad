"""What is wrong with a property's list of allowed values."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from assay.base.reading import Document, Path
from assay.contract.findings import Finding, finding
from assay.contract.model import LogicalType
from assay.contract.options import number_of, range_of
from assay.contract.rules import is_value_of
from assay.contract.shape import shown
from assay.contract.walking import Entry, entries, kind_of

_QUANTIFIED_GROUP = re.compile(r"\)[*+?{]")
_QUANTIFIERS = re.compile(r"[*+?{]")
_SHORT = 64
_LENGTHS: tuple[tuple[str, str, Callable[[int, int], bool]], ...] = (
    ("minLength", "least", operator.lt),
    ("maxLength", "most", operator.gt),
)
"""Option to the word for it, and when a length breaks it."""


def enum_faults(document: Document, path: Path, entry: Entry) -> Iterator[Finding]:
    """Give what is wrong with the enum of one property: no value, one of another type, one twice."""
    kind, at = kind_of(entry), (*path, "enum")
    if entry.get("enum") == []:
        yield finding(document, "enum-empty", at, expected="at least one value in 'enum'", found="an empty list")
    seen: set[tuple[type, Any]] = set()
    for place, choice in entries(entry, at):
        value, where = choice.get("value"), (*place, "value")
        if "value" in choice and not is_value_of(value, kind):
            wanted = f"a value of the type {kind}"
            yield finding(document, "enum-value-type", where, expected=wanted, found=shown(value))
        if isinstance(value, dict | list):
            continue
        if (type(value), value) in seen:
            found = f"{value!r} again"
            yield finding(document, "enum-value-repeated", where, expected="each value once", found=found)
        seen.add((type(value), value))


def excluded_values(document: Document, path: Path, entry: Entry) -> Iterator[Finding]:
    """Give the values of a property's enum that its own options refuse."""
    written = entry.get("logicalTypeOptions")
    if not isinstance(written, dict):
        return
    for place, choice in entries(entry, (*path, "enum")):
        value = choice.get("value")
        problem = _excluded(kind_of(entry), written, value) if is_value_of(value, kind_of(entry)) else None
        if problem is not None:
            at, hint = (*place, "value"), "Remove the value, or mend the options."
            yield finding(document, "enum-value-excluded", at, expected=problem, found=shown(value), hint=hint)


def _excluded(kind: LogicalType | None, options: Mapping[str, Any], value: Any) -> str | None:
    """Say what the options ask that a value does not keep; None when it keeps all, or nothing can be said."""
    if isinstance(value, str):
        for name, word, breaks in _LENGTHS:
            bound = options.get(name)
            if isinstance(bound, int) and breaks(len(value), bound):
                return f"a text of at {word} {bound} characters, as '{name}' says"
        pattern = options.get("pattern")
        if isinstance(pattern, str) and _misses(pattern, value):
            return f"a text that matches {pattern}, as 'pattern' says"
    number = number_of(value, kind)
    if number is not None and not range_of(options, kind).holds(number):
        return "a value within the bounds of 'logicalTypeOptions'"
    return None


def _misses(pattern: str, text: str) -> bool:
    """Say whether a pattern is not found in a text; only patterns that Python can try in no time are tried."""
    if len(text) > _SHORT or _QUANTIFIED_GROUP.search(pattern) or len(_QUANTIFIERS.findall(pattern)) > 3:
        return False
    try:
        return re.search(pattern, text) is None
    except re.error:
        return False

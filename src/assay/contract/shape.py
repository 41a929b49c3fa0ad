"""Hold a document against the tables of fields: what is missing, of the wrong kind, misspelt or not known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from assay.base.reading import Document, Path
from assay.contract.fields import CLOSED, OPEN_BEFORE_3_1, REQUIRED, SECTIONS, Field, Kind
from assay.contract.findings import Finding, finding

LARGEST = 2**53 - 1
"""The largest whole number that all readers of JSON keep exactly."""

_HINTS: dict[str, str] = {
    "pattern": "Put it under 'arguments'.",
    "validValues": "Put it under 'arguments'.",
    "missingValues": "Put it under 'arguments'.",
    "from": "At a property the column itself is meant; name 'from' at the dataset.",
    "uuid": "Since v3 it is called 'id'.",
    "quality": "Rules stand at a dataset or at a property.",
}

_CHOICES: dict[str, str] = {
    "apiVersion": "api-version-unknown",
    "metric": "metric-unknown",
    "dimension": "dimension-unknown",
    "logicalType": "logical-type-unknown",
}
"""Fields with a closed list of values that have a rule of their own."""


def is_text(value: Any) -> bool:
    """Say whether this is a text."""
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    """Say whether this is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    """Say whether this is a whole number; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_scalar(value: Any) -> bool:
    """Say whether this is a single value, null included."""
    return value is None or isinstance(value, str | int | float | bool)


def are_texts(value: Any) -> bool:
    """Say whether this is a list of texts."""
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


_FITS: dict[Kind, Callable[[Any], bool]] = {
    Kind.TEXT: is_text,
    Kind.FLAG: lambda value: isinstance(value, bool),
    Kind.WHOLE: is_whole,
    Kind.SCALAR: is_scalar,
    Kind.ANYTHING: lambda value: True,
    Kind.MAPPING: lambda value: isinstance(value, dict),
    Kind.LIST: lambda value: isinstance(value, list),
    Kind.TEXTS: are_texts,
    Kind.TEXT_OR_MAPPING: lambda value: isinstance(value, str | dict),
    Kind.TEXT_OR_TEXTS: lambda value: is_text(value) or (are_texts(value) and len(value) > 0),
    Kind.LIST_OR_MAPPING: lambda value: isinstance(value, list | dict),
}


def shape_faults(document: Document) -> Iterator[Finding]:
    """Give every fault in the form of a contract, in the order of the file."""
    if not isinstance(document.value, dict):
        yield finding(
            document, "not-a-contract", (), expected="a data contract (a mapping)", found=shown(document.value)
        )
        return
    yield from _section(document, (), document.value, "contract")
    yield from _large_numbers(document, (), document.value)


def shown(value: Any) -> str:
    """Say what was found, briefly."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        size = f"{len(value)} {'fields' if isinstance(value, dict) else 'entries'}"
        return f"{'a mapping' if isinstance(value, dict) else 'a list'} of {size}"
    return repr(value) if len(repr(value)) <= 80 else f"{repr(value)[:77]}..."


def is_before_3_1(document: Document) -> bool:
    """Say whether a contract is written in v3.0 of the standard, which closed fewer sections."""
    return isinstance(document.value, dict) and str(document.value.get("apiVersion")).startswith("v3.0")


def _large_numbers(document: Document, path: Path, value: Any) -> Iterator[Finding]:
    """Find whole numbers that have no canonical form (RFC 8785), so that the contract could have no digest."""
    if isinstance(value, dict | list):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _large_numbers(document, (*path, key), entry)
    elif is_whole(value) and abs(value) > LARGEST:
        wanted = f"a whole number up to {LARGEST}"
        hint = "Leave the bound out, or say it by the format of the type, as i64."
        yield finding(document, "number-too-large", path, expected=wanted, found=str(value)[:40], hint=hint)


def _section(document: Document, path: Path, value: Mapping[str, Any], section: str) -> Iterator[Finding]:
    for name in REQUIRED.get(section, ()):
        if name not in value:
            wanted = f"the field '{name}' of a {section}"
            yield finding(document, "field-missing", (*path, name), expected=wanted, found="nothing")
    for name, entry in value.items():
        field = SECTIONS[section].get(name)
        if field is None:
            yield from _unknown(document, (*path, name), section)
        else:
            yield from _field(document, (*path, name), entry, field)


def _unknown(document: Document, path: Path, section: str) -> Iterator[Finding]:
    name = str(path[-1])
    known = sorted(SECTIONS[section])
    meant = get_close_matches(name, known, n=1, cutoff=0.8) if section != "server" else []
    is_open = section not in CLOSED or (section in OPEN_BEFORE_3_1 and is_before_3_1(document))
    if is_open and (not meant or is_before_3_1(document)):
        return
    hint = f"Did you mean '{meant[0]}'?" if meant else _HINTS.get(name, "Own fields go under 'customProperties'.")
    wanted = f"a field that a {section} has"
    yield finding(document, "field-unknown", path, expected=wanted, found=f"'{name}'", hint=hint)


def _field(document: Document, path: Path, value: Any, field: Field) -> Iterator[Finding]:
    if not _FITS[field.kind](value):
        hint = "Put it in quotation marks." if field.kind is Kind.TEXT and is_number(value) else ""
        wanted = f"{field.kind} for '{path[-1]}'"
        yield finding(document, "field-kind", path, expected=wanted, found=shown(value), hint=hint)
        return
    if field.choices and value not in field.choices:
        hint = "Contracts of v2 are not read; write it anew as v3.2.0." if path == ("apiVersion",) else ""
        wanted, rule = f"one of {', '.join(field.choices)}", _CHOICES.get(str(path[-1]), "value-not-allowed")
        yield finding(document, rule, path, expected=wanted, found=shown(value), hint=hint)
    if field.section and isinstance(value, dict):
        yield from _section(document, path, value, field.section)
    elif field.section and isinstance(value, list):
        for index, entry in enumerate(value):
            if isinstance(entry, dict):
                yield from _section(document, (*path, index), entry, field.section)
            else:
                wanted = f"a {field.section} (a mapping)"
                yield finding(document, "field-kind", (*path, index), expected=wanted, found=shown(entry))

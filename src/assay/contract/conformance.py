"""The standard's own JSON schema of v3.2.0, as a last look after our tables: what it refuses and they do not.

Messages of a schema are for its author; here each becomes what was expected and what was found. Where the standard's
text allows more than its schema (the text outranks it), the tables of `fields` decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from assay.base.reading import Document, Path
from assay.contract.fields import SECTIONS
from assay.contract.findings import Beside, Finding, finding
from assay.contract.shape import shown

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

VERSION = "v3.2.0"
"""The version of the standard whose contracts the schema judges; older ones are judged by our tables alone."""

_TYPES: dict[str, str] = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}

_PATTERNS: dict[str, str] = {
    "^[A-Za-z0-9_-]+$": "letters, digits, '_' and '-' only",
    "^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)+$": "a reference, as dataset.property",
}
"""Patterns of the schema in words."""

_WORDS: dict[str, Callable[[Any], str]] = {
    "Type": lambda kind: " or ".join(_TYPES[name] for name in kind.types),
    "Enum": lambda kind: f"one of {', '.join(str(value) for value in kind.options)}",
    "Constant": lambda kind: shown(kind.expected_value),
    "Pattern": lambda kind: _PATTERNS.get(kind.pattern, f"a text that matches {kind.pattern}"),
    "MinItems": lambda kind: f"a list of {kind.limit} entries or more",
    "MaxItems": lambda kind: f"a list of {kind.limit} entries or fewer",
    "UniqueItems": lambda kind: "each entry once",
    "Minimum": lambda kind: f"a number from {kind.limit}",
    "ExclusiveMinimum": lambda kind: f"a number above {kind.limit}",
    "Maximum": lambda kind: f"a number up to {kind.limit}",
    "Required": lambda kind: f"the field '{kind.property}'",
    "OneOfMultipleValid": lambda kind: "one form of the standard, not several at a time",
    "Not": lambda kind: "none of the fields that the standard forbids here",
}
"""Kind of error to what was expected."""

_OF_TYPE: dict[str, str] = {"properties": "object", "items": "array", "map": "map"}
"""Fields of a property that only one logical type has."""

_UNKNOWN = frozenset({"AdditionalProperties", "UnevaluatedProperties"})
_FORMS = frozenset({"AnyOf", "OneOfNotValid"})
_JUDGED_HERE = frozenset({"Enum"})  # where our tables have choices too: the text has more of them than the schema


def standard_findings(document: Document, schema: str, own: Iterable[Finding]) -> Iterator[Finding]:
    """Give what the standard's schema refuses in a contract of v3.2.0, where our own faults say nothing of it.

    Args:
        document: the contract.
        schema: the text of the JSON schema.
        own: our own faults; a fault at the same place, above or below it has the better words.
    """
    if not isinstance(document.value, dict) or document.value.get("apiVersion") != VERSION:
        return
    import jsonschema_rs  # 20 ms to import: only who lints pays for it

    errors = list(jsonschema_rs.validator_for(schema).iter_errors(document.value))
    told = {one.path for one in own} - {()}
    above = _above(told)
    paths = {tuple(error.instance_path) for error in errors}
    failing = told | {tuple(error.instance_path) for error in errors if _name(error) not in _UNKNOWN}
    doubtful = failing | _above(failing | paths)
    seen: set[tuple[Path, str]] = set()
    for error in errors:
        for one in _translated(document, error, doubtful):
            is_told = one.path in above or any(one.path[:length] in told for length in range(1, len(one.path) + 1))
            if not is_told and (one.path, one.expected) not in seen:
                seen.add((one.path, one.expected))
                yield one


def section_at(path: Path) -> str | None:
    """Name the section of our tables that a path of a contract leads to; None where we do not look inside."""
    section: str | None = "contract"
    for step in path:
        if isinstance(step, str):
            field = SECTIONS[section].get(step) if section else None
            section = (field.section or None) if field else None
    return section


def _translated(document: Document, error: ValidationError, doubtful: set[Path]) -> Iterator[Finding]:
    path: Path = tuple(error.instance_path)
    kind: Any = error.kind
    name = _name(error)
    if name in _UNKNOWN:
        yield from _unknown(
            document, path, kind.unexpected, is_certain=name == "AdditionalProperties", doubtful=doubtful
        )
    elif name == "Required":
        yield _refused(document, (*path, kind.property), _WORDS[name](kind), "nothing")
    elif name in _FORMS:
        forms = [list(errors) for errors in kind.context]
        meant = [errors for errors in forms if not any(_is_other_kind(one, path) for one in errors)]
        if len(meant) == 1:
            for one in meant[0]:
                yield from _translated(document, one, doubtful)
        else:
            yield _refused(document, path, _form(forms, path), shown(error.instance))
    elif name not in _JUDGED_HERE or not _has_choices(path):
        words = _WORDS[name](kind) if name in _WORDS else f"what the standard's schema asks by '{kind.name}'"
        yield _refused(document, path, words, shown(error.instance))


def _unknown(
    document: Document, path: Path, names: Iterable[str], *, is_certain: bool, doubtful: set[Path]
) -> Iterator[Finding]:
    """Give the fields that the schema does not know.

    Where something else fails at the same place or below, the schema also counts known fields as unknown ones; then
    only those are named that our tables do not know either.
    """
    section = section_at(path)
    known: Mapping[str, Any] = SECTIONS[section] if section else {}
    is_sure = is_certain or path not in doubtful
    for name in names:
        at = (*path, name)
        if name in known and name in _OF_TYPE and is_sure:
            wanted = f"the logical type '{_OF_TYPE[name]}' beside '{name}'"
            yield _refused(document, at, wanted, "another one or none")
        elif name not in known and (is_sure or section not in {None, "server"}):
            wanted, hint = "a field that the standard knows here", "Own fields go under 'customProperties'."
            yield finding(document, Beside.NOT_IN_STANDARD, at, expected=wanted, found=f"'{name}'", hint=hint)


def _above(paths: Iterable[Path]) -> set[Path]:
    return {path[:length] for path in paths for length in range(1, len(path))}


def _is_other_kind(error: ValidationError, path: Path) -> bool:
    """Say whether a form of several is not meant at all: it wants a text, say, where a mapping stands."""
    return _name(error) == "Type" and tuple(error.instance_path) == path


def _form(forms: Iterable[list[ValidationError]], path: Path) -> str:
    """Say which forms there would have been, where each form asks for one thing at this place."""
    words: dict[str, None] = {}
    for errors in forms:
        if len(errors) != 1 or tuple(errors[0].instance_path) != path or _name(errors[0]) not in _WORDS:
            return f"a form that the standard has for '{path[-1]}'" if path else "a form that the standard has"
        words[_WORDS[_name(errors[0])](errors[0].kind)] = None
    return " or ".join(words)


def _has_choices(path: Path) -> bool:
    section = section_at(path[:-1])
    field = SECTIONS[section].get(str(path[-1])) if section else None
    return field is not None and bool(field.choices)


def _refused(document: Document, path: Path, expected: str, found: str) -> Finding:
    return finding(document, Beside.STANDARD, path, expected=expected, found=found)


def _name(error: ValidationError) -> str:
    return type(error.kind).__name__

"""JSON Schema as a contract: an object is a row of a dataset; references inside the file are followed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from assay.base.errors import AssayError, Fault, Place
from assay.contract.formats.carrying import Part
from assay.contract.formats.exported import Imported
from assay.contract.formats.foreign import foreign_cargo, new_contract, pointer, without_nothing
from assay.contract.formats.json_schema_export import STRICT
from assay.contract.formats.json_text import read_json, refuse_depth
from assay.contract.formats.json_types import LOCAL_TIME, LOCAL_TIMESTAMP, MOMENTS, OPTIONS, SIZES
from assay.contract.model import LogicalType
from assay.contract.options import OPTIONS as CONTRACT_OPTIONS
from assay.contract.patterns import pattern_problem
from assay.contract.rules import is_value_of

IGNORED = frozenset({"$schema", "$id", "$comment", "$anchor", "$vocabulary"})
ENTRIES = frozenset({"properties", "$defs", "definitions"})
REASONS: dict[str, str] = {
    **dict.fromkeys(("anyOf", "oneOf", "allOf", "not", "if", "then", "else"), "a contract has no choice between forms"),
    "default": "a contract says nothing of values that are filled in",
    "patternProperties": "a contract names its columns",
    "required": "what has to be there may be null; a contract's 'required' means never null",
}
"""Keyword to why a contract does not say it."""

OTHERWISE = "a contract has no place for it"
_DEEPEST = 32
_DEEPEST_TEXT = 128
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_SIZES = {name: size for size, name in SIZES.items()}
_MOMENTS = {name: kind for kind, name in MOMENTS.items()}
_LOCAL = {LOCAL_TIMESTAMP: LogicalType.TIMESTAMP, LOCAL_TIME: LogicalType.TIME}
_KINDS = frozenset({"string", "number", "integer", "boolean", "object", "array"})

Entry = dict[str, Any]


def import_json_schema(content: bytes, file: str, name: str) -> Imported:
    """Make a contract from a JSON schema: of one dataset, or of one for each object under ``$defs``.

    Args:
        content: of the file.
        file: the name to show in errors.
        name: of the contract, and of its dataset where the schema has no title.

    Raises:
        AssayError: no JSON, no schema of objects, references in a ring, to nothing or to another file.
    """
    document = read_json(content, file)
    if not isinstance(document, dict):
        raise AssayError(Fault(Place(file, 1), "a JSON schema, which is an object", type(document).__name__))
    refuse_depth(document, file, _DEEPEST_TEXT)
    cargo = foreign_cargo(document, IGNORED, ENTRIES, REASONS, OTHERWISE)
    reader = _Reader(cargo.root, file)
    datasets = [reader.dataset(title, part) for title, part in reader.rows(name)]
    if not datasets:
        hint = "A dataset is an object with properties, or a list of such objects."
        raise AssayError(Fault(Place(file, 1), "a schema of objects", "none", hint))
    return Imported(new_contract(name, datasets), cargo.left())


class _Reader:
    """Reads the parts of one schema; references are followed within it."""

    def __init__(self, root: Part, file: str) -> None:
        self.root, self.file = root, file

    def rows(self, name: str) -> Iterator[tuple[str, Part]]:
        """Give the schemas whose objects are rows, each with the name of its dataset."""
        root = self.follow(self.root, ())
        if root.value.get("type") == "array":
            root.take("type")
            root = self.follow(root.at("items"), ())
        if "properties" in root.value:
            title = root.value.get("title")
            yield (title if isinstance(title, str) and title else name), root
            return
        for key in ("$defs", "definitions"):
            for title, part in root.named(key).items():
                if isinstance(part.value, dict) and "properties" in part.value:
                    yield title, part

    def dataset(self, name: str, part: Part) -> Entry:
        """Read the schema of a row."""
        part.take("type")
        if part.value.get("title") == name:
            part.take("title")
        custom = [{"property": STRICT, "value": True}] if part.at("additionalProperties").value is False else []
        part.take(*["additionalProperties"] * (isinstance(part.value.get("additionalProperties"), bool)))
        entry = {
            "name": name,
            "businessName": None if part.value.get("title") == name else _text(part, "title"),
            "description": _text(part, "description"),
            "customProperties": custom,
            "properties": self.properties(part, ()),
        }
        return without_nothing(entry)

    def properties(self, part: Part, trail: tuple[str, ...]) -> list[Entry]:
        """Read what lies inside an object."""
        needed = part.at("required").value
        needed = needed if isinstance(needed, list) else []
        found = []
        for name, inside in part.named("properties").items():
            entry, may_be_null = self.value(inside, trail)
            if name in needed and not may_be_null:
                entry = {"name": name, "required": True} | entry
                part.cargo.take((*part.path, "required", needed.index(name)))
            found.append({"name": name} | entry)
        return found

    def value(self, given: Part, trail: tuple[str, ...]) -> tuple[Entry, bool]:
        """Read the schema of a value, and say whether it may be null."""
        if given.value is True or given.value == {}:
            return {}, True
        if not isinstance(given.value, dict):
            return {}, True
        part = self.follow(given, trail)
        part.enter()
        trail = (*trail, pointer(None, part.path))
        if len(trail) > _DEEPEST:
            raise AssayError(Fault(self.place(part), f"at most {_DEEPEST} levels", "a deeper nesting"))
        kinds = [kind for kind in _kinds(part) if kind != "null"]
        typed = self.typed(part, kinds[0], trail) if len(kinds) == 1 else {}
        entry, may_be_null = _enum(part, LogicalType(typed["logicalType"]) if typed else None)
        may_be_null = "null" in _kinds(part) if kinds else may_be_null
        words: Entry = {"businessName": _text(part, "title"), "description": _text(part, "description")}
        words["examples"] = part.give("examples") if isinstance(part.value.get("examples"), list) else None
        words["deprecated"] = part.give("deprecated") if isinstance(part.value.get("deprecated"), bool) else None
        if len(kinds) > 1:
            part.leave("a column is of one type", "type")
        return without_nothing(words | typed | entry), may_be_null

    def typed(self, part: Part, kind: str, trail: tuple[str, ...]) -> Entry:
        """Read what is said of a value of one type."""
        part.take("type")
        logical, options = _logical(part, kind)
        entry: Entry = {"logicalType": str(logical), "logicalTypeOptions": options}
        if kind == "array" and isinstance(part.at("items").value, dict):
            entry["items"] = self.value(part.at("items"), trail)[0]
        is_open = isinstance(part.value.get("additionalProperties"), dict) and not part.value.get("properties")
        if kind == "object" and is_open:
            return self.map(part, entry, trail)
        if kind == "object":
            entry["properties"] = self.properties(part, trail)
        return entry

    def map(self, part: Part, entry: Entry, trail: tuple[str, ...]) -> Entry:
        """Read an object of any names as a map."""
        keys = part.at("propertyNames")
        key = self.value(keys, trail)[0] if isinstance(keys.value, dict) else {}
        value = self.value(part.at("additionalProperties"), trail)[0]
        options = entry["logicalTypeOptions"]
        for name in options:
            part.leave(OTHERWISE, name)
        return {"logicalType": str(LogicalType.MAP), "map": {"key": {"logicalType": "string"} | key, "value": value}}

    def follow(self, part: Part, trail: tuple[str, ...]) -> Part:
        """Follow references to what they mean.

        Raises:
            AssayError: they go in a ring, to another file, or nowhere.
        """
        seen = set(trail)
        while isinstance(part.value, dict) and "$ref" in part.value:
            target = part.give("$ref")
            part = self.target(part, target)
            if pointer(None, part.path) in seen:
                hint = "A contract names every column; write the levels out that there are."
                raise AssayError(Fault(self.place(part), "references that end", f"a ring through {target}", hint))
            seen.add(pointer(None, part.path))
        if not isinstance(part.value, dict):
            raise AssayError(Fault(self.place(part), "a schema", type(part.value).__name__))
        return part

    def target(self, part: Part, reference: Any) -> Part:
        """Go where one reference leads."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            hint = "Put all of it into one file; nothing is fetched."
            raise AssayError(Fault(self.place(part), "a reference inside this file", repr(reference), hint))
        target = self.root
        steps = [step for step in _decoded(reference[1:]).split("/") if step]
        if steps and not reference.startswith("#/"):
            found = next(_anchored(self.root, steps[0]), None)
            target, steps = (found, []) if found else (self.root, [steps[0]])
        for step in steps:
            name = step.replace("~1", "/").replace("~0", "~")
            target = target.at(int(name) if isinstance(target.value, list) and name.isdigit() else name)
        if target.value is None:
            raise AssayError(Fault(self.place(part), "a reference to something in this file", reference))
        return target

    def place(self, part: Part) -> Place:
        """Say where a part stands."""
        return Place(f"{self.file}#{pointer(None, part.path)}")


def _decoded(text: str) -> str:
    """Return the text that a part of an address stands for (RFC 3986, section 2.1)."""
    return _PERCENT.sub(lambda match: bytes.fromhex(match[0].replace("%", "")).decode(errors="replace"), text)


def _anchored(part: Part, name: str) -> Iterator[Part]:
    value = part.value
    if isinstance(value, dict) and value.get("$anchor") == name:
        yield part
    steps: Any = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for step in steps:
        yield from _anchored(part.at(step), name)


def _kinds(part: Part) -> list[str]:
    said = part.value.get("type")
    listed = [kind for kind in (said if isinstance(said, list) else [said]) if isinstance(kind, str)]
    kinds = [kind for kind in dict.fromkeys(listed) if kind in _KINDS or kind == "null"]
    return [kind for kind in kinds if kind != "integer"] if "number" in kinds else kinds


def _enum(part: Part, kind: LogicalType | None) -> tuple[Entry, bool]:
    """Read the allowed values, with their labels where there are some, and say whether null is one.

    Values of another type than the column's can never occur in it, and are left.
    """
    choices = part.each("oneOf")
    is_labelled = bool(choices) and len(choices) == len(part.value["oneOf"])
    if is_labelled and all("const" in one.value for one in choices):
        found: list[tuple[Part, Part | None]] = [(one.at("const"), one) for one in choices]
    elif isinstance(part.value.get("enum"), list):
        found = [(part.at("enum", index), None) for index in range(len(part.value["enum"]))]
    elif "const" in part.value:
        found = [(part.at("const"), None)]
    else:
        return {}, True
    values: list[Entry] = []
    for at, choice in found:
        is_new = all((type(one["value"]), one["value"]) != (type(at.value), at.value) for one in values)
        if is_value_of(at.value, kind) and is_new:
            at.take_whole()
            values.append({"value": at.value} | (_labels(choice) if choice is not None else {}))
    return {"enum": [one for one in values if one["value"] is not None]}, any(one["value"] is None for one in values)


def _text(part: Part, name: str) -> str | None:
    """Return a text, and mark it as carried; None of anything else."""
    value = part.value.get(name)
    if not isinstance(value, str) or not value:
        return None
    part.take(name)
    return value


def _labels(choice: Part) -> Entry:
    return without_nothing({"label": _text(choice, "title"), "description": _text(choice, "description")})


def _logical(part: Part, kind: str) -> tuple[LogicalType, Entry]:
    """Read the logical type and its options."""
    written, pattern = part.value.get("format"), part.value.get("pattern")
    written = written if isinstance(written, str) else None
    options: Entry = {}
    for name in OPTIONS.get(kind, ()):
        value = part.at(name).value
        is_sound = value is not None and CONTRACT_OPTIONS[LogicalType(kind)][name][1](value)
        if is_sound and (name != "pattern" or pattern_problem(value) is None):
            options[name] = part.give(name)
    if kind == "string" and written in _MOMENTS:
        part.take("format")
        logical = _MOMENTS[str(written)]
        for name in options:
            part.leave("a date or time has no length and no pattern", name)
        return logical, {} if logical is LogicalType.DATE else {"timezone": True}
    if kind == "string" and isinstance(pattern, str) and pattern in _LOCAL:
        return _LOCAL[pattern], {"timezone": False}
    if kind == "string" and written:
        options["format"] = part.give("format")
    elif kind in {"integer", "number"} and written in _SIZES and (_SIZES[written][0] == "f") is (kind == "number"):
        part.take("format")
        options["format"] = _SIZES[written]
    return LogicalType(kind), options

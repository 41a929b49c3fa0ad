"""The positioned YAML reader: plain values, and where in the file each of them stands.

YAML 1.2 core schema (so ``no`` is a text and ``012`` is twelve), one document a file, duplicate keys refused.
JSON files are YAML files and are read the same way.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import yaml

from assay.base.errors import AssayError, Fault, Place
from assay.base.texts import decoded

if TYPE_CHECKING:
    from pydantic import BaseModel  # 0.1 s to load, and contracts are read without it

Path = tuple[str | int, ...]
Model = TypeVar("Model", bound="BaseModel")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml composes some ten times faster

# YAML 1.2.2, section 10.3.2: the core schema's tags of plain scalars.
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = {".inf": "inf", "+.inf": "inf", "-.inf": "-inf", ".nan": "nan"}
_DEEPEST = 64
_LARGEST_BYTES = 8 * 2**20
_MOST_PARTS = 1_000_000
_FEW_PARTS = 10_000
_SAFE_WIDTH = 2_000
"""Up to so many characters in a line, and so many brackets in the file, libyaml's composer, which calls itself for
every level, stays far from the end of the stack; beyond, the levels are counted before."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file that was read: its plain value and the places of all its parts.

    Attributes:
        file: the name by which the file is shown, relative to the project.
        value: mappings, lists, text, numbers, booleans and None.
        places: path to where it stands; of a mapping's entry, where its key stands.
    """

    file: str
    value: Any
    places: Mapping[Path, Place] = field(repr=False)

    def place(self, *path: str | int) -> Place:
        """Say where a part stands; a part that is not there stands where its nearest parent does."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(self.file, 1))

    def fault(self, *path: str | int, expected: str, found: str, hint: str = "") -> Fault:
        """Make a fault at a part of this file."""
        return Fault(self.place(*path), expected, found, hint)


def read_yaml(content: bytes | str, file: str) -> Document:
    """Read one YAML 1.2 (or JSON) document with the place of every value.

    Args:
        content: the file's bytes (UTF-8, with or without a byte order mark) or text.
        file: the name to show in errors.

    Raises:
        AssayError: not UTF-8, not YAML, more than one document, a duplicate, merge or non-text key (all of
            these at once), a value inside itself, more than 8 MiB, nested too deeply, or aliases that repeat more
            than the file is long.
    """
    if len(content) > _LARGEST_BYTES:
        found = f"{len(content) / 2**20:.1f} MiB"
        raise AssayError(Fault(Place(file), f"a file of at most {_LARGEST_BYTES // 2**20} MiB", found))
    text = _decode(content, file)
    _refuse_abyss(text, file)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        raise AssayError(_syntax_fault(error, file)) from error
    finally:
        loader.dispose()
    places: dict[Path, Place] = {(): Place(file, 1, 1)}
    faults: list[Fault] = []
    most = max(_FEW_PARTS, min(len(text), _MOST_PARTS))
    value = None if node is None else _value(node, (), file, places, faults, set(), most)
    if faults:
        raise AssayError(*faults)
    return Document(file, value, places)


def read_as(model: type[Model], document: Document) -> Model:
    """Read a document as one of our own files: every field known, every value of its type.

    Raises:
        AssayError: all faults of the file, each at its line.
    """
    from pydantic import ValidationError

    try:
        return model.model_validate(document.value, strict=True)
    except ValidationError as error:
        faults = [_model_fault(document, dict(detail), model) for detail in error.errors(include_url=False)]
        raise AssayError(*faults) from error


def _decode(content: bytes | str, file: str) -> str:
    return content.removeprefix("\ufeff") if isinstance(content, str) else decoded(content, file)


def _refuse_abyss(text: str, file: str) -> None:
    """Refuse what is nested so deeply that composing it would end the process; ordinary files are not looked through.

    A level takes a bracket, or a column of its line (two levels where a list stands under its key without indent).

    Raises:
        AssayError: it is nested too deeply, or is no YAML up to there.
    """
    is_narrow = max(map(len, text.split("\n")), default=0) <= _SAFE_WIDTH
    if is_narrow and text.count("[") + text.count("{") <= _SAFE_WIDTH:
        return
    loader = _Loader(text)
    depth = 0
    try:
        while (event := loader.get_event()) is not None:
            kind = type(event)
            if issubclass(kind, yaml.CollectionStartEvent):
                depth += 1
            elif issubclass(kind, yaml.CollectionEndEvent):
                depth -= 1
            if depth > _DEEPEST:
                raise AssayError(_too_deep(_place(event, file)))
    except yaml.YAMLError as error:
        raise AssayError(_syntax_fault(error, file)) from error
    finally:
        loader.dispose()


def _too_deep(place: Place) -> Fault:
    return Fault(place, f"at most {_DEEPEST} levels", "a value inside itself or a deeper nesting")


def _syntax_fault(error: yaml.YAMLError, file: str) -> Fault:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    context = getattr(error, "context", None)
    return Fault(place, "YAML", f"{problem} ({context})" if context else problem)


def _value(
    node: yaml.Node,
    path: Path,
    file: str,
    places: dict[Path, Place],
    faults: list[Fault],
    open_nodes: set[int],
    most: int,
) -> Any:
    place = places.setdefault(path, _place(node, file))
    if len(places) > most:
        raise AssayError(Fault(place, f"at most {most:,} values", "more", "Write out what the aliases repeat."))
    if id(node) in open_nodes or len(path) > _DEEPEST:
        faults.append(_too_deep(place))
        return None
    open_nodes = open_nodes | {id(node)}
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, place, faults)
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(child, (*path, index), file, places, faults, open_nodes, most)
            for index, child in enumerate(node.value)
        ]
    assert isinstance(node, yaml.MappingNode)
    result: dict[str, Any] = {}
    for key, key_place, child in _entries(node, file, faults):
        if key in result:
            first = places[(*path, key)]
            hint = "Keep one of them."
            faults.append(Fault(key_place, "each key once", f"{key!r} again (first on line {first.line})", hint))
            continue
        places[(*path, key)] = key_place
        result[key] = _value(child, (*path, key), file, places, faults, open_nodes, most)
    return result


def _entries(node: yaml.MappingNode, file: str, faults: list[Fault]) -> Iterator[tuple[str, Place, yaml.Node]]:
    for key_node, child in node.value:
        place = _place(key_node, file)
        if not isinstance(key_node, yaml.ScalarNode):
            faults.append(Fault(place, "a text as key", "a list or a mapping"))
        elif key_node.value == "<<" and not key_node.style:
            faults.append(Fault(place, "plain keys", "a merge key '<<'", "Write the merged values out."))
        else:
            yield key_node.value, place, child


def _scalar(node: yaml.ScalarNode, place: Place, faults: list[Fault]) -> Any:
    text: str = node.value
    if node.style:  # libyaml gives plain scalars the style "", the Python loader None
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text) or _HEX.fullmatch(text):
        return int(text, 0)
    is_float = _FLOAT.fullmatch(text) is not None
    if is_float and math.isfinite(float(text)):
        return float(text)
    if is_float or text.lower() in _SPECIAL:
        faults.append(Fault(place, "a finite number", text, "Leave the value out, or quote it to mean the text."))
        return None
    return text


def _place(node: yaml.Node, file: str) -> Place:
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)


def _model_fault(document: Document, detail: dict[str, Any], model: type[BaseModel]) -> Fault:
    path: Path = tuple(detail["loc"])
    kind = detail["type"]
    name = str(path[-1]) if path else document.file
    if kind == "missing":
        return document.fault(*path[:-1], expected=f"the field {name!r}", found="nothing")
    if kind in _FORMS:
        found = "nothing" if detail["input"] is None else repr(detail["input"])
        known = _known_fields(model, (*path, "")) if kind == "model_type" else ""
        return document.fault(*path, expected=_FORMS[kind], found=found[:120], hint=known)
    if kind == "extra_forbidden":
        return document.fault(
            *path, expected="only fields that this file knows", found=repr(name), hint=_known_fields(model, path)
        )
    found = "nothing" if detail["input"] is None else repr(detail["input"])
    message = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    return document.fault(*path, expected=message[:1].lower() + message[1:], found=found[:120])


_FORMS = {"model_type": "fields with their values", "dict_type": "names with their values", "list_type": "a list"}
"""What Pydantic calls a valid dictionary or list, in words that hold for YAML."""


def _known_fields(model: type[BaseModel], path: Path) -> str:
    holder = _model_at(model, path[:-1])
    if holder is None:
        return "Remove it or mend its spelling."
    known = [info.alias or name for name, info in holder.model_fields.items()]
    return f"Known here: {', '.join(known)}."


def _model_at(model: type[BaseModel] | None, path: Path) -> type[BaseModel] | None:
    """Follow a path to the model of what stands there; positions in lists and keys of mappings lead no further."""
    for step in path:
        fields = model.model_fields if model else {}
        info = next((info for name, info in fields.items() if (info.alias or name) == step), None)
        if info is not None:
            model = _model_in(info.annotation)
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Find the model in an annotation such as ``list[Entry]`` or ``Entry | None``."""
    from pydantic import BaseModel

    if isinstance(annotation, type) and not get_args(annotation):
        return annotation if issubclass(annotation, BaseModel) else None
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)

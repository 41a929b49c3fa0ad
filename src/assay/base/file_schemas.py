"""JSON Schemas of files from their models: what a reader accepts, and what its docstrings say, for editors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from pydantic import BaseModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SECTION = re.compile(r"\n\n(?:Attributes|Args|Returns|Raises):\n")
_ATTRIBUTES = re.compile(r"(?:^|\n\n)Attributes:\n(?P<body>.*?)(?:\n\n\S|\Z)", re.DOTALL)
_ENTRY = re.compile(r"    (?P<name>\w+): (?P<text>.*?)(?=\n    \w+: |\Z)", re.DOTALL)
_SPACES = re.compile(r"\s+")


def schema_of(model: type[BaseModel], title: str, borrowed: Mapping[str, type] | None = None) -> dict[str, Any]:
    """Return the JSON Schema of a file.

    Descriptions are taken from the docstrings: a class's own of what it stands for, its section ``Attributes`` of its
    fields. Unknown fields are refused wherever the model refuses them.

    Args:
        model: of the file.
        title: by which editors call the file.
        borrowed: name of a model to another class whose docstring speaks of the same fields.
    """
    schema = model.model_json_schema(by_alias=True)
    models = {each.__name__: each for each in _models(model)}
    definitions = schema.get("$defs", {})
    for name, each in models.items():
        part = schema if each is model else definitions.get(name)
        if part is not None:
            _describe(part, each, (borrowed or {}).get(name))
    for part in _parts(schema):
        part.pop("title", None)
        if "patternProperties" in part:  # a name that has another form is none
            part.setdefault("additionalProperties", False)
    return {"$schema": DIALECT, "title": title, **schema}


def attributes_of(documented: type) -> dict[str, str]:
    """Return what a class's docstring, and those of the classes it extends, say of its attributes."""
    found: dict[str, str] = {}
    for each in reversed(documented.__mro__):
        section = _ATTRIBUTES.search(cleandoc(each.__doc__ or ""))
        if section:
            found |= {entry["name"]: _sentence(entry["text"]) for entry in _ENTRY.finditer(section["body"])}
    return found


def _describe(part: dict[str, Any], model: type[BaseModel], borrowed: type | None) -> None:
    part["description"] = _sentence(_SECTION.split(cleandoc(model.__doc__ or ""))[0])
    said = {**(attributes_of(borrowed) if borrowed else {}), **attributes_of(model)}
    for name, info in model.model_fields.items():
        field = part["properties"][info.alias or name]
        if name in said:
            field["description"] = said[name]


def _sentence(text: str) -> str:
    plain = _SPACES.sub(" ", text.replace("``", "`")).strip()
    return plain[:1].upper() + plain[1:]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Find the models in an annotation, and those in their fields."""
    from pydantic import BaseModel

    if isinstance(annotation, type) and not get_args(annotation):
        if issubclass(annotation, BaseModel):
            yield annotation
            for info in annotation.model_fields.values():
                yield from _models(info.annotation)
        return
    for each in get_args(annotation):
        if not isinstance(each, Enum):
            yield from _models(each)


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Give every part of a schema that is a schema itself; names of fields are no keywords."""
    if isinstance(schema, list):
        for each in schema:
            yield from _parts(each)
    if not isinstance(schema, dict):
        return
    yield schema
    for keyword, value in schema.items():
        inside = value.values() if keyword in {"properties", "patternProperties", "$defs"} else [value]
        if keyword not in {"enum", "const", "default", "examples"}:
            for each in inside:
                yield from _parts(each)

"""Types inside types, as DuckDB and other systems write them: ``STRUCT(a INTEGER)[]``, ``map<string,int>``."""

from __future__ import annotations

import re

_LIST = re.compile(r"(.*)\[\d*\]", re.DOTALL)
_GENERIC = re.compile(r"\s*(\w+)\s*[(<](.*)[)>]\s*", re.DOTALL)
_FIELD = re.compile(r'\s*("(?:[^"]|"")*"|`[^`]*`|[^\s:"`]+)\s*:?\s*(.+)', re.DOTALL)

_OPENING, _CLOSING = "(<[", ")>]"


def element_of(text: str) -> str | None:
    """Return the type of a list's entries; None when the type is no list."""
    listed = _LIST.fullmatch(text.strip())
    if listed:
        return listed[1].strip()
    return next(iter(_arguments(text, {"array", "list"})), None)


def fields_of(text: str) -> dict[str, str] | None:
    """Return the types of an object's fields by name; None when the type is no object."""
    if _LIST.fullmatch(text.strip()):
        return None
    parts = [_FIELD.fullmatch(part) for part in _arguments(text, {"struct", "row"})]
    return {_unquoted(part[1]): part[2].strip() for part in parts if part} if parts and all(parts) else None


def sides_of(text: str) -> tuple[str, str] | None:
    """Return the types of a map's keys and values; None when the type is no map."""
    if _LIST.fullmatch(text.strip()):
        return None
    parts = _arguments(text, {"map"})
    return (parts[0].strip(), parts[1].strip()) if len(parts) == 2 else None


def _arguments(text: str, names: set[str]) -> list[str]:
    match = _GENERIC.fullmatch(text)
    return _split(match[2]) if match and match[1].lower() in names else []


def _split(text: str) -> list[str]:
    """Split at the commas that stand in no brackets and no quotation marks."""
    parts, start, depth, quote = [], 0, 0, ""
    for position, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'`":
            quote = letter
        elif letter in _OPENING or letter in _CLOSING:
            depth += 1 if letter in _OPENING else -1
        elif letter == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _unquoted(name: str) -> str:
    if name.startswith('"'):
        return name[1:-1].replace('""', '"')
    return name.strip("`")

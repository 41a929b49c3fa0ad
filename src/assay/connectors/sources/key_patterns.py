"""Patterns of object keys: ``*`` and ``?`` stay within a folder, ``**`` goes through any number of folders."""

from __future__ import annotations

import re

_WILD = re.compile(r"[*?]")
_PART = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")


def listed_folder(pattern: str) -> str:
    """Return the folder in which everything lies that a pattern can match; empty for the whole bucket."""
    first = _WILD.search(pattern)
    return (pattern[: first.start()] if first else pattern).rpartition("/")[0]


def is_deep(pattern: str) -> bool:
    """Say whether a pattern matches in folders below the one that is listed."""
    return "/" in pattern[len(listed_folder(pattern)) :].lstrip("/") or "**" in pattern


def is_pattern(text: str) -> bool:
    """Say whether a text holds anything but a key."""
    return bool(_WILD.search(text))


def matcher(pattern: str) -> re.Pattern[str]:
    """Return what matches the keys of a pattern, whole ones."""
    return re.compile("".join(map(_expression, _PART.findall(pattern))), re.DOTALL)


def _expression(part: str) -> str:
    match part:
        case "**/":
            return "(?:[^/]+/)*"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
    return re.escape(part)

"""Layouts of dates and times as the JDK writes them, in the words of ``strptime``."""

from __future__ import annotations

import re

_LETTERS: dict[str, str] = {
    "yyyy": "%Y", "uuuu": "%Y", "y": "%Y", "u": "%Y", "yy": "%y", "uu": "%y",
    "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B",
    "dd": "%d", "d": "%-d", "DDD": "%j", "D": "%-j",
    "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "a": "%p",
    "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S",
    "SSS": "%g", "SSSSSS": "%f", "SSSSSSSSS": "%n",
    "EEE": "%a", "EEEE": "%A", "EE": "%a", "E": "%a",
    "XXX": "%z", "XX": "%z", "X": "%z", "xxx": "%z", "xx": "%z", "x": "%z", "Z": "%z",
    "VV": "%Z",
}  # fmt: skip
"""Letters of the JDK's DateTimeFormatter to strptime's; source: its documentation, and DuckDB's on strptime."""

_LOOSE = re.compile(r"(?<!%)(?:%%)*%[bBaApzZyn]")
"""Names of months and days in any case, time zones and years in two digits have several spellings."""

_PART = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|(.)", re.DOTALL)


class Untranslatable(Exception):
    """A layout with a part that strptime has no word for."""


def strptime_layout(layout: str) -> str:
    """Translate a layout.

    Args:
        layout: letters with a meaning, texts between apostrophes (two of them for one), other signs as they are.

    Raises:
        Untranslatable: a part has no counterpart, or it is an optional section.
    """
    translated = []
    for match in _PART.finditer(layout):
        quoted, letter, sign = match[1], match[2], match[3]
        if letter:
            if match[0] not in _LETTERS:
                raise Untranslatable(f"'{match[0]}' has no counterpart in strptime")
            translated.append(_LETTERS[match[0]])
        elif quoted is None:
            if sign in "[]{}#":
                raise Untranslatable(f"'{sign}' has no counterpart in strptime")
            translated.append(sign.replace("%", "%%"))
        else:
            translated.append((quoted.replace("''", "'") or "'").replace("%", "%%"))
    return "".join(translated)


def is_exact(translated: str) -> bool:
    """Say whether what a layout reads can only be written in one way, so that it is compared as it is written."""
    return not _LOOSE.search(translated)

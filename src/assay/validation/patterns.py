"""Regular expressions of contracts (ECMA-262) as RE2 writes them, the engine of DuckDB."""

from __future__ import annotations

import re

from assay.contract.patterns import beyond_linear

_FOREIGN = re.compile(
    r"\\u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})|\(\?<(?=[A-Za-z_])|\\.",
    re.DOTALL,
)
"""Letters by their number, rare ones by two, and named groups; every other escape is passed over as a whole."""


class NoSuchPattern(Exception):
    """A pattern that the engine cannot search for; the message says why."""


def re2_pattern(pattern: str) -> str:
    """Write a pattern for RE2.

    Raises:
        NoSuchPattern: it looks around, refers back, repeats more often than RE2 does or names half of a letter.
    """
    problem = beyond_linear(pattern)
    if problem is not None:
        raise NoSuchPattern(f"the pattern {pattern!r} has {problem}, which this engine cannot search for")
    return _FOREIGN.sub(_own, pattern)


def _own(match: re.Match[str]) -> str:
    if match[1]:  # UTF-16, in which ECMA-262 counts
        return rf"\x{{{0x10000 + (int(match[1], 16) - 0xD800) * 0x400 + int(match[2], 16) - 0xDC00:X}}}"
    if match[3] and 0xD800 <= int(match[3], 16) <= 0xDFFF:
        raise NoSuchPattern(f"the pattern has {match[0]}, half of a letter, which this engine cannot search for")
    if match[3]:
        return rf"\x{{{match[3]}}}"
    return "(?P<" if match[0].startswith("(") else match[0]

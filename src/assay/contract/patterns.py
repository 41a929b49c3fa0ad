"""Regular expressions of contracts (ECMA-262): what no dialect knows, and what an engine of linear time cannot run."""

from __future__ import annotations

import re
from typing import Any

from assay.contract.shape import shown

_FOREIGN_SYNTAX = ((re.compile(r"\\[pP]\{[^}]*\}"), "x"), (re.compile(r"\(\?<(?=[A-Za-z_])"), "(?P<"))
"""What ECMA-262 knows and Python writes otherwise: Unicode classes and named groups."""

_SET = re.compile(r"\\.|\[(\^?\]?(?:\\.|[^\]\\])*)\]", re.DOTALL)
_TOKEN = re.compile(
    r"\\k<|\\[1-9]|\\."  # back references, other escapes
    r"|\[\^?\]?(?:\\.|[^\]\\])*\]"  # a set of characters
    r"|\(\?(?:<[=!]|P=|[=!>(])"  # groups that look around or refer back
    r"|(?:[*+?]|\{\d+(?:,\d*)?\})\+"  # possessive repetition
    r"|.",
    re.DOTALL,
)
_REPETITION = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_MOST_REPETITIONS = 1_000  # RE2's bound

_BEYOND: dict[str, str] = {
    "(?=": "a lookahead",
    "(?!": "a negative lookahead",
    "(?<=": "a lookbehind",
    "(?<!": "a negative lookbehind",
    "(?>": "an atomic group",
    "(?(": "a condition",
    "(?P=": "a back reference",
    "\\k<": "a back reference",
}
"""Beginning of what RE2 leaves out, in words. Source: the syntax page of RE2."""


def pattern_problem(pattern: Any) -> str | None:
    """Say what is wrong with a regular expression; None when nothing is that all dialects would refuse."""
    if not isinstance(pattern, str):
        return shown(pattern)
    for foreign, python in _FOREIGN_SYNTAX:
        pattern = foreign.sub(python, pattern)
    pattern = _SET.sub(_plain_set, pattern)
    try:
        re.compile(pattern)
    except re.error as error:
        return None if error.msg.startswith("bad escape") else f"{error.msg} at character {error.pos}"
    except (RecursionError, OverflowError):
        return "an expression nested too deeply, or with too many repetitions"
    return None


def beyond_linear(pattern: str) -> str | None:
    """Say what a pattern asks that an engine of linear time (RE2, as in DuckDB) cannot do; None when it can run it."""
    for match in _TOKEN.finditer(pattern):
        token = match[0]
        if token in _BEYOND:
            return f"{_BEYOND[token]} at character {match.start()}"
        if len(token) == 2 and token[0] == "\\" and token[1] in "123456789":
            return f"a back reference at character {match.start()}"
        if len(token) > 1 and token[-1] == "+" and token[0] in "*+?{":
            return f"a possessive repetition at character {match.start()}"
    for match in _REPETITION.finditer(pattern):
        if max(int(match[1]), int(match[2] or 0)) > _MOST_REPETITIONS:
            return f"more than {_MOST_REPETITIONS:,} repetitions at character {match.start()}"
    return None


def _plain_set(match: re.Match[str]) -> str:
    """Write a set of characters without what Python may one day read as operations on sets, and warns of."""
    if match[1] is None:
        return match[0]
    without_sets = re.sub(r"(?<!\\)\[", r"\\[", match[1])
    return "[" + re.sub(r"([-&~|])\1+", r"\1", without_sets) + "]"

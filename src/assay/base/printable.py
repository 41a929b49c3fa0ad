"""Text from files and data, safe to write: one line, and nothing in it that steers a terminal, a log or a page."""

from __future__ import annotations

import re
from collections.abc import Sequence

_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Characters that steer a terminal, end a line, turn writing round or are none: no part of what is read."""

_SPACES = re.compile(r"[\t\n\r]")


def printable(text: object) -> str:
    """Return a text as one line; tabs and line ends become spaces, and what is cut out is seen to be missing."""
    return _STEERING.sub("\ufffd", _SPACES.sub(" ", str(text)))


def some(names: Sequence[str], most: int) -> str:
    """Return the first names, parted by commas, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

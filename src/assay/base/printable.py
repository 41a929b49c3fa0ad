"""Text from files, safe to print: one line, and nothing in it that steers a terminal or a log."""

from __future__ import annotations


def printable(text: object) -> str:
    """Return a text as one line; tabs and line ends become spaces, and what is cut out is seen to be missing."""
    spaced = str(text).translate({ord("\t"): " ", ord("\n"): " ", ord("\r"): " "})
    return spaced if spaced.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in spaced)

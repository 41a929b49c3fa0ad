"""The words of DuckDB about a query that failed, without what they quote of rows: verdicts are signed and logged.

What is said of the query, the tables and the files stays. What is said while rows are read may quote any of them, so
that of these only the sentences of a table are kept, without their ends.
"""

from __future__ import annotations

import re

_KIND = re.compile(r"([A-Z][A-Za-z -]*?) (?:Error|Exception): ")

_OF_THE_QUERY = frozenset({"Binder", "Catalog", "Parser", "Permission", "IO", "Out of Memory", "Missing Extension"})
"""Kinds of errors that DuckDB finds before it reads a row, or that are about files and memory."""

_TYPE = r"[A-Z0-9_(),]+(?: when casting from source column [^'\"\n]*)?"
_PLACE = r"(?:\n.*)?"
_FILE = r"(?:Failed to read file \".*?\": )?"
_PATTERNS = "|".join(
    (r"missing \)", r"missing \]", r"unexpected \)", "bad repetition operator", "no argument for repetition operator",
     "invalid repetition size", "invalid escape sequence", "invalid character class range", "invalid perl operator",
     "pattern too large", r"trailing \\")
)  # fmt: skip
_KEPT: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(found, re.DOTALL), kept)
    for found, kept in (
        (rf"(Conversion Error: Could not convert (?:string|value)) .*['\"] (to {_TYPE}){_PLACE}", r"\1 (hidden) \2"),
        (rf"(Conversion Error: Could not cast value) [-+.0-9a-z]+ (to {_TYPE}){_PLACE}", r"\1 (hidden) \2"),
        (r"(Conversion Error: Could not convert (?:string|value)) .*", r"\1 (hidden)"),
        (r"(Conversion Error: invalid (?:date|timestamp) field format): .*", r"\1"),
        (r"(Conversion Error: Type [A-Z0-9]+ with value) [-+.0-9a-z]+ (can't be cast because the value is out of range)"
         r".*", r"\1 (hidden) \2"),
        (r"(Out of Range Error: Overflow in [a-z]+ of [A-Z0-9_(),]+) .*", r"\1"),
        (r"(Out of Range Error: Overflow in [A-Z]+ [a-z]+): .*", r"\1"),
        (r"(Invalid Input Error: Could not parse string) .*", r"\1 (hidden)"),
        (rf"(Invalid Input Error: (?:{_PATTERNS})).*", r"\1"),
        (rf"(Invalid Input Error: {_FILE}[A-Za-z0-9]+ [Dd]ecompression failure).*", r"\1"),
        (rf"(Invalid Input Error: {_FILE}Invalid string encoding found in Parquet file).*", r"\1"),
    )
)  # fmt: skip
"""What is kept of an error that was met among the rows. No end of a sentence begins before a value's closing quote."""


def without_rows(words: str) -> str:
    """Return the words of an engine without values of rows; our own words, which name no kind of error, as they are."""
    first = words.partition("\n")[0]
    kind = _KIND.match(words)
    if kind is None or kind[1] in _OF_THE_QUERY:
        return first
    for pattern, kept in _KEPT:
        if pattern.fullmatch(words):
            return pattern.sub(kept, words, count=1)
    return f"{kind[0]}its words may quote rows, and are left out; run the query that --sql shows to see them"

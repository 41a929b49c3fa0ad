"""The tokens of an R script, as far as it takes to tell names from texts and comments; R itself is not asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from assay.base.errors import AssayError, Fault, Place


class Kind(StrEnum):
    """What a token is."""

    NAME = "name"
    TEXT = "text"
    NUMBER = "number"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a script.

    Attributes:
        text: of a name, the name itself (backquotes and escapes taken off); of a text, what it says; else as written.
        line: where it begins, from 1.
        is_plain: False for a text with escapes, of which only R knows what it says; then ``text`` is as written.
    """

    kind: Kind
    text: str
    line: int
    is_plain: bool = True


_TOKEN = re.compile(
    r"""
      (?P<blank> \s+ | \#[^\n]* )
    | [rR] (?P<quote>["']) (?P<dashes>-*) (?P<opening>[\[({])
    | (?P<text> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
    | (?P<backquoted> `(?:[^`\\]|\\.)*` )
    | (?P<name> (?:[^\W\d_]|\.(?!\d)) [\w.]* )
    | (?P<number> (?: 0[xX][0-9a-fA-F]+ (?:\.[0-9a-fA-F]*)? (?:[pP][+-]?\d+)?
                    | (?:\d+\.?\d*|\.\d+) (?:[eE][+-]?\d+)? ) [Li]? )
    | (?P<operator> %[^%\n]*% | <<?- | ->>? | :::? | := | \|> | \|\| | && | [=<>!]= | [^"'`] )
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def r_tokens(source: str, file: str) -> Iterator[Token]:
    """Split an R script into its tokens; blanks and comments are none.

    Args:
        source: with LF as line ends.
        file: to name in errors.

    Raises:
        AssayError: a quote that nothing closes.
    """
    at, line = 0, 1
    while at < len(source):
        found = _TOKEN.match(source, at)
        if found is None:
            raise _unclosed(file, line, source[at])
        end, token = _raw(source, found, file, line) if found["quote"] else (found.end(), _token(found, line))
        if token is not None:
            yield token
        line += source.count("\n", at, end)
        at = end


def _token(found: re.Match[str], line: int) -> Token | None:
    written = found[0]
    if found["blank"]:
        return None
    if found["text"]:
        is_plain = "\\" not in written
        return Token(Kind.TEXT, written[1:-1] if is_plain else written, line, is_plain)
    if found["backquoted"]:
        return Token(Kind.NAME, re.sub(r"\\(.)", r"\1", written[1:-1], flags=re.DOTALL), line)
    kind = Kind.NAME if found["name"] else Kind.NUMBER if found["number"] else Kind.OPERATOR
    return Token(kind, written, line)


def _raw(source: str, found: re.Match[str], file: str, line: int) -> tuple[int, Token]:
    closing = _CLOSING[found["opening"]] + found["dashes"] + found["quote"]
    end = source.find(closing, found.end())
    if end < 0:
        raise _unclosed(file, line, found[0])
    return end + len(closing), Token(Kind.TEXT, source[found.end() : end], line)


def _unclosed(file: str, line: int, opening: str) -> AssayError:
    return AssayError(Fault(Place(file, line), "an R script", f"{opening} that nothing closes"))

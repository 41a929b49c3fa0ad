"""The tokens of a SQL text in Spark's dialect; as for DuckDB's (`sql.tokens`) a lexer of our own, for digests last.

What is otherwise than there: texts stand in either kind of quotes and have escapes, names are quoted by grave accents,
a word may begin with a digit, and a hint (``/*+ ... */``) is no comment.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from assay.base.errors import AssayError, Fault, Place
from assay.sql.tokens import Kind, Token

_WORD = r"(?:[A-Za-z0-9_]|[^\x00-\x7f\s])"
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<line>--[^\r\n]*)
  | (?P<comment>/\*(?!\+))
  | (?P<string>[rR]'[^']*' | [rR]"[^"]*" | '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*")
  | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?{_WORD}*)
  | (?P<word>{_WORD}+)
  | (?P<quoted>`(?:[^`]|``)*`)
  | (?P<symbol>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LINE_END = re.compile(r"\r\n?|\n")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_KINDS = {kind.value: kind for kind in Kind}
_REFUSED = {
    "'": ("a text that ends", ""),
    '"': ("a text that ends", ""),
    "`": ("a quoted name that ends", ""),
    "$": ("a query without $, which Spark fills in from elsewhere", "The logical date is :as_of."),
}


def spark_tokens(text: str, file: str) -> list[Token]:
    """Split a SQL text into tokens; comments and white space are dropped.

    Args:
        text: the text, in any line ends.
        file: the name to show in errors.

    Raises:
        AssayError: a text, a quoted name or a comment does not end, a comment would go on in the next line, or a ``$``.
    """
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    tokens: list[Token] = []
    position = 0
    while match := _TOKEN.match(text, position):
        group, start, position = str(match.lastgroup), position, match.end()
        if group == "space":
            continue
        place = Place(file, bisect_right(starts, start))
        if group == "comment":
            position = _comment_end(text, position, place)
        elif group == "line":
            _refuse_going_on(match.group(), place)
        else:
            if group == "symbol" and match.group() in _REFUSED:
                expected, hint = _REFUSED[match.group()]
                raise AssayError(Fault(place, expected, match.group(), hint))
            tokens.append(Token(_KINDS[group], match.group(), start, place.line or 1))
    return tokens


def text_of(token: Token) -> str:
    """Return the text that a string token means where it holds no escape; empty for what is none."""
    return token.text.lstrip("rR")[1:-1] if token.kind is Kind.STRING else ""


def _refuse_going_on(comment: str, place: Place) -> None:
    """Refuse a comment that ends with a backslash: Spark takes the next line for a part of it, and nobody else does."""
    if comment.endswith("\\"):
        raise AssayError(Fault(place, "a comment that ends with its line", "a \\ at its end", "Take it away."))


def _comment_end(text: str, position: int, place: Place) -> int:
    depth = 1
    while depth:
        edge = _COMMENT_EDGE.search(text, position)
        if edge is None:
            raise AssayError(Fault(place, "a comment that ends", "/* without its */"))
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return position

"""The tokens of a SQL text in DuckDB's dialect, and the digest that stands for its meaning.

A lexer of our own, for a digest must outlive every upgrade of a parser. It knows what separates one token from the
next and nothing of grammar. Symbols are single characters, so that white space between them cannot count; of two texts
that differ in nothing else, one at most is valid.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from enum import StrEnum
from typing import NamedTuple

from assay.base.canonical import Digest, digest_bytes
from assay.base.errors import AssayError, Fault, Place

_FORM = b"assay sql tokens 1\n"


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    QUOTED = "quoted"
    STRING = "string"
    NUMBER = "number"
    PARAMETER = "parameter"
    SYMBOL = "symbol"


class Token(NamedTuple):  # not a dataclass: some hundred are made for each file
    """One token: its kind, its text as it is written, where it starts (an offset) and on which line, from 1."""

    kind: Kind
    text: str
    start: int
    line: int

    @property
    def name(self) -> str:
        """The identifier this names, in lower case for DuckDB ignores case even in quotes; empty if it is none."""
        if self.kind is Kind.WORD:
            return self.text.lower()
        if self.kind is Kind.QUOTED and self.text.startswith('"'):
            return self.text[1:-1].replace('""', '"').lower()
        if self.kind is Kind.QUOTED and self.text.startswith("`"):  # in Spark's dialect
            return self.text[1:-1].replace("``", "`").lower()
        return ""


_START = r"(?:[A-Za-z_]|[^\x00-\x7f\s])"
_REST = r"(?:[A-Za-z0-9_$]|[^\x00-\x7f\s])"
# The frequent alternatives come first; a letter that opens a string (E'..', X'..', U&'..') is not a word.
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+ | --[^\r\n]*)
  | (?P<word>(?![eExXbB]'|[uU]&['"])[A-Za-z_][A-Za-z0-9_$]*+(?![^\x00-\x7f]) | (?![eExXbB]'|[uU]&['"]){_START}{_REST}*)
  | (?P<symbol>[,()=*+<>\[\]|;:{{}}] | \.(?![0-9]))
  | (?P<string>(?:[xXbB]|[uU]&)?'(?:[^']|'')*'
      | [eE]'(?:[^'\\]|\\.|'')*'
      | \$(?P<tag>(?:{_START}(?:[A-Za-z0-9_]|[^\x00-\x7f\s])*)?)\$.*?\$(?P=tag)\$)
  | (?P<number>0[xX][0-9a-fA-F_]+ | 0[bB][01_]+ | 0[oO][0-7_]+
      | (?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)
  | (?P<quoted>(?:[uU]&)?"(?:[^"]|"")*")
  | (?P<parameter>\$(?:[A-Za-z0-9_]|[^\x00-\x7f\s])+)
  | (?P<comment>/\*)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LINE_END = re.compile(r"\r\n?|\n")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_KINDS = {**{kind.value: kind for kind in Kind}, "other": Kind.SYMBOL}
_NAMES = {kind: kind.value.encode() for kind in Kind}
_UNFINISHED = {"'": "a string that ends", '"': "a quoted name that ends", "$": "a name after $, as in $as_of"}


def sql_tokens(text: str, file: str) -> list[Token]:
    """Split a SQL text into tokens; comments and white space are dropped.

    Args:
        text: the text, in any line ends.
        file: the name to show in errors.

    Raises:
        AssayError: a string, a quoted name or a comment does not end.
    """
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    tokens: list[Token] = []
    position = 1 if text.startswith("\ufeff") else 0
    while match := _TOKEN.match(text, position):
        group, start, position = str(match.lastgroup), position, match.end()
        if group == "space":
            continue
        line = bisect_right(starts, start)
        if group == "comment":
            position = _comment_end(text, position, Place(file, line))
            continue
        if group == "other" and match.group() in _UNFINISHED:
            raise AssayError(Fault(Place(file, line), _UNFINISHED[match.group()], match.group()))
        tokens.append(Token(_KINDS[group], match.group(), start, line))
    return tokens


def line_at(text: str, offset: int) -> int:
    """Return the line, from 1, on which an offset lies, whatever the line ends."""
    return len(_LINE_END.findall(text, 0, offset)) + 1


def digest_tokens(tokens: list[Token]) -> Digest:
    """Hash tokens: kind, length in bytes and text of each, with LF for the line ends within strings."""
    parts = [_FORM]
    for kind, text, _, _ in tokens:
        content = text.replace("\r\n", "\n").replace("\r", "\n").encode()
        parts.append(b"%s %d %s\n" % (_NAMES[kind], len(content), content))
    return digest_bytes(b"".join(parts))


def sql_digest(text: str, file: str = "query") -> Digest:
    """Hash a SQL text by its tokens: comments, white space and line ends do not count, the case of words does.

    Raises:
        AssayError: a string, a quoted name or a comment does not end.
    """
    return digest_tokens(sql_tokens(text, file))


def _comment_end(text: str, position: int, place: Place) -> int:
    depth = 1
    while depth:
        edge = _COMMENT_EDGE.search(text, position)
        if edge is None:
            raise AssayError(Fault(place, "a comment that ends", "/* without its */"))
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return position

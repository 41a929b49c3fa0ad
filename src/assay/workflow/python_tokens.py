"""The tokens of a Python source, and the digest that stands for its meaning.

The digest must be the same under every version of Python. Until 3.11 an f-string is one token, since 3.12 it is many,
so it is taken as the piece of source from its first quote to its last.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator

from assay.base.canonical import Digest, digest_bytes

_FORM = b"assay python tokens 1\n"
_NAMES = {
    tokenize.NAME: b"name",
    tokenize.NUMBER: b"number",
    tokenize.STRING: b"string",
    tokenize.OP: b"operator",
}
# Their texts vary between versions and with the width of the indentation; that they are there is what counts.
_STRUCTURE = {tokenize.NEWLINE: b"newline", tokenize.INDENT: b"indent", tokenize.DEDENT: b"dedent"}
_PARTED_STRINGS = ("FSTRING", "TSTRING")  # f-strings since Python 3.12, t-strings since 3.14


def python_digest(source: str) -> Digest:
    """Hash a Python source by its tokens: comments, blank lines, line ends and widths of indentation do not count.

    Args:
        source: a text that Python can parse.
    """
    text = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    parts = [b"%s %d %s\n" % (kind, len(content), content) for kind, content in _tokens(text)]
    return digest_bytes(b"".join([_FORM, *parts]))


def _tokens(text: str) -> Iterator[tuple[bytes, bytes]]:
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)  # as Python splits: a form feed ends no line
    depth, start = 0, (0, 0)
    for token in tokenize.generate_tokens(iter([*lines, ""]).__next__):
        kind = tokenize.tok_name[token.type]
        if kind.startswith(_PARTED_STRINGS):
            start = token.start if depth == 0 else start
            depth += kind.endswith("START") - kind.endswith("END")
            if depth == 0:
                yield b"string", _slice(lines, start, token.end).encode()
        elif depth == 0 and token.type in _NAMES:
            yield _NAMES[token.type], token.string.encode()
        elif depth == 0 and token.type in _STRUCTURE:
            yield _STRUCTURE[token.type], b""


def _slice(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """Cut a piece out of a text; rows count from 1, columns (in characters) from 0."""
    rows = lines[start[0] - 1 : end[0]]
    rows[-1] = rows[-1][: end[1]]
    rows[0] = rows[0][start[1] :]
    return "".join(rows)

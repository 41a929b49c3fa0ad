"""Canonical bytes and their digests: the one place where a meaning becomes a number.

Values are written as RFC 8785 (JCS) JSON and hashed with SHA-256. Digests are written ``sha256:`` and 64 hex digits.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NewType, TypeAlias

import rfc8785

from assay.base.errors import refusal

Digest = NewType("Digest", str)
"""``sha256:`` followed by 64 lower-case hexadecimal digits."""

JsonValue: TypeAlias = "None | bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue]"

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def canonical_json(value: JsonValue) -> bytes:
    """Write a value as RFC 8785 JSON, the same bytes on every machine.

    Raises:
        AssayError: the value has no canonical form: an integer beyond 2**53, a NaN or an infinity, a lone surrogate,
            a nesting deeper than can be followed.
    """
    try:
        return _plainly(value) if _is_plain(value) else rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise refusal(
            "canonical JSON",
            expected="a value that RFC 8785 can write",
            found=str(error),
            hint="Write integers beyond 2^53 and special numbers as text.",
        ) from error


_LARGEST = 2**53 - 1
_plain = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plainly(value: JsonValue) -> bytes:
    """Write a plain value, see `_is_plain`: the standard encoder is compiled, and ten times as fast as the library.

    A ledger is read by writing each of its statements and links anew, which was half of the time that reading took.
    """
    return _plain.encode(value).encode()


def _is_plain(value: JsonValue) -> bool:
    """Say whether RFC 8785 and Python's own encoder write a value alike: no fractions, names of ASCII alone.

    They differ in how numbers with a fraction or an exponent are written, in the order of names beyond the basic
    plane, and in what is refused: integers beyond 2^53, names that are no text, types that JSON does not know. All
    that is the library's.
    """
    if isinstance(value, str) or value is None:
        return True
    if type(value) is dict:
        for name, each in value.items():
            if type(name) is not str or not name.isascii() or not (type(each) is str or _is_plain(each)):
                return False
        return True
    if type(value) is list or type(value) is tuple:
        return all(type(each) is str or _is_plain(each) for each in value)
    return type(value) is bool or (type(value) is int and -_LARGEST <= value <= _LARGEST)


def parse_json(content: bytes, where: str) -> Any:
    """Read JSON that came from elsewhere; whether it is in canonical form is for the caller to compare.

    Raises:
        AssayError: not JSON, or nested deeper than can be followed.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise refusal(where, expected="JSON", found=f"{type(error).__name__}: {error}"[:160]) from error


def digest_bytes(content: bytes) -> Digest:
    """Hash bytes as they are."""
    return Digest("sha256:" + hashlib.sha256(content).hexdigest())


def digest_value(value: JsonValue) -> Digest:
    """Hash a value by its canonical JSON: key order, layout and line ends do not count."""
    return digest_bytes(canonical_json(value))


def digest_text(text: str) -> Digest:
    """Hash a text by its bytes in UTF-8 with LF line ends."""
    return digest_bytes(text.replace("\r\n", "\n").replace("\r", "\n").encode())


def parse_digest(text: str) -> Digest:
    """Read a digest as it is written.

    Raises:
        AssayError: the text is not ``sha256:`` and 64 lower-case hexadecimal digits.
    """
    if not _DIGEST.fullmatch(text):
        raise refusal("digest", expected="sha256: and 64 lower-case hexadecimal digits", found=repr(text))
    return Digest(text)


def hex_of(digest: Digest) -> str:
    """Return the 64 hexadecimal digits alone, as in-toto subjects and file names want them."""
    return digest.removeprefix("sha256:")


def short(digest: Digest | str) -> str:
    """Return the first 12 hexadecimal digits, for people to read; never to compare by."""
    return digest.removeprefix("sha256:")[:12]

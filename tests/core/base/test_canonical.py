"""A meaning has one form, and so one digest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from assay.base.canonical import canonical_json, digest_bytes, digest_text, digest_value, hex_of, parse_digest, short
from assay.base.errors import AssayError


def test_the_digest_of_known_bytes_is_the_known_one() -> None:
    # FIPS 180-2, appendix B.1
    assert digest_bytes(b"abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_key_order_and_the_spelling_of_numbers_do_not_count() -> None:
    assert canonical_json({"b": 1.0, "a": [1, "ü"]}) == '{"a":[1,"ü"],"b":1}'.encode()
    assert digest_value({"b": 1, "a": 2}) == digest_value({"a": 2, "b": 1})


def test_line_ends_do_not_count_in_text() -> None:
    assert digest_text("a\r\nb\rc\n") == digest_text("a\nb\nc\n")


@pytest.mark.parametrize("value", [2**53 + 1, float("nan"), float("inf"), "\ud800"])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(AssayError, match="RFC 8785"):
        canonical_json(value)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("text", ["", "sha256:", "sha256:" + "A" * 64, "md5:" + "a" * 64, "sha256:" + "a" * 65])
def test_only_a_whole_digest_is_one(text: str) -> None:
    with pytest.raises(AssayError):
        parse_digest(text)


def test_a_digest_is_read_as_it_is_written_and_shown_short() -> None:
    digest = digest_bytes(b"")

    assert parse_digest(digest) == digest
    assert hex_of(digest).startswith(short(digest))
    assert len(short(digest)) == 12


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=6), each, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@example({"\U0001d11e": 1, "\ufb33": 2})
@example([2**53, 2**53 - 1, -(2**53), True, 1, 1.0, "\ud800"])
@example({"a": ("x", '\x7f\u2028\x1f/\\"\b'), "A": {}, "": []})
def test_plain_or_not_a_value_is_written_as_the_library_of_the_standard_writes_it(value: Any) -> None:
    assert _outcome(canonical_json, value) == _outcome(rfc8785.dumps, value)


@pytest.mark.parametrize("value", [{1: "x"}, {None: 1}, {"a": {True: 1}}, {"a": {1, 2}}, [b"x"], {"a": object()}])
def test_what_json_does_not_know_is_refused_and_never_rewritten(value: Any) -> None:
    assert _outcome(canonical_json, value) == _outcome(rfc8785.dumps, value) == "refused"


def test_a_nesting_that_cannot_be_followed_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert _outcome(canonical_json, deep) == "refused"


def _outcome(write: Callable[[Any], bytes], value: Any) -> bytes | str:
    try:
        return write(value)
    except (AssayError, ValueError, RecursionError):
        return "refused"

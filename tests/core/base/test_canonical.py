"""A meaning has one form, and so one digest."""

from __future__ import annotations

import pytest

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

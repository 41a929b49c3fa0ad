"""Texts in UTF-8, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.base.texts import decoded, refuse_undecoded


@given(st.text(st.characters(codec="utf-8")))
def test_every_text_comes_back_with_and_without_its_mark(text: str) -> None:
    whole = text.removeprefix("\ufeff")

    assert decoded(whole.encode(), "a") == decoded(whole.encode("utf-8-sig"), "a") == whole
    refuse_undecoded(whole, "a")


def test_a_byte_that_is_none_is_named_with_its_line() -> None:
    with pytest.raises(AssayError, match=r"^a\.csv:2: expected text in UTF-8, found the byte 0xff\. Save"):
        decoded(b"one\n\xff", "a.csv")
    with pytest.raises(AssayError, match=r"^query:2: expected text in UTF-8, found the byte 0xff\. Send"):
        refuse_undecoded(b"one\n\xff".decode(errors="surrogateescape"), "query")
    with pytest.raises(AssayError, match=r"^query:1: .* found half a character, 0xd83d\. Send"):
        refuse_undecoded("\ud83d", "query")

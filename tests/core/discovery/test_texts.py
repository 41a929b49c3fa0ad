"""A text is kept as it was written, in one form, or refused with what keeps it out."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import Place
from assay.discovery.texts import LINE, TEXT, Bound, normal_text, text_fault

WHERE = Place("comment")


@given(st.text("a <\r\n\t\u2028\x00\x1b\u200d\u202e\U0001f600"))
def test_making_a_text_normal_twice_changes_nothing_more(text: str) -> None:
    once = normal_text(text)

    assert normal_text(once) == once
    assert "\r" not in once


@given(st.text(st.characters(), max_size=6), st.sampled_from([LINE, TEXT]))
def test_what_is_kept_can_be_written_and_shows_as_what_it_is(text: str, bound: Bound) -> None:
    normal = normal_text(text)
    if text_fault(normal, bound, WHERE, "a text") is None:
        assert normal.encode()
        assert not any(category(character) in ("Cc", "Cs") for character in normal if character not in "\n\t")
        assert not bound.is_line or len(normal.splitlines()) == 1


@pytest.mark.parametrize(
    "text", ["\U0001f469\u200d\U0001f4bb", "\u05e9\u05dc\u05d5\u05dd", "e\u0301", "\u06cc\u200c\u0627"]
)
def test_what_people_write_in_any_script_is_kept(text: str) -> None:
    assert text_fault(text, LINE, WHERE, "a text") is None


@pytest.mark.parametrize(("length", "is_kept"), [(1, True), (200, True), (201, False)])
def test_a_line_is_counted_in_characters(length: int, is_kept: bool) -> None:
    fault = text_fault("\u20ac" * length, LINE, WHERE, "a text")

    assert (fault is None) is is_kept

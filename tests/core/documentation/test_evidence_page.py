"""The evidence page: everything inside it, no script, nothing asked of a network, and no text becomes markup."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from assay.validation.conditions import Outcome
from core.documentation.evidence_cases import CASES, MANY, MIXED, NASTY, SKIPPED, STYLE_TEXT, page, result, verdict
from soak import count

FETCHING = frozenset({"src", "href", "srcset", "action", "data", "poster", "background"})
VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})


class Page(HTMLParser):
    """Takes a page apart: which elements it has, with which attributes, and whether all of them are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.said = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


def body(text: str) -> str:
    """Return what a page says, for snapshots: without its style, whose changes say nothing."""
    return re.sub("(?s)<style>.*</style>", "", text).partition("<body>")[2]


@pytest.mark.parametrize("case", ["mixed", "explained", "nothing", "no rules", "all skipped"])
def test_the_page_says_what_was_found(case: str, snapshot: SnapshotAssertion) -> None:
    assert body(page(*CASES[case])) == snapshot


@pytest.mark.parametrize("case", CASES)
def test_a_page_is_whole_and_fetches_and_runs_nothing(case: str) -> None:
    text = page(*CASES[case])
    found = Page(text)

    assert found.open == []
    assert not found.attributes & FETCHING
    assert not any(name.startswith("on") for name in found.attributes)
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(found.tags)
    assert "url(" not in STYLE_TEXT
    assert "@import" not in STYLE_TEXT


def test_its_policy_allows_its_own_style_and_nothing_else() -> None:
    text = page(MIXED)
    style = re.search("(?s)<style>(.*)</style>", text)
    assert style is not None
    digest = b64encode(sha256(style[1].encode()).digest()).decode()

    assert f"default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;;" in text


def test_no_text_becomes_markup() -> None:
    found = Page(page(NASTY))

    assert "<script>alert(" in found.said


@settings(max_examples=count(usual=25, soak=1000))
@given(st.text(), st.text(), st.text())
def test_whatever_a_text_holds_the_page_has_the_same_elements(sentence: str, message: str, value: str) -> None:
    plain, other = (
        Page(page(result(verdict("c", Outcome.FAIL, one, message=two + "m", measured=three + "v"))))
        for one, two, three in [("s", "m", "v"), (sentence, message, value)]
    )

    assert plain.tags == other.tags


def test_what_is_not_tested_does_not_look_as_if_it_passed() -> None:
    assert "No rule was tested" in Page(page(SKIPPED)).said
    assert "No dataset was looked at" in Page(page()).said


def test_ten_thousand_rules_are_all_there_the_broken_ones_in_sight() -> None:
    text = page(MANY)

    assert text.count("<tr>") == 10_000 + 2
    assert text.index("column_9996 is known") < text.index("7,500 rules with nothing against them")
    assert len(text) < 10_000_000


def test_the_same_results_give_the_same_bytes() -> None:
    assert page(MIXED) == page(MIXED)

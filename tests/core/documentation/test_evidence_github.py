"""Annotations: each is one line that GitHub's runner takes apart as it was meant, whatever the texts hold."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from assay.documentation.evidence_github import MOST, evidence_github
from assay.validation.conditions import Outcome
from core.documentation.evidence_cases import CASES, MANY, MIXED, result, verdict

LINE = re.compile(r"::(?P<command>error|warning|notice) (?P<properties>[^:]*)::(?P<data>.*)")
"""As the runner reads a line: up to the first two colons after the command, properties; then the message."""

_ESCAPES = {"%25": "%", "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}


def unescaped(text: str) -> str:
    return re.sub("%(?:25|0D|0A|3A|2C)", lambda match: _ESCAPES[match[0]], text)


def read(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Take annotations apart as the runner does."""
    found = []
    for line in text.removesuffix("\n").split("\n"):
        match = LINE.fullmatch(line)
        assert match is not None, line
        pairs = (pair.partition("=") for pair in match["properties"].split(","))
        found.append((match["command"], {name: unescaped(value) for name, _, value in pairs}, unescaped(match["data"])))
    return found


@pytest.mark.parametrize("case", CASES)
def test_annotations_are_as_github_reads_them_and_the_last_one_counts(case: str, snapshot: SnapshotAssertion) -> None:
    text = evidence_github(CASES[case])

    is_unproven = not CASES[case] or any(one.is_unproven for one in CASES[case])
    assert read(text)[-1][0] == ("error" if is_unproven else "notice")
    assert text == snapshot


def test_what_is_broken_is_annotated_at_its_line_the_worst_first() -> None:
    found = read(evidence_github([MIXED]))

    assert [(command, told.get("line"), told["title"]) for command, told, _ in found] == [
        ("error", "15", "ontime_daily: error"),
        ("error", "12", "ontime_daily: fail"),
        ("warning", "14", "ontime_daily: warn"),
        ("notice", None, "assay validate: error"),
    ]


def test_no_value_of_a_row_is_in_them() -> None:
    assert "XXX" not in evidence_github([MIXED])


def test_no_more_is_written_than_github_shows_unless_all_is_asked_for() -> None:
    assert len(read(evidence_github([MANY]))) == MOST + 1
    assert len(read(evidence_github([MANY], everything=True))) == 2501
    assert read(evidence_github([MANY]))[-1][2] == "2,500 fail, 7,500 pass"


@given(st.text(), st.text())
def test_any_text_stays_in_its_place(sentence: str, check: str) -> None:
    found = read(evidence_github([result(verdict(check, Outcome.FAIL, sentence, measured="1 row"))]))

    assert [(command, told["title"]) for command, told, _ in found] == [
        ("error", "ontime_daily: fail"),
        ("notice", "assay validate: fail"),
    ]

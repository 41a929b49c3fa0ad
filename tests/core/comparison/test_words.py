"""What a comparison says in words, and as a page."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from syrupy.assertion import SnapshotAssertion

from assay.comparison.results import as_json
from assay.documentation.comparison_page import PAGE, PARTS, comparison_page
from assay.documentation.comparison_words import (
    facts_of,
    moved_of,
    number,
    repeated_of,
    schema_of,
    share,
    signed,
    verdict_of,
)
from assay.documentation.evidence_page import STYLE, PageTexts
from core.comparison.cases import CASES
from house import PACKAGE

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def page(name: str) -> str:
    folder = PACKAGE / "documentation" / "templates"
    texts = [(folder / each).read_text() for each in (PAGE, PARTS, STYLE)]
    return comparison_page(CASES[name], AT, PageTexts(texts[0], texts[1], texts[2], "0.1"))


@pytest.mark.parametrize("name", CASES)
def test_it_is_said_in_words(name: str, snapshot: SnapshotAssertion) -> None:
    said = [
        [verdict_of(one), *(": ".join(fact) for fact in facts_of(one)), *schema_of(one), *repeated_of(one)]
        + [moved_of(each) for each in one.breakdowns]
        for _, one in CASES[name]
    ]

    assert said == snapshot


@pytest.mark.parametrize("name", CASES)
def test_machines_get_values_that_json_has(name: str) -> None:
    for _, one in CASES[name]:
        assert json.loads(json.dumps(as_json(one)))["isEqual"] is one.is_equal


@pytest.mark.parametrize("name", CASES)
def test_the_same_comparison_is_the_same_page_and_lets_nothing_run(name: str) -> None:
    text = page(name)

    assert text == page(name)
    assert "<script" not in text
    assert not {"\x1b", "\u202e"} & set(text)


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, ""), (0.0, "0"), (1234567.0, "1,234,567"), (0.1, "0.1"), (1e20, "1e+20"), (float("nan"), "nan")],
)
def test_numbers_are_written_for_people(value: float | None, written: str) -> None:
    assert number(value) == written


def test_a_share_of_something_is_never_nothing() -> None:
    assert [share(0, 10), share(1, 10**9), share(1, 3), share(0, 0)] == ["0.00 %", "<0.01 %", "33.33 %", "0.00 %"]
    assert [signed(1.0), signed(-1.0), signed(0.0)] == ["+1", "-1", "0"]

"""Results: the worst verdict is the whole's, and what is shown steers nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.printable import printable
from assay.documentation.evidence_results import (
    OUTCOME_WORDS,
    WORST_FIRST,
    counts_of,
    counts_words,
    measure_words,
    safe_code,
    worst_first,
)
from assay.validation.conditions import Outcome
from core.documentation.evidence_cases import (
    AGREED,
    BUSIEST,
    EMPTY,
    EXPLAINED,
    KNOWN,
    MIXED,
    SKIPPED,
    VALID,
    VOLUME,
    result,
)


def test_every_outcome_has_words_and_a_place_in_the_order() -> None:
    assert set(OUTCOME_WORDS) == set(WORST_FIRST) == set(Outcome)
    assert len(WORST_FIRST) == len(Outcome)


def test_the_worst_verdicts_stand_first_and_equal_ones_in_their_order() -> None:
    assert worst_first([KNOWN, AGREED, VALID, VOLUME, BUSIEST, KNOWN]) == [BUSIEST, VALID, VOLUME, AGREED, KNOWN, KNOWN]


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ((KNOWN,), Outcome.PASS),
        ((KNOWN, AGREED), Outcome.PASS),
        ((KNOWN, VOLUME), Outcome.WARN),
        ((VALID, VOLUME), Outcome.FAIL),
        ((VALID, BUSIEST), Outcome.ERROR),
        ((AGREED,), Outcome.ERROR),
        ((), Outcome.ERROR),
    ],
)
def test_the_whole_is_as_its_worst_verdict_and_nothing_tested_is_an_error(verdicts: tuple, outcome: Outcome) -> None:  # type: ignore[type-arg]
    assert result(*verdicts).outcome is outcome


def test_a_result_is_unproven_when_nothing_was_tested() -> None:
    assert [one.is_unproven for one in (EMPTY, SKIPPED, MIXED)] == [True, True, False]


def test_counts_name_what_is_there_and_what_was_not_run() -> None:
    assert counts_of(MIXED.verdicts) == dict.fromkeys(WORST_FIRST, 1)
    assert counts_words([KNOWN] * 1200, 3) == "1,200 pass, 3 not run"
    assert counts_words([]) == "no rules"


def test_a_measure_stands_beside_its_limit_and_the_rows_that_were_tested() -> None:
    assert measure_words(VALID) == "3 rows of 336,776, wanted exactly 0"
    assert measure_words(replace(VALID, measured="0.4 percent")) == "0.4 percent (3 of 336,776 rows), wanted exactly 0"
    assert measure_words(KNOWN) == "0 rows, wanted exactly 0"
    assert measure_words(VOLUME) == "336776, wanted 100 to 1000"
    assert measure_words(AGREED) == ""


def test_a_rule_stands_where_the_contract_says_it_and_one_from_elsewhere_at_the_contract() -> None:
    assert str(MIXED.place("known")) == "c.yaml:11:7"
    assert str(result(KNOWN, checks={}).place("known")) == "c.yaml"


def test_where_a_verdict_comes_from_is_told_to_whoever_asks() -> None:
    assert result(KNOWN, explained=EXPLAINED).origins == {"known": "footers of the files"}
    assert result(KNOWN).origins == {}


@given(st.text())
def test_a_safe_text_is_one_line_without_control_characters(text: str) -> None:
    for line in (printable(text), safe_code(text)):
        assert line.isprintable() or not any(ord(one) < 32 or 127 <= ord(one) < 160 for one in line)
        assert not set(line) & set("\n\r\x1b\x00\u202e\u2028")
        line.encode()


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126)))
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == safe_code(text) == text

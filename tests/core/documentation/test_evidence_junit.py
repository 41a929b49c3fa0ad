"""JUnit XML: read by a real parser, whatever the texts hold; and no value of a row is in it."""

from __future__ import annotations

from collections import Counter
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from assay.documentation.evidence_junit import evidence_junit
from assay.validation.conditions import Outcome
from core.documentation.evidence_cases import AT, CASES, MANY, MIXED, NASTY, result, verdict


def parsed(*results: object) -> Element:
    return fromstring(evidence_junit(results, AT).encode())  # type: ignore[arg-type]


@pytest.mark.parametrize("case", ["mixed", "nothing", "all skipped"])
def test_junit_says_what_was_found(case: str, snapshot: SnapshotAssertion) -> None:
    assert evidence_junit(CASES[case], AT) == snapshot


def test_each_outcome_is_what_the_format_has_for_it() -> None:
    cases = {case.attrib["name"].rpartition("(")[2]: [*case] for case in parsed(MIXED).iter("testcase")}

    assert {name: [one.tag for one in inside] for name, inside in cases.items()} == {
        "known)": [],
        "valid)": ["failure"],
        "volume)": ["system-out"],
        "busiest)": ["error"],
        "agreed)": ["skipped"],
    }


@pytest.mark.parametrize("case", CASES)
def test_the_counts_are_those_of_the_cases(case: str) -> None:
    root = fromstring(evidence_junit(CASES[case], AT).encode())

    for holder in (root, *root.iter("testsuite")):
        found = Counter(one.tag for each in holder.iter("testcase") for one in each)
        told = [int(holder.attrib[name]) for name in ("tests", "failures", "errors", "skipped")]
        assert told == [len(list(holder.iter("testcase"))), found["failure"], found["error"], found["skipped"]]


@pytest.mark.parametrize("case", ["nothing", "no rules", "all skipped"])
def test_nothing_tested_is_an_error_and_does_not_look_like_success(case: str) -> None:
    root = fromstring(evidence_junit(CASES[case], AT).encode())

    assert root.attrib["errors"] == "1"


def test_no_value_of_a_row_is_in_it() -> None:
    assert "XXX" not in evidence_junit([MIXED], AT)


def test_what_xml_has_no_character_for_is_seen_to_be_missing() -> None:
    case = next(parsed(NASTY).iter("testcase"))

    assert "<script>alert(\"1\")</script> & 'b'" in case.attrib["name"]
    assert "\ufffd" in case.attrib["name"]


@given(st.text(), st.text())
def test_any_text_makes_a_document_that_can_be_read(sentence: str, message: str) -> None:
    one = verdict("c", Outcome.FAIL, sentence, message=message)
    warned = verdict("d", Outcome.WARN, sentence, message=message)

    assert [len(case) for case in parsed(result(one, warned)).iter("testcase")] == [1, 1]


def test_ten_thousand_rules_are_ten_thousand_cases() -> None:
    assert len(list(parsed(MANY).iter("testcase"))) == 10_000

"""A request is recorded whole or not at all, and its digest is of what is asked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.canonical import digest_value
from assay.base.errors import AssayError, Fault
from assay.discovery.fields import FIELDS, MOST_CRITERIA, RequestField
from assay.discovery.requests import RequestForm, Surroundings, read_request, request_digest

TODAY = date(2026, 3, 2)
AROUND = Surroundings(("on_call", "ontime"), ("R-0001",), TODAY)
NEW = Surroundings(("ontime",), (), TODAY, is_new_product=True)
WHOLE: dict[str, Any] = {
    "title": "Late flights",
    "product": "ontime",
    "question": "Where do delays concentrate?",
    "deliverable": "dashboard",
    "audience": "Operations",
    "needed_by": "2026-03-31",
    "acceptance": ["Cancelled flights never count as on time"],
}


def read(fields: dict[str, Any], around: Surroundings = AROUND) -> RequestForm:
    return read_request(fields, around)


def faults(fields: dict[str, Any], around: Surroundings = AROUND) -> tuple[Fault, ...]:
    with pytest.raises(AssayError) as refused:
        read(fields, around)
    return refused.value.faults


@pytest.mark.parametrize("field", WHOLE)
@pytest.mark.parametrize("nothing", [None, "", " \r\n\t "])
def test_a_request_without_a_field_is_refused_by_its_name(field: str, nothing: str | None) -> None:
    (fault,) = faults({**WHOLE, field: nothing})

    assert (fault.where.file, fault.found) == (field, "nothing")


def test_all_faults_come_at_once_in_the_order_of_the_form() -> None:
    found = faults({"colour": "red"})

    assert [fault.where.file for fault in found] == [
        "title", "product", "question", "deliverable", "audience", "needed_by", "acceptance", "colour"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("needed_by", "31.3.2026", "'31.3.2026'"),
        ("needed_by", "20260331", "'20260331'"),
        ("needed_by", "2026-02-30", "'2026-02-30'"),
        ("needed_by", "2026-03-01", "2026-03-01, which is past"),
        ("deliverable", "poem", "'poem'"),
        ("priority", "now", "'now'"),
        ("product", "On Time", "'On Time'"),
        ("product", "../ontime", "'../ontime'"),
        ("title", "x" * 201, "201"),
        ("title", "two\nlines", "the character U+000A"),
        ("title", "two\u2028lines", "the character U+2028 LINE SEPARATOR"),
        ("question", "x" * 10_001, "10,001"),
        ("question", "a\x00b", "the character U+0000"),
        ("audience", "a\x1b[2Jb", "the character U+001B"),
        ("decision", "a\u202eb", "the character U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("sketch", "\ud800", "the character U+D800"),
        ("sketch", 12, "12"),
        ("title", ["a"], "['a']"),
        ("follows", "R-0009", "R-0009"),
        ("colour", "red", "another one"),
        ("acceptance", [], "nothing"),
        ("acceptance", ["", "  "], "nothing"),
        ("acceptance", ["x"] * (MOST_CRITERIA + 1), "51"),
    ],
)
def test_a_field_with_another_value_is_refused_by_its_name(field: str, value: Any, found: str) -> None:
    (fault,) = faults({**WHOLE, field: value})

    assert (fault.where.file, fault.found) == (field, found)


def test_a_fault_of_a_criterion_says_which_one_as_it_was_written_down() -> None:
    found = faults({**WHOLE, "acceptance": ["", "good", "x" * 10_001, 3]})

    assert [(fault.where.file, fault.where.line) for fault in found] == [("acceptance", 3), ("acceptance", 4)]


@pytest.mark.parametrize(
    ("product", "hint"),
    [
        ("ontme", "Did you mean ontime? If it is a new product, say so."),
        ("Ontime", "Did you mean ontime? If it is a new product, say so."),
        ("weather", "Known: on_call, ontime. If it is a new product, say so."),
    ],
)
def test_an_unknown_product_is_refused_with_those_that_may_be_meant(product: str, hint: str) -> None:
    assert [fault.hint for fault in faults({**WHOLE, "product": product})] == [hint]


def test_a_new_product_has_to_be_said_to_be_new_and_to_be_new() -> None:
    assert read({**WHOLE, "product": "weather"}, NEW).product == "weather"
    assert [fault.found for fault in faults(WHOLE, NEW)] == ["ontime, which is known"]


def test_what_is_needed_today_can_still_be_asked() -> None:
    assert read({**WHOLE, "needed_by": str(TODAY)}).needed_by == TODAY


def test_line_ends_and_blanks_around_do_not_count_and_empty_criteria_are_passed_over() -> None:
    typed = read({**WHOLE, "question": "  One\r\ntwo\rthree ", "acceptance": ["", " right "]})

    assert (typed.question, typed.acceptance) == ("One\ntwo\nthree", ("right",))


def test_markup_and_formulas_are_text_and_stay_as_they_are() -> None:
    hostile = "<script>alert(1)</script> {{ 7*7 }} '; drop table events; -- =1+1 ../../etc \u200d"

    assert read({**WHOLE, "question": hostile}).question == hostile


def test_the_digest_changes_with_what_is_asked_and_not_with_how_it_was_written_down() -> None:
    assert request_digest(read(WHOLE)) == request_digest(read({**dict(reversed(WHOLE.items())), "priority": "normal"}))
    assert request_digest(read(WHOLE)) != request_digest(read({**WHOLE, "audience": "Everybody"}))
    assert request_digest(read(WHOLE)) != request_digest(read({**WHOLE, "decision": "Where to add crews"}))


def test_the_digest_of_what_could_be_asked_before_is_what_it_was_before() -> None:
    assert request_digest(read(WHOLE)) == digest_value({**WHOLE, "priority": "normal", "sketch": ""})


def test_every_field_has_a_row_a_label_and_an_option_of_its_own() -> None:
    assert set(FIELDS) == set(RequestField)
    assert len({field.label for field in RequestField}) == len(RequestField)
    assert RequestField.NEEDED_BY.option == "--needed-by"


@given(
    st.dictionaries(
        st.sampled_from([str(field) for field in RequestField]) | st.text(max_size=5),
        st.none() | st.text(max_size=20) | st.integers() | st.lists(st.text(max_size=5), max_size=3),
    )
)
def test_whatever_is_filled_in_gives_a_request_or_faults_that_name_what_was_filled_in(fields: dict[str, Any]) -> None:
    form: RequestForm | None = None
    named: set[str] = set()
    try:
        form = read(fields)
    except AssayError as error:
        named = {fault.where.file for fault in error.faults}

    assert named <= {*map(str, RequestField), *fields}
    assert bool(named) is (form is None)
    assert form is None or read(form.fields()) == form

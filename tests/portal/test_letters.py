"""Letters: one title line, the same words twice, one link, and nothing of it can be broken by what people write."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.actions.errands import FIRST, Errand
from assay.actions.told import Matter
from assay.base.roles import Person, Role
from assay.portal.letters import PortalLetters, due_words, one_line, page_of

ADDRESS = "https://assay.example.org"
CARLA = Person("carla@example.org", "Carla", frozenset({Role.STAKEHOLDER}))
TODAY = date(2026, 3, 2)
LETTERS = PortalLetters(ADDRESS)
TAGS = re.compile(r"<[^>]*>|<!doctype html>")


def errand(number: int = 1, project: str = "town", heading: str = "Takings", change: str = "it is new") -> Errand:
    matters = ((f"shop/daily{number}", Matter(f"{project}:{number}", is_pressing=False)),)
    page = f"/p/{project}/releases/R-{number:04}/review"
    return Errand(
        project, page, heading, "Look at it", TODAY, matters, (change,), FIRST, ("checked by Ada",), None, 5, "Nothing."
    )


def words(html: str) -> list[str]:
    return unescape(TAGS.sub(" ", html)).split()


@given(st.text(max_size=40), st.text(max_size=40), st.integers(1, 14))
def test_plain_text_and_html_say_the_same_words(heading: str, change: str, many: int) -> None:
    letter = LETTERS.write(CARLA, [errand(n, heading=heading, change=change) for n in range(many)], 2)
    joined = "".join(words(letter.html))
    assert joined == "".join(letter.text.split())


@given(st.text(), st.text())
def test_a_title_is_one_line_that_can_be_shown(heading: str, name: str) -> None:
    person = Person(CARLA.email, name, CARLA.roles)
    letter = LETTERS.write(person, [errand(heading=heading)], 0)
    assert letter.title.isprintable()
    assert len(letter.title) <= 150


@given(st.text())
def test_what_people_write_makes_no_line_of_its_own(text: str) -> None:
    plain = LETTERS.write(CARLA, [errand()], 0).text
    assert LETTERS.write(CARLA, [errand(change=text)], 0).text.count("\n") == plain.count("\n")
    assert len(one_line(text).splitlines()) <= 1


def test_what_people_write_makes_no_markup() -> None:
    letter = LETTERS.write(CARLA, [errand(change='<a href="http://evil.example.org">x</a> {{ 7 * 7 }}')], 0)
    assert letter.html.count("<a href=") == 1
    assert "&lt;a href=" in letter.html
    assert "{{ 7 * 7 }}" in letter.text


def test_of_many_things_the_first_are_told_and_the_others_counted() -> None:
    letter = LETTERS.write(CARLA, [errand(n) for n in range(15)], 0)
    assert letter.title == "15 things to look at: Takings"
    assert letter.text.count("Look at it.") == 12
    assert "And 3 things more, on the page." in letter.text


@pytest.mark.parametrize(
    ("errands", "page"),
    [
        ([errand(7)], "/p/town/releases/R-0007/review"),
        ([errand(1), errand(2)], "/p/town/work"),
        ([errand(1), errand(1, project="port")], "/"),
    ],
)
def test_a_letter_leads_to_where_all_of_it_is_done(errands: list[Errand], page: str) -> None:
    assert page_of(errands) == page
    letter = LETTERS.write(CARLA, errands, 0)
    assert [word for word in letter.text.split() if word.startswith("http")] == [ADDRESS + page]


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (None, ""),
        (date(2026, 3, 1), "overdue since 1 March 2026"),
        (TODAY, "due today"),
        (date(2026, 3, 3), "needed by 3 March 2026"),
    ],
)
def test_the_day_is_said_as_people_say_it(by: date | None, words: str) -> None:
    found = errand()
    assert due_words(Errand(found.project, found.page, "", "", TODAY, found.matters, by=by)) == words

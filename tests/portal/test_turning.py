"""Pages of long lists: everything is on one of them, once; a product is meant by its name or its title."""

from __future__ import annotations

import string
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.actions.paging import page_of
from assay.base.errors import AssayError
from assay.portal.choosing import FEW, MOST, choice_of, known, meant
from assay.portal.turning import page_number, turn_to

TITLES = {f"region_{number}": f"Sales of region {number}" for number in range(300)}
NAMES = st.text(string.ascii_lowercase + "_", min_size=1, max_size=12)


def same(number: int) -> int:
    return number


@given(st.lists(st.integers(), max_size=60), st.integers(1, 9))
def test_the_pages_of_a_list_hold_all_of_it_once_and_in_its_order(found: list[int], size: int) -> None:
    pages = [page_of(found, number, size, same) for number in range(1, page_of(found, 1, size, same).pages + 1)]

    assert [item for page in pages for item in page.items] == found
    assert [(page.first, page.last) for page in pages if page.items] == [
        (start + 1, min(start + size, len(found))) for start in range(0, len(found), size)
    ]
    assert not any(page.is_beyond for page in pages)
    beyond = page_of(found, len(pages) + 1, size, same)
    assert (beyond.items, beyond.is_beyond, beyond.total) == ((), True, len(found))


def test_only_what_stands_on_a_page_is_worked_out() -> None:
    worked_out: list[int] = []
    page_of(range(1_000), 3, 10, worked_out.append)

    assert worked_out == list(range(20, 30))


@given(st.integers(1, 9_999_999))
def test_the_number_of_a_page_is_read_as_it_is_written(number: int) -> None:
    assert page_number(str(number)) == number


@pytest.mark.parametrize(
    "typed", ["0", "-1", "x", "1.5", "9" * 5_000, "٣", "²", "1;drop", "+1", "1 ", "00", "1_0", "\x00", "NaN"]
)
def test_what_is_no_number_of_a_page_is_refused_by_name(typed: str) -> None:
    with pytest.raises(AssayError, match="earlier: expected the number of a page, from 1") as refused:
        page_number(typed, "earlier")
    assert len(str(refused.value)) < 200


@given(st.dictionaries(NAMES, st.text(max_size=20), max_size=5), st.integers(1, 99))
def test_the_address_of_another_page_keeps_what_was_looked_for(kept: dict[str, str], number: int) -> None:
    address = turn_to({**kept, "page": "7"})(number)

    wanted = {name: [value] for name, value in kept.items() if value and name != "page"} | {"page": [str(number)]}
    assert parse_qs(address.removeprefix("?"), keep_blank_values=True) == wanted


def test_a_few_products_stand_in_a_list_and_of_many_those_are_offered_that_fit() -> None:
    few = dict(list(TITLES.items())[:FEW])

    assert (choice_of(few, "nothing").offered, choice_of(few, "").is_list) == (few, True)
    assert not choice_of(TITLES, "").is_list
    assert len(choice_of(TITLES, "").offered) == MOST
    assert choice_of(TITLES, "REGION 29").offered.keys() == {"region_29", *(f"region_29{n}" for n in range(10))}
    assert choice_of(TITLES, "region_7").offered.keys() >= {"region_7", "region_70"}


@given(st.sampled_from(list(TITLES)))
def test_a_product_is_meant_by_its_name_and_by_its_title_in_any_case(name: str) -> None:
    assert {meant(TITLES, typed) for typed in (name, TITLES[name], TITLES[name].upper(), name.upper())} == {name}
    assert known(TITLES, TITLES[name]) == name


def test_a_title_of_two_products_means_neither_and_nothing_typed_means_any() -> None:
    assert meant({"a": "Sales", "b": "sales"}, "Sales") == "Sales"
    assert known(TITLES, "") is None


@pytest.mark.parametrize(("typed", "hint"), [("regon_7", "Did you mean region_7"), ("x" * 9_000, "Type part of its")])
def test_a_product_that_is_not_known_is_refused_in_words(typed: str, hint: str) -> None:
    with pytest.raises(AssayError, match=hint) as refused:
        known(TITLES, typed)
    assert len(str(refused.value)) < 300

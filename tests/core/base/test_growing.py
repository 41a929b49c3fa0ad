"""A growing sequence reads like the tuple of its items, and growing changes none that was read before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.growing import Growing

lengths = st.sampled_from([0, 1, 2, 511, 512, 513, 1024, 1500])


@given(st.lists(lengths, max_size=5))
def test_whatever_the_pieces_it_is_the_sequence_of_all_of_them(pieces: list[int]) -> None:
    growing, every = Growing[int](), list[int]()
    for length in pieces:
        added = range(len(every), len(every) + length)
        growing = growing.plus(added)
        every += added
    assert growing == Growing(every) == tuple(every)
    assert list(growing) == every
    assert len(growing) == len(every)
    assert list(reversed(growing)) == every[::-1]


@given(st.integers(0, 1100), st.slices(1100))
def test_any_slice_is_that_of_the_tuple(length: int, part: slice) -> None:
    assert Growing(range(length))[part] == tuple(range(length))[part]


def test_what_was_read_before_stays_as_it_was() -> None:
    before = Growing(range(700))
    one, other = before.plus([-1]), before.plus([-2, -3])
    assert before == tuple(range(700))
    assert (one[-1], other[-2:]) == (-1, (-2, -3))


@pytest.mark.parametrize("index", [3, -4])
def test_there_is_nothing_beyond_its_ends(index: int) -> None:
    with pytest.raises(IndexError):
        Growing("abc")[index]


def test_it_is_equal_to_no_other_kind_of_thing_and_to_no_other_items() -> None:
    assert Growing("abc") != "abc"
    assert Growing("abc") != Growing("abd")
    assert Growing("abc") != ("a", "b")
    assert repr(Growing("ab")) == "Growing(['a', 'b'])"

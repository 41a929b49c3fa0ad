"""What a query gave, by the names of its columns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.actions.query import Answer, unlike
from assay.base.snapshots import Column

NAMES = st.lists(st.sampled_from(["a", "b", "a_1", "a_1_1", "A", ""]), max_size=8)


@given(NAMES)
def test_names_that_occur_twice_are_made_unlike_and_no_other(names: list[str]) -> None:
    found = unlike(names)

    assert len(found) == len(set(found)) == len(names)
    assert all(new.startswith(old) for old, new in zip(names, found, strict=True))
    assert all(found[names.index(name)] == name for name in names)


def test_every_column_of_a_row_is_in_its_record() -> None:
    answer = Answer(tuple(Column(name, "INTEGER") for name in ("a", "a", "b")), [(1, 2, 3), (4, 5, 6)])

    assert answer.records() == [{"a": 1, "a_1": 2, "b": 3}, {"a": 4, "a_1": 5, "b": 6}]
    assert answer.records(1) == answer.records()[:1]

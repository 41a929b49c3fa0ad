"""How columns pair, and under which type their values are compared."""

from __future__ import annotations

import pytest

from assay.base.errors import AssayError
from assay.base.snapshots import Column
from assay.comparison.pairing import PairingWish, Tolerance, common_type, pair_columns


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("INTEGER", "INTEGER", "INTEGER"),
        ("INTEGER", "BIGINT", "DECIMAL(19,0)"),
        ("UBIGINT", "BIGINT", "DECIMAL(20,0)"),
        ("DECIMAL(10,2)", "DECIMAL(12,4)", "DECIMAL(12,4)"),
        ("DECIMAL(38,2)", "DECIMAL(38,10)", "DOUBLE"),
        ("BIGINT", "DECIMAL(10,2)", "DECIMAL(21,2)"),
        ("HUGEINT", "DECIMAL(10,2)", "DOUBLE"),
        ("FLOAT", "DECIMAL(10,2)", "DOUBLE"),
        ("DATE", "TIMESTAMP", "TIMESTAMP"),
        ("TIMESTAMP_NS", "DATE", "TIMESTAMP"),
        ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE"),
        ("VARCHAR", "INTEGER", "VARCHAR"),
        ("BOOLEAN", "INTEGER", "VARCHAR"),
        ("STRUCT(a INTEGER)", "VARCHAR", "VARCHAR"),
    ],
)
def test_the_common_type_holds_the_values_of_both(before: str, after: str, kind: str) -> None:
    assert common_type(before, after) == kind
    assert common_type(after, before) == kind


def columns(*names: str) -> list[Column]:
    return [Column(name, "INTEGER") for name in names]


def test_columns_pair_by_name_whatever_its_case_and_wherever_they_stand() -> None:
    found = pair_columns(columns("K", "a", "gone"), columns("b", "A", "k"), PairingWish(("k",)))

    assert [pair.name for pair in found.key] == ["k"]
    assert [pair.name for pair in found.columns] == ["A"]
    assert [column.name for column in found.only_before] == ["gone"]
    assert [column.name for column in found.only_after] == ["b"]
    assert found.is_reordered
    assert not found.is_same_schema


def test_what_is_ignored_is_compared_nowhere() -> None:
    found = pair_columns(columns("k", "a", "x"), columns("k", "a"), PairingWish(("k",), ignored=frozenset({"X", "a"})))

    assert (found.columns, found.only_before, found.ignored) == ((), (), ("a", "x"))


def test_a_tolerance_of_all_numbers_gives_way_to_one_of_a_column() -> None:
    wish = PairingWish(("k",), tolerances={"": Tolerance(1), "a": Tolerance(share=0.1)})
    both = [*columns("k", "a", "b"), Column("t", "VARCHAR")]

    found = pair_columns(both, both, wish)

    assert [pair.tolerance for pair in found.columns] == [Tolerance(share=0.1), Tolerance(1), Tolerance()]


def test_every_name_that_is_not_there_is_told_at_once() -> None:
    wish = PairingWish(("nope",), {"old": "new"}, frozenset({"what"}))

    with pytest.raises(AssayError) as caught:
        pair_columns(columns("a"), columns("a"), wish)

    assert sorted(fault.where.file for fault in caught.value.faults) == ["new", "nope", "nope", "old", "what"]


@pytest.mark.parametrize(
    "wish",
    [
        PairingWish(("k",), {"a": "b"}),  # b is there already
        PairingWish(("k",), {"a": "c", "b": "c"}),
        PairingWish((), tolerances={"": Tolerance(1)}),
        PairingWish(("k",), tolerances={"k": Tolerance(1)}),
    ],
)
def test_what_would_be_lost_or_mean_nothing_is_refused(wish: PairingWish) -> None:
    with pytest.raises(AssayError):
        pair_columns(columns("k", "a", "b"), columns("k", "b", "c"), wish)


def test_two_columns_may_change_names() -> None:
    found = pair_columns(columns("k", "a", "b"), columns("k", "a", "b"), PairingWish(("k",), {"a": "b", "b": "a"}))

    assert [(pair.before.name, pair.after.name) for pair in found.columns] == [("b", "a"), ("a", "b")]

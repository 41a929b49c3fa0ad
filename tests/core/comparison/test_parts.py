"""Where tables are cut: each row is in one part, and only files that are in order are cut."""

from __future__ import annotations

import pytest

from assay.base.footers import Chunk, Footer
from assay.base.snapshots import Column
from assay.comparison import parts
from assay.comparison.pairing import Pair
from assay.comparison.parts import WHOLE, parts_of


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_ROWS", 100)


def pair(name: str, kind: str = "BIGINT", after: str | None = None) -> Pair:
    return Pair(name, Column(name, kind), Column(name, after or kind), kind)


def footer(name: str, *spans: tuple[str | None, str | None], rows: int = 100) -> Footer:
    chunks = tuple(Chunk(name, n, 0, least, most, True, False, 1) for n, (least, most) in enumerate(spans))
    return Footer("f", "DuckDB", (rows,) * len(spans), chunks)


ORDERED = footer("k", ("9", "10"), ("11", "20"), ("21", "30"))


def test_ordered_files_are_cut_at_row_groups_by_number_and_not_by_letters() -> None:
    assert parts_of([pair("k")], [ORDERED], [ORDERED]) == (
        '"k" < 11', '"k" >= 11 AND "k" < 21', '"k" >= 21', '"k" IS NULL',
    )  # fmt: skip


def test_dates_and_texts_are_cut_under_their_type() -> None:
    days = footer("d", ("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28"))

    assert parts_of([pair("d", "DATE")], [days], [days])[0] == "\"d\" < CAST('2026-02-01' AS DATE)"


@pytest.mark.parametrize(
    ("key", "before"),
    [
        ([pair("k")], footer("k", ("1", "30"), ("2", "29"), ("1", "30"))),  # in no order
        ([pair("k")], footer("k", (None, None), ("1", "2"))),  # nobody says
        ([pair("k")], footer("k", ("1", "2"))),  # small
        ([pair("k")], footer("k", ("5", "5"), ("5", "5"), ("5", "5"))),  # one value
        ([pair("k", "DOUBLE")], ORDERED),
        ([pair("k", "DATE")], footer("k", ("2026-01-01", "2027-01-01"), ("10000-01-01", "10001-01-01"))),
        ([pair("k", "DATE")], footer("k", ("0044-03-15 (BC)", "0040-01-01 (BC)"), ("2026-01-01", "2027-01-01"))),
        ([pair("k", "INTEGER", "BIGINT")], ORDERED),
        ([], ORDERED),
    ],
)
def test_what_is_in_no_order_is_one_part(key: list[Pair], before: Footer) -> None:
    assert parts_of(key, [before], [before]) == WHOLE


def test_of_several_columns_the_one_in_better_order_is_taken() -> None:
    both = Footer(
        "f", "DuckDB", ORDERED.group_rows, (*ORDERED.chunks, *footer("x", ("1", "9"), ("2", "8"), ("1", "9")).chunks)
    )

    assert '"k"' in parts_of([pair("x"), pair("k")], [both], [both])[0]


def test_a_side_that_is_in_no_order_keeps_both_whole() -> None:
    assert parts_of([pair("k")], [ORDERED], [footer("k", ("1", "30"), ("1", "30"), ("1", "30"))]) == WHOLE

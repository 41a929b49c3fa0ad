"""Slices: what counts of them, how their condition is written, which changed."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.base.errors import AssayError, Place
from assay.base.names import TableRef
from assay.base.snapshots import ContentSums
from assay.workflow.slices import EMPTY, SliceUnit, Slicing, changed_slices, condition_sql, label_sql
from assay.workflow.steps import in_slices
from core.workflow.steps import python, sql
from soak import count

FLIGHTS = TableRef("sources", "flights")
SESSION = duckdb.connect(config={"threads": 1})
PLACE = Place("products/p/product.yaml", 9)


def by(unit: SliceUnit | None, buckets: int = 0) -> Slicing:
    return Slicing("day", FLIGHTS, "at", unit, buckets)


def test_slices_that_follow_one_another_are_one_range() -> None:
    assert condition_sql(by(SliceUnit.MONTH), ["2013-01-01", "2012-12-01", "2013-03-01"]) == (
        "(\"day\" >= DATE '2012-12-01' AND \"day\" < DATE '2013-02-01') "
        "OR (\"day\" >= DATE '2013-03-01' AND \"day\" < DATE '2013-04-01')"
    )


def test_no_slice_is_no_condition() -> None:
    assert condition_sql(by(SliceUnit.DAY), []) == condition_sql(by(None, 4), []) == ""


MOMENTS = [
    "NULL", "DATE 'infinity'", "DATE '-infinity'", "DATE '0044-03-15 (BC)'", "DATE '0001-01-01'", "DATE '9998-12-31'",
    "DATE '9999-06-01'", "DATE '20000-01-01'", "DATE '2012-02-29'", "DATE '2012-12-31'", "DATE '2013-01-01'",
    "DATE '2013-12-30'", "DATE '1999-12-31'",
]  # fmt: skip


@pytest.mark.parametrize("unit", [*SliceUnit, None])
@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP"])
@settings(max_examples=count(20, soak=500), deadline=None)
@given(chosen=st.sets(st.sampled_from(MOMENTS), min_size=1))
def test_the_condition_on_slices_holds_for_their_rows_and_no_others(
    unit: SliceUnit | None, kind: str, chosen: set[str]
) -> None:
    slicing = by(unit, 0 if unit else 5)
    rows = f"(select unnest([{', '.join(f'({m})::{kind}' for m in MOMENTS)}]) as day)"
    label = label_sql(slicing, "day")
    meant = f"day in ({', '.join(chosen)}) or ({'NULL' in chosen} and day is null)"
    labels = {name for (name,) in SESSION.execute(f"select distinct {label} from {rows} where {meant}").fetchall()}
    condition = condition_sql(slicing, labels)
    found = SESSION.execute(f"select {label}, coalesce({condition}, false) from {rows}").fetchall()

    assert all(holds == (name in labels) for name, holds in found)


def test_rows_without_a_day_have_a_slice_of_their_own() -> None:
    with duckdb.connect() as session:
        (found,) = session.execute(
            f"select {label_sql(by(SliceUnit.DAY), 'x')} from (select NULL::date as x)"
        ).fetchall()
    assert found == (EMPTY,)


def test_a_slice_changed_where_its_sums_did_or_one_side_has_it_alone() -> None:
    one, other = ContentSums(1, 2, 3), ContentSums(1, 2, 4)

    assert changed_slices({"a": one, "b": one, "c": one}, {"a": one, "b": other, "d": one}) == {"b", "c", "d"}


def test_slices_count_for_the_digest_of_a_step() -> None:
    step = sql("daily", "select * from sources.flights")
    digests = {step.digest, *(in_slices(step, by(unit), PLACE).digest for unit in SliceUnit)}
    digests.add(in_slices(step, by(None, 8), PLACE).digest)

    assert len(digests) == 6


def test_slices_of_what_a_step_does_not_read_are_refused_at_their_place() -> None:
    with pytest.raises(AssayError, match=r"^products/p/product\.yaml:9: expected a table that daily reads"):
        in_slices(sql("daily", "select * from sources.weather"), by(SliceUnit.DAY), PLACE)


def test_only_a_query_can_be_held_to_a_slice() -> None:
    step = python("daily", "READS = {'x': 'sources.flights'}\n\n\ndef daily(x):\n    return x\n")
    with pytest.raises(AssayError, match=r"expected a step in SQL, found products/p/workflow/daily\.py"):
        in_slices(step, by(SliceUnit.DAY), PLACE)

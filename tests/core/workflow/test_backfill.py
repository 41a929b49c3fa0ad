"""Backfills: how a range is read, which slices it touches, of which steps it can be asked, and what is decided then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError, Place
from assay.base.names import TableRef
from assay.workflow.backfill import Backfill, backfill_of, parse_wish, parse_wishes
from assay.workflow.graph import Graph, build_graph
from assay.workflow.plan import Verb
from assay.workflow.selection import Selection, select
from assay.workflow.slices import EMPTY, SliceUnit, Slicing, Span, condition_sql, label_sql, span_of
from assay.workflow.steps import in_slices
from core.workflow.steps import AS_OF, SOURCES, sql, version, versions
from core.workflow.test_plan import World, said

FLIGHTS = TableRef("sources", "flights")
PLACE = Place("products/p/product.yaml", 9)
SESSION = duckdb.connect(config={"threads": 1})
NOW = versions(sources__flights="flights 1", sources__weather="weather 1")
LATER = versions(sources__flights="flights 2", sources__weather="weather 1")
MONTHLY = Slicing("day", FLIGHTS, "day", SliceUnit.MONTH)


def product(text: str = "select * from sources.flights, sources.weather") -> Graph:
    daily = in_slices(sql("daily", text), MONTHLY, PLACE)
    keyed = in_slices(
        sql("keyed", "select carrier from sources.flights"), Slicing("carrier", FLIGHTS, "carrier", None, 8), PLACE
    )
    return build_graph("p", [daily, keyed, sql("top", "from daily"), sql("whole", "select 1 as x")], SOURCES)


def wanted(text: str, slices: int = 1) -> Selection:
    selection = select(product(), wishes=[parse_wish(text)])
    return replace(selection, backfills={n: replace(b, slices=slices) for n, b in selection.backfills.items()})


def refused(*texts: str, **selected: object) -> list[str]:
    with pytest.raises(AssayError) as error:
        select(product(), wishes=parse_wishes(texts), **selected)  # type: ignore[arg-type]
    return [str(fault) for fault in error.value.faults]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2013-01..2013-03", date(2013, 1, 1), date(2013, 3, 31)),
        ("2012..2012", date(2012, 1, 1), date(2012, 12, 31)),
        ("2012-02..2012-02", date(2012, 2, 1), date(2012, 2, 29)),
        ("2013-01-05..2013-01-05", date(2013, 1, 5), date(2013, 1, 5)),
        ("2013-01-05T23:59..2013-01-06 00:00:01.5", date(2013, 1, 5), date(2013, 1, 6)),
        ("2013-01-05T23:59-05:00..2013-01-07T00:30+02:00", date(2013, 1, 6), date(2013, 1, 6)),
        ("2013-02..", date(2013, 2, 1), None),
        ("..2013-02", None, date(2013, 2, 28)),
        ("0001..9999", date(1, 1, 1), date(9999, 12, 31)),
    ],
)
def test_both_ends_belong_to_a_range_and_one_may_be_open(text: str, first: date | None, last: date | None) -> None:
    wish = parse_wish(f"daily={text}")

    assert (wish.step, wish.written, wish.first, wish.last) == ("daily", text, first, last)


EXAMPLE = "For example daily=2013-01..2013-03; one end may be left open: daily=2013-02.."
FORM = f"expected STEP=FROM..TO, with an end at least, found another form. {EXAMPLE}"
PART = f"expected STEP=FROM..TO, with an end at least, found a part of it. {EXAMPLE}"
DATE = "expected a year, month, day or moment: 2013, 2013-02, 2013-02-28 or 2013-02-28T12:00, found "


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("daily=2013-01", FORM),
        ("daily", PART),
        ("daily=..", PART),
        ("=2013..2014", PART),
        ("daily=2013-13..2014", f"{DATE}'2013-13'. {EXAMPLE}"),
        ("daily=2013..yesterday", f"{DATE}'yesterday'. {EXAMPLE}"),
        ("daily=2013-02-29..", f"{DATE}'2013-02-29'. {EXAMPLE}"),
        ("daily=0000..", f"{DATE}'0000'. {EXAMPLE}"),
        ("daily=2013-W05..", f"{DATE}'2013-W05'. {EXAMPLE}"),
        ("daily=..0001-01-01T00:00+05:00", f"{DATE}'0001-01-01T00:00+05:00'. {EXAMPLE}"),
        ("daily=2013-03..2013-01", "expected a range that ends after it begins, found 2013-03-01 to 2013-01-31"),
    ],
)
def test_what_is_no_range_is_refused(text: str, told: str) -> None:
    with pytest.raises(AssayError) as error:
        parse_wish(text)

    assert str(error.value) == f"backfill {text}: {told}"


def test_all_that_are_no_ranges_are_told_together() -> None:
    assert len(refused("daily=x..", "daily=2013..2012", "daily=2013..2014")) == 2


DAYS = st.dates(date(1, 1, 1), date(9998, 12, 31))


@given(st.sampled_from(SliceUnit), DAYS, st.integers(0, 900), DAYS, st.integers(-40, 40))
def test_a_span_holds_the_slices_that_its_days_touch_and_no_others(
    unit: SliceUnit, first: date, length: int, other: date, beside: int
) -> None:
    """Asked of the engine, for days anywhere and for days near the ends."""
    last = date.fromordinal(min(first.toordinal() + length, date(9998, 12, 31).toordinal()))
    near = [date.fromordinal(day.toordinal() + beside) for day in (first, last) if 1 <= day.toordinal() + beside < 3e6]
    slicing = Slicing("day", FLIGHTS, "at", unit)
    span = span_of(unit, first, last)
    condition = condition_sql(slicing, [], spans=[span])
    for day in [first, last, other, *near]:
        label, is_met = SESSION.execute(
            f"select {label_sql(slicing, 'day')}, {condition} from (select date '{day}' as day)"
        ).fetchall()[0]
        touched = SESSION.execute(
            f"select date_trunc('{unit}', date '{day}') between date_trunc('{unit}', date '{first}') "
            f"and date_trunc('{unit}', date '{last}')"
        ).fetchall()[0][0]
        assert span.holds(label) == is_met == touched


def test_an_open_end_reaches_to_the_last_slice_there_can_be_and_never_to_rows_without_a_day() -> None:
    assert span_of(SliceUnit.MONTH, date(2013, 2, 5), None) == Span(date(2013, 2, 1), date(9999, 1, 1))
    assert span_of(SliceUnit.WEEK, None, date(2013, 1, 2)) == Span(date(1, 1, 1), date(2013, 1, 7))
    assert span_of(SliceUnit.YEAR, date(9999, 5, 1), date(9999, 12, 31)) == Span(date(9999, 1, 1), date(9999, 1, 1))
    assert not any(span_of(SliceUnit.DAY, None, None).holds(label) for label in (EMPTY, ""))


def test_a_slice_that_changed_within_a_span_is_asked_for_once() -> None:
    slicing = Slicing("day", FLIGHTS, "at", SliceUnit.MONTH)
    span = Span(date(2013, 1, 1), date(2013, 3, 1))

    assert condition_sql(slicing, ["2013-02-01", "2013-05-01"], spans=[span]) == (
        "(\"day\" >= DATE '2013-05-01' AND \"day\" < DATE '2013-06-01') "
        "OR (\"day\" >= DATE '2013-01-01' AND \"day\" < DATE '2013-03-01')"
    )


def test_slices_are_counted_once_though_they_have_several_files_or_are_in_two_ranges() -> None:
    backfill = backfill_of([parse_wish("daily=2013-01..2013-02"), parse_wish("daily=2013-02..")], SliceUnit.MONTH)
    counted = backfill.counted(["2012-12-01", "2013-01-01", "2013-02-01", "2013-02-01", EMPTY])

    assert str(counted) == "2013-01..2013-02, 2013-02.., 2 slices"
    assert str(backfill_of([parse_wish("daily=2013..")], SliceUnit.DAY).counted(["2013-01-01"])) == "2013.., 1 slice"


def test_only_steps_in_slices_of_time_that_are_wanted_have_some_slices_made_anew() -> None:
    assert refused("dayly=2013..") == [
        "backfill dayly=2013..: expected a step of p, found none of that name. Did you mean daily?"
    ]
    assert refused("whole=2013..") == [
        "backfill whole=2013..: expected a step built in slices of time, found whole, built as a whole. "
        "All of it runs anew with: --from whole"
    ]
    assert refused("keyed=2013..") == [
        "backfill keyed=2013..: expected a step built in slices of time, found keyed, built in slices by a key. "
        "All of it runs anew with: --from keyed"
    ]
    assert refused("daily=2013..", names=["keyed"]) == [
        "backfill daily=2013..: expected a step that is selected, found daily, which is not. "
        "Select it too, or leave --select out."
    ]
    assert refused("daily=2013..", is_full=True) == [
        "backfill daily=2013..: expected some slices of a step, or all of it, found --full as well. "
        "Leave one of the two out."
    ]
    assert refused("daily=2013..", starts=["daily"]) == [
        "backfill daily=2013..: expected some slices of a step, or all of it, found daily among what runs anew with "
        "--from. Leave one of the two out."
    ]


def test_some_slices_of_what_did_not_change_are_made_from_the_snapshot_of_the_same_code_and_inputs() -> None:
    world = World()
    world.build(product(), NOW)
    made = world.plan(product(), NOW, selection=wanted("daily=2013-01..2013-03", 3))
    daily = next(d for d in made.decisions if d.step == "daily")

    assert said(made)["daily"] == ("run", "backfill: 2013-01..2013-03, 3 slices")
    assert said(made)["top"] == ("may run", "input will be rebuilt: daily")
    assert said(made)["keyed"] == ("reuse", "nothing changed")
    assert daily.base == (NOW[FLIGHTS], world.last.snapshots["daily"])
    assert daily.snapshot is None
    assert isinstance(daily.backfill, Backfill)


def test_slices_that_changed_are_made_as_well() -> None:
    world = World()
    world.build(product(), NOW)
    made = world.plan(product(), LATER, selection=wanted("daily=2013..2013"))
    daily = next(d for d in made.decisions if d.step == "daily")

    assert said(made)["daily"] == ("run", "backfill: 2013..2013, 1 slice; input changed: sources.flights")
    assert daily.base == (NOW[FLIGHTS], world.last.snapshots["daily"])


def test_what_makes_everything_again_does_so_with_a_backfill_too() -> None:
    world = World()
    world.build(product(), NOW)
    other = product("select 1, * from sources.flights, sources.weather")
    made = world.plan(other, NOW, selection=wanted("daily=2013..2013"))
    daily = next(d for d in made.decisions if d.step == "daily")

    assert said(made)["daily"] == ("run", "backfill: 2013..2013, 1 slice; code changed")
    assert daily.base is None


def test_a_backfill_of_a_step_whose_input_is_still_to_be_made_runs_for_certain() -> None:
    steps = [sql("first", "from sources.flights"), sql("daily", "from first")]
    slicing = Slicing("day", TableRef(None, "first"), "day", SliceUnit.DAY)
    steps[1] = in_slices(steps[1], slicing, PLACE)
    graph = build_graph("p", steps, SOURCES)
    world = World()
    flights = {FLIGHTS: version("flights 1")}
    world.build(graph, flights, AS_OF)
    selection = select(graph, wishes=[parse_wish("daily=2013-01-01..2013-01-02")])
    made = world.plan(graph, {FLIGHTS: version("flights 2")}, AS_OF, selection)

    assert said(made)["daily"][0] == Verb.RUN
    assert said(made)["daily"][1] == "backfill: 2013-01-01..2013-01-02, 0 slices; input will be rebuilt: first"
    assert timedelta(days=2) == (selection.backfills["daily"].spans[0].end - date(2013, 1, 1))

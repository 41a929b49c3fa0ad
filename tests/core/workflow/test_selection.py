"""Which steps a build is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.workflow.selection import Selection, select
from core.workflow.steps import graph

LADDER = graph(a="select 1 as x", b="from a", c="from b", other="select 2 as y", both="from c, other")
ALL = frozenset(LADDER.steps)


def test_all_steps_are_meant_when_none_is_named() -> None:
    assert select(LADDER) == Selection(ALL)


def test_a_named_step_comes_with_what_it_rests_on() -> None:
    assert select(LADDER, ["c"]) == Selection(frozenset("abc"))


def test_a_start_runs_anew_with_what_rests_on_it() -> None:
    assert select(LADDER, starts=["b"]) == Selection(ALL, frozenset({"b", "c", "both"}))


def test_a_start_among_named_steps_runs_anew_as_far_as_these_go() -> None:
    assert select(LADDER, ["c"], ["b"]) == Selection(frozenset("abc"), frozenset("bc"))


def test_all_that_is_wanted_runs_anew() -> None:
    assert select(LADDER, ["b"], is_full=True) == Selection(frozenset("ab"), frozenset("ab"))


def test_unknown_names_are_refused_all_of_them_with_the_nearest() -> None:
    with pytest.raises(AssayError) as refused:
        select(LADDER, ["bot", "c"], ["zzz"])

    assert [str(fault) for fault in refused.value.faults] == [
        "bot: expected a step of p, found none of that name. Did you mean both?",
        "zzz: expected a step of p, found none of that name. See them all with: assay plan p",
    ]


@given(st.sets(st.sampled_from(sorted(ALL))), st.sets(st.sampled_from(sorted(ALL))))
def test_what_is_wanted_is_closed_upwards_and_what_runs_anew_is_wanted(names: set[str], starts: set[str]) -> None:
    found = select(LADDER, sorted(names), sorted(starts))

    assert all(LADDER.above(name) <= found.wanted for name in found.wanted)
    assert starts <= found.anew <= found.wanted
    assert all(LADDER.below([name]) & found.wanted <= found.anew for name in found.anew)


def test_levels_hold_each_step_once_after_all_that_it_rests_on() -> None:
    assert LADDER.levels == (("a", "other"), ("b",), ("c",), ("both",))

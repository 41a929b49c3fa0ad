"""Which run of a schedule is due, from what was said of earlier ones."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.automation.attempts import (
    ON_TIME,
    TRIED_AGAIN,
    Attempt,
    Failure,
    History,
    Wanted,
    awaited_run,
    good_in_a_row,
    wait_after,
    wanted_run,
)
from assay.lifecycle.statements import Result
from assay.project.schedule import Missed, Schedule, moments
from soak import count

DAILY = Schedule("0 6 * * *", 1)
SINCE = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(day: int, hour: int = 6, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def good(moment: datetime, number: int = 1) -> Attempt:
    return Attempt(moment, number, moment + timedelta(minutes=2), Result.PASS)


def bad(moment: datetime, failure: Failure = Failure.UNAVAILABLE, number: int = 1, minutes: int = 2) -> Attempt:
    return Attempt(moment, number, moment + timedelta(minutes=minutes), Result.ERROR, failure)


def wanted(now: datetime, *attempts: Attempt, missed: Missed = Missed.LATEST, retries: int = 3) -> Wanted | None:
    schedule = replace(DAILY, missed=missed, retries=retries)
    return wanted_run(schedule, History(SINCE, attempts), now)


def test_nothing_is_due_before_a_release_is_in_place_nor_before_its_first_moment() -> None:
    assert wanted_run(DAILY, History(None), at(9)) is None
    assert wanted(at(3, 5, 59)) is None
    assert wanted(at(3)) == Wanted(at(3), 1, at(3))


def test_of_missed_moments_the_newest_is_run_and_the_others_are_counted() -> None:
    assert wanted(at(6, 9)) == Wanted(at(6), 1, at(6), skipped=3)
    assert wanted(at(6, 9), good(at(6))) is None


def test_of_all_missed_moments_the_oldest_comes_first_and_none_is_left_out() -> None:
    assert wanted(at(6, 9), missed=Missed.ALL) == Wanted(at(3), 1, at(3))
    assert wanted(at(6, 9), good(at(3)), good(at(4)), missed=Missed.ALL) == Wanted(at(5), 1, at(5))


def test_where_none_is_made_good_a_moment_is_run_within_an_hour_or_not_at_all() -> None:
    assert wanted(at(6, 7), missed=Missed.NONE) == Wanted(at(6), 1, at(6), skipped=3)
    assert wanted(at(6) + ON_TIME + timedelta(seconds=1), missed=Missed.NONE) is None
    assert wanted(at(7), good(at(3)), missed=Missed.NONE) == Wanted(at(7), 1, at(7), skipped=3)


def test_a_clock_that_is_set_back_makes_nothing_due_again() -> None:
    assert wanted(at(3, 5, 30), good(at(3))) is None
    assert wanted(at(3, 6, 30), good(at(3))) is None


@pytest.mark.parametrize("missed", Missed)
def test_what_was_not_there_is_asked_for_again_after_1_2_and_4_minutes_and_then_no_more(missed: Missed) -> None:
    first, second, third = (bad(at(3), number=1), bad(at(3), number=2, minutes=4), bad(at(3), number=3, minutes=7))

    assert wanted(at(3, 6, 2), first, missed=missed) is None
    assert wanted(at(3, 6, 3), first, missed=missed) == Wanted(at(3), 2, at(3, 6, 3))
    assert wanted(at(3, 6, 5), first, second, missed=missed) is None
    assert wanted(at(3, 6, 6), first, second, missed=missed) == Wanted(at(3), 3, at(3, 6, 6))
    assert wanted(at(3, 6, 11), first, second, third, missed=missed) == Wanted(at(3), 4, at(3, 6, 11))
    fourth = bad(at(3), number=4, minutes=12)
    assert wanted(at(3, 23), first, second, third, fourth, missed=missed) is None
    assert awaited_run(DAILY, History(SINCE, (first, second, third, fourth))) is None


def test_waits_double_up_to_an_hour() -> None:
    assert [wait_after(number) // timedelta(minutes=1) for number in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize("failure", set(Failure) - TRIED_AGAIN)
def test_any_other_failure_is_not_tried_again(failure: Failure) -> None:
    assert wanted(at(3, 23), bad(at(3), failure)) is None
    assert wanted(at(4), bad(at(3), failure)) == Wanted(at(4), 1, at(4))


def test_a_failure_of_which_nobody_said_the_kind_is_not_tried_again() -> None:
    assert wanted(at(3, 23), Attempt(at(3), 1, at(3, 6, 1), Result.ERROR)) is None


def test_who_wants_no_retries_gets_none() -> None:
    assert wanted(at(3, 23), bad(at(3)), retries=0) is None


def test_a_newer_moment_takes_the_place_of_one_that_waits_unless_all_are_run() -> None:
    late = bad(at(3), minutes=24 * 60 - 1)

    assert wanted(at(4), late) == Wanted(at(4), 1, at(4))
    assert wanted(at(4), late, missed=Missed.ALL) == Wanted(at(3), 2, at(4))
    assert wanted(at(4, 5, 59), late, missed=Missed.ALL) is None


def test_a_good_run_that_a_person_began_makes_good_what_was_missed_and_one_that_failed_does_not() -> None:
    by_hand = replace(good(at(6, 9)), is_manual=True)
    failed = replace(bad(at(6, 9)), is_manual=True)

    assert wanted(at(6, 10), by_hand) is None
    assert wanted(at(6, 10), bad(at(6)), by_hand) is None
    assert wanted(at(6, 10), failed) == Wanted(at(6), 1, at(6), skipped=3)
    assert wanted(at(6, 10), by_hand, missed=Missed.ALL) == Wanted(at(3), 1, at(3))


def test_a_row_counts_moments_by_their_last_attempts() -> None:
    assert good_in_a_row([good(at(3)), good(at(4))]) == (good(at(3)), good(at(4)))
    assert good_in_a_row([bad(at(3)), good(at(3), 2), good(at(4))]) == (good(at(3), 2), good(at(4)))
    assert good_in_a_row([good(at(3)), bad(at(4)), good(at(5))]) == (good(at(5)),)
    assert good_in_a_row([good(at(3)), bad(at(4))]) == ()


OUTCOMES = st.sampled_from([None, *Failure])


@settings(max_examples=count(usual=200, soak=10_000))
@given(st.sampled_from(Missed), st.integers(0, 3), st.lists(st.tuples(st.integers(1, 2000), OUTCOMES), max_size=60))
def test_however_runs_end_and_whenever_somebody_looks_each_is_run_once_and_in_order(
    missed: Missed, retries: int, looks: list[tuple[int, Failure | None]]
) -> None:
    """Each moment has attempts 1, 2, ... without a gap, later moments come later, and a good one is never repeated."""
    schedule = Schedule("0 */4 * * *", 1, "Europe/Vienna", missed, retries=retries)
    since = now = datetime(2026, 3, 27, 22, tzinfo=UTC)
    made: list[Attempt] = []
    skipped = 0
    for minutes, failure in looks:
        now += timedelta(minutes=minutes)
        run = wanted_run(schedule, History(since, tuple(made)), now)
        if run is None:
            continue
        result = Result.PASS if failure is None else Result.ERROR
        made.append(Attempt(run.moment, run.number, now, result, failure))
        skipped += run.skipped

    for before, after in itertools.pairwise(made):
        if after.moment == before.moment:
            assert after.number == before.number + 1 <= retries + 1
            assert before.failure in TRIED_AGAIN
            assert after.ended >= before.ended + wait_after(before.number)
        else:
            assert after.moment > before.moment
            assert after.number == 1
    ran = {attempt.moment for attempt in made}
    due = list(moments(schedule, since, max(ran, default=since)))
    assert ran <= set(due)
    assert len(ran) + skipped == len(due)
    assert missed is not Missed.ALL or skipped == 0

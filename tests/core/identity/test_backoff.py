"""Back-off: how long an e-mail waits after failures."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.accounts import Attempts
from assay.identity.backoff import attempts_key, must_wait, wait_seconds, with_another
from fakes.identity import DAY, NOW, SECOND


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (1, 0), (4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (16, 900), (10_000_000, 900)],
)
def test_the_fifth_failure_brings_a_second_and_each_further_one_twice_as_much_to_15_minutes(
    failures: int, seconds: int
) -> None:
    assert wait_seconds(failures) == seconds


@given(st.integers(0, 100), st.integers(0, 100))
def test_more_failures_never_bring_a_shorter_wait(one: int, other: int) -> None:
    assert wait_seconds(min(one, other)) <= wait_seconds(max(one, other))


@given(st.integers(0, 40), st.integers(0, 1_000))
def test_a_wait_is_over_when_its_seconds_are(failures: int, after: int) -> None:
    past = Attempts("k", failures, NOW)

    assert must_wait(past, NOW + after * SECOND) is (after < wait_seconds(failures))


def test_who_never_tried_does_not_wait() -> None:
    assert not must_wait(None, NOW)


def test_what_was_tried_more_than_a_day_ago_counts_no_more() -> None:
    past = Attempts("k", 12, NOW, revision=3)

    assert with_another(past, "k", NOW + DAY) == Attempts("k", 13, NOW + DAY, revision=3)
    assert with_another(past, "k", NOW + DAY + SECOND) == Attempts("k", 1, NOW + DAY + SECOND, revision=3)


def test_who_guesses_whenever_they_may_has_about_a_hundred_guesses_a_day() -> None:
    past: Attempts | None = None
    now: datetime = NOW
    guesses = 0
    while now < NOW + DAY:
        past = with_another(past, "k", now)
        guesses += 1
        while must_wait(past, now):
            now += SECOND

    assert guesses < 110


def test_names_are_counted_apart_and_none_can_be_read_from_its_key() -> None:
    keys = {attempts_key(name) for name in ("", "a@x", "b@x", "\ud800")}

    assert len(keys) == 4
    assert {len(key) for key in keys} == {64}

"""What is told when: the table, reminders, what is forgotten, and the hour of the digest."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.actions.told import (
    REMINDED_AFTER_DAYS,
    WHEN,
    Matter,
    Past,
    When,
    last_digest,
    past_of,
    put_off_until,
    to_tell,
    told_then,
)
from assay.base.telling import Told

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)
USUAL, PRESSING = Matter("town:usual", is_pressing=False), Matter("town:pressing", is_pressing=True)
NEWS = Matter("town:news", is_pressing=True, is_news=True)
BERLIN = ZoneInfo("Europe/Berlin")
MATTERS = st.lists(
    st.builds(Matter, st.sampled_from(["a:1", "a:2", "b:1", "b:2"]), st.booleans(), st.booleans()),
    unique_by=lambda matter: matter.key,
)
TOLD = st.dictionaries(
    st.sampled_from(["a:1", "a:2", "b:1", "b:9"]),
    st.builds(Told, st.integers(1, 9), st.dates(TODAY - 30 * DAY, TODAY), st.booleans()),
)


def told(days_ago: int, times: int = 1, *, was_pressing: bool = False) -> Told:
    return Told(times, TODAY - days_ago * DAY, was_pressing)


def test_the_table_has_a_row_for_everything() -> None:
    never = {(Past.BEFORE_DUE, False)}
    assert set(WHEN) == {(past, pressing) for past in Past for pressing in (True, False)} - never


def test_what_presses_is_told_at_once() -> None:
    assert to_tell([USUAL, PRESSING, NEWS], {}, TODAY, is_digest_due=False) == (PRESSING, NEWS)


def test_the_digest_tells_all_that_is_new_in_its_order() -> None:
    assert to_tell([USUAL, PRESSING, NEWS], {}, TODAY, is_digest_due=True) == (USUAL, PRESSING, NEWS)


@pytest.mark.parametrize(
    ("before", "past"),
    [
        (None, Past.NEVER),
        (told(0), Past.LATELY),
        (told(2), Past.LATELY),
        (told(3), Past.LONG_AGO),
        (told(3, times=2), Past.LATELY),
        (told(6, times=2), Past.LATELY),
        (told(7, times=2), Past.LONG_AGO),
        (told(7, times=9), Past.LONG_AGO),
    ],
)
def test_a_reminder_comes_after_three_days_and_then_every_week(before: Told | None, past: Past) -> None:
    assert past_of(USUAL, before, TODAY) is past


def test_what_has_come_due_since_it_was_told_is_told_with_the_digest_of_that_day() -> None:
    before = {PRESSING.key: told(1)}
    assert past_of(PRESSING, before[PRESSING.key], TODAY) is Past.BEFORE_DUE
    assert to_tell([PRESSING], before, TODAY, is_digest_due=False) == ()
    assert to_tell([PRESSING], before, TODAY, is_digest_due=True) == (PRESSING,)


def test_of_news_nobody_is_reminded() -> None:
    assert to_tell([NEWS], {NEWS.key: told(30)}, TODAY, is_digest_due=True) == ()


def test_what_was_answered_is_forgotten_and_new_when_it_comes_back() -> None:
    after = told_then([], [], {USUAL.key: told(1)}, TODAY, lambda key: False)
    assert after == {}
    assert to_tell([USUAL], after, TODAY, is_digest_due=True) == (USUAL,)


def test_nothing_is_forgotten_of_a_project_that_cannot_be_read() -> None:
    before = {"town:1": told(1), "port:1": told(1)}
    assert told_then([], [], before, TODAY, lambda key: key.startswith("town:")) == {"town:1": told(1)}


@given(MATTERS, TOLD, st.booleans())
def test_nothing_is_told_twice_on_one_day(matters: list[Matter], before: dict[str, Told], is_due: bool) -> None:
    chosen = to_tell(matters, before, TODAY, is_digest_due=is_due)
    after = told_then(matters, chosen, before, TODAY, lambda key: False)
    assert not set(to_tell(matters, after, TODAY, is_digest_due=is_due))


@given(MATTERS, TOLD)
def test_nothing_waits_longer_than_a_digest_or_its_reminder(matters: list[Matter], before: dict[str, Told]) -> None:
    chosen = to_tell(matters, before, TODAY, is_digest_due=True)
    for matter in set(matters) - set(chosen):
        days = (TODAY - before[matter.key].day).days
        assert matter.is_news or days < max(REMINDED_AFTER_DAYS)


@given(MATTERS, TOLD, st.booleans())
def test_the_digest_tells_what_would_be_told_at_once_too(
    matters: list[Matter], before: dict[str, Told], is_due: bool
) -> None:
    at_once = to_tell(matters, before, TODAY, is_digest_due=False)
    assert set(at_once) <= set(to_tell(matters, before, TODAY, is_digest_due=True))
    assert all(WHEN[past_of(m, before.get(m.key), TODAY), m.is_pressing] is When.AT_ONCE for m in at_once)


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-03-02T05:59:59+00:00", "2026-03-01T06:00:00+00:00"),
        ("2026-03-02T06:00:00+00:00", "2026-03-02T06:00:00+00:00"),
        ("2026-03-02T23:00:00+00:00", "2026-03-02T06:00:00+00:00"),
        ("2026-03-29T05:00:00+00:00", "2026-03-29T05:00:00+00:00"),
        ("2026-03-29T04:59:00+00:00", "2026-03-28T06:00:00+00:00"),
    ],
)
def test_the_hour_of_the_digest_is_that_of_its_zone_in_summer_and_winter(now: str, last: str) -> None:
    assert last_digest(datetime.fromisoformat(now), 7, BERLIN) == datetime.fromisoformat(last)


@given(st.integers(946_684_800, 4_070_908_800), st.integers(0, 23))
def test_the_last_digest_is_never_to_come_and_never_more_than_a_day_and_an_hour_ago(seconds: int, hour: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert timedelta(0) <= moment - last_digest(moment, hour, BERLIN) <= timedelta(hours=25)


def test_a_channel_is_left_alone_longer_after_each_failure_up_to_an_hour() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert [(put_off_until(now, n) - now).total_seconds() / 60 for n in range(6)] == [1, 5, 15, 60, 60, 60]

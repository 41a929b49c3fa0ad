"""At which moments a schedule runs: known nights in known zones, and laws for all of them."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assay.project.schedule import Schedule, moments, next_moments, zone_of
from soak import count

VIENNA, NEW_YORK, LORD_HOWE = "Europe/Vienna", "America/New_York", "Australia/Lord_Howe"

ODD_YEARS = {
    VIENNA: 2026, NEW_YORK: 2026, LORD_HOWE: 2026, "UTC": 2026, "Asia/Kathmandu": 1986, "Africa/Casablanca": 2026,
    "America/St_Johns": 1990, "America/Havana": 2020, "America/Sao_Paulo": 2015, "Pacific/Apia": 2011,
    "Antarctica/Troll": 2024, "Pacific/Kwajalein": 1993, "America/Caracas": 2016, "Asia/Pyongyang": 2018,
    "Asia/Beirut": 2022, "Africa/Cairo": 2014, "America/Asuncion": 2023,
}  # fmt: skip
"""Zones, and a year in which their clocks did something: half an hour, at midnight, a whole day, a minute after it."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def found(cron: str, zone: str, after: datetime, until: datetime) -> list[datetime]:
    return list(moments(Schedule(cron, 1, zone), after, until))


NIGHTS = [
    # The clock goes from 02:00 to 03:00 on 29 March (01:00 UTC), from 03:00 to 02:00 on 25 October (01:00 UTC).
    (VIENNA, "0 6 * * *", "2026-03-28", ["28 05:00", "29 04:00", "30 04:00"]),
    (VIENNA, "30 2 * * *", "2026-03-28", ["28 01:30", "29 01:00", "30 00:30"]),
    (VIENNA, "*/15 2 * * *", "2026-03-29", ["29 01:00", "30 00:00", "30 00:15", "30 00:30", "30 00:45", "31 00:00",
                                            "31 00:15", "31 00:30", "31 00:45"]),
    (VIENNA, "0 2,3 * * *", "2026-03-29", ["29 01:00", "30 00:00", "30 01:00", "31 00:00", "31 01:00"]),
    (VIENNA, "0 */2 * * *", "2026-03-29T00:30", ["29 01:00", "29 02:00", "29 04:00", "29 06:00"]),
    (VIENNA, "0 * * * *", "2026-03-28T23:30", ["29 00:00", "29 01:00", "29 02:00", "29 03:00"]),
    (VIENNA, "30 2 * * *", "2026-10-24", ["24 00:30", "25 00:30", "26 01:30"]),
    (VIENNA, "30 2 * * *", "2026-10-25T00:30", ["26 01:30", "27 01:30"]),
    (VIENNA, "0 3 * * *", "2026-10-24T12:00", ["25 02:00", "26 02:00"]),
    (VIENNA, "0 */2 * * *", "2026-10-24T23:30", ["25 00:00", "25 03:00", "25 05:00"]),
    (VIENNA, "30 * * * *", "2026-10-24T23:00", ["24 23:30", "25 00:30", "25 01:30", "25 02:30"]),
    (VIENNA, "*/30 * * * *", "2026-10-25T00:15", ["25 00:30", "25 01:00", "25 01:30", "25 02:00"]),
    # From 02:00 to 03:00 on 8 March (07:00 UTC), from 02:00 to 01:00 on 1 November (06:00 UTC).
    (NEW_YORK, "30 2 * * *", "2026-03-07", ["07 07:30", "08 07:00", "09 06:30"]),
    (NEW_YORK, "30 1 * * *", "2026-10-31", ["31 05:30", "01 05:30", "02 06:30"]),
    (NEW_YORK, "0 * * * *", "2026-11-01T04:30", ["01 05:00", "01 06:00", "01 07:00"]),
    # From 02:00 to 02:30 on 4 October (15:30 UTC the day before), from 02:00 to 01:30 on 5 April (15:00 UTC).
    (LORD_HOWE, "15 2 * * *", "2026-10-02T12:00", ["02 15:45", "03 15:30", "04 15:15"]),
    (LORD_HOWE, "45 1 * * *", "2026-04-03T12:00", ["03 14:45", "04 14:45", "05 15:15"]),
    (LORD_HOWE, "0 * * * *", "2026-10-03T14:00", ["03 14:30", "03 16:00", "03 17:00"]),
    # Without changes.
    ("UTC", "0 6 * * 1-5", "2026-03-06", ["06 06:00", "09 06:00", "10 06:00"]),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "cron", "after", "wanted"), NIGHTS)
def test_known_nights(zone: str, cron: str, after: str, wanted: list[str]) -> None:
    came = islice(next_moments(Schedule(cron, 1, zone), at(after)), len(wanted))

    assert [f"{moment:%d %H:%M}" for moment in came] == wanted


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    minute = draw(st.sampled_from(["0", "30", "*/15", "5,35", "59", "*"]))
    hour = draw(st.sampled_from(["*", "0-23", "*/2", "0", "1", "2", "3", "23", "0,1,2", "1-3", "2-22/4"]))
    day = draw(st.sampled_from(["* * *", "* * 1-5", "* * SUN", "1 * *", "29-31 * *", "*/2 * *"]))
    return Schedule(f"{minute} {hour} {day}", 1, draw(st.sampled_from(list(ODD_YEARS))))


@st.composite
def windows(draw: st.DrawFn) -> tuple[Schedule, datetime, datetime]:
    """Give a schedule and some days, mostly such in which the clock of its zone is changed."""
    schedule = draw(schedules())
    zone, year = zone_of(schedule.timezone), ODD_YEARS[schedule.timezone]
    days = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(365)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    changes = [day for day, (one, two) in zip(days, pairwise(offsets), strict=False) if one != two]
    day = draw(st.one_of(*([st.sampled_from(changes)] if changes else []), st.sampled_from(days)))
    after = day + timedelta(minutes=draw(st.integers(-1500, 1600)), seconds=draw(st.sampled_from([0, 1, 59])))
    return schedule, after, after + timedelta(minutes=draw(st.integers(1, 3500)))


MANY = settings(max_examples=count(usual=100, soak=20_000), deadline=None)


@MANY
@given(windows())
def test_moments_are_strictly_increasing_and_in_their_window(window: tuple[Schedule, datetime, datetime]) -> None:
    schedule, after, until = window
    came = list(moments(schedule, after, until))

    assert all(one < two for one, two in pairwise(came))
    assert all(after < moment <= until and moment.utcoffset() == timedelta(0) for moment in came)


@MANY
@given(windows(), st.integers(0, 3500), st.integers(0, 59))
def test_a_window_that_is_split_anywhere_gives_the_same(
    window: tuple[Schedule, datetime, datetime], minutes: int, seconds: int
) -> None:
    schedule, after, until = window
    middle = after + timedelta(minutes=minutes, seconds=seconds)
    assume(middle <= until)

    halves = [*moments(schedule, after, middle), *moments(schedule, middle, until)]

    assert halves == list(moments(schedule, after, until))


@MANY
@given(windows(), st.data())
def test_a_clock_that_is_set_back_gives_nothing_a_second_time(
    window: tuple[Schedule, datetime, datetime], data: st.DataObject
) -> None:
    schedule, after, until = window
    came = list(moments(schedule, after, until))
    assume(came)
    back = timedelta(minutes=data.draw(st.integers(1, 180)))

    again = [*moments(schedule, came[-1], until - back), *moments(schedule, came[-1], until)]

    assert again == []


@MANY
@given(windows())
def test_they_are_those_of_somebody_who_looks_at_the_clock_each_minute(
    window: tuple[Schedule, datetime, datetime],
) -> None:
    schedule, after, until = window

    assert list(moments(schedule, after, until)) == looked_up(schedule, after, until)


def looked_up(schedule: Schedule, after: datetime, until: datetime) -> list[datetime]:
    """Find the moments the slow way: look at each minute what the clock shows, and what it has left out since."""
    zone, minute = zone_of(schedule.timezone), timedelta(minutes=1)
    begin = after.replace(second=0, microsecond=0) - timedelta(days=3)
    looks = [begin + number * minute for number in range(int((until - begin) / minute) + 1)]
    by_hours = len(numbers(schedule.cron.split()[1], range(24))) == 24
    due: list[datetime] = []
    highest = looks[0].astimezone(zone).replace(tzinfo=None)
    for look in looks[1:]:
        shown = look.astimezone(zone).replace(tzinfo=None, fold=0)
        if by_hours:
            new = [shown]
        else:  # the highest that it ever showed, so that what comes twice counts once
            new = [highest + number * minute for number in range(1, int((shown - highest) / minute) + 1)]
            highest = max(highest, shown)
        if any(fits(schedule.cron, each) for each in new):
            due.append(look)
    return [moment for moment in due if after < moment <= until]


def fits(cron: str, shown: datetime) -> bool:
    minute, hour, day, month, weekday = cron.split()
    if shown.minute not in numbers(minute, range(60)) or shown.hour not in numbers(hour, range(24)):
        return False
    names = {"SUN": "0"}
    day_fits = shown.day in numbers(day, range(1, 32))
    weekday_fits = shown.isoweekday() % 7 in numbers(names.get(weekday, weekday), range(7))
    assert month == "*"
    assert day.startswith("*") or weekday == "*"
    return day_fits and weekday_fits


def numbers(field: str, among: range) -> set[int]:
    chosen: set[int] = set()
    for part in field.split(","):
        ends, _, step = part.partition("/")
        first, _, last = ends.partition("-")
        whole = among if ends == "*" else range(int(first), int(last or first) + 1)
        chosen |= set(whole[:: int(step or 1)])
    return chosen


def test_a_zone_that_is_none_is_told_from_a_machine_that_knows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert zone_of("UTC") is UTC
    assert zone_of(VIENNA) == ZoneInfo(VIENNA)
    with pytest.raises(ValueError, match="a time zone by its IANA name, as Europe/Vienna"):
        zone_of("Europe/Wien")

    before = zoneinfo.TZPATH
    monkeypatch.setitem(__import__("sys").modules, "tzdata", None)
    try:
        zoneinfo.reset_tzpath(to=[])
        ZoneInfo.clear_cache()
        assert zone_of("UTC") is UTC
        with pytest.raises(ValueError, match="a machine that knows time zones: install"):
            zone_of(VIENNA)
    finally:
        zoneinfo.reset_tzpath(to=before)

"""Schedules: at which moments production is refreshed, in which time zone, and what becomes of one that was missed.

A schedule that runs in every hour of the day goes by real hours. Every other one goes by the clock on the wall: a
moment that the clock leaves out comes right after the hour that is missing, one that it shows twice comes the first
time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim

COORDINATED = "UTC"
"""The zone of whoever names none."""

_HOURS = frozenset(range(24))
_SECOND = timedelta(seconds=1)
_LOOK = timedelta(hours=6)
"""No zone changes its offset twice in so short a time."""
_AHEAD = timedelta(days=5 * 366)
"""So far next moments are looked for; 29 February comes within it."""
_PROBE = "Europe/London"


class Missed(StrEnum):
    """What becomes of moments that passed while nobody was at work."""

    LATEST = "latest"
    """The newest one is run, as soon as somebody is; older ones are skipped and counted."""
    ALL = "all"
    """Each is run, in its order."""
    NONE = "none"
    """None is run: only the newest, and only while it is not long ago."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When production is refreshed.

    Attributes:
        cron: five fields.
        soak_runs: how many scheduled runs must succeed before the schedule counts as soaked.
        timezone: the IANA name of the zone whose clock the fields speak of.
        missed: what becomes of moments that were missed.
        missed_per_turn: where each missed one is run, so many before anything else gets its turn.
        retries: how often a run is tried again that failed because something was not there.
        timeout_seconds: so long a run may take; None for as long as it needs.
    """

    cron: str
    soak_runs: int
    timezone: str = COORDINATED
    missed: Missed = Missed.LATEST
    missed_per_turn: int = 10
    retries: int = 3
    timeout_seconds: float | None = None


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its IANA name.

    Raises:
        ValueError: there is no such zone, or the machine has no database of them; the message says what was expected.
    """
    if name == COORDINATED:
        return UTC
    if _is_zone(name):
        return ZoneInfo(name)
    if not _is_zone(_PROBE):
        raise ValueError("a machine that knows time zones: install its package tzdata, or `pip install tzdata`")
    raise ValueError("a time zone by its IANA name, as Europe/Vienna, or UTC")


def moments(schedule: Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    """Give the moments of a schedule in UTC, each later than the one before.

    Args:
        schedule: whose.
        after: the first one is later than this.
        until: the last one is not later than this.

    Raises:
        ValueError: as in `zone_of`.
    """
    zone = zone_of(schedule.timezone)
    goes_by_hours = CronSim(schedule.cron, datetime(2000, 1, 1)).hours >= _HOURS  # noqa: DTZ001  # on a wall
    found = _by_hours(schedule.cron, zone, after, until) if goes_by_hours else _by_the_wall(schedule.cron, zone, after)
    newest = after.astimezone(UTC)
    for moment in found:
        if moment > until:
            return
        if moment > newest:  # a missing hour may move several to one moment
            newest = moment
            yield moment


def next_moments(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Give the moments of a schedule that come next, in UTC, some years ahead."""
    return moments(schedule, after, after + _AHEAD)


def _by_the_wall(cron: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    for shown in CronSim(cron, after.astimezone(zone).replace(tzinfo=None)):
        yield _first_shown(shown, zone)


def _first_shown(shown: datetime, zone: tzinfo) -> datetime:
    """Return the first moment at which a zone's clock shows something; where it never does, when it goes past it."""
    moment = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) == shown:
        return moment
    return _change(zone, shown.replace(tzinfo=zone, fold=1).astimezone(UTC), moment)


def _by_hours(cron: str, zone: tzinfo, after: datetime, until: datetime) -> Iterator[datetime]:
    """Go from one change of the zone's offset to the next; between two of them its clock goes evenly."""
    begin = after.astimezone(UTC)
    while True:
        end = _next_change(zone, begin + _SECOND, until)
        offset = (begin + _SECOND).astimezone(zone).utcoffset()
        assert offset is not None
        for shown in CronSim(cron, begin.replace(tzinfo=None) + offset):
            moment = shown.replace(tzinfo=UTC) - offset
            if moment > until or (end is not None and moment >= end):
                break
            yield moment
        if end is None:
            return
        begin = end - _SECOND


def _next_change(zone: tzinfo, begin: datetime, until: datetime) -> datetime | None:
    offset = begin.astimezone(zone).utcoffset()
    while begin < until:
        end = begin + _LOOK
        if end.astimezone(zone).utcoffset() != offset:
            return _change(zone, begin, end)
        begin = end
    return None


def _change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """Find the second at which a zone changes its offset between two moments."""
    offset = after.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + middle * _SECOND).astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return before + high * _SECOND


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

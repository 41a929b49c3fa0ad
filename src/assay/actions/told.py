"""Told: what is told to somebody now, what later, what not again. One table and pure functions over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from assay.base.telling import Told


@dataclass(frozen=True, slots=True)
class Matter:
    """Something to tell a person.

    Attributes:
        key: what it is, the same as long as it is the same; it begins with the project's name and a colon.
        is_pressing: whether it is due today or overdue, or answers something that they waited for.
        is_news: whether there is nothing to do about it, so that it is told once.
    """

    key: str
    is_pressing: bool
    is_news: bool = False


class Past(StrEnum):
    """How a matter was told until today."""

    NEVER = "never"
    BEFORE_DUE = "before it was due"
    LONG_AGO = "long ago"
    LATELY = "lately"


class When(StrEnum):
    """When a matter is told."""

    AT_ONCE = "at once"
    WITH_DIGEST = "with the next digest"
    NOT = "not now"


WHEN: dict[tuple[Past, bool], When] = {
    (Past.NEVER, True): When.AT_ONCE,
    (Past.NEVER, False): When.WITH_DIGEST,
    (Past.BEFORE_DUE, True): When.WITH_DIGEST,  # it comes due at midnight, and nobody is to be woken for it
    (Past.LONG_AGO, True): When.WITH_DIGEST,
    (Past.LONG_AGO, False): When.WITH_DIGEST,
    (Past.LATELY, True): When.NOT,
    (Past.LATELY, False): When.NOT,
}
"""By how it was told, and whether it is pressing."""

REMINDED_AFTER_DAYS: tuple[int, int] = (3, 7)
"""So long after it was told first a matter is told again, and so long after every later time."""

NEWS_DAYS = 3
"""What happened longer ago is no news."""

PUT_OFF_MINUTES: tuple[int, ...] = (1, 5, 15, 60)
"""So long a channel is left alone after the first failure in a row, the second and so on; the last stays."""


def past_of(matter: Matter, told: Told | None, today: date) -> Past:
    """Say how a matter was told until today; ``told`` is None where it never was."""
    if told is None:
        return Past.NEVER
    if matter.is_news:
        return Past.LATELY
    if matter.is_pressing and not told.was_pressing:
        return Past.BEFORE_DUE
    days = REMINDED_AFTER_DAYS[0 if told.times == 1 else 1]
    return Past.LONG_AGO if (today - told.day).days >= days else Past.LATELY


def to_tell(
    matters: Sequence[Matter], told: Mapping[str, Told], today: date, *, is_digest_due: bool
) -> tuple[Matter, ...]:
    """Return what is to be told now, in the order in which it was given.

    Args:
        matters: everything that there is to tell a person.
        told: what they were told, by key.
        today: the day, where the digest's hour is counted.
        is_digest_due: whether the hour of the digest has come since the last one.
    """
    now = {When.AT_ONCE, When.WITH_DIGEST} if is_digest_due else {When.AT_ONCE}
    return tuple(m for m in matters if WHEN[past_of(m, told.get(m.key), today), m.is_pressing] in now)


def told_then(
    matters: Sequence[Matter],
    chosen: Sequence[Matter],
    told: Mapping[str, Told],
    today: date,
    is_unread: Callable[[str], bool],
) -> dict[str, Told]:
    """Return what is remembered once the chosen matters were told.

    What does not wait any more is forgotten, so that it is new when it comes back.

    Args:
        matters: everything that there is to tell.
        chosen: what of it was told now.
        told: what was told before.
        today: the day.
        is_unread: whether a key is of a project that could not be read, of which nothing is forgotten.
    """
    waiting = {matter.key for matter in matters}
    kept = {key: past for key, past in told.items() if key in waiting or is_unread(key)}
    before = {matter.key: kept[matter.key].times if matter.key in kept else 0 for matter in chosen}
    return kept | {m.key: Told(before[m.key] + 1, today, m.is_pressing) for m in chosen}


def last_digest(now: datetime, hour: int, zone: tzinfo) -> datetime:
    """Return when the hour of the digest came last, in UTC.

    Args:
        now: the moment, with its zone.
        hour: of the day, 0 to 23.
        zone: whose hours are meant.
    """
    here = now.astimezone(zone)
    today = here.replace(hour=hour, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
    if today <= now:
        return today
    yesterday = here.replace(hour=hour, minute=0, second=0, microsecond=0, fold=0) - timedelta(days=1)
    return yesterday.astimezone(UTC)


def put_off_until(now: datetime, failures: int) -> datetime:
    """Return when a channel is tried again that failed so often in a row before this time."""
    return now + timedelta(minutes=PUT_OFF_MINUTES[min(failures, len(PUT_OFF_MINUTES) - 1)])

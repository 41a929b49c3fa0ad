"""Attempts: which run of a schedule is due, from what the node has said of its runs and nothing else; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby, islice

from assay.base.roles import Holder
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import GOOD, Kind, Result, Statement, parse_time
from assay.project.schedule import Missed, Schedule, moments

ON_TIME = timedelta(hours=1)
"""Where no missed moment is run, one counts as missed when so much time has passed."""

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)


class Failure(StrEnum):
    """Why a run failed; what is done next depends on it."""

    UNAVAILABLE = "unavailable"
    """Something was not there: a source, a delivery, room on a disk, a database, or somebody else was at work."""
    CHECKS = "checks"
    """The data is there, and it is not as it was promised."""
    PAGES = "pages"
    """The data is served, and a page does not show it."""
    TIMEOUT = "timeout"
    """It took longer than it may."""
    ERROR = "error"
    """A step failed, or anything else that nobody but a person can mend."""


TRIED_AGAIN = frozenset({Failure.UNAVAILABLE})
"""Whatever else it was, the next attempt would end as this one did."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A run that was made, as its statement says.

    Attributes:
        moment: of the schedule, for which it was made; of one that a person began, when that was.
        number: 1 for the first one at this moment.
        ended: when.
        failure: why it failed; None for one that did not, and for one of which nobody said.
        is_manual: whether a person began it.
    """

    moment: datetime
    number: int
    ended: datetime
    result: Result
    failure: Failure | None = None
    is_manual: bool = False

    @property
    def is_good(self) -> bool:
        """Whether its data is served."""
        return self.result in GOOD


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a release's runs.

    Attributes:
        since: from when on its schedule is active; None for not yet.
        attempts: since then, in the order in which they ended.
    """

    since: datetime | None
    attempts: tuple[Attempt, ...] = ()

    @property
    def scheduled(self) -> tuple[Attempt, ...]:
        """Those that no person began."""
        return tuple(attempt for attempt in self.attempts if not attempt.is_manual)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A run that is to be made: for which moment, as which attempt, from when on, and how many moments are left out."""

    moment: datetime
    number: int
    not_before: datetime
    skipped: int = 0


def history_of(record: Record, release: Release, schedule: Schedule) -> History:
    """Read what the node said of a release: when it was put in place, and how it ran since.

    Being put in place anew ends what was waiting to be tried again. Where all missed moments are run, those for which
    another release ran before a rollback are not among them.
    """
    since: datetime | None = None
    attempts: list[Attempt] = []
    for signed in record.statements:
        said = signed.statement
        if said.holder is not Holder.NODE:  # nobody else says how production ran
            continue
        is_return = said.kind is Kind.ROLLED_BACK and said.details.get("to") == release.id
        if is_return and schedule.missed is Missed.ALL:
            since, attempts = max(since or said.at, said.at), []
        if said.release != release.id:
            continue
        if said.kind in (Kind.POPULATED, Kind.RELEASED):
            since = max([said.at, *([since] if since else []), *(a.moment for a in attempts if not a.is_manual)])
            attempts = []
        elif said.kind is Kind.RAN:
            attempts.append(attempt_of(said))
    return History(since, tuple(attempts))


def attempt_of(said: Statement) -> Attempt:
    """Read a statement about a run; those of before attempts were counted were all first ones."""
    details = said.details
    failure = details.get("failure")
    return Attempt(
        parse_time(details["slot"]), details.get("attempt", 1), said.at, said.result or Result.ERROR,
        Failure(failure) if failure in list(Failure) else None, details.get("manual", False),
    )  # fmt: skip


def wanted_run(schedule: Schedule, history: History, now: datetime) -> Wanted | None:
    """Say which run is due now, if any; where all missed moments are run, the oldest one.

    Args:
        schedule: of the release.
        history: of the release.
        now: the present moment; a clock that was set back makes nothing due that was run.
    """
    if history.since is None:
        return None
    again = awaited_run(schedule, history)
    if again is not None and schedule.missed is Missed.ALL:  # the moments after it have to wait for it
        return again if now >= again.not_before else None
    missed = _missed(schedule, history, now)
    if missed and (schedule.missed is not Missed.NONE or now - missed[-1] <= ON_TIME):
        moment = missed[0] if schedule.missed is Missed.ALL else missed[-1]
        skipped = 0 if schedule.missed is Missed.ALL else len(missed) - 1
        return Wanted(moment, 1, moment, skipped)
    return again if again is not None and now >= again.not_before else None


def awaited_run(schedule: Schedule, history: History) -> Wanted | None:
    """Return the next attempt at the newest moment, if there is to be one, now or later."""
    if not history.scheduled:
        return None
    newest = max(attempt.moment for attempt in history.scheduled)
    last = [attempt for attempt in history.scheduled if attempt.moment == newest][-1]
    if last.is_good or last.failure not in TRIED_AGAIN or last.number > schedule.retries:
        return None
    if newest <= _covered(schedule, history):
        return None
    return Wanted(newest, last.number + 1, last.ended + wait_after(last.number))


def wait_after(number: int) -> timedelta:
    """Say how long to wait after a failed attempt: 1, 2, 4 ... minutes, an hour at most."""
    return min(_FIRST_WAIT * (1 << (number - 1)), _LONGEST_WAIT)


def good_in_a_row(attempts: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """Return the newest moments that ended well, each by its last attempt, up to the last one that did not."""
    lasts = [list(several)[-1] for _, several in groupby(attempts, key=lambda attempt: attempt.moment)]
    return tuple(_until_bad(lasts))[::-1]


def _until_bad(lasts: Sequence[Attempt]) -> Iterator[Attempt]:
    for last in reversed(lasts):
        if not last.is_good:
            return
        yield last


def _missed(schedule: Schedule, history: History, now: datetime) -> list[datetime]:
    """List the moments that were never run; where all are run, the oldest alone is looked for."""
    assert history.since is not None
    after = max([history.since, _covered(schedule, history), *(attempt.moment for attempt in history.scheduled)])
    return list(islice(moments(schedule, after, now), 1 if schedule.missed is Missed.ALL else None))


def _covered(schedule: Schedule, history: History) -> datetime:
    """Return up to when a run that a person began has made good what was missed: where one run is enough for that."""
    assert history.since is not None
    covering = () if schedule.missed is Missed.ALL else history.attempts
    return max((one.moment for one in covering if one.is_manual and one.is_good), default=history.since)

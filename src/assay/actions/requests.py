"""The requests with what became of each, in plain words: recorded, in work, waiting, delivered, cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from assay.actions.home import Home
from assay.actions.request import request_named
from assay.actions.status import Task, all_tasks, overview, standing_remembered
from assay.actions.timeline import name_of
from assay.base.roles import Action, Roster
from assay.lifecycle.record import Record, Release, Request

_NODE = "node"
_SHOWN = 2
"""How many of those who can act are named; the others are counted."""


class Became(StrEnum):
    """What became of a request."""

    RECORDED = "recorded"
    IN_WORK = "in work"
    WAITING = "waiting"
    DELIVERED = "delivered"
    ROLLED_BACK = "rolled back"
    CANCELLED = "cancelled"


_OVER = frozenset({Became.DELIVERED, Became.CANCELLED})
"""What is not due any more."""


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request in a line.

    Attributes:
        title: as it was asked; empty where a statement from elsewhere has none.
        became: what became of it.
        words: the same in a sentence's words: in work in R-0002 since 12 Mar 2026.
        release: the id of the release that the words speak of; None where there is none.
        needed_by: None where a statement from elsewhere has no day.
        due: ``overdue by 3 days``, ``due today``, ``due in 5 days``; empty for what is over or has no day.
        is_overdue: whether the day is past and nothing was delivered.
    """

    request: Request
    title: str
    became: Became
    words: str
    release: str | None
    needed_by: date | None
    due: str
    is_overdue: bool


def request_lines(home: Home) -> tuple[RequestLine, ...]:
    """Say of every request what became of it, in the order in which they were asked.

    Raises:
        AssayError: who looks is known and has no role.
    """
    _let_in(home)
    record = home.load().record
    answers: dict[str, list[Release]] = {}
    for release in record.releases.values():
        for request_id in release.requests:
            answers.setdefault(request_id, []).append(release)
    waits = {line.release.id: line.waits_for for line in overview(home).releases}
    return tuple(_line(home, record, q, answers.get(q.id, ()), waits) for q in record.requests.values())


def request_line(home: Home, request_id: str) -> RequestLine:
    """Say of one request what became of it.

    Raises:
        AssayError: there is no such request, or who looks is known and has no role.
    """
    _let_in(home)
    record = home.load().record
    request = request_named(record.requests.values(), request_id)
    answers = [release for release in record.releases.values() if request_id in release.requests]
    open_ones = [release for release in answers if release.released is None and release.cancelled is None]
    waits = {release.id: all_tasks(standing_remembered(home, record, release)) for release in open_ones}
    return _line(home, record, request, answers, waits)


def _let_in(home: Home) -> None:
    """Let nobody look who is known and has no role; at a terminal, without a key, who has the files may look."""
    if home.person is not None:
        home.authorised(Action.LEDGER_READ)


def due_words(needed_by: date, today: date) -> str:
    """Say how long something has, or how late it is."""
    days = (needed_by - today).days
    if days == 0:
        return "due today"
    number = f"{abs(days):,} day" + ("" if abs(days) == 1 else "s")
    return f"due in {number}" if days > 0 else f"overdue by {number}"


def _line(
    home: Home, record: Record, request: Request, answers: Sequence[Release], waits: Mapping[str, Sequence[Task]]
) -> RequestLine:
    became, words, release = _became(record, request, answers, waits)
    needed_by, today = day_of(request), home.now().date()
    is_due = needed_by is not None and became not in _OVER
    return RequestLine(
        request=request,
        title=str(request.fields.get("title", "")),
        became=became,
        words=words,
        release=release,
        needed_by=needed_by,
        due=due_words(needed_by, today) if needed_by is not None and is_due else "",
        is_overdue=needed_by is not None and is_due and needed_by < today,
    )


def _became(
    record: Record, request: Request, releases: Sequence[Release], waits: Mapping[str, Sequence[Task]]
) -> tuple[Became, str, str | None]:
    """Say what became of a request: the newest delivery counts, then the newest work, then what was taken back."""
    if request.cancelled is not None:
        return Became.CANCELLED, f"cancelled: {request.cancelled}", None
    newest = tuple(reversed(releases))
    for release in newest:
        if release.released is not None and release.rolled_back is None:
            at = release.released.statement.at
            return Became.DELIVERED, f"delivered with version {release.version} on {at:%d %b %Y}", release.id
    for release in newest:
        if release.released is None and release.cancelled is None:
            return _in_work(record, release, waits.get(release.id, ()))
    for release in newest:
        if release.rolled_back is not None:
            said = release.rolled_back.statement
            words = f"version {release.version} was rolled back on {said.at:%d %b %Y}"
            return Became.ROLLED_BACK, f"{words}: {said.reason}" if said.reason else words, release.id
    return Became.RECORDED, f"recorded on {request.at:%d %b %Y}, not in work yet", None


def _in_work(record: Record, release: Release, waits: Sequence[Task]) -> tuple[Became, str, str]:
    words = f"in work in {release.id} since {release.at:%d %b %Y}"
    first = next(iter(waits), None)
    if first is None or not first.who:
        return Became.IN_WORK, words, release.id
    if first.who == (_NODE,):
        return Became.WAITING, f"{words}, waiting for the production machine", release.id
    return Became.WAITING, f"{words}, waiting for {_people(record.roster, first.who)} to {first.step.words}", release.id


def _people(roster: Roster, who: Sequence[str]) -> str:
    names = [name_of(roster, email) for email in who]
    more = f" or {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return " or ".join(names[:_SHOWN]) + more


def day_of(request: Request) -> date | None:
    """Return the day on which a request is needed; None where a statement from elsewhere names none."""
    try:
        return date.fromisoformat(str(request.fields.get("needed_by", "")))
    except ValueError:
        return None

"""The requests with what became of each, in plain words: recorded, in work, waiting, delivered, cancelled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from assay.actions.home import Home
from assay.actions.paging import PageOf, page_of
from assay.actions.request import request_named
from assay.actions.standings import EVERY_RELEASE, Answer
from assay.actions.status import tasks_remembered
from assay.actions.tasks import Task
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


OVER = frozenset({Became.DELIVERED, Became.CANCELLED})
"""What is not due any more; what was rolled back is due again."""


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


class Which(StrEnum):
    """Which requests are looked at: those that are due still, those that are not, or all."""

    OPEN = "open"
    OVER = "over"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for among the requests.

    Attributes:
        which: of them.
        product: the name of the product that it was asked of; None for any.
        text: stands somewhere in the id or the title, in any case.
    """

    which: Which = Which.OPEN
    product: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class RequestsPage:
    """One page of the requests that were looked for.

    Attributes:
        lines: newest first; among all of them, what is open stands before what is over.
        counts: how many of that product and text there are of which.
    """

    lines: PageOf[RequestLine]
    counts: Mapping[Which, int]


PAGE = 50


def requests_page(home: Home, sought: Sought, number: int = 1) -> RequestsPage:
    """Look for requests, and say what became of those on one page.

    Args:
        home: opened for whoever looks.
        sought: what for.
        number: of the page, from 1.

    Raises:
        AssayError: who looks is known and has no role.
    """
    _let_in(home)
    record = home.load().record
    answered = _answered(home, record)
    fitting = _newest_of(record, sought)
    over = [request for request in fitting if request.id in answered.over]
    due = [request for request in fitting if request.id not in answered.over]
    found = {Which.OPEN: due, Which.OVER: over, Which.ALL: [*due, *over]}
    page = page_of(found[sought.which], number, PAGE, lambda request: request)
    return RequestsPage(
        page.each(_liner(home, record, answered, page.items)),
        {which: len(requests) for which, requests in found.items()},
    )


def _newest_of(record: Record, sought: Sought) -> list[Request]:
    """Return the requests of a product and with a text, the newest first."""
    product, text = sought.product, sought.text.strip().lower()
    found: Iterable[Request] = reversed(tuple(record.requests.values()))
    if product is not None:
        found = (request for request in found if request.product == product)
    if text:
        found = (request for request in found if text in request.id.lower() or text in _title(request).lower())
    return list(found)


def request_lines(home: Home) -> tuple[RequestLine, ...]:
    """Say of every request what became of it, in the order in which they were asked.

    Raises:
        AssayError: who looks is known and has no role.
    """
    _let_in(home)
    record = home.load().record
    requests = tuple(record.requests.values())
    return tuple(map(_liner(home, record, _answered(home, record), requests), requests))


def request_line(home: Home, request_id: str) -> RequestLine:
    """Say of one request what became of it.

    Raises:
        AssayError: there is no such request, or who looks is known and has no role.
    """
    _let_in(home)
    record = home.load().record
    request = request_named(record.requests, request_id)
    return _liner(home, record, _answered(home, record), (request,))(request)


@dataclass(frozen=True, slots=True)
class _Answered:
    """Which releases answer the requests of a record.

    Attributes:
        by: ids of the releases that answer a request, by its id, in the order in which they were opened.
        over: the requests that are not due any more.
    """

    by: Mapping[str, Sequence[str]]
    over: frozenset[str]


def _answered(home: Home, record: Record) -> _Answered:
    """Return what answers what; it is remembered, for it changes seldom and is asked for with every page."""
    return home.standings.remember(home, record, _Answered, "", lambda: _find_answers(record))


def _find_answers(record: Record) -> Answer[_Answered]:
    by: dict[str, list[str]] = {}
    for release in record.releases.values():
        for name in release.requests:
            by.setdefault(name, []).append(release.id)
    over = (r.id for r in record.requests.values() if _is_over(r, (record.releases[n] for n in by.get(r.id, ()))))
    return Answer(_Answered(by, frozenset(over)), frozenset({EVERY_RELEASE}))


def _is_over(request: Request, releases: Iterator[Release]) -> bool:
    return request.cancelled is not None or any(_is_delivered(release) for release in releases)


def _is_delivered(release: Release) -> bool:
    return release.released is not None and release.rolled_back is None


def _liner(
    home: Home, record: Record, answered: _Answered, requests: Sequence[Request]
) -> Callable[[Request], RequestLine]:
    """Return what says of each of some requests what became of it."""

    def releases_of(request: Request) -> list[Release]:
        return [record.releases[name] for name in answered.by.get(request.id, ())]

    newest = {release.id: release for request in requests if (release := _in_work(releases_of(request)))}
    waits = tasks_remembered(home, record, newest.values())
    return lambda request: _line(home, record, request, releases_of(request), waits)


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
    is_due = needed_by is not None and became not in OVER
    return RequestLine(
        request=request,
        title=_title(request),
        became=became,
        words=words,
        release=release,
        needed_by=needed_by,
        due=due_words(needed_by, today) if needed_by is not None and is_due else "",
        is_overdue=needed_by is not None and is_due and needed_by < today,
    )


def _title(request: Request) -> str:
    return str(request.fields.get("title", ""))


def _became(
    record: Record, request: Request, releases: Sequence[Release], waits: Mapping[str, Sequence[Task]]
) -> tuple[Became, str, str | None]:
    """Say what became of a request: the newest delivery counts, then the newest work, then what was taken back."""
    if request.cancelled is not None:
        return Became.CANCELLED, f"cancelled: {request.cancelled}", None
    newest = tuple(reversed(releases))
    for release in newest:
        if release.released is not None and _is_delivered(release):
            at = release.released.statement.at
            return Became.DELIVERED, f"delivered with version {release.version} on {at:%d %b %Y}", release.id
    at_work = _in_work(releases)
    if at_work is not None:
        return _waiting(record, at_work, waits[at_work.id])
    for release in newest:
        if release.rolled_back is not None:
            said = release.rolled_back.statement
            words = f"version {release.version} was rolled back on {said.at:%d %b %Y}"
            return Became.ROLLED_BACK, f"{words}: {said.reason}" if said.reason else words, release.id
    return Became.RECORDED, f"recorded on {request.at:%d %b %Y}, not in work yet", None


def _in_work(releases: Sequence[Release]) -> Release | None:
    """Return the newest of some releases that is on its way; None where none is, or where a delivery says more."""
    if any(map(_is_delivered, releases)):
        return None
    return next((r for r in reversed(releases) if r.released is None and r.cancelled is None), None)


def _waiting(record: Record, release: Release, waits: Sequence[Task]) -> tuple[Became, str, str]:
    words = f"in work in {release.id} since {release.at:%d %b %Y}"
    first = next(iter(waits), None)
    if first is None or not first.who:
        return Became.IN_WORK, words, release.id
    if first.who == (_NODE,):
        return Became.WAITING, f"{words}, waiting for the production machine", release.id
    return Became.WAITING, f"{words}, waiting for {_people(record.roster, first.who)} to {first.step.words}", release.id


def _people(roster: Roster, who: Sequence[str]) -> str:
    more = f" or {len(who) - _SHOWN} more" if len(who) > _SHOWN else ""
    return " or ".join(name_of(roster, email) for email in who[:_SHOWN]) + more


def day_of(request: Request) -> date | None:
    """Return the day on which a request is needed; None where a statement from elsewhere names none."""
    try:
        return date.fromisoformat(str(request.fields.get("needed_by", "")))
    except ValueError:
        return None

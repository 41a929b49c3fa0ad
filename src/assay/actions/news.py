"""News: what happened to what somebody asked for, told once to whoever waits for it; nothing is to be done about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from assay.actions.conversation import comments_on
from assay.actions.errands import Errand, key_of
from assay.actions.home import Home
from assay.actions.told import NEWS_DAYS, Matter
from assay.base.roles import Person
from assay.lifecycle.record import Record, Release, Request
from assay.lifecycle.statements import Kind, Statement

WORDS: dict[Kind, str] = {
    Kind.CANCELLED: "It was cancelled",
    Kind.OPENED: "Somebody has begun with it",
    Kind.RELEASED: "It is released: production serves it",
    Kind.ROLLED_BACK: "It was taken back: production serves the version before",
    Kind.COMMENTED: "Somebody wrote to you about it",
}
"""Kind of what happened to what to say of it."""
_ANSWERS = WORDS.keys() - {Kind.OPENED}
"""What they waited for, and is told at once."""


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that happened to a request: what, by whom and when."""

    kind: Kind
    by: str
    at: datetime
    name: str


def news_for(home: Home, person: Person) -> Iterator[Errand]:
    """Give what others did lately about what somebody asked for or wrote about, in the order of the requests."""
    record = home.load().record
    since = home.now() - timedelta(days=NEWS_DAYS)
    for request in record.requests.values():
        for event in _events(record, request, person):
            if event.by != person.email and event.at >= since:
                yield _errand(home, record, person, request, event)


def _events(record: Record, request: Request, person: Person) -> Iterator[_Event]:
    comments = [signed.statement for signed in comments_on(record, request.id)]
    is_asker = request.by == person.email
    if is_asker:
        yield from _steps(record, request)
    wrote = next((said.at for said in comments if said.signer == person.email), None)
    began = request.at if is_asker else wrote
    for said in comments:
        if began is not None and said.at >= began:
            yield _event(said, request.id)


def _steps(record: Record, request: Request) -> Iterator[_Event]:
    """Give what became of a request, and of the releases that answer it."""
    if request.cancelled is not None:
        said = (s.statement for s in record.of(f"request:{request.id}") if s.statement.kind is Kind.CANCELLED)
        yield from (_event(one, request.id) for one in said if one.reason == request.cancelled)
    for release in record.releases_of(request.product):
        if request.id in release.requests:
            yield from _release_steps(release)


def _release_steps(release: Release) -> Iterator[_Event]:
    yield _Event(Kind.OPENED, release.by, release.at, release.id)
    for signed in (release.released, release.rolled_back):
        if signed is not None:
            yield _event(signed.statement, release.id)


def _event(said: Statement, name: str) -> _Event:
    return _Event(said.kind, said.signer, said.at, name)


def _errand(home: Home, record: Record, person: Person, request: Request, event: _Event) -> Errand:
    project = home.project.name
    release = record.releases.get(event.name)
    place = "releases" if release else "requests"
    title = str(request.fields.get("title") or request.id)
    who = record.roster.person(event.by)
    key = key_of(project, person.email, request.id, event.name, str(event.kind), event.at.isoformat(), event.by)
    return Errand(
        project=project,
        page=f"/p/{project}/{place}/{event.name}",
        heading=f"{title} ({request.id})",
        words=WORDS[event.kind],
        today=home.now().date(),
        matters=(("", Matter(key, is_pressing=event.kind in _ANSWERS, is_news=True)),),
        checked=(f"{who.name if who else event.by}, {event.at:%-d %b %Y, %H:%M} UTC",),
    )

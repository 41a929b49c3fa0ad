"""The timeline of a request or a release: its comments and what happened to it, in time's order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from assay.actions.conversation import (
    COMMENT,
    Erasure,
    check_name,
    comments_on,
    erasures,
    signer_may,
    words_of,
)
from assay.actions.home import Home
from assay.base.canonical import Digest
from assay.base.roles import Action, Roster
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import Kind

NOT_HERE = "text not here"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said or happened.

    Attributes:
        at: when it was signed, in UTC.
        who: e-mail of the person, or name of the node.
        name: of the person, as the roster has it; the same as ``who`` where it has none.
        kind: of the statement behind it.
        told: what happened, to be read after the name: ``commented``, ``opened R-0002``.
        text: what was said with it; empty for nothing. Of a comment None where the text is not to be had.
        missing: why it is not, in words; empty where it is.
        erasure: of a comment that was erased; None for all else.
        comment: the digest of a comment's statement, by which it can be erased; None for what is no comment.
    """

    at: datetime
    who: str
    name: str
    kind: Kind
    told: str
    text: str | None = ""
    missing: str = ""
    erasure: Erasure | None = None
    comment: Digest | None = None


def timeline(home: Home, name: str) -> tuple[Entry, ...]:
    """Return the conversation about a request or a release, oldest first.

    Args:
        home: the reader's; they need a role.
        name: ``Q-0001``, which shows what became of every release that answers it, or ``R-0001``.

    Raises:
        AssayError: the person may not read the ledger, or there is no such request or release.
    """
    home.authorised(Action.LEDGER_READ)
    record = home.load().record
    check_name(record, name)
    entries = [*_happenings(record, name), *_comments(home, record, name)]  # what is of one second stays in this order
    return tuple(sorted(entries, key=lambda entry: entry.at))


def name_of(roster: Roster, who: str) -> str:
    """Return a person's name; the same text for a node, and for whoever is not on the roster."""
    person = roster.person(who)
    return who if person is None else person.name


def _comments(home: Home, record: Record, name: str) -> Iterator[Entry]:
    erased = erasures(record, COMMENT + name)
    for signed in comments_on(record, name):
        said = signed.statement
        words = words_of(home, signed, erased)
        yield Entry(
            said.at, said.signer, name_of(record.roster, said.signer), said.kind, "commented",
            text=words if isinstance(words, str) else None,
            missing=_missing(record, words) if not isinstance(words, str) else "",
            erasure=words if isinstance(words, Erasure) else None,
            comment=signed.digest,
        )  # fmt: skip


def _missing(record: Record, words: Erasure | None) -> str:
    if words is None:
        return NOT_HERE
    said = words.signed.statement
    return f"erased by {name_of(record.roster, said.signer)} on {said.at:%d %b %Y %H:%M} UTC: {said.reason}"


def _happenings(record: Record, name: str) -> Iterator[Entry]:
    request = record.requests.get(name)
    if request is None:
        yield from _of_release(record, record.releases[name])
        return
    yield _entry(record, request.at, request.by, Kind.REQUESTED, f"asked for {name}")
    if request.cancelled is not None:
        yield from _said(record, f"request:{name}", Kind.CANCELLED, Action.REQUEST_CANCEL, f"cancelled {name}")
    for release in record.releases.values():
        if name in release.requests:
            yield from _of_release(record, release)


def _of_release(record: Record, release: Release) -> Iterator[Entry]:
    subject = f"release:{release.id}"
    yield _entry(record, release.at, release.by, Kind.OPENED, f"opened {release.id}")
    if release.cancelled is not None:
        yield from _said(record, subject, Kind.CANCELLED, Action.RELEASE_OPEN, f"cancelled {release.id}")
    yield from _said(record, subject, Kind.FEEDBACK, Action.FEEDBACK, f"gave feedback on {release.id}")
    marks = (
        (release.frozen, f"froze {release.id} as version {release.version}"),
        (release.released, f"released {release.id}, version {release.version}"),
        (release.rolled_back, f"rolled back {release.id}, version {release.version}"),
    )
    for signed, told in marks:
        if signed is not None:
            said = signed.statement
            yield _entry(record, said.at, said.signer, said.kind, told, said.reason)


def _said(record: Record, subject_id: str, kind: Kind, action: Action, told: str) -> Iterator[Entry]:
    """Give what people who may say it have said of a subject."""
    for signed in record.of(subject_id):
        said = signed.statement
        if said.kind is kind and signer_may(record, signed, action):
            yield _entry(record, said.at, said.signer, kind, told, said.reason)


def _entry(record: Record, at: datetime, who: str, kind: Kind, told: str, text: str = "") -> Entry:
    return Entry(at, who, name_of(record.roster, who), kind, told, text)

"""Errands: what there is to tell a person of one project, with what a letter says of it.

Letters leave the house: no value of any data is in them, and nothing that people wrote to each other, which can be
erased in the ledger and not in a mailbox. Both are on the page to which the letter leads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assay.actions.case import Standing, released_release
from assay.actions.evidence import WORDS, evidence_about
from assay.actions.home import Home
from assay.actions.status import standing_remembered
from assay.actions.tasks import CORRECTION
from assay.actions.told import Matter
from assay.actions.work import WorkItem, my_work
from assay.base.canonical import canonical_json, digest_bytes, hex_of
from assay.base.roles import Person
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.record import Record
from assay.lifecycle.statements import GOOD, Kind
from assay.lifecycle.subjects import Subject

REJECTED = "Correct it and build it again: it was rejected"
"""What a letter says to whoever built what was rejected."""

FIRST = "first"
"""In place of a change class, of a release before which nothing was released."""

_ANSWERS: dict[Kind, str] = {
    Kind.ACCEPTED: "accepted",
    Kind.APPROVED: "approved",
    Kind.DELIVERED: "feeds confirmed",
    Kind.REJECTED: "rejected",
}


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to tell.

    Attributes:
        project: the project's name.
        page: where it is done or seen, an address inside the portal.
        heading: of which product, version and release it is.
        words: what to do, or what happened.
        today: the day in the project's own time, by which something is due or overdue.
        matters: what of it is remembered as told, by the subject's name; of news only one, without a name.
        changes: what the release changes against what is served, a sentence each.
        effect: the release's change class, or `FIRST`; empty of news.
        checked: who looked at it before, a sentence each.
        by: the day for which it was asked; None where none was named.
        minutes: how long it takes; 0 where nobody can say.
        otherwise: what happens if nothing is done; empty for news.
    """

    project: str
    page: str
    heading: str
    words: str
    today: date
    matters: tuple[tuple[str, Matter], ...]
    changes: tuple[str, ...] = ()
    effect: str = ""
    checked: tuple[str, ...] = ()
    by: date | None = None
    minutes: int = 0
    otherwise: str = ""

    @property
    def is_news(self) -> bool:
        """Whether there is nothing to do about it."""
        return all(matter.is_news for _, matter in self.matters)

    def of(self, chosen: frozenset[str]) -> Errand | None:
        """Return what of it is among the chosen keys; None where nothing is."""
        left = tuple((name, matter) for name, matter in self.matters if matter.key in chosen)
        return replace(self, matters=left) if left else None


def key_of(project: str, *parts: str | None) -> str:
    """Return the key of a matter: the project's name, and a digest of what it is."""
    return f"{project}:{hex_of(digest_bytes(canonical_json(list(parts))))}"


def errands_of(home: Home, today: date) -> Iterator[Errand]:
    """Give what waits for the person who acts, what is due first at the top.

    Args:
        home: opened for them.
        today: the day in the project's own time.
    """
    record = home.load().record
    for item in my_work(home).items:
        yield _errand(home, record, item, today)


def _errand(home: Home, record: Record, item: WorkItem, today: date) -> Errand:
    assert home.person is not None
    task, project = item.task, home.project.name
    release = record.releases[task.release]
    standing = standing_remembered(home, record, release)
    subjects = [subject for subject in standing.decision.case.subjects if subject.name in task.subjects]
    is_correction = task.step.words == CORRECTION
    is_due = item.by is not None and item.by <= today
    page = f"/p/{project}/work"
    if item.ask.where and not is_correction:
        page = f"/p/{project}/releases/{release.id}/{item.ask.where}?gate={task.gate}"
    return Errand(
        project=project,
        page=page,
        heading=" ".join(filter(None, (item.title, release.version, f"({release.id})"))),
        words=REJECTED if is_correction else _words(record, item),
        today=today,
        matters=tuple(_matters(home.person, record, standing, item, is_due or is_correction, project)),
        changes=item.changes,
        effect=str(standing.change_class) if released_release(record, release.product) else FIRST,
        checked=tuple(checked_before(record, subjects, home.person)),
        by=item.by,
        minutes=0 if is_correction else item.ask.minutes,
        otherwise=item.ask.otherwise,
    )


def _words(record: Record, item: WorkItem) -> str:
    """Say what to do, and for whom where it is somebody else's."""
    absent = item.task.on_behalf_of
    return f"{item.ask.words}, for {_name(record, absent)}" if absent else item.ask.words


def _matters(
    person: Person, record: Record, standing: Standing, item: WorkItem, is_pressing: bool, project: str
) -> Iterator[tuple[str, Matter]]:
    """Give a matter for each subject; it is another one once its meaning or its answer has changed since."""
    gate = item.task.gate
    for state in standing.decision.of(gate):
        if state.subject.name in item.task.subjects:
            own = _own_answer(record, person, gate, state.subject)
            is_answered = own is not None and own.statement.kind is Kind.REJECTED and own.digest not in record.withdrawn
            last = own.digest if own else None
            key = key_of(project, person.email, item.task.release, gate, state.subject.id, state.why, last)
            yield state.subject.name, Matter(key, is_pressing or is_answered)


def _own_answer(record: Record, person: Person, gate: str, subject: Subject) -> Signed | None:
    """Return what somebody said last at a gate of a subject; None where they never did."""
    said = (s for s in reversed(record.of(subject.id)) if s.statement.signer == person.email)
    return next((s for s in said if s.statement.gate == gate and s.statement.kind is not Kind.WITHDRAWN), None)


def checked_before(record: Record, subjects: Sequence[Subject], person: Person) -> Iterator[str]:
    """Say who looked at the present meaning of subjects before somebody, oldest first, each sentence once."""
    told: dict[str, None] = {}
    for subject in subjects:
        evidence = [s for s in evidence_about(record, subject) if s.statement.result in GOOD]
        answers = [s for s in _answers(record, subject) if s.statement.signer != person.email]
        for signed in sorted((*evidence, *answers), key=lambda s: s.statement.at):
            said = signed.statement
            words = _ANSWERS.get(said.kind) or WORDS.get(said.kind, str(said.kind))
            where = f" in {said.environment}" if said.environment else ""
            names = " for ".join(_name(record, email) for email in said.speakers)
            told[f"{words}{where} by {names}"] = None
    yield from told


def _answers(record: Record, subject: Subject) -> Iterator[Signed]:
    meanings = set(subject.digests.values())
    for signed in record.of(subject.id):
        said = signed.statement
        if said.kind in _ANSWERS and said.meant(subject.id) in meanings and signed.digest not in record.withdrawn:
            yield signed


def _name(record: Record, email: str) -> str:
    person = record.roster.person(email)
    return person.name if person else email

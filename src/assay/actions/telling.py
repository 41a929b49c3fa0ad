"""Telling: every person of the projects, by every channel, what there is to tell them, each thing once.

A letter that was handed over and not yet written down, because the machine stopped in between, is sent again: twice is
better than never. Nothing else is told twice, by however many tellers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from assay.actions.errands import Errand, errands_of
from assay.actions.home import Home
from assay.actions.news import news_for
from assay.actions.told import last_digest, put_off_until, to_tell, told_then
from assay.base.errors import AssayError, Fault, refusal
from assay.base.roles import Action, Holder, Person, PublicKey, may
from assay.base.telling import Letter, Notifier, ToldBook

HELD_MINUTES = 10
"""So long one teller has the turn; a channel answers within seconds, or does not."""


class Letters(Protocol):
    """Writes letters."""

    def write(self, person: Person, errands: Sequence[Errand], known: int) -> Letter:
        """Write what is told to a person; ``known`` more things wait that they were told of before."""
        ...


@dataclass(frozen=True, slots=True)
class Teller:
    """All that telling takes.

    Attributes:
        notifier: hands letters over.
        book: what was told.
        letters: writes them.
        hour: of the digest, 0 to 23.
        zone: whose hours and days are meant.
    """

    notifier: Notifier
    book: ToldBook
    letters: Letters
    hour: int
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Round:
    """What came of telling everybody once.

    Attributes:
        sent: the channel's name for each letter that was handed over.
        waiting: the channel's name for each letter that was not; it is tried again.
        faults: of people to whom no letter can go, and of projects that could not be read.
    """

    sent: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    def plus(self, other: Round) -> Round:
        """Put two together."""
        return Round(
            (*self.sent, *other.sent),
            (*self.waiting, *other.waiting),
            tuple(dict.fromkeys((*self.faults, *other.faults))),
        )


@dataclass(frozen=True, slots=True)
class KnownKey:
    """The `Signer` port on a key of which only the name is known: enough to see what waits, not to sign it."""

    key_id: str

    def sign(self, message: bytes) -> bytes:
        """Refuse: nobody is here who could mean it."""
        raise refusal("telling", expected="the person themselves", found="a letter about to be sent to them")


def seen_by(home: Home, email: str) -> Home | None:
    """Return a home as a person sees it who is not there; None for whoever may not see it. Nothing can be signed."""
    person = home.project.roster.person(email)
    if person is None or not may(person, Action.LEDGER_READ):
        return None
    held = next((k.id for k in person.keys if k.holder is Holder.PORTAL and _is_good(k)), None)
    return replace(home, person=person, signer=KnownKey(held) if held else None, authentication={})


def _is_good(key: PublicKey) -> bool:
    return key.revoked_at is None and key.compromised_since is None


def tell(
    teller: Teller, homes: Sequence[Home], now: datetime, *,
    is_barred: Callable[[str], bool], unread: frozenset[str] = frozenset(),
) -> Round:  # fmt: skip
    """Tell everybody on the rosters, by every channel, what there is to tell them now.

    Args:
        teller: by what, and when.
        homes: the projects, opened for nobody.
        now: the moment, in UTC.
        is_barred: whether somebody is told nothing, by e-mail: nobody lets them in any more.
        unread: names of projects that could not be opened; nothing of them is forgotten.

    Returns:
        What was sent and what was not. A channel that is down, an e-mail to which no letter can go and a project that
        cannot be read hold up nobody else.
    """
    done = Round()
    people = dict.fromkeys(person.email.lower() for home in homes for person in home.project.roster.people)
    for email in people:
        if is_barred(email):
            continue
        own = [(home, home.person) for each in homes if (home := seen_by(each, email)) is not None and home.person]
        errands, missed = _errands(teller, own)
        done = done.plus(Round(faults=tuple(fault for faults in missed.values() for fault in faults)))
        for channel in teller.notifier.channels if own else ():
            done = done.plus(_tell(teller, own[0][1], errands, unread | missed.keys(), channel, now))
    return done


def _errands(
    teller: Teller, own: Sequence[tuple[Home, Person]]
) -> tuple[tuple[Errand, ...], dict[str, tuple[Fault, ...]]]:
    """Collect what there is to tell a person, and of which projects that cannot be said, by name."""
    errands: list[Errand] = []
    missed: dict[str, tuple[Fault, ...]] = {}
    for home, person in own:
        today = home.now().astimezone(teller.zone).date()
        try:
            errands += [*errands_of(home, today), *news_for(home, person)]
        except AssayError as error:
            missed[home.project.name] = error.faults
    return tuple(errands), missed


def _tell(
    teller: Teller, person: Person, errands: Sequence[Errand], unread: frozenset[str], channel: str, now: datetime
) -> Round:
    """Tell one person by one channel, while nobody else does."""
    turn = teller.book.take(person.email, channel, now, now + timedelta(minutes=HELD_MINUTES))
    if turn is None:
        return Round()
    digest_at = last_digest(now, teller.hour, teller.zone)
    is_digest_due = turn.digest_at is None or turn.digest_at < digest_at
    today = now.astimezone(teller.zone).date()
    matters = [matter for errand in errands for _, matter in errand.matters]
    chosen = to_tell(matters, turn.told, today, is_digest_due=is_digest_due)
    if chosen:
        keys = frozenset(matter.key for matter in chosen)
        told = [part for errand in errands if (part := errand.of(keys)) is not None]
        before = frozenset(turn.told)
        known = sum(not e.is_news and e.of(keys) is None and e.of(before) is not None for e in errands)
        try:
            is_sent = teller.notifier.send(channel, person.email, teller.letters.write(person, told, known))
        except AssayError as error:
            teller.book.put_off(turn, put_off_until(now, turn.failures))
            return Round(faults=error.faults)
        if not is_sent:
            teller.book.put_off(turn, put_off_until(now, turn.failures))
            return Round(waiting=(channel,))
    told_now = told_then(matters, chosen, turn.told, today, lambda key: key.partition(":")[0] in unread)
    teller.book.settle(turn, told_now, digest_at if is_digest_due else turn.digest_at or digest_at)
    return Round(sent=(channel,)) if chosen else Round()

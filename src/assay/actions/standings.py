"""Standings: what was worked out of a record, remembered until something is said on which it rests.

To decide one release takes milliseconds, and a page shows hundreds. What is kept here is forgotten when a statement
touches what it rests on, when the roster, the project's files or the gate table are others, and when time alone may
change it. It is a memory and no record: whatever acts, decides anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from assay.lifecycle.envelopes import Signed
from assay.lifecycle.gates import GateTable
from assay.lifecycle.record import Record
from assay.project.model import Project

if TYPE_CHECKING:
    from assay.actions.home import Home  # a home has standings
    from assay.actions.recording import Loaded

T = TypeVar("T")

EVERY_RELEASE = "every request and release"
"""What rests on this is forgotten when any request or release was opened, marked or cancelled."""

EVERY_DELEGATION = "every delegation"
"""What rests on this is forgotten when any delegation was made or ended: it names others who can act."""

_LONGEST = timedelta(days=36_500)
"""Nothing is remembered for longer: a process ends before."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """Something that was worked out.

    Attributes:
        value: what came out; it is shared, so it is never changed.
        rests_on: ids of subjects, releases (`of_release`) and products (`of_product`) of which something would have to
            be said for it to change, and whoever would have to sign something (`of_signer`).
        lasts: how long it stays right if nothing is said; None for as long as nothing is.
    """

    value: T
    rests_on: frozenset[str]
    lasts: timedelta | None = None


def of_release(release_id: str) -> str:
    """Name what rests on a release: on what is said of it, and on what is said for it of anything else."""
    return f"release:{release_id}"


def of_product(product: str) -> str:
    """Name what rests on a product: on what is said of, or for, any of its releases."""
    return f"product:{product}"


def of_signer(who: str) -> str:
    """Name what rests on a person or a node: on what they sign."""
    return f"signer:{who}"


_Place = tuple[type[Any], str]


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer, from when until when it is right; a clock that was set back may have changed it too."""

    answer: Answer[Any]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What every answer stands on."""

    record: Record
    project: Project
    table: GateTable

    def goes_on_from(self, before: _Ground) -> bool:
        """Say whether nothing but new statements lies between the two."""
        known = len(before.record.statements)
        return (
            self.project is before.project
            and self.table == before.table
            and self.record.roster == before.record.roster
            and len(self.record.statements) >= known
            and (known == 0 or self.record.statements[known - 1] == before.record.statements[-1])
        )

    def knows_more_than(self, other: _Ground) -> bool:
        """Say whether this goes on from the other, and something was said between the two."""
        return len(self.record.statements) > len(other.record.statements) and self.goes_on_from(other)


class Standings:
    """The memory of one home; whoever looks through it looks alone."""

    def __init__(self) -> None:
        self._looking = Lock()
        self._ground: _Ground | None = None
        self._kept: dict[_Place, _Kept] = {}
        self._resting: dict[str, set[_Place]] = {}

    @contextmanager
    def over(self, home: Home) -> Iterator[Loaded]:
        """Read the ledger and forget what does not hold any more; `recall` is for within.

        Everything that is recalled before the end is of the record that is given; within, nobody looks a second time.

        Raises:
            AssayError: the ledger cannot be believed, see `LedgerReader.load`.
        """
        with self._looking:
            loaded = home.load()
            self._stand_on(_Ground(loaded.record, home.project, home.table))
            yield loaded

    @contextmanager
    def over_record(self, home: Home, record: Record) -> Iterator[bool]:
        """Do the same for a record that was read before, and say whether `recall` is of it.

        It is not where somebody else has looked through a newer one meanwhile: what that forgot is not known any more.
        """
        with self._looking:
            ground = _Ground(record, home.project, home.table)
            newest = self._ground
            is_past = newest is not None and newest.knows_more_than(ground)
            if not is_past:
                self._stand_on(ground)
            yield not is_past

    def remember(self, home: Home, record: Record, kind: type[T], name: str, work_out: Callable[[], Answer[T]]) -> T:
        """Recall something of a record that was read before; where that is past, work it out and do not keep it.

        Nothing that looks for itself is called while it is worked out.
        """
        with self.over_record(home, record) as is_present:
            return self.recall(kind, name, home.now(), work_out) if is_present else work_out().value

    def recall(self, kind: type[T], name: str, now: datetime, work_out: Callable[[], Answer[T]]) -> T:
        """Return what is remembered under a kind and a name, else work it out and remember it."""
        place = (kind, name)
        kept = self._kept.get(place)
        if kept is None or not kept.since <= now < kept.until:
            self._forget(place)
            answer = work_out()
            kept = self._kept[place] = _Kept(answer, now, now + min(answer.lasts or _LONGEST, _LONGEST))
            for ground in kept.answer.rests_on:
                self._resting.setdefault(ground, set()).add(place)
        return cast(T, kept.answer.value)

    def _stand_on(self, ground: _Ground) -> None:
        before, self._ground = self._ground, ground
        if before is None or not ground.goes_on_from(before):
            self._kept.clear()
            self._resting.clear()
            return
        for name in touched(before.record, ground.record):
            for place in tuple(self._resting.get(name, ())):
                self._forget(place)

    def _forget(self, place: _Place) -> None:
        kept = self._kept.pop(place, None)
        for name in kept.answer.rests_on if kept else ():
            self._resting[name].discard(place)


def touched(before: Record, after: Record) -> frozenset[str]:
    """Name everything of which, or for which, something was said between two records of one ledger."""
    said = after.statements[len(before.statements) :]
    taken_back = [after.rejections[digest] for digest in after.withdrawn - before.withdrawn]
    subjects = {meant.id for signed in (*said, *taken_back) for meant in signed.statement.subjects}
    releases = {name.removeprefix("release:") for name in subjects if name.startswith("release:")}
    releases |= _made_for(said)
    products = {after.releases[name].product for name in releases if name in after.releases}
    named = (*map(of_release, releases), *map(of_product, products))
    signers = (of_signer(signed.statement.signer) for signed in said)
    return frozenset({*subjects, *named, *signers, *_marked(before, after)})


def _marked(before: Record, after: Record) -> tuple[str, ...]:
    is_same = after.requests is before.requests and after.releases is before.releases
    names = () if is_same else (EVERY_RELEASE,)
    return names if after.delegating is before.delegating else (*names, EVERY_DELEGATION)


def _made_for(said: Iterable[Signed]) -> set[str]:
    return {signed.statement.release for signed in said if signed.statement.release is not None}

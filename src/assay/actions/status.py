"""Status: who and where I am, what needs me, every release, production, debts, and one suggestion."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from assay.actions.case import Standing, released_payload, standing_of
from assay.actions.home import Home
from assay.actions.products import EveryProduct, ServedLine, every_product, is_on_its_way
from assay.actions.recording import Loaded
from assay.actions.standings import EVERY_DELEGATION, Answer, of_product, of_release
from assay.actions.tasks import Task, all_tasks, tasks_among, tasks_of
from assay.base.errors import Fault
from assay.base.roles import Person
from assay.lifecycle.decide import GateState, Status
from assay.lifecycle.delegations import Delegation
from assay.lifecycle.gates import Phase
from assay.lifecycle.record import Record, Release, Request


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A release in a line: class, phase, whom it waits for and since when."""

    release: Release
    version: str
    change_class: str
    phase: Phase | None
    settled: int
    asked: int
    carried: int
    waits_for: tuple[Task, ...]
    rejections: tuple[GateState, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that ``assay status`` shows."""

    project: str
    person: Person | None
    mine: tuple[Task, ...]
    releases: tuple[ReleaseLine, ...]
    asked: tuple[Request, ...]
    served: tuple[ServedLine, ...]
    debts: tuple[str, ...]
    faults: tuple[Fault, ...]
    suggestion: Task | None


def overview(home: Home) -> Overview:
    """Read the ledger and say how everything stands."""
    with home.standings.over(home) as loaded:
        return _overview(home, loaded)


def release_lines(home: Home) -> tuple[ReleaseLine, ...]:
    """Say of every release in sight how it stands, as the overview does."""
    with home.standings.over(home) as loaded:
        every = every_product(home, loaded.record, home.now())
        return tuple(one.line for one in _in_sight(home, loaded.record, every))


def served_lines(home: Home) -> tuple[ServedLine, ...]:
    """Say of every product what production serves, as the overview does."""
    with home.standings.over(home) as loaded:
        return every_product(home, loaded.record, home.now()).served


def standing_remembered(home: Home, record: Record, release: Release) -> Standing:
    """Return how a release stands, for those who look, see `standings_remembered`."""
    return standings_remembered(home, record, (release,))[release.id]


def standings_remembered(home: Home, record: Record, releases: Collection[Release]) -> dict[str, Standing]:
    """Return how releases stand, by their ids, for those who look; whoever acts decides anew, see `standing_of`.

    Only what is on its way is remembered; a release that is done is decided for each who looks at it.
    """
    kept = _remembered(home, record, releases)
    return {r.id: kept[r.id].standing if r.id in kept else standing_of(home, record, r) for r in releases}


def tasks_remembered(home: Home, record: Record, releases: Collection[Release]) -> dict[str, tuple[Task, ...]]:
    """Return everything that somebody could do now for releases, by their ids, see `standings_remembered`."""
    kept = _remembered(home, record, releases)
    return {
        r.id: kept[r.id].line.waits_for if r.id in kept else all_tasks(standing_of(home, record, r)) for r in releases
    }


def _remembered(home: Home, record: Record, releases: Collection[Release]) -> dict[str, _Seen]:
    """Return what is remembered of releases. Who looks, looks alone: so they ask once for all and not for each."""
    with home.standings.over_record(home, record) as is_present:
        on_their_way = [release for release in releases if is_present and is_on_its_way(release)]
        return {release.id: _seen(home, record, release, home.now()) for release in on_their_way}


def _overview(home: Home, loaded: Loaded) -> Overview:
    record, now = loaded.record, home.now()
    every = every_product(home, record, now)
    seen = _in_sight(home, record, every)
    mine = tuple(task for one in seen for task in _tasks_in(home, record, one))
    lines = tuple(one.line for one in seen)
    return Overview(
        project=home.project.name,
        person=home.person,
        mine=mine,
        releases=lines,
        asked=every.unanswered,
        served=every.served,
        debts=every.debts,
        faults=loaded.faults,
        suggestion=next(iter(mine), next((task for line in lines for task in line.waits_for), None)),
    )


def _in_sight(home: Home, record: Record, every: EveryProduct) -> list[_Seen]:
    now = home.now()
    seen = [_seen(home, record, record.releases[name], now) for name in every.in_sight]
    return [one for one in seen if is_on_its_way(one.standing.release) or one.line.phase is Phase.MONITORING]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A release as it was decided: its line, what can be acted upon, and what was rejected."""

    standing: Standing
    line: ReleaseLine
    actionable: tuple[GateState, ...]
    rejected: tuple[GateState, ...]


def _seen(home: Home, record: Record, release: Release, now: datetime) -> _Seen:
    def work_out() -> Answer[_Seen]:
        standing = standing_of(home, record, release)
        return Answer(_see(record, standing), _ground_of(standing), _lasts(home, record, standing))

    return home.standings.recall(_Seen, release.id, now, work_out)


def _see(record: Record, standing: Standing) -> _Seen:
    actionable = standing.decision.actionable
    rejected = tuple(state for state in standing.decision.states if state.status is Status.REJECTED)
    return _Seen(standing, _line(record, standing, actionable, rejected), actionable, rejected)


def _ground_of(standing: Standing) -> frozenset[str]:
    """Name what a standing rests on; before it is frozen also what production serves, with which it is compared."""
    release = standing.release
    own = {subject.id for subject in standing.decision.case.subjects} | {of_release(release.id), EVERY_DELEGATION}
    return frozenset(own if release.frozen else own | {of_product(release.product)})


def _lasts(home: Home, record: Record, standing: Standing) -> timedelta | None:
    """Say how long a standing stays right by itself: until a statement is too old, a key revoked, or who is away."""
    now = home.now()
    ages = [timedelta(days=gate.max_age_days) for gate in home.table if gate.max_age_days is not None]
    said = [s.statement for subject in standing.decision.case.subjects for s in record.of(subject.id)] if ages else []
    ends = [age - (now - one.at) + timedelta.resolution for age in ages for one in said]
    keys = [key for person in record.roster.people for key in person.keys]
    ends += [edge - now for key in keys for edge in (key.active_from, key.revoked_at) if edge is not None]
    ends += [edge for each in record.delegating.all.values() for edge in _edges(each, now)]
    ends += [_UNSEEN] if _lacks_base(home, record, standing) else []
    return min((end for end in ends if end > timedelta(0)), default=None)


def _edges(delegation: Delegation, now: datetime) -> tuple[timedelta, timedelta]:
    """Return how long until a delegation can be used, and until it cannot any more."""
    first = datetime.combine(delegation.starts, time.min, UTC)
    last = datetime.combine(delegation.ends, time.max, UTC)
    return first - now, last - now + timedelta.resolution


_UNSEEN = timedelta(hours=1)
"""When to look again for what could not be compared: nothing is said when a payload is put into a home."""


def _lacks_base(home: Home, record: Record, standing: Standing) -> bool:
    base = None if standing.release.frozen or standing.changes else released_payload(record, standing.release.product)
    return base is not None and home.payloads.get(base) is None


def _tasks_in(home: Home, record: Record, seen: _Seen) -> tuple[Task, ...]:
    return tasks_among(home, record, seen.standing, seen.actionable, seen.rejected, home.person)


def _line(
    record: Record, standing: Standing, actionable: tuple[GateState, ...], rejected: tuple[GateState, ...]
) -> ReleaseLine:
    asked = [state for state in standing.decision.states if state.status is not Status.NOT_ASKED]
    newest = [signed.statement.at for signed in record.made_for(standing.release.id)]
    return ReleaseLine(
        release=standing.release,
        version=standing.release.version or "",
        change_class=str(standing.change_class),
        phase=standing.decision.phase,
        settled=sum(state.is_settled for state in asked),
        asked=len(asked),
        carried=sum(state.status is Status.CARRIED for state in asked),
        waits_for=tasks_of(standing, actionable),
        rejections=rejected,
        since=max(newest, default=standing.release.at),
    )

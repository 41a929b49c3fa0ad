"""What is remembered of how everything stands is what working it out anew would give, whatever was said or changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.actions.case import Standing, released_payload, released_release, standing_of
from assay.actions.home import Home
from assay.actions.recording import LedgerReader, Loaded
from assay.actions.standings import Answer, Standings
from assay.actions.status import Overview, ReleaseLine, overview, standing_remembered
from assay.actions.tasks import tasks_for
from assay.base.canonical import Digest
from assay.base.growing import Growing
from assay.base.roles import Holder, NodeIdentity, Person, Roster
from assay.connectors.clocks import FixedClock
from assay.lifecycle.decide import GateState, Status, objection_to
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.gates import DEFAULT_TABLE, By, GateTable, Phase
from assay.lifecycle.record import Record, Release, extend
from assay.lifecycle.statements import Kind, Meant, Result, Statement
from assay.project.model import Project
from assay.project.reading import read_project
from fakes.busy import BEGINNING, DAYS, NEXT, SERVED, SMALL, WAITING_AT, Size, make_busy
from fakes.busy_files import PROJECT, ROSTER, TEAMS, THE_NODE, project_files
from fakes.ledger import MemoryLedger
from fakes.payloads import MemoryPayloads
from soak import count

SIZE = Size(products=3, done=6, cancelled=1, on_their_way=8, events=330)
PEOPLE = tuple(team[0] for team in TEAMS.values())
AGEING: GateTable = tuple(
    replace(gate, max_age_days=40) if gate.id in ("dataset.qa.checked", "contract.approved-by-owner") else gate
    for gate in DEFAULT_TABLE
)


@cache
def made() -> tuple[tuple[Signed, ...], MemoryPayloads]:
    """Return everything that was said in a small busy project, and the payloads that are served."""
    ledger, payloads = MemoryLedger(), MemoryPayloads()
    make_busy(ledger, payloads, SIZE)
    return tuple(LedgerReader(ledger, ROSTER).load().record.statements), payloads


@cache
def project_in(version: str) -> Project:
    return read_project(project_files(SIZE.products, version))


class Told(LedgerReader):
    """Reads what it is told, as a ledger would hold it; the signatures are looked at elsewhere."""

    def __init__(self, roster: Roster = ROSTER) -> None:
        super().__init__(MemoryLedger(), roster)
        self.record = Record(roster=roster)

    def tell(self, *said: Signed) -> None:
        self.record = extend(self.record, said)

    def load(self) -> Loaded:
        return Loaded(Growing(), self.record, ())


def home_over(reader: LedgerReader, now: datetime, version: str = NEXT, table: GateTable = DEFAULT_TABLE) -> Home:
    """Put together a home for looking; nobody builds or publishes in it."""
    nothing = cast(Any, None)
    return Home(
        project=project_in(version), files={}, table=table, ledger=nothing, reader=reader, clock=FixedClock(now),
        payloads=made()[1], repository=nothing, workshop=nothing, pages=nothing, texts=nothing, samples=nothing,
        build_logs=nothing,        variables={}, person=PEOPLE[0],
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------------
# The plain way: everything is decided, and everybody asked, each time.


def plainly(home: Home, view: Overview) -> None:
    """Compare an overview with what follows from deciding every single release."""
    record = home.load().record
    standings = [standing_of(home, record, release) for release in record.open_releases()]
    for release in record.releases.values():
        if release.announced is not None and release.rolled_back is None:
            standing = standing_of(home, record, release)
            standings += [standing] if standing.decision.phase is Phase.MONITORING else []
    assert [line.release for line in view.releases] == [standing.release for standing in standings]
    for line, standing in zip(view.releases, standings, strict=True):
        states = standing.decision.states
        assert (line.phase, line.change_class) == (standing.decision.phase, standing.change_class)
        assert line.rejections == tuple(s for s in states if s.status is Status.REJECTED)
        assert [(t.gate, t.subjects) for t in line.waits_for] == _by_gate(standing.decision.actionable)
        assert line.settled == sum(s.is_settled for s in states if s.status is not Status.NOT_ASKED)
        assert line.carried == sum(s.status is Status.CARRIED for s in states)
        assert line.since == _since(record, standing.release)
        found = standing_remembered(home, record, standing.release)
        assert (found.decision, found.changes) == (standing.decision, standing.changes)
    assert home.person is not None
    assert view.mine == tuple(task for s in standings for task in tasks_for(home, record, s, home.person))
    mine = [(s.release.id, *pair) for s in standings for pair in _by_gate(_for(home, record, s, home.person))]
    assert [(t.release, t.gate, t.subjects) for t in view.mine if t.title != "rejected"] == mine
    _plain_rest(home, record, view)


def _plain_rest(home: Home, record: Record, view: Overview) -> None:
    answered = {q for r in record.releases.values() if r.cancelled is None for q in r.requests}
    assert view.asked == tuple(q for q in record.requests.values() if q.cancelled is None and q.id not in answered)
    assert [line.product for line in view.served] == sorted(home.project.products)
    for line in view.served:
        served = _served(record, line.product)
        assert (line.release, line.version) == ((served.id, served.version) if served else (None, None))
        said = [s.statement for s in record.of(f"release:{line.release}")]
        runs = [s for s in said if s.kind in (Kind.RAN, Kind.RELEASED, Kind.ROLLED_BACK)]
        assert line.last_run == (runs[-1] if runs and served else None)
    back = [r for r in record.releases.values() if r.rolled_back is not None]
    left = [
        r.id for r in back
        if not any(
            o.product == r.product and r.rolled_back and o.at > r.rolled_back.statement.at and o.released
            for o in record.releases.values()
        )
    ]  # fmt: skip
    assert [debt.split()[0] for debt in view.debts] == left


def _since(record: Record, release: Release) -> datetime:
    said = (s.statement.at for s in record.statements if s.statement.release == release.id)
    return max(said, default=release.at)


def _served(record: Record, product: str) -> Release | None:
    every = [s.digest for s in record.statements]
    released = [
        (every.index(r.released.digest), r.id) for r in record.releases.values()
        if r.product == product and r.released is not None and r.rolled_back is None
    ]  # fmt: skip
    return record.releases[max(released)[1]] if released else None


def _for(home: Home, record: Record, standing: Standing, person: Person) -> tuple[GateState, ...]:
    case = standing.decision.case
    return tuple(
        s for s in standing.decision.actionable
        if s.gate.by is not By.NODE
        and not objection_to(home.table, case, record, home.now(), s.gate, s.subject, person)
    )  # fmt: skip


def _by_gate(states: tuple[GateState, ...]) -> list[tuple[str, tuple[str, ...]]]:
    gates = dict.fromkeys(state.gate.id for state in states)
    return [(gate, tuple(s.subject.name for s in states if s.gate.id == gate)) for gate in gates]


# ---------------------------------------------------------------------------------------------------------------------
# What may happen.


@dataclass(slots=True)
class World:
    """A project to which anything happens, and one home that remembers."""

    table: GateTable = AGEING
    reader: Told = field(default_factory=Told)
    rest: list[Signed] = field(default_factory=lambda: list(made()[0]))
    home: Home = field(init=False)
    number: int = 0

    def __post_init__(self) -> None:
        self.home = home_over(self.reader, BEGINNING + timedelta(days=DAYS), table=self.table)

    def say(self, who: Person | NodeIdentity, kind: Kind, *subjects: Meant, **fields: Any) -> None:
        self.number += 1
        name = who.email if isinstance(who, Person) else who.name
        holder = Holder.PERSON if isinstance(who, Person) else Holder.NODE
        said = Statement(kind, subjects, name, holder, self.home.now(), PROJECT, **fields)
        self.reader.tell(Signed(said, Digest(f"said {self.number}"), who.keys[0].id))

    def do(self, act: str, number: int) -> None:
        getattr(self, act.replace(" ", "_"))(number)

    def go_on(self, number: int) -> None:
        now, self.rest = self.rest[:number], self.rest[number:]
        self.reader.tell(*now)

    def go_far(self, number: int) -> None:
        self.go_on(number * 10)

    def leave_out(self, number: int) -> None:
        self.rest = self.rest[number:]

    def say_again(self, number: int) -> None:
        self.reader.tell(*self.reader.record.statements[-number : -number + 1])

    def reject(self, number: int) -> None:
        """Somebody says no to what is open, or was accepted."""
        for one in reversed(self.reader.record.statements):
            if (
                one.statement.gate
                and one.statement.kind is not Kind.REJECTED
                and one.statement.at.hour % 5 == number % 5
            ):
                said = one.statement
                fields = {"gate": said.gate, "environment": said.environment, "release": said.release}
                self.say(PEOPLE[number % len(PEOPLE)], Kind.REJECTED, *said.subjects, reason="no", **fields)
                return

    def withdraw(self, number: int) -> None:
        """Somebody takes a no back, and names something else as what it is about."""
        standing = [s for d, s in self.reader.record.rejections.items() if d not in self.reader.record.withdrawn]
        if standing:
            one = standing[number % len(standing)]
            maker = next(p for p in PEOPLE if p.email == one.statement.signer)
            other = Meant("dataset:elsewhere/x", Digest("x"))
            self.say(maker, Kind.WITHDRAWN, other, reason="seen now", observed=(one.digest,))

    def fail(self, number: int) -> None:
        """Evidence comes out badly."""
        kinds = (Kind.CHECKED, Kind.POPULATED, Kind.PUBLISHED, Kind.BUILT, Kind.RAN)
        found = [s for s in self.reader.record.statements if s.statement.kind in kinds]
        if found:
            said = found[-number % len(found)].statement
            who = next((p for p in ROSTER.people if p.email == said.signer), THE_NODE)
            fields: dict[str, Any] = {"environment": said.environment, "release": said.release}
            self.say(who, said.kind, *said.subjects, result=Result.FAIL, **fields)

    def write_of_something_else(self, number: int) -> None:
        """Something is said for a release, of what is none of its subjects."""
        releases = list(self.reader.record.releases)
        if releases:
            name = releases[-number % len(releases)]
            self.say(PEOPLE[1], Kind.FEEDBACK, Meant(f"note:{name}", Digest("note")), release=name)

    def roll_back(self, number: int) -> None:
        self._mark(THE_NODE, Kind.ROLLED_BACK, number)

    def release_again(self, number: int) -> None:
        self._mark(THE_NODE, Kind.RELEASED, number)

    def cancel(self, number: int) -> None:
        self._mark(TEAMS["owner"][0], Kind.CANCELLED, number)

    def _mark(self, who: Person | NodeIdentity, kind: Kind, number: int) -> None:
        releases = list(self.reader.record.releases.values())
        if releases:
            release = releases[-number % len(releases)]
            subject = Meant(f"release:{release.id}", release.payload or Digest("none"))
            self.say(who, kind, subject, release=release.id, environment="prod", result=Result.PASS, reason="so")

    def edit_files(self, number: int) -> None:
        self.home = replace(self.home, project=project_in(NEXT if number % 2 else SERVED))

    def wait(self, number: int) -> None:
        self.home = replace(self.home, clock=FixedClock(self.home.now() + timedelta(days=number)))

    def set_the_clock_back(self, number: int) -> None:
        self.wait(-number)

    def somebody_else_looks(self, number: int) -> None:
        self.home = replace(self.home, person=PEOPLE[number % len(PEOPLE)])

    def change_roles(self, number: int) -> None:
        """Somebody gets the roles of somebody else, or a key that ends in some days."""
        who, other = PEOPLE[number % len(PEOPLE)], PEOPLE[(number + 1) % len(PEOPLE)]
        end = self.home.now() + timedelta(days=number % 20)
        key = replace(who.keys[0], revoked_at=end if number % 3 else None)
        changed = replace(who, roles=other.roles if number % 2 else who.roles, keys=(key,))
        people = tuple(changed if p.email == who.email else p for p in ROSTER.people)
        roster = replace(ROSTER, people=people)
        self.reader = Told(roster)
        self.reader.tell(*self.home.load().record.statements)
        self.home = replace(self.home, reader=self.reader, person=roster.person(PEOPLE[0].email))


ACTS = (
    "go on", "go on", "go on", "go far", "go far", "leave out", "say again", "reject", "withdraw", "fail", "fail",
    "write of something else", "roll back", "release again", "cancel", "edit files", "wait", "set the clock back",
    "somebody else looks", "change roles",
)  # fmt: skip


@pytest.mark.timeout(count(240, 14_400))
@settings(max_examples=count(25, 4_000))
@given(
    st.sampled_from([DEFAULT_TABLE, AGEING]).map(World),
    st.integers(0, SIZE.events),
    st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 30)), min_size=3, max_size=10),
)
def test_an_overview_is_the_same_whether_it_was_remembered_or_not(
    world: World, start: int, acts: list[tuple[str, int]]
) -> None:
    world.go_on(start)
    plainly(world.home, overview(world.home))
    for act, number in acts:
        world.do(act, number)
        plainly(world.home, overview(world.home))


# ---------------------------------------------------------------------------------------------------------------------
# The busy project itself.


def test_a_busy_project_is_made_the_same_each_time_and_everything_in_it_holds() -> None:
    ledgers = MemoryLedger(), MemoryLedger()
    for ledger in ledgers:
        make_busy(ledger, MemoryPayloads(), SIZE)
    loaded = LedgerReader(ledgers[0], ROSTER).load()
    assert ledgers[0].head() == ledgers[1].head()
    assert (loaded.head.seq, loaded.faults) == (SIZE.events, ())


def test_the_releases_of_a_busy_project_are_done_or_cancelled_or_wait_at_every_stretch_of_the_way() -> None:
    ledger, payloads = MemoryLedger(), MemoryPayloads()
    project = read_project(make_busy(ledger, payloads, SMALL))
    home = home_over(LedgerReader(ledger, ROSTER), BEGINNING + timedelta(days=DAYS))
    home, record = replace(home, project=project, payloads=payloads), home.load().record
    decided = {name: standing_of(home, record, release).decision for name, release in record.releases.items()}
    done = [name for name, release in record.releases.items() if release.announced is not None]
    cancelled = [name for name, release in record.releases.items() if release.cancelled is not None]
    assert (len(done), len(cancelled), len(decided)) == (SMALL.done, SMALL.cancelled, SMALL.releases)
    assert all(decided[name].phase is None for name in done)
    waiting = {state.gate.id for release in record.open_releases() for state in decided[release.id].actionable}
    assert waiting == set(WAITING_AT)


# ---------------------------------------------------------------------------------------------------------------------
# What is kept, and for how long.


def whole_world() -> World:
    world = World()
    world.go_on(SIZE.events)
    return world


def lines(home: Home) -> dict[str, ReleaseLine]:
    return {line.release.id: line for line in overview(home).releases}


def test_only_what_something_was_said_of_is_decided_again() -> None:
    world = whole_world()
    before = lines(world.home)
    release = world.reader.record.releases["R-0015"]
    subject = Meant(f"release:{release.id}", release.payload or Digest("none"))
    world.say(PEOPLE[0], Kind.FEEDBACK, subject, release=release.id)
    after = lines(world.home)
    decided = {name for name in before if before[name] is not after[name]}
    assert release.id in decided
    assert decided <= {r.id for r in world.reader.record.releases_of(release.product)}
    assert after[release.id].since == world.home.now()


def test_nothing_is_decided_again_for_somebody_else_who_looks() -> None:
    world = whole_world()
    before = lines(world.home)
    other = replace(world.home, person=PEOPLE[1])
    assert all(line is before[name] for name, line in lines(other).items())
    assert overview(other).mine != overview(world.home).mine


def test_whoever_acts_without_their_roles_is_asked_for_nothing_but_to_correct_their_own_work() -> None:
    world = whole_world()
    record = world.reader.record
    for person in PEOPLE:
        home = replace(world.home, person=replace(person, roles=frozenset()))
        standings = (standing_of(home, record, release) for release in record.open_releases())
        tasks = [task for standing in standings for task in tasks_for(home, record, standing, home.person)]
        assert {task.title for task in tasks} <= {"rejected"}


def test_other_files_have_what_is_not_frozen_decided_again() -> None:
    world = whole_world()
    before = lines(world.home)
    after = lines(replace(world.home, project=project_in(SERVED)))
    changed = {name for name in before if before[name].change_class != after[name].change_class}
    assert changed == {name for name in before if world.reader.record.releases[name].frozen is None}


def test_what_grows_too_old_is_missed_on_the_second_and_not_before() -> None:
    world = whole_world()
    gate, release = "contract.approved-by-owner", "R-0015"
    approved = next(s.statement for s in world.reader.record.made_for(release) if s.statement.gate == gate)
    last = approved.at + timedelta(days=40)
    before = lines(replace(world.home, clock=FixedClock(last - timedelta(days=1))))[release]
    assert lines(replace(world.home, clock=FixedClock(last)))[release] is before
    assert lines(replace(world.home, clock=FixedClock(last + timedelta(seconds=1))))[release].settled < before.settled


def test_a_clock_that_was_set_back_has_everything_decided_again() -> None:
    world = whole_world()
    now = lines(world.home)
    earlier = replace(world.home, clock=FixedClock(world.home.now() - timedelta(days=100)))
    assert all(line is not now[name] for name, line in lines(earlier).items())


def test_a_key_that_ends_leaves_its_person_out_from_that_moment() -> None:
    end = BEGINNING + timedelta(days=DAYS, hours=1)
    who = TEAMS["stakeholder"][0]
    key = replace(who.keys[0], revoked_at=end)
    gate = next(g for g in DEFAULT_TABLE if g.id == "contract.approved-by-stakeholder")
    roster = replace(ROSTER, people=tuple(replace(p, keys=(key,)) if p == who else p for p in ROSTER.people))
    reader = Told(roster)
    reader.tell(*made()[0])
    own_hands = tuple(replace(g, holders=frozenset({Holder.PORTAL})) if g == gate else g for g in DEFAULT_TABLE)
    home = home_over(reader, end - timedelta(seconds=1), table=own_hands)
    before, after = lines(home), lines(replace(home, clock=FixedClock(end)))
    asked = [name for name, line in before.items() if any(task.gate == gate.id for task in line.waits_for)]
    assert asked
    for name in asked:
        assert who.email not in _asked(before[name], gate.id)
        assert who.email in _asked(after[name], gate.id), "of who has no good key it is not known with which they sign"


def _asked(line: ReleaseLine, gate: str) -> tuple[str, ...]:
    return next(task.who for task in line.waits_for if task.gate == gate)


def test_a_no_that_is_taken_back_is_seen_wherever_it_was_taken_back() -> None:
    world = whole_world()
    world.reject(1)
    release = world.reader.record.statements[-1].statement.release or ""
    assert lines(world.home)[release].rejections != ()
    world.withdraw(0)
    assert lines(world.home)[release].rejections == ()


def test_what_is_said_for_a_release_moves_it_whatever_it_is_about() -> None:
    world = whole_world()
    overview(world.home)
    world.say(PEOPLE[1], Kind.FEEDBACK, Meant("note:x", Digest("x")), release="R-0014")
    assert lines(world.home)["R-0014"].since == world.home.now()


def test_a_roll_back_has_what_is_not_frozen_compared_with_what_is_served_then() -> None:
    world = whole_world()
    record = world.reader.record
    name = next(r.id for r in record.open_releases("region_0001") if r.frozen is None)
    served = released_release(record, "region_0001")
    assert served is not None
    assert standing_remembered(world.home, record, record.releases[name]).changes != ()
    world.roll_back(len(record.releases) - list(record.releases).index(served.id))
    assert standing_remembered(world.home, world.reader.record, record.releases[name]).changes == ()


def test_a_release_stays_in_sight_until_feedback_was_asked_for() -> None:
    world = World(table=DEFAULT_TABLE)
    asked = [s for s in world.rest if s.statement.kind is Kind.FEEDBACK_ASKED]
    world.reader.tell(*(s for s in world.rest if s not in asked))
    waiting = [name for name, line in lines(world.home).items() if line.phase is Phase.MONITORING]
    assert waiting == [signed.statement.release for signed in asked]
    world.reader.tell(asked[0])
    assert asked[0].statement.release not in lines(world.home)
    plainly(world.home, overview(world.home))


def test_what_was_released_last_is_served_whenever_it_was_opened() -> None:
    world = whole_world()
    overview(world.home)
    first = world.reader.record.releases_of("region_0001")[0]
    subject = Meant(f"release:{first.id}", first.payload or Digest("none"))
    world.say(THE_NODE, Kind.RELEASED, subject, release=first.id, environment="prod", result=Result.PASS)
    assert overview(world.home).served[0].release == first.id


def test_a_release_that_could_not_be_compared_is_compared_within_the_hour() -> None:
    world = whole_world()
    payloads = MemoryPayloads()
    home = replace(world.home, payloads=payloads)
    base = released_payload(world.reader.record, "region_0001")
    content = made()[1].get(base) if base else None
    name = next(r.id for r in world.reader.record.open_releases("region_0001") if r.frozen is None)
    assert base is not None
    assert content is not None
    assert standing_remembered(home, world.reader.record, world.reader.record.releases[name]).changes == ()
    payloads.put(base, content)
    home = replace(home, clock=FixedClock(home.now() + timedelta(hours=1)))
    assert standing_remembered(home, world.reader.record, world.reader.record.releases[name]).changes != ()


def test_an_older_record_is_answered_as_it_was() -> None:
    world = whole_world()
    old, release = world.reader.record, world.reader.record.releases["R-0010"]
    overview(world.home)
    world.say(TEAMS["owner"][0], Kind.CANCELLED, Meant("release:R-0010", Digest("x")), release="R-0010", reason="so")
    assert overview(world.home).releases
    assert standing_remembered(world.home, old, release).decision == standing_of(world.home, old, release).decision


def test_what_could_not_be_worked_out_is_not_remembered() -> None:
    standings, home = Standings(), whole_world().home

    def fails() -> Answer[int]:
        raise ValueError("no")

    with standings.over(home), pytest.raises(ValueError, match="no"):
        standings.recall(int, "one", home.now(), fails)
    with standings.over(home):
        assert standings.recall(int, "one", home.now(), lambda: Answer(1, frozenset())) == 1
        assert standings.recall(int, "one", home.now(), lambda: Answer(2, frozenset())) == 1


def test_people_who_look_at_once_see_how_everything_stands() -> None:
    world = World()
    world.go_on(150)

    def look(number: int) -> None:
        home = replace(world.home, person=PEOPLE[number % len(PEOPLE)])
        for _ in range(8):
            view = overview(home)
            assert all(line.release.announced is None for line in view.releases if line.phase is not Phase.MONITORING)

    with ThreadPoolExecutor(4) as threads:
        looks = [threads.submit(look, number) for number in range(3)]
        for _ in range(12):
            world.go_on(10)
        for done in looks:
            done.result()
    plainly(world.home, overview(world.home))

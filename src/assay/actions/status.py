"""Status: who and where I am, what needs me, every release, production, debts, and one suggestion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assay.actions.case import Standing, released_payload, released_release, standing_of
from assay.actions.guidance import Step, step_for
from assay.actions.home import Home
from assay.actions.recording import Loaded
from assay.actions.standings import EVERY_RELEASE, Answer, of_product, of_release
from assay.base.errors import Fault
from assay.base.roles import HANDS, Person, Role
from assay.lifecycle.decide import GateState, Status, case_of, decide, objection_to
from assay.lifecycle.gates import By, ChangeClass, Phase
from assay.lifecycle.record import Record, Release, Request
from assay.lifecycle.statements import GOOD, Kind, Statement
from assay.lifecycle.subjects import SubjectKind

CORRECTION = "correct it, commit, build it again and freeze"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing for one kind of act: which gate, on what, and the command that does it."""

    release: str
    gate: str
    title: str
    subjects: tuple[str, ...]
    step: Step
    who: tuple[str, ...]
    why: str = ""


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
class ServedLine:
    """What production serves of a product, by the node's own statements.

    Attributes:
        version: None before the first release.
        as_of: the logical date of what is served.
        last_run: the node's newest run; None when none was imported.
        late: why it is not newer; empty when the newest run was good.
    """

    product: str
    version: str | None
    release: str | None
    as_of: str | None
    last_run: Statement | None
    late: str


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


def standing_remembered(home: Home, record: Record, release: Release) -> Standing:
    """Return how a release stands, for those who look; whoever acts decides anew, see `standing_of`.

    Only what is on its way is remembered; a release that is done is decided for each who looks at it.
    """
    if _is_on_its_way(release):
        with home.standings.over_record(home, record) as is_present:
            if is_present:
                return _seen(home, record, release, home.now()).standing
    return standing_of(home, record, release)


def _overview(home: Home, loaded: Loaded) -> Overview:
    record, now = loaded.record, home.now()
    products = {
        name: _seen_product(home, record, name, now)
        for name in dict.fromkeys((*home.project.products, *record.by_product))
    }
    whole = home.standings.recall(_Whole, "", now, lambda: _see_whole(record))
    seen = [_seen(home, record, release, now) for release in _in_sight(record, whole, products)]
    seen = [one for one in seen if _is_on_its_way(one.standing.release) or one.line.phase is Phase.MONITORING]
    mine = tuple(task for one in seen for task in _tasks_in(home, record, one, home.person))
    lines = tuple(one.line for one in seen)
    return Overview(
        project=home.project.name,
        person=home.person,
        mine=mine,
        releases=lines,
        asked=whole.unanswered,
        served=tuple(products[name].served for name in sorted(home.project.products)),
        debts=_debts(whole, products),
        faults=loaded.faults,
        suggestion=next(iter(mine), next((task for line in lines for task in line.waits_for), None)),
    )


@dataclass(frozen=True, slots=True)
class _Whole:
    """What rests on all requests and releases together.

    Attributes:
        order: in which the releases were opened: the place of each, by its id.
        unanswered: the requests that stand and that no release answers.
    """

    order: Mapping[str, int]
    unanswered: tuple[Request, ...]


def _see_whole(record: Record) -> Answer[_Whole]:
    answered = {q for r in record.releases.values() if r.cancelled is None for q in r.requests}
    unanswered = tuple(q for q in record.requests.values() if q.cancelled is None and q.id not in answered)
    order = {name: place for place, name in enumerate(record.releases)}
    return Answer(_Whole(order, unanswered), frozenset({EVERY_RELEASE}))


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
    own = {subject.id for subject in standing.decision.case.subjects} | {of_release(release.id)}
    return frozenset(own if release.frozen else own | {of_product(release.product)})


def _lasts(home: Home, record: Record, standing: Standing) -> timedelta | None:
    """Say how long a standing stays right by itself: until a statement is too old, or a key is revoked."""
    now = home.now()
    ages = [timedelta(days=gate.max_age_days) for gate in home.table if gate.max_age_days is not None]
    said = [s.statement for subject in standing.decision.case.subjects for s in record.of(subject.id)] if ages else []
    ends = [age - (now - one.at) + timedelta.resolution for age in ages for one in said]
    ends += [key.revoked_at - now for p in record.roster.people for key in p.keys if key.revoked_at is not None]
    ends += [_UNSEEN] if _lacks_base(home, record, standing) else []
    return min((end for end in ends if end > timedelta(0)), default=None)


_UNSEEN = timedelta(hours=1)
"""When to look again for what could not be compared: nothing is said when a payload is put into a home."""


def _lacks_base(home: Home, record: Record, standing: Standing) -> bool:
    base = None if standing.release.frozen or standing.changes else released_payload(record, standing.release.product)
    return base is not None and home.payloads.get(base) is None


def _is_on_its_way(release: Release) -> bool:
    return release.announced is None and release.cancelled is None


@dataclass(frozen=True, slots=True)
class _SeenProduct:
    """A product as far as it rests on what was said of its releases alone.

    Attributes:
        in_sight: ids of the releases that are on their way, and of those that may wait for feedback.
        debts: what was left behind, by the release's id.
    """

    served: ServedLine
    in_sight: frozenset[str]
    debts: Mapping[str, str]


def _seen_product(home: Home, record: Record, product: str, now: datetime) -> _SeenProduct:
    def work_out() -> Answer[_SeenProduct]:
        releases = record.releases_of(product)
        in_sight = frozenset(r.id for r in releases if _is_on_its_way(r) or _may_ask_feedback(home, record, r))
        seen = _SeenProduct(_served(record, product), in_sight, _left_behind(releases))
        return Answer(seen, frozenset({of_product(product)}))

    return home.standings.recall(_SeenProduct, product, now, work_out)


def _in_sight(record: Record, whole: _Whole, products: Mapping[str, _SeenProduct]) -> list[Release]:
    """Return what is on its way, then what may wait for feedback, each in the order in which it was opened."""
    names = sorted((name for seen in products.values() for name in seen.in_sight), key=whole.order.__getitem__)
    return sorted((record.releases[name] for name in names), key=lambda release: not _is_on_its_way(release))


def _may_ask_feedback(home: Home, record: Record, release: Release) -> bool:
    """Say whether a released release may have to stay in sight until its stakeholders were asked for feedback.

    Thousands are long done; to see that, the last rows of the table are enough, where they ask for evidence about the
    release itself: that counts or not whatever stands before it. For any other table the whole decision is asked.
    """
    if release.announced is None or release.rolled_back is not None:
        return False
    rows = tuple(gate for gate in home.table if gate.phase is Phase.MONITORING)
    is_plain = all(
        row.per is SubjectKind.RELEASE and row.by is not By.SIGN_OFF and row.max_age_days is None for row in rows
    )
    if release.frozen is None or not is_plain:
        return True
    change_class = ChangeClass(release.frozen.statement.details["class"])
    case = case_of(release.id, release.payload, (), (), change_class, record)
    return bool(decide(rows, case, record, home.now()).unsettled)


def tasks_for(home: Home, record: Record, standing: Standing, person: Person | None) -> tuple[Task, ...]:
    """Return what a person could do now for a release, gate by gate in the table's order."""
    return _tasks_in(home, record, _see(record, standing), person)


def _tasks_in(home: Home, record: Record, seen: _Seen, person: Person | None) -> tuple[Task, ...]:
    if person is None or not (seen.actionable or seen.rejected):
        return ()
    theirs = [state for state in seen.actionable if _is_theirs(home, record, seen.standing, state, person)]
    return (*_corrections(record, seen, person), *_tasks(seen.standing, theirs))


def _is_theirs(home: Home, record: Record, standing: Standing, state: GateState, person: Person) -> bool:
    """Say whether a person can do it; who can was worked out with the state, but for what only evidence bars."""
    gate = state.gate
    if gate.by is By.NODE or person.email not in state.who or not person.roles & gate.roles:
        return False
    if gate.holders >= HANDS and (gate.by is By.SIGN_OFF or not (gate.distinct or gate.same_person)):
        return True
    case, holder = standing.decision.case, home.holder_for(person)
    return not objection_to(home.table, case, record, home.now(), gate, state.subject, person, holder)


def _corrections(record: Record, seen: _Seen, person: Person) -> tuple[Task, ...]:
    """Return what was rejected and is this person's to correct: whoever signed that it was built."""
    found = []
    release = seen.standing.release
    for state in seen.rejected:
        subject = state.subject
        is_author = subject.kind is SubjectKind.CONTRACT and Role.ENGINEER in person.roles
        is_author = is_author or any(
            s.statement.kind is Kind.BUILT and s.statement.signer == person.email
            for s in record.of(subject.id)
            if s.statement.meant(subject.id) == subject.digest
        )
        if is_author:
            step = Step(CORRECTION, f"assay build {release.product} --env dev --sign")
            found.append(Task(release.id, state.gate.id, "rejected", (subject.name,), step, (person.email,), state.why))
    return tuple(found)


def all_tasks(standing: Standing) -> tuple[Task, ...]:
    """Return everything that somebody could do now for a release."""
    return _tasks(standing, standing.decision.actionable)


def _tasks(standing: Standing, states: list[GateState] | tuple[GateState, ...]) -> tuple[Task, ...]:
    release = standing.release
    by_gate: dict[str, list[GateState]] = {}
    for state in states:
        by_gate.setdefault(state.gate.id, []).append(state)
    return tuple(
        Task(
            release=release.id,
            gate=gate,
            title=found[0].gate.title,
            subjects=tuple(state.subject.name for state in found),
            step=step_for(found[0], release.id, release.product),
            who=tuple(dict.fromkeys(email for state in found for email in state.who)),
            why=next((state.why for state in found if state.why), ""),
        )
        for gate, found in by_gate.items()
    )


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
        waits_for=_tasks(standing, actionable),
        rejections=rejected,
        since=max(newest, default=standing.release.at),
    )


def _served(record: Record, product: str) -> ServedLine:
    release = released_release(record, product)
    if release is None:
        return ServedLine(product, None, None, None, None, "")
    runs = [
        s.statement for s in record.of(f"release:{release.id}")
        if s.statement.kind in (Kind.RAN, Kind.RELEASED, Kind.ROLLED_BACK)
    ]  # fmt: skip
    good = [run for run in runs if run.result in GOOD]
    last = runs[-1] if runs else None
    late = "" if last is None or last.result in GOOD else f"the run of {last.at:%Y-%m-%d %H:%M} gave {last.result}"
    as_of = str(good[-1].details.get("as_of", "")) if good else None
    return ServedLine(product, release.version, release.id, as_of, last, late)


def _debts(whole: _Whole, products: Mapping[str, _SeenProduct]) -> tuple[str, ...]:
    """Name what was left behind: rejections that stand on open releases are not debts, cancelled work is none."""
    left = {name: words for seen in products.values() for name, words in seen.debts.items()}
    return tuple(left[name] for name in sorted(left, key=whole.order.__getitem__))


def _left_behind(releases: Sequence[Release]) -> Mapping[str, str]:
    """Name the releases of a product that were rolled back, as long as none that was opened later is released."""
    return {
        release.id: f"{release.id} {release.product} {release.version}: rolled back, its defect is not corrected yet"
        for release in releases
        if release.rolled_back is not None
        and not any(other.at > release.rolled_back.statement.at and other.released for other in releases)
    }

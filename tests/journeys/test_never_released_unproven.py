"""The promise: no sequence of acts, honest or not, releases what distinct people have not accepted as it now is.

A state machine lets a cast do anything with the keys they hold. After every act the decision is compared with an oracle
that knows no gate table and no decision: it looks through all that was said with the eyes of an auditor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from itertools import product
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from assay.base.canonical import Digest
from assay.base.roles import Holder, NodeIdentity, Person, Role, Roster
from assay.lifecycle.decide import case_of, decide, missing_before
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.gates import DEFAULT_TABLE, By, ChangeClass, Gate
from assay.lifecycle.record import fold
from assay.lifecycle.statements import Kind, Meant, Result, Statement
from assay.lifecycle.subjects import Aspect, Subject, SubjectKind
from fakes.cast import (
    AUGUST,
    EMIL,
    ERNA,
    OLIVE,
    PROJECT,
    RITA,
    SIMON,
    START,
    STELLA,
    THE_NODE,
    VIKTOR,
    digest,
    person,
)
from soak import count

SHORTEST_PROOF = 12
"""So many statements at least stand before an order; with fewer nothing need be decided."""

SEQUENCES = count(1_000, 100_000)
JACK = person("jack", Role.ENGINEER, Role.OWNER, Role.STAKEHOLDER, Role.RELEASE_MANAGER, Role.ADMIN)
PEOPLE = (OLIVE, STELLA, SIMON, EMIL, ERNA, VIKTOR, RITA, AUGUST, JACK)
EVERYBODY = (*PEOPLE, THE_NODE)
BAD = (Result.FAIL, Result.ERROR)

# ---------------------------------------------------------------------------------------------------------------------
# The oracle. Nothing below knows the gate table.


@dataclass(frozen=True, slots=True)
class Thing:
    """A contract, dataset or solution as it is now."""

    kind: str
    id: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything that was said, and who may say what."""

    said: Sequence[Signed]
    roster: Roster

    def by(self, signed: Signed) -> frozenset[Role]:
        """Return the roles of who signed; none for a node, a stranger and a key that was revoked when it signed."""
        for somebody in self.roster.people:
            for key in somebody.keys:
                if key.id == signed.key_id and (key.revoked_at is None or signed.statement.at < key.revoked_at):
                    return somebody.roles
        return frozenset()

    def about(self, thing_id: str, meaning: Digest, *kinds: Kind) -> list[tuple[int, Signed]]:
        """Return what was said of exactly this meaning, with its position."""
        return [
            (i, s)
            for i, s in enumerate(self.said)
            if s.statement.kind in kinds and (thing_id, meaning) in {(m.id, m.digest) for m in s.statement.subjects}
        ]

    def authors(self, thing: Thing) -> set[str]:
        return {s.statement.signer for _, s in self.about(thing.id, thing.digest, Kind.BUILT)}

    def is_proven_by(self, thing: Thing, kind: Kind, environment: str, roles: set[Role] | None) -> bool:
        """Say whether the last that was found out by those who may (None: a node) was good."""
        last = None
        for _, s in self.about(thing.id, thing.digest, kind):
            is_theirs = s.key_id == THE_NODE.keys[0].id if roles is None else bool(self.by(s) & roles)
            if s.statement.environment == environment and is_theirs:
                last = s.statement.result
        return last in (Result.PASS, Result.WARN)

    def acceptors(self, thing: Thing, environment: str, whose: str, role: set[Role]) -> set[str]:
        """Return who accepted it, with the role, and after the last time that anything about it failed there."""
        failures = [
            i
            for i, s in self.about(
                thing.id, thing.digest, Kind.CHECKED, Kind.PUBLISHED, Kind.POPULATED, Kind.COMPARED, Kind.SOAKED
            )
            if s.statement.environment == environment and s.statement.result in BAD
        ]
        gate = f"{thing.kind}.{environment}.accepted-by-{whose}"
        return {
            s.statement.signer
            for i, s in self.about(thing.id, thing.digest, Kind.ACCEPTED)
            if s.statement.gate == gate and self.by(s) & role and all(failure < i for failure in failures)
        }

    def is_rejected(self, thing_id: str, meaning: Digest) -> bool:
        """Say whether somebody with a say said no to this meaning and did not take it back."""
        for _, no in self.about(thing_id, meaning, Kind.REJECTED):
            taken_back = any(
                s.statement.kind is Kind.WITHDRAWN
                and s.statement.signer == no.statement.signer
                and no.digest in s.statement.observed
                and s.statement.reason != ""
                for s in self.said
            )
            if self.by(no) - {Role.AUDITOR} and not taken_back:
                return True
        return False

    def is_accepted(self, thing: Thing, environment: str, whom: Sequence[str]) -> bool:
        """Say whether as many different people accepted it: an author, another engineer, a stakeholder, as asked."""
        authors = self.authors(thing)
        able = {
            "engineer": self.acceptors(thing, environment, "engineer", {Role.ENGINEER}) & authors,
            "other-engineer": self.acceptors(thing, environment, "other-engineer", {Role.ENGINEER, Role.VALIDATOR})
            - authors,
            "stakeholder": self.acceptors(thing, environment, "stakeholder", {Role.STAKEHOLDER}) - authors,
        }
        return any(len({*people}) == len(whom) for people in product(*(able[who] for who in whom)))

    def approvers(self, contract: Thing, role: Role, whose: str) -> set[str]:
        return {
            s.statement.signer
            for _, s in self.about(contract.id, contract.digest, Kind.APPROVED)
            if s.statement.gate == f"contract.approved-by-{whose}" and role in self.by(s)
        }

    def is_approved(self, contract: Thing) -> bool:
        owners = self.approvers(contract, Role.OWNER, "owner")
        stakeholders = self.approvers(contract, Role.STAKEHOLDER, "stakeholder")
        return any(one != other for one, other in product(owners, stakeholders))

    def objections(self, things: Sequence[Thing], change_class: ChangeClass) -> Iterator[str]:
        """Name everything for which this must not be released; nothing when it may be."""
        for thing in things:
            if self.is_rejected(thing.id, thing.digest):
                yield f"{thing.id} is rejected"
            if thing.kind == "contract":
                if change_class in WITH_APPROVALS and not self.is_approved(thing):
                    yield f"{thing.id} is not approved by two people"
                continue
            if not self.authors(thing):
                yield f"{thing.id} was built by nobody"
            for kind, environment in EVIDENCE[thing.kind]:
                roles = {Role.ENGINEER, Role.VALIDATOR} if environment == "qa" else None
                needless = kind is Kind.SOAKED and change_class not in WITH_SOAK
                if not needless and not self.is_proven_by(thing, kind, environment, roles):
                    yield f"{thing.id} is not {kind} in {environment}"
            for environment, whom in WHO_ACCEPTS[change_class].items():
                if not self.is_accepted(thing, environment, whom):
                    yield f"{thing.id} is not accepted in {environment} by {', '.join(whom)}"

    def is_ordered(self, things: Sequence[Thing], release_id: str, payload: Digest) -> bool:
        """Say whether a release manager who built none of it ordered exactly this payload."""
        authors = set().union(*(self.authors(thing) for thing in things))
        return any(
            Role.RELEASE_MANAGER in self.by(s) and s.statement.signer not in authors
            for _, s in self.about(release_id, payload, Kind.ORDERED)
        ) and not self.is_rejected(release_id, payload)


EVERYONE = ("engineer", "other-engineer", "stakeholder")
WHO_ACCEPTS: dict[ChangeClass, dict[str, tuple[str, ...]]] = {
    ChangeClass.COSMETIC: {"qa": ("other-engineer",), "prod": ()},
    ChangeClass.ADDITIVE: {"qa": EVERYONE, "prod": ("engineer", "other-engineer")},
    ChangeClass.REPAIR: {"qa": ("engineer", "other-engineer"), "prod": ("other-engineer",)},
    ChangeClass.STANDARD: {"qa": EVERYONE, "prod": EVERYONE},
    ChangeClass.BREAKING: {"qa": EVERYONE, "prod": EVERYONE},
}
WITH_APPROVALS = {ChangeClass.ADDITIVE, ChangeClass.STANDARD, ChangeClass.BREAKING}
WITH_SOAK = {ChangeClass.REPAIR, ChangeClass.STANDARD, ChangeClass.BREAKING}
EVIDENCE = {
    "dataset": [(Kind.CHECKED, "qa"), (Kind.POPULATED, "prod"), (Kind.COMPARED, "prod"), (Kind.SOAKED, "prod")],
    "solution": [(Kind.PUBLISHED, "qa"), (Kind.PUBLISHED, "prod")],
}

# ---------------------------------------------------------------------------------------------------------------------
# What people do.

SHIFTS: dict[str, dict[str, Person]] = {
    "early": {"author": EMIL, "other": ERNA, "stakeholder": STELLA, "owner": OLIVE, "manager": RITA},
    "late": {"author": ERNA, "other": VIKTOR, "stakeholder": SIMON, "owner": JACK, "manager": RITA},
    "small": {"author": JACK, "other": EMIL, "stakeholder": STELLA, "owner": OLIVE, "manager": RITA},
}
CROOKED: dict[str, dict[str, Person]] = {
    "one person": dict.fromkeys(("author", "other", "stakeholder", "owner", "manager", "node"), JACK),
    "two people": {"author": EMIL, "other": EMIL, "stakeholder": JACK, "owner": JACK, "manager": JACK},
    "no node": {**SHIFTS["early"], "node": JACK},
    "no stakeholder": {**SHIFTS["early"], "stakeholder": OLIVE},
    "an author orders": {**SHIFTS["small"], "manager": JACK},
}
"""Shifts in which somebody does what is not theirs."""

_PARTS = {"accepted-by-engineer": "author", "accepted-by-other-engineer": "other", "accepted-by-stakeholder":
          "stakeholder", "approved-by-owner": "owner", "approved-by-stakeholder": "stakeholder",
          "ordered": "manager", "recorded": "stakeholder"}  # fmt: skip


def actor(gate: Gate, shift: dict[str, Person]) -> Person | NodeIdentity:
    """Return who answers a gate in a shift."""
    if gate.by is By.NODE:
        return shift.get("node", THE_NODE)
    return shift[_PARTS.get(gate.id.rpartition(".")[2], "author")]


@lru_cache(maxsize=10_000)
def meaning(name: str, *versions: int) -> Digest:
    return digest(f"{name} {versions}")


@lru_cache(maxsize=1_000)
def subjects_of(contract: int, dataset: int, solution: int) -> tuple[Subject, ...]:
    """Make the subjects of some versions; a digest covers what is read, as the real ones do."""
    columns = {Aspect.COLUMNS: meaning("columns")}
    first = Subject(SubjectKind.CONTRACT, "p/x", {Aspect.WHOLE: meaning("contract", contract), **columns})
    feeds = {Aspect.FEEDS: meaning("feeds")}
    whole = {Aspect.WHOLE: meaning("dataset", contract, dataset)}
    second = Subject(SubjectKind.DATASET, "p/x", {**whole, **feeds}, (first.id,))
    third = {Aspect.WHOLE: meaning("solution", contract, dataset, solution)}
    return (first, second, Subject(SubjectKind.SOLUTION, "p/x", third, (second.id,)))


def signed(
    number: int, who: Person | NodeIdentity, kind: Kind, subject: tuple[str, Digest], hours: int, **fields: Any
) -> Signed:
    """Make what opening an envelope gives: nobody signs in another's name, for that no envelope opens.

    Making real envelopes here would take two thirds of the time; test_envelopes.py makes them.
    """
    name = who.email if isinstance(who, Person) else who.name
    holder = Holder.PERSON if isinstance(who, Person) else Holder.NODE
    said = Statement(kind, (Meant(*subject),), name, holder, START + timedelta(hours=hours), PROJECT, **fields)
    return Signed(said, Digest(f"statement {number}"), who.keys[0].id)


class Picked:
    """Picks one combination by its number. Hypothesis writes strategies out again and again, so it has a short name."""

    def __init__(self, *choices: Sequence[Any]) -> None:
        self.combinations = list(product(*choices))

    def __call__(self, number: int) -> Any:
        return self.combinations[number]

    def __repr__(self) -> str:
        return "picked"


def any_of(*choices: Sequence[Any]) -> st.SearchStrategy[Any]:
    """Draw one of each with a single choice, for choices are what takes Hypothesis its time."""
    picked = Picked(*choices)
    return st.integers(0, len(picked.combinations) - 1).map(picked)


SIGN_OFFS = [gate for gate in DEFAULT_TABLE if gate.by is By.SIGN_OFF]
EVIDENCE_GATES = [g for g in DEFAULT_TABLE if g.kind in {kind for pairs in EVIDENCE.values() for kind, _ in pairs}]
KINDS = ["contract", "dataset", "solution"]
AGES = [0, 0, 0, 1]
"""Versions ago; mostly what there is now."""

THEN = ["nothing", "signed again", "mended"]
"""What people do about evidence that came out otherwise, when they do their part."""

OTHER_ROLES = [{Role.VALIDATOR}, {Role.AUDITOR}, {Role.ENGINEER, Role.STAKEHOLDER}, set[Role]()]


class NeverReleasedUnproven(RuleBasedStateMachine):
    """A ledger to which anybody adds anything."""

    reached = 0
    """How many sequences came to a release that was ordered and released."""

    ready = 0
    """How often the decision found nothing missing before the order."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Signed] = []
        self.roster = Roster(PEOPLE, (THE_NODE,), PROJECT)
        self.version = {"contract": 1, "dataset": 1, "solution": 1}
        self.number = 1
        self.hours = 0
        self.done: set[tuple[Any, ...]] = set()
        self.was_released = False

    # The state of the world

    def subjects(self) -> tuple[Subject, ...]:
        return subjects_of(*self.version.values())

    @property
    def release(self) -> str:
        return f"R-{self.number:04d}"

    @property
    def payload(self) -> Digest:
        return meaning("payload", self.number, *self.version.values())

    def target(self, gate: Gate, age: int = 0) -> tuple[str, Digest]:
        """Return what a gate is about, as it is now or as it was some versions ago."""
        if gate.per is SubjectKind.REQUEST:
            return ("request:Q-0001", meaning("request"))
        if gate.per is SubjectKind.RELEASE:
            return (f"release:{self.release}", meaning("older payload") if age else self.payload)
        versions = dict(self.version)
        versions[str(gate.per)] = max(1, versions[str(gate.per)] - age)
        subject = next(s for s in subjects_of(*versions.values()) if s.kind is gate.per)
        return (subject.id, subject.digest_of(gate.aspect))

    def evidence(self, subject_id: str, environment: str | None) -> tuple[Digest, ...]:
        return tuple(
            s.digest for s in self.said
            if s.statement.gate is None and s.statement.environment == environment
            and any(meant.id == subject_id for meant in s.statement.subjects)
        )  # fmt: skip

    def say(self, who: Person | NodeIdentity, kind: Kind, subject: tuple[str, Digest], **fields: Any) -> None:
        self.said.append(signed(len(self.said), who, kind, subject, self.hours, **fields))

    def answer(self, gate: Gate, who: Person | NodeIdentity, age: int = 0, *, is_blind: bool = False) -> None:
        """Say what a gate asks for."""
        subject = self.target(gate, age)
        fields: dict[str, Any] = {"release": self.release, "environment": gate.environment}
        if gate.by is By.SIGN_OFF:
            fields["gate"] = gate.id
            fields["observed"] = () if is_blind else self.evidence(subject[0], gate.environment)
        elif gate.kind is not Kind.FROZEN:
            fields["result"] = Result.PASS
        self.say(who, gate.kind, subject, **fields)

    # Acts

    @initialize(change_class=st.sampled_from([*ChangeClass, ChangeClass.STANDARD]))
    def begin(self, change_class: ChangeClass) -> None:
        self.change_class = change_class

    @rule(act=any_of(list(SHIFTS), [50, 50, 31, 24, 12]))
    def people_do_their_part(self, act: tuple[str, int]) -> None:
        """Answer what was not answered yet of what there is now, in the order of the table."""
        shift, steps = act
        self.hours += 1
        for gate in DEFAULT_TABLE:
            place = (gate.id, self.target(gate))
            if steps and place not in self.done:
                self.done.add(place)
                self.answer(gate, actor(gate, SHIFTS[shift]))
                steps -= 1

    @rule(shift=st.sampled_from(list(SHIFTS)))
    def people_go_on(self, shift: str) -> None:
        self.people_do_their_part((shift, len(DEFAULT_TABLE)))

    @rule(shift=st.sampled_from(list(CROOKED)))
    def people_do_what_is_not_theirs(self, shift: str) -> None:
        self.hours += 1
        for gate in DEFAULT_TABLE:
            if (gate.id, self.target(gate)) not in self.done:
                self.answer(gate, actor(gate, CROOKED[shift]))

    @rule(act=any_of(EVERYBODY, DEFAULT_TABLE, AGES, [False, True]))
    def somebody_answers_a_gate_that_may_not_be_theirs(
        self, act: tuple[Person | NodeIdentity, Gate, int, bool]
    ) -> None:
        who, gate, age, is_blind = act
        self.hours += 1
        self.answer(gate, who, age, is_blind=is_blind)

    @rule(act=any_of(PEOPLE, KINDS))
    def somebody_signs_everything_of_a_subject(self, act: tuple[Person, str]) -> None:
        who, per = act
        self.hours += 1
        for gate in DEFAULT_TABLE:
            if gate.per == per:
                self.answer(gate, who)

    @rule(act=any_of(KINDS, [1, 2, 3]))
    def a_file_changes_or_changes_back(self, act: tuple[str, int]) -> None:
        per, version = act
        self.version[per] = version

    @rule(act=any_of(PEOPLE, SIGN_OFFS, AGES))
    def somebody_rejects(self, act: tuple[Person, Gate, int]) -> None:
        who, gate, age = act
        self.hours += 1
        fields = {"environment": gate.environment, "gate": gate.id, "reason": "no"}
        self.say(who, Kind.REJECTED, self.target(gate, age), **fields)

    @rule(act=any_of([None, *PEOPLE], ["mine", "mine", ""]))
    def somebody_withdraws_a_rejection(self, act: tuple[Person | None, str]) -> None:
        who, reason = act
        rejection = next((s for s in reversed(self.said) if s.statement.kind is Kind.REJECTED), None)
        if rejection is not None:
            said = rejection.statement
            maker = next(p for p in PEOPLE if p.email == said.signer)
            subject = (said.subjects[0].id, said.subjects[0].digest)
            self.say(who or maker, Kind.WITHDRAWN, subject, reason=reason, observed=(rejection.digest,))

    @rule(act=any_of(EVERYBODY, EVIDENCE_GATES, [*BAD, Result.WARN], THEN))
    def evidence_comes_out_otherwise(self, act: tuple[Person | NodeIdentity, Gate, Result, str]) -> None:
        who, gate, result, then = act
        self.hours += 1
        subject = self.target(gate)
        self.say(who, gate.kind, subject, environment=gate.environment, result=result)
        if then != "nothing":
            again = {g.id for g in DEFAULT_TABLE if then == "mended" or g.by is By.SIGN_OFF}
            self.done = {(g, s) for g, s in self.done if s != subject or g not in again}

    @rule(act=any_of(PEOPLE, [0, 1, 2, 3]))
    def a_key_is_revoked(self, act: tuple[Person, int]) -> None:
        who, hours = act
        when = START + timedelta(hours=self.hours - hours)
        self._replace(who, keys=tuple(replace(key, revoked_at=when) for key in who.keys))

    @rule(act=any_of(PEOPLE, OTHER_ROLES))
    def somebody_gets_other_roles(self, act: tuple[Person, set[Role]]) -> None:
        who, roles = act
        self._replace(who, roles=frozenset(roles))

    def _replace(self, who: Person, **changes: Any) -> None:
        kept = (replace(p, **changes) if p.email == who.email else p for p in self.roster.people)
        self.roster = replace(self.roster, people=tuple(kept))

    @rule(back=st.integers(1, 40))
    def a_statement_is_recorded_again(self, back: int) -> None:
        if len(self.said) >= back:
            self.said.append(self.said[-back])

    @rule(change_class=st.sampled_from(list(ChangeClass)))
    def the_next_release_is_opened(self, change_class: ChangeClass) -> None:
        self.number = self.number % 2 + 1
        self.change_class = change_class

    # The promise

    @invariant()
    def nothing_unproven_is_released(self) -> None:
        if len(self.said) < SHORTEST_PROOF:
            return
        record = fold(self.said, self.roster)
        requests = ("Q-0001",)
        case = case_of(self.release, self.payload, self.subjects(), requests, self.change_class, record)
        decision = decide(DEFAULT_TABLE, case, record, START + timedelta(hours=self.hours))
        if missing_before(DEFAULT_TABLE, decision, "release.ordered"):
            return
        type(self).ready += 1
        things = [Thing(str(s.kind), s.id, s.digest) for s in self.subjects()]
        audit = Audit(self.said, self.roster)
        assert list(audit.objections(things, self.change_class)) == []
        if not missing_before(DEFAULT_TABLE, decision, "release.released"):
            assert audit.is_ordered(things, f"release:{self.release}", self.payload)
            self.was_released = self.was_released or decision.of("release.released")[0].is_settled

    def teardown(self) -> None:
        type(self).reached += self.was_released


@pytest.mark.timeout(count(240, 14_400))
def test_no_sequence_of_acts_releases_what_is_not_proven() -> None:
    NeverReleasedUnproven.reached = NeverReleasedUnproven.ready = 0
    run_state_machine_as_test(NeverReleasedUnproven, settings=settings(max_examples=SEQUENCES, stateful_step_count=8))
    assert NeverReleasedUnproven.reached > SEQUENCES / 20, "a machine that never releases proves nothing"


@pytest.mark.parametrize("change_class", list(ChangeClass))
@pytest.mark.parametrize("shift", SHIFTS)
def test_people_who_keep_to_their_parts_release_and_the_auditor_agrees(shift: str, change_class: ChangeClass) -> None:
    machine = NeverReleasedUnproven()
    machine.begin(change_class)
    machine.people_go_on(shift)
    machine.nothing_unproven_is_released()
    assert machine.was_released


@pytest.mark.parametrize("shift", CROOKED)
def test_people_who_do_what_is_not_theirs_never_release_and_the_auditor_agrees(shift: str) -> None:
    machine = NeverReleasedUnproven()
    machine.begin(ChangeClass.STANDARD)
    machine.people_do_what_is_not_theirs(shift)
    machine.nothing_unproven_is_released()
    things = [Thing(str(s.kind), s.id, s.digest) for s in machine.subjects()]
    audit = Audit(machine.said, machine.roster)
    is_ordered = audit.is_ordered(things, f"release:{machine.release}", machine.payload)
    assert not machine.was_released
    assert not (is_ordered and list(audit.objections(things, ChangeClass.STANDARD)) == [])

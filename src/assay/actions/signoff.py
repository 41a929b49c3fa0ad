"""Signing off: accept or reject what waits for a person, one item or a listed set in one act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.actions.case import Standing, standing_of
from assay.actions.evidence import evidence_on
from assay.actions.home import Home, open_release_named
from assay.actions.shown import Opened, changed_since, opened_details
from assay.base.canonical import Digest
from assay.base.errors import AssayError, Fault, Place, raise_faults, refusal
from assay.base.roles import Action, Person
from assay.discovery.texts import TEXT, normal_text, text_fault
from assay.lifecycle.decide import GateState, Status, objection_to
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.gates import By, Gate
from assay.lifecycle.record import Record
from assay.lifecycle.statements import Kind, Meant, Statement

SIGNABLE: frozenset[Status] = frozenset({Status.OPEN, Status.STALE})


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person means to sign.

    Attributes:
        gate: a gate's id, or its ending (``accepted-by-stakeholder``); None for every gate that waits for them.
        subjects: names of subjects (``ontime_daily``, ``ontime/ontime_daily``); empty for all that wait at the gate.
        rejects: whether the answer is no.
        reason: in their words; a no has one.
        opened: subject id to what they opened of it on the page; None at a terminal, where nothing is known of that.
        seen: what the page showed, see `assay.actions.shown.seen_now`; None at a terminal.
    """

    gate: str | None = None
    subjects: tuple[str, ...] = ()
    rejects: bool = False
    reason: str = ""
    opened: Mapping[str, Sequence[Opened]] | None = None
    seen: Mapping[str, Digest] | None = None


def waiting_for(home: Home, record: Record, standing: Standing, person: Person) -> tuple[GateState, ...]:
    """Return the sign-offs that a person could give now."""
    case, holder = standing.decision.case, home.holder_for(person)
    return tuple(
        state
        for state in standing.decision.states
        if state.status in SIGNABLE
        and state.gate.by is By.SIGN_OFF
        and not objection_to(home.table, case, record, home.now(), state.gate, state.subject, person, holder)
    )


def sign_off(home: Home, release_id: str, choice: Choice) -> tuple[Signed, ...]:
    """Sign what a person chose: one statement a gate, over all the subjects chosen there.

    Returns:
        What was signed and recorded; the order of the gate table.

    Raises:
        AssayError: any of it is not theirs to sign, is not open yet or any more, does not exist, or is not as the page
            showed it; then nothing is signed at all, and each fault is named.
    """
    person = home.authorised(Action.SIGN_OFF)
    record = home.load().record
    standing = standing_of(home, record, open_release_named(record, release_id))
    if choice.rejects and not choice.reason.strip():
        raise refusal(release_id, expected="a reason for the no", found="none", hint="Say why with --reason.")
    wordy = text_fault(normal_text(choice.reason), TEXT, Place(f"{release_id}: reason"), "a reason")
    raise_faults([wordy] if wordy and choice.reason.strip() else [])
    chosen = _chosen(home, record, standing, choice, person)
    faults = [fault for state in chosen if (fault := _fault(home, record, standing, state, person, choice)) is not None]
    faults += _twice(chosen, person)
    faults += () if choice.seen is None else changed_since(record, chosen, choice.seen)
    if faults:
        raise AssayError(*faults)
    gates = list(dict.fromkeys(state.gate for state in chosen))
    return home.say_all(tuple(_statement(home, record, release_id, gate, chosen, choice) for gate in gates))


def withdraw(home: Home, release_id: str, rejection: Digest, reason: str) -> Signed:
    """Withdraw one's own rejection, with a reason.

    Raises:
        AssayError: there is no such rejection, it is somebody else's, it is withdrawn already, or no reason is given.
    """
    person = home.authorised(Action.SIGN_OFF)
    record = home.load().record
    found = [s for s in record.statements if s.digest == rejection and s.statement.kind is Kind.REJECTED]
    if not found:
        raise refusal(rejection[7:19], expected="a rejection of this project", found="none")
    said = found[0].statement
    if said.signer != person.email:
        raise refusal(rejection[7:19], expected=f"{said.signer}, who rejected", found=person.email)
    if rejection in record.withdrawn:
        raise refusal(rejection[7:19], expected="a rejection that stands", found="one that was withdrawn")
    if not reason.strip():
        raise refusal(rejection[7:19], expected="a reason", found="none", hint="Say why with --reason.")
    return home.say(
        home.statement(
            Kind.WITHDRAWN, subjects=said.subjects, release=release_id, gate=said.gate,
            environment=said.environment, reason=reason, observed=(rejection,),
        )
    )  # fmt: skip


def _chosen(home: Home, record: Record, standing: Standing, choice: Choice, person: Person) -> tuple[GateState, ...]:
    if choice.gate is None:
        chosen = waiting_for(home, record, standing, person)
        if not choice.subjects:
            return _some(chosen, standing, f"nothing that {person.email} could sign now")
    else:
        chosen = tuple(s for s in standing.decision.states if _is_named(s.gate, choice.gate))
        _some(chosen, standing, f"no gate {choice.gate}")
    named: list[GateState] = []
    for name in choice.subjects:
        found = [s for s in chosen if name in (s.subject.name, s.subject.id, s.subject.name.rpartition("/")[2])]
        known = ", ".join(sorted({s.subject.name for s in chosen}))
        if not found:
            raise refusal(name, expected="something that is asked for there", found="none", hint=f"There: {known}.")
        named += found
    if choice.subjects:
        return tuple({(s.gate.id, s.subject.id): s for s in named}.values())
    waiting = tuple(s for s in chosen if s.status in SIGNABLE)
    return waiting or chosen


def _some(chosen: tuple[GateState, ...], standing: Standing, found: str) -> tuple[GateState, ...]:
    if chosen:
        return chosen
    hint = f"See what waits for whom: assay status {standing.release.id}"
    raise refusal(standing.release.id, expected="something to sign", found=found, hint=hint)


def _is_named(gate: Gate, name: str) -> bool:
    return gate.by is By.SIGN_OFF and (gate.id == name or gate.id.endswith(f".{name}"))


def _fault(
    home: Home, record: Record, standing: Standing, state: GateState, person: Person, choice: Choice
) -> Fault | None:
    """Say why this person cannot sign this now; None when they can."""
    where = Place(f"{state.gate.id} of {state.subject.name}")
    if state.gate.kind is Kind.ORDERED:
        return Fault(where, "a release order", "a sign-off", f"Run: assay release order {standing.release.id}")
    case = standing.decision.case
    objection = objection_to(home.table, case, record, home.now(), state.gate, state.subject, person, home.holder)
    if objection:
        return Fault(where, "somebody who may sign it", objection, _others(state))
    if state.status in SIGNABLE or (choice.rejects and state.status is Status.SATISFIED):
        return None
    see = f"See how it stands: assay status {standing.release.id}"
    if state.status is Status.BLOCKED:
        first = ", ".join(state.waits_for[:3])
        return Fault(where, "a gate that is open", f"one that waits for {first}", state.why or see)
    return Fault(where, "a gate that is open", f"one that is {state.status}", state.why or see)


def _twice(chosen: Sequence[GateState], person: Person) -> list[Fault]:
    """Find gates that ask for somebody else than who signs another one in the same act."""
    signed = {(state.gate.id, state.subject.id) for state in chosen}
    hint = "Name the one gate that you sign; somebody else signs the other."
    return [
        Fault(Place(f"{s.gate.id} of {s.subject.name}"), f"somebody else than signs {need.gate}", person.email, hint)
        for s in chosen
        for need in s.gate.distinct
        if (need.gate, s.subject.id) in signed
    ]


def _others(state: GateState) -> str:
    return f"They can: {', '.join(state.who)}." if state.who else ""


def _statement(
    home: Home, record: Record, release_id: str, gate: Gate, chosen: Sequence[GateState], choice: Choice
) -> Statement:
    here = [state for state in chosen if state.gate is gate]
    observed = dict.fromkeys(signed.digest for state in here for signed in evidence_on(record, state))
    return home.statement(
        Kind.REJECTED if choice.rejects else gate.kind,
        subjects=tuple(Meant(s.subject.id, s.subject.digest_of(gate.aspect)) for s in here),
        release=release_id,
        environment=gate.environment,
        gate=gate.id,
        reason=choice.reason,
        observed=tuple(observed),
        details=opened_details(choice.opened, here),
    )

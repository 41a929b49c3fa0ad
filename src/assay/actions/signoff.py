"""Signing off: accept or reject what waits for a person, one item or a listed set in one act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.actions.again import check_recent
from assay.actions.case import Standing, standing_of, version_faults
from assay.actions.evidence import evidence_on
from assay.actions.home import Home, open_release_named
from assay.actions.shown import Opened, changed_since, opened_details
from assay.actions.turns import Turn, turn_of, turns_in
from assay.base.canonical import Digest
from assay.base.errors import AssayError, Fault, Place, raise_faults, refusal
from assay.base.roles import Action, Person
from assay.discovery.texts import TEXT, normal_text, text_fault
from assay.lifecycle.decide import GateState, Status
from assay.lifecycle.delegations import Delegation
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
        on_behalf_of: e-mail of somebody absent for whom they act; `turns.OWN` for themselves alone; None for themselves
            where they can, else for whoever delegated it to them.
    """

    gate: str | None = None
    subjects: tuple[str, ...] = ()
    rejects: bool = False
    reason: str = ""
    opened: Mapping[str, Sequence[Opened]] | None = None
    seen: Mapping[str, Digest] | None = None
    on_behalf_of: str | None = None


def waiting_for(
    home: Home, record: Record, standing: Standing, person: Person, on_behalf_of: str | None = None
) -> tuple[Turn, ...]:
    """Return the sign-offs that a person could give now; ``on_behalf_of`` as of `Choice`."""
    open_ones = [s for s in standing.decision.states if s.status in SIGNABLE and s.gate.by is By.SIGN_OFF]
    return tuple(turns_in(home, record, standing.decision.case, open_ones, person, on_behalf_of))


def sign_off(home: Home, release_id: str, choice: Choice) -> tuple[Signed, ...]:
    """Sign what a person chose: one statement a gate, and absent person, over all the subjects chosen there.

    Returns:
        What was signed and recorded; the order of the gate table.

    Raises:
        AssayError: any of it is not theirs to sign, is not open yet or any more, does not exist, or is not as the page
            showed it; then nothing is signed at all, and each fault is named.
        ReauthenticationNeeded: all of that is well, but they have to show anew who they are before they accept.
    """
    person = home.authorised(Action.SIGN_OFF)
    record = home.load().record
    standing = standing_of(home, record, open_release_named(record, release_id))
    if choice.rejects and not choice.reason.strip():
        raise refusal(release_id, expected="a reason for the no", found="none", hint="Say why with --reason.")
    wordy = text_fault(normal_text(choice.reason), TEXT, Place(f"{release_id}: reason"), "a reason")
    raise_faults([wordy] if wordy and choice.reason.strip() else [])
    chosen = _chosen(home, record, standing, choice, person)
    case, name = standing.decision.case, choice.on_behalf_of
    tried = [turn_of(home, record, case, state, person, name) for state in chosen]
    faults = [
        fault
        for state, turn in zip(chosen, tried, strict=True)
        if (fault := _fault(standing, state, turn, choice)) is not None
    ]
    faults += _twice(chosen, person)
    approved = {s.subject.name.partition("/")[2] for s in chosen if s.gate.kind is Kind.APPROVED}
    if approved and not choice.rejects and not standing.is_frozen:
        faults += version_faults(home, record, standing.release.product, home.project, approved)
    faults += () if choice.seen is None else changed_since(record, chosen, choice.seen)
    if faults:
        raise AssayError(*faults)
    gates = list(dict.fromkeys(state.gate for state in chosen))
    if not choice.rejects:  # a no stands whatever is asked of a yes
        check_recent(home, gates)
    acts: dict[tuple[Gate, Delegation | None], list[GateState]] = {}
    for turn in tried:
        if isinstance(turn, Turn):
            acts.setdefault((turn.state.gate, turn.by), []).append(turn.state)
    said = (_statement(home, record, release_id, gate, by, here, choice) for (gate, by), here in acts.items())
    return home.say_all(tuple(said))


def withdraw(home: Home, release_id: str, rejection: Digest, reason: str) -> Signed:
    """Withdraw a rejection with a reason: one's own, or one that a delegate made on one's behalf.

    Raises:
        AssayError: there is no such rejection, it is somebody else's, it is withdrawn already, or no reason is given.
    """
    person = home.authorised(Action.SIGN_OFF)
    record = home.load().record
    found = [s for s in record.statements if s.digest == rejection and s.statement.kind is Kind.REJECTED]
    if not found:
        raise refusal(rejection[7:19], expected="a rejection of this project", found="none")
    said = found[0].statement
    if person.email not in said.speakers:
        raise refusal(rejection[7:19], expected=f"{' or '.join(said.speakers)}, who rejected", found=person.email)
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
        turns = waiting_for(home, record, standing, person, choice.on_behalf_of)
        own = tuple(turn for turn in turns if turn.by is None)
        chosen = tuple(turn.state for turn in own or turns)  # whoever names nothing means what is theirs
        if not choice.subjects:
            whose = f" for {choice.on_behalf_of}" if choice.on_behalf_of else ""
            return _some(chosen, standing, f"nothing that {person.email} could sign now{whose}")
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


def _fault(standing: Standing, state: GateState, turn: Turn | str, choice: Choice) -> Fault | None:
    """Say why this cannot be signed now; None when it can."""
    where = Place(f"{state.gate.id} of {state.subject.name}")
    if state.gate.kind is Kind.ORDERED:
        return Fault(where, "a release order", "a sign-off", f"Run: assay release order {standing.release.id}")
    if isinstance(turn, str):
        return Fault(where, "somebody who may sign it", turn, _others(state))
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
    home: Home, record: Record, release_id: str, gate: Gate, by: Delegation | None, here: Sequence[GateState],
    choice: Choice,
) -> Statement:  # fmt: skip
    observed = dict.fromkeys(signed.digest for state in here for signed in evidence_on(record, state))
    if by is not None:
        observed[by.digest] = None  # so that the proof carries the delegation
    return home.statement(
        Kind.REJECTED if choice.rejects else gate.kind,
        subjects=tuple(Meant(s.subject.id, s.subject.digest_of(gate.aspect)) for s in here),
        release=release_id,
        environment=gate.environment,
        gate=gate.id,
        reason=choice.reason,
        observed=tuple(observed),
        details=opened_details(choice.opened, here),
        on_behalf_of=by.absent if by is not None else "",
    )

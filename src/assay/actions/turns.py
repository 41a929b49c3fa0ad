"""Turns: what a person could sign, and in whose name: their own, or by a delegation of somebody absent's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.actions.home import Home
from assay.base.roles import Person
from assay.lifecycle.decide import Case, GateState, delegations_to, objection_to
from assay.lifecycle.delegations import Delegation
from assay.lifecycle.record import Record

OWN = ""
"""In place of an absent person's e-mail: in one's own name, and in no other."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One gate of one subject that a person could sign.

    Attributes:
        by: the delegation by which they could; None in their own name.
    """

    state: GateState
    by: Delegation | None


def turn_of(home: Home, record: Record, case: Case, state: GateState, person: Person, name: str | None) -> Turn | str:
    """Say in whose name a person can sign a gate of a subject, whatever else is open.

    Args:
        home: who acts.
        record: everything that was said.
        case: the release.
        state: how the gate stands for the subject.
        person: who would sign.
        name: e-mail of the absent person for whom they mean to; `OWN` for themselves alone; None for themselves where
            they can, else for whoever delegated it to them first.

    Returns:
        Their turn; else why it is not, in words.
    """
    gate, subject, now, holder = state.gate, state.subject, home.now(), home.holder_for(person)
    objection = objection_to(home.table, case, record, now, gate, subject, person, holder) if not name else ""
    if not name and not objection:
        return Turn(state, None)
    if name != OWN and record.delegating.standing(now, person.email):
        found = delegations_to(home.table, case, record, now, gate, subject, person, holder)
        absent = record.roster.person(name) if name else None
        by = next((each for each in found if name is None or (absent and each.absent == absent.email)), None)
        if by is not None:
            return Turn(state, by)
    return objection or f"no delegation by {name} with which {person.email} could sign this today"


def turns_in(
    home: Home, record: Record, case: Case, states: Sequence[GateState], person: Person, name: str | None = None
) -> Iterator[Turn]:
    """Give the turns that a person has among some gates, see `turn_of`."""
    for state in states:
        turn = turn_of(home, record, case, state, person, name)
        if isinstance(turn, Turn):
            yield turn


def why_theirs(record: Record, delegation: Delegation) -> str:
    """Say why a delegate has something to sign: that it is for whom, who is away until when and asked them."""
    person = record.roster.person(delegation.absent)
    name = person.name if person else delegation.absent
    return f"For {name}, who is away until {delegation.ends:%-d %b %Y} and asked you."

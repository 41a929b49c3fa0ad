"""What a release will ask, seen from before anybody does anything: which gates, of what, of whom, and what carries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assay.lifecycle.counting import Counting
from assay.lifecycle.decide import Case
from assay.lifecycle.gates import Gate, GateTable
from assay.lifecycle.record import Record


@dataclass(frozen=True, slots=True)
class AskedGate:
    """A gate that a release will ask, or that carries.

    Attributes:
        subjects: names of those for which it has to be satisfied anew.
        carried: names of those for which it is satisfied already, by what was said of the present meaning.
        people: e-mails of who can, as far as that is known before anybody has signed anything; ``node`` where a node
            does it.
    """

    gate: Gate
    subjects: tuple[str, ...]
    carried: tuple[str, ...]
    people: tuple[str, ...]


def gates_ahead(table: GateTable, case: Case, record: Record, now: datetime) -> tuple[AskedGate, ...]:
    """Say which gates a case will ask, in the order of the table, those without subjects left out.

    What is said now of a gate that waits for others counts once these are settled; so it is told as carried already.

    Args:
        table: the gates.
        case: the release as it would be: its class and its subjects' present meanings.
        record: everything that was said.
        now: the present moment, for statements that age.
    """
    counting = Counting(table, case.subjects, case.change_class, record, now)
    found = (_asked(gate, case, counting) for gate in table)
    return tuple(asked for asked in found if asked.subjects or asked.carried)


def _asked(gate: Gate, case: Case, counting: Counting) -> AskedGate:
    subjects, carried = [], []
    is_asked = case.change_class in gate.classes
    for subject in case.subjects:
        if subject.kind is not gate.per:
            continue
        if counting.rejection(gate, subject) is not None:
            subjects.append(subject.name)
        elif is_asked and counting.satisfying(gate, subject)[0] is not None:
            carried.append(subject.name)
        elif is_asked:
            subjects.append(subject.name)
    return AskedGate(gate, tuple(subjects), tuple(carried), _people(gate, counting))


def _people(gate: Gate, counting: Counting) -> tuple[str, ...]:
    """Return who holds a role of a gate, without who alone can do what somebody else has to have done."""
    others = [counting.holding(counting.gates[need.gate]) for need in gate.distinct if need.gate in counting.gates]
    return tuple(email for email in counting.holding(gate) if (email,) not in others)

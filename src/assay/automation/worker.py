"""The worker: keeps a node running. It does what is due and what arrives, and outlives whatever it meets on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from assay.actions.exchange import export_ledger
from assay.automation.arrivals import Answer, answer_to
from assay.automation.node import Node
from assay.automation.schedule import run_due
from assay.base.errors import AssayError, Busy, Fault, Place
from assay.base.ports import Arrival, Head, Inbox, Pages
from assay.lifecycle.statements import GOOD, Kind

LARGEST_BYTES = 512 * 1024 * 1024
"""Of a file that is taken in; it is read whole."""

_SHOWN_LETTERS = 300


class Tell(Protocol):
    """Hears what the worker did: of what, with which result."""

    def __call__(self, what: str, result: str, *, is_bad: bool = False) -> None:
        """Pass a line on."""
        ...


class Worker:
    """Does one turn after the other.

    What a turn left undone the next one does, also that of another process: a file is put away after everything that it
    asks for is recorded, and to be asked again does nothing twice.
    """

    def __init__(self, opened: Callable[[], Node], inbox: Inbox, outbox: Pages, tell: Tell) -> None:
        """Make a worker that has done nothing yet.

        Args:
            opened: opens the node as its roster and settings are now.
            inbox: where files arrive.
            outbox: where the node's ledger is laid for the design side.
            tell: hears what was done.
        """
        self._opened = opened
        self._inbox = inbox
        self._outbox = outbox
        self._tell = tell
        self._laid_out: Head | None = None
        self._answers: dict[Arrival, Answer] = {}
        self._troubles: dict[str, str] = {}

    def turn(self) -> None:
        """Run what is due, take in what has arrived, lay out the ledger; whatever fails is told, and tried again."""
        nodes: list[Node] = []
        self._attempt("node", lambda: nodes.append(self._opened()))
        for node in nodes:
            if self._attempt("schedule", partial(self._run_due, node)):
                self._attempt("inbox", partial(self._empty_inbox, node))
            self._attempt("outbox", partial(self._lay_out, node))

    def _run_due(self, node: Node) -> None:
        for said in run_due(node, _unheard):
            subjects = ", ".join(meant.id for meant in said.subjects)
            what = f"{said.details['product']} {said.release}" if said.kind is Kind.RAN else subjects
            self._tell(what, _line(f"{said.kind}: {said.result} {said.reason}"), is_bad=said.result not in GOOD)

    def _empty_inbox(self, node: Node) -> None:
        for arrival in self._inbox.arrived():
            if not self._attempt(arrival.name, partial(self._take_in, node, arrival)):
                return  # somebody else is at work; the files wait, in their order

    def _take_in(self, node: Node, arrival: Arrival) -> None:
        """Answer a file and put it away; where it could only not be put away, it is not asked again."""
        answer = self._answers.get(arrival)
        if answer is None:
            answer = self._answers[arrival] = self._answer(node, arrival)
            why = f": {_shown(answer.faults)}" if answer.faults else ""
            self._tell(arrival.name, answer.text + why, is_bad=bool(answer.faults))
        self._inbox.put_away(arrival, _reason(answer) if answer.faults else "")
        del self._answers[arrival]

    def _answer(self, node: Node, arrival: Arrival) -> Answer:
        place = Place(arrival.name)
        if not arrival.is_file:
            return Answer("refused", (Fault(place, "a file", "a link, a folder or something else"),))
        if arrival.size_bytes > LARGEST_BYTES:
            found = f"{arrival.size_bytes:,} bytes"
            return Answer("refused", (Fault(place, f"at most {LARGEST_BYTES:,} bytes", found),))
        return answer_to(node, self._inbox.read(arrival), arrival.name, _unheard)

    def _lay_out(self, node: Node) -> None:
        head = node.ledger.head()
        if head.seq and head != self._laid_out:
            name = f"{node.name}.ledger"
            self._outbox.publish(name, export_ledger(node.ledger))
            self._laid_out = head
            self._tell("outbox", f"{name} holds {head.seq:,} events")

    def _attempt(self, what: str, act: Callable[[], None]) -> bool:
        """Do a part of a turn; say whether the parts after it are worth trying now. The same trouble is told once."""
        try:
            act()
        except Exception as error:  # noqa: BLE001  # a door: whatever a turn meets, the next one has to come
            text = _trouble(error)
            if self._troubles.get(what) != text:
                self._tell(what, f"not now, tried again: {text}", is_bad=True)
            self._troubles[what] = text
            return not isinstance(error, Busy)
        self._troubles.pop(what, None)
        return True


def _reason(answer: Answer) -> str:
    lines = [_line(answer.text), "", *(_line(str(fault), None) for fault in answer.faults)]
    return "\n".join([*lines, "", "Put the file into the inbox again to have it looked at again.", ""])


def _shown(faults: Iterable[Fault]) -> str:
    first, *others = faults
    return _line(str(first)) + (f" (and {len(others)} more)" if others else "")


def _trouble(error: Exception) -> str:
    return _shown(error.faults) if isinstance(error, AssayError) else _line(f"{type(error).__name__}: {error}")


def _line(text: str, most_letters: int | None = _SHOWN_LETTERS) -> str:
    """Write a text on one line, without what moves a terminal's cursor; files of others are quoted in it."""
    words = " ".join(text.split())
    return "".join(letter if letter.isprintable() else "?" for letter in words)[:most_letters].strip()


def _unheard(text: str) -> None:
    """Take a word on the way; what came of it is told at its end."""

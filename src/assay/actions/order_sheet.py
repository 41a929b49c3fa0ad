"""The sheet before an order is signed: what is served then, what it replaces, who accepted it, what is missing.

Here too is told how the sheet that somebody saw differs from how things stand when they sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assay.actions.again import asks_again
from assay.actions.case import Standing, released_release, standing_of
from assay.actions.home import Home, release_named
from assay.actions.review import Difference, difference_since
from assay.actions.sealing import ORDER, sealed_before, told_of
from assay.actions.shown import opened_words
from assay.base.errors import Fault, Place, refusal
from assay.base.roles import Action, may
from assay.lifecycle.decide import GateState, Status, missing_before, objection_to
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.gates import By, gate_named
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import Kind, Statement, time_text


@dataclass(frozen=True, slots=True)
class Answered:
    """Who answered at a gate for one subject; ``opened`` says what they looked at, empty where that is not known."""

    title: str
    subject: str
    said: Statement
    opened: str


@dataclass(frozen=True, slots=True)
class OrderSheet:
    """What a release manager sees before they sign.

    Attributes:
        difference: how the release differs from what production serves.
        serving: what production serves now and would not any more; None before the first release.
        answered: the sign-offs of people before the order that count.
        missing: what is still asked before it can be signed.
        objection: why who looks cannot sign it, in words; empty when they can, whatever is missing.
        signed: the order that counts; None before.
        is_current: whether nothing was said since it was signed that an order signed now would carry.
        comparisons: what the node measured in production beside QA, newest last.
        seen: to put into the form: what was shown, by its name.
        asks_again: whether who looks would first have to show anew who they are.
    """

    release: Release
    difference: Difference
    serving: Release | None
    answered: tuple[Answered, ...]
    missing: tuple[GateState, ...]
    objection: str
    signed: Signed | None
    is_current: bool
    comparisons: tuple[Statement, ...]
    seen: Mapping[str, str]
    asks_again: bool


@dataclass(frozen=True, slots=True)
class RollbackSheet:
    """What a release manager sees before they order a rollback: what is served, what would be again, who may sign.

    Attributes:
        ordered: the newest rollback order of this release; None before.
        asks_again: as in `OrderSheet`.
    """

    release: Release
    earlier: Release
    may_sign: bool
    ordered: Signed | None
    asks_again: bool


def order_sheet(home: Home, release_id: str) -> OrderSheet:
    """Put together what somebody looks at before they sign the release order.

    Raises:
        AssayError: the person may not read the ledger, or there is no such release.
    """
    home.authorised(Action.LEDGER_READ)
    loaded = home.load()
    record = loaded.record
    release = release_named(record, release_id)
    standing = standing_of(home, record, release)
    gate = gate_named(home.table, ORDER)
    compared = (s.statement for item in standing.decision.case.subjects for s in record.of(item.id))
    return OrderSheet(
        release=release,
        difference=difference_since(record, standing),
        serving=_replaced(record, release),
        answered=tuple(_answered(state) for state in _before(standing)),
        missing=missing_before(home.table, standing.decision, ORDER) if gate else (),
        objection=_objection(home, record, standing),
        signed=next((state.by for state in standing.decision.of(ORDER) if state.is_settled), None),
        is_current=sealed_before(loaded, release, Kind.ORDERED, told_of(loaded, standing)) is not None,
        comparisons=tuple(s for s in compared if s.kind is Kind.COMPARED and s.release == release.id),
        seen=_seen(record, standing),
        asks_again=gate is not None and asks_again(home, gate),
    )


def rollback_sheet(home: Home, release_id: str) -> RollbackSheet:
    """Put together what somebody looks at before they order a rollback of what is served.

    Raises:
        AssayError: the person may not read the ledger, there is no such release, it is not what production serves, or
            none was served before it.
    """
    home.authorised(Action.LEDGER_READ)
    record = home.load().record
    release = release_named(record, release_id)
    if release != released_release(record, release.product):
        raise refusal(release_id, expected="the release that production serves", found="another one")
    earlier = earlier_release(record, release)
    if earlier is None:
        raise refusal(release_id, expected="an earlier release to go back to", found="none")
    ordered = [s for s in record.of(f"release:{release_id}") if s.statement.kind is Kind.ROLLBACK_ORDERED]
    gate = gate_named(home.table, ORDER)
    return RollbackSheet(
        release, earlier, home.person is not None and may(home.person, Action.RELEASE_ORDER),
        ordered[-1] if ordered else None, gate is not None and asks_again(home, gate),
    )  # fmt: skip


def earlier_release(record: Record, release: Release) -> Release | None:
    """Return the release that a rollback of a released one goes back to; None where there is none."""
    others = [
        r for r in record.releases_of(release.product)
        if r.released is not None and r.rolled_back is None and r.id != release.id
    ]  # fmt: skip
    return max(others, key=lambda r: record.released[r.released.digest] if r.released else -1, default=None)


def changed_since_sheet(record: Record, standing: Standing, seen: Mapping[str, str]) -> Iterator[Fault]:
    """Give a fault for everything that the sheet showed otherwise, or did not show.

    Args:
        record: what is known now.
        standing: how the release stands now.
        seen: as the sheet gave it.
    """
    now = _seen(record, standing)
    by_name = {_name(state): state for state in _before(standing)}
    for name in now:
        if seen.get(name) != now[name]:
            state = by_name.get(name)
            found = _newer(state) if state else _WORDS[name].format(now[name] or "nothing")
            yield Fault(Place(_place(state) if state else name), "what the page showed", found, _AGAIN)


_PAYLOAD, _REPLACES = "payload", "replaces"
_WORDS = {_PAYLOAD: "another payload: {:.19}", _REPLACES: "production serves {} now"}
_AGAIN = "Nothing was signed. Look at it again as it is now."


def _seen(record: Record, standing: Standing) -> dict[str, str]:
    replaced = _replaced(record, standing.release)
    own = {_PAYLOAD: standing.release.payload or "", _REPLACES: replaced.id if replaced else ""}
    return own | {_name(state): state.by.digest for state in _before(standing) if state.by}


def _replaced(record: Record, release: Release) -> Release | None:
    """Return what production serves in place of a release that is not released yet."""
    serving = released_release(record, release.product)
    return None if serving is None or serving.id == release.id else serving


def _before(standing: Standing) -> Iterator[GateState]:
    """Give the sign-offs of people that count, but for the order itself."""
    for state in standing.decision.states:
        if state.gate.by is By.SIGN_OFF and state.gate.id != ORDER and state.is_settled and state.by is not None:
            yield state


def _answered(state: GateState) -> Answered:
    assert state.by is not None
    said = state.by.statement
    opened = opened_words(said, state.subject.id)
    return Answered(state.gate.title, state.subject.name, said, opened)


def _objection(home: Home, record: Record, standing: Standing) -> str:
    """Say why who looks cannot sign the order; empty when they can."""
    person, gate = home.person, gate_named(home.table, ORDER)
    if person is None or not may(person, Action.RELEASE_ORDER):
        return "a release manager signs it"
    if gate is None or all(state.status is Status.NOT_ASKED for state in standing.decision.of(ORDER)):
        return ""
    case = standing.decision.case
    own = next(s for s in case.subjects if s.id == f"release:{standing.release.id}")
    return objection_to(home.table, case, record, home.now(), gate, own, person, home.holder)


def _name(state: GateState) -> str:
    return f"{state.gate.id} {state.subject.id}"


def _place(state: GateState) -> str:
    return f"{state.gate.id} of {state.subject.name}"


def _newer(state: GateState) -> str:
    assert state.by is not None
    said = state.by.statement
    return f"another sign-off: {said.kind} by {said.speaker} on {time_text(said.at)}"

"""Reading a ledger again: with another roster, or what was verified before, it says what reading it anew says."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.actions.recording import LedgerReader, Loaded, record
from assay.base.canonical import digest_bytes
from assay.base.errors import AssayError
from assay.base.roles import Holder, NodeIdentity, Person, Roster
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.statements import Kind, Result, decode
from fakes.cast import DATASET, EMIL, ERNA, EVERYBODY, NODE, PROJECT, ROSTER, START, THE_NODE, SeededSigner, speak
from fakes.ledger import MemoryLedger
from fakes.proven import MemoryProven

MANY = 40
FORGED = speak(EMIL, Kind.BUILT, (DATASET.id, DATASET.digest), environment="dev", signer=SeededSigner("mallory"))


def _said() -> list[bytes]:
    people: tuple[Person | NodeIdentity, ...] = (*EVERYBODY, THE_NODE)
    return [
        speak(
            people[n % len(people)], Kind.CHECKED, (DATASET.id, DATASET.digest), environment="qa", result=Result.PASS,
            details={"n": n}, at=START + timedelta(hours=n), project=PROJECT if n % 7 else "elsewhere",
        )
        for n in range(MANY)
    ]  # fmt: skip


def _recorded(ledger: MemoryLedger) -> MemoryLedger:
    for envelope in SAID:
        record(ledger, START, [(_as_recorded(envelope), envelope)])
    return ledger


def _as_recorded(envelope: bytes) -> Signed:
    """Return what an envelope says, without asking whether it holds."""
    value = json.loads(envelope)
    return Signed(decode(base64.b64decode(value["payload"])), digest_bytes(envelope), value["signatures"][0]["keyid"])


SAID = _said()
LEDGER = _recorded(MemoryLedger())


def _same(one: Loaded, other: Loaded) -> None:
    assert one.events == other.events
    assert one.faults == other.faults
    assert one.fallen == other.fallen
    assert one.record == other.record


_MOMENTS = st.integers(0, MANY).map(lambda hours: START + timedelta(hours=hours))


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Draw who is on the roster, whose key counts from when to when, who holds it, and of which project it is."""
    people = []
    for person in draw(st.lists(st.sampled_from(EVERYBODY), unique=True)):
        revoked = draw(st.none() | _MOMENTS)
        holder = draw(st.sampled_from((Holder.PERSON, Holder.PERSON, Holder.PORTAL)))
        begun, gone = (draw(st.none() | _MOMENTS) for _ in range(2))
        keys = tuple(
            replace(key, revoked_at=revoked, holder=holder, active_from=begun, compromised_since=gone)
            for key in person.keys
        )
        people.append(replace(person, keys=keys))
    nodes = draw(st.sampled_from(((), (THE_NODE,))))
    return Roster(tuple(people), nodes, draw(st.sampled_from((PROJECT, "elsewhere", None))))


@given(before=rosters(), after=rosters())
def test_a_reader_with_another_roster_says_what_one_says_that_reads_everything_anew(
    before: Roster, after: Roster
) -> None:
    reader = LedgerReader(LEDGER, before)
    reader.load()
    _same(reader.with_roster(after).load(), LedgerReader(LEDGER, after).load())


@given(first=rosters(), then=rosters())
def test_what_was_proven_with_one_roster_changes_nothing_with_another(first: Roster, then: Roster) -> None:
    proven = MemoryProven()
    LedgerReader(LEDGER, first, proven).load()
    _same(LedgerReader(LEDGER, then, proven).load(), LedgerReader(LEDGER, then).load())


def test_what_holds_is_kept_as_proven_and_what_does_not_hold_is_not() -> None:
    proven = MemoryProven()
    held = LedgerReader(LEDGER, ROSTER, proven).load().record.statements
    assert 0 < len(held) < MANY
    assert proven.kept == {signed.digest for signed in held}


def test_a_forged_envelope_is_found_by_whoever_reads_it_first() -> None:
    ledger = MemoryLedger()
    record(ledger, START, [(_as_recorded(FORGED), FORGED)])
    reader = LedgerReader(ledger, ROSTER, MemoryProven())
    (fault,) = reader.load().faults
    assert "signature" in str(fault)
    (again,) = reader.with_roster(replace(ROSTER, people=(EMIL, ERNA))).load().faults
    assert again == fault


def test_an_envelope_that_was_changed_after_it_was_proven_is_found() -> None:
    proven = MemoryProven()
    LedgerReader(LEDGER, ROSTER, proven).load()
    ledger = MemoryLedger()
    ledger.append((), {digest_bytes(SAID[3]): SAID[4]})  # there already when it is recorded, and never overwritten
    _recorded(ledger)
    with pytest.raises(AssayError, match="changed bytes"):
        LedgerReader(ledger, ROSTER, proven).load()


def test_a_reader_with_another_roster_goes_on_reading_what_is_new() -> None:
    ledger = _recorded(MemoryLedger())
    reader = LedgerReader(ledger, ROSTER)
    reader.load()
    other = reader.with_roster(replace(ROSTER, people=EVERYBODY[:3]))
    news = speak(THE_NODE, Kind.RAN, (DATASET.id, DATASET.digest), environment="prod", result=Result.PASS)
    record(ledger, START, [(_as_recorded(news), news)])
    assert other.load().record.statements[-1].statement.signer == NODE
    assert reader.load().head == other.load().head

"""The `Ledger` port: one contract, held by the database and by the ledger in memory alike."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError

from assay.actions.recording import load, record
from assay.base.canonical import Digest, digest_bytes
from assay.base.errors import AssayError, Busy
from assay.base.ports import Event, Ledger
from assay.lifecycle.chain import EMPTY, STATEMENT_RECORDED, head_of, links, verify_chain
from assay.lifecycle.envelopes import open_envelope
from assay.lifecycle.statements import Kind, Result
from assay.stores.database import open_database
from assay.stores.ledger import DatabaseLedger
from databases import DATABASES, MEMORY, url_of
from fakes.cast import DATASET, EMIL, ROSTER, START, digest, speak
from fakes.ledger import MemoryLedger
from soak import count

ENVELOPES = [
    speak(EMIL, Kind.CHECKED, (DATASET.id, DATASET.digest), environment="qa", result=Result.PASS, details={"n": n})
    for n in range(4)
]
FACTS: list[tuple[str, dict[str, Any]]] = [
    ("opened", {}),
    ("noted", {"text": "Fl\u00fcge \u20ac \U0001d11e\n\t\"\\ \x7f", "list": [1, -1.5, None, True, {"a": []}]}),
    ("noted", {"large": 2**53 - 1, "small": 1e-7, "": "empty key"}),
]  # fmt: skip


@pytest.fixture(params=[*DATABASES, MEMORY])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    if request.param == MEMORY:
        return MemoryLedger()
    return DatabaseLedger(open_database(url_of(request.param, tmp_path, request, "state")))


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return url_of(request.param, tmp_path, request, "state")


@pytest.fixture
def in_sqlite(tmp_path: Path) -> DatabaseLedger:
    return DatabaseLedger(open_database(f"sqlite:///{tmp_path / 'state.db'}"))


def chain_after(ledger: Ledger, facts: Sequence[tuple[str, dict[str, Any]]]) -> tuple[Event, ...]:
    return links(ledger.head(), START, facts)


def stored(envelopes: Sequence[bytes]) -> dict[Digest, bytes]:
    return {digest_bytes(envelope): envelope for envelope in envelopes}


def recorded(ledger: Ledger) -> None:
    """Record all envelopes as the actions do."""
    record(ledger, START, [(open_envelope(envelope, ROSTER), envelope) for envelope in ENVELOPES])


def test_an_empty_ledger_has_a_head_at_zero_and_nothing_else(ledger: Ledger) -> None:
    assert ledger.head() == EMPTY
    assert list(ledger.events()) == []
    assert ledger.statement(digest("any")) is None
    assert dict(ledger.statements()) == {}


def test_what_was_appended_is_read_back_as_it_was_and_in_order(ledger: Ledger) -> None:
    events = chain_after(ledger, FACTS)
    ledger.append(events, {})
    assert list(ledger.events()) == list(events)
    assert ledger.head() == head_of(events[-1])
    more = chain_after(ledger, [("closed", {})])
    ledger.append(more, {})
    assert list(ledger.events()) == [*events, *more]
    assert verify_chain(ledger.events()) == ()


@pytest.mark.parametrize("after", range(5))
def test_events_after_a_number_are_those_above_it(ledger: Ledger, after: int) -> None:
    events = chain_after(ledger, FACTS)
    ledger.append(events, {})
    assert list(ledger.events(after)) == [event for event in events if event.seq > after]


def test_envelopes_are_kept_byte_by_byte_under_their_digests(ledger: Ledger) -> None:
    odd = [b"", b"\0\xff\r\n", *ENVELOPES]
    ledger.append(chain_after(ledger, FACTS[:1]), stored(odd))
    assert dict(ledger.statements()) == stored(odd)
    for envelope in odd:
        assert ledger.statement(digest_bytes(envelope)) == envelope


def test_what_does_not_follow_the_newest_event_is_refused_and_nothing_is_changed(ledger: Ledger) -> None:
    events = chain_after(ledger, FACTS)
    ledger.append(events, stored(ENVELOPES[:1]))
    late = links(head_of(events[0]), START, FACTS)
    gap = links(head_of(links(ledger.head(), START, FACTS)[0]), START, FACTS)
    fork = links(EMPTY, START + timedelta(days=1), FACTS)
    for wrong in (events, events[2:], late, gap, fork):
        with pytest.raises(AssayError):
            ledger.append(wrong, stored(ENVELOPES))
        assert list(ledger.events()) == list(events)
        assert dict(ledger.statements()) == stored(ENVELOPES[:1])


def test_of_two_who_saw_the_same_head_the_second_is_refused_and_can_try_again(ledger: Ledger) -> None:
    mine, theirs = chain_after(ledger, FACTS), chain_after(ledger, [("noted", {"by": "somebody else"})])
    ledger.append(theirs, {})
    with pytest.raises(AssayError, match="event 2 as the next one"):
        ledger.append(mine, {})
    ledger.append(chain_after(ledger, FACTS), {})
    assert verify_chain(ledger.events()) == ()
    assert len(ledger.events()) == len(FACTS) + 1


def test_an_envelope_stays_as_it_was_first_stored(ledger: Ledger) -> None:
    of = digest_bytes(ENVELOPES[0])
    ledger.append(chain_after(ledger, FACTS[:1]), {of: ENVELOPES[0]})
    ledger.append(chain_after(ledger, FACTS[:1]), {of: b"another", digest_bytes(ENVELOPES[1]): ENVELOPES[1]})
    assert ledger.statement(of) == ENVELOPES[0]
    assert ledger.statement(digest_bytes(ENVELOPES[1])) == ENVELOPES[1]


def test_appending_nothing_changes_nothing(ledger: Ledger) -> None:
    ledger.append((), {})
    assert ledger.head() == EMPTY


def test_what_has_no_canonical_form_is_refused_whole(ledger: Ledger) -> None:
    with pytest.raises(AssayError):
        ledger.append(chain_after(ledger, [("good", {}), ("bad", {"n": float("nan")})]), stored(ENVELOPES))
    assert ledger.head() == EMPTY
    assert dict(ledger.statements()) == {}


def test_what_a_reader_does_to_what_it_got_changes_no_ledger(ledger: Ledger) -> None:
    ledger.append(chain_after(ledger, FACTS), stored(ENVELOPES))
    for event in ledger.events():
        dict(event.data).clear()
        if isinstance(event.data, dict):
            event.data["more"] = 1
    assert verify_chain(ledger.events()) == ()


def test_statements_that_the_actions_record_load_and_hold(ledger: Ledger) -> None:
    recorded(ledger)
    loaded = load(ledger, ROSTER)
    assert [signed.digest for signed in loaded.record.statements] == [digest_bytes(e) for e in ENVELOPES]
    assert loaded.faults == ()
    assert {event.kind for event in loaded.events} == {STATEMENT_RECORDED}


def test_what_holds_whatever_else_is_recorded_comes_after_it(ledger: Ledger) -> None:
    def say(number: int) -> None:
        envelope = speak(EMIL, Kind.CHECKED, (DATASET.id, DATASET.digest), environment="qa", details={"n": number})
        record(ledger, START, [(open_envelope(envelope, ROSTER), envelope)])

    with ThreadPoolExecutor(4) as people:
        list(people.map(say, range(24)))
    assert verify_chain(ledger.events()) == ()
    said = load(ledger, ROSTER).record.statements
    assert sorted(signed.statement.details["n"] for signed in said) == list(range(24))


def test_what_holds_only_after_what_was_seen_is_refused_once_more_was_recorded(ledger: Ledger) -> None:
    recorded(ledger)
    before = ledger.head()
    with pytest.raises(Busy):
        record(ledger, START, (), [("noted", {})], after=EMPTY)
    assert ledger.head() == before


# The database alone


def test_a_ledger_outlives_its_process(tmp_path: Path, in_sqlite: DatabaseLedger) -> None:
    recorded(in_sqlite)
    before = list(in_sqlite.events())
    open_database.cache_clear()
    again = DatabaseLedger(open_database(f"sqlite:///{tmp_path / 'state.db'}"))
    assert list(again.events()) == before
    assert dict(again.statements()) == stored(ENVELOPES)


def _add(ledger: Ledger, name: str, number: int) -> int:
    """Append events one by one, trying again as a person would; return how often it had to."""
    tries = 0
    for n in range(number):
        while True:
            tries += 1
            try:
                ledger.append(chain_after(ledger, [("noted", {"by": name, "n": n})]), {})
                break
            except AssayError as refused:
                assert "as the next one" in str(refused)  # noqa: PT017 - any other refusal is a defect
    return tries


def test_writers_at_once_make_one_chain_without_a_gap(url: str) -> None:
    ledger = DatabaseLedger(open_database(url))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: _add(ledger, name, 10), "abcd"))
    events = ledger.events()
    assert verify_chain(events) == ()
    assert sorted((e.data["by"], e.data["n"]) for e in events) == [(name, n) for name in "abcd" for n in range(10)]


_PROCESS = """
import sys
from datetime import UTC, datetime
from assay.base.errors import AssayError, Busy
from assay.lifecycle.chain import links
from assay.stores.database import open_database
from assay.stores.ledger import DatabaseLedger

ledger = DatabaseLedger(open_database(sys.argv[1]))
for n in range(15):
    while True:
        try:
            ledger.append(links(ledger.head(), datetime.now(UTC), [("noted", {"by": sys.argv[2], "n": n})]), {})
            break
        except AssayError:
            pass
"""


def test_processes_at_once_make_one_chain_without_a_gap(url: str) -> None:
    started = [subprocess.Popen([sys.executable, "-c", _PROCESS, url, name]) for name in "ab"]
    assert [process.wait(60) for process in started] == [0, 0]
    events = DatabaseLedger(open_database(url)).events()
    assert verify_chain(events) == ()
    assert sorted((e.data["by"], e.data["n"]) for e in events) == [(name, n) for name in "ab" for n in range(15)]


def _damage(folder: Path, statement: str, *values: object) -> None:
    """Change the database behind the ledger's back."""
    with sqlite3.connect(folder / "state.db") as connection:
        connection.execute(statement, values)
    connection.close()


@pytest.mark.parametrize(
    "change",
    [
        "data = '{\"statement\":'",
        "data = '[]'",
        "data = 'null'",
        "data = x'ff'",
        "data = NULL",
        "data = replace(data, 'checked', 'accepted')",
        "kind = 'noted'",
        "at = '2026-03-02T08:00:01Z'",
        "at = 5",
        "version = 2",
        "version = 'two'",
        "previous = 'f'",
        "hash = 'f'",
        "hash = x'00'",
        "seq = 99",
    ],
)
def test_an_event_that_was_changed_in_the_database_is_refused(
    tmp_path: Path, in_sqlite: DatabaseLedger, change: str
) -> None:
    recorded(in_sqlite)
    try:
        _damage(tmp_path, f"UPDATE events SET {change} WHERE seq = 2")
    except sqlite3.IntegrityError:
        return  # the database itself would not hold it
    with pytest.raises(AssayError, match="ledger"):
        load(in_sqlite, ROSTER)


def test_an_event_that_was_deleted_from_the_database_is_missed(tmp_path: Path, in_sqlite: DatabaseLedger) -> None:
    recorded(in_sqlite)
    _damage(tmp_path, "DELETE FROM events WHERE seq = 2")
    with pytest.raises(AssayError, match="Events are missing"):
        load(in_sqlite, ROSTER)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE statements SET envelope = x'7b7d' WHERE digest = ?", "changed bytes"),
        ("UPDATE statements SET envelope = (SELECT max(envelope) FROM statements) WHERE digest = ?", "changed bytes"),
        ("DELETE FROM statements WHERE digest = ?", "none"),
    ],
)
def test_a_ledger_with_an_envelope_changed_or_deleted_is_refused_whole(
    tmp_path: Path, in_sqlite: DatabaseLedger, change: str, found: str
) -> None:
    """It may have been a rejection."""
    recorded(in_sqlite)
    first = min(ENVELOPES)
    _damage(tmp_path, change, digest_bytes(first))
    with pytest.raises(AssayError) as refused:
        load(in_sqlite, ROSTER)
    number = ENVELOPES.index(first) + 1
    assert [(fault.where.line, fault.found) for fault in refused.value.faults] == [(number, found)]


def test_no_byte_changed_in_the_file_gives_another_ledger(tmp_path: Path, in_sqlite: DatabaseLedger) -> None:
    recorded(in_sqlite)
    good = load(in_sqlite, ROSTER)
    _damage(tmp_path, "VACUUM INTO ?", str(tmp_path / "whole.db"))
    content = (tmp_path / "whole.db").read_bytes()
    broken = 0
    for position in range(0, len(content), count(521, 13)):
        file = tmp_path / f"{position}.db"
        file.write_bytes(content[:position] + bytes([content[position] ^ 0x01]) + content[position + 1 :])
        open_database.cache_clear()
        try:
            database = open_database(f"sqlite:///{file}")
            loaded = load(DatabaseLedger(database), ROSTER)
            database.dispose()
        except (AssayError, DatabaseError):
            broken += 1
            continue
        is_same = (loaded.events, loaded.record.statements) == (good.events, good.record.statements)
        assert is_same or loaded.faults, position
        broken += not is_same
    assert broken > 10

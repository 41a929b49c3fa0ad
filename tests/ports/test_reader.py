"""The reader of a ledger: what was read is kept, only what is new is read, and many may read at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assay.actions.recording import LedgerReader, load, say
from assay.base.errors import AssayError
from assay.base.ports import Ledger
from assay.base.roles import Holder
from assay.lifecycle.chain import EMPTY
from assay.lifecycle.statements import Kind, Meant, Result, Statement
from assay.stores.database import open_database
from assay.stores.ledger import DatabaseLedger
from fakes.cast import DATASET, EMIL, ERNA, PROJECT, ROSTER, START, SeededSigner, person
from fakes.ledger import MemoryLedger

READERS = 6


def _in_memory(_: Path) -> Ledger:
    return MemoryLedger()


def _in_sqlite(folder: Path) -> Ledger:
    return DatabaseLedger(open_database(f"sqlite:///{folder / 'state.db'}"))


@pytest.fixture(params=[_in_memory, _in_sqlite])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    make: Callable[[Path], Ledger] = request.param
    return make(tmp_path)


def _tell(ledger: Ledger, number: int, who: str = EMIL.email) -> None:
    subjects = (Meant(DATASET.id, DATASET.digest),)
    said = Statement(
        Kind.CHECKED, subjects, who, Holder.PERSON, START, PROJECT, environment="qa", result=Result.PASS,
        details={"n": number},
    )  # fmt: skip
    say(ledger, SeededSigner(who), said)


def test_an_empty_ledger_is_read_as_nothing_said(ledger: Ledger) -> None:
    loaded = LedgerReader(ledger, ROSTER).load()
    assert (list(loaded.events), list(loaded.record.statements), loaded.head) == ([], [], EMPTY)


def test_reading_on_gives_what_reading_anew_gives(ledger: Ledger) -> None:
    reader = LedgerReader(ledger, ROSTER)
    strangers = [person("nobody").email if number % 3 == 2 else ERNA.email for number in range(40)]
    for number, who in enumerate(strangers):
        _tell(ledger, number, who)
        if number % 7 == 0:  # one event at a time, and several
            assert reader.load() == load(ledger, ROSTER)
    found = reader.load()
    assert found == load(ledger, ROSTER)
    assert (len(found.events), len(found.record.statements), len(found.faults)) == (40, 27, 13)
    assert found.head == ledger.head()


def test_what_was_read_before_stays_as_it_was(ledger: Ledger) -> None:
    reader = LedgerReader(ledger, ROSTER)
    _tell(ledger, 1)
    before = reader.load()
    assert reader.load() is before, "nothing is new, so nothing is read"
    _tell(ledger, 2)
    assert reader.load() is not before
    assert (len(before.events), len(before.record.of(DATASET.id))) == (1, 1)


def test_a_reader_that_met_a_break_in_the_chain_believes_nothing_that_is_new(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'state.db'}")
    ledger = DatabaseLedger(database)
    reader = LedgerReader(ledger, ROSTER)
    _tell(ledger, 1)
    reader.load()
    _tell(ledger, 2)
    with database.begin() as connection:
        connection.exec_driver_sql("update events set kind = 'noted' where seq = 2")
    for _ in range(2):
        with pytest.raises(AssayError, match="the hash"):
            reader.load()
    with database.begin() as connection:
        connection.exec_driver_sql("update events set kind = 'statement-recorded' where seq = 2")
    assert len(reader.load().record.statements) == 2


def test_many_who_read_at_once_see_a_record_that_only_grows(tmp_path: Path) -> None:
    ledger = _in_sqlite(tmp_path)
    reader = LedgerReader(ledger, ROSTER)

    def look(_: int) -> list[int]:
        seen = []
        for _ in range(60):
            loaded = reader.load()
            counts = {len(loaded.events), len(loaded.record.statements), len(loaded.record.of(DATASET.id))}
            assert counts == {loaded.head.seq}
            seen.append(loaded.head.seq)
        return seen

    def write() -> None:
        for number in range(30):
            _tell(ledger, number)

    with ThreadPoolExecutor(READERS + 1) as threads:
        writing = threads.submit(write)
        looks = list(threads.map(look, range(READERS)))
        writing.result()
    assert all(seen == sorted(seen) for seen in looks)
    assert reader.load() == load(ledger, ROSTER)

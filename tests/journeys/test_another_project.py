"""A statement is of one project: the same people with the same keys say nothing in another one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from assay.actions.exchange import import_file
from assay.actions.recording import load, record
from assay.base.errors import AssayError
from assay.connectors.clocks import FixedClock
from assay.lifecycle.envelopes import open_envelope
from assay.lifecycle.statements import Kind
from assay.wiring import open_home
from fakes.cast import DATASET, EMIL, PROJECT, ROSTER, START, speak
from fakes.ledger import MemoryLedger
from homes import rows_of
from journeys.flights_home import Place


@pytest.fixture
def renamed(frozen: Place, tmp_path: Path) -> Place:
    """Return a copy of a project, people and keys and ledger, under another name."""
    place = frozen.copy(tmp_path / "copy")
    place.edit("assay.yaml", "name: flights", "name: playground")
    return place


def test_what_was_signed_in_another_project_is_not_imported(frozen: Place, renamed: Place) -> None:
    shutil.rmtree(renamed.design / ".assay")
    frozen.do("ada", "ledger", "export", "--out", renamed.post / "export.tar")

    done = renamed.run("ada", "ledger", "import", renamed.post / "export.tar")

    assert done.code == 1
    assert "expected  a statement of the project playground\n  found     one of the project flights" in done.text
    assert rows_of(renamed.database, "select * from events") == []


def test_a_ledger_that_holds_statements_of_another_project_says_so_and_counts_none(renamed: Place) -> None:
    loaded = open_home(renamed.design).load()

    assert len(loaded.record.statements) == 0
    assert len(loaded.faults) == len(loaded.events) > 10
    assert all("expected a statement of the project playground" in str(fault) for fault in loaded.faults)
    assert renamed.run("ada", "ledger", "verify").code == 1


def test_nothing_is_imported_where_nothing_was_admitted_yet_and_so_no_project_is_fixed() -> None:
    envelope = speak(EMIL, Kind.BUILT, (DATASET.id, DATASET.digest))
    ledger = MemoryLedger()

    with pytest.raises(AssayError, match="expected a ledger whose project is fixed"):
        import_file(ledger, load(ledger, replace(ROSTER, project=None)), FixedClock(START), envelope, "post")

    assert not ledger.events()


def test_the_first_statement_of_a_ledger_fixes_its_project_where_the_roster_does_not() -> None:
    first = speak(EMIL, Kind.BUILT, (DATASET.id, DATASET.digest))
    foreign = speak(EMIL, Kind.BUILT, (DATASET.id, DATASET.digest), project="playground")
    nowhere = replace(ROSTER, project=None)
    ledger = MemoryLedger()
    for envelope in (first, foreign):
        record(ledger, START, [(open_envelope(envelope, nowhere), envelope)])

    loaded = load(ledger, nowhere)

    assert loaded.record.roster.project == PROJECT
    assert [signed.statement.project for signed in loaded.record.statements] == [PROJECT]
    assert [str(fault.found) for fault in loaded.faults] == ["one of the project playground"]

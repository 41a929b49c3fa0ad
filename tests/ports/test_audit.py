"""The ledger reads as rows for people, and whatever an auditor asks for is found, newest first, and nothing else."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.actions.audit import HEADER, AuditRow, audit, audit_csv, ledger_file, verification
from assay.actions.conversation import comment
from assay.actions.home import Home
from assay.actions.recording import LedgerReader, note
from assay.actions.request import new_request
from assay.actions.trail import Trail, Wanted
from assay.base.errors import Denied
from assay.base.roles import Holder, Person, Roster
from assay.lifecycle.statements import Kind, Result
from fakes.cast import AUGUST, EMIL, EVERYBODY, OLIVE, START, STELLA, digest, person
from ports.office import NODE, REQUEST, Office, afresh, open_office

DATASET = ("dataset:p/d", digest("d"))
KINDS = [Kind.REQUESTED, Kind.OPENED, Kind.ACCEPTED, Kind.CHECKED, Kind.COMMENTED, Kind.CANCELLED]


def tell(office: Office) -> None:
    """Let six things be said."""
    new_request(office.as_(STELLA), REQUEST)
    office.hear(
        EMIL, Kind.OPENED, ("release:R-0001", digest("o")), release="R-0001",
        details={"product": "p", "requests": ["Q-0001"]},
    )  # fmt: skip
    office.hear(
        STELLA, Kind.ACCEPTED, DATASET, environment="qa", gate="dataset.qa.accepted-by-stakeholder", release="R-0001",
        reason="=1+1 Looks right",
    )  # fmt: skip
    office.hear(NODE, Kind.CHECKED, DATASET, environment="prod", result=Result.WARN)
    comment(office.as_(EMIL), "Q-0001", "Hello")
    office.hear(OLIVE, Kind.CANCELLED, ("request:Q-0001", digest("x")), reason="Not needed")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def office(empty: Office) -> Office:
    office = afresh(empty)
    tell(office)
    return office


def found(office: Office, **wanted: Any) -> list[str]:
    page = audit(office.as_(AUGUST), Trail(), Wanted(**wanted))
    return [row.kind for row in page.rows]


def test_a_row_says_who_did_what_on_what_and_how_it_was_signed(office: Office) -> None:
    row = audit(office.as_(AUGUST), Trail(), Wanted(kind=Kind.ACCEPTED)).rows[0]

    assert (row.seq, row.name, row.roles, row.what) == (3, "Stella", ("stakeholder",), "accepted d in QA")
    assert (row.on, row.product, row.where, row.gate) == (
        ("dataset:p/d",),
        "p",
        "QA",
        "dataset.qa.accepted-by-stakeholder",
    )
    assert (row.signature, row.holder, row.at) == ("with a key of their own", Holder.PERSON, "2026-03-02T11:00:00Z")
    assert (row.recorded_at, row.reason, row.holds) == ("2026-03-02T11:00:00Z", "=1+1 Looks right", True)
    assert row.digest in office.home.ledger.statements()


def test_the_newest_stands_first_and_a_node_signs_by_itself(office: Office) -> None:
    rows = audit(office.as_(AUGUST), Trail(), Wanted()).rows

    assert [row.kind for row in rows] == list(reversed(KINDS))
    assert [(row.name, row.roles, row.signature, row.what) for row in rows if row.kind == "checked"] == [
        ("far_node", (), "by the node", "checked d in production: good, with warnings")
    ]


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        ({"person": "STELLA@example.org"}, ["accepted", "requested"]),
        ({"person": "far_node"}, ["checked"]),
        ({"product": "p"}, list(reversed(KINDS))),
        ({"product": "q"}, []),
        ({"gate": "dataset.qa.accepted-by-stakeholder"}, ["accepted"]),
        ({"kind": Kind.OPENED}, ["opened"]),
        ({"person": "stella@example.org", "kind": Kind.OPENED}, []),
        ({"person": "emil@example.org", "product": "p"}, ["commented", "opened"]),
        ({"since": START + timedelta(hours=3)}, ["cancelled", "commented", "checked", "accepted"]),
        ({"until": START + timedelta(hours=3)}, ["opened", "requested"]),
        ({"since": START + timedelta(hours=3), "until": START + timedelta(hours=4)}, ["accepted"]),
        ({"text": "LOOKS"}, ["accepted"]),
        ({"text": "not NEEDED"}, ["cancelled"]),
        ({"text": "' or 1=1 --"}, []),
        ({"text": "%"}, []),
    ],
)
def test_what_is_wanted_is_found_and_nothing_else(office: Office, wanted: dict[str, Any], kinds: list[str]) -> None:
    assert found(office, **wanted) == kinds


def test_a_digest_of_which_one_knows_the_beginning_is_found(office: Office) -> None:
    row = audit(office.as_(AUGUST), Trail(), Wanted(kind=Kind.OPENED)).rows[0]
    assert row.digest is not None

    assert found(office, text=row.digest[7:19]) == ["opened"]


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6, 100])
@pytest.mark.parametrize("wanted", [Wanted(), Wanted(product="p", person="emil@example.org"), Wanted(text="e")])
def test_page_after_page_gives_everything_once(office: Office, limit: int, wanted: Wanted) -> None:
    trail = Trail()
    whole = audit(office.as_(AUGUST), trail, wanted).rows
    rows: list[AuditRow] = []
    before: int | None = None
    while True:
        page = audit(office.as_(AUGUST), trail, wanted, before, limit)
        rows += page.rows
        assert len(page.rows) <= limit
        if page.before is None:
            break
        before = page.before

    assert tuple(rows) == whole


@pytest.mark.parametrize(("before", "seqs"), [(-5, []), (0, []), (1, []), (2, [1]), (10**9, [6, 5, 4, 3, 2, 1])])
def test_any_number_to_begin_before_is_answered(office: Office, before: int, seqs: list[int]) -> None:
    assert [row.seq for row in audit(office.as_(AUGUST), Trail(), Wanted(), before).rows] == seqs


def test_an_older_page_stays_the_same_while_more_is_recorded(office: Office) -> None:
    trail = Trail()
    first = audit(office.as_(AUGUST), trail, Wanted(), limit=2)
    older = audit(office.as_(AUGUST), trail, Wanted(), first.before, 2)
    comment(office.as_(EMIL), "Q-0001", "More")

    assert audit(office.as_(AUGUST), trail, Wanted(), first.before, 2).rows == older.rows
    assert audit(office.as_(AUGUST), trail, Wanted(), limit=1).rows[0].seq == 7


@given(st.lists(st.sampled_from(["comment", "hear", "note", "read"]), max_size=6))
def test_a_trail_that_followed_along_finds_what_one_that_comes_late_finds(empty: Office, deeds: list[str]) -> None:
    office = afresh(empty)
    new_request(office.as_(STELLA), REQUEST)
    trail = Trail()
    for deed in deeds:
        if deed == "comment":
            comment(office.as_(EMIL), "Q-0001", "Hello")
        elif deed == "hear":
            office.hear(NODE, Kind.CHECKED, DATASET, environment="prod", result=Result.PASS)
        elif deed == "note":
            note(office.home.ledger, office.now, [("effect-planned", {"key": "k"})])
        else:
            audit(office.as_(AUGUST), trail, Wanted())

    assert audit(office.as_(AUGUST), trail, Wanted()) == audit(office.as_(AUGUST), Trail(), Wanted())


def test_what_nobody_signed_and_what_does_not_hold_say_so(office: Office) -> None:
    note(office.home.ledger, office.now, [("bundle-refused", {"file": "b.tar"})])
    roster = office.home.project.roster
    without = Roster(tuple(p for p in roster.people if p.email != STELLA.email), roster.nodes, roster.project)
    home = replace(office.as_(AUGUST), reader=LedgerReader(office.home.ledger, without))
    rows = audit(home, Trail(), Wanted()).rows

    assert (rows[0].what, rows[0].who, rows[0].signature, rows[0].holds) == (
        "bundle refused",
        "",
        "nobody signed this",
        True,
    )
    lost = [row for row in rows if not row.holds]
    assert [(row.who, row.what, row.signature, row.digest) for row in lost] == [
        (STELLA.email, "is said to have accepted, which counts for nothing", "the signature does not hold", None),
        (STELLA.email, "is said to have requested, which counts for nothing", "the signature does not hold", None),
    ]
    assert [row.kind for row in rows if row.holds] == ["bundle-refused", "cancelled", "commented", "checked", "opened"]


def test_a_trail_files_anew_for_another_roster_and_for_another_ledger(office: Office) -> None:
    trail = Trail()
    audit(office.as_(AUGUST), trail, Wanted())
    other = afresh(office)
    new_request(other.as_(STELLA), REQUEST)
    renamed = replace(office.home.project.roster)
    home = replace(office.as_(AUGUST), reader=LedgerReader(office.home.ledger, renamed))

    assert len(audit(other.as_(AUGUST), trail, Wanted()).rows) == 1
    assert len(audit(home, trail, Wanted()).rows) == 6


def test_many_at_once_find_the_same(office: Office) -> None:
    trail = Trail()
    homes = [office.as_(AUGUST) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda home: audit(home, trail, Wanted()), homes))

    assert all(page == pages[0] for page in pages)


def test_the_table_for_spreadsheets_holds_every_row_and_no_formula(office: Office) -> None:
    text = "".join(audit_csv(office.as_(AUGUST), Trail(), Wanted(product="p")))
    rows = list(csv.reader(io.StringIO(text, newline="")))

    assert tuple(rows[0]) == HEADER
    assert [row[5] for row in rows[1:]] == list(reversed([str(kind) for kind in KINDS]))
    assert "'=1+1 Looks right" in rows[4]


def test_verification_and_export_are_those_of_the_ledger(office: Office) -> None:
    verified = verification(office.as_(AUGUST))

    assert (verified.events, verified.statements, verified.faults) == (6, 6, ())
    assert ledger_file(office.as_(AUGUST))


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.name)
def test_everybody_with_a_role_reads_the_ledger(office: Office, who: Person) -> None:
    assert len(audit(office.as_(who), Trail(), Wanted()).rows) == 6


def test_who_is_nobody_or_has_no_role_learns_nothing(office: Office) -> None:
    def asked(home: Home) -> list[Any]:
        return [
            lambda: audit(home, Trail(), Wanted()), lambda: audit_csv(home, Trail(), Wanted()),
            lambda: verification(home), lambda: ledger_file(home),
        ]  # fmt: skip

    for home in (office.home, replace(office.as_(EMIL), person=person("emil"))):
        for ask in asked(home):
            with pytest.raises(Denied):
                ask()

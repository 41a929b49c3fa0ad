"""Delegating: by whoever will be away, to somebody else, from today on, and ended by either of the two."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from assay.actions.delegating import Absence, delegable_gates, delegate, delegations_of, end_delegation
from assay.base.errors import AssayError, Denied
from assay.base.roles import Action, Person
from assay.lifecycle.statements import Kind
from fakes.cast import AUGUST, EMIL, ERNA, OLIVE, RITA, STELLA
from ports.office import Office, afresh, open_office

TODAY = date(2026, 3, 2)
LEAVE = Absence(ERNA.email, TODAY, date(2026, 3, 9), " on leave\r\n", ("p",))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def office(empty: Office) -> Office:
    return afresh(empty)


def recorded(office: Office) -> int:
    return len(office.home.load().record.statements)


def test_whoever_will_be_away_names_who_signs_off_for_them(office: Office) -> None:
    said = delegate(office.as_(EMIL), replace(LEAVE, to="ERNA@example.org")).statement

    (line,) = delegations_of(office.as_(ERNA))
    assert (said.kind, said.signer, said.reason, said.release) == (Kind.DELEGATED, EMIL.email, "on leave", None)
    assert (line.delegation.absent, line.delegation.to, line.state) == (EMIL.email, ERNA.email, "now")
    assert (line.delegation.products, line.delegation.gates) == (frozenset({"p"}), None)
    assert delegations_of(office.as_(EMIL)) == (line,)
    assert delegations_of(office.as_(STELLA)) == ()


def test_a_gate_is_named_by_its_id_or_its_ending(office: Office) -> None:
    delegate(office.as_(EMIL), replace(LEAVE, gates=("feeds-delivered", "contract.approved-by-owner")))

    (line,) = delegations_of(office.as_(EMIL))
    assert line.delegation.gates == frozenset({"dataset.feeds-delivered", "contract.approved-by-owner"})


def test_no_gate_by_evidence_and_no_release_order_can_be_delegated(office: Office) -> None:
    named = {gate.id for gate in delegable_gates(office.home)}

    assert "dataset.qa.accepted-by-engineer" in named
    assert not named & {"release.ordered", "dataset.dev.built", "release.prod.admitted"}


@pytest.mark.parametrize("who", [EMIL, ERNA], ids=["who-is-away", "who-acts"])
def test_either_of_the_two_ends_it_once(office: Office, who: Person) -> None:
    delegate(office.as_(EMIL), LEAVE)
    (line,) = delegations_of(office.as_(EMIL))
    said = end_delegation(office.as_(who), line.delegation.id).statement

    (line,) = delegations_of(office.as_(EMIL))
    assert (said.kind, said.observed) == (Kind.WITHDRAWN, (line.delegation.digest,))
    assert (line.state, line.ended_by, line.can_end) == ("ended", who.email, False)
    with pytest.raises(AssayError, match="expected one that is not over, found one that is ended"):
        end_delegation(office.as_(who), line.delegation.id)


@pytest.mark.parametrize("is_there", [True, False])
def test_nobody_else_ends_it_and_is_told_no_more_than_of_one_that_is_not_there(office: Office, is_there: bool) -> None:
    delegate(office.as_(EMIL), LEAVE)
    (line,) = delegations_of(office.as_(EMIL))
    with pytest.raises(AssayError, match=r"expected one of yours, found none of that name\. Yours: none\."):
        end_delegation(office.as_(STELLA), line.delegation.id if is_there else "none")

    assert recorded(office) == 1


@pytest.mark.parametrize(
    ("absence", "places"),
    [
        (replace(LEAVE, starts=date(2026, 3, 1)), ["starts"]),
        (replace(LEAVE, ends=date(2026, 3, 1)), ["ends"]),
        (replace(LEAVE, to="emil@EXAMPLE.org"), ["to"]),
        (replace(LEAVE, to="nobody@example.org"), ["to"]),
        (replace(LEAVE, to=AUGUST.email), ["to"]),
        (replace(LEAVE, products=("p", "", "q\0")), ["products"] * 2),
        (replace(LEAVE, gates=("dataset.dev.built", "release.ordered", "")), ["gates"] * 3),
        (replace(LEAVE, reason="on\0leave"), ["reason"]),
        (replace(LEAVE, reason=" "), ["reason"]),
        (replace(LEAVE, reason="x" * 10_001), ["reason"]),
        (Absence("", date(2026, 3, 1), date(2026, 2, 1), ""), ["ends", "reason", "starts", "to"]),
    ],
)
def test_what_cannot_be_is_refused_with_all_that_is_wrong(office: Office, absence: Absence, places: list[str]) -> None:
    with pytest.raises(AssayError) as refused:
        delegate(office.as_(EMIL), absence)

    assert [fault.where.file for fault in refused.value.faults] == places
    assert recorded(office) == 0


def test_whoever_may_not_sign_off_delegates_and_ends_nothing(office: Office) -> None:
    by_token = replace(office.as_(EMIL), scopes=frozenset({Action.LEDGER_READ}))
    for home in (office.as_(AUGUST), by_token, replace(office.home, person=None)):
        with pytest.raises(Denied):
            delegate(home, LEAVE)
        with pytest.raises(Denied):
            end_delegation(home, "none")

    assert recorded(office) == 0


def test_a_delegation_begins_and_is_over_by_the_days_in_utc(office: Office) -> None:
    later = replace(LEAVE, starts=date(2026, 3, 3), ends=date(2026, 3, 3))
    delegate(office.as_(OLIVE), replace(later, to=RITA.email))

    states = []
    for hours in (12, 24, 47, 48, 60):
        office.hours = hours - 9  # the office opens at eight, and somebody comes in an hour later
        states += [line.state for line in delegations_of(office.as_(OLIVE))]
    assert states == ["later", "now", "now", "over", "over"]

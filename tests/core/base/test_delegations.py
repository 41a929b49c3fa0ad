"""Delegation: who may act for whom, and never as two."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.delegations import Delegation, delegates_for

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.org"
LEAVE = Delegation("d", ADA, BOB, "flights", None, None, date(2026, 3, 2), date(2026, 3, 6), "on leave")
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def found(
    *delegations: Delegation, absent: str = ADA, now: datetime = NOW, taking_part: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    return delegates_for(
        delegations,
        absent,
        project="flights",
        product="ontime",
        gate="dataset.accepted",
        now=now,
        taking_part=taking_part,
    )


def test_a_delegate_acts_for_the_absent_and_for_nobody_else() -> None:
    assert found(LEAVE) == (BOB,)
    assert found(LEAVE, absent=BOB) == ()
    assert found(LEAVE, absent=EVE) == ()


@pytest.mark.parametrize(
    ("delegation", "covers"),
    [
        (replace(LEAVE, products=frozenset({"ontime", "delays"})), True),
        (replace(LEAVE, products=frozenset({"delays"})), False),
        (replace(LEAVE, products=frozenset()), False),
        (replace(LEAVE, gates=frozenset({"dataset.accepted"})), True),
        (replace(LEAVE, gates=frozenset({"dataset"})), False),
        (replace(LEAVE, project="trains"), False),
    ],
    ids=["product", "other-product", "no-product", "gate", "part-of-a-gate", "other-project"],
)
def test_a_delegate_acts_within_the_scope_and_not_beyond(delegation: Delegation, covers: bool) -> None:
    assert found(delegation) == ((BOB,) if covers else ())


@given(st.integers(0, 15 * 86_400), st.integers(-12, 14))
def test_a_delegate_acts_from_the_first_day_to_the_end_of_the_last_in_utc_wherever_one_asks(
    seconds: int, hours: int
) -> None:
    at = datetime(2026, 2, 25, tzinfo=UTC) + timedelta(seconds=seconds)
    local = at.astimezone(timezone(timedelta(hours=hours)))

    assert found(LEAVE, now=local) == ((BOB,) if date(2026, 3, 2) <= at.date() <= date(2026, 3, 6) else ())


def test_a_delegation_that_was_ended_counts_until_then() -> None:
    ended = replace(LEAVE, ended_at=NOW)

    assert found(ended, now=NOW - timedelta(seconds=1)) == (BOB,)
    assert found(ended, now=NOW) == ()


@pytest.mark.parametrize("email", [BOB, "BOB@example.org"])
def test_whoever_takes_part_in_a_release_is_nobodys_delegate_there(email: str) -> None:
    assert found(LEAVE, taking_part=frozenset({email})) == ()
    assert found(LEAVE, taking_part=frozenset({EVE})) == (BOB,)


def test_nobody_is_their_own_delegate_in_any_case_of_letters() -> None:
    assert found(replace(LEAVE, to_email="ADA@example.org")) == ()


def test_what_was_delegated_is_not_handed_on() -> None:
    assert found(LEAVE, replace(LEAVE, from_email=BOB, to_email=EVE)) == (BOB,)


def test_a_delegate_who_was_named_twice_is_one() -> None:
    assert found(LEAVE, replace(LEAVE, id="e"), replace(LEAVE, id="f", to_email=EVE)) == (BOB, EVE)


PEOPLE = st.sampled_from([ADA, BOB, EVE, "ADA@example.org", "Bob@example.org"])
DELEGATIONS = st.lists(st.builds(lambda one, other: replace(LEAVE, from_email=one, to_email=other), PEOPLE, PEOPLE))


@given(DELEGATIONS, PEOPLE, st.frozensets(PEOPLE))
def test_no_delegate_is_ever_one_of_those_who_must_be_different(
    delegations: list[Delegation], absent: str, taking_part: frozenset[str]
) -> None:
    delegates = [email.lower() for email in found(*delegations, absent=absent, taking_part=taking_part)]

    assert not {email.lower() for email in taking_part | {absent}} & set(delegates)
    assert len(delegates) == len(set(delegates))

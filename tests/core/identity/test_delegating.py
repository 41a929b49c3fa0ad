"""Delegating: by whoever will be absent, to somebody else, from today on, and ended by either."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from assay.base.delegations import delegates_for
from assay.base.errors import AssayError, Denied
from assay.base.roles import Action
from assay.identity.delegating import DelegationForm, delegate, end_delegation
from assay.identity.denying import Caller
from assay.identity.identity import Identity
from assay.identity.tokens import make_token, open_token
from fakes.cast import AUGUST, EMIL, ERNA, STELLA
from fakes.identity import HOUR, NOW, caller, identity_on_fakes, settled

TODAY = NOW.date()
FORM = DelegationForm("flights", frozenset({"ontime"}), None, TODAY, date(2026, 3, 9), " on leave ")


@pytest.fixture
def identity() -> Identity:
    return settled(identity_on_fakes(), EMIL, ERNA, STELLA, AUGUST)


def test_whoever_will_be_absent_names_who_acts_for_them(identity: Identity) -> None:
    made = delegate(identity, caller(identity, EMIL), ERNA, FORM, NOW)

    assert identity.delegations.of_project("flights") == [made]
    assert (made.from_email, made.to_email, made.reason) == (EMIL.email, ERNA.email, "on leave")
    assert delegates_for([made], EMIL.email, project="flights", product="ontime", gate="any", now=NOW) == (ERNA.email,)


@pytest.mark.parametrize("who", [EMIL, ERNA], ids=["who-is-absent", "who-acts"])
def test_either_of_the_two_ends_it(identity: Identity, who: object) -> None:
    made = delegate(identity, caller(identity, EMIL), ERNA, FORM, NOW)
    end_delegation(identity, caller(identity, EMIL if who is EMIL else ERNA, NOW), made.id, NOW + HOUR)

    assert identity.delegations.of_project("flights") == [replace(made, ended_at=NOW + HOUR)]


@pytest.mark.parametrize("name", ["its", "none", "", "\ud800", "0" * 16])
def test_nobody_else_ends_it_and_is_told_no_more_than_of_one_that_is_not_there(identity: Identity, name: str) -> None:
    made = delegate(identity, caller(identity, EMIL), ERNA, FORM, NOW)
    with pytest.raises(AssayError, match="expected one of yours, found none of that name"):
        end_delegation(identity, caller(identity, STELLA), made.id if name == "its" else "none", NOW)

    assert identity.delegations.of_project("flights") == [made]


@pytest.mark.parametrize(
    ("form", "places"),
    [
        (replace(FORM, starts=date(2026, 3, 1)), ["starts"]),
        (replace(FORM, ends=date(2026, 3, 1)), ["ends"]),
        (replace(FORM, products=frozenset()), ["products"]),
        (replace(FORM, gates=frozenset()), ["gates"]),
        (replace(FORM, products=frozenset({"ontime", "a\0", "", "x" * 300})), ["products"] * 3),
        (replace(FORM, reason="on\0leave"), ["reason"]),
        (replace(FORM, reason="\ud800"), ["reason"]),
        (replace(FORM, reason=" "), ["reason"]),
        (replace(FORM, reason="x" * 1_001), ["reason"]),
        (replace(FORM, reason="", starts=date(2026, 3, 1), ends=date(2026, 2, 1)), ["ends", "reason", "starts"]),
    ],
)
def test_a_delegation_that_may_not_be_is_refused_with_all_that_is_wrong(
    identity: Identity, form: DelegationForm, places: list[str]
) -> None:
    with pytest.raises(AssayError) as refused:
        delegate(identity, caller(identity, EMIL), ERNA, form, NOW)

    assert [fault.where.file for fault in refused.value.faults] == places
    assert identity.delegations.of_project("flights") == []


def test_nobody_delegates_to_themselves(identity: Identity) -> None:
    with pytest.raises(AssayError, match="somebody else, found yourself"):
        delegate(identity, caller(identity, EMIL), replace(EMIL, email="EMIL@example.org"), FORM, NOW)


def test_whoever_may_not_sign_is_not_signed_in_or_brings_a_token_delegates_nothing(identity: Identity) -> None:
    emil = caller(identity, EMIL)
    made = make_token(identity, emil, "n", {Action.SIGN_OFF}, 1, NOW)
    by_token = replace(emil, principal=open_token(identity, made.secret, NOW))
    for who in (caller(identity, AUGUST), Caller(EMIL), by_token):
        with pytest.raises(Denied):
            delegate(identity, who, ERNA, FORM, NOW)

    assert identity.delegations.of_project("flights") == []
    assert len(identity.denials.newest(9)) == 3

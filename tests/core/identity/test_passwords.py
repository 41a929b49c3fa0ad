"""Passwords: which are fit, the first one, and changing it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from assay.base.accounts import Account, Denial, Why
from assay.base.errors import AssayError, Denied
from assay.identity.accounts import make_account
from assay.identity.identity import Identity
from assay.identity.passwords import change_password, first_password, password_faults
from assay.identity.sessions import sign_in
from fakes.accounts import MemoryAccounts
from fakes.cast import EMIL
from fakes.identity import ADMIN, HERE, NOW, PASSWORD, entered, identity_on_fakes, is_open, settled

NEW = "another long password"


@pytest.fixture
def identity() -> Identity:
    return settled(identity_on_fakes(), EMIL)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("short", ["12 to 1,000 characters"]),
        ("eleven char", ["12 to 1,000 characters"]),
        ("x" * 1_001, ["12 to 1,000 characters"]),
        ("EMIL@example.org", ["something else than the e-mail"]),
        (" emil@example.org ", ["something else than the e-mail"]),
        ("the old one!", ["another password than before"]),
        ("\u017fhe old one!".replace("\u017fhe", "the"), ["another password than before"]),
        ("", ["12 to 1,000 characters"]),
        ("twelve chars", []),
        ("Fähren über Öl", []),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_a_password_that_is_not_fit_says_all_that_is_wrong_with_it(new: str, expected: list[str]) -> None:
    assert [fault.expected for fault in password_faults(new, EMIL.email, "the old one!")] == expected


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert len(list(password_faults("a@x", "a@x", "a@x"))) == 3


def test_letters_in_another_form_of_unicode_make_no_other_password() -> None:
    assert list(password_faults("u\u0308 long enough", EMIL.email, "\u00fc long enough"))


def test_no_fault_shows_the_password() -> None:
    faults = [*password_faults("hunter2", "hunter2", "hunter2")]

    assert "hunter2" not in str(faults)


def test_a_first_password_can_be_read_out_and_is_another_one_each_time() -> None:
    made = {first_password() for _ in range(50)}

    assert len(made) == 50
    assert all(re.fullmatch(r"[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){3}", password) for password in made)


def test_a_changed_password_opens_and_the_one_before_does_not(identity: Identity) -> None:
    change_password(identity, entered(identity, EMIL).cookie, PASSWORD, NEW, NOW)

    assert sign_in(identity, EMIL.email, NEW, NOW).cookie
    with pytest.raises(Denied):
        entered(identity, EMIL)


def test_a_first_password_opens_nothing_but_the_way_to_another_one(identity: Identity) -> None:
    anna = replace(EMIL, email="anna@example.org")
    first = make_account(identity, ADMIN, anna, NOW)
    assert first
    signed_in = sign_in(identity, anna.email, first, NOW)

    assert signed_in.principal.must_change
    assert not change_password(identity, signed_in.cookie, first, NEW, NOW).principal.must_change


@pytest.mark.parametrize("new", ["short", PASSWORD, EMIL.email])
def test_a_password_that_is_not_fit_changes_nothing(identity: Identity, new: str) -> None:
    cookie = entered(identity, EMIL).cookie
    before = identity.accounts.get(EMIL.email)
    with pytest.raises(AssayError, match="new password"):
        change_password(identity, cookie, PASSWORD, new, NOW)

    assert identity.accounts.get(EMIL.email) == before
    assert is_open(identity, cookie)


def test_who_does_not_know_the_old_one_changes_nothing_and_is_noted(identity: Identity) -> None:
    cookie = entered(identity, EMIL).cookie
    before = identity.accounts.get(EMIL.email)
    with pytest.raises(Denied):
        change_password(identity, cookie, "a wrong long password", NEW, NOW, address=HERE)

    assert identity.accounts.get(EMIL.email) == before
    assert is_open(identity, cookie)
    assert identity.denials.newest(1) == [Denial(NOW, EMIL.email, "password change", Why.WRONG, HERE)]


def test_who_is_not_signed_in_changes_nothing_though_they_know_the_password(identity: Identity) -> None:
    before = identity.accounts.get(EMIL.email)
    with pytest.raises(Denied, match="Sign in"):
        change_password(identity, "none", PASSWORD, NEW, NOW)

    assert identity.accounts.get(EMIL.email) == before


class _Overtaken(MemoryAccounts):
    """Accounts that somebody else changes at the moment at which one is stored."""

    def put(self, account: Account) -> Account | None:
        present = self.get(account.email)
        if present is not None:
            super().put(present)
        return super().put(account)


def test_a_change_that_was_overtaken_is_refused_and_ends_no_session() -> None:
    identity = settled(identity_on_fakes(), EMIL)
    cookie = entered(identity, EMIL).cookie
    account = identity.accounts.get(EMIL.email)
    assert account
    overtaken = _Overtaken()
    overtaken.put(replace(account, revision=0))
    with pytest.raises(AssayError, match="another change just now"):
        change_password(replace(identity, accounts=overtaken), cookie, PASSWORD, NEW, NOW)

    assert is_open(identity, cookie)

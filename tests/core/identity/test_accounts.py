"""Accounts as an admin manages them, and who may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from assay.base.accounts import Denial, Method, Principal, Why
from assay.base.errors import AssayError, Denied
from assay.base.roles import Action, Person, Role
from assay.identity.accounts import disable_account, enable_account, make_account, make_key, reset_password
from assay.identity.denying import Caller, Noted, authorise, list_denials, objection
from assay.identity.identity import Identity
from assay.identity.sessions import open_session, sign_in
from assay.identity.tokens import make_token, open_token
from fakes.cast import AUGUST, EMIL, STELLA, person
from fakes.identity import (
    ADMIN,
    AMIRA,
    HERE,
    NOW,
    PASSWORD,
    SECOND,
    caller,
    entered,
    identity_on_fakes,
    settled,
)


@pytest.fixture
def identity() -> Identity:
    return settled(identity_on_fakes(), EMIL)


def test_an_account_opens_with_its_first_password_which_is_kept_nowhere(identity: Identity) -> None:
    password = make_account(identity, ADMIN, STELLA, NOW)
    assert password

    assert sign_in(identity, STELLA.email, password, NOW).principal.must_change
    assert password not in repr([*identity.accounts.all(), *identity.denials.newest(9)])
    assert password not in str(getattr(identity.accounts.get(STELLA.email), "password", ""))


def test_an_account_without_a_password_opens_with_none(identity: Identity) -> None:
    assert make_account(identity, ADMIN, STELLA, NOW, with_password=False) is None
    with pytest.raises(Denied):
        sign_in(identity, STELLA.email, "", NOW)


@pytest.mark.parametrize("email", [EMIL.email, "EMIL@EXAMPLE.ORG"])
def test_nobody_gets_a_second_account_and_the_first_stays(identity: Identity, email: str) -> None:
    before = identity.accounts.all()
    with pytest.raises(AssayError, match="somebody without an account"):
        make_account(identity, ADMIN, replace(EMIL, email=email), NOW)

    assert identity.accounts.all() == before


@pytest.mark.parametrize("email", ["", "a\0@x", "x" * 300])
def test_what_can_be_no_e_mail_gets_no_account(identity: Identity, email: str) -> None:
    with pytest.raises(AssayError, match="at most 254"):
        make_account(identity, ADMIN, replace(EMIL, email=email), NOW)


def test_a_reset_ends_what_was_open_and_begins_with_a_first_password(identity: Identity) -> None:
    emil = caller(identity, EMIL)
    token = make_token(identity, emil, "nightly", {Action.BUILD}, 1, NOW).secret
    cookie = entered(identity, EMIL).cookie
    password = reset_password(identity, ADMIN, EMIL.email, NOW)

    assert open_session(identity, cookie, NOW) is None
    assert open_token(identity, token, NOW) is None
    with pytest.raises(Denied):
        entered(identity, EMIL)
    assert sign_in(identity, EMIL.email, password, NOW).principal.must_change


def test_a_reset_does_not_leave_its_person_waiting(identity: Identity) -> None:
    for _ in range(9):
        with pytest.raises(Denied):
            sign_in(identity, EMIL.email, "wrong", NOW)
    password = reset_password(identity, ADMIN, EMIL.email, NOW)

    assert sign_in(identity, EMIL.email, password, NOW).cookie


def test_a_disabled_account_opens_with_nothing_until_it_is_enabled(identity: Identity) -> None:
    token = make_token(identity, caller(identity, EMIL), "nightly", {Action.BUILD}, 1, NOW).secret
    disable_account(identity, ADMIN, EMIL.email, NOW)
    assert open_token(identity, token, NOW) is None
    with pytest.raises(Denied):
        entered(identity, EMIL)
    enable_account(identity, ADMIN, EMIL.email, NOW)
    assert entered(identity, EMIL, NOW + SECOND).cookie
    assert open_token(identity, token, NOW) is None


def test_a_key_is_made_for_somebody_and_its_public_half_told(identity: Identity) -> None:
    public = make_key(identity, ADMIN, EMIL, NOW)

    assert identity.vault.public(EMIL.email) == public


@pytest.mark.parametrize("act", [reset_password, disable_account, enable_account])
def test_what_is_not_there_is_said(identity: Identity, act: Callable[..., object]) -> None:
    for email in ("nobody@example.org", "", "\0"):
        with pytest.raises(AssayError, match="nobody of that e-mail"):
            act(identity, ADMIN, email, NOW)


ACTS: dict[str, Callable[[Identity, Caller], object]] = {
    "make account": lambda identity, who: make_account(identity, who, STELLA, NOW),
    "reset": lambda identity, who: reset_password(identity, who, EMIL.email, NOW),
    "disable": lambda identity, who: disable_account(identity, who, EMIL.email, NOW),
    "enable": lambda identity, who: enable_account(identity, who, EMIL.email, NOW),
    "make key": lambda identity, who: make_key(identity, who, EMIL, NOW),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
def test_whoever_is_no_admin_manages_nothing_and_is_noted(identity: Identity, role: Role, act: str) -> None:
    before = identity.accounts.all()
    with pytest.raises(Denied, match="portal:account:manage"):
        ACTS[act](identity, Caller(person("mallory", role), address=HERE))

    assert identity.accounts.all() == before
    assert identity.vault.public(EMIL.email) is None
    assert identity.denials.newest(1) == [
        Denial(NOW, "mallory@example.org", "portal:account:manage", Why.NO_ROLE, HERE)
    ]


# Permitting


def _by(method: Method, *, must_change: bool = False, scopes: frozenset[Action] | None = None) -> Caller:
    return Caller(EMIL, Principal(EMIL.email, method, NOW, "key", must_change, scopes))


@pytest.mark.parametrize(
    ("who", "action", "why"),
    [
        (Caller(EMIL), Action.BUILD, None),
        (Caller(EMIL), Action.RELEASE_ORDER, Why.NO_ROLE),
        (Caller(None), Action.BUILD, Why.STRANGER),
        (_by(Method.PASSWORD), Action.BUILD, None),
        (_by(Method.OIDC), Action.BUILD, None),
        (_by(Method.PASSWORD), Action.RELEASE_ORDER, Why.NO_ROLE),
        (_by(Method.PASSWORD, must_change=True), Action.BUILD, Why.FIRST_PASSWORD),
        (_by(Method.TOKEN, scopes=frozenset({Action.BUILD})), Action.BUILD, None),
        (_by(Method.TOKEN, scopes=frozenset({Action.VALIDATE})), Action.BUILD, Why.NO_SCOPE),
        (_by(Method.TOKEN, scopes=frozenset()), Action.BUILD, Why.NO_SCOPE),
        (_by(Method.TOKEN, scopes=frozenset(Action)), Action.RELEASE_ORDER, Why.NO_ROLE),
        (_by(Method.TOKEN, must_change=True, scopes=frozenset(Action)), Action.BUILD, Why.FIRST_PASSWORD),
        (replace(_by(Method.PASSWORD), person=None), Action.BUILD, Why.STRANGER),
        (replace(_by(Method.PASSWORD), person=AMIRA), Action.ACCOUNT_MANAGE, Why.STRANGER),
    ],
)  # fmt: skip
def test_a_caller_may_what_their_role_and_their_token_both_permit(who: Caller, action: Action, why: Why | None) -> None:
    assert objection(who, action) is why


def test_whoever_may_is_returned_and_nothing_is_noted(identity: Identity) -> None:
    assert authorise(identity, Caller(EMIL), Action.BUILD, NOW) is EMIL
    assert identity.denials.newest(1) == []


@pytest.mark.parametrize("who", [AUGUST, AMIRA], ids=["auditor", "admin"])
def test_auditor_and_admin_see_what_was_denied_the_newest_first(identity: Identity, who: Person) -> None:
    for email in ("first@x", "second@x"):
        with pytest.raises(Denied):
            sign_in(identity, email, PASSWORD, NOW)
    seen = list_denials(identity, Caller(who), NOW)

    assert [denial.email for denial in seen] == ["second@x", "first@x"]
    assert len(list_denials(identity, ADMIN, NOW, limit=1)) == 1
    assert list_denials(identity, ADMIN, NOW, limit=-1) == ()


def test_nobody_else_sees_what_was_denied_and_asking_is_noted(identity: Identity) -> None:
    with pytest.raises(Noted, match="portal:denial:read"):
        list_denials(identity, Caller(EMIL), NOW)

    assert identity.denials.newest(1)[0].what == "portal:denial:read"

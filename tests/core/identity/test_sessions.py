"""Signing in and out, who is there, and how long a session lasts."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.accounts import Account, Denial, Method, Session, Why, account_name, as_noted
from assay.base.errors import Denied
from assay.identity.accounts import disable_account, enable_account, make_account, reset_password
from assay.identity.denying import Caller
from assay.identity.expiry import NOTED_EVERY, is_alive
from assay.identity.identity import Identity, Lifetimes
from assay.identity.passwords import change_password
from assay.identity.sessions import (
    begin_session,
    end_session,
    open_session,
    re_authenticate,
    sessions_of,
    sign_in,
    sign_out,
    tidy,
)
from fakes.cast import EMIL, STELLA
from fakes.identity import (
    ADMIN,
    DAY,
    HERE,
    HOUR,
    MINUTE,
    NOW,
    PASSWORD,
    SECOND,
    caller,
    entered,
    identity_on_fakes,
    is_open,
    settled,
    there,
)
from fakes.passwords import QuickPasswords

IDLE, ABSOLUTE = Lifetimes().idle, Lifetimes().absolute


@pytest.fixture
def identity() -> Identity:
    return settled(identity_on_fakes(), EMIL, STELLA)


def words(refused: pytest.ExceptionInfo[Denied]) -> str:
    return str(refused.value)


# Signing in


def test_who_knows_the_password_is_there_and_it_is_known_how_and_since_when(identity: Identity) -> None:
    signed_in = entered(identity, EMIL)

    who = there(identity, signed_in.cookie, NOW + MINUTE)
    assert who == replace(signed_in.principal, age=MINUTE)
    assert (who.email, who.method, who.authenticated_at) == (EMIL.email, Method.PASSWORD, NOW)
    assert (who.must_change, who.scopes) == (False, None)


def test_an_e_mail_is_the_same_one_in_any_case(identity: Identity) -> None:
    assert sign_in(identity, "  EMIL@Example.ORG ", PASSWORD, NOW).principal.email == EMIL.email


def test_the_cookie_is_32_bytes_of_chance_of_which_the_hash_alone_is_kept(identity: Identity) -> None:
    cookies = {entered(identity, EMIL).cookie for _ in range(20)}
    kept = identity.sessions.of(EMIL.email)

    assert len(cookies) == 20
    assert {len(cookie) for cookie in cookies} == {43}
    assert {session.id for session in kept} == {hashlib.sha256(cookie.encode()).hexdigest() for cookie in cookies}
    assert not [cookie for cookie in cookies if cookie in repr(kept)]


def test_no_representation_shows_the_cookie(identity: Identity) -> None:
    signed_in = entered(identity, EMIL)

    assert signed_in.cookie not in repr(signed_in)


NOBODY = ["nobody@example.org", "", "nul\0@example.org", "\ud800", "x" * 10_000, "'; drop table accounts; --"]


@pytest.mark.parametrize("email", [EMIL.email, "disabled", "without password", *NOBODY], ids=str.__len__)
def test_a_no_has_the_same_words_and_the_same_work_whoever_asks(identity: Identity, email: str) -> None:
    if email == "disabled":
        email = STELLA.email
        disable_account(identity, ADMIN, email, NOW)
    if email == "without password":
        email = "federated@example.org"
        make_account(identity, ADMIN, replace(STELLA, email=email), NOW, with_password=False)
    assert isinstance(identity.passwords, QuickPasswords)
    before = identity.passwords.comparisons
    with pytest.raises(Denied) as wrong:
        sign_in(identity, EMIL.email, "wrong", NOW - HOUR)
    with pytest.raises(Denied) as refused:
        sign_in(identity, email, "wrong", NOW)

    assert words(refused) == words(wrong)
    assert identity.passwords.comparisons == before + 2


@pytest.mark.parametrize("email", [EMIL.email, "nobody@example.org"])
def test_failures_bring_the_same_wait_whether_there_is_an_account_or_not(identity: Identity, email: str) -> None:
    assert isinstance(identity.passwords, QuickPasswords)
    for _ in range(5):
        with pytest.raises(Denied) as wrong:
            sign_in(identity, email, "wrong", NOW)
    before = identity.passwords.comparisons
    with pytest.raises(Denied) as refused:
        sign_in(identity, email, "wrong", NOW)

    assert words(refused) == words(wrong)
    assert identity.passwords.comparisons == before + 1
    assert identity.denials.newest(1)[0].why is Why.WAITING


def test_a_right_password_is_refused_while_there_is_a_wait_and_taken_after_it(identity: Identity) -> None:
    for _ in range(5):
        with pytest.raises(Denied) as wrong:
            sign_in(identity, EMIL.email, "wrong", NOW)
    with pytest.raises(Denied) as refused:
        entered(identity, EMIL, NOW)

    assert words(refused) == words(wrong)
    assert entered(identity, EMIL, NOW + SECOND).principal.email == EMIL.email


def test_a_right_password_ends_the_count_of_failures(identity: Identity) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(Denied):
                sign_in(identity, EMIL.email, "wrong", NOW)
        assert entered(identity, EMIL).cookie


def test_the_failures_of_one_do_not_make_another_wait(identity: Identity) -> None:
    for _ in range(20):
        with pytest.raises(Denied):
            sign_in(identity, EMIL.email, "wrong", NOW)

    assert entered(identity, STELLA).cookie


@pytest.mark.parametrize(
    ("email", "why"),
    [
        (EMIL.email, Why.WRONG),
        ("nobody@example.org", Why.UNKNOWN),
        (STELLA.email, Why.DISABLED),
        ("f@x", Why.NO_PASSWORD),
    ],
)
def test_a_denied_sign_in_is_noted_with_its_reason(identity: Identity, email: str, why: Why) -> None:
    disable_account(identity, ADMIN, STELLA.email, NOW)
    make_account(identity, ADMIN, replace(STELLA, email="f@x"), NOW, with_password=False)
    with pytest.raises(Denied):
        sign_in(identity, email, "wrong", NOW, address=HERE)

    assert identity.denials.newest(1) == [Denial(NOW, email, "sign-in", why, HERE)]


def test_what_a_stranger_gave_as_e_mail_is_noted_cut_and_as_it_can_be_shown(identity: Identity) -> None:
    with pytest.raises(Denied):
        sign_in(identity, "a\0b\n\ud800" + "x" * 10_000, "secret", NOW, address="\x1b[2J")

    assert identity.denials.newest(1)[0].email == "a\ufffdb\ufffd\ufffd" + "x" * 195
    assert identity.denials.newest(1)[0].address == "\ufffd[2J"
    assert "secret" not in repr(identity.denials.newest(1))


def test_a_sign_in_that_is_denied_begins_no_session_and_ends_none(identity: Identity) -> None:
    cookie = entered(identity, EMIL).cookie
    with pytest.raises(Denied):
        sign_in(identity, EMIL.email, "wrong", NOW, former=cookie)

    assert is_open(identity, cookie)
    assert len(identity.sessions.of(EMIL.email)) == 1


def test_signing_in_ends_the_session_that_the_browser_brought(identity: Identity) -> None:
    former = entered(identity, STELLA).cookie
    cookie = sign_in(identity, EMIL.email, PASSWORD, NOW, former=former).cookie

    assert open_session(identity, former, NOW) is None
    assert there(identity, cookie).email == EMIL.email


def test_a_password_that_was_hashed_with_less_work_is_hashed_anew(identity: Identity) -> None:
    stronger = replace(identity, passwords=QuickPasswords("stronger"))
    cookie = entered(stronger, EMIL).cookie
    account = identity.accounts.get(EMIL.email)

    assert account
    assert (account.password or "").startswith("stronger:")
    assert is_open(stronger, cookie)
    assert entered(stronger, EMIL).cookie


# Signing out, and sessions elsewhere


def test_after_signing_out_the_cookie_opens_nothing(identity: Identity) -> None:
    cookie, elsewhere = entered(identity, EMIL).cookie, entered(identity, EMIL).cookie
    sign_out(identity, cookie)
    sign_out(identity, cookie)

    assert open_session(identity, cookie, NOW) is None
    assert is_open(identity, elsewhere)


@pytest.mark.parametrize("cookie", ["", "never made", "\ud800", "x" * 10_000])
def test_a_cookie_that_was_never_made_opens_nothing(identity: Identity, cookie: str) -> None:
    assert open_session(identity, cookie, NOW) is None


def test_the_hash_that_is_kept_opens_nothing(identity: Identity) -> None:
    entered(identity, EMIL)

    assert open_session(identity, identity.sessions.of(EMIL.email)[0].id, NOW) is None


def test_somebody_sees_their_open_sessions_and_nobody_elses(identity: Identity) -> None:
    old = entered(identity, EMIL, NOW - IDLE)
    entered(identity, STELLA)
    emil = caller(identity, EMIL)

    assert [(session.id, session.address) for session in sessions_of(identity, emil, NOW)] == [
        (emil.principal.key if emil.principal else "", HERE)
    ]
    assert open_session(identity, old.cookie, NOW) is None


def test_somebody_ends_a_session_of_their_own_and_nobody_elses(identity: Identity) -> None:
    mine, hers = entered(identity, EMIL), entered(identity, STELLA)
    emil = caller(identity, EMIL)
    for signed_in in (mine, hers):
        end_session(identity, emil, signed_in.principal.key, NOW)
    for name in ("none", "", "\ud800"):
        end_session(identity, emil, name, NOW)

    assert open_session(identity, mine.cookie, NOW) is None
    assert is_open(identity, hers.cookie)


def test_who_is_not_signed_in_sees_and_ends_no_sessions(identity: Identity) -> None:
    session = entered(identity, EMIL)
    for ask in (
        lambda: sessions_of(identity, Caller(EMIL), NOW),
        lambda: end_session(identity, Caller(EMIL), session.principal.key, NOW),
    ):
        with pytest.raises(Denied, match="Sign in"):
            ask()

    assert is_open(identity, session.cookie)
    assert [denial.why for denial in identity.denials.newest(2)] == [Why.NO_SESSION, Why.NO_SESSION]


def test_tidying_forgets_what_is_over_and_nothing_else(identity: Identity) -> None:
    entered(identity, EMIL, NOW - IDLE - SECOND)
    kept = entered(identity, STELLA, NOW)
    for at in (NOW - 2 * DAY, NOW):
        with pytest.raises(Denied):
            sign_in(identity, f"{at:%d}@example.org", "wrong", at)
    tidy(identity, NOW)

    assert identity.sessions.of(EMIL.email) == []
    assert is_open(identity, kept.cookie)


# Showing anew who one is


def test_who_shows_anew_who_they_are_goes_on_under_another_cookie(identity: Identity) -> None:
    cookie = entered(identity, EMIL).cookie
    again = re_authenticate(identity, cookie, PASSWORD, NOW + 20 * MINUTE)

    assert open_session(identity, cookie, NOW + 20 * MINUTE) is None
    assert there(identity, again.cookie, NOW + 20 * MINUTE).authenticated_at == NOW + 20 * MINUTE
    assert again.principal.age == timedelta()


def test_whoever_is_there_is_known_with_how_long_ago_they_showed_who_they_are(identity: Identity) -> None:
    cookie = entered(identity, EMIL).cookie

    assert [there(identity, cookie, NOW + age).age for age in (SECOND, 20 * MINUTE)] == [SECOND, 20 * MINUTE]


def test_who_does_not_show_it_stays_as_they_were(identity: Identity) -> None:
    cookie = entered(identity, EMIL).cookie
    with pytest.raises(Denied):
        re_authenticate(identity, cookie, "wrong", NOW + MINUTE, address=HERE)

    assert there(identity, cookie).authenticated_at == NOW
    assert identity.denials.newest(1) == [Denial(NOW + MINUTE, EMIL.email, "re-authentication", Why.WRONG, HERE)]


def test_who_is_not_signed_in_cannot_show_anew_who_they_are(identity: Identity) -> None:
    with pytest.raises(Denied, match="Sign in"):
        re_authenticate(identity, "none", PASSWORD, NOW)


def test_failures_to_show_it_count_with_those_of_signing_in(identity: Identity) -> None:
    cookie = entered(identity, EMIL).cookie
    for _ in range(5):
        with pytest.raises(Denied):
            re_authenticate(identity, cookie, "wrong", NOW)
    with pytest.raises(Denied):
        entered(identity, EMIL, NOW)


# How long it lasts


def test_disabling_an_account_ends_its_sessions_and_enabling_it_does_not_bring_them_back(identity: Identity) -> None:
    cookie = entered(identity, EMIL).cookie
    disable_account(identity, ADMIN, EMIL.email, NOW)
    assert open_session(identity, cookie, NOW) is None
    enable_account(identity, ADMIN, EMIL.email, NOW)
    assert open_session(identity, cookie, NOW) is None
    assert entered(identity, EMIL).cookie


def test_a_session_that_began_with_the_password_before_opens_nothing(identity: Identity) -> None:
    before = identity.accounts.get(EMIL.email)
    assert before
    reset_password(identity, ADMIN, EMIL.email, NOW)
    late = begin_session(identity, before, Method.PASSWORD, NOW, HERE)  # was verified before, and is stored after

    assert open_session(identity, late.cookie, NOW) is None


def test_changing_the_password_ends_every_other_session(identity: Identity) -> None:
    here, elsewhere = entered(identity, EMIL).cookie, entered(identity, EMIL).cookie
    hers = entered(identity, STELLA).cookie
    changed = change_password(identity, here, PASSWORD, "another long password", NOW)

    assert [open_session(identity, cookie, NOW) for cookie in (here, elsewhere)] == [None, None]
    assert there(identity, changed.cookie).email == EMIL.email
    assert is_open(identity, hers)


MOMENTS = st.lists(st.integers(1, int(ABSOLUTE.total_seconds()) + 7_200), min_size=1, max_size=40).map(sorted)


@given(MOMENTS)
def test_a_session_lives_while_it_is_used_and_not_longer_than_it_may(seconds: list[int]) -> None:
    identity = settled(identity_on_fakes(), EMIL)
    cookie = entered(identity, EMIL).cookie
    last, is_over = NOW, False
    for moment in (NOW + timedelta(seconds=offset) for offset in seconds):
        is_there = open_session(identity, cookie, moment) is not None
        if moment - last >= IDLE or moment - NOW >= ABSOLUTE or is_over:
            assert not is_there
        elif moment - last < IDLE - NOTED_EVERY:
            assert is_there
        is_over = not is_there
        last = moment


@given(st.integers(0, 20 * 3_600), st.integers(0, 20 * 3_600), st.integers(0, 4_000))
def test_a_session_that_is_over_does_not_come_back_by_waiting(begun: int, seen: int, more: int) -> None:
    account = Account("a@x", NOW)
    session = Session("s", "a@x", 1, Method.PASSWORD, NOW - begun * SECOND, NOW - min(begun, seen) * SECOND)
    now, later = (is_alive(session, account, Lifetimes(), moment) for moment in (NOW, NOW + more * SECOND))

    assert now or not later


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.integers(0, 20_000), st.integers(0, 20_000))
def test_a_session_is_alive_within_both_bounds_whatever_the_settings_say(
    idle: int, absolute: int, unused: int, more: int
) -> None:
    session = Session("s", "a@x", 1, Method.OIDC, NOW - (unused + more) * SECOND, NOW - unused * SECOND)
    lifetimes = Lifetimes(idle=idle * SECOND, absolute=absolute * SECOND)

    assert is_alive(session, Account("a@x", NOW), lifetimes, NOW) is (unused < idle and unused + more < absolute)


@pytest.mark.parametrize(
    "account",
    [
        Account("a@x", NOW, is_disabled=True),
        Account("a@x", NOW, epoch=2),
        Account("b@x", NOW),
    ],
    ids=["disabled", "another-password", "another-account"],
)
def test_a_session_is_of_one_account_and_one_password_of_it(account: Account) -> None:
    session = Session("s", "a@x", 1, Method.PASSWORD, NOW, NOW)

    assert is_alive(session, Account("a@x", NOW), Lifetimes(), NOW)
    assert not is_alive(session, account, Lifetimes(), NOW)


# Texts of strangers


@given(st.text())
def test_what_is_noted_can_be_shown_and_is_short(text: str) -> None:
    noted = as_noted(text)

    assert len(noted) <= 200
    assert noted == "" or noted.isprintable()
    assert as_noted(noted) == noted


@given(st.text(max_size=300))
def test_a_name_of_an_account_is_its_own_name_and_can_be_stored(text: str) -> None:
    name = account_name(text)

    assert account_name(name) == name
    assert name.encode().decode() == name
    assert "\0" not in name

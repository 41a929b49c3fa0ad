"""API tokens: never more than their person, never longer than they may be, kept as a hash."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.accounts import Method, Token, Why
from assay.base.errors import AssayError, Denied
from assay.base.roles import Action, Role, may
from assay.identity.denying import Caller, objection
from assay.identity.identity import Identity
from assay.identity.tokens import make_token, open_token, revoke_token, tokens_of
from fakes.cast import EMIL, STELLA, person
from fakes.identity import DAY, MINUTE, NOW, SECOND, caller, identity_on_fakes, settled

SCOPES = frozenset({Action.BUILD, Action.VALIDATE})


@pytest.fixture
def identity() -> Identity:
    return settled(identity_on_fakes(), EMIL, STELLA)


def test_a_token_opens_for_its_person_within_its_scopes(identity: Identity) -> None:
    made = make_token(identity, caller(identity, EMIL), " nightly ", SCOPES, 90, NOW)
    who = open_token(identity, made.secret, NOW)

    assert who
    assert (who.email, who.method, who.scopes, made.token.name) == (EMIL.email, Method.TOKEN, SCOPES, "nightly")


def test_a_token_is_32_bytes_of_chance_that_say_what_they_are_and_of_which_the_hash_alone_is_kept(
    identity: Identity,
) -> None:
    made = make_token(identity, caller(identity, EMIL), "nightly", SCOPES, 1, NOW)

    assert made.secret.startswith("assay_")
    assert len(made.secret) == len("assay_") + 43
    assert made.token.digest == hashlib.sha256(made.secret.encode()).hexdigest()
    assert made.secret not in repr(made)
    assert made.secret not in repr(identity.tokens.of(EMIL.email))


@pytest.mark.parametrize("secret", ["", "assay_", "assay_never_made", "\ud800", "assay_\ud800"])
def test_a_token_that_was_never_made_opens_nothing(identity: Identity, secret: str) -> None:
    made = make_token(identity, caller(identity, EMIL), "nightly", SCOPES, 1, NOW)

    assert open_token(identity, secret, NOW) is None
    assert open_token(identity, made.token.digest, NOW) is None
    assert open_token(identity, made.secret.removeprefix("assay_"), NOW) is None


@given(st.integers(1, 90), st.integers(0, 100 * 86_400))
def test_a_token_opens_until_its_last_day_is_over_and_never_after(days: int, seconds: int) -> None:
    identity = settled(identity_on_fakes(), EMIL)
    made = make_token(identity, caller(identity, EMIL), "nightly", SCOPES, days, NOW)

    assert (open_token(identity, made.secret, NOW + seconds * SECOND) is not None) is (seconds < days * 86_400)


@pytest.mark.parametrize(
    ("name", "scopes", "days", "places"),
    [
        ("", SCOPES, 1, ["name"]),
        ("  ", SCOPES, 1, ["name"]),
        ("x" * 81, SCOPES, 1, ["name"]),
        ("a\nb", SCOPES, 1, ["name"]),
        ("n", frozenset(), 1, ["scopes"]),
        ("n", frozenset({Action.RELEASE_ORDER}), 1, ["scopes"]),
        ("n", SCOPES, 0, ["days"]),
        ("n", SCOPES, -5, ["days"]),
        ("n", SCOPES, 91, ["days"]),
        ("", frozenset({Action.RELEASE_ORDER}), 10**9, ["days", "name", "scopes"]),
    ],
)
def test_a_token_that_may_not_be_is_refused_with_all_that_is_wrong(
    identity: Identity, name: str, scopes: frozenset[Action], days: int, places: list[str]
) -> None:
    emil = caller(identity, EMIL)
    with pytest.raises(AssayError) as refused:
        make_token(identity, emil, name, scopes, days, NOW)

    assert [fault.where.file for fault in refused.value.faults] == places
    assert tokens_of(identity, emil, NOW) == ()


@given(st.sets(st.sampled_from(Role)), st.sets(st.sampled_from(Role)), st.data())
def test_a_token_never_permits_more_than_its_person_may_when_it_is_used(
    roles: set[Role], later: set[Role], data: st.DataObject
) -> None:
    identity = settled(identity_on_fakes(), person("pat", *roles))
    pat = person("pat", *roles)
    scopes = data.draw(st.sets(st.sampled_from(Action), min_size=1))
    within = all(may(pat, scope) for scope in scopes)
    try:
        made = make_token(identity, caller(identity, pat), "n", scopes, 1, NOW)
    except AssayError:
        assert not within
        return
    assert within
    now = person("pat", *later)
    permitted = {a for a in Action if objection(Caller(now, open_token(identity, made.secret, NOW)), a) is None}
    assert permitted == {scope for scope in scopes if may(now, scope)}


def test_a_token_makes_lists_and_revokes_no_tokens(identity: Identity) -> None:
    emil = caller(identity, EMIL)
    made = make_token(identity, emil, "n", SCOPES, 1, NOW)
    by_token = replace(emil, principal=open_token(identity, made.secret, NOW))
    for ask in (
        lambda: make_token(identity, by_token, "n", SCOPES, 1, NOW),
        lambda: tokens_of(identity, by_token, NOW),
        lambda: revoke_token(identity, by_token, made.token.id, NOW),
    ):
        with pytest.raises(Denied, match="a session"):
            ask()

    assert [token.id for token in tokens_of(identity, emil, NOW)] == [made.token.id]
    assert {denial.why for denial in identity.denials.newest(3)} == {Why.NO_SCOPE}


@pytest.mark.parametrize("must_change", [True, False])
def test_who_is_not_fully_signed_in_makes_no_token(identity: Identity, must_change: bool) -> None:
    emil = caller(identity, EMIL)
    assert emil.principal
    principal = replace(emil.principal, must_change=True) if must_change else None
    with pytest.raises(Denied):
        make_token(identity, replace(emil, principal=principal), "n", SCOPES, 1, NOW)

    assert tokens_of(identity, emil, NOW) == ()


def test_a_revoked_token_opens_nothing(identity: Identity) -> None:
    emil = caller(identity, EMIL)
    made, other = (make_token(identity, emil, name, SCOPES, 1, NOW) for name in ("n", "m"))
    revoke_token(identity, emil, made.token.id, NOW)

    assert open_token(identity, made.secret, NOW) is None
    assert open_token(identity, other.secret, NOW)


def test_nobody_sees_or_revokes_somebody_elses_token(identity: Identity) -> None:
    made = make_token(identity, caller(identity, EMIL), "n", SCOPES, 1, NOW)
    stella = caller(identity, STELLA)
    revoke_token(identity, stella, made.token.id, NOW)

    assert tokens_of(identity, stella, NOW) == ()
    assert open_token(identity, made.secret, NOW)


def test_the_last_use_of_a_token_is_known_to_the_minute(identity: Identity) -> None:
    emil = caller(identity, EMIL)
    made = make_token(identity, emil, "n", SCOPES, 1, NOW)

    def last_used() -> object:
        return tokens_of(identity, emil, NOW)[0].last_used_at

    assert last_used() is None
    for moment, known in ((NOW, NOW), (NOW + 59 * SECOND, NOW), (NOW + MINUTE, NOW + MINUTE)):
        open_token(identity, made.secret, moment)
        assert last_used() == known


def test_a_token_never_shows_anew_who_its_person_is(identity: Identity) -> None:
    made = make_token(identity, caller(identity, EMIL), "n", SCOPES, 1, NOW)
    who = open_token(identity, made.secret, NOW)

    assert who
    assert (who.method, who.age) == (Method.TOKEN, None)


def test_a_token_of_another_account_is_not_good_for_it(identity: Identity) -> None:
    made = make_token(identity, caller(identity, EMIL), "n", SCOPES, 1, NOW)
    identity.tokens.add(Token("x", "0" * 64, "gone@example.org", "n", SCOPES, NOW, NOW + DAY))

    assert open_token(identity, made.secret, NOW)
    assert tokens_of(identity, caller(identity, STELLA), NOW) == ()

"""The `Provider` port: one contract, held by OpenID Connect against a stand-in over loopback and by the fake.

And what holds for OpenID Connect alone: nothing is believed that the provider did not sign, for us, now.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import pytest

from assay.base.errors import AssayError
from assay.base.federation import Asking, Claims
from assay.base.identity_ports import Provider
from assay.connectors.oidc import OidcProvider, OidcSettings
from fakes.federation import MemoryProvider
from ports.oidc_provider import CLIENT, REDIRECT, SECRET, StandIn, new_key

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=40)
ASKING = Asking("k" * 64, "a state", "a nonce", "v" * 43, NOW)
ADA = Claims("s-1", "ada@example.org", frozenset({"builders", "readers"}))


class World(Protocol):
    """A provider, and the hand of whoever runs it."""

    @property
    def provider(self) -> Provider: ...

    def enter(self, address: str) -> tuple[str, str]: ...

    def move(self, *groups: str) -> None: ...

    def take_off(self) -> None: ...

    def fall(self) -> None: ...


class Fake:
    def __init__(self) -> None:
        self.provider = MemoryProvider(ADA)

    def enter(self, address: str) -> tuple[str, str]:
        return self.provider.enter(address, "s-1")

    def move(self, *groups: str) -> None:
        self.provider.people["s-1"] = replace(ADA, groups=frozenset(groups))

    def take_off(self) -> None:
        self.provider.people.clear()

    def fall(self) -> None:
        self.provider.is_down = True


class Loopback:
    def __init__(self, algorithm: str = "ES256") -> None:
        self.now = NOW
        self.at = StandIn(lambda: self.now, algorithm)
        self.at.people["s-1"] = {
            "email": ADA.email, "email_verified": True, "groups": sorted(ADA.groups), "name": "Ada",
        }  # fmt: skip
        self.at.signed_in_at["s-1"] = int((NOW - timedelta(hours=2)).timestamp())
        self.provider = OidcProvider(OidcSettings(self.at.issuer, CLIENT, SECRET, REDIRECT))

    def enter(self, address: str) -> tuple[str, str]:
        return self.at.enter(address, "s-1")

    def move(self, *groups: str) -> None:
        self.at.people["s-1"]["groups"] = list(groups)

    def take_off(self) -> None:
        self.at.people.clear()

    def fall(self) -> None:
        self.at.close()

    def vouch(self) -> Claims | None:
        return self.provider.vouch(ASKING, self.enter(self.provider.ask(ASKING))[1], NOW)


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    world = Loopback()
    yield world
    world.at.close()


@pytest.fixture(params=["openid connect", "fake"])
def world(request: pytest.FixtureRequest) -> World:
    made: World = Fake() if request.param == "fake" else request.getfixturevalue("loopback")
    return made


def vouched(world: World, asking: Asking = ASKING) -> Claims:
    claims = world.provider.vouch(asking, world.enter(world.provider.ask(asking))[1], NOW)
    assert claims
    return claims


def test_it_vouches_for_whoever_came_back_with_its_code(world: World) -> None:
    state, code = world.enter(world.provider.ask(ASKING))
    claims = world.provider.vouch(ASKING, code, NOW)

    assert state == ASKING.state
    assert claims
    assert (claims.subject, claims.email, claims.groups) == (ADA.subject, ADA.email, ADA.groups)
    assert claims.refresh
    assert claims.refresh not in repr(claims)


def test_a_code_counts_once(world: World) -> None:
    code = world.enter(world.provider.ask(ASKING))[1]

    assert world.provider.vouch(ASKING, code, NOW)
    assert world.provider.vouch(ASKING, code, NOW) is None


@pytest.mark.parametrize("code", ["never made", "\0"])
def test_a_code_that_it_never_gave_counts_nothing(world: World, code: str) -> None:
    assert world.provider.vouch(ASKING, code, NOW) is None


def test_a_code_that_somebody_else_asked_for_counts_nothing(world: World) -> None:
    code = world.enter(world.provider.ask(ASKING))[1]

    assert world.provider.vouch(replace(ASKING, verifier="w" * 43), code, NOW) is None


def test_it_is_asked_again_and_again_what_it_says_today(world: World) -> None:
    claims: Claims | None = vouched(world)
    for groups in (("readers",), (), ("builders", "readers")):
        world.move(*groups)
        assert claims
        assert claims.refresh
        claims = world.provider.look_again("s-1", claims.refresh, NOW)
        assert claims
        assert (claims.subject, claims.groups) == ("s-1", frozenset(groups))


def test_it_vouches_no_more_for_somebody_who_was_taken_off(world: World) -> None:
    claims = vouched(world)
    world.take_off()

    assert claims.refresh
    assert world.provider.look_again("s-1", claims.refresh, NOW) is None


def test_it_vouches_for_nobody_with_what_it_gave_for_somebody_else(world: World) -> None:
    claims = vouched(world)

    assert claims.refresh
    assert world.provider.look_again("s-2", claims.refresh, NOW) is None
    assert world.provider.look_again("s-1", "never given", NOW) is None


def test_a_provider_that_cannot_be_reached_is_an_error_and_no_answer(world: World) -> None:
    claims = vouched(world)
    code = world.enter(world.provider.ask(ASKING))[1]
    world.fall()

    assert claims.refresh
    with pytest.raises(AssayError, match="an answer of the provider"):
        world.provider.vouch(ASKING, code, NOW)
    with pytest.raises(AssayError, match="an answer of the provider"):
        world.provider.look_again("s-1", claims.refresh, NOW)


# OpenID Connect


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_what_it_signs_is_verified_with_its_algorithm(algorithm: str) -> None:
    world = Loopback(algorithm)
    try:
        assert world.vouch()
    finally:
        world.at.close()


def test_the_browser_carries_a_challenge_and_never_the_verifier(loopback: Loopback) -> None:
    query = parse_qs(urlsplit(loopback.provider.ask(ASKING)).query)

    assert query["code_challenge_method"] == ["S256"]
    assert ASKING.verifier not in str(query)
    assert SECRET not in str(query)
    assert (query["nonce"], query["state"], query["max_age"]) == (["a nonce"], ["a state"], ["43200"])


def test_it_says_when_they_showed_who_they_are_and_looks_anew_where_that_is_asked(loopback: Loopback) -> None:
    assert vouched(loopback).authenticated_at == NOW - timedelta(hours=2)
    assert vouched(loopback, replace(ASKING, email=ADA.email)).authenticated_at == NOW


def test_after_its_key_changed_what_it_signs_counts(loopback: Loopback) -> None:
    assert loopback.vouch()
    loopback.at.key = new_key("ES256")
    assert loopback.vouch()


@pytest.mark.parametrize(
    "page",
    [{"email_verified": False}, {"email_verified": "true"}, {"email": None}, {"email": ["a@x"]}],
    ids=["not-verified", "a-text", "none", "a-list"],
)
def test_an_e_mail_that_it_did_not_verify_is_none(loopback: Loopback, page: dict[str, Any]) -> None:
    loopback.at.people["s-1"] |= page

    assert vouched(loopback).email is None


@pytest.mark.parametrize(
    ("groups", "read"),
    [("one", {"one"}), (["a", 1, None, "b"], {"a", "b"}), (None, set()), ({"a": 1}, set()), (7, set())],
)
def test_groups_are_texts_in_whatever_form_they_come(loopback: Loopback, groups: object, read: set[str]) -> None:
    loopback.at.people["s-1"]["groups"] = groups

    assert vouched(loopback).groups == frozenset(read)


MOMENT = int(NOW.timestamp())
SPOILT: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "another issuer": lambda claims: claims | {"iss": "https://evil.example"},
    "another audience": lambda claims: claims | {"aud": "another"},
    "two audiences": lambda claims: claims | {"aud": [CLIENT, "another"]},
    "another party": lambda claims: claims | {"azp": "another"},
    "an odd audience": lambda claims: claims | {"aud": 7},
    "another nonce": lambda claims: claims | {"nonce": "another"},
    "no nonce": lambda claims: {name: claims[name] for name in claims if name != "nonce"},
    "no subject": lambda claims: {name: claims[name] for name in claims if name != "sub"},
    "no expiry": lambda claims: {name: claims[name] for name in claims if name != "exp"},
    "no issuer": lambda claims: {name: claims[name] for name in claims if name != "iss"},
    "no audience": lambda claims: {name: claims[name] for name in claims if name != "aud"},
    "expired": lambda claims: claims | {"exp": MOMENT - 61},
    "from tomorrow": lambda claims: claims | {"iat": MOMENT + 86_400},
    "of somebody else": lambda claims: claims | {"sub": "s-2"},
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_token_that_is_not_for_us_now_vouches_for_nobody(loopback: Loopback, what: str) -> None:
    loopback.at.spoil = SPOILT[what]

    assert loopback.vouch() is None


def test_an_audience_of_two_that_names_us_as_the_party_is_for_us(loopback: Loopback) -> None:
    loopback.at.spoil = lambda claims: claims | {"aud": [CLIENT, "another"], "azp": CLIENT}

    assert loopback.vouch()


def _coded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _signed_by_nobody(token: str) -> str:
    return f"{_coded({'alg': 'none'})}.{token.split('.')[1]}."


def _signed_by_another(token: str) -> str:
    from joserfc import jwt

    key = new_key("ES256")
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=["ES256"])


def _changed_after(token: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    return f"{head}.{_coded(claims | {'sub': 's-2'})}.{signature}"


@pytest.mark.parametrize(
    "forge", [_signed_by_nobody, _signed_by_another, _changed_after, lambda _: "", lambda _: "a.b.c", lambda _: "\0"]
)
def test_a_token_that_the_provider_did_not_sign_vouches_for_nobody(
    loopback: Loopback, forge: Callable[[str], str]
) -> None:
    loopback.at.forge = forge

    assert loopback.vouch() is None


def test_a_provider_that_calls_itself_something_else_is_refused(loopback: Loopback) -> None:
    loopback.at.configuration = {"issuer": "https://evil.example"}
    with pytest.raises(AssayError, match="a provider that calls itself so"):
        loopback.provider.ask(ASKING)


@pytest.mark.parametrize("endpoint", ["token_endpoint", "jwks_uri", "userinfo_endpoint", "authorization_endpoint"])
@pytest.mark.parametrize("address", ["http://evil.example/x", "file:///etc/passwd", ""])
def test_a_provider_that_names_an_address_without_tls_is_refused(
    loopback: Loopback, endpoint: str, address: str
) -> None:
    loopback.at.configuration = {endpoint: address}
    with pytest.raises(AssayError, match="addresses with https"):
        loopback.provider.ask(ASKING)


def test_a_provider_is_configured_by_an_address_with_tls() -> None:
    with pytest.raises(AssayError, match="addresses with https"):
        OidcProvider(OidcSettings("http://provider.example", CLIENT, SECRET, REDIRECT))


def test_a_wrong_secret_of_ours_or_a_failing_provider_is_an_error_and_takes_nobody_off(loopback: Loopback) -> None:
    wrong = OidcProvider(OidcSettings(loopback.at.issuer, CLIENT, "wrong", REDIRECT))
    with pytest.raises(AssayError, match="invalid_client"):
        wrong.vouch(ASKING, loopback.enter(wrong.ask(ASKING))[1], NOW)
    loopback.at.status = 503
    with pytest.raises(AssayError, match="an answer of the provider"):
        loopback.vouch()


def test_no_representation_shows_the_secret_of_ours() -> None:
    assert SECRET not in repr(OidcSettings("https://provider.example", CLIENT, SECRET, REDIRECT))

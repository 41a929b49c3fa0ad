"""Coming in through an OpenID provider: the whole round over HTTP, against a stand-in that speaks the real protocol."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser

from assay.base.accounts import Method, Principal, Why
from assay.base.errors import AssayError
from assay.base.roles import Holder, Role
from assay.identity.accounts import disable_account, enable_account
from assay.wiring_portal import open_portal
from fakes.clock import MovableClock
from homes import only
from portal.browser import window as browser_window
from portal.house import LABEL, SETTINGS, House, come_in, open_house, opened, sent_back, write_settings
from portal.site import ADMIN, CSRF, Site, visit
from ports.oidc_provider import SECRET, StandIn

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(scope="module")
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="module")
def provider(clock: MovableClock) -> Iterator[StandIn]:
    with closing(StandIn(clock.now, host="localhost")) as running:  # to a browser another site than the portal's
        yield running


@pytest.fixture(scope="module")
def folder(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a portal's own folder with the accounts of the site; what is kept of the provider stays out of that."""
    return Path(shutil.copytree(site.home, tmp_path_factory.mktemp("oidc") / "portal"))


@pytest.fixture
def house(site: Site, folder: Path, provider: StandIn, clock: MovableClock) -> Iterator[House]:
    """Serve the portal on another day: every session of before is over, and the provider as it should be."""
    clock.moment += timedelta(days=1)
    with open_house(site, folder, provider, clock) as opened_house:
        yield opened_house


@pytest.fixture
def windows(house: House) -> Iterator[Callable[[], httpx2.Client]]:
    """Return how to open a browser in which nobody is signed in."""
    clients: list[httpx2.Client] = []

    def new() -> httpx2.Client:
        clients.append(httpx2.Client(base_url=house.portal.address, timeout=60))
        return clients[-1]

    yield new
    for client in clients:
        client.close()


@pytest.fixture
def window(windows: Callable[[], httpx2.Client]) -> httpx2.Client:
    return windows()


def is_in(window: httpx2.Client) -> bool:
    return window.get("/p/town/work").status_code == 200


def later(house: House, window: httpx2.Client, by: timedelta) -> bool:
    """Let time pass for somebody who clicks now and then; say whether they are still in."""
    left = by
    while left:
        step = min(left, 10 * MINUTE)
        house.clock.moment += step
        left -= step
        if not is_in(window):
            return False
    return True


# Coming in


def test_somebody_signs_in_at_the_provider_and_is_where_they_wanted_to_be(house: House, window: httpx2.Client) -> None:
    asked = window.get("/p/town/releases")
    shown = window.get(asked.headers["location"])
    assert f'href="/sign-in/oidc?next=/p/town/releases">Sign in with {LABEL}<' in shown.text

    arrived = come_in(house, window, "ada", "/p/town/releases")

    assert (arrived.status_code, arrived.headers["location"]) == (303, "/p/town/releases")
    assert window.get("/p/town/releases").status_code == 200
    newest = house.portal.identity.sessions.of("ada@example.org")[0]
    assert newest.method is Method.OIDC


def test_whoever_has_no_password_here_is_not_offered_to_change_one(house: House, window: httpx2.Client) -> None:
    come_in(house, window, "ada", "/account")
    account = window.get("/account").text

    assert f"You sign in through {LABEL}." in account
    assert 'href="/password"' not in account


def test_both_cookies_are_for_the_server_alone_and_the_first_is_gone_in_the_end(
    house: House, window: httpx2.Client
) -> None:
    departed = window.get("/sign-in/oidc")
    first = departed.headers["set-cookie"]
    arrived = window.get(house.provider.send_back(departed.headers["location"], "ada"))

    for cookie in (first, *arrived.headers.get_list("set-cookie")):
        assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Path=/"))
    assert "Max-Age=600" in first
    assert set(window.cookies) == {"assay"}


def test_the_browser_carries_no_secret_to_the_provider(house: House, window: httpx2.Client) -> None:
    address = window.get("/sign-in/oidc").headers["location"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}

    assert SECRET not in address
    assert query["code_challenge_method"] == "S256"
    assert window.cookies["assay-departed"] not in address
    assert min(len(query[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert SECRET not in repr(house.portal)


def test_whoever_is_signed_in_goes_on_without_the_provider(house: House, window: httpx2.Client) -> None:
    come_in(house, window, "ada")

    answer = window.get("/sign-in/oidc", params={"next": "/p/town/audit"})

    assert answer.headers["location"] == "/p/town/audit"


@pytest.mark.parametrize(
    "following", ["//evil.example", "https://evil.example/", "/\\evil.example", "/\tevil", "javascript:alert(1)", ""]
)
def test_one_arrives_in_this_portal_and_nowhere_else(house: House, window: httpx2.Client, following: str) -> None:
    assert come_in(house, window, "ada", following).headers["location"] == "/"


def test_signing_in_as_somebody_else_ends_the_session_of_before(
    house: House, windows: Callable[[], httpx2.Client]
) -> None:
    window, copy = windows(), windows()
    back = sent_back(house, window, "carla")
    fields = {"email": "ada@example.org", "password": "some words for ada", "next": "/"}
    assert window.post("/sign-in", data=fields).status_code == 303
    copy.cookies.update(window.cookies)
    assert is_in(copy)

    assert window.get(back).status_code == 303
    assert "carla@example.org" in window.get("/account").text
    assert not is_in(copy)


def test_what_was_typed_when_a_session_ended_is_there_after_the_round(house: House, window: httpx2.Client) -> None:
    asked = window.post("/account/tokens", data={"csrf": "old", "name": "For <me>", "days": "7"})
    assert asked.status_code == 401
    assert 'href="/sign-in/oidc" target="_blank"' in asked.text
    kept = {"kept.csrf": "old", "kept.name": "For <me>", "kept.days": "7", "next": "/account/tokens"}

    early = window.post("/sign-in/resume", data=kept)
    assert early.status_code == 401
    assert "You are not signed in yet" in early.text
    assert "For &lt;me&gt;" in early.text
    come_in(house, window, "ada")
    resumed = window.post("/sign-in/resume", data=kept)

    assert 'action="/account/tokens"' in resumed.text
    assert "For &lt;me&gt;" in resumed.text
    assert CSRF.search(resumed.text)
    assert window.post("/sign-in/resume", data=kept, headers={"origin": "https://evil.example"}).status_code == 403


@pytest.mark.needs("chromium")
def test_a_real_browser_makes_the_round_between_two_sites_and_complains_of_nothing(
    house: House, chromium: Browser
) -> None:
    seen = browser_window(chromium, house.portal.address, None)
    seen.context.add_cookies([{"name": "who", "value": "carla", "url": house.provider.issuer}])
    seen.go("/p/town/releases")
    seen.follow(f"Sign in with {LABEL}")
    assert seen.page.url == f"{house.portal.address}/p/town/releases"

    seen.go("/account")
    seen.page.locator("summary").first.click()
    seen.page.fill("input[name=name]", "For my sheet")
    seen.page.locator("input[name=scopes]").first.check()
    seen.context.clear_cookies(name="assay")
    seen.press("Make it")
    assert "What you typed is kept" in seen.text
    seen.press("I have signed in there: go on")
    assert "You are not signed in yet" in seen.text
    with seen.context.expect_page() as opened_window:
        seen.page.get_by_role("link", name=f"Sign in with {LABEL}").click()
    opened_window.value.wait_for_load_state()
    seen.press("I have signed in there: go on")
    seen.press("Send it now")

    assert "For my sheet" in seen.text
    assert seen.complaints == []
    seen.context.close()


# What the groups give


def test_a_role_that_no_group_gives_is_withheld_and_comes_back_with_the_group(
    house: House, window: httpx2.Client
) -> None:
    come_in(house, window, "ben")
    assert window.get("/p/town/work").status_code == 200
    assert window.get("/p/town/requests/new").status_code == 403  # asked by engineers, and the group says validator

    house.provider.people["ben"]["groups"] = ["checkers", "builders", "unheard of"]
    assert later(house, window, 40 * MINUTE)
    assert window.get("/p/town/requests/new").status_code == 200

    house.provider.people["ben"]["groups"] = ["checkers"]
    assert later(house, window, 40 * MINUTE)
    assert window.get("/p/town/requests/new").status_code == 403


def test_a_group_gives_nobody_what_the_roster_does_not(house: House, window: httpx2.Client) -> None:
    assert come_in(house, window, "rita").status_code == 303

    assert window.get("/p/town/denials").status_code == 403


def test_with_fewer_roles_it_is_still_them_who_sign_with_the_key_that_the_portal_holds(house: House) -> None:
    principal = Principal("ben@example.org", Method.OIDC, house.clock.now(), "", roles=frozenset({Role.VALIDATOR}))
    home = house.portal.projects["town"].open(principal)
    on_roster = home.project.roster.person("ben@example.org")

    assert home.person
    assert on_roster
    assert home.person.roles == {Role.VALIDATOR} < on_roster.roles
    assert home.holder_for(on_roster) is Holder.PORTAL
    assert home.holder_for(home.person) is Holder.PORTAL
    assert home.authentication["method"] == "oidc"


# Going


def test_whoever_is_taken_off_at_the_provider_is_out_within_the_hour(house: House, window: httpx2.Client) -> None:
    come_in(house, window, "ada")
    assert later(house, window, 20 * MINUTE)
    del house.provider.people["ada"]

    assert not later(house, window, 40 * MINUTE)
    assert window.get("/p/town/work").headers["location"].startswith("/sign-in")
    refused = come_in(house, window, "ada")
    assert refused.status_code == 403
    assert f"{LABEL} did not confirm who you are" in refused.text


def test_whoever_loses_their_last_group_is_out_within_the_hour(house: House, window: httpx2.Client) -> None:
    come_in(house, window, "ada")
    house.provider.people["ada"]["groups"] = ["unheard of"]

    assert not later(house, window, HOUR)


def test_while_the_provider_cannot_be_asked_one_stays_for_an_hour_and_no_longer(
    house: House, window: httpx2.Client
) -> None:
    come_in(house, window, "ada")
    house.provider.status = 503

    assert later(house, window, 50 * MINUTE)
    assert not later(house, window, 10 * MINUTE)
    house.provider.status = 0
    house.clock.moment += MINUTE
    assert is_in(window)


# Not coming in


def refused(house: House, window: httpx2.Client, name: str) -> str:
    """Try to come in; return what the page says to somebody who did not."""
    answer = come_in(house, window, name)
    assert answer.status_code == 403
    assert "assay" not in window.cookies
    assert not is_in(window)
    return answer.text


SPOILT: dict[str, dict[str, Any]] = {
    "wrong issuer": {"iss": "https://evil.example"},
    "wrong audience": {"aud": "another"},
    "expired": {"exp": 1},
    "another nonce": {"nonce": "another"},
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_token_that_is_not_for_this_sign_in_lets_nobody_in(house: House, window: httpx2.Client, what: str) -> None:
    house.provider.spoil = lambda claims: claims | SPOILT[what]

    assert "Nothing was changed. Try again." in refused(house, window, "ada")
    assert house.last_denial()[1] is Why.PROVIDER


def test_a_nonce_counts_for_the_departure_it_was_made_for(house: House, windows: Callable[[], httpx2.Client]) -> None:
    seen: list[str] = []

    def overheard(claims: dict[str, Any]) -> dict[str, Any]:
        seen.append(claims["nonce"])
        return claims

    house.provider.spoil = overheard
    assert come_in(house, windows(), "ada").status_code == 303

    house.provider.spoil = lambda claims: claims | {"nonce": seen[0]}
    assert "Try again" in refused(house, windows(), "ada")


def test_an_address_that_brought_somebody_in_brings_nobody_in_again(
    house: House, windows: Callable[[], httpx2.Client]
) -> None:
    own, other = windows(), windows()
    back = sent_back(house, own, "ada")
    departed = own.cookies["assay-departed"]
    assert own.get(back).status_code == 303

    assert other.get(back).status_code == 403
    other.cookies.set("assay-departed", departed)
    assert other.get(back).status_code == 403
    assert not is_in(other)
    assert own.get(back).headers["location"] == "/"
    assert is_in(own)


def test_an_address_that_was_made_for_another_browser_brings_nobody_in(
    house: House, windows: Callable[[], httpx2.Client]
) -> None:
    attacker, victim = windows(), windows()
    trap = sent_back(house, attacker, "ben")
    sent_back(house, victim, "ada")

    assert victim.get(trap).status_code == 403
    assert not is_in(victim)
    assert house.last_denial() == ("", Why.PROVIDER)


@pytest.mark.parametrize("query", [{}, {"state": "x"}, {"code": "x"}, {"state": "\0", "code": "\0"}])
def test_an_address_that_the_provider_did_not_send_brings_nobody_in(
    house: House, window: httpx2.Client, query: dict[str, str]
) -> None:
    window.get("/sign-in/oidc")

    assert window.get("/sign-in/oidc/arrive", params=query).status_code == 403
    assert not is_in(window)


def test_whoever_takes_longer_than_ten_minutes_starts_anew(house: House, window: httpx2.Client) -> None:
    back = sent_back(house, window, "ada")
    house.clock.moment += 10 * MINUTE

    assert window.get(back).status_code == 403
    assert come_in(house, window, "ada").status_code == 303


def test_an_account_that_nobody_made_is_told_so_in_plain_words_and_noted(house: House, window: httpx2.Client) -> None:
    house.provider.people["eve"] = {"email": "eve@example.org", "email_verified": True, "groups": ["office"]}

    assert f"{LABEL} knows you, but you have no account here" in refused(house, window, "eve")
    assert house.last_denial() == ("eve@example.org", Why.UNKNOWN)
    assert house.portal.identity.accounts.get("eve@example.org") is None


def test_an_e_mail_that_the_provider_has_not_verified_is_nobodys(house: House, window: httpx2.Client) -> None:
    house.provider.people["eve"] = {"email": "dora@example.org", "email_verified": False, "groups": ["business"]}

    assert "did not confirm who you are" in refused(house, window, "eve")


def test_whoever_got_the_e_mail_of_somebody_later_is_not_them(
    house: House, windows: Callable[[], httpx2.Client]
) -> None:
    assert come_in(house, windows(), "carla").status_code == 303
    house.provider.people["eve"] = {**house.provider.people["carla"]}

    assert f"belongs to somebody else at {LABEL}" in refused(house, windows(), "eve")


def test_somebody_in_no_group_that_gives_a_role_is_told_so(house: House, window: httpx2.Client) -> None:
    house.provider.people["ada"]["groups"] = ["unheard of"]

    assert "none of your groups there gives you a role here" in refused(house, window, "ada")


def test_an_account_that_is_closed_stays_closed(house: House, window: httpx2.Client) -> None:
    identity, now = house.portal.identity, house.clock.now()
    disable_account(identity, ADMIN, "carla@example.org", now)
    try:
        assert "your account here is closed" in refused(house, window, "carla")
    finally:
        enable_account(identity, ADMIN, "carla@example.org", now)


def test_what_the_provider_says_in_an_address_is_shown_to_nobody(house: House, window: httpx2.Client) -> None:
    back = sent_back(house, window, "nobody there")
    assert "error=access_denied" in back

    answer = window.get(f"{back}&{urlencode({'error_description': 'call 555 <script>'})}")

    assert answer.status_code == 403
    assert "555" not in answer.text


# A provider that fails


def test_a_provider_that_fails_is_told_in_plain_words_and_its_answer_goes_to_the_log(
    house: House, window: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    back = sent_back(house, window, "ada")
    house.provider.status = 503
    with caplog.at_level(logging.WARNING):
        answer = window.get(back)

    assert answer.status_code == 503
    assert f"{LABEL} does not answer as it should. Nothing was changed." in answer.text
    assert house.provider.issuer not in answer.text
    assert house.provider.issuer in caplog.text
    assert SECRET not in caplog.text + answer.text
    house.provider.status = 0
    assert come_in(house, window, "ada").status_code == 303


def test_nobody_is_sent_to_a_provider_that_cannot_be_reached(house: House, site: Site, tmp_path: Path) -> None:
    home = Path(shutil.copytree(house.home, tmp_path / "portal"))
    with closing(StandIn(house.clock.now)) as gone:
        write_settings(site, home, house.portal.address, {"issuer": gone.issuer, **SETTINGS})
    answer = visit(opened(home, house.clock), None).get("/sign-in/oidc?next=/p/town/audit")

    assert answer.status_code == 503
    assert "Try again in a moment" in answer.text
    assert 'href="/sign-in/oidc?next=/p/town/audit"' in answer.text
    assert "set-cookie" not in answer.headers


def test_nobody_is_sent_to_a_provider_that_calls_itself_something_else(house: House) -> None:
    house.provider.configuration = {"issuer": "https://evil.example"}

    assert visit(house.again(), None).get("/sign-in/oidc").status_code == 503


def test_who_departs_too_often_waits(house: House) -> None:
    browser = visit(house.again(), None)
    codes = [browser.get("/sign-in/oidc").status_code for _ in range(25)]

    assert set(codes[:20]) == {303}
    assert 429 in codes[20:]
    assert browser.get("/sign-in").status_code == 200


# The settings


def test_a_portal_without_a_provider_has_no_such_pages_and_no_button(site: Site) -> None:
    browser = visit(site.open(), None)

    assert browser.get("/sign-in/oidc").status_code == 404
    assert browser.get("/sign-in/oidc/arrive?state=x&code=y").status_code == 404
    assert "/sign-in/oidc" not in browser.get("/sign-in").text


@pytest.mark.parametrize("environment", [{}, {"OIDC_SECRET": ""}])
def test_a_portal_whose_secret_is_not_in_the_environment_does_not_open(
    house: House, environment: dict[str, str]
) -> None:
    with only(environment), pytest.raises(AssayError, match="a value of OIDC_SECRET"):
        open_portal(house.home)


def test_over_tls_the_cookies_are_bound_to_this_host(house: House) -> None:
    cookie = visit(replace(house.again(), address="https://assay.example.org"), None).get("/sign-in/oidc")

    assert cookie.headers["set-cookie"].startswith("__Host-assay-departed=")
    assert "Secure" in cookie.headers["set-cookie"]

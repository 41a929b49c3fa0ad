"""Who came through an OpenID provider shows anew who they are there, and nowhere else; what they typed waits for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser

from assay.base.accounts import Why
from fakes.clock import MovableClock
from faults.shop import PRODUCT, Shop
from portal.asking import (
    BY_STAKEHOLDER,
    REVIEW,
    ask_for_approval,
    events_of,
    hidden,
    last_said,
    make_asking,
)
from portal.browser import window as browser_window
from portal.house import LABEL, House, come_in, open_house
from portal.site import CSRF, Site
from ports.oidc_provider import StandIn

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WORDS = "As we <need> it"
DAILY = f"contract:{PRODUCT}/daily"


@pytest.fixture(scope="module")
def asking(pristine: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, Site]:
    """Return a shop whose contracts wait for a stakeholder, and its portal."""
    shop, site = make_asking(pristine, tmp_path_factory.mktemp("oidc-again") / "all")
    ask_for_approval(shop)
    return shop, site


@pytest.fixture(scope="module")
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="module")
def provider(clock: MovableClock) -> Iterator[StandIn]:
    with closing(StandIn(clock.now, host="localhost")) as running:
        yield running


@pytest.fixture
def house(asking: tuple[Shop, Site], provider: StandIn, clock: MovableClock, tmp_path: Path) -> Iterator[House]:
    folder = Path(shutil.copytree(asking[1].home, tmp_path / "portal"))
    with open_house(asking[1], folder, provider, clock) as opened:
        yield opened


@dataclass(slots=True)
class Scene:
    """Carla's browser, six minutes after the provider let her in.

    Attributes:
        shop: the project.
        house: portal and provider.
        carla: her browser.
    """

    shop: Shop
    house: House
    carla: httpx2.Client

    def ask(self, name: str = "daily") -> httpx2.Response:
        """Accept a contract, too late; return the page that asks who it is."""
        page = self.carla.get(REVIEW).text
        token, seen = CSRF.search(page), page.partition('name="seen" value="')[2].partition('"')[0]
        assert token
        fields = {
            "csrf": token[1], "seen": unescape(seen), "form": f"mark-{name}-{self.house.clock.moment}",
            "gate": BY_STAKEHOLDER, "subject": f"contract:{PRODUCT}/{name}", "answer": "accept", "reason": WORDS,
        }  # fmt: skip
        answer = self.carla.post(REVIEW, data=fields)
        assert answer.status_code == 401, answer.text
        return answer

    def show(self, name: str = "carla") -> httpx2.Response:
        """Show the provider anew who one is, in another window of the same browser; return what that window shows."""
        left = self.carla.get("/again/oidc?next=/again/done")
        assert left.status_code == 303, left.text
        return self.carla.get(self.house.provider.send_back(left.headers["location"], name))

    def go_on(self, asked: httpx2.Response) -> dict[str, str | list[str]]:
        """Go on in the first window; return the form that is sent now."""
        return hidden(self.carla.post("/sign-in/resume", data=hidden(asked)))

    @property
    def age(self) -> timedelta:
        """How long ago she showed the portal who she is."""
        newest = self.house.portal.identity.sessions.of("carla@example.org")[0]
        return self.house.clock.now() - newest.authenticated_at


@pytest.fixture
def scene(asking: tuple[Shop, Site], house: House) -> Iterator[Scene]:
    with httpx2.Client(base_url=house.portal.address, timeout=60) as carla:
        assert come_in(house, carla, "carla").status_code == 303
        house.clock.pass_by(6 * MINUTE)
        yield Scene(asking[0], house, carla)


def test_she_shows_it_to_the_provider_and_signs_what_she_had_typed(scene: Scene) -> None:
    before, cookie = events_of(scene.shop), scene.carla.cookies["assay"]
    assert f"this one asks you to show {LABEL} again who you are" in scene.carla.get(REVIEW).text
    assert scene.carla.get(f"{REVIEW}/contract", params={"subject": DAILY}).status_code == 200
    asked = scene.ask()
    assert 'type="password"' not in asked.text
    assert f'href="/again/oidc?next=/again/done" target="_blank">Show it to {LABEL}<' in asked.text

    assert scene.show().headers["location"] == "/again/done"
    assert "Close this window" in scene.carla.get("/again/done").text
    sent = scene.go_on(asked)
    assert (sent["reason"], events_of(scene.shop)) == (WORDS, before)
    signed = scene.carla.post(REVIEW, data=sent)

    assert signed.headers["location"] == f"{REVIEW}?done=accepted"
    said = last_said(scene.shop)
    assert (said.signer, said.reason, said.details["opened"]) == ("carla@example.org", WORDS, {DAILY: ["contract"]})
    assert (said.authenticated["method"], said.authenticated["age"]) == ("oidc", "0")
    assert scene.carla.cookies["assay"] != cookie
    with httpx2.Client(base_url=scene.house.portal.address, cookies={"assay": cookie}) as stranger:
        assert stranger.get("/p/town/work").status_code == 303


def test_the_provider_is_asked_to_let_her_sign_in_anew_and_is_told_who(scene: Scene) -> None:
    left = scene.carla.get("/again/oidc").headers["location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(left).query).items()}

    assert (asked["prompt"], asked["max_age"], asked["login_hint"]) == ("login", "0", "carla@example.org")


def test_who_goes_on_without_having_shown_it_is_asked_again_and_signs_nothing(scene: Scene) -> None:
    before, asked = events_of(scene.shop), scene.ask("weekly")
    answer = scene.carla.post(REVIEW, data=scene.go_on(asked))

    assert answer.status_code == 401
    assert hidden(answer)["kept.reason"] == WORDS
    assert events_of(scene.shop) == before


OLD: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "of before": lambda claims: {**claims, "auth_time": claims["auth_time"] - 6 * 60},
    "none": lambda claims: {name: value for name, value in claims.items() if name != "auth_time"},
    "a text": lambda claims: {**claims, "auth_time": str(claims["auth_time"])},
}


@pytest.mark.parametrize("time", OLD)
def test_a_provider_that_only_repeats_what_it_knew_does_not_do(scene: Scene, time: str) -> None:
    scene.house.provider.spoil = OLD[time]
    refused = scene.show()

    assert refused.status_code == 403
    assert f"{LABEL} did not confirm anew that it is you" in refused.text
    assert scene.house.last_denial() == ("carla@example.org", Why.PROVIDER)
    assert scene.age == 6 * MINUTE
    assert scene.carla.get("/p/town/work").status_code == 200
    assert scene.ask("best").status_code == 401


def test_somebody_who_does_not_show_it_there_stays_signed_in_as_they_were(scene: Scene) -> None:
    scene.house.provider.not_anew = {"carla"}
    refused = scene.show()

    assert refused.status_code == 403
    assert scene.age == 6 * MINUTE
    assert scene.carla.get("/p/town/work").status_code == 200


def test_somebody_else_at_the_provider_does_not_do_and_takes_over_no_session(scene: Scene) -> None:
    refused = scene.show("ada")

    assert refused.status_code == 403
    assert scene.house.last_denial() == ("ada@example.org", Why.SOMEBODY_ELSE)
    assert "carla@example.org" in scene.carla.get("/account").text
    assert scene.age == 6 * MINUTE


def test_another_browser_cannot_come_back_in_her_place(scene: Scene) -> None:
    left = scene.carla.get("/again/oidc").headers["location"]
    back = scene.house.provider.send_back(left, "carla")
    with httpx2.Client(base_url=scene.house.portal.address) as stranger:
        assert stranger.get(back).status_code == 403
        assert "assay" not in stranger.cookies


def test_a_first_visit_of_which_the_provider_does_not_say_when_she_signed_in_is_asked_at_once(house: House) -> None:
    house.provider.spoil = OLD["none"]
    with httpx2.Client(base_url=house.portal.address) as carla:
        assert come_in(house, carla, "carla").status_code == 303
        assert "again who you are" in carla.get(REVIEW).text
        house.clock.pass_by(HOUR / 3)
        assert carla.get("/p/town/work").status_code == 200


def test_a_provider_that_is_away_says_so_and_nobody_is_signed_out(scene: Scene) -> None:
    left = scene.carla.get("/again/oidc").headers["location"]
    back = scene.house.provider.send_back(left, "carla")
    scene.house.provider.status = 503
    answer = scene.carla.get(back)

    assert answer.status_code == 503
    assert f"{LABEL} does not answer as it should" in answer.text
    assert scene.carla.get("/p/town/work").status_code == 200


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_one_comes_back_into_this_portal(scene: Scene, elsewhere: str) -> None:
    left = scene.carla.get("/again/oidc", params={"next": elsewhere}).headers["location"]

    assert scene.carla.get(scene.house.provider.send_back(left, "carla")).headers["location"] == "/"


@pytest.mark.needs("chromium")
def test_a_real_browser_goes_to_the_provider_in_another_window_and_signs_in_the_first(
    scene: Scene, chromium: Browser
) -> None:
    seen = browser_window(chromium, scene.house.portal.address, None)
    seen.context.add_cookies([{"name": "who", "value": "carla", "url": scene.house.provider.issuer}])
    seen.go("/sign-in")
    seen.follow(f"Sign in with {LABEL}")
    scene.house.clock.pass_by(6 * MINUTE)
    seen.go(REVIEW)
    seen.page.locator("main form textarea").first.fill(WORDS)
    for box in seen.page.get_by_role("checkbox").all()[1:]:
        box.uncheck()
    seen.press("Accept")
    with seen.context.expect_page() as other:
        seen.page.get_by_role("link", name=f"Show it to {LABEL}").click()
    other.value.wait_for_load_state()
    assert "Close this window" in other.value.inner_text("main")
    seen.press("I have shown it there: go on")
    seen.press("Send it now")

    assert "Accepted." in seen.text
    assert last_said(scene.shop).authenticated["method"] == "oidc"
    assert seen.complaints == []
    seen.context.close()

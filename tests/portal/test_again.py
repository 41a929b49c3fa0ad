"""A gate that asks whoever signs in the browser to show anew who they are, and how that is done without loss."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from assay.base.accounts import Why
from assay.identity.portal import Portal
from assay.portal.api.answers import NOT_ANEW
from assay.portal.security import Limit
from fakes.clock import MovableClock
from faults.shop import PRODUCT, Shop, open_release
from portal.asking import (
    BY_OWNER,
    IN_QA,
    REVIEW,
    ask_for_approval,
    events_of,
    hidden,
    last_said,
    make_asking,
)
from portal.browser import Window, window
from portal.calls import TOWN, call_as, token_of
from portal.site import CSRF, PASSWORD, Site, served, visit
from portal.town import copy_of

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WORDS = 'Good, for "us" & <all>'
SEEN = re.compile(r'name="seen" value="([^"]*)"')
NOTE = "this one asks for your password again"


@pytest.fixture(scope="module")
def asked(pristine: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop whose contracts wait for the owner; for copying."""
    shop, _ = make_asking(pristine, tmp_path_factory.mktemp("again") / "all")
    ask_for_approval(shop)
    return shop


@dataclass(slots=True)
class Scene:
    """Dora's browser at the portal, whose clock a test moves.

    Attributes:
        shop: the project; nothing else happens in it.
        portal: in front of it.
        clock: the portal's.
        dora: her browser, signed in.
    """

    shop: Shop
    site: Site
    clock: MovableClock = field(default_factory=MovableClock)
    portal: Portal = field(init=False)
    dora: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.portal = replace(self.site.open(), clock=self.clock)
        self.dora = visit(self.portal, "dora")

    def fields(self, *names: str, **others: str) -> dict[str, str | list[str]]:
        """Return what the form of the page that Dora looks at sends, about some datasets."""
        page = self.dora.get(REVIEW).text
        token, seen = CSRF.search(page), SEEN.search(page)
        assert token
        assert seen
        subjects = [f"contract:{PRODUCT}/{name}" for name in names or ("daily",)]
        return {
            "csrf": token[1], "seen": unescape(seen[1]), "form": f"mark-{self.clock.moment}", "gate": BY_OWNER,
            "subject": subjects, "answer": "accept", "reason": WORDS, **others,
        }  # fmt: skip

    def ask(self, *names: str) -> httpx2.Response:
        """Accept, too long after signing in; return the page that asks who it is."""
        fields = self.fields(*names)
        answer = self.dora.post(REVIEW, data=fields)
        assert answer.status_code == 401, answer.text
        assert "Show that it is you" in answer.text
        return answer

    def show(self, asked: httpx2.Response, password: str | None = None, **others: str) -> httpx2.Response:
        """Type a password into that page; None for her own."""
        typed = password if password is not None else PASSWORD.format(person="dora")
        return self.dora.post("/again", data={**hidden(asked), "password": typed, **others})

    def denials(self) -> list[tuple[str, str, Why]]:
        return [(denial.email, denial.what, denial.why) for denial in self.portal.identity.denials.newest(50)]


@pytest.fixture
def scene(asked: Shop, tmp_path: Path) -> Scene:
    """Return the release and Dora six minutes after she signed in."""
    made = Scene(*copy_of(asked, tmp_path / "all"))
    made.clock.pass_by(6 * MINUTE)
    return made


@pytest.fixture(scope="module")
def scenery(asked: Shop, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return the same for tests that share it, and after which nothing is other than before."""
    made = Scene(*copy_of(asked, tmp_path_factory.mktemp("scenery") / "all"))
    made.clock.pass_by(6 * MINUTE)
    return made


# The way through


def test_who_has_just_signed_in_is_not_asked_and_not_warned(asked: Shop, tmp_path: Path) -> None:
    scene = Scene(*copy_of(asked, tmp_path / "all"))
    scene.clock.pass_by(5 * MINUTE)
    fields = scene.fields()

    assert NOTE not in scene.dora.get(REVIEW).text
    assert scene.dora.post(REVIEW, data=fields).status_code == 303
    assert last_said(scene.shop).authenticated["age"] == "300"


def test_a_session_that_is_too_old_is_warned_asked_and_goes_on_with_all_that_was_typed_and_opened(scene: Scene) -> None:
    before, cookie = events_of(scene.shop), scene.dora.cookies["assay"]
    assert NOTE in scene.dora.get(REVIEW).text
    assert scene.dora.get(f"{REVIEW}/contract?subject=contract:{PRODUCT}/daily").status_code == 200
    asked = scene.ask("daily", "weekly")
    assert events_of(scene.shop) == before

    shown = scene.show(asked)
    sent = hidden(shown)
    assert (sent["reason"], sent["subject"]) == (WORDS, [f"contract:{PRODUCT}/{name}" for name in ("daily", "weekly")])
    assert events_of(scene.shop) == before
    scene.clock.pass_by(2 * MINUTE)
    signed = scene.dora.post(REVIEW, data=sent)

    assert signed.status_code == 303
    assert signed.headers["location"] == f"{REVIEW}?done=accepted"
    assert events_of(scene.shop) == before + 1
    said = last_said(scene.shop)
    assert (said.signer, said.gate, said.reason, len(said.subjects)) == ("dora@example.org", BY_OWNER, WORDS, 2)
    assert (said.authenticated["method"], said.authenticated["age"]) == ("password", "120")
    assert said.details["opened"] == {f"contract:{PRODUCT}/daily": ["contract"]}
    assert scene.dora.cookies["assay"] != cookie
    assert "approved" in scene.shop.do("ada", "status", "R-0001").text


def test_the_cookie_of_before_opens_nothing_afterwards_and_the_token_of_its_forms_neither(scene: Scene) -> None:
    old, fields = scene.dora.cookies["assay"], scene.fields()
    sent = hidden(scene.show(scene.ask()))
    stranger = visit(scene.portal, None)
    stranger.cookies.set("assay", old)

    assert stranger.get("/p/town/work").status_code == 303
    assert sent["csrf"] != fields["csrf"]
    assert scene.dora.post(REVIEW, data=fields).status_code == 403
    assert scene.dora.post(REVIEW, data=sent).status_code == 303


def test_a_no_is_not_asked_for_it(scene: Scene) -> None:
    fields = scene.fields(answer="reject")

    assert scene.dora.post(REVIEW, data=fields).status_code == 303
    assert last_said(scene.shop).authenticated["age"] == "360"


def test_what_is_refused_anyway_asks_for_no_password(scene: Scene) -> None:
    fields = scene.fields() | {"seen": "{}"}

    assert scene.dora.post(REVIEW, data=fields).status_code == 409


def test_a_key_of_ones_own_at_a_terminal_is_not_asked(scene: Scene) -> None:
    assert scene.shop.run("dora", "signoff", "R-0001", BY_OWNER).code == 0


def test_who_shows_it_beforehand_signs_without_being_asked(scene: Scene) -> None:
    page = scene.dora.get(f"/again?next={REVIEW}")
    assert scene.show(page).headers["location"] == REVIEW

    assert NOTE not in scene.dora.get(REVIEW).text
    assert scene.dora.post(REVIEW, data=scene.fields()).status_code == 303


# What goes wrong


def test_a_wrong_password_is_noted_keeps_the_session_and_loses_nothing(scene: Scene) -> None:
    before, asked = events_of(scene.shop), scene.ask()
    refused = scene.show(asked, "not it, surely")

    assert refused.status_code == 403
    assert "The password does not fit" in refused.text
    assert "not it, surely" not in refused.text
    assert scene.denials()[0] == ("dora@example.org", "re-authentication", Why.WRONG)
    assert hidden(refused) | {"csrf": ""} == hidden(asked) | {"csrf": ""}
    assert scene.dora.get("/p/town/work").status_code == 200
    assert events_of(scene.shop) == before
    assert scene.dora.post(REVIEW, data=hidden(scene.show(refused))).status_code == 303


def test_after_several_failures_there_is_a_wait_as_at_signing_in(scene: Scene) -> None:
    asked = scene.ask()
    for _ in range(5):
        assert scene.show(asked, "wrong").status_code == 403

    assert scene.show(asked).status_code == 403
    assert scene.denials()[0][2] is Why.WAITING
    scene.clock.pass_by(16 * MINUTE)
    assert scene.show(asked).status_code == 200


def test_too_many_attempts_from_one_address_are_held_back_and_lose_nothing(scene: Scene) -> None:
    asked = scene.ask()
    application = scene.dora.app
    assert isinstance(application, FastAPI)
    application.state.attempts = Limit(1)
    assert scene.show(asked, "wrong").status_code == 403
    held = scene.show(asked)

    assert held.status_code == 429
    assert "Too many attempts from here" in held.text
    assert hidden(held) | {"csrf": ""} == hidden(asked) | {"csrf": ""}


def test_two_clicks_at_once_on_the_password_lose_nothing_and_on_what_was_kept_sign_once(scene: Scene) -> None:
    assert scene.dora.get(f"{REVIEW}/contract?subject=contract:{PRODUCT}/daily").status_code == 200
    before, asked = events_of(scene.shop), scene.ask()
    with ThreadPoolExecutor(2) as pool:
        shown = list(pool.map(lambda _: scene.show(asked), range(2)))
    assert all("kept." in answer.text or "Send it now" in answer.text for answer in shown)

    page = scene.dora.get(f"/again?next={REVIEW}")
    token = CSRF.search(page.text)
    assert token
    sent = hidden(next(answer for answer in shown if "Send it now" in answer.text)) | {"csrf": token[1]}
    with ThreadPoolExecutor(2) as pool:
        signed = list(pool.map(lambda _: scene.dora.post(REVIEW, data=sent).headers["location"], range(2)))

    assert signed == [f"{REVIEW}?done=accepted"] * 2
    assert events_of(scene.shop) == before + 1
    assert last_said(scene.shop).details["opened"] == {f"contract:{PRODUCT}/daily": ["contract"]}


def test_a_session_that_ends_on_that_page_asks_to_sign_in_and_loses_nothing_but_the_password(scene: Scene) -> None:
    asked = scene.ask()
    scene.clock.pass_by(HOUR)
    ended = scene.show(asked)

    assert ended.status_code == 401
    assert "What you typed is kept" in ended.text
    assert PASSWORD.format(person="dora") not in ended.text
    fields = {**hidden(ended), "email": "dora@example.org", "password": PASSWORD.format(person="dora")}
    sent = hidden(scene.dora.post("/sign-in", data=fields))
    assert sent["reason"] == WORDS
    assert scene.dora.post(REVIEW, data=sent).status_code == 303
    assert last_said(scene.shop).authenticated["age"] == "0"


def test_the_password_of_somebody_else_does_not_do(scene: Scene) -> None:
    refused = scene.show(scene.ask(), PASSWORD.format(person="ada"))

    assert refused.status_code == 403
    assert scene.denials()[0] == ("dora@example.org", "re-authentication", Why.WRONG)


def test_a_form_of_somebody_elses_session_or_of_another_site_is_refused(scene: Scene) -> None:
    asked, ada = hidden(scene.ask()), visit(scene.portal, "ada")
    fields = {**asked, "password": PASSWORD.format(person="dora")}
    cookie = scene.dora.cookies["assay"]

    assert ada.post("/again", data=fields).status_code == 403
    assert scene.dora.post("/again", data=fields, headers={"origin": "https://evil.example"}).status_code == 403
    assert scene.dora.post("/again", data=fields | {"csrf": ""}).status_code == 403
    assert scene.dora.cookies["assay"] == cookie


HOSTILE = {
    "NUL": b"%00", "half a character": b"%ED%A0%80", "markup": b"%3C/textarea%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "lines": b"a%0D%0ASet-Cookie:+evil=1",
}  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", [b"password", b"next", b"kept.reason", b"csrf"])
def test_whatever_is_sent_there_is_refused_and_signs_nothing(scenery: Scene, name: bytes, value: bytes) -> None:
    found = CSRF.search(scenery.dora.get("/account").text)
    assert found
    before, fields = events_of(scenery.shop), {b"csrf": found[1].encode(), b"password": b"", name: value}
    body = b"&".join(key + b"=" + content for key, content in fields.items())
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = scenery.dora.post("/again", content=body, headers=headers)

    assert answer.status_code in (403, 429)
    assert "<script>alert" not in answer.text
    assert "evil" not in answer.headers.get("set-cookie", "")
    assert events_of(scenery.shop) == before


def test_a_file_in_place_of_a_password_is_refused(scenery: Scene) -> None:
    found = CSRF.search(scenery.dora.get("/account").text)
    assert found
    files = {"password": ("x", b"x")}

    assert scenery.dora.post("/again", data={"csrf": found[1]}, files=files).status_code in (400, 403)


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x"])
def test_one_stays_in_this_portal_afterwards(scene: Scene, elsewhere: str) -> None:
    page = scene.dora.get("/again", params={"next": elsewhere})
    assert "evil" not in page.text.partition("<main")[2]
    assert "javascript:" not in page.text

    answer = scene.show(page, None, next=elsewhere)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    kept = scene.show(scene.dora.get("/again"), None, next=elsewhere, **{"kept.reason": "x"})
    assert 'action="/"' in kept.text


def test_nobody_is_asked_without_a_session_and_nobody_with_a_password_is_sent_to_a_provider(scene: Scene) -> None:
    nobody = visit(scene.portal, None)

    assert nobody.get(f"/again?next={REVIEW}").headers["location"].startswith("/sign-in?next=/again")
    assert nobody.get("/again/done").status_code == 303
    assert nobody.get("/again/oidc").status_code == 303
    assert nobody.post("/again", data={"password": "x"}).status_code == 401
    assert scene.dora.get("/again/oidc").status_code == 404


def test_a_token_is_refused_with_a_code_and_noted_and_nothing_is_signed(scene: Scene) -> None:
    before = events_of(scene.shop)
    program = call_as(scene.portal, token_of(scene.portal, "dora").secret)
    body = {"answer": "accept", "gate": BY_OWNER, "subjects": []}
    for key in ("k-1", "k-1"):
        answer = program.post(f"{TOWN}/releases/R-0001/sign-offs", json=body, headers={"Idempotency-Key": key})

        assert answer.status_code == 403
        assert answer.json()["code"] == NOT_ANEW
        assert "a token cannot show it" in answer.json()["faults"][0]["hint"]
    assert scene.denials()[0] == ("dora@example.org", BY_OWNER, Why.NOT_ANEW)
    assert events_of(scene.shop) == before
    rejected = program.post(f"{TOWN}/releases/R-0001/sign-offs", json=body | {"answer": "reject", "reason": "No"})
    assert rejected.status_code == 201


# In a real browser, up to the acceptance by the business


@pytest.fixture(scope="module")
def far(pristine: Shop, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return the shop with its release in QA, where the datasets wait for a stakeholder."""
    shop, site = make_asking(pristine, tmp_path_factory.mktemp("far") / "all")
    open_release(shop)
    for command in (("build", "--sign"), ("freeze",), ("validate",)):
        shop.do("ada", *command)
    for person in ("ada", "ben"):
        shop.do(person, "signoff", at="2026-03-02T10:00:00Z")
    return Scene(shop, site)


@pytest.fixture(scope="module")
def carla(far: Scene, chromium: Browser) -> Iterator[Window]:
    with served(far.portal) as address:
        seen = window(chromium, address, "carla")
        yield seen
        seen.context.close()


@pytest.mark.needs("chromium")
def test_carla_accepts_in_qa_after_the_page_asked_her_for_her_password(far: Scene, carla: Window) -> None:
    far.clock.pass_by(6 * MINUTE)
    before = events_of(far.shop)
    carla.go(REVIEW)
    assert NOTE in carla.text
    carla.page.locator("main form textarea").first.fill(WORDS)
    carla.page.get_by_role("checkbox").first.uncheck()
    carla.press("Accept")
    assert "What you typed is kept" in carla.text
    assert carla.page.locator("#password").evaluate("field => field === document.activeElement")

    carla.page.fill("#password", "not this one")
    carla.press("It is me")
    assert "The password does not fit" in carla.text
    carla.page.fill("#password", PASSWORD.format(person="carla"))
    carla.press("It is me")
    assert WORDS in carla.text
    assert events_of(far.shop) == before
    carla.press("Send it now")

    assert "Accepted." in carla.text
    said = last_said(far.shop)
    assert (said.gate, said.reason, len(said.subjects)) == (IN_QA, WORDS, 2)
    assert said.authenticated.keys() == {"method", "at", "age"}
    assert events_of(far.shop) == before + 1
    assert carla.complaints == []

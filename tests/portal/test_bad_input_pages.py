"""Bad input to the portal's pages: whatever is sent, the answer is a sentence, and nothing is recorded by half."""

from __future__ import annotations

import csv
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from threading import Barrier
from urllib.parse import quote, urlencode

import pytest
from starlette.testclient import TestClient

from faults.shop import PRODUCT, Shop
from homes import rows_of
from portal.site import ADDRESS, CSRF, PASSWORD, Site, visit
from portal.town import LONG, change, copy_of

SCRIPT = "<script>alert('7c1')</script>"
HANDLER = "\"'><img src=x onerror=alert(7)>"
TEMPLATE = "{{ 7191 * 7 }}${7191*7}<%= 7191 * 7 %>"
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")')
HOSTILE: tuple[str, ...] = (
    SCRIPT, HANDLER, TEMPLATE, *FORMULAS,
    "'; drop table events; --", "1 or 1=1", "../../../../etc/passwd", "..\\..\\x", "%2e%2e%2f", "/p/town",
    "a\r\nSet-Cookie: evil=1\r\nx-evil: 1", "line\u2028line", "nul\x00nul", "\x1b[31mred", "\x7f",
    "\u202ereversed", "🏪🧾👩‍👩‍👧‍👦", "מכירות", "e\u0301" * 50, LONG, "x" * 20_000, "9" * 5_000, "-1", "NaN",
    "1e999", "٣",
    "[" * 50_000, "null", "9999-12-31", "0001-01-01", "2026-02-30", "", " ",
)  # fmt: skip
FEW = (SCRIPT, HANDLER, TEMPLATE, HOSTILE[8], "nul\x00nul", LONG, "9" * 5_000, "")
"""Where all of them take too long: of fields that are a choice from a list, or that cost a look at data each."""

RAW = (b"%ED%A0%80", b"%00", b"%FF%FE", b"%C0%AF", b"\xff\xfe", b"%", b"%zz", b"%F4%90%80%80")
"""As bytes of a form: half a character, NUL, no UTF-8, an overlong slash, broken escapes, beyond Unicode."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the portal.

    Attributes:
        person: who may send it.
        action: where to.
        fields: as it is sent, filled in well.
        thoroughly: the fields that are tried with everything.
    """

    person: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    thoroughly: frozenset[str] = frozenset()


QA = "dataset.qa.accepted-by-engineer"
REVIEW = "/p/town/releases/R-0002/review"
DAILY = f"dataset:{PRODUCT}/daily"
PREVIEW = f"{REVIEW}/preview?subject={DAILY}"
FORMS: dict[str, Form] = {
    "ask": Form("carla", "/p/town/requests", {
        "form": "", "title": "T", "question": "Q?", "product": PRODUCT, "new_product": "", "deliverable": "dashboard",
        "decision": "D", "audience": "us", "needed_by": "2099-01-01", "acceptance": "right", "sketch": "",
        "priority": "normal", "follows": "",
    }, frozenset({"title", "needed_by"})),
    "comment": Form("ben", "/p/town/requests/Q-0002/comments", {"form": "", "text": "x"}, frozenset({"form", "text"})),
    "cancel": Form("dora", "/p/town/requests/Q-0004/cancel", {"reason": "x"}, frozenset({"reason"})),
    "answer": Form("ada", REVIEW, {
        "form": "", "gate": QA, "seen": "{}", "subject": DAILY, "answer": "reject", "reason": "x",
    }, frozenset({"seen", "reason"})),
    "away": Form("dora", "/p/town/delegations", {
        "form": "", "to": "ben@example.org", "starts": "2099-01-01", "ends": "2099-01-02", "reason": "x",
        "product": PRODUCT, "gate": "contract.approved-by-owner",
    }, frozenset({"starts", "product"})),
    "end a delegation": Form("dora", "/p/town/delegations/none/end"),
    "token": Form("carla", "/account/tokens", {
        "name": "n", "days": "1", "scopes": "comment",
    }, frozenset({"name", "days"})),
    "password": Form("carla", "/password", {"old": "not it", "new": "some other words here"}),
    "verify": Form("audrey", "/p/town/audit/verify"),
    "end a session": Form("carla", "/account/sessions/none/end"),
    "revoke a token": Form("carla", "/account/tokens/none/revoke"),
}  # fmt: skip
LOOKS: dict[str, tuple[str, tuple[str, ...]]] = {
    "/p/town/audit": ("audrey", ("person", "product", "gate", "kind", "since", "until", "q", "before")),
    "/p/town/audit.csv": ("audrey", ("person", "gate", "kind", "since", "until", "q")),
    f"{PREVIEW}&column0=day&comparison0=%3D&value0=2026-01-05": (
        "ada", ("column0", "comparison0", "value0", "sort", "order", "page", "subject"),
    ),
    f"{PREVIEW}&column0=shop&comparison0=contains&value0=x": ("ada", ("value0",)),
    "/p/town/work": ("ada", ("page",)),
    "/p/town/requests": ("ada", ("which", "product", "q", "page")),
    "/p/town/products": ("ada", ("product",)),
    "/p/town/releases": ("ada", ("product", "page", "earlier")),
    "/p/town/production": ("ada", ("product", "page")),
    REVIEW: ("ada", ("gate", "done")),
    "/go": ("ada", ("project",)),
    "/sign-in": ("ada", ("next",)),
    "/again": ("ada", ("next",)),
}  # fmt: skip
THOROUGHLY = frozenset({"until", "q", "before", "value0", "next"})
"""The parameters that are tried with everything; the others are looked up in a list, or read as one of these is."""

PATHS = (
    "/p/{}/work", "/p/town/requests/{}", "/p/town/releases/{}", "/p/town/releases/{}/review",
    "/p/town/releases/R-0002/review/{}?subject=x", "/p/town/pages/{}/x/y", "/p/town/pages/qa/{}/y",
    f"/p/town/pages/qa/{PRODUCT}/{{}}", "/static/{}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Town:
    """A busy town of one's own, with everybody's browser."""

    shop: Shop
    site: Site
    browsers: dict[str, TestClient]
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def events(self) -> int:
        return int(str(rows_of(self.shop.state / "state.db", "select count(*) from events")[0][0]))

    def send(self, form: Form, /, **changed: str) -> tuple[int, str]:
        """Send a form with some fields changed; return the answer's status and text."""
        browser = self.browsers[form.person]
        if form.person not in self.tokens:  # it follows from the cookie, and stays what it is
            self.tokens[form.person] = token(browser)
        answer = browser.post(form.action, data={"csrf": self.tokens[form.person], **form.fields, **changed})
        assert "x-evil" not in answer.headers
        assert "evil" not in answer.headers.get("set-cookie", "")
        assert answer.headers.get("location", "/").startswith("/")
        return answer.status_code, answer.text


def token(browser: TestClient) -> str:
    found = CSRF.search(browser.get("/account").text)
    assert found
    return found[1]


def is_harmless(text: str) -> bool:
    return SCRIPT not in text and "<img src=x" not in text and str(7191 * 7) not in text


def opened(busy: Shop, root: Path) -> Town:
    shop, site = copy_of(busy, root)
    portal = site.open()
    return Town(shop, site, {name: visit(portal, name) for name in ("ada", "ben", "carla", "dora", "audrey")})


@pytest.fixture(scope="module")
def town(busy: Shop, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Return a town for everything that may change it only in small things."""
    return opened(busy, tmp_path_factory.mktemp("bad") / "all")


@pytest.fixture
def own_town(town: Town, busy: Shop, tmp_path: Path) -> Town:
    """Return a town of the test's own; everybody's sessions are known there too."""
    shop, site = copy_of(busy, tmp_path / "all")
    portal_files(town.site.home, site.home)
    portal = site.open()
    browsers = dict(zip(town.browsers, (visit(portal, None) for _ in town.browsers), strict=True))
    for name, browser in browsers.items():
        browser.cookies.update(town.browsers[name].cookies)
    return Town(shop, site, browsers)


def portal_files(source: Path, target: Path) -> None:
    """Bring the accounts, keys and sessions of one portal into another one."""
    for name in ("portal.db", "portal.db-wal", "portal.db-shm"):
        if (source / name).exists():
            (target / name).write_bytes((source / name).read_bytes())


@pytest.mark.parametrize("name", FORMS)
def test_no_field_of_a_form_brings_the_server_down_or_a_script_into_the_page(town: Town, name: str) -> None:
    form = FORMS[name]
    for changed in form.fields:
        for text in HOSTILE if changed in form.thoroughly else FEW:
            code, page = town.send(form, **{changed: text})

            assert code < 500, (changed, text[:40])
            assert is_harmless(page), (changed, text[:40])


@pytest.mark.parametrize("name", FORMS)
def test_bytes_that_are_no_text_are_answered_with_a_sentence(town: Town, name: str) -> None:
    form = FORMS[name]
    browser = town.browsers[form.person]
    head = urlencode({"csrf": token(browser)}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for raw in RAW:
        body = b"&".join([head, *(key.encode() + b"=" + raw for key in form.fields), raw + b"=" + raw])

        assert browser.post(form.action, content=body, headers=headers).status_code < 500, raw


@pytest.mark.parametrize("address", LOOKS)
def test_no_parameter_of_an_address_brings_the_server_down(town: Town, address: str) -> None:
    person, names = LOOKS[address]
    browser = town.browsers[person]
    for name in names:
        for text in HOSTILE if name in THOROUGHLY else FEW:
            if len(text) > 6_000:
                continue  # a server refuses such an address before the portal sees it
            separator = "&" if "?" in address else "?"
            rest = re.sub(rf"(?<=[?&]){name}=[^&]*&?", "", address) if "?" in address else address
            answer = browser.get(f"{rest}{separator}{name}={quote(text)}")

            assert answer.status_code < 500, (name, text[:40])
            assert is_harmless(answer.text) or answer.headers["content-type"].startswith("text/csv"), (name, text[:40])
            assert answer.headers.get("location", "/").startswith("/")
            assert not answer.headers.get("location", "/").startswith(("//", "/\\"))


@pytest.mark.parametrize("path", PATHS)
def test_no_part_of_a_path_brings_the_server_down_or_leads_out(town: Town, path: str) -> None:
    for text in HOSTILE:
        if 0 < len(text) <= 6_000 and text.strip():
            answer = town.browsers["ada"].get(path.format(quote(text, safe="")))

            assert answer.status_code in (303, 307, 400, 403, 404, 409), text[:40]
            assert answer.headers.get("location", "/").startswith(("/p/", "/", f"{ADDRESS}/"))
            assert is_harmless(answer.text)
            assert "root:" not in answer.text


def test_what_was_stored_is_shown_as_text_to_everybody(town: Town) -> None:
    for text in (SCRIPT, HANDLER, TEMPLATE):
        assert town.send(FORMS["ask"], title=text, question=text, acceptance=text, audience=text)[0] == 303
        assert town.send(FORMS["comment"], text=text)[0] == 303
    for person, browser in town.browsers.items():
        for address in ("/p/town/work", "/p/town/requests", "/p/town/requests/Q-0002", "/p/town/audit"):
            page = browser.get(address)
            assert page.status_code == 200, (person, address)
            assert is_harmless(page.text), (person, address)
    assert SCRIPT in unescape(town.browsers["ben"].get("/p/town/requests/Q-0002").text)


def test_a_table_for_a_spreadsheet_holds_no_formula(own_town: Town) -> None:
    for number, text in enumerate((*FORMULAS, "\t=1+1"), start=2):
        form = Form("dora", f"/p/town/requests/Q-{number:04d}/cancel", {"reason": text})
        own_town.send(form)
    own_town.send(FORMS["answer"], reason=FORMULAS[0], seen=seen(own_town, "ada", QA))
    table = own_town.browsers["audrey"].get("/p/town/audit.csv").text

    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert any(FORMULAS[0] in cell for cell in cells)
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


@pytest.mark.parametrize("name", ["ask", "comment", "answer"])
def test_ten_megabytes_are_refused_before_they_are_read(town: Town, name: str) -> None:
    form, before = FORMS[name], town.events
    longest = {"ask": "question", "comment": "text", "answer": "reason"}[name]

    code, text = town.send(form, **{longest: "x" * 10_000_000})

    assert code == 413
    assert "Nothing was recorded" in text
    assert town.events == before


@pytest.mark.parametrize(
    ("name", "longest"), [("ask", "question"), ("comment", "text"), ("cancel", "reason"), ("answer", "reason")]
)
def test_a_text_that_is_too_long_is_refused_and_comes_back(own_town: Town, name: str, longest: str) -> None:
    form, before = FORMS[name], own_town.events
    words = "so long " * 2_000
    more = {"seen": seen(own_town, "ada", QA)} if name == "answer" else {}

    code, text = own_town.send(form, **{longest: words}, **more)

    assert code == 409
    assert "10,000 characters" in text
    assert words.strip() in text
    assert own_town.events == before


def test_a_file_where_a_text_belongs_and_json_in_place_of_a_form_are_refused(town: Town) -> None:
    before = town.events
    for name, form in FORMS.items():
        browser = town.browsers[form.person]
        head = {"csrf": token(browser)}
        files = dict.fromkeys(form.fields, ("x.txt", b"x")) or {"x": ("x.txt", b"x")}
        assert browser.post(form.action, data=head, files=files).status_code == 400, name
        broken = {"content-type": "multipart/form-data; boundary=x"}
        assert browser.post(form.action, content=b"--x\r\n\x00", headers=broken).status_code in (400, 403), name
        stranger = visit(town.site.open(), None)
        assert stranger.post(form.action, content=b"--x\r\n\x00", headers=broken).status_code in (303, 401), name
        assert browser.post(form.action, json={**head, **form.fields}).status_code == 403, name
        assert browser.post(form.action, content=b"\x00" * 100).status_code == 403, name

    assert town.events == before


@pytest.mark.parametrize("name", FORMS)
def test_a_forged_form_does_nothing(town: Town, name: str) -> None:
    form, before = FORMS[name], town.events
    browser, other = town.browsers[form.person], town.browsers["ben" if form.person != "ben" else "ada"]
    for head, headers in (
        ({}, {}),
        ({"csrf": ""}, {}),
        ({"csrf": "é"}, {}),
        ({"csrf": token(other)}, {}),
        ({"csrf": token(browser)}, {"origin": "https://evil.example"}),
        ({"csrf": token(browser)}, {"origin": "null"}),
        ({"csrf": token(browser)}, {"sec-fetch-site": "same-site"}),
    ):
        answer = browser.post(form.action, data={**form.fields, **head}, headers=headers)
        assert answer.status_code == 403, (head, headers)
        assert browser.get(f"{form.action}?{urlencode({**form.fields, **head})}").status_code < 500

    assert town.events == before


def seen(town: Town, person: str, gate: str, release: str = "R-0002") -> str:
    """Return what the page of a release shows of a gate, as its form brings it back."""
    page = town.browsers[person].get(f"/p/town/releases/{release}/review?gate={gate}").text
    found = re.search(
        rf'name="gate" value="{re.escape(gate)}">\s*<input type="hidden" name="seen" value="([^"]*)"', page
    )
    assert found, page
    return unescape(found[1])


def form_id(page: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_form_that_is_sent_again_does_nothing_and_leads_where_it_led(own_town: Town) -> None:
    acceptance = {"gate": QA, "seen": seen(own_town, "ada", QA), "answer": "accept", "reason": ""}
    for form, page, changed in (
        (FORMS["ask"], "/p/town/requests/new", {}),
        (FORMS["comment"], "/p/town/requests/Q-0002", {}),
        (FORMS["answer"], REVIEW, acceptance),
    ):
        own = form_id(own_town.browsers[form.person].get(page).text)
        before = own_town.events
        first = own_town.send(form, form=own, **changed)
        after = own_town.events

        assert first[0] == 303
        assert after == before + 1
        assert own_town.send(form, form=own, **changed) == first
        assert own_town.events == after


@pytest.mark.parametrize("name", ["ask", "comment", "answer"])
def test_a_button_that_is_pressed_twice_at_once_does_it_once(own_town: Town, name: str) -> None:
    form = FORMS[name]
    browser = own_town.browsers[form.person]
    own, csrf, before = f"{'ab' * 16}", token(browser), own_town.events
    more = {"seen": seen(own_town, "ada", QA)} if name == "answer" else {}
    together = Barrier(4)

    def press(_: int) -> int:
        again = TestClient(browser.app, base_url=str(browser.base_url), follow_redirects=False, cookies=browser.cookies)
        together.wait()
        return again.post(form.action, data={"csrf": csrf, **form.fields, **more, "form": own}).status_code

    with ThreadPoolExecutor(4) as hands:
        codes = list(hands.map(press, range(4)))

    assert own_town.events == before + 1, codes
    assert set(codes) <= {303, 409}


def test_two_who_sign_at_the_same_moment_both_count_and_the_ledger_holds(own_town: Town) -> None:
    gates = {"dora": "contract.approved-by-owner", "carla": "contract.approved-by-stakeholder"}
    waiting = {
        name: {
            "csrf": token(own_town.browsers[name]), "gate": gate, "answer": "accept",
            "subject": f"contract:{PRODUCT}/daily", "seen": seen(own_town, name, gate, "R-0003"),
        }
        for name, gate in gates.items()
    }  # fmt: skip
    before, together = own_town.events, Barrier(2)

    def sign(name: str) -> int:
        together.wait()
        answer = own_town.browsers[name].post("/p/town/releases/R-0003/review", data=waiting[name])
        return answer.status_code

    with ThreadPoolExecutor(2) as hands:
        codes = list(hands.map(sign, gates))

    assert own_town.events == before + codes.count(303)
    assert 303 in codes
    for name, code in zip(gates, codes, strict=True):
        if code == 409:
            assert sign_again(own_town, name, waiting[name]) == 303
    assert "hold" in own_town.shop.do("audrey", "ledger", "verify").text


def sign_again(town: Town, name: str, fields: dict[str, str]) -> int:
    return town.browsers[name].post("/p/town/releases/R-0003/review", data=fields).status_code


def test_the_back_button_after_a_sign_off_signs_nothing_twice(own_town: Town) -> None:
    shown = seen(own_town, "ada", QA)
    accept = {"seen": shown, "answer": "accept", "reason": ""}
    assert own_town.send(FORMS["answer"], **accept)[0] == 303
    after = own_town.events

    code, text = own_town.send(FORMS["answer"], **accept)

    assert code == 409
    assert "Nothing was signed" in text
    assert own_town.events == after


def test_a_release_that_changed_while_the_page_was_open_is_not_signed_and_says_what_changed(own_town: Town) -> None:
    gate = "contract.approved-by-owner"
    form = Form(
        "dora", "/p/town/releases/R-0003/review",
        {"gate": gate, "subject": f"contract:{PRODUCT}/daily", "answer": "accept", "reason": "My own words"},
    )  # fmt: skip
    shown = seen(own_town, "dora", gate, "R-0003")
    before = own_town.events
    contract = f"products/{PRODUCT}/contracts/daily.odcs.yaml"
    change(own_town.shop, contract, "version: 2.0.0", "version: 2.0.0\ndescription:\n  purpose: Another one")
    again = Town(own_town.shop, own_town.site, dict(own_town.browsers))
    again.browsers["dora"] = visit(own_town.site.open(), None)
    again.browsers["dora"].cookies.update(own_town.browsers["dora"].cookies)

    code, text = again.send(form, seen=shown)

    assert code == 409
    assert "another contract: the page showed" in text
    assert "My own words" in text
    assert own_town.events == before


def test_newer_evidence_than_the_page_showed_is_named_and_nothing_is_signed(own_town: Town) -> None:
    shown = seen(own_town, "ada", QA)
    own_town.shop.deliver(2)
    own_town.shop.do("ada", "validate", "R-0002", at="2026-03-04T10:00:00Z")
    before = own_town.events

    code, text = own_town.send(FORMS["answer"], seen=shown, answer="accept")

    assert code == 409
    assert "newer evidence: checked in qa" in text
    assert own_town.events == before


@pytest.mark.parametrize("told", ["{}", "[]", "7", "{", json.dumps({QA: 1}), "[" * 90_000, '{"a":' * 20_000])
def test_nothing_is_signed_that_the_page_did_not_show(town: Town, told: str) -> None:
    before = town.events

    code, text = town.send(FORMS["answer"], seen=told)

    assert code == 409
    assert "something that it did not show" in text
    assert town.events == before


@pytest.mark.parametrize("name", [name for name in FORMS if name != "password"])
def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing_that_was_typed(town: Town, name: str) -> None:
    form, before = FORMS[name], town.events
    typed = {
        key: f'{value} "<i>' if key in ("title", "text", "reason", "name") else value
        for key, value in form.fields.items()
    }
    stranger = visit(town.site.open(), None)

    asked = stranger.post(form.action, data={"csrf": token(town.browsers[form.person]), **typed})

    assert asked.status_code == 401
    kept = dict(re.findall(r'name="(kept\.[^"]+)" value="([^"]*)"', asked.text))
    assert {key: unescape(kept[f"kept.{key}"]) for key in typed} == typed
    assert town.events == before


def test_what_was_typed_is_sent_after_signing_in_again(own_town: Town) -> None:
    stranger = visit(own_town.site.open(), None)
    fields = {"email": "ben@example.org", "password": PASSWORD.format(person="ben"), "next": FORMS["comment"].action}
    before = own_town.events

    page = stranger.post("/sign-in", data={**fields, "kept.text": "Kept <i>words", "kept.form": "ab" * 16}).text
    assert "Kept &lt;i&gt;words" in page
    assert own_town.events == before
    found = CSRF.search(page)
    assert found
    form = {"csrf": found[1], "text": "Kept <i>words", "form": "ab" * 16}

    assert stranger.post(FORMS["comment"].action, data=form).status_code == 303
    assert own_town.events == before + 1


def test_a_password_that_was_typed_when_the_session_ended_is_not_shown_again(town: Town) -> None:
    stranger = visit(town.site.open(), None)
    secret = "four words nobody sees"

    answer = stranger.post("/password", data={"csrf": "x", "old": secret, "new": secret})

    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/password"
    assert secret not in answer.text

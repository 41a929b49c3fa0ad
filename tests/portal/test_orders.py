"""Orders and files in the browser: signed once, for what was seen; given out as at a terminal; taken in."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from assay.actions.home import Home
from assay.base.accounts import Principal
from assay.base.roles import Action
from assay.connectors.clocks import FixedClock
from assay.identity.portal import Door, Portal
from assay.lifecycle.statements import Kind, Statement
from assay.portal.security import UPLOAD_BYTES
from fakes.clock import MovableClock
from faults.shop import PRODUCT, Shop, accept_in_production, admit, open_release
from homes import assay, rows_of
from portal.asking import events_of, hidden
from portal.calls import TOWN, call_as, token_of
from portal.site import CSRF, PASSWORD, Site, send, served, visit
from portal.town import change, copy_of, rename

R = "/p/town/releases/R-0001"
ORDER, ROLLBACK, IMPORTS = f"{R}/order", f"{R}/rollback", "/p/town/imports"
REASON = "The weeks are counted from Sunday"
SEEN = re.compile(r'name="seen" value="([^"]*)"')
NINE = "2026-03-03T09:00:00Z"


@dataclass(frozen=True, slots=True)
class Later:
    """The `Door` to the shop at nine on the morning on which everything was accepted."""

    door: Door

    @property
    def name(self) -> str:
        return self.door.name

    def open(self, principal: Principal | None) -> Home:
        return replace(self.door.open(principal), clock=FixedClock(datetime(2026, 3, 3, 9, 0, tzinfo=UTC)))


@dataclass(slots=True)
class Scene:
    """A shop of which everything is accepted, and the portal in front of it.

    Attributes:
        clock: the portal's own.
    """

    shop: Shop
    site: Site
    clock: MovableClock = field(default_factory=MovableClock)
    portal: Portal = field(init=False)

    def __post_init__(self) -> None:
        opened = self.site.open()
        doors: dict[str, Door] = {name: Later(door) for name, door in opened.projects.items()}
        self.portal = replace(opened, projects=doors, clock=self.clock)

    def said(self, kind: Kind) -> list[Statement]:
        """Return what was said of one kind."""
        record = self.portal.projects["town"].open(None).load().record
        return [signed.statement for signed in record.statements if signed.statement.kind is kind]

    def do(self, person: str, *arguments: str | Path) -> None:
        """Type a command at somebody's terminal."""
        self.shop.do(person, *arguments, at=NINE)


@pytest.fixture(scope="module")
def accepted(pristine: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop whose release waits for its order; the node knows the keys that the portal holds. For copying."""
    shop, _ = copy_of(pristine, tmp_path_factory.mktemp("accepted") / "all")
    shutil.rmtree(shop.node / "state")  # so that it begins with the roster that lies there
    shutil.copy(shop.design / "people.yaml", shop.node / "roster.yaml")
    open_release(shop)
    admit(shop)
    accept_in_production(shop)
    return shop


@pytest.fixture
def scene(accepted: Shop, tmp_path: Path) -> Scene:
    return Scene(*copy_of(accepted, tmp_path / "all"))


def fields_of(browser: TestClient, form: str = "a form") -> dict[str, str]:
    """Return what the form of the order page sends."""
    page = browser.get(ORDER).text
    token, seen = CSRF.search(page), SEEN.search(page)
    assert token
    assert seen
    return {"csrf": token[1], "seen": unescape(seen[1]), "form": form}


def upload(browser: TestClient, content: bytes, name: str = "answer.tar", csrf: str | None = None) -> httpx2.Response:
    """Send a file with the form of its page."""
    found = CSRF.search(browser.get("/account").text)
    token = csrf if csrf is not None or not found else found[1]
    return browser.post(IMPORTS, data={"csrf": token or ""}, files={"file": (name, content)})


def test_the_sheet_says_what_will_be_served_what_it_replaces_and_who_accepted_it(scene: Scene) -> None:
    page = visit(scene.portal, "rita").get(ORDER).text

    assert "this is the first version that production serves" in page
    assert "Accepted in production by a stakeholder" in page
    assert "Nothing: everything that comes before the order is done." in page
    assert "Sign the release order" in page


@pytest.mark.parametrize("person", ["ada", "carla", "audrey"])
def test_who_may_not_order_sees_the_sheet_and_no_button(person: str, scene: Scene) -> None:
    page = visit(scene.portal, person).get(ORDER).text

    assert "a release manager signs it" in page
    assert "Sign the release order" not in page


def test_my_work_leads_to_the_sheet(scene: Scene) -> None:
    assert f'href="{ORDER}?gate=release.ordered"' in visit(scene.portal, "rita").get("/p/town/work").text


def test_the_order_signed_in_the_browser_is_the_file_that_the_terminal_gives(scene: Scene, tmp_path: Path) -> None:
    rita = visit(scene.portal, "rita")
    assert rita.post(ORDER, data=fields_of(rita)).headers["location"] == ORDER
    page = rita.get(ORDER).text
    assert "The order is signed" in page
    assert "assay node release R-0001.order.tar" in page

    scene.do("rita", "release", "order", "--out", tmp_path / "order.tar")
    given = rita.get(f"{ORDER}.tar")
    assert given.content == (tmp_path / "order.tar").read_bytes()
    assert given.headers["content-disposition"] == 'attachment; filename="R-0001.order.tar"'
    assert len(scene.said(Kind.ORDERED)) == 1


def test_an_order_says_what_its_signer_had_opened(scene: Scene) -> None:
    rita = visit(scene.portal, "rita")
    assert "carla" in rita.get(f"{ORDER}/acceptances").text
    assert rita.get(f"{ORDER}/dashboard").status_code == 404
    rita.post(ORDER, data=fields_of(rita))

    (order,) = scene.said(Kind.ORDERED)
    assert order.details["opened"] == {"release:R-0001": ["acceptances"]}
    assert "opened acceptances" in visit(scene.portal, "audrey").get(R).text


def test_an_order_for_which_nothing_was_opened_is_shown_as_such(scene: Scene) -> None:
    rita = visit(scene.portal, "rita")
    rita.post(ORDER, data=fields_of(rita))

    assert "signed without opening anything" in visit(scene.portal, "audrey").get(R).text


def test_a_form_that_is_sent_twice_at_once_orders_once(scene: Scene) -> None:
    rita = visit(scene.portal, "rita")
    fields, before = fields_of(rita), events_of(scene.shop)
    with ThreadPoolExecutor(2) as pool:
        led = list(pool.map(lambda _: rita.post(ORDER, data=fields).headers["location"], range(2)))

    assert led == [ORDER, ORDER]
    assert events_of(scene.shop) == before + 1


def test_of_two_windows_that_order_at_once_one_signs(scene: Scene) -> None:
    windows = [visit(scene.portal, "rita") for _ in range(2)]
    forms = [fields_of(window, f"form {number}") for number, window in enumerate(windows)]
    before = events_of(scene.shop)
    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(lambda window, form: window.post(ORDER, data=form).status_code, windows, forms))

    assert set(codes) <= {303, 409}
    assert 303 in codes
    assert events_of(scene.shop) == before + 1


def test_an_order_after_a_rejection_that_came_meanwhile_is_refused_and_says_whose_and_why(scene: Scene) -> None:
    rita = visit(scene.portal, "rita")
    fields = fields_of(rita)
    gate = "dataset.prod.accepted-by-other-engineer"
    scene.do("ben", "signoff", "R-0001", gate, "--on", "weekly", "--reject", "--reason", REASON)
    before = events_of(scene.shop)
    refused = rita.post(ORDER, data=fields)

    assert refused.status_code == 409
    assert "Nothing was signed" in refused.text
    assert f"ben@example.org: {REASON}" in refused.text
    assert "Sign the release order" not in refused.text
    assert events_of(scene.shop) == before


def test_an_order_over_another_sign_off_than_the_page_showed_is_refused(scene: Scene) -> None:
    rita = visit(scene.portal, "rita")
    fields = fields_of(rita)
    shown = json.loads(fields["seen"])
    by_carla = f"solution.prod.accepted-by-stakeholder solution:{PRODUCT}/takings"
    before = events_of(scene.shop)
    refused = rita.post(ORDER, data={**fields, "seen": json.dumps({**shown, by_carla: shown["payload"]})})

    assert refused.status_code == 409
    assert "another sign-off: accepted by carla@example.org" in refused.text
    assert refused.text.count("what the page showed") == 1
    assert events_of(scene.shop) == before
    assert rita.post(ORDER, data=fields).status_code == 303


@pytest.mark.parametrize("seen", ["", "{}", "[]", "[" * 5_000, '{"payload": "sha256:other"}'])
def test_a_page_that_showed_nothing_or_something_else_orders_nothing(seen: str, scene: Scene) -> None:
    rita = visit(scene.portal, "rita")
    before = events_of(scene.shop)

    assert rita.post(ORDER, data={**fields_of(rita), "seen": seen}).status_code == 409
    assert events_of(scene.shop) == before


def test_whose_session_is_old_is_asked_who_they_are_before_the_order(scene: Scene) -> None:
    rita = visit(scene.portal, "rita")
    scene.clock.pass_by(timedelta(minutes=16))
    before = events_of(scene.shop)
    assert "you are asked for your password again" in rita.get(ORDER).text
    asked = rita.post(ORDER, data=fields_of(rita))

    assert asked.status_code == 401
    assert events_of(scene.shop) == before
    shown = rita.post("/again", data={**hidden(asked), "password": PASSWORD.format(person="rita")})
    assert rita.post(ORDER, data=hidden(shown)).headers["location"] == ORDER
    assert scene.said(Kind.ORDERED)[0].authenticated["method"] == "password"


def test_a_token_orders_nothing_where_the_gate_asks_for_a_person(scene: Scene) -> None:
    program = call_as(scene.portal, token_of(scene.portal, "rita").secret)
    before = events_of(scene.shop)

    assert program.post(f"{TOWN}/releases/R-0001/order", json={}).status_code == 403
    assert events_of(scene.shop) == before


def test_the_bundle_is_the_file_that_the_terminal_gives_and_is_sealed_once(scene: Scene, tmp_path: Path) -> None:
    ada = visit(scene.portal, "ada")
    given = [send(ada, R, f"{R}/bundle").content for _ in range(2)]
    before = events_of(scene.shop)
    scene.do("ada", "bundle", "build", "--out", tmp_path / "bundle.tar")

    assert given == [(tmp_path / "bundle.tar").read_bytes()] * 2
    assert events_of(scene.shop) == before


def test_a_release_is_cancelled_with_a_reason_and_once(scene: Scene) -> None:
    ada = visit(scene.portal, "ada")
    before = events_of(scene.shop)
    assert send(ada, R, f"{R}/cancel", reason=" ", form="one").status_code == 409
    assert events_of(scene.shop) == before

    for _ in range(2):
        assert send(ada, R, f"{R}/cancel", reason="Nobody asks any more", form="two").headers["location"] == R
    assert "Nobody asks any more" in ada.get(R).text
    assert events_of(scene.shop) == before + 1


# What comes back from the node


def an_order(scene: Scene) -> bytes:
    scene.do("rita", "release", "order", "--out", scene.shop.post("order.tar"))
    return scene.shop.post("order.tar").read_bytes()


def a_bundle(scene: Scene) -> bytes:
    return scene.shop.post("bundle.tar").read_bytes()


def an_answer(scene: Scene) -> bytes:
    return scene.shop.post("answer.tar").read_bytes()


def of_another_project(scene: Scene) -> bytes:
    other = scene.shop.copy(scene.shop.root / "other")
    rename(other, "elsewhere")
    shutil.rmtree(other.state)
    other.do("carla", "request", "new", *ASKING)
    other.do("carla", "ledger", "export", "--out", other.post("export.tar"))
    return other.post("export.tar").read_bytes()


ASKING = (
    "--product", PRODUCT, "--title", "T", "--question", "Q?", "--deliverable", "dashboard", "--audience", "Us",
    "--needed-by", "2099-12-31", "--acceptance", "All",
)  # fmt: skip
BAD: dict[str, tuple[Callable[[Scene], bytes], str]] = {
    "nothing": (lambda _: b"", "found no file"),
    "ten megabytes of noise": (lambda _: bytes(range(1, 251)) * 40_000, "an archive of Assay"),
    "braces": (lambda _: b"{" * 100_000, "answer.tar"),
    "an order": (an_order, "found an order"),
    "a bundle": (a_bundle, "found a bundle"),
    "a truncated answer": (lambda scene: an_answer(scene)[:-2_000], "Ask for the file again"),
    "an answer with another byte": (lambda scene: an_answer(scene).replace(b"harbour", b"harbor!", 1), "answer.tar"),
    "another project's ledger": (of_another_project, "elsewhere"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_answer_is_refused_in_words_and_nothing_is_recorded(name: str, scene: Scene) -> None:
    make, words = BAD[name]
    content = make(scene)
    before = events_of(scene.shop)
    refused = upload(visit(scene.portal, "ada"), content)
    program = call_as(scene.portal, token_of(scene.portal, "ada").secret)
    answer = program.post(f"{TOWN}/ledger/imports", content=content, params={"name": "answer.tar"})

    assert refused.status_code == 409
    assert "Nothing of it was taken in" in refused.text
    assert words in unescape(refused.text)
    assert answer.status_code == 409
    assert events_of(scene.shop) == before


def test_a_text_in_place_of_a_file_is_refused(scene: Scene) -> None:
    assert send(visit(scene.portal, "ada"), IMPORTS, IMPORTS, file="text").status_code == 409


def test_a_file_that_is_too_large_is_refused_before_it_is_kept(scene: Scene) -> None:
    before, large = events_of(scene.shop), b"x" * (UPLOAD_BYTES + 1)
    program = call_as(scene.portal, token_of(scene.portal, "ada").secret)

    assert upload(visit(scene.portal, "ada"), large).status_code == 413
    assert program.post(f"{TOWN}/ledger/imports", content=large).status_code == 413
    assert events_of(scene.shop) == before


def test_of_somebody_who_is_not_signed_in_no_file_is_read(scene: Scene) -> None:
    large = b"x" * (UPLOAD_BYTES + 1)

    assert visit(scene.portal, None).post(IMPORTS, files={"file": ("x", large)}).status_code in (303, 401)
    assert call_as(scene.portal, None).post(f"{TOWN}/ledger/imports", content=large).status_code == 401


def test_a_file_from_another_site_or_without_the_forms_token_is_refused(scene: Scene) -> None:
    ada, content = visit(scene.portal, "ada"), an_answer(scene)

    assert upload(ada, content, csrf="0" * 64).status_code == 403
    ada.headers["origin"] = "https://elsewhere.example"
    assert upload(ada, content).status_code == 403


def test_only_the_address_of_files_takes_a_file(scene: Scene) -> None:
    ada = visit(scene.portal, "ada")
    found = CSRF.search(ada.get("/account").text)
    assert found
    data, files = {"csrf": found[1], "reason": "x"}, {"file": ("x", b"x")}

    assert ada.post(f"{R}/cancel", data=data, files=files).status_code == 400


@pytest.mark.parametrize("name", ["<b>bold</b>.tar", "a\nb.tar", "../../etc/passwd", "x" * 500, ""])
def test_a_files_name_is_told_as_text_and_leads_nowhere(name: str, scene: Scene) -> None:
    refused = upload(visit(scene.portal, "ada"), b"noise", name=name or " ")

    assert refused.status_code == 409
    assert "<b>" not in refused.text
    assert "etc/passwd" not in refused.text
    assert "x" * 200 not in refused.text


def test_the_nodes_answer_is_taken_in_once_and_the_release_says_that_it_is_released(scene: Scene) -> None:
    rita = visit(scene.portal, "rita")
    rita.post(ORDER, data=fields_of(rita))
    order, answer = scene.shop.post("order.tar"), scene.shop.post("released.tar")
    order.write_bytes(rita.get(f"{ORDER}.tar").content)
    scene.shop.do(None, "node", "release", order, "--answer", answer, at="2026-03-03T10:00:00Z")
    taken = upload(rita, answer.read_bytes())

    assert taken.status_code == 200
    assert "2 new statements" in taken.text
    before = events_of(scene.shop)
    assert "Nothing new" in upload(rita, answer.read_bytes()).text
    assert events_of(scene.shop) == before
    assert "It is released" in rita.get(ORDER).text
    assert rita.post(ORDER, data={**hidden_token(rita), "seen": "{}"}).status_code == 409
    assert "none" in rita.get(ROLLBACK).text


def hidden_token(browser: TestClient) -> dict[str, str]:
    found = CSRF.search(browser.get("/account").text)
    assert found
    return {"csrf": found[1]}


def test_the_api_gives_what_it_sealed_and_takes_in_what_it_gave(scene: Scene) -> None:
    ada = call_as(scene.portal, token_of(scene.portal, "ada").secret)
    (sealed,) = ada.post(f"{TOWN}/releases/R-0001/bundle", json={}).json()["signed"]
    file = ada.get(f"{TOWN}/releases/R-0001/bundle")
    said = ada.get(f"{TOWN}/ledger/statements", params={"digest": [sealed["digest"]]})
    taken = ada.post(f"{TOWN}/ledger/imports", content=said.content)

    assert (file.status_code, file.headers["content-type"]) == (200, "application/x-tar")
    assert taken.json() == {"recorded": [], "known": 1}
    assert ada.get(f"{TOWN}/releases/R-0001/order").json()["faults"][0]["expected"] == "a signed order"
    assert ada.get(f"{TOWN}/ledger/statements", params={"digest": ["none"]}).status_code == 409


def test_a_terminal_far_away_fetches_the_bundle_and_hands_in_the_answer(scene: Scene, tmp_path: Path) -> None:
    scene.do("ada", "bundle", "build", "--out", tmp_path / "here.tar")
    logins = tmp_path / "assay" / "logins.json"
    logins.parent.mkdir()
    logins.touch(0o600)
    with served(scene.portal) as origin:
        logins.write_text(json.dumps({origin: token_of(scene.portal, "ada").secret}))
        environment: dict[str, str | Path] = {"XDG_CONFIG_HOME": tmp_path, "ASSAY_REMOTE": origin}
        built = assay("bundle", "build", "--out", tmp_path / "there.tar", **environment)
        taken = assay("ledger", "import", scene.shop.post("answer.tar"), **environment)
        shown = assay("bundle", "inspect", tmp_path / "there.tar", **environment)

    assert (built.code, taken.code, shown.code) == (0, 0, 0), built.text + taken.text + shown.text
    assert (tmp_path / "there.tar").read_bytes() == (tmp_path / "here.tar").read_bytes()
    assert "answer.tar: 0 new statements" in taken.out


def test_a_call_to_open_or_cancel_that_is_sent_twice_acts_once(scene: Scene) -> None:
    dora = call_as(scene.portal, token_of(scene.portal, "dora").secret)
    before = events_of(scene.shop)
    opened = [
        dora.post(f"{TOWN}/releases", json={"product": PRODUCT}, headers={"Idempotency-Key": "open"}) for _ in range(2)
    ]
    assert [answer.json()["id"] for answer in opened] == ["R-0002", "R-0002"]
    for _ in range(2):
        headers, body = {"Idempotency-Key": "cancel"}, {"reason": REASON}
        answer = dora.post(f"{TOWN}/releases/R-0002/cancel", json=body, headers=headers)
        assert answer.json() == {"name": "R-0002"}
    assert events_of(scene.shop) == before + 2


def test_a_token_without_the_scope_imports_nothing(scene: Scene) -> None:
    scopes = {Action.LEDGER_READ, Action.SIGN_OFF}
    program = call_as(scene.portal, token_of(scene.portal, "ada", scopes).secret)

    assert program.post(f"{TOWN}/ledger/imports", content=an_answer(scene)).status_code == 403


# Going back


@pytest.fixture(scope="module")
def twice(accepted: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop that released a second version with another title; for copying."""
    shop, _ = copy_of(accepted, tmp_path_factory.mktemp("twice") / "all")
    release(shop, "R-0001", "10")
    change(shop, f"products/{PRODUCT}/solutions/takings.dashboard.yaml", "title: What do", "title: And what do")
    change(shop, f"products/{PRODUCT}/product.yaml", "version: 1.0.0", "version: 1.0.1")
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0001", at="2026-03-03T11:00:00Z")
    for command in (("build", "--sign"), ("freeze", "R-0002"), ("validate", "R-0002"), ("publish", "R-0002")):
        shop.run("ada", *command, at="2026-03-03T11:05:00Z")
    accept(shop, "2026-03-03T11:10:00Z")
    shop.do("ada", "bundle", "build", "R-0002", "--out", shop.post("b.tar"), at="2026-03-03T11:20:00Z")
    shop.do(None, "node", "admit", shop.post("b.tar"), at="2026-03-03T11:30:00Z")
    answer = shop.post("deployed.tar")
    shop.do(None, "node", "deploy", "R-0002", "--answer", answer, at="2026-03-03T11:35:00Z")
    shop.do("ada", "ledger", "import", answer, at="2026-03-03T11:36:00Z")
    accept(shop, "2026-03-03T11:40:00Z")
    release(shop, "R-0002", "12")
    return shop


def accept(shop: Shop, at: str) -> None:
    for person in ("ada", "ben", "carla") * 2:
        shop.run(person, "signoff", "R-0002", at=at)


def release(shop: Shop, name: str, hour: str) -> None:
    order, answer = shop.post("o.tar"), shop.post("a.tar")
    shop.do("rita", "release", "order", name, "--out", order, at=f"2026-03-03T{hour}:00:00Z")
    shop.do(None, "node", "release", order, "--answer", answer, at=f"2026-03-03T{hour}:05:00Z")
    shop.do("ada", "ledger", "import", answer, at=f"2026-03-03T{hour}:10:00Z")


def test_production_goes_back_on_an_order_with_a_reason(twice: Shop, tmp_path: Path) -> None:
    scene = Scene(*copy_of(twice, tmp_path / "all"))
    rita, back = visit(scene.portal, "rita"), "/p/town/releases/R-0002/rollback"
    before = events_of(scene.shop)
    assert "brings back version 1.0.0" in rita.get(back).text
    assert rita.get(ROLLBACK).status_code == 409
    assert "a reason" in send(rita, back, back, reason=" ", form="one").text
    assert send(rita, back, ROLLBACK, reason=REASON, form="two").status_code == 409
    assert events_of(scene.shop) == before

    for _ in range(2):
        assert send(rita, "/account", back, reason=REASON, form="three").headers["location"] == back
    assert events_of(scene.shop) == before + 1
    order, answer = scene.shop.post("order.tar"), scene.shop.post("back.tar")
    order.write_bytes(rita.get(f"{back}.tar").content)
    scene.shop.do(None, "node", "rollback", order, "--answer", answer, at="2026-03-03T13:00:00Z")
    assert upload(rita, answer.read_bytes()).status_code == 200
    assert REASON in rita.get("/p/town/releases/R-0002").text
    assert "version 1.0.0" in rita.get(f"{R}").text


def test_who_is_no_release_manager_sees_what_a_rollback_brings_back_and_signs_none(twice: Shop, tmp_path: Path) -> None:
    scene = Scene(*copy_of(twice, tmp_path / "all"))
    ada, back = visit(scene.portal, "ada"), "/p/town/releases/R-0002/rollback"

    assert "A release manager signs it" in ada.get(back).text
    assert send(ada, "/account", back, reason=REASON).status_code == 403
    assert rows_of(scene.shop.state / "state.db", "select count(*) from events")[0][0] == events_of(scene.shop)

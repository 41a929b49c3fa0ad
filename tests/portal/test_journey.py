"""The whole process on real flights by its people: the engineer at a terminal, everybody else's half in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from homes import rows_of
from portal.browser import Window, window
from portal.site import served
from portal.stage import Stage, correct, set_up

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(300)]

R = "/p/flights/releases/R-0001"
REASON = "Cancelled flights are counted as on time"
DENIED = (403, 404)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return set_up(tmp_path_factory.mktemp("stage") / "all")


@pytest.fixture(scope="module")
def address(stage: Stage) -> Iterator[str]:
    with served(stage.portal()) as address:
        yield address


@pytest.fixture(scope="module")
def people(chromium: Browser, address: str) -> Iterator[dict[str, Window]]:
    """Return everybody's window, open on their work."""
    names = ("ada", "ben", "carla", "dora", "rita", "audrey")
    windows = {name: window(chromium, address, name) for name in names}
    yield windows
    for each in windows.values():
        each.context.close()


def events(stage: Stage) -> int:
    return int(str(rows_of(stage.place.database, "select count(*) from events")[0][0]))


def decide(stage: Stage, who: Window, answer: str, *, gate: str = "", without: str = "", reason: str = "") -> None:
    """Answer the first sheet on the page of a release: accept or reject all of it, or without one item."""
    stage.later(minutes=2)
    assert who.go(f"{R}/review?gate={gate}") == 200
    sheet = who.page.locator("main form").first
    if without:
        sheet.get_by_role("checkbox", name=without).uncheck()
    if reason:
        sheet.get_by_role("textbox").fill(reason)
    who.press(answer)
    expect(who.page.get_by_role("status")).to_contain_text("Rejected" if answer == "Reject" else "Accepted")


def accept_all(stage: Stage, who: Window) -> int:
    """Accept whatever waits for somebody, sheet by sheet; return how many sheets there were."""
    many = 0
    while who.go(f"{R}/review") == 200 and who.page.locator("main form").count():
        decide(stage, who, "Accept")
        many += 1
    return many


def test_carla_asks_in_the_form_and_is_told_what_is_missing(stage: Stage, people: dict[str, Window]) -> None:
    carla = people["carla"]
    carla.follow("Ask for something")
    page = carla.page
    page.get_by_label("What do you want to know?").fill("Where do delays concentrate, so that we can plan spare crews?")
    page.get_by_label("In a line").fill("Where and when do our flights leave late?")
    page.get_by_label("Of which product?").select_option("ontime")
    page.get_by_label("Who will read it?").fill("The operations desk")
    carla.press("Send it")

    expect(page.get_by_role("alert")).to_contain_text("cannot be taken as")
    expect(page.get_by_role("alert")).to_be_focused()
    assert events(stage) == 0
    expect(page.get_by_label("In a line")).to_have_value("Where and when do our flights leave late?")

    page.get_by_label("By when is it needed?").fill("2026-03-31")
    page.get_by_label("How will you know that it is right?").fill("A cancelled flight is never on time\nAll days")
    carla.press("Send it")

    assert carla.page.url.endswith("/requests/Q-0001")
    assert "A cancelled flight is never on time" in carla.text
    assert "not in work yet" in carla.text


def test_a_comment_of_one_is_read_by_the_other(people: dict[str, Window]) -> None:
    ben, carla = people["ben"], people["carla"]
    ben.go("/p/flights/requests/Q-0001")
    ben.page.get_by_label("Say something about it").fill("By departure or by arrival?")
    ben.press("Say it")
    carla.page.reload()

    assert "By departure or by arrival?" in carla.text


def test_an_open_page_reads_itself_anew_when_something_waits(stage: Stage, people: dict[str, Window]) -> None:
    dora = people["dora"]
    dora.go("/p/flights/work")
    assert "Nothing waits for you" in dora.text
    dora.page.evaluate("document.body.dataset.kept = 'yes'")

    stage.do("ada", "release", "new", "ontime", "--request", "Q-0001")
    stage.do("ada", "assess")

    expect(dora.page.get_by_role("link", name="Look and decide").first).to_be_visible()
    assert dora.page.evaluate("document.body.dataset.kept") == "yes"


def test_the_contracts_are_read_in_plain_words_and_approved_by_owner_and_stakeholder(
    stage: Stage, people: dict[str, Window]
) -> None:
    for name in ("dora", "carla"):
        who = people[name]
        who.go("/p/flights/work")
        who.follow("Look and decide")
        who.follow("What is promised of ontime_daily")
        expect(who.page.get_by_role("heading", name="Columns").first).to_be_visible()
        who.page.get_by_role("link", name="Back to your decision").first.click()
        decide(stage, who, "Accept")

        assert who.go(f"{R}/review") == 200
        assert "Nothing here waits for you" in who.text


def test_a_page_that_reads_itself_anew_keeps_what_was_unfolded_and_where_the_keyboard_was(
    stage: Stage, people: dict[str, Window]
) -> None:
    page = people["rita"].page
    people["rita"].go(R)
    history = page.locator("summary").filter(has_text="statements")
    told = history.inner_text()
    history.focus()
    page.keyboard.press("Enter")
    stage.do("ada", "signoff", "R-0001", "feeds-delivered")

    expect(history).not_to_have_text(told)
    expect(page.get_by_role("region", name="History")).to_be_visible()
    expect(history).to_be_focused()


def test_ada_builds_freezes_and_validates_at_her_terminal(stage: Stage, people: dict[str, Window]) -> None:
    stage.do("ada", "build", "--sign")
    stage.do("ada", "freeze")
    stage.do("ada", "validate")

    ada = people["ada"]
    ada.go("/p/flights/work")
    assert "Accept what you made, or take it back" in ada.text


def test_nobody_signs_before_their_turn_and_a_forged_form_signs_nothing(
    stage: Stage, people: dict[str, Window]
) -> None:
    before = events(stage)
    fields = {"subject": "dataset:ontime/ontime_daily", "answer": "accept", "seen": "{}"}
    for name, gate in {
        "dora": "dataset.qa.accepted-by-engineer",
        "rita": "dataset.qa.accepted-by-stakeholder",
        "ada": "dataset.qa.accepted-by-other-engineer",
        "carla": "dataset.qa.accepted-by-stakeholder",
        "audrey": "dataset.qa.accepted-by-stakeholder",
    }.items():
        who = people[name]
        who.go("/p/flights/work")
        assert who.post(f"{R}/review", {**fields, "gate": gate}) in (*DENIED, 409), name

    assert events(stage) == before


def test_each_is_denied_what_is_not_theirs(people: dict[str, Window]) -> None:
    for name in ("rita", "audrey"):
        assert people[name].status("/p/flights/requests/new") in DENIED, name
    for name in ("ada", "ben", "carla", "dora", "rita"):
        assert people[name].status("/p/flights/denials") in DENIED, name
    assert people["audrey"].status("/p/flights/denials") == 200
    assert people["rita"].status(f"{R}/review/preview?subject=dataset:ontime/ontime_daily") in DENIED


def test_ada_accepts_what_she_made_and_ben_looks_at_everything(stage: Stage, people: dict[str, Window]) -> None:
    assert accept_all(stage, people["ada"]) == 1
    ben = people["ben"]
    ben.go(f"{R}/review")
    ben.follow("The checks of ontime_daily")
    expect(ben.page.get_by_role("region", name="Verdicts").first).to_be_visible()
    ben.follow("The data")
    page = ben.page
    page.get_by_label("Column").first.select_option("origin")
    page.get_by_label("Value").first.fill("JFK")
    with page.expect_navigation():
        page.get_by_role("button", name="Show", exact=True).click()
    rows = page.get_by_role("region", name="Rows").locator("tbody tr")
    expect(rows.first).to_contain_text("JFK")
    assert rows.filter(has_text="EWR").count() == 0
    assert re.search(r"[\d,]+ of [\d,]+ rows", ben.text)


def test_ben_rejects_one_dataset_with_a_reason_and_accepts_the_other(stage: Stage, people: dict[str, Window]) -> None:
    ben = people["ben"]
    before = events(stage)
    ben.go(f"{R}/review")
    ben.page.get_by_role("checkbox", name="carrier_month").uncheck()
    ben.press("Reject")
    expect(ben.page.get_by_role("alert")).to_contain_text("a reason")
    assert events(stage) == before

    decide(stage, ben, "Reject", without="carrier_month", reason=REASON)
    decide(stage, ben, "Accept")
    carla = people["carla"]
    carla.go(R)
    assert "rejected" in carla.text
    carla.page.locator("summary").filter(has_text="statements").click()
    assert REASON in carla.text


def test_after_the_correction_only_what_changed_is_asked_again(stage: Stage, people: dict[str, Window]) -> None:
    stage.later(hours=18)
    correct(stage)
    stage.do("ada", "build", "--sign")
    stage.do("ada", "freeze")
    stage.do("ada", "validate")
    ben = people["ben"]
    assert accept_all(stage, people["ada"]) == 1

    ben.go(f"{R}/review")
    form = ben.page.locator("main form").first
    assert form.get_by_role("checkbox").count() == 1
    assert "ontime_daily" in form.inner_text()
    decide(stage, ben, "Accept")
    assert accept_all(stage, people["carla"]) == 1


def test_the_dashboard_is_drawn_in_its_frame_and_accepted(stage: Stage, people: dict[str, Window]) -> None:
    stage.do("ada", "publish")
    for name in ("ada", "ben", "carla"):
        who = people[name]
        who.go(f"{R}/review")
        who.follow("The dashboard of delays")
        frame = who.page.frame_locator("iframe.dashboard")
        expect(frame.locator("svg.marks, canvas.marks").first).to_be_visible()
        assert accept_all(stage, who) == 1


def test_the_node_admits_and_runs_what_was_signed_in_the_browser(stage: Stage, people: dict[str, Window]) -> None:
    bundle, answer = stage.place.post / "bundle.tar", stage.place.post / "answer.tar"
    stage.later(hours=16)
    ada = people["ada"]
    ada.go(R)
    with ada.page.expect_download() as given:
        ada.page.get_by_role("button", name="Download the bundle").click()
    given.value.save_as(bundle)
    stage.on_node("admit", bundle)
    stage.on_node("deploy", "R-0001")
    stage.morning()
    stage.on_node("run", "--due")
    stage.morning()
    stage.on_node("run", "--due", "--answer", answer)
    stage.bring(answer)


def test_production_is_accepted_with_its_own_evidence_and_released_on_the_order(
    stage: Stage, people: dict[str, Window]
) -> None:
    order, answer = stage.place.post / "order.tar", stage.place.post / "answer-2.tar"
    for _ in ("datasets", "dashboard"):
        for name in ("ada", "ben", "carla"):
            assert accept_all(stage, people[name]) == 1, name
    rita = people["rita"]
    rita.go("/p/flights/work")
    assert "Sign the release order" in rita.text
    rita.follow("Look and decide")
    rita.follow("Who accepted what")
    rita.follow("Back to the order")
    rita.press("Sign the release order")
    expect(rita.page.get_by_role("status")).to_contain_text("The order is signed by Rita")
    with rita.page.expect_download() as given:
        rita.page.get_by_role("link", name="Download the order").click()
    given.value.save_as(order)
    stage.on_node("release", order, "--answer", answer)
    rita.follow("Bring the node's answer")
    rita.page.get_by_label("The node's answer").set_input_files(answer)
    rita.press("Take it in")
    expect(rita.page.get_by_role("status")).to_contain_text("new statements")
    rita.follow("R-0001")
    assert "production serves it" in rita.text

    carla = people["carla"]
    carla.go("/p/flights/work")
    assert "Version 1.0.0" in carla.page.get_by_role("heading", name="In production").locator("..").inner_text()
    carla.go("/p/flights/requests/Q-0001")
    assert "delivered" in carla.text


def test_the_audit_holds_and_says_what_was_opened_before_each_sign_off(people: dict[str, Window]) -> None:
    audrey = people["audrey"]
    audrey.go("/p/flights/audit")
    audrey.press("Verify all of it")
    expect(audrey.page.get_by_role("status")).to_contain_text("All of it holds.")
    audrey.go("/p/flights/audit?person=ben@example.org&kind=rejected")
    assert REASON in audrey.text
    audrey.go(R)
    audrey.page.locator("summary").filter(has_text="Initial validation").click()
    cells = audrey.page.locator(".gates td:visible")
    expect(cells.filter(has_text="Ben Okoro").filter(has_text="opened checks, preview").first).to_be_visible()
    expect(
        cells.filter(has_text="Carla Reyes").filter(has_text="signed without opening anything").first
    ).to_be_visible()
    assert audrey.status("/p/flights/audit.csv") == 200
    assert audrey.status("/p/flights/ledger.tar") == 200


def test_no_page_complained(people: dict[str, Window]) -> None:
    assert {name: each.complaints for name, each in people.items() if each.complaints} == {}


def test_what_was_signed_in_the_browser_verifies_at_a_terminal(stage: Stage, tmp_path: Path) -> None:
    assert "hold" in stage.do("audrey", "ledger", "verify").text

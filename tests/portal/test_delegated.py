"""Somebody is away: named on a page, signed for on a page, ended on a page, and told to programs alike."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from assay.identity.portal import Portal
from assay.lifecycle.statements import Kind, Statement
from faults.shop import PRODUCT, Shop
from portal.calls import TOWN, call_as, token_of
from portal.site import Site, send, visit
from portal.town import copy_of

AWAY = "/p/town/delegations"
REVIEW = "/p/town/releases/R-0001/review"
OWNER = "contract.approved-by-owner"
CONTRACT = f"contract:{PRODUCT}/daily"


@pytest.fixture(scope="module")
def waiting(pristine: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a shop with an open release whose contracts wait for approval; for copying."""
    shop, _ = copy_of(pristine, tmp_path_factory.mktemp("waiting") / "all")
    shop.do(
        "carla", "request", "new", "--product", PRODUCT, "--title", "Takings", "--question", "How much?",
        "--deliverable", "dashboard", "--audience", "Us", "--needed-by", "2099-12-31", "--acceptance", "All shops",
    )  # fmt: skip
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0001")
    shop.do("ada", "assess")
    return shop


@pytest.fixture
def portal(waiting: Shop, tmp_path_factory: pytest.TempPathFactory) -> Portal:
    shop, _ = copy_of(waiting, tmp_path_factory.mktemp("own") / "all")
    return Site(shop.design, shop.root / "portal", "town").open()


@pytest.fixture
def dora(portal: Portal) -> TestClient:
    return visit(portal, "dora")


@pytest.fixture
def rita(portal: Portal) -> TestClient:
    return visit(portal, "rita")


def leave(portal: Portal, **others: str) -> dict[str, str]:
    """Return what the owner types who is away from today on, for a week."""
    today = portal.clock.now().date()
    days = {"starts": today.isoformat(), "ends": (today + timedelta(days=7)).isoformat()}
    return {"to": "rita@example.org", "reason": "On <b>leave</b>", "gate": OWNER} | days | others


def said(portal: Portal) -> list[Statement]:
    return [signed.statement for signed in portal.projects["town"].open(None).load().record.statements]


def shown(client: TestClient, page: str) -> str:
    """Return what a page says, as a person reads it."""
    answer = client.get(page)
    assert answer.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def approve(client: TestClient, absent: str) -> int:
    fields = {"gate": OWNER, "subject": CONTRACT, "answer": "accept", "for": absent}
    found = re.search(r'name="seen" value="([^"]*)"', client.get(f"{REVIEW}?gate={OWNER}").text)
    seen = html.unescape(found[1]) if found else "{}"
    return send(client, "/account", REVIEW, seen=seen, **fields).status_code


def test_who_is_named_finds_the_work_says_for_whom_and_signs_it_in_their_own_name(
    portal: Portal, dora: TestClient, rita: TestClient
) -> None:
    assert "Nothing waits for you" in shown(rita, "/p/town/work")
    assert send(dora, AWAY, AWAY, **leave(portal)).headers["location"] == AWAY
    assert "rita for you" in shown(dora, AWAY)
    assert "You for dora" in shown(rita, AWAY)
    assert "<b>leave" not in dora.get(AWAY).text

    until = portal.clock.now().date() + timedelta(days=7)
    why = f"For dora, who is away until {until:%-d %b %Y} and asked you."
    assert why in shown(rita, "/p/town/work")
    assert why in shown(rita, REVIEW)
    assert approve(rita, "dora@example.org") == 303

    made = said(portal)[-1]
    assert (made.kind, made.signer, made.on_behalf_of) == (Kind.APPROVED, "rita@example.org", "dora@example.org")
    assert "rita for dora" in shown(rita, "/p/town/audit")
    assert "rita for dora" in shown(rita, "/p/town/releases/R-0001")
    assert "You approved the contract of daily for dora" in shown(rita, "/p/town/work")
    assert "rita for dora" in shown(visit(portal, "audrey"), "/p/town/audit?person=dora@example.org&kind=approved")


@pytest.mark.parametrize("absent", ["", "carla@example.org", "nobody@example.org"])
def test_a_form_signs_in_the_name_that_it_says_and_in_no_other(
    portal: Portal, dora: TestClient, rita: TestClient, absent: str
) -> None:
    send(dora, AWAY, AWAY, **leave(portal))
    before = len(said(portal))

    assert approve(rita, absent) == 409
    assert len(said(portal)) == before


@pytest.mark.parametrize("who", ["dora", "rita"])
def test_either_ends_it_and_then_nothing_is_signed_by_it(
    portal: Portal, dora: TestClient, rita: TestClient, who: str
) -> None:
    send(dora, AWAY, AWAY, **leave(portal))
    found = re.search(rf"{AWAY}/(\w+)/end", dora.get(AWAY).text)
    assert found
    client = {"dora": dora, "rita": rita}[who]
    assert send(visit(portal, "carla"), "/account", found[0]).status_code == 409
    assert send(client, AWAY, found[0]).headers["location"] == AWAY

    assert f"ended by {who}" in shown(dora, AWAY)
    assert "Nothing waits for you" in shown(rita, "/p/town/work")
    assert approve(rita, "dora@example.org") == 409
    assert send(client, AWAY, found[0]).status_code == 409


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"to": ""}, "expected somebody on the roster who signs off, found nobody"),
        ({"to": "dora@example.org"}, "expected somebody else, found yourself"),
        ({"to": "audrey@example.org"}, "audrey@example.org, who signs nothing"),
        ({"starts": "soon"}, "expected a day, as 2026-03-12, found 'soon'"),
        ({"ends": "2001-01-01"}, "or later, found 2001-01-01"),
        ({"reason": ""}, "expected a reason, found nothing"),
        ({"gate": "release.ordered"}, "expected a gate that takes delegates"),
        ({"product": "no,such"}, "expected a product of this project, found 'such'"),
    ],
)
def test_what_cannot_be_is_said_on_the_page_with_what_was_typed(
    portal: Portal, dora: TestClient, typed: dict[str, str], told: str
) -> None:
    before = len(said(portal))
    answer = send(dora, AWAY, AWAY, **leave(portal, **typed))

    assert answer.status_code == 409
    assert told in html.unescape(re.sub(r"<[^>]+>", "", answer.text))
    assert len(said(portal)) == before
    if "reason" not in typed:
        assert "On &lt;b&gt;leave&lt;/b&gt;" in answer.text


def test_an_auditor_sees_no_form_and_names_nobody(portal: Portal) -> None:
    audrey = visit(portal, "audrey")

    assert "Let them sign off" not in audrey.get(AWAY).text
    assert send(audrey, "/account", AWAY, **leave(portal)).status_code == 403
    assert not [each for each in said(portal) if each.kind is Kind.DELEGATED]


def test_the_same_form_sent_twice_names_somebody_once(portal: Portal, dora: TestClient) -> None:
    for _ in range(2):
        send(dora, AWAY, AWAY, **leave(portal), form="a-form")

    assert len([each for each in said(portal) if each.kind is Kind.DELEGATED]) == 1


def test_programs_do_the_same(portal: Portal) -> None:
    dora, rita = (call_as(portal, token_of(portal, name).secret) for name in ("dora", "rita"))
    wanted = leave(portal)
    body = {**{name: wanted[name] for name in ("to", "starts", "ends", "reason")}, "gates": ["approved-by-owner"]}
    made = dora.post(f"{TOWN}/delegations", json=body)
    assert made.status_code == 201, made.text
    (line,) = rita.get(f"{TOWN}/delegations").json()["lines"]
    assert (line["delegation"]["absent"], line["delegation"]["gates"], line["state"]) == (
        "dora@example.org", [OWNER], "now"
    )  # fmt: skip
    (item,) = rita.get(f"{TOWN}/work").json()["items"]
    assert item["task"]["on_behalf_of"] == "dora@example.org"
    assert item["task"]["instead"].startswith("For dora, who is away until")
    assert (
        rita.get(f"{TOWN}/releases/R-0001/review").json()["items"][0]["asked"][0]["on_behalf_of"] == "dora@example.org"
    )

    sign = {"answer": "accept", "gate": OWNER, "subjects": ["daily"]}
    assert rita.post(f"{TOWN}/releases/R-0001/sign-offs", json={**sign, "on_behalf_of": ""}).status_code == 409
    told = rita.post(f"{TOWN}/releases/R-0001/sign-offs", json=sign)
    assert told.status_code == 201, told.text
    assert told.json()["signed"][0]["statement"]["on_behalf_of"] == "dora@example.org"

    assert dora.post(f"{TOWN}/delegations/{line['delegation']['id']}/end", json={"reason": "back"}).status_code == 200
    assert rita.get(f"{TOWN}/delegations").json()["lines"][0]["ended_by"] == "dora@example.org"

"""A project in which every list is long: pages stay small, everything is on one of them, and filters stay."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from starlette.testclient import TestClient

from assay.actions.home import Home
from assay.actions.in_production import production_page
from assay.actions.releases import releases_page
from assay.actions.requests import OVER, Sought, Which, request_lines, requests_page
from assay.base.errors import Denied
from assay.base.roles import Person
from assay.portal.choosing import MOST
from fakes.busy_files import PROJECT, TEAMS
from portal.many import MANY, WHO
from portal.site import CSRF, Site, visit

MOST_BYTES = 150_000
P = f"/p/{PROJECT}"
LISTS = {
    "work": f"{P}/work", "requests": f"{P}/requests", "all requests": f"{P}/requests?which=all",
    "requests that are over": f"{P}/requests?which=over", "releases": f"{P}/releases",
    "earlier releases": f"{P}/releases?earlier=2", "production": f"{P}/production", "ask": f"{P}/requests/new",
    "audit": f"{P}/audit", "products": f"{P}/products",
}  # fmt: skip
LINK = re.compile(r'<a class="button" rel="next" href="([^"]+)">')
HOSTILE = ("-1", "0", "9" * 5_000, "x", "1' or '1'='1", "'; drop table events; --", "<script>", "\u0663", "1e9", "\x00")


@pytest.fixture(scope="module")
def browsers(many: Site) -> dict[str, TestClient]:
    portal = many.open()
    return {part: visit(portal, name) for part, name in WHO.items()}


@pytest.fixture(scope="module")
def home(many: Site) -> Home:
    return many.open().projects[PROJECT].open(None)


def turned(browser: TestClient, address: str) -> list[str]:
    """Follow a list to its end, page by page, as its links lead; return the pages."""
    pages = [browser.get(address).text]
    while found := LINK.search(pages[-1]):
        pages.append(browser.get(address.partition("?")[0] + unescape(found[1])).text)
        assert len(pages) < 50
    return pages


def ids(pages: list[str], section: str, letter: str) -> list[str]:
    """Return what the pages' lists link to, in their order."""
    return [name for text in pages for name in re.findall(rf'href="{P}/{section}/({letter}-\d+)"', text)]


@pytest.mark.parametrize("name", LISTS)
def test_every_page_is_small_for_everybody(browsers: dict[str, TestClient], name: str) -> None:
    for part, browser in browsers.items():
        if name == "ask" and part in ("other", "manager", "looker"):
            continue  # who may not ask
        answer = browser.get(LISTS[name])
        assert (part, answer.status_code) == (part, 200)
        assert len(answer.content) < MOST_BYTES, part


def test_the_pages_of_requests_show_every_one_once_newest_first_and_what_is_open_before_what_is_over(
    browsers: dict[str, TestClient], home: Home
) -> None:
    lines = tuple(reversed(request_lines(home)))
    due = [line.request.id for line in lines if line.became not in OVER]
    over = [line.request.id for line in lines if line.became in OVER]
    shown = {each: ids(turned(browsers["author"], f"{P}/requests?which={each}"), "requests", "Q") for each in Which}

    assert len(lines) == MANY.releases
    assert shown == {Which.OPEN: due, Which.OVER: over, Which.ALL: [*due, *over]}
    assert requests_page(home, Sought()).counts == {
        Which.OPEN: len(due), Which.OVER: len(over), Which.ALL: len(lines),
    }  # fmt: skip


def test_what_a_page_says_of_a_request_is_what_the_list_of_all_says(home: Home) -> None:
    lines = {line.request.id: line for line in request_lines(home)}

    shown = requests_page(home, Sought(Which.ALL), 2).lines.items
    assert [lines[line.request.id] for line in shown] == list(shown)


def test_requests_are_found_by_product_and_text_and_the_other_pages_keep_both(
    browsers: dict[str, TestClient], home: Home
) -> None:
    browser = browsers["stakeholder"]
    seventh = [r.id for r in home.load().record.requests.values() if r.product == "region_0007"]
    by_name, by_title = (
        browser.get(f"{P}/requests", params={"which": "all", "product": typed}).text
        for typed in ("region_0007", "sales of REGION 7")
    )
    assert sorted(ids([by_name], "requests", "Q")) == sorted(ids([by_title], "requests", "Q")) == sorted(seventh)
    assert ids([browser.get(f"{P}/requests?which=all&q=q-0042").text], "requests", "Q") == ["Q-0042"]
    pages = turned(browser, f"{P}/requests?which=all&q=sales")
    assert len(pages) == 4
    assert all('name="q" maxlength="200" value="sales"' in page for page in pages)
    assert "Nothing that was asked fits." in browser.get(f"{P}/requests?q=nowhere").text


def test_the_pages_of_releases_show_those_on_their_way_and_the_earlier_ones_once_each(
    browsers: dict[str, TestClient], home: Home
) -> None:
    record, browser = home.load().record, browsers["manager"]
    on_their_way = releases_page(home).on_their_way
    first = browser.get(f"{P}/releases").text
    shown = ids([first.partition("Earlier ones")[0]], "releases", "R")
    for number in range(2, on_their_way.pages + 1):
        shown += ids([browser.get(f"{P}/releases?page={number}").text], "releases", "R")
    assert shown == [release.id for release in record.open_releases()]
    earlier = ids([first.partition("Earlier ones")[2]], "releases", "R")
    earlier += ids([browser.get(f"{P}/releases?earlier=2").text], "releases", "R")
    ended = [r.id for r in record.releases.values() if r.announced or r.cancelled is not None]
    assert earlier == ended[::-1]


def test_the_releases_of_one_product_are_listed_alone(browsers: dict[str, TestClient], home: Home) -> None:
    text = browsers["owner"].get(f"{P}/releases?product=region_0027").text

    assert sorted(set(ids([text], "releases", "R"))) == sorted(home.load().record.by_product["region_0027"])


def test_my_work_shows_what_is_due_first_and_every_thing_on_one_of_its_pages(browsers: dict[str, TestClient]) -> None:
    pages = turned(browsers["author"], f"{P}/work")
    heading = re.search(r"<h1>(\d+) things wait for you", pages[0])
    items = [len(re.findall('<div class="what">', page)) for page in pages]

    assert heading
    assert sum(items) == int(heading[1]) > 20
    assert items[0] == 20
    assert f'hx-get="{P}/work?page=2"' in pages[1]
    assert "all that production serves" in pages[0]
    assert "What you wait for" not in pages[1]


def test_production_lists_every_product_once(browsers: dict[str, TestClient]) -> None:
    pages = turned(browsers["looker"], f"{P}/production")

    rows = [title for page in pages for title in re.findall(r'<th scope="row">([^<]+)</th>', page)]
    assert sorted(rows) == sorted(f"Sales of region {number}" for number in range(1, MANY.products + 1))


@pytest.mark.parametrize("address", [f"{P}/requests", f"{P}/releases", f"{P}/production", f"{P}/work"])
def test_a_page_beyond_the_end_says_so_and_leads_back(browsers: dict[str, TestClient], address: str) -> None:
    answer = browsers["author"].get(f"{address}?page=4000")

    assert answer.status_code == 200
    assert "There is no page 4,000 of" in answer.text
    assert "To the last page" in answer.text


@pytest.mark.parametrize("parameter", ["page", "earlier", "which", "product", "q"])
@pytest.mark.parametrize("address", ["requests", "releases", "production", "work", "products"])
def test_no_parameter_of_a_list_brings_the_server_down(
    browsers: dict[str, TestClient], address: str, parameter: str
) -> None:
    for text in HOSTILE:
        answer = browsers["author"].get(f"{P}/{address}", params={parameter: text})
        assert answer.status_code in (200, 409), text
        assert "<script>" not in answer.text.replace("<script src", "")
        assert len(answer.content) < MOST_BYTES


def test_what_cannot_be_looked_for_is_said_whole_beside_what_was_typed(browsers: dict[str, TestClient]) -> None:
    answer = browsers["author"].get(f"{P}/requests?which=x&product=regoin_0007&page=-1")

    assert answer.status_code == 409
    for words in ("expected one of open, over, all", "Did you mean region_0007", "expected the number of a page"):
        assert words in unescape(answer.text)
    assert 'value="regoin_0007"' in answer.text


def test_many_products_are_offered_while_somebody_types_and_few_bytes_go_over_the_wire(
    browsers: dict[str, TestClient],
) -> None:
    browser = browsers["stakeholder"]

    offered = re.findall('<option value="([^"]+)">', browser.get(f"{P}/products?product=region 2").text)
    assert offered == ["region_0002", *(f"region_00{number}" for number in range(20, 30))]
    assert len(re.findall("<option", browser.get(f"{P}/products").text)) == MANY.products <= MOST
    assert browser.get(f"{P}/products?product=nowhere").text.strip() == ""


def ask(browser: TestClient, **fields: str) -> tuple[int, str, str]:
    form = {
        "title": "T", "question": "Q?", "deliverable": "dashboard", "audience": "us", "needed_by": "2099-01-01",
        "acceptance": "right", **fields,
    }  # fmt: skip
    found = CSRF.search(browser.get("/account").text)
    assert found
    answer = browser.post(f"{P}/requests", data={"csrf": found[1], **form})
    return answer.status_code, answer.headers.get("location", ""), unescape(answer.text)


def test_something_is_asked_of_a_product_by_its_title_and_of_a_new_one_by_a_name(own_many: Site) -> None:
    portal = own_many.open()
    browser, door = visit(portal, WHO["stakeholder"]), portal.projects[PROJECT]

    for fields, product in (
        ({"product": "sales of region 12"}, "region_0012"),
        ({"product": "", "new_product": "weather"}, "weather"),
    ):
        code, address, _ = ask(browser, **fields)
        assert code == 303
        assert door.open(None).load().record.requests[address.rpartition("/")[2]].product == product
    code, _, text = ask(browser, product="sales of nowhere")
    assert code == 409
    assert "expected a product name" in text.lower()
    assert 'value="sales of nowhere"' in text


def test_what_somebody_did_is_there_at_once_though_it_is_remembered(own_many: Site) -> None:
    browser = visit(own_many.open(), WHO["stakeholder"])
    before = browser.get(f"{P}/work").text

    assert ask(browser, product="region_0001")[0] == 303
    after = browser.get(f"{P}/work").text
    assert "You asked" in after.partition("What you did")[2][:400]
    assert before != after


def test_who_has_no_role_sees_neither_list(home: Home) -> None:
    roleless = TEAMS["author"][0]
    stranger = Person(roleless.email, roleless.name, frozenset(), roleless.keys)
    for look in (releases_page, production_page):
        with pytest.raises(Denied):
            look(_as(home, stranger))
    with pytest.raises(Denied):
        requests_page(_as(home, stranger), Sought())


def _as(home: Home, person: Person) -> Home:
    return replace(home, person=person)


def test_whoever_asks_for_what_is_not_there_is_told_of_the_newest_alone(browsers: dict[str, TestClient]) -> None:
    for section, name in (("requests", "Q-9999"), ("releases", "R-9999")):
        answer = browsers["author"].get(f"{P}/{section}/{name}")
        assert answer.status_code == 409
        assert f"{name[0]}-0165." in answer.text
        assert f"{name[0]}-0001" not in answer.text
        assert "145 earlier ones" in answer.text

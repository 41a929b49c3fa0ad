"""A crawl as each role: every link and every form that only looks leads somewhere, and nothing falls over."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from starlette.testclient import TestClient

from faults.shop import ROLES, Shop
from portal.site import Site, visit
from portal.town import copy_of

LARGEST = 250
"""So many addresses are visited for one person."""

ALIKE = 12
"""So many addresses that differ in their parameters alone: a table's pages and filters have no end."""


@dataclass(slots=True)
class Links(HTMLParser):
    """What a page leads to: links, files that it loads, and forms that only look, filled in as they stand."""

    found: list[str] = field(default_factory=list)
    form: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    select: str = ""

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag leads to."""
        given = {name: value or "" for name, value in attrs}
        if tag in ("a", "link") and "href" in given:
            self.found.append(given["href"])
        if tag in ("script", "img", "iframe") and "src" in given:
            self.found.append(given["src"])
        if tag == "form" and given.get("method", "get") == "get":
            self.form, self.fields = given.get("action", ""), {}
        if tag == "input" and given.get("name"):
            self.fields[given["name"]] = given.get("value", "")
        if tag == "select":
            self.select = given.get("name", "")
        if tag == "option" and (self.select not in self.fields or "selected" in given):
            self.fields[self.select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """Send the form that ends here."""
        if tag == "form" and self.form is not None:
            self.found.append(f"{self.form}?{urlencode(self.fields)}")
            self.form = None


def links_of(text: str, address: str) -> list[str]:
    """Return the addresses of this portal to which a page leads, in its order."""
    page = Links()
    page.feed(text)
    whole = (urlsplit(urljoin(f"http://127.0.0.1{address}", link)) for link in page.found)
    return [each.path + (f"?{each.query}" if each.query else "") for each in whole if each.netloc == "127.0.0.1"]


def crawl(browser: TestClient) -> tuple[dict[str, int], dict[str, str]]:
    """Follow everything from the first page; return each address with its status, and the page that led there."""
    codes: dict[str, int] = {}
    led: dict[str, str] = {"/": ""}
    alike: dict[str, int] = {}
    waiting = deque(["/"])
    while waiting and len(codes) < LARGEST:
        address = waiting.popleft()
        answer = browser.get(address)
        codes[address] = answer.status_code
        if answer.status_code == 303:
            following = [answer.headers["location"]]
        elif answer.headers["content-type"].startswith("text/html") and "/pages/" not in address:
            following = links_of(answer.text, address)
        else:
            following = []
        for each in following:
            path = urlsplit(each).path
            if each not in led and alike.get(path, 0) < ALIKE:
                alike[path] = alike.get(path, 0) + 1
                led[each] = address
                waiting.append(each)
    return codes, led


@pytest.fixture(scope="module")
def town(busy: Shop, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return copy_of(busy, tmp_path_factory.mktemp("crawled") / "all")[1]


@pytest.mark.parametrize("person", ROLES)
def test_every_link_that_a_role_is_offered_leads_to_a_page_that_it_may_see(town: Site, person: str) -> None:
    codes, led = crawl(visit(town.open(), person))

    broken = {f"{address[:120]} on {led[address][:120]}": code for address, code in codes.items() if code >= 400}
    assert broken == {}
    sections = {"/p/town/work", "/p/town/requests", "/p/town/releases", "/p/town/audit", "/account"}
    assert sections <= codes.keys()
    assert {f"/p/town/releases/R-000{number}" for number in (1, 2, 3)} <= codes.keys()


def test_every_project_is_reached_by_the_switch(town: Site) -> None:
    browser = visit(town.open(), "carla")

    for name in ("town", "village"):
        assert browser.get(f"/go?project={name}").headers["location"] == f"/p/{name}/work"
        assert "The village" in browser.get(f"/p/{name}/work").text


def test_a_crawl_records_nothing(busy: Shop, tmp_path: Path) -> None:
    shop, site = copy_of(busy, tmp_path / "all")
    before = shop.do("audrey", "ledger", "verify").text

    crawl(visit(site.open(), "ben"))

    assert shop.do("audrey", "ledger", "verify").text == before

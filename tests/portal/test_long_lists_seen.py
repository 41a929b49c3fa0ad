"""Long lists in a real browser: with a screen reader, on a phone, by keyboard, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from fakes.busy_files import PROJECT
from portal.axe import barriers
from portal.browser import DESK, Window, window
from portal.many import WHO
from portal.site import Site, served

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(300)]

P = f"/p/{PROJECT}"
STATES = {
    "my work, many": f"{P}/work",
    "my work, the second page": f"{P}/work?page=2",
    "my work, beyond the end": f"{P}/work?page=9",
    "requests, the second page": f"{P}/requests?page=2",
    "requests, all, beyond the end": f"{P}/requests?which=all&page=9",
    "requests, nothing fits": f"{P}/requests?which=over&q=nowhere",
    "requests, with faults": f"{P}/requests?which=x&product=x&page=x",
    "releases, many": f"{P}/releases",
    "releases, earlier ones": f"{P}/releases?earlier=2",
    "production": f"{P}/production",
    "ask, many products": f"{P}/requests/new",
    "audit, many products": f"{P}/audit",
}


@pytest.fixture(scope="module")
def who(chromium: Browser, many: Site) -> Iterator[Window]:
    """Return an engineer's window; nothing on a page moves, so that colours are what they are at once."""
    with served(many.open()) as address:
        made = window(chromium, address, WHO["author"])
        made.page.emulate_media(reduced_motion="reduce")
        yield made
        made.context.close()


def at_a_desk(who: Window, address: str) -> Window:
    who.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    who.page.emulate_media(color_scheme="light")
    assert who.go(address) in (200, 409)
    return who


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing_on_a_long_list_which_never_scrolls_sideways(who: Window, name: str) -> None:
    assert barriers(at_a_desk(who, STATES[name]).page) == []


def test_products_are_offered_as_somebody_types_and_one_is_found_by_its_title(who: Window) -> None:
    page = at_a_desk(who, f"{P}/requests?which=all").page
    field = page.get_by_label("Product")

    field.focus()
    page.keyboard.type("region 33")
    expect(page.locator("#products option")).to_have_count(1)
    assert page.locator("#products option").get_attribute("value") == "region_0033"
    page.keyboard.type(" ")
    expect(page.locator("#products option")).to_have_count(1)
    with page.expect_response(lambda answer: "products" in answer.url):  # which would else be broken off, aloud
        field.fill("Sales of region 33")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert field.input_value() == "Sales of region 33"
    assert "Sales of region_0033" in who.text
    assert "Sales of region_0034" not in who.text


def test_the_other_pages_have_names_for_a_screen_reader_and_are_reached_by_keyboard(who: Window) -> None:
    page = at_a_desk(who, f"{P}/requests?page=1&q=sales").page

    pages = page.get_by_role("navigation", name="Pages of requests")
    pages.get_by_role("link", name="Next page of requests").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_label("Number or title").input_value() == "sales"
    assert pages.get_by_role("link", name="Previous page of requests").is_visible()
    assert "51 to 90 of 90" in pages.inner_text()


def test_a_product_is_typed_and_pages_are_turned_without_scripts(chromium: Browser, who: Window) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    context.add_cookies(who.context.cookies())  # type: ignore[arg-type]  # as the browser gave them
    page.goto(f"{who.address}{P}/releases")
    page.get_by_label("Product").fill("sales of region 27")
    page.get_by_role("button", name="Look").click()
    assert "R-0086" in page.locator("main").inner_text()
    assert "R-0087" not in page.locator("main").inner_text()
    page.goto(f"{who.address}{P}/work")
    page.get_by_role("link", name="Next page of what waits for you").click()
    assert "21 to 35 of 35" in page.locator("main").inner_text()
    context.close()


def test_no_long_list_complained(who: Window) -> None:
    assert who.complaints == []

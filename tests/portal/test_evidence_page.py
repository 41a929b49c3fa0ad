"""The evidence page in a real browser: nothing keeps people from it, it runs nothing, and it is whole when printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from core.documentation.evidence_cases import CASES, MANY, MIXED
from core.documentation.evidence_cases import page as written
from portal.axe import barriers
from portal.browser import DESK

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def opened(chromium: Browser) -> Page:
    return chromium.new_context(viewport={"width": DESK[0], "height": DESK[1]}).new_page()


def show(opened: Page, folder: Path, text: str) -> list[str]:
    """Open a page from its file, and return what the browser complained about."""
    path = folder / "evidence.html"
    path.write_bytes(text.encode())
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(path.as_uri())
    return said


@pytest.mark.parametrize("case", CASES)
def test_axe_finds_nothing_and_the_browser_complains_of_nothing(opened: Page, tmp_path: Path, case: str) -> None:
    said = show(opened, tmp_path, written(*CASES[case]))
    opened.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

    assert (barriers(opened), said) == ([], [])
    opened.context.close()


def test_failing_rows_open_without_a_script(opened: Page, tmp_path: Path) -> None:
    show(opened, tmp_path, written(MIXED))
    rows = opened.get_by_text("XXX")
    assert not rows.is_visible()

    opened.get_by_text("Some of these rows").click()

    assert rows.is_visible()
    opened.context.close()


def test_what_is_folded_is_printed_too(opened: Page, tmp_path: Path) -> None:
    show(opened, tmp_path, written(MIXED))
    opened.emulate_media(media="print")

    assert opened.get_by_text("XXX").evaluate("each => each.getBoundingClientRect().height") > 0
    opened.context.close()


def test_ten_thousand_rules_are_shown_within_seconds(opened: Page, tmp_path: Path) -> None:
    assert show(opened, tmp_path, written(MANY)) == []

    assert opened.locator("h1").inner_text().startswith("ontime_daily")
    assert opened.get_by_text("7,500 rules with nothing against them").count() == 1
    opened.context.close()

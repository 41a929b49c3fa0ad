"""The comparison page in a real browser, and its parts where somebody reviews a dataset in the portal."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from core.comparison.cases import CASES
from core.comparison.test_words import page as written
from faults.shop import PRODUCT, Shop
from portal.axe import barriers
from portal.browser import DESK
from portal.site import visit
from portal.town import copy_of


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("case", CASES)
def test_axe_finds_nothing_and_the_browser_complains_of_nothing(chromium: Browser, tmp_path: Path, case: str) -> None:
    path = tmp_path / "comparison.html"
    path.write_bytes(written(case).encode())
    said: list[str] = []
    opened = chromium.new_context(viewport={"width": DESK[0], "height": DESK[1]}).new_page()
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))

    opened.goto(path.as_uri())
    opened.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

    assert (barriers(opened), said) == ([], [])
    assert opened.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    opened.context.close()


def test_whoever_reviews_sees_row_by_row_what_differs_from_the_released_version(busy: Shop, tmp_path: Path) -> None:
    _, site = copy_of(busy, tmp_path / "all")

    answer = visit(site.open(), "ada").get(f"/p/town/releases/R-0002/review/comparison?subject=dataset:{PRODUCT}/daily")

    assert answer.status_code == 200
    assert "Row by row" in answer.text
    assert "the released version" in answer.text

"""What keeps people from a page: axe looks at it, at a desk and on a phone, in the light and in the dark."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Page

from portal.browser import PHONE

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def barriers(page: Page) -> list[str]:
    """Look at a page that is open at a desk and in the light; return each barrier with the elements that have it.

    It is left on a phone in the dark, where no page may be wider than the screen.
    """
    contrast = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    all_but_contrast = {"rules": {"color-contrast": {"enabled": False}}}  # colours are the same at every width
    found = _violations(page)
    page.emulate_media(color_scheme="dark")
    found += _violations(page, **contrast)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    if page.evaluate("[document.scrollingElement.scrollWidth, innerWidth]") != [PHONE[0], PHONE[0]]:
        found += [f"it scrolls sideways: {each}" for each in ["the page", *_wide(page)]]
    return found + _violations(page, **all_but_contrast)


def _violations(page: Page, **options: Any) -> list[str]:
    """Let axe look at a page; return each violation with the elements that have it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    told = {"runOnly": {"type": "tag", "values": _RULES}, "resultTypes": ["violations"], "iframes": False, **options}
    found = page.evaluate("options => axe.run(document, options)", told)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


def _wide(page: Page) -> list[str]:
    """Return what sticks out of a page, for the message."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(each => each.getBoundingClientRect().right > innerWidth + 1"
        " && !each.closest('.scroll, nav')).slice(0, 5).map(each => each.outerHTML.slice(0, 120))"
    )
    return found

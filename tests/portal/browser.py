"""A real browser for tests of the portal: Debian's Chromium driven by Playwright, a window for each person.

It reaches nothing but the portal on loopback, and it tells what pages complained about.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

from portal.site import PASSWORD

COMMAND = "chromium"
DESK = (1200, 860)
PHONE = (390, 844)
SECONDS = 30
"""How long a page may take, on a machine that is busy with something else."""

_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)  # fmt: skip
_ONLY_A_STATUS = "Failed to load resource: the server responded with a status of 4"
"""The console says so of every refusal; tests look at the answer itself."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser; it ends with the block."""
    path = shutil.which(COMMAND)
    environment: dict[str, str | float | bool] = {**os.environ, "TZ": "UTC"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS), env=environment)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True)
class Window:
    """One person's window.

    Attributes:
        address: of the portal.
        context: their cookies.
        page: what they look at.
        complaints: what the console, the scripts and the content security policy said, and every answer of 500 or more.
    """

    address: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def go(self, address: str) -> int:
        """Open a page and return the answer's status."""
        answer = self.page.goto(self.address + address)
        assert answer is not None
        return answer.status

    def post(self, address: str, fields: Mapping[str, str] | None = None) -> int:
        """Send a form of the page that is open to an address, past its buttons; return the answer's status."""
        token = self.page.locator("input[name=csrf]").first.input_value()
        form: dict[str, str | float | bool] = {"csrf": token, **(fields or {})}
        headers = {"origin": self.address}
        return self.context.request.post(self.address + address, form=form, headers=headers, max_redirects=0).status

    def status(self, address: str) -> int:
        """Ask for a page behind the window and return the answer's status."""
        return self.context.request.get(self.address + address, max_redirects=0).status

    def press(self, name: str) -> None:
        """Press a button of the page's content and wait for what it leads to."""
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str) -> None:
        """Follow a link and wait for the page."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()

    @property
    def text(self) -> str:
        """What the page's content says."""
        return self.page.locator("main").inner_text()

    def note(self, message: ConsoleMessage) -> None:
        """Keep what the console said, when it is a complaint."""
        if message.type in ("error", "warning") and not message.text.startswith(_ONLY_A_STATUS):
            self.complaints.append(f"{message.text} on {self.page.url}")

    def answered(self, answer: Response) -> None:
        """Keep an answer that is the server's own fault."""
        if answer.status >= 500:
            self.complaints.append(f"{answer.status} from {answer.url}")


def window(browser: Browser, address: str, person: str | None, size: tuple[int, int] = DESK) -> Window:
    """Open somebody's window, and sign them in with the form; None for nobody."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.set_default_timeout(SECONDS * 1000)
    made = Window(address, context, context.new_page())
    context.on("console", lambda message: made.note(message))  # noqa: PLW0108
    context.on("weberror", lambda error: made.complaints.append(str(error.error)))
    context.on("response", lambda answer: made.answered(answer))  # noqa: PLW0108
    if person is not None:
        made.go("/sign-in")
        made.page.fill("#email", f"{person}@example.org")
        made.page.fill("#password", PASSWORD.format(person=person))
        made.press("Sign in")
    return made

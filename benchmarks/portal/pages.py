"""Measures the portal's pages over a busy project: time at the server, first paint in Chromium, fifty people clicking.

The project is the one of ``benchmarks/portal/ledger.py``. The server is a process of its own, asked over loopback on
kept connections; it has read the ledger before anything is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import httpx2
from ledger import SIZES, make

from assay.identity.accounts import make_account, make_key
from assay.wiring_portal import init_portal, open_portal
from fakes.busy_files import PROJECT, TEAMS
from portal.site import ADMIN, PASSWORD, served_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

PEOPLE = [team[0] for team in TEAMS.values()]
TURNS = 40
CLICKERS = 50
CLICK_SECONDS = 60
_LINK = re.compile(r'href="(/[^"#]*)"')
_LEDGER_SECONDS = 1_200
"""How long the server may take until it has read the ledger."""


def accounts(root: Path, home: Path, address: str) -> None:
    """Make a portal over a project, with an account for one person of each team, and a key that it holds for them."""
    if not (home / "portal.yaml").exists():
        init_portal(home, address, {PROJECT: root})
    portal = open_portal(home)
    now = portal.clock.now()
    for person in PEOPLE:
        if portal.identity.accounts.get(person.email) is None:
            make_account(portal.identity, ADMIN, person, now)
            account = portal.identity.accounts.get(person.email)
            assert account is not None
            hashed = portal.identity.passwords.hash(PASSWORD.format(person=person.name))
            portal.identity.accounts.put(replace(account, password=hashed, must_change=False))
            roster = root / "people.yaml"
            key = make_key(portal.identity, ADMIN, person, now)
            entry = f"email: {person.email}\n"
            before, after = roster.read_text().split(entry)
            held = f"      - {{public: {key!r}, held-by: portal}}\n"
            roster.write_text(before + entry + after.replace("    keys:\n", f"    keys:\n{held}", 1))


@contextmanager
def server(home: Path, port: int) -> Iterator[None]:
    """Serve the portal in a process of its own until the block ends."""
    command = [sys.executable, "-m", "assay", "portal", "serve", "--home", str(home), "--port", str(port)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        while True:
            try:
                urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, "the server has ended"
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(20)


def signed_in(address: str, name: str, email: str) -> httpx2.Client:
    """Return somebody's connection, signed in."""
    client = httpx2.Client(base_url=address, timeout=_LEDGER_SECONDS)
    fields = {"email": email, "password": PASSWORD.format(person=name), "next": "/"}
    answer = client.post("/sign-in", data=fields)
    assert answer.status_code == 303, answer.status_code
    return client


def pages(client: httpx2.Client) -> dict[str, str]:
    """Return the pages to measure: what it is, and an address."""
    base = f"/p/{PROJECT}"
    listed = client.get(f"{base}/releases").text
    release = re.findall(rf'href="({base}/releases/R-\d+)"', listed)[0]
    requests = re.findall(rf'href="({base}/requests/Q-\d+)"', client.get(f"{base}/requests").text)
    return {
        "My work": f"{base}/work", "Requests": f"{base}/requests", **({"One request": requests[0]} if requests else {}),
        "Requests, searched": f"{base}/requests?which=all&q=region_0777", "Ask": f"{base}/requests/new",
        "Releases": f"{base}/releases", "One release": release, "Production": f"{base}/production",
        "Review": f"{release}/review", "Audit": f"{base}/audit", "Audit of a person": f"{base}/audit?person=nobody@x",
        "Account": "/account",
    }  # fmt: skip


def measure(client: httpx2.Client) -> None:
    """Print size and time of each page."""
    print(f"{'page':20} {'kB':>7} {'median ms':>10} {'95th ms':>9}")
    for name, address in pages(client).items():
        client.get(address)
        seconds, size = [], 0
        for _ in range(TURNS):
            start = time.perf_counter()
            answer = client.get(address)
            seconds.append(time.perf_counter() - start)
            assert answer.status_code == 200, (address, answer.status_code)
            size = len(answer.content)
        print(f"{name:20} {size / 1000:7.1f} {statistics.median(seconds) * 1000:10.1f} {_p95(seconds) * 1000:9.1f}")


def paint(address: str, cookies: dict[str, str]) -> None:
    """Print when Chromium first shows something of the first page."""
    import shutil

    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
        page = context.new_page()
        found = []
        for _ in range(5):
            page.goto(f"{address}/p/{PROJECT}/work")
            found.append(_painted(page) / 1000)
        browser.close()
    print(f"first contentful paint of My work: median {statistics.median(found) * 1000:.0f} ms")


def _painted(page: Page) -> float:
    """Return when a page was painted first, in milliseconds; the page's policy lets no script wait for it inside."""
    for _ in range(100):
        painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
        if painted is not None:
            return float(painted)
        page.wait_for_timeout(50)
    raise TimeoutError("nothing was painted within five seconds")


async def click(address: str, cookies: Sequence[dict[str, str]]) -> None:
    """Let people follow links at random, each as soon as the last page is there and was looked at for a moment."""
    until = time.monotonic() + CLICK_SECONDS
    seconds: list[float] = []
    kinds: dict[str, list[float]] = {}
    wrong: list[str] = []

    async def one(number: int) -> None:
        chance = random.Random(number)
        async with httpx2.AsyncClient(base_url=address, cookies=cookies[number % len(cookies)], timeout=60) as client:
            where = f"/p/{PROJECT}/work"
            while time.monotonic() < until:
                start = time.perf_counter()
                answer = await client.get(where)
                seconds.append(time.perf_counter() - start)
                kinds.setdefault(_kind(where), []).append(seconds[-1])
                if answer.status_code >= 500 or answer.status_code == 404:
                    wrong.append(f"{answer.status_code} {where}")
                links = [link for link in _LINK.findall(answer.text) if _is_page(link)]
                where = chance.choice(links or [f"/p/{PROJECT}/work"]).replace("&amp;", "&")
                await asyncio.sleep(chance.uniform(0.2, 1.0))

    await asyncio.gather(*(one(number) for number in range(CLICKERS)))
    print(
        f"{CLICKERS} people clicking for {CLICK_SECONDS} s: {len(seconds):,} pages, {len(wrong)} errors, "
        f"median {statistics.median(seconds) * 1000:.0f} ms, 95th {_p95(seconds) * 1000:.0f} ms"
    )
    for text in wrong[:5]:
        print(f"  {text}")
    for kind, took in sorted(kinds.items(), key=lambda one: -sum(one[1]))[:8]:
        middle, most = statistics.median(took) * 1000, max(took) * 1000
        print(f"  {kind:60} {len(took):5} median {middle:6.0f} ms, most {most:6.0f} ms")


def _kind(address: str) -> str:
    """Return which page an address is, whatever it is of."""
    return re.sub(r"/[RQ]-\d+", "/ID", address.partition("?")[0])


def _is_page(link: str) -> bool:
    return link.startswith(f"/p/{PROJECT}/") and not link.endswith((".tar", ".csv")) and ".csv?" not in link


def _p95(seconds: Sequence[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def main() -> None:
    """Make the project and the portal if they are not there, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="large")
    parser.add_argument("--dir", type=Path, required=True, help="where to make it; it is used again")
    given = parser.parse_args()
    root, home = given.dir / given.size, given.dir / f"{given.size}-portal"
    make(root, SIZES[given.size])
    port = served_port()
    address = f"http://127.0.0.1:{port}"
    accounts(root, home, address)
    with server(home, port):
        start = time.perf_counter()
        clients = [signed_in(address, person.name, person.email) for person in PEOPLE]
        clients[0].get(f"/p/{PROJECT}/work")
        clients[0].get(f"/p/{PROJECT}/audit")
        print(f"the first page, for which the ledger is read: {time.perf_counter() - start:.1f} s")
        for client in clients[1:]:
            client.get(f"/p/{PROJECT}/work")
        measure(clients[0])
        paint(address, dict(clients[0].cookies))
        asyncio.run(click(address, [dict(client.cookies) for client in clients]))


if __name__ == "__main__":
    main()

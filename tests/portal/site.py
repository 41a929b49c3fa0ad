"""A portal over a real project, for tests: people with accounts and keys that it holds, and how they come in."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import uvicorn
from starlette.testclient import TestClient

from assay.base.roles import Person, Role
from assay.identity.accounts import make_account, make_key
from assay.identity.denying import Caller
from assay.identity.portal import Portal
from assay.portal.app import build_app
from assay.wiring_portal import init_portal, open_portal
from fakes.passwords import QuickPasswords
from homes import only

ADDRESS = "http://127.0.0.1"
ADMIN = Caller(Person("root@example.org", "Root", frozenset({Role.ADMIN})))
PASSWORD = "some words for {person}"
CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class Site:
    """Where a portal and its project lie."""

    design: Path
    home: Path
    project: str

    def open(self, address: str = ADDRESS) -> Portal:
        """Open the portal, in the environment of tests."""
        with only({}):
            return replace(with_quick_passwords(open_portal(self.home)), address=address)


def make_site(design: Path, home: Path, project: str, people: tuple[str, ...]) -> Site:
    """Make a portal over a project, and everybody's account and key in it; the keys go into ``people.yaml``."""
    with only({}):
        init_portal(home, ADDRESS, {project: design})
        portal = with_quick_passwords(open_portal(home))
    now = portal.clock.now()
    keys = {}
    for name in people:
        person = Person(f"{name}@example.org", name, frozenset())
        keys[name] = make_key(portal.identity, ADMIN, person, now)
        make_account(portal.identity, ADMIN, person, now)
        account = portal.identity.accounts.get(person.email)
        assert account is not None
        hashed = portal.identity.passwords.hash(PASSWORD.format(person=name))
        assert portal.identity.accounts.put(replace(account, password=hashed, must_change=False)) is not None
    roster = design / "people.yaml"
    roster.write_text(with_keys(roster.read_text(), keys))
    return Site(design, home, project)


def with_quick_passwords(portal: Portal) -> Portal:
    """Let hundreds of sign-ins cost nothing; the real port is held to the same suite, and served by real processes."""
    return replace(portal, identity=replace(portal.identity, passwords=QuickPasswords()))


def with_keys(text: str, keys: dict[str, str]) -> str:
    """Return people.yaml with a key held by the portal in each person's entry."""
    for name, public in keys.items():
        pattern = rf"(email: {name}@.*?keys: \[)([^\]]*)\]"
        match = re.search(pattern, text, re.DOTALL)
        assert match, f"no entry of {name}"
        others = f"{match[2]}, " if match[2].strip() else ""
        held = f'{{public: "{public}", held-by: portal}}'
        text = text[: match.start()] + f"{match[1]}{others}{held}]" + text[match.end() :]
    return text


def visit(portal: Portal, person: str | None) -> TestClient:
    """Return somebody's browser, signed in; None for nobody's."""
    client = TestClient(build_app(portal), base_url=portal.address, follow_redirects=False)
    if person is not None:
        fields = {"email": f"{person}@example.org", "password": PASSWORD.format(person=person), "next": "/"}
        answer = client.post("/sign-in", data=fields)
        assert answer.status_code == 303, answer.text
    return client


def send(client: TestClient, page: str, action: str, **fields: str | list[str]) -> httpx2.Response:
    """Open a page, take its form's token, and send a form to an address."""
    found = CSRF.search(client.get(page).text)
    assert found, f"no form on {page}"
    return client.post(action, data={"csrf": found[1], **fields})


@contextmanager
def served(portal: Portal, listening: socket.socket | None = None) -> Iterator[str]:
    """Serve a portal on a port of loopback, in a thread; give its address. Without a socket the port is a free one."""
    listening = listening or socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    settings = uvicorn.Config(build_app(replace(portal, address=address)), log_level="warning", lifespan="off")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield address
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)
        listening.close()


def served_port() -> int:
    """Return a port of loopback that is free at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])

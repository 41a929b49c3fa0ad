"""A portal as it is served to a company: several processes of `assay portal serve` on PostgreSQL, for tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import yaml
from argon2 import PasswordHasher
from sqlalchemy import insert, select

from assay.stores.portal_tables import open_portal_database, portal_metadata
from assay.wiring_portal import open_portal
from homes import OURS, only
from portal.site import CSRF, PASSWORD, Site, served_port

STARTING_SECONDS = 90


def move_database(site: Site, url: str, **settings: str) -> None:
    """Let a portal keep what it knows elsewhere: accounts and keys go along."""
    path = site.home / "portal.yaml"
    told = yaml.safe_load(path.read_text())
    before = open_portal_database(f"sqlite:///{site.home / 'portal.db'}")
    after = open_portal_database(url)
    for name in ("accounts", "keys"):
        table = portal_metadata.tables[name]
        with before.connect() as source, after.begin() as target:
            target.execute(insert(table), [dict(row) for row in source.execute(select(table)).mappings()])
    path.write_text(yaml.safe_dump({**told, "database": url, **settings}))


@dataclass(frozen=True, slots=True)
class Served:
    """A running portal.

    Attributes:
        address: where its workers listen.
        process: their supervisor.
    """

    address: str
    process: subprocess.Popen[bytes]

    def workers(self) -> list[int]:
        """Return the ids of the processes that answer, the eldest first."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [pid for pid in map(int, path.read_text().split()) if b"spawn_main" in _command(pid)]

    @contextmanager
    def alone(self, worker: int) -> Iterator[None]:
        """Let one worker answer alone, while the block runs; the others stand still."""
        others = [pid for pid in self.workers() if pid != worker]
        for pid in others:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in others:
                os.kill(pid, signal.SIGCONT)

    def browser(self, **cookies: str) -> httpx2.Client:
        """Return a browser; each of its requests comes by a connection of its own."""
        limits = httpx2.Limits(max_keepalive_connections=0)
        return httpx2.Client(base_url=self.address, cookies=cookies, limits=limits, timeout=60)

    def enter(self, person: str, password: str | None = None) -> httpx2.Client:
        """Return somebody's browser, signed in."""
        client = self.browser()
        fields = {"email": f"{person}@example.org", "password": password or PASSWORD.format(person=person), "next": "/"}
        answer = client.post("/sign-in", data=fields)
        assert answer.status_code == 303, answer.text
        return client

    def program(self, secret: str) -> httpx2.Client:
        """Return a program that brings a token."""
        client = self.browser()
        client.headers["authorization"] = f"Bearer {secret}"
        return client


def csrf_of(client: httpx2.Client, page: str) -> str:
    """Return what a form on a page carries against forgery."""
    found = CSRF.search(client.get(page).text)
    assert found, f"no form on {page}"
    return found[1]


@contextmanager
def serving(site: Site, *options: str, workers: int = 3, port: int | None = None) -> Iterator[Served]:
    """Serve a portal by its command; the processes end with the block."""
    _really_hash(site)
    port = port or served_port()
    command = [sys.executable, "-m", "assay", "portal", "serve", "--home", str(site.home), "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if not OURS.fullmatch(name)}
    with (site.home / "served.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--workers", str(workers), *options], env=environment, cwd="/", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
        )  # fmt: skip
    served = Served(f"http://127.0.0.1:{port}", process)
    try:
        _await(served, workers)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # the session that was started above, and nobody else's
            process.wait()


def _really_hash(site: Site) -> None:
    """Give everybody a password that a process understands: argon2 too, but so weak that it takes no time to write."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with only({}):
        accounts = open_portal(site.home).identity.accounts
    for account in accounts.all():
        password = PASSWORD.format(person=account.email.partition("@")[0])
        assert accounts.put(replace(account, password=hasher.hash(password))) is not None


def _await(served: Served, workers: int) -> None:
    """Come back when as many workers answer as were asked for, each by itself."""
    ends = time.monotonic() + STARTING_SECONDS
    while workers > 1 and len(served.workers()) < workers:
        _check(served, ends)
    for worker in served.workers() if workers > 1 else [served.process.pid]:
        while not _answers(served, worker):
            _check(served, ends)


def _answers(served: Served, worker: int) -> bool:
    if worker == served.process.pid:
        return _is_up(served)
    with served.alone(worker):
        return _is_up(served)


def _is_up(served: Served) -> bool:
    try:
        return httpx2.get(f"{served.address}/sign-in", timeout=1).status_code == 200
    except httpx2.HTTPError:
        return False


def _check(served: Served, ends: float) -> None:
    assert served.process.poll() is None, "the portal did not start"
    assert time.monotonic() < ends, "the portal does not answer"
    time.sleep(0.1)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def each(served: Served, addresses: Sequence[str], client: httpx2.Client) -> list[list[int]]:
    """Ask every worker for some pages; return the statuses, a list a worker."""
    found = []
    for worker in served.workers():
        with served.alone(worker):
            found.append([client.get(address).status_code for address in addresses])
    return found

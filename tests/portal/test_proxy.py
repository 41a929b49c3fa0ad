"""Behind a proxy: TLS ends there, and who asks, how much and for how long is what the portal was told to believe."""

from __future__ import annotations

import getpass
import os
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import yaml

from assay.identity.portal import Portal
from assay.portal.security import BODY_BYTES, UPLOAD_BYTES
from certificates import write_certificate
from faults.shop import Shop
from house import ROOT
from portal.calls import TOWN, token_of
from portal.site import PASSWORD, Site, served_port
from portal.town import ask, copy_of
from portal.workers import Served, serving
from programs import found

pytestmark = [pytest.mark.needs("nginx"), pytest.mark.timeout(180)]
BESIDE = "127.0.0.2"
"""Another address of this machine, from which somebody asks."""

UNKEPT = httpx2.Limits(max_keepalive_connections=0)

PAGE = ROOT / "docs" / "serving.md"


@dataclass(frozen=True, slots=True)
class Behind:
    """A portal behind nginx.

    Attributes:
        address: under which people reach it.
        served: the portal itself, which nobody should reach.
        certificate: in which browsers believe.
    """

    address: str
    served: Served
    certificate: Path

    def browser(self, **headers: str) -> httpx2.Client:
        """Return somebody's browser, at the address `BESIDE`."""
        trusted = ssl.create_default_context(cafile=str(self.certificate))
        way = httpx2.HTTPTransport(verify=trusted, local_address=BESIDE, limits=UNKEPT)
        return httpx2.Client(base_url=self.address, transport=way, headers=headers, timeout=30)


def settings_of(page: str, port: int, upstream: str, folder: Path) -> str:
    """Return what the page tells people to write for nginx, for a server of our own in a folder."""
    block = page.split("```nginx\n")[1].split("```", maxsplit=1)[0]
    changes = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "/etc/ssl/assay.pem": f"{folder}/certificate.pem",
        "/etc/ssl/private/assay.key": f"{folder}/key.pem",
        "http://127.0.0.1:8300": upstream,
        "server_name assay.example.org;": "server_name 127.0.0.1;",
    }
    for ours, theirs in changes.items():
        assert ours in block, f"the page does not say {ours}"
        block = block.replace(ours, theirs)
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""  # its workers write to the folder of this test
    return (
        f"{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{block}}}\n"
    )


@contextmanager
def nginx(folder: Path, settings: str) -> Iterator[None]:
    """Run nginx with some settings, as long as the block runs."""
    (folder / "nginx.conf").write_text(settings)
    program = found("nginx")
    assert program is not None
    process = subprocess.Popen([program, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"])
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture(scope="module")
def town(pristine: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, Site]:
    return copy_of(pristine, tmp_path_factory.mktemp("proxy") / "all")


@pytest.fixture(scope="module")
def behind(town: tuple[Shop, Site], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder, site, port = tmp_path_factory.mktemp("nginx"), town[1], served_port()
    write_certificate(folder / "certificate.pem", folder / "key.pem")
    address, path = f"https://127.0.0.1:{port}", site.home / "portal.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "address": address}))
    with serving(site, "--proxy", "127.0.0.1", workers=1) as served:
        settings = settings_of(PAGE.read_text(), port, served.address, folder)
        with nginx(folder, settings):
            found_behind = Behind(address, served, folder / "certificate.pem")
            _await(found_behind)
            yield found_behind


def _await(behind: Behind) -> None:
    ends = time.monotonic() + 30
    while True:
        try:
            assert behind.browser().get("/sign-in").status_code == 200
        except httpx2.TransportError:
            assert time.monotonic() < ends, "nginx does not answer"
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="module")
def portal(town: tuple[Shop, Site], behind: Behind) -> Portal:
    return town[1].open(behind.address)


def enter(client: httpx2.Client, person: str = "carla", password: str | None = None) -> httpx2.Response:
    fields = {"email": f"{person}@example.org", "password": password or PASSWORD.format(person=person), "next": "/"}
    return client.post("/sign-in", data=fields)


def test_the_cookie_is_bound_to_the_host_and_to_tls(behind: Behind) -> None:
    client = behind.browser(origin=behind.address)
    answer = enter(client)

    assert answer.status_code == 303, answer.text
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-assay=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "Path=/"))
    assert answer.headers["strict-transport-security"]
    assert client.get("/p/town/work").status_code == 200


def test_a_form_of_another_site_is_refused_behind_a_proxy_too(behind: Behind) -> None:
    assert enter(behind.browser(origin="https://evil.example")).status_code == 403


@pytest.mark.parametrize(
    "lies", [{}, {"x-forwarded-for": "203.0.113.9"}, {"x-forwarded-for": "203.0.113.9, 127.0.0.1", "x-real-ip": "::1"}]
)
def test_a_denial_names_who_asked_the_proxy_whatever_they_say_of_themselves(
    behind: Behind, portal: Portal, lies: dict[str, str]
) -> None:
    assert enter(behind.browser(**lies), "dora", "no such words at all").status_code == 403

    assert portal.identity.denials.newest(1)[0].address == BESIDE
    portal.identity.attempts.clear("dora@example.org")


def test_who_goes_past_the_proxy_is_not_believed(behind: Behind, portal: Portal) -> None:
    way = httpx2.HTTPTransport(local_address=BESIDE)
    with httpx2.Client(base_url=behind.served.address, transport=way, headers={"x-forwarded-for": "203.0.113.9"}) as by:
        assert enter(by, "ben", "no such words at all").status_code == 403

    assert portal.identity.denials.newest(1)[0].address == BESIDE


def test_news_come_through_the_proxy_at_once(behind: Behind, town: tuple[Shop, Site]) -> None:
    client = behind.browser()
    enter(client)
    with client.stream("GET", "/p/town/changes") as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        ask(town[0], "News")
        began = time.monotonic()
        told = next(line for line in lines if line)

    assert told == "event: changed"
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("where", "size"),
    [("requests", BODY_BYTES + 1_000), ("requests", 5 * BODY_BYTES), ("ledger/imports", 2 * UPLOAD_BYTES)],
    ids=["at the portal", "at the proxy", "a file"],
)
def test_a_body_that_is_too_large_is_refused_at_one_of_the_two(
    behind: Behind, portal: Portal, where: str, size: int
) -> None:
    client = behind.browser(authorization=f"Bearer {token_of(portal, 'ada').secret}")

    assert client.post(f"{TOWN}/{where}", content=b"x" * size).status_code == 413
    assert client.get(f"{TOWN}/work").status_code == 200


def test_a_file_that_is_larger_than_a_form_comes_through(behind: Behind, portal: Portal) -> None:
    client = behind.browser(authorization=f"Bearer {token_of(portal, 'ada').secret}")

    assert client.post(f"{TOWN}/ledger/imports", content=b"x" * 5 * BODY_BYTES).status_code == 409

"""The `Notifier` port, and what Apprise says to a real post office on loopback."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import cast

import pytest

from assay.base.errors import AssayError
from assay.base.telling import Channel, Letter, Notifier
from assay.connectors.notifications import AppriseNotifier
from fakes.telling import PostOffice
from ports.post_office import PASSWORD, PostOfficeServer

CARLA = "carla@example.org"
LETTER = Letter("Look", "Hello Carla,\n\nhttp://127.0.0.1/p\n", "<p>Hello <b>Carla</b>,</p><p>http://127.0.0.1/p</p>")
SECRET = "x7-hush-hush"


@pytest.fixture
def office() -> Iterator[PostOfficeServer]:
    with PostOfficeServer() as served:
        yield served


def notifier(address: str, **variables: str) -> AppriseNotifier:
    return AppriseNotifier([Channel("mail", address)], variables)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return cast(str, found.get_content())


@pytest.fixture(params=["apprise", "fake"])
def make(request: pytest.FixtureRequest, office: PostOfficeServer) -> Callable[[bool], Notifier]:
    """Return what makes a notifier whose one channel ``mail`` is open or shut."""

    def make(is_open: bool) -> Notifier:
        if request.param == "fake":
            return PostOffice(closed=set() if is_open else {"mail"})
        return notifier(
            office.address() if is_open else f"mailto://127.0.0.1:{closed_port()}?from=assay@example.org&to={{email}}"
        )

    return make


def test_a_channel_that_is_open_takes_a_letter(make: Callable[[bool], Notifier]) -> None:
    assert make(True).send("mail", CARLA, LETTER)


def test_a_channel_that_is_shut_takes_none_and_raises_nothing(make: Callable[[bool], Notifier]) -> None:
    assert not make(False).send("mail", CARLA, LETTER)


def test_channels_are_known_by_their_names(make: Callable[[bool], Notifier]) -> None:
    assert list(make(True).channels) == ["mail"]


def test_an_email_with_a_comma_is_refused(make: Callable[[bool], Notifier]) -> None:
    with pytest.raises(AssayError):
        make(True).send("mail", "carla,smith@example.org", LETTER)


def test_a_mail_reaches_its_reader_alone_as_plain_text_and_as_html(office: PostOfficeServer) -> None:
    assert notifier(office.address()).send("mail", CARLA, LETTER)
    [(recipients, message)] = office.box.letters
    assert recipients == [CARLA]
    assert message["To"] == CARLA
    assert message["Subject"] == "Look"
    assert part(message, "html").strip() == LETTER.html
    assert part(message, "plain").split() == LETTER.text.split()


def test_a_title_of_several_lines_makes_no_header(office: PostOfficeServer) -> None:
    title = "Look\r\nBcc: mallory@example.org\r\n\r\n<script>"
    assert notifier(office.address()).send("mail", CARLA, Letter(title, "text", "<p>text</p>"))
    [(recipients, message)] = office.box.letters
    assert recipients == [CARLA]
    assert message["Bcc"] is None
    assert message["Subject"] == "Look Bcc: mallory@example.org <script>"


@pytest.mark.parametrize(
    "email",
    [
        "a@example.org,mallory@example.org",
        "a@example.org&to=mallory@example.org",
        "a@b\r\nRCPT TO:<m@x>",
        "",
        "a",
        "a@",
    ],
)
def test_an_email_that_is_more_than_one_reaches_nobody(office: PostOfficeServer, email: str) -> None:
    try:
        sent = notifier(office.address()).send("mail", email, LETTER)
    except AssayError:
        sent = False
    assert not sent or [to for recipients, _ in office.box.letters for to in recipients] == [email]
    assert not any("mallory@example.org" in recipients for recipients, _ in office.box.letters)


def test_an_email_with_signs_of_an_address_stays_itself(office: PostOfficeServer) -> None:
    assert notifier(office.address()).send("mail", "ann+shop@example.org", LETTER)
    assert office.box.letters[0][0] == ["ann+shop@example.org"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")  # loopback has none
def test_a_password_with_signs_of_an_address_opens_the_post_office() -> None:
    with PostOfficeServer(asks_password=True) as office:
        assert notifier(office.address("portal:${SMTP_PASSWORD}@"), SMTP_PASSWORD=PASSWORD).send("mail", CARLA, LETTER)
        assert not notifier(office.address("portal:${SMTP_PASSWORD}@"), SMTP_PASSWORD="wrong").send(
            "mail", CARLA, LETTER
        )
    assert len(office.box.letters) == 1


def test_a_whole_address_may_stand_in_a_variable(office: PostOfficeServer) -> None:
    address = office.address().replace("{email}", "room@example.org")
    assert notifier("${ROOM}", ROOM=address).send("mail", CARLA, LETTER)
    assert office.box.letters[0][0] == ["room@example.org"]


def test_a_mailbox_that_is_refused_is_no_letter(office: PostOfficeServer) -> None:
    office.box.unknown.add(CARLA)
    assert not notifier(office.address()).send("mail", CARLA, LETTER)


@pytest.mark.parametrize(
    "address",
    ["nothing://${HUSH}", "${HUSH}", f"mailto:{SECRET}", f"{SECRET}://a:b@host", "mailto://${MISSING}@host", "${"],
)
def test_a_fault_of_an_address_names_the_channel_and_no_secret(address: str) -> None:
    with pytest.raises(AssayError, match="tell: mail") as refused:
        notifier(address, HUSH=SECRET)
    assert SECRET not in str(refused.value)


def test_two_channels_of_one_name_are_refused() -> None:
    with pytest.raises(AssayError, match="a name of its own"):
        AppriseNotifier([Channel("mail", "mailto://a@b.org"), Channel("mail", "mailto://c@d.org")], {})


def test_no_log_names_a_secret(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    address = f"mailto://portal:{SECRET}@127.0.0.1:{closed_port()}?from=assay@example.org&to={{email}}"
    with caplog.at_level(logging.DEBUG):
        assert not notifier(address).send("mail", CARLA, LETTER)
    out = capfd.readouterr()
    assert SECRET not in caplog.text + out.out + out.err
    assert SECRET not in repr(Channel("mail", address))


def test_a_chat_gets_the_plain_text() -> None:
    with chat_room() as (address, heard):
        assert notifier(address).send("mail", CARLA, LETTER)
    assert [(said["title"], said["message"]) for said in heard] == [(LETTER.title, LETTER.text.strip())]


@contextmanager
def chat_room() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Serve a stand-in for a chat's web hook on loopback; give its address and what it heard."""
    heard: list[dict[str, str]] = []

    class Room(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's own name
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # the library's own name
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Room) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"json://127.0.0.1:{server.server_port}/room", heard
        finally:
            server.shutdown()
            thread.join()

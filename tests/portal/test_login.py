"""Logging in at a terminal: where the token lies, and commands that act through a portal that is really served."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from assay.actions.home import Home
from assay.base.accounts import Principal
from assay.base.roles import Action
from assay.cli.login import login
from assay.cli.through import OFFERED
from assay.connectors.clocks import FixedClock
from assay.identity.portal import Door, Portal
from assay.identity.tokens import revoke_token
from assay.lifecycle.statements import Kind
from faults.shop import PRODUCT, Shop
from homes import Ran, assay
from portal.calls import caller_of, token_of
from portal.site import Site, served
from portal.town import copy_of

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""What time it is at the shop's terminals; so it is in the portal."""

ASKING = (
    "--product", PRODUCT, "--title", "From afar", "--question", "How much?", "--deliverable", "dashboard",
    "--audience", "Us", "--needed-by", "2099-12-31", "--acceptance", "All shops",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Morning:
    """The `Door` to the shop on that morning."""

    door: Door

    @property
    def name(self) -> str:
        return self.door.name

    def open(self, principal: Principal | None) -> Home:
        return replace(self.door.open(principal), clock=FixedClock(MORNING))


@dataclass(frozen=True, slots=True)
class Terminal:
    """Somebody's terminal far from the project."""

    configuration: Path
    origin: str

    def run(self, *arguments: str | Path, **environment: str | Path) -> Ran:
        return assay(*arguments, XDG_CONFIG_HOME=self.configuration, **environment)

    def do(self, *arguments: str | Path) -> str:
        """Run a command through the portal; it has to succeed."""
        ran = self.run(*arguments, ASSAY_REMOTE=self.origin)
        assert ran.code == 0, ran.text
        return ran.out

    @property
    def logins(self) -> Path:
        return self.configuration / "assay" / "logins.json"

    def log_in(self, secret: str) -> Ran:
        """Log in with a token in a file."""
        self.configuration.mkdir(parents=True, exist_ok=True)
        file = self.configuration / "token.txt"
        file.write_text(secret + "\n")
        return self.run("login", self.origin, "--token-file", file)


@pytest.fixture(scope="module")
def town(pristine: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a shop with a request and an open release whose contracts wait for approval."""
    shop, _ = copy_of(pristine, tmp_path_factory.mktemp("far") / "all")
    shop.do("carla", "request", "new", *ASKING)
    shop.do("ada", "request", "comment", "Q-0001", "Which shops?")
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0001")
    shop.do("ada", "assess")
    return shop


@pytest.fixture(scope="module")
def portal(town: Shop) -> Portal:
    portal = Site(town.design, town.root / "portal", "town").open()
    return replace(portal, projects={name: Morning(door) for name, door in portal.projects.items()})


@pytest.fixture(scope="module")
def origin(portal: Portal) -> Iterator[str]:
    with served(portal) as address:
        yield address


@pytest.fixture(scope="module")
def terminals(portal: Portal, origin: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Terminal]:
    """Return terminals at which people have logged in."""
    made = {name: Terminal(tmp_path_factory.mktemp(name), origin) for name in ("ada", "carla", "dora", "rita")}
    for name, terminal in made.items():
        assert terminal.log_in(token_of(portal, name).secret).code == 0
    return made


@pytest.fixture
def stranger(origin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return a terminal outside every project, where nobody has logged in."""
    here = tmp_path / "nothing here"
    here.mkdir()
    monkeypatch.chdir(here)
    return Terminal(tmp_path / "configuration", origin)


def after_the_head(text: str) -> str:
    return text[text.index("\nNeeds me") :]


def test_a_token_is_checked_and_kept_where_its_owner_alone_reads(portal: Portal, stranger: Terminal) -> None:
    made = token_of(portal, "carla", {Action.LEDGER_READ})
    ran = stranger.log_in(made.secret)

    assert ran.code == 0
    assert "carla@example.org acts through" in ran.out
    assert made.secret not in ran.text
    assert json.loads(stranger.logins.read_text()) == {stranger.origin: made.secret}
    assert stat.S_IMODE(stranger.logins.stat().st_mode) == 0o600
    assert stat.S_IMODE(stranger.logins.parent.stat().st_mode) == 0o700
    assert [path.name for path in stranger.logins.parent.iterdir()] == ["logins.json"]


def test_the_token_is_asked_for_and_not_shown_while_it_is_typed(portal: Portal, stranger: Terminal) -> None:
    secret = token_of(portal, "carla").secret
    environment = {"XDG_CONFIG_HOME": str(stranger.configuration)}

    ran = CliRunner(env=environment).invoke(login, [stranger.origin], input=f"{secret}\n")

    assert ran.exit_code == 0, ran.output
    assert secret not in ran.output
    assert secret in stranger.logins.read_text()


@pytest.mark.parametrize("secret", ["assay_" + "x" * 43, "two words", "", "assay_é"])
def test_a_token_that_opens_nothing_is_not_kept(secret: str, stranger: Terminal) -> None:
    ran = stranger.log_in(secret)

    assert ran.code == 1
    assert not stranger.logins.exists()


def test_logging_out_forgets_the_token(portal: Portal, stranger: Terminal) -> None:
    stranger.log_in(token_of(portal, "carla").secret)

    assert stranger.run("logout", stranger.origin).code == 0
    assert json.loads(stranger.logins.read_text()) == {}
    assert stranger.run("logout", stranger.origin).code == 1
    assert "assay login" in stranger.run("status", ASSAY_REMOTE=stranger.origin).err


@pytest.mark.parametrize(
    "command",
    [
        ("next",), ("status", "R-0001"), ("request", "list"), ("request", "show", "Q-0001"), ("release", "list"),
        ("release", "show", "R-0001"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_the_answer_is_printed_as_in_the_projects_folder(
    command: tuple[str, ...], town: Shop, terminals: dict[str, Terminal]
) -> None:
    assert terminals["carla"].do(*command) == town.do("carla", *command).out


def test_status_says_through_what_one_looks_and_else_the_same(town: Shop, terminals: dict[str, Terminal]) -> None:
    there, here = terminals["carla"].do("status"), town.do("carla", "status").out

    assert there.startswith("carla <carla@example.org>, stakeholder; town (through http://127.0.0.1:")
    assert after_the_head(there) == after_the_head(here)


def test_a_request_is_asked_talked_about_and_cancelled_from_afar(terminals: dict[str, Terminal]) -> None:
    said = terminals["carla"].do("request", "new", *ASKING)
    name = said.partition(":")[0]

    assert said == f"{name}: From afar (for {PRODUCT}, needed by 2099-12-31).\n"
    assert "is recorded" in terminals["ada"].do("request", "comment", name, "Why?")
    assert terminals["dora"].do("request", "cancel", name, "--reason", "Not now") == f"{name} is cancelled.\n"
    assert "cancelled: Not now" in terminals["ada"].do("request", "show", name)


def test_a_request_in_a_file_is_asked_and_its_faults_are_named_by_line(
    terminals: dict[str, Terminal], tmp_path: Path
) -> None:
    file = tmp_path / "wish.yaml"
    file.write_text("title: From a file\nneeded_by: soon\n")
    ran = terminals["carla"].run("request", "new", "--file", file, ASSAY_REMOTE=terminals["carla"].origin)

    assert ran.code == 1
    assert "wish.yaml:2" in ran.err
    assert "wish.yaml: question" in ran.err


def test_faults_from_afar_are_named_by_option_and_nothing_is_recorded(
    town: Shop, terminals: dict[str, Terminal]
) -> None:
    before = terminals["carla"].do("request", "list")
    ran = terminals["carla"].run("request", "new", "--title", "x", ASSAY_REMOTE=terminals["carla"].origin)

    assert ran.code == 1
    assert ran.err == town.run("carla", "request", "new", "--title", "x").err
    assert terminals["carla"].do("request", "list") == before


def test_a_sign_off_from_afar_is_signed_with_the_key_that_the_portal_holds(
    portal: Portal, terminals: dict[str, Terminal]
) -> None:
    said = terminals["dora"].do("signoff", "--on", "daily")

    assert said == "dora@example.org approved daily at contract.approved-by-owner.\n"
    signed = portal.projects["town"].open(None).load().record.statements[-1].statement
    assert (signed.kind, signed.holder, signed.authenticated["method"]) == (Kind.APPROVED, "portal", "token")


def test_a_rejection_from_afar_is_withdrawn_with_the_command_that_it_prints(terminals: dict[str, Terminal]) -> None:
    rejected = terminals["carla"].do("signoff", "R-0001", "--on", "weekly", "--reject", "--reason", "Which?")
    assert "rejected weekly at contract.approved-by-stakeholder: Which?" in rejected
    digest = rejected.partition("--withdraw ")[2].split()[0]

    withdrawn = terminals["carla"].do("signoff", "R-0001", "--withdraw", digest, "--reason", "Those of the calendar")
    assert "carla@example.org withdrawn weekly" in withdrawn
    none = ("signoff", "R-0001", "--withdraw", "none", "--reason", "x")
    ran = terminals["carla"].run(*none, ASSAY_REMOTE=terminals["carla"].origin)
    assert (ran.code, f"Rejections: {digest}." in ran.err) == (1, True)


def test_what_is_not_mine_to_do_is_said_as_in_the_projects_folder(town: Shop, terminals: dict[str, Terminal]) -> None:
    cancel = ("request", "cancel", "Q-0001", "--reason", "x")
    ran = terminals["ada"].run(*cancel, ASSAY_REMOTE=terminals["ada"].origin)

    assert ran.code == 1
    assert ran.err == town.run("ada", *cancel).err


def test_a_release_is_opened_and_cancelled_from_afar_in_the_same_words(
    town: Shop, terminals: dict[str, Terminal]
) -> None:
    opened = terminals["ada"].do("release", "new", PRODUCT, "--request", "Q-0001")
    name = opened.partition(" ")[0]
    cancelled = terminals["ada"].do("release", "cancel", name, "--reason", "Not now")

    again = town.do("ada", "release", "new", PRODUCT, "--request", "Q-0001").out
    after = again.partition(" ")[0]
    assert opened == again.replace(after, name)
    ended = town.do("ada", "release", "cancel", after, "--reason", "Not now").out
    assert cancelled == ended.replace(after, name)


@pytest.mark.parametrize(
    "command",
    [
        ("release", "order", "R-0001", "--out", "order.tar"), ("bundle", "build", "R-0001", "--out", "bundle.tar"),
        ("release", "rollback", PRODUCT, "--reason", "x", "--out", "back.tar"), ("feedback", "ask", "R-0001"),
        ("feedback", "give", "R-0001", "--text", "Good"), ("release", "cancel", "R-0001", "--reason", " "),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_cannot_be_done_yet_is_refused_in_the_same_words(
    command: tuple[str, ...], town: Shop, terminals: dict[str, Terminal], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    for person in ("ada", "carla", "rita"):
        ran = terminals[person].run(*command, ASSAY_REMOTE=terminals[person].origin)

        assert ran.code == 1
        assert ran.err == town.run(person, *command).err
    assert list(tmp_path.iterdir()) == []


def test_the_ledger_is_verified_exported_and_taken_in_from_afar(
    town: Shop, terminals: dict[str, Terminal], tmp_path: Path
) -> None:
    ada, here, there = terminals["ada"], tmp_path / "here", tmp_path / "there"
    assert ada.do("ledger", "verify") == town.do("ada", "ledger", "verify").out
    said = ada.do("ledger", "export", "--out", there)
    assert said.replace("there", "here") == town.do("ada", "ledger", "export", "--out", here).out
    assert there.read_bytes() == here.read_bytes()
    assert ada.do("ledger", "import", there) == town.do("ada", "ledger", "import", there).out


def test_what_was_signed_from_afar_is_written_as_a_file_for_another_home(
    town: Shop, terminals: dict[str, Terminal], tmp_path: Path
) -> None:
    file = tmp_path / "signed.json"
    said = terminals["dora"].do("signoff", "R-0001", "--on", "best", "--out", file)

    words = f"Written to {file}; the other side takes it in with: assay ledger import signed.json"
    assert " ".join(said.split()).endswith(words)
    assert "0 new statements; 1 statement known already" in town.do("ada", "ledger", "import", file).out


def test_a_file_that_is_no_answer_is_refused_from_afar_by_its_name(
    terminals: dict[str, Terminal], tmp_path: Path
) -> None:
    (tmp_path / "noise.tar").write_bytes(b"noise")
    ran = terminals["ada"].run("ledger", "import", tmp_path / "noise.tar", ASSAY_REMOTE=terminals["ada"].origin)

    assert ran.code == 1
    assert ran.err.startswith("noise.tar\n")


def test_whoever_is_away_names_somebody_from_afar_and_ends_it(terminals: dict[str, Terminal], tmp_path: Path) -> None:
    days = ("--from", "2026-03-02", "--until", "2026-03-04")
    told = terminals["dora"].do(
        "delegate", "rita@example.org", *days, "--gate", "approved-by-owner", "--reason", "On leave", "--out",
        tmp_path / "leave.json",
    )  # fmt: skip
    assert told.startswith("rita@example.org signs off for you until 2026-03-04: every product")
    name = terminals["rita"].do("delegations").split()[0]
    listed = " ".join(terminals["dora"].do("delegations", "list").split())
    assert listed.startswith(f"{name} rita@example.org for dora@example.org, 2026-03-02 to 2026-03-04: counts now")
    assert json.loads((tmp_path / "leave.json").read_text())["signatures"]

    assert f"Delegation {name} is ended." in terminals["rita"].do("delegations", "end", name)
    assert "ended by rita@example.org" in " ".join(terminals["dora"].do("delegations").split())


@pytest.mark.parametrize(
    "command",
    [
        ("build",), ("freeze",), ("process",), ("request", "erase-comment", "abc", "--reason", "x"),
        ("ledger", "show"), ("bundle", "verify", "file"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_command_that_is_not_offered_through_a_portal_says_so(
    command: tuple[str, ...], terminals: dict[str, Terminal]
) -> None:
    ran = terminals["ada"].run(*command, ASSAY_REMOTE=terminals["ada"].origin)

    assert ran.code == 1
    assert "a command that acts through a portal" in ran.err
    assert all(name in ran.err for name in OFFERED)


def test_outside_every_project_commands_act_through_the_only_portal(
    terminals: dict[str, Terminal], town: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "through http" in terminals["carla"].run("status").out
    assert "(design side)" in terminals["carla"].run("status", "--project", town.design).out
    assert "(design side)" in terminals["carla"].run("status", ASSAY_PROJECT=town.design).out
    named = terminals["carla"].run("status", "--project", town.design, ASSAY_REMOTE=terminals["carla"].origin)
    assert "(design side)" in named.out
    assert "assay.yaml" in terminals["carla"].run("build").err

    monkeypatch.chdir(town.design / "products")
    assert "(design side)" in terminals["carla"].run("status").out


def test_who_has_not_logged_in_is_told_that_a_project_is_missing(stranger: Terminal) -> None:
    assert "assay.yaml" in stranger.run("status").err


def test_of_several_portals_one_has_to_be_named(terminals: dict[str, Terminal], stranger: Terminal) -> None:
    kept = json.loads(terminals["carla"].logins.read_text())
    stranger.logins.parent.mkdir(parents=True)
    stranger.logins.touch(0o600)
    stranger.logins.write_text(json.dumps({**kept, "https://portal.example": "assay_other"}))

    ran = stranger.run("status")
    assert ran.code == 1
    assert "Name one in ASSAY_REMOTE" in ran.err
    assert "assay_" not in ran.text
    assert "through http" in stranger.run("status", ASSAY_REMOTE=f"{stranger.origin}/p/town").out
    assert stranger.run("status", ASSAY_REMOTE=f"{stranger.origin}/p/village").code == 1


def test_tokens_that_others_can_read_are_not_used(portal: Portal, stranger: Terminal) -> None:
    stranger.log_in(token_of(portal, "carla").secret)
    stranger.logins.chmod(0o644)

    ran = stranger.run("status", ASSAY_REMOTE=stranger.origin)
    assert (ran.code, "chmod 600" in ran.err) == (1, True)


def test_a_token_that_was_revoked_says_how_to_go_on(portal: Portal, stranger: Terminal) -> None:
    made = token_of(portal, "carla")
    stranger.log_in(made.secret)
    revoke_token(portal.identity, caller_of(portal, "carla"), made.token.id, portal.clock.now())

    ran = stranger.run("status", ASSAY_REMOTE=stranger.origin)
    assert (ran.code, f"assay login {stranger.origin}" in ran.err) == (1, True)


@pytest.mark.parametrize(
    "address",
    [
        "http://portal.example", "ftp://portal.example", "portal.example", "https://", "https://me:word@portal.example",
        "https://portal.example?x=1", "https://portal.example/elsewhere", "file:///etc/passwd", "http://127.0.0.1.example",
    ],
)  # fmt: skip
def test_a_token_is_sent_over_tls_or_to_this_machine_alone(address: str, stranger: Terminal) -> None:
    stranger.configuration.mkdir()
    file = stranger.configuration / "token.txt"
    file.write_text("assay_secret")

    ran = stranger.run("login", address, "--token-file", file)
    assert ran.code == 1
    assert "assay_secret" not in ran.text


@contextmanager
def answering(status: int, content: bytes, **headers: str) -> Iterator[tuple[str, list[str | None]]]:
    """Serve one answer to everything; give the address, and a list of the tokens that came."""
    brought: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            brought.append(self.headers["authorization"])
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", brought
        finally:
            server.shutdown()
            thread.join()


def test_a_redirection_is_not_followed_with_the_token(stranger: Terminal) -> None:
    with (
        answering(200, b"{}") as (elsewhere, brought),
        answering(302, b"", Location=f"{elsewhere}/api/v1/me") as (origin, _),
    ):
        ran = replace(stranger, origin=origin).log_in("assay_secret")

    assert (ran.code, brought) == (1, [])
    assert "the way to another address" in ran.err


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b"<html>"), (200, b"[]"), (200, b'{"email": 1}'), (500, b"oh"), (403, b'{"faults": [1, {"where": 2}]}'),
        (404, b"[]"), (200, b"\xff"), (502, b'{"detail": "no"}'),
    ],
)  # fmt: skip
def test_what_is_no_portal_is_told_from_one(status: int, content: bytes, stranger: Terminal) -> None:
    with answering(status, content) as (origin, _):
        ran = replace(stranger, origin=origin).log_in("assay_secret")

    assert (ran.code, origin in ran.err) == (1, True)
    assert not stranger.logins.exists()


def test_a_portal_that_is_not_there_is_named(stranger: Terminal) -> None:
    with answering(200, b"") as (origin, _):
        pass
    ran = replace(stranger, origin=origin).log_in("assay_secret")

    assert (ran.code, "a portal that answers" in ran.err) == (1, True)

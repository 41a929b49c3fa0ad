"""Asking and talking at the terminal: faults are named as they were typed, and a comment can be erased."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from assay.connectors.keys import new_key
from homes import Ran, assay

ROLES = {"carla": "stakeholder, owner", "ada": "engineer", "audrey": "auditor", "adam": "admin"}
NOW = "2026-03-10T09:00:00Z"
REQUEST = (
    "request", "new", "--product", "shop", "--title", "Takings", "--question", "How much?", "--deliverable", "report",
    "--audience", "Us", "--needed-by", "2026-03-31", "--acceptance", "All shops",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Desk:
    """A project without data, and everybody's keys."""

    root: Path

    def run(self, person: str | None, *arguments: str | Path, at: str = NOW) -> Ran:
        """Run a command as somebody."""
        key = {"ASSAY_KEY": self.root / "keys" / f"{person}.pem"} if person else {}
        return assay(*arguments, ASSAY_PROJECT=self.root / "design", ASSAY_REHEARSAL_TIME=at, **key)

    def do(self, person: str | None, *arguments: str | Path, at: str = NOW) -> str:
        """Run a command that has to succeed, and return what it printed."""
        done = self.run(person, *arguments, at=at)
        assert done.code == 0, done.text
        return done.out


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    entries = []
    for name, roles in ROLES.items():
        public = new_key(tmp_path / "keys" / f"{name}.pem").public.raw.hex()
        entries.append(
            f"  - email: {name}@example.org\n    name: {name.capitalize()}\n    roles: [{roles}]\n"
            f"    keys: [{{public: {public!r}}}]\n"
        )
    product = tmp_path / "design" / "products" / "shop"
    product.mkdir(parents=True)
    (product / "product.yaml").write_text("title: Shops\nowner: carla@example.org\nversion: 1.0.0\n")
    (tmp_path / "design" / "people.yaml").write_text("people:\n" + "".join(entries))
    (tmp_path / "design" / "assay.yaml").write_text(
        "name: town\nrehearsal: true\nenvironments:\n  dev:\n    address: .assay\n"
    )
    return Desk(tmp_path)


def places(ran: Ran) -> list[str]:
    """Return the places of the faults that were printed."""
    return [text for text in ran.err.splitlines() if not text.startswith(" ") and "faults" not in text]


def test_faults_of_a_request_speak_in_the_options_that_were_typed(desk: Desk) -> None:
    ran = desk.run(
        "carla", "request", "new", "--title", "a\nb", "--product", "shpo", "--needed-by", "2026-03-09",
        "--acceptance", "fine", "--acceptance", "x" * 10_001, "--sketch", "\x07",
    )  # fmt: skip

    assert ran.code == 1
    assert places(ran) == [
        "--title", "--product", "--question", "--deliverable", "--audience", "--needed-by", "--acceptance:2", "--sketch"
    ]  # fmt: skip
    assert "Did you mean shop? If it is a new product, say so. With: --new-product" in ran.err
    assert "field" not in ran.err
    assert "No requests yet" in desk.do("carla", "request", "list")


def test_faults_of_a_request_in_a_file_stand_where_they_are_in_it(desk: Desk) -> None:
    file = desk.root / "request.yaml"
    file.write_text("title: 12\nneeded_by: soon\ncolour: red\nacceptance:\n  - fine\n  - 3\n")
    ran = desk.run("carla", "request", "new", "--file", file)

    assert ran.code == 1
    assert places(ran) == [
        "request.yaml:1:1", "request.yaml: product", "request.yaml: question", "request.yaml: deliverable",
        "request.yaml: audience", "request.yaml:2:1", "request.yaml:6:5", "request.yaml:3:1",
    ]  # fmt: skip


def test_a_file_that_holds_no_fields_is_refused_at_its_place(desk: Desk) -> None:
    file = desk.root / "request.yaml"
    file.write_text("- title\n")

    assert places(desk.run("carla", "request", "new", "--file", file)) == ["request.yaml:1:1"]


def test_a_request_is_asked_talked_about_and_listed_with_what_became_of_it(desk: Desk) -> None:
    desk.do("carla", *REQUEST, "--decision", "Which shop to close")
    desk.do("ada", "request", "comment", "Q-0001", "Net or gross?\n<b>Please</b>")
    shown = desk.do("audrey", "request", "show", "Q-0001")

    assert "recorded on 10 Mar 2026, not in work yet; due in 21 days" in shown
    assert "Which shop to close" in shown
    assert "Carla asked for Q-0001" in shown
    assert "Net or gross?\n      <b>Please</b>" in shown
    assert "2026-03-31, overdue by 1 " in " ".join(
        desk.do("carla", "request", "list", at="2026-04-01T00:00:00Z").split()
    )


def test_who_shows_no_key_sees_the_request_and_not_the_conversation(desk: Desk) -> None:
    desk.do("carla", *REQUEST)
    desk.do("ada", "request", "comment", "Q-0001", "Net or gross?")
    shown = desk.do(None, "request", "show", "Q-0001")

    assert "How much?" in shown
    assert "Net or gross?" not in shown


def test_a_new_product_is_asked_for_by_saying_so(desk: Desk) -> None:
    asked = (*REQUEST, "--product", "weather")

    assert desk.run("carla", *asked).code == 1
    assert desk.do("carla", *asked, "--new-product").startswith("Q-0001: Takings (for weather,")


def test_an_administrator_erases_a_comment_and_the_ledger_verifies(desk: Desk) -> None:
    desk.do("carla", *REQUEST)
    digest = desk.do("ada", "request", "comment", "Q-0001", "Bob earns 5,000").split()[3]

    assert desk.run("ada", "request", "erase-comment", digest, "--reason", "Mine").code == 1
    desk.do("adam", "request", "erase-comment", digest, "--reason", "Names a person")
    shown = desk.do("carla", "request", "show", "Q-0001")
    assert "Bob" not in shown
    assert "erased by Adam on 10 Mar 2026 09:00 UTC: Names a person" in shown
    assert "3 events, 3 signed statements: every one holds." in desk.do("carla", "ledger", "verify")
    assert not any(b"Bob earns" in path.read_bytes() for path in desk.root.rglob("*") if path.is_file())


def test_an_auditor_does_not_comment(desk: Desk) -> None:
    desk.do("carla", *REQUEST)
    ran = desk.run("audrey", "request", "comment", "Q-0001", "Why?")

    assert (ran.code, places(ran)) == (1, ["product:request:comment"])

"""The roster of a node through the commands: two admins change it, what anybody writes into its file counts nothing."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from assay.connectors.keys import new_key
from assay.wiring import open_node
from homes import Ran, assay, copy_home, only, rows_of, state_of

ROLES = {"alma": "admin", "bo": "admin", "ada": "engineer", "rita": "release-manager"}


@dataclass(frozen=True, slots=True)
class Yard:
    """A node of its own, and the keys of people who are on its roster or are not."""

    root: Path

    @property
    def node(self) -> Path:
        return self.root / "node"

    @property
    def copy(self) -> Path:
        return self.node / "roster.yaml"

    def key(self, name: str) -> Path:
        path = self.root / "keys" / f"{name}.pem"
        if not path.exists():
            path.with_suffix(".pub").parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".pub").write_text(new_key(path).public.raw.hex())
        return path

    def people(self, roles: Mapping[str, str], **more: str) -> str:
        """Write a roster; more of somebody's key where it is given."""
        return "people:\n" + "".join(
            f"  - {{email: {name}@example.org, name: {name}, roles: [{words}], keys: [{{public: "
            f'"{self.public(name)}"{more.get(name, "")}}}]}}\n'
            for name, words in roles.items()
        )

    def public(self, name: str) -> str:
        return self.key(name).with_suffix(".pub").read_text()

    def file(self, name: str, text: str) -> Path:
        path = self.root / name
        path.write_text(text)
        return path

    def run(self, *arguments: str | Path, key: str | None = None) -> Ran:
        environment: dict[str, str | Path] = {"ASSAY_NODE": self.node}
        if key is not None:
            environment["ASSAY_KEY"] = self.key(key)
        return assay("node", *arguments, **environment)

    def do(self, *arguments: str | Path, key: str | None = None) -> str:
        done = self.run(*arguments, key=key)
        assert done.code == 0, done.text
        return done.text

    def init(self, text: str, *more: str) -> Ran:
        return self.run("init", "--name", "harbour", "--roster", self.file("first.yaml", text), *more)

    def propose(self, text: str, name: str = "change.json") -> Path:
        change = self.root / name
        self.do("roster", "propose", self.file("new.yaml", text), "--reason", "As agreed.", "--out", change)
        return change

    def believed(self) -> set[str]:
        """Return who may sign, as a process finds it that opens the node now."""
        with only({}):
            return {person.name for person in open_node(self.node).believed().people}

    def events(self) -> list[str]:
        return [str(kind) for (kind,) in rows_of(self.node / "state" / "state.db", "select kind from events")]


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    made = Yard(tmp_path)
    assert made.init(made.people(ROLES)).code == 0
    return made


WITH_CYD = ROLES | {"cyd": "validator"}


def test_two_admins_change_the_roster_each_where_their_key_is(yard: Yard) -> None:
    change = yard.propose(yard.people(WITH_CYD))
    assert "cyd@example.org: joins as validator" in yard.do("roster", "sign", change, key="alma")
    assert "On the machine of the node:" in yard.do("roster", "sign", change, key="bo")
    assert "The roster of harbour stands from now on: event 2." in yard.do("roster", "apply", change)
    assert yard.believed() == set(WITH_CYD)
    shown = yard.do("roster", "show")
    assert "2 signatures of: alma@example.org, bo@example.org" in shown
    assert "given to harbour" in shown
    assert "by alma@example.org and bo@example.org: As agreed." in re.sub(r"\s+", " ", shown)
    assert "1 fault" not in yard.do("verify")
    assert "cyd@example.org" in yard.copy.read_text()


def test_a_change_that_lacks_an_admin_is_refused_and_changes_nothing_but_that_this_is_noted(yard: Yard) -> None:
    change = yard.propose(yard.people(WITH_CYD))
    yard.do("roster", "sign", change, key="alma")
    before = {name: digest for name, digest in state_of(yard.node).items() if not name.endswith(":events")}
    refused = yard.run("roster", "apply", change)
    assert (refused.code, "the signatures of two different admins" in refused.text) == (1, True)
    for key in ("alma", "ada", "cyd"):
        assert yard.run("roster", "sign", change, key=key).code == 1
    assert yard.events() == ["roster-recorded", "roster-change-refused"]
    assert {name: digest for name, digest in state_of(yard.node).items() if not name.endswith(":events")} == before
    assert yard.believed() == set(ROLES)


def test_a_change_stands_once_and_another_that_was_prepared_beside_it_is_stale(yard: Yard) -> None:
    first, second = yard.propose(yard.people(WITH_CYD)), yard.propose(yard.people(ROLES | {"eve": "owner"}), "b.json")
    for change in (first, second):
        for key in ("alma", "bo"):
            yard.do("roster", "sign", change, key=key)
    yard.do("roster", "apply", first)
    assert "stands already: event 2." in yard.do("roster", "apply", first)
    assert "found one of another roster (event 1)" in re.sub(r"\s+", " ", yard.run("roster", "apply", second).text)
    again = yard.propose(yard.people(ROLES), "c.json")
    for key in ("alma", "bo"):
        yard.do("roster", "sign", again, key=key)
    yard.do("roster", "apply", again)
    assert yard.run("roster", "apply", first).code == 1  # the roster is again what it was when this was signed
    assert yard.believed() == set(ROLES)


@pytest.mark.parametrize(
    "text", ["people: [", "", "people:\n  - {email: eve@example.org, name: eve, roles: [admin]}\n", None]
)
def test_what_somebody_writes_into_the_file_is_said_by_name_and_changes_nobody(yard: Yard, text: str | None) -> None:
    yard.copy.unlink() if text is None else yard.copy.write_text(text)
    assert yard.believed() == set(ROLES)
    for command in (("status",), ("verify",), ("roster", "show")):
        ran = yard.run(*command)
        assert "roster.yaml: expected the copy of the roster that is in the ledger" in re.sub(r"\s+", " ", ran.text)
        assert ran.code == (1 if command == ("verify",) else 0)
    (fault,) = json.loads(yard.do("status", "-o", "json"))["roster"]["faults"]
    assert "roster.yaml" in fault
    yard.do("roster", "show", "--write")
    assert "roster.yaml" not in yard.do("status")
    yard.do("verify")


def test_a_node_of_before_begins_with_the_file_that_it_has_and_only_once(yard: Yard) -> None:
    with closing(sqlite3.connect(yard.node / "state" / "state.db")) as connection, connection:
        connection.execute("delete from events")
    yard.copy.write_text(yard.people(ROLES | {"eve": "owner"}))
    assert yard.believed() == {*ROLES, "eve"}
    assert "adopted to harbour" in yard.do("roster", "show")
    yard.copy.write_text(yard.people(ROLES))
    assert yard.believed() == {*ROLES, "eve"}
    assert yard.events() == ["roster-recorded"]


@pytest.mark.parametrize("roles", [{"ada": "engineer"}, {}], ids=["no admin", "nobody"])
def test_a_node_of_before_that_nobody_could_change_the_roster_of_says_so_and_is_not_opened(
    yard: Yard, roles: dict[str, str]
) -> None:
    with closing(sqlite3.connect(yard.node / "state" / "state.db")) as connection, connection:
        connection.execute("delete from events")
    yard.copy.write_text(yard.people(roles) if roles else "people: []\n")
    assert yard.run("status").code == 1
    assert yard.events() == []


def test_one_admin_alone_is_taken_where_it_is_said_and_then_everybody_reads_it(tmp_path: Path) -> None:
    yard = Yard(tmp_path)
    one = {"alma": "admin", "ada": "engineer"}
    assert yard.init(yard.people(one)).code == 1
    assert not yard.node.exists()
    assert yard.init(yard.people(one), "--one-admin").code == 0
    assert "One admin alone can change the roster of this node" in yard.do("status")
    assert json.loads(yard.do("status", "-o", "json"))["roster"] == {
        "changes_signed_by": 1, "faults": [], "released_on_compromised_keys": []
    }  # fmt: skip
    change = yard.propose(yard.people(one | {"bo": "admin"}))
    assert "admins who sign a change: 1, then 2" in yard.do("roster", "sign", change, key="alma")
    yard.do("roster", "apply", change)
    assert "One admin alone" not in yard.do("status")


def test_a_roster_that_was_put_into_the_database_by_hand_stops_the_node_and_is_named(yard: Yard) -> None:
    """Also where the whole chain was written anew with it, for nobody has signed it."""
    other = Yard(yard.root / "other")
    other.root.mkdir()
    assert other.init(other.people({"eve": "admin", "mallory": "admin"})).code == 0
    copied = copy_home(yard.node, yard.root / "copied")
    stolen = rows_of(other.node / "state" / "state.db", "select * from events")[0]
    with closing(sqlite3.connect(copied / "state" / "state.db")) as connection, connection:
        connection.execute("delete from events")
        connection.execute("insert into events values (?, ?, ?, ?, ?, ?, ?)", stolen)
    ran = assay("node", "verify", ASSAY_NODE=copied)
    assert ran.code == 1
    assert "expected a roster that was recorded as it may be" in re.sub(r"\s+", " ", ran.text)
    assert assay("node", "status", ASSAY_NODE=copied).code == 1


def test_a_copy_that_could_not_be_written_is_written_by_the_next_call(yard: Yard) -> None:
    change = yard.propose(yard.people(WITH_CYD))
    for key in ("alma", "bo"):
        yard.do("roster", "sign", change, key=key)
    before = yard.copy.read_text()
    yard.do("roster", "apply", change)
    yard.copy.write_text(before)  # as if it had been killed before
    assert "stands already" in yard.do("roster", "apply", change)
    assert "cyd@example.org" in yard.copy.read_text()
    assert yard.events().count("roster-recorded") == 2

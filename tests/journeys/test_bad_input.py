"""Bad input gets an exit code, a message that says where, what was expected, what was found and what to do; no more.

Every message stands in the snapshot beside this file; nothing may have changed on disk but caches.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from assay.base.canonical import digest_text
from assay.base.roles import Holder
from assay.connectors.keys import new_key, read_key
from assay.lifecycle.envelopes import seal
from assay.lifecycle.statements import Kind, Meant, Statement, parse_time
from homes import CACHES, Ran, rows_of, state_of
from journeys.demo import LIMIT_SECONDS, Played
from journeys.flights_home import REQUEST, Place, git

STEP = "products/ontime/workflow/ontime_daily.sql"
MONTHLY = "products/ontime/workflow/carrier_month.py"
PRODUCT = "products/ontime/product.yaml"


REVOKED = "2026-03-11T00:00:00Z"
LATER = "2026-03-12T09:00:00Z"
"""When all this happens: two days after the release was frozen, one after a key was revoked."""


def nothing(place: Place) -> None:
    """Leave everything as it is."""


@dataclass(frozen=True, slots=True)
class Case:
    """One piece of bad input.

    Attributes:
        name: of the case.
        arguments: the command; ``{root}`` stands for the folder of everything.
        spoil: makes the input bad.
        person: whose key is used; None for nobody's.
        code: how the command must end.
        changes: names of folders that may change all the same: a failed build keeps what it finished.
    """

    name: str
    arguments: tuple[str, ...]
    spoil: Callable[[Place], None] = nothing
    person: str | None = "ada"
    code: int = 1
    changes: tuple[str, ...] = ()


def write(file: str, content: str | bytes) -> Callable[[Place], None]:
    return lambda place: place.write(file, content)


def edit(file: str, pattern: str, replacement: str) -> Callable[[Place], None]:
    return lambda place: place.edit(file, pattern, replacement)


def remove(file: str) -> Callable[[Place], None]:
    return lambda place: (place.design / file).unlink()


def _cycle(place: Place) -> None:
    place.write("products/ontime/workflow/hourly.sql", "select flight_date from ontime_daily\n")
    place.edit(STEP, "from sources.weather", "from hourly")


def _many(place: Place) -> None:
    place.edit(PRODUCT, "owner:", "owned-by:")
    place.edit("assay.yaml", "name: flights", "name: Flights!")
    place.edit(STEP, "sources.weather", "sources.wether")


def _cut(file: str) -> Callable[[Place], None]:
    return lambda place: place.write(file, (place.design / file).read_bytes()[:-100])


def _copy(file: str, to: str) -> Callable[[Place], None]:
    return lambda place: place.write(to, (place.design / file).read_bytes())


def _private(place: Place) -> None:
    (place.design / "assay.yaml").chmod(0o600)


def _stranger(place: Place) -> None:
    new_key(place.key("stranger"))


def _shared(place: Place) -> None:
    public = read_key(place.key("ben")).public.raw.hex()
    place.edit("people.yaml", r"keys: \[", f'keys: [{{public: "{public}"}}, ')


def _revoke(person: str) -> Callable[[Place], None]:
    pattern = rf"({person}@example.org\n(?:[^\n]*\n){{2}}[^}}]*)}}"
    return lambda place: place.edit("people.yaml", pattern, rf"\g<1>, revoked-at: {REVOKED}}}")


def _staged(place: Place) -> None:
    place.edit(PRODUCT, "title: On", "title: All on")
    git(place.design, "add", "--all")


def _bare_repository(place: Place) -> None:
    shutil.rmtree(place.design / ".git")
    git(place.design, "init", "--quiet")


def _committed(spoil: Callable[[Place], None]) -> Callable[[Place], None]:
    def commit(place: Place) -> None:
        spoil(place)
        git(place.design, "commit", "--quiet", "--all", "--message", "A change")

    return commit


def both(first: Callable[[Place], None], second: Callable[[Place], None]) -> Callable[[Place], None]:
    def spoil(place: Place) -> None:
        first(place)
        second(place)

    return spoil


def post(content: Callable[[Place], bytes]) -> Callable[[Place], None]:
    """Make something that lays a file among the post."""

    def lay(place: Place) -> None:
        (place.post / "file").write_bytes(content(place))

    return lay


def approval(place: Place) -> bytes:
    """Return Dora's approval as it stands in the ledger: it rests on Ada's assessment."""
    found = rows_of(place.database, "select envelope from statements")
    envelopes = [content for (content,) in found if isinstance(content, bytes)]
    return next(content for content in envelopes if b"dora@example.org" in decoded(content))


def decoded(envelope: bytes) -> bytes:
    return base64.b64decode(json.loads(envelope)["payload"])


def forged(place: Place, key: str, by: str | None = None) -> bytes:
    """Sign an acceptance of the release with one person's key, in another's name."""
    if key == "stranger":
        _stranger(place)
    digest = digest_text("whatever")
    said = Statement(
        Kind.ACCEPTED, (Meant("release:R-0001", digest),), f"{by or key}@example.org", Holder.PERSON,
        parse_time(LATER), "flights",
    )  # fmt: skip
    return seal(said, read_key(place.key(key)))


def flipped(content: bytes, position: int) -> bytes:
    """Change one byte to another of its kind."""
    position %= len(content)
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


def signed_otherwise(envelope: bytes) -> bytes:
    """Change one letter of a signature to another that base64 knows."""
    position = envelope.rindex(b'"sig":"') + len(b'"sig":"')
    other = b"B" if envelope[position : position + 1] == b"A" else b"A"
    return envelope[:position] + other + envelope[position + 1 :]


def exported(place: Place) -> bytes:
    place.do("ada", "ledger", "export", "--out", place.post / "export.tar")
    return (place.post / "export.tar").read_bytes()


def bundled(place: Place) -> bytes:
    place.do("ada", "bundle", "build", "--out", place.post / "bundle.tar")
    return (place.post / "bundle.tar").read_bytes()


INIT = (
    *("node", "init", "--name", "harbour", "--roster", "{root}/design/people.yaml", "--home", "{root}/node"),
    "--one-admin",
)


def on_node(*arguments: str) -> tuple[str, ...]:
    return ("node", *arguments, "--home", "{root}/node")


def _node(place: Place) -> None:
    public = new_key(place.key("alma")).public.raw.hex()
    place.edit("people.yaml", r"(email: alma@[^\n]*\n(?:[^\n]*\n){2}\s+keys: )\[\]", rf'\g<1>[{{public: "{public}"}}]')
    roster = place.design / "people.yaml"
    done = place.on_node("init", "--name", "harbour", "--roster", roster, "--rehearsal", "--one-admin")
    assert done.code == 0, done.text
    assert place.on_node("status").code == 0


def _without_roster(place: Place) -> None:
    """Leave a node as one of when rosters were files alone, and without that file."""
    with closing(sqlite3.connect(place.node / "state" / "state.db")) as connection, connection:
        connection.execute("delete from events")
    (place.node / "roster.yaml").unlink()


_alone = edit("people.yaml", r"\A", "changes-signed-by: 1\n")
_another_roster = edit("people.yaml", "name: Alma Quist", "name: Alma")
PROPOSE = (
    *("node", "roster", "propose", "{root}/design/people.yaml", "--home", "{root}/node"),
    *("--out", "{root}/post/change.json", "--reason", "As agreed."),
)


def _settings(content: str) -> Callable[[Place], None]:
    return write("../node/node.yaml", content)


THIRD = "(select json_extract(data, '$.statement') from events where seq = 3)"


def sql(statement: str) -> Callable[[Place], None]:
    """Change the ledger behind the program's back."""

    def change(place: Place) -> None:
        with closing(sqlite3.connect(place.database)) as connection, connection:
            assert connection.execute(statement).rowcount > 0

    return change


def _forget(place: Place) -> None:
    shutil.rmtree(place.design / ".assay")


BUILD = ("build", "ontime")
PROJECT = (
    Case("yaml that is none", BUILD, edit(PRODUCT, "title: ", "title: [")),
    Case("a key twice", BUILD, edit("people.yaml", "    name: Ben Okoro", "    name: Ben\n    name: Ben Okoro")),
    Case("an unknown field of the product", BUILD, edit(PRODUCT, "owner:", "owned-by:")),
    Case("an unknown field of the project", BUILD, edit("assay.yaml", "title:", "titel:")),
    Case("an unknown field of a person", BUILD, edit("people.yaml", "    name: Ben", "    phone: 1\n    name: Ben")),
    Case(
        "an unknown field of the dashboard",
        BUILD,
        edit("products/ontime/solutions/delays.dashboard.yaml", "summary:", "sumary:"),
    ),
    Case("an unknown role", BUILD, edit("people.yaml", "engineer, validator", "engineer, tester")),
    Case("a key that is none", BUILD, edit("people.yaml", 'public: "[0-9a-f]+', 'public: "zz')),
    Case("bytes that are no text", BUILD, write(PRODUCT, b"title: \xff\xfe\n")),
    Case("an empty file", BUILD, write("assay.yaml", "")),
    Case("no file of people", BUILD, remove("people.yaml")),
    Case("a cycle", BUILD, _cycle),
    Case("an unknown table", BUILD, edit(STEP, "sources.weather", "sources.wether")),
    Case("an unknown table in Python", BUILD, edit(MONTHLY, "sources.airlines", "sources.airline")),
    Case("SQL that is none", BUILD, edit(STEP, "from counted", "form counted")),
    Case("Python that is none", BUILD, edit(MONTHLY, "return ", "return return ")),
    Case("a clock in a step", BUILD, edit(STEP, "origin, time_hour", "origin, time_hour, now() as at")),
    Case("a folder that no product knows", BUILD, write("products/ontime/worklfow/x.sql", "select 1\n")),
    Case("faults in several files", BUILD, _many),
)
"""What is wrong in the project's own files."""

STEPS = (
    Case("a query that fails", BUILD, edit(STEP, "where visib < 3", "where visib < cast(origin as int)")),
    Case("a column that is not there", BUILD, edit(STEP, "wind_gust >=", "wind_gusts >=")),
    Case("a column twice", BUILD, edit(STEP, "as flights,\n    cast\\(c", "as delayed,\n    cast(c")),
    Case("Python that raises", BUILD, edit(MONTHLY, "    names = dict", "    1 / 0\n    names = dict")),
    Case("Python that returns nothing", BUILD, edit(MONTHLY, "    return pyarrow", "    pyarrow")),
    Case(
        "Python that ends its process",
        BUILD,
        edit(MONTHLY, "    names = dict", "    import os; os._exit(7)\n    names = dict"),
    ),
    Case("no file of a source", BUILD, remove("data/weather.parquet")),
    Case("a source's file that is cut short", BUILD, _cut("data/weather.parquet")),
    Case("a source's file that is none", BUILD, write("data/airlines.parquet", "carrier,name\n")),
    Case("files of a source that differ", BUILD, _copy("data/airlines.parquet", "data/flights/2013-02.parquet")),
    Case(
        "a source without an address", BUILD, edit("sources/weather.odcs.yaml", "environment: dev", "environment: test")
    ),
    Case("a variable without a value", BUILD, edit("sources/weather.odcs.yaml", "path: data", r"path: ${NOT_SET}")),
)
"""What goes wrong only when a build gets there; the file and, of a step, the line are named."""

PEOPLE = (
    Case("no key to record with", REQUEST, person=None),
    Case("no key to sign with", ("signoff",), person=None),
    Case("a key's file that is not there", ("signoff", "--key", "{root}/keys/nobody.pem"), person=None),
    Case("a key's file that is a folder", ("signoff", "--key", "{root}/keys"), person=None),
    Case("a key's file that is none", ("signoff", "--key", "{root}/design/assay.yaml"), _private, person=None),
    Case("a key that others can read", ("signoff",), lambda place: place.key("ada").chmod(0o644)),
    Case("a key of nobody", ("signoff",), _stranger, person="stranger"),
    Case("a key that two claim", ("signoff",), _shared),
    Case("a key that was revoked", REQUEST, _revoke("carla"), person="carla"),
    Case("a revoked key signs off", ("signoff", "R-0001", "feeds-delivered"), _revoke("ada")),
    Case("a role not held, to build", ("build", "--sign"), person="carla", changes=()),
    Case("a role not held, to freeze", ("freeze",), person="carla"),
    Case("a role not held, to order", ("release", "order", "R-0001", "--out", "{root}/post/o.tar")),
    Case("a role not held, to accept", ("signoff", "R-0001", "contract.approved-by-owner"), person="carla"),
    Case("an auditor signs", ("signoff",), person="audrey"),
    Case("an auditor asks", REQUEST, person="audrey"),
    Case("nothing waits for them", ("signoff",), person="rita"),
)
"""Who acts, and may not."""

NAMES = (
    Case("an unknown product to build", ("build", "ontme")),
    Case("an unknown product to release", ("release", "new", "ontme")),
    Case("an unknown product to roll back", ("release", "rollback", "ontme", "--reason", "x"), person="rita"),
    Case("an unknown release to show", ("status", "R-0009")),
    Case("an unknown release to assess", ("assess", "R-0009")),
    Case("an unknown release to freeze", ("freeze", "R-0009")),
    Case("an unknown release to validate", ("validate", "R-0009")),
    Case("an unknown release to publish", ("publish", "R-0009")),
    Case("an unknown release to sign", ("signoff", "R-0009")),
    Case("an unknown release to bundle", ("bundle", "build", "R-0009", "--out", "{root}/post/b.tar")),
    Case("an unknown release to order", ("release", "order", "R-0009"), person="rita"),
    Case("an unknown release to cancel", ("release", "cancel", "R-0009", "--reason", "x"), person="dora"),
    Case("an unknown release to praise", ("feedback", "give", "R-0009", "--text", "x"), person="carla"),
    Case("an unknown request to show", ("request", "show", "Q-0009")),
    Case("an unknown request to answer", ("release", "new", "ontime", "--request", "Q-0009")),
    Case("an unknown gate", ("signoff", "R-0001", "accepted-by-aliens")),
    Case("an unknown subject", ("signoff", "R-0001", "feeds-delivered", "--on", "hourly")),
    Case("an unknown rejection", ("signoff", "R-0001", "--withdraw", "abc", "--reason", "x")),
    Case("an unknown dataset to ask", ("query", "select * from hourly")),
    Case("a release that is not released yet", ("feedback", "ask", "R-0001")),
    Case("a gate that is not open", ("signoff", "R-0001", "dataset.qa.accepted-by-engineer")),
    Case("a gate that is settled", ("signoff", "R-0001", "feeds-delivered")),
    Case("a no without a reason", ("signoff", "R-0001", "feeds-delivered", "--reject")),
    Case("an order before its time", ("release", "order", "R-0001"), person="rita"),
    Case("a rollback to nothing", ("release", "rollback", "ontime", "--reason", "x"), person="rita"),
    Case("a command of SQL that is no question", ("query", "drop table ontime_daily")),
    Case("SQL that is none", ("query", "selekt 1")),
    Case("a query where nothing is built", ("query", "--env", "qa", "select 1")),
)
"""Names that nothing bears, and what is not its turn."""

FREEZING = (
    Case("a changed file", ("freeze",), edit(PRODUCT, "title: On", "title: All on")),
    Case("a file that git has not", ("freeze",), write("products/ontime/docs/note.md", "A note\n")),
    Case("a staged file", ("freeze",), _staged),
    Case("a folder without git", ("freeze",), lambda place: shutil.rmtree(place.design / ".git")),
    Case("a repository without a commit", ("freeze",), _bare_repository),
    Case("a build that nobody signed for", ("freeze",), _committed(edit(STEP, "visib < 3", "visib < 4"))),
)
"""What cannot be frozen."""

REQUESTS = (
    Case("a request without its fields", ("request", "new", "--title", "x")),
    Case("a day that is none", (*REQUEST, "--needed-by", "soon")),
    Case("a deliverable that is none", (*REQUEST, "--deliverable", "cake")),
    Case("a request's file that is not there", ("request", "new", "--file", "{root}/post/none.yaml")),
    Case("a cancellation without a reason", ("request", "cancel", "Q-0001", "--reason", " "), person="carla"),
)
"""Requests that nobody could work on."""

IMPORT = ("ledger", "import", "{root}/post/file")
FILES = (
    Case("no such file", IMPORT),
    Case("a folder", ("ledger", "import", "{root}/post")),
    Case("an empty file", IMPORT, post(lambda place: b"")),
    Case("a text", IMPORT, post(lambda place: b"Dear Ada, I accept.")),
    Case("JSON that is no statement", IMPORT, post(lambda place: b'{"accepted": true}')),
    Case("a statement with one byte changed", IMPORT, post(lambda place: flipped(approval(place), 200))),
    Case("a signature with one byte changed", IMPORT, post(lambda place: signed_otherwise(approval(place)))),
    Case("a statement of a stranger", IMPORT, post(lambda place: forged(place, "stranger", by="ada"))),
    Case("a statement in another's name", IMPORT, post(lambda place: forged(place, "ada", by="ben"))),
    Case(
        "a statement by a key that was revoked before", IMPORT, both(_revoke("ben"), post(lambda p: forged(p, "ben")))
    ),
    Case("a statement out of order", IMPORT, both(post(approval), _forget), changes=(".assay",)),
    Case("a statement twice", IMPORT, post(approval), code=0),
    Case(
        "an export with one byte changed",
        IMPORT,
        post(lambda place: flipped(exported(place), exported(place).index(b'"payload"') + 60)),
    ),
    Case("an export cut short", IMPORT, post(lambda place: exported(place)[:-600])),
    Case(
        "a bundle with one byte changed",
        ("bundle", "verify", "{root}/post/file"),
        post(lambda p: flipped(bundled(p), 9_000)),
    ),
    Case("an export for a bundle", ("bundle", "verify", "{root}/post/file"), post(exported)),
    Case("an export to look into", ("bundle", "inspect", "{root}/post/file"), post(exported)),
    Case("a place that cannot be written", ("ledger", "export", "--out", "{root}/post"), person="ada"),
)
"""Files that people send each other."""


USAGE = (
    Case("no such command", ("bild",), code=2),
    Case("no such option", ("build", "--fast"), code=2),
    Case("an environment that is not built here", ("build", "--env", "prod"), code=2),
    Case("a signature for what is built in QA", ("build", "--env", "qa", "--sign"), code=2),
    Case("a number that is none", ("ledger", "show", "--last", "few"), code=2),
    Case("nothing to import", ("ledger", "import"), code=2),
    Case("a cancellation that says nothing", ("request", "cancel", "Q-0001"), code=2),
    Case("a node without a home", ("node", "status"), code=2),
    Case("two ways to run", ("node", "run", "--home", "{root}/node", "--due", "--now", "ontime"), _node, code=2),
    Case("a setting without a value", (*INIT, "--set", "ASSAY_LANDING"), code=2),
    Case("a folder without a project", ("status", "--project", "{root}/post")),
)
"""Commands put wrongly: exit code 2, and how to put them."""

NODE = (
    Case("a node that is not there", ("node", "status", "--home", "{root}/node")),
    Case("a node that is there already", INIT, _node),
    Case("a roster that is none", INIT, edit("people.yaml", "people:", "persons:")),
    Case("no roster", ("node", "init", "--name", "x", "--roster", "{root}/none", "--home", "{root}/node")),
    Case("an unknown release to deploy", on_node("deploy", "R-0009"), _node),
    Case("an unknown product to run", on_node("run", "--now", "ontme"), _node),
    Case("no file to admit", on_node("admit", "{root}/post/file"), _node),
    Case("settings that are none", on_node("status"), both(_node, _settings("nme: harbour\n"))),
    Case("a table that is none", on_node("status"), both(_node, write("../node/process.yaml", "gates: many\n"))),
    Case("a node without its key", on_node("status"), both(_node, lambda place: (place.node / "key.pem").unlink())),
    Case("a node without its roster", on_node("status"), both(_node, _without_roster)),
    Case("a roster that nobody could change", INIT[:-1]),
    Case("no change of a roster", on_node("roster", "apply", "{root}/post/file"), _node),
    Case("a roster that is proposed as it is", PROPOSE, both(_node, _alone)),
    Case(
        "a roster that is proposed without a reason", (*PROPOSE[:-1], " "), both(_node, both(_alone, _another_roster))
    ),
    Case("a roster without an admin proposed", PROPOSE, both(_node, edit("people.yaml", r"\[admin\]", "[owner]"))),
)
"""What a node cannot work with."""

VERIFY = ("ledger", "verify")
LEDGER = (
    Case("an event's facts changed", VERIFY, sql("update events set data = replace(data, 'carla', 'karla')")),
    Case("an event's facts that are none", VERIFY, sql("update events set data = '[' where seq = 3")),
    Case("an event's facts of another form", VERIFY, sql("update events set data = '[1]' where seq = 3")),
    Case("an event that points nowhere", VERIFY, sql("update events set data = '{}' where seq = 3")),
    Case("an event's kind changed", VERIFY, sql("update events set kind = 'noted' where seq = 3")),
    Case("an event's time changed", VERIFY, sql("update events set at = '2026-03-10T09:00:01Z' where seq = 3")),
    Case("an event's hash changed", VERIFY, sql(f"update events set hash = '{'0' * 64}' where seq = 3")),
    Case("an event's link changed", VERIFY, sql(f"update events set previous = '{'1' * 64}' where seq = 3")),
    Case("an event's number changed", VERIFY, sql("update events set seq = 99 where seq = 3")),
    Case("an event taken out", VERIFY, sql("delete from events where seq = 3")),
    Case("the newest event taken out", VERIFY, sql("delete from events where seq = (select max(seq) from events)")),
    Case(
        "a statement changed",
        VERIFY,
        sql(
            "update statements set envelope = cast(replace(cast(envelope as text), 'ey', 'ez') as blob) "
            f"where digest = {THIRD}"
        ),
    ),
    Case("a statement that is none", VERIFY, sql(f"update statements set envelope = x'00' where digest = {THIRD}")),
    Case("a statement taken out", VERIFY, sql(f"delete from statements where digest = {THIRD}")),
    Case(
        "a statement under another name",
        VERIFY,
        sql(f"update statements set digest = 'sha256:{'0' * 64}' where digest = {THIRD}"),
    ),
    Case("a statement put in beside it", VERIFY, sql(f"insert into statements values ('sha256:{'0' * 64}', x'00')")),
    Case("a broken chain, to status", ("status",), sql("delete from events where seq = 3")),
    Case("a broken chain, to sign", ("signoff",), sql("delete from events where seq = 3")),
    Case(
        "a broken chain, to bundle",
        ("bundle", "build", "--out", "{root}/post/b.tar"),
        sql("delete from events where seq = 3"),
    ),
    Case(
        "a damaged statement, to status",
        ("status",),
        sql(f"update statements set envelope = x'00' where digest = {THIRD}"),
    ),
    Case(
        "a damaged statement, to sign",
        ("signoff", "R-0001", "feeds-delivered"),
        sql(f"update statements set envelope = x'00' where digest = {THIRD}"),
    ),
    Case(
        "a damaged statement, to bundle",
        ("bundle", "build", "--out", "{root}/post/b.tar"),
        sql(f"update statements set envelope = x'00' where digest = {THIRD}"),
    ),
    Case(
        "a missing statement, to order",
        ("release", "order"),
        sql(f"delete from statements where digest = {THIRD}"),
        person="rita",
    ),
    Case(
        "a database that is none",
        VERIFY,
        write(".assay/state.db", "this is no database, and was never one at all\n" * 99),
    ),
    Case("a database of a newer program", VERIFY, sql("update store_version set version = 99")),
)
"""A ledger that somebody changed behind the program's back."""


def _opened_again(place: Place) -> None:
    place.do("ada", "release", "new", "ontime", at=LATER)


AFTER = (
    Case("a version that is released already", ("freeze", "R-0003"), _opened_again),
    Case("a released release to freeze", ("freeze", "R-0001")),
    Case("a released release to assess", ("assess", "R-0001")),
    Case("a released release to validate", ("validate", "R-0001")),
    Case("a released release to publish", ("publish", "R-0001")),
    Case("a released release to sign", ("signoff", "R-0001")),
    Case("a released release to bundle", ("bundle", "build", "R-0001", "--out", "{root}/post/b.tar")),
    Case("a released release to order", ("release", "order", "R-0001", "--out", "{root}/post/o.tar"), person="rita"),
    Case("a released release to cancel", ("release", "cancel", "R-0001", "--reason", "x"), person="dora"),
    Case("a released release to deploy", on_node("deploy", "R-0001")),
    Case("nothing earlier to go back to", ("release", "rollback", "ontime", "--reason", "x"), person="rita"),
)
"""What comes too late: the demo has been played, R-0001 is served and R-0002 was rolled back."""


@pytest.fixture
def place(frozen: Place, tmp_path: Path) -> Place:
    return frozen.copy(tmp_path / "all")


def shown(ran: Ran, place: Place) -> str:
    """Write what a person saw without what differs from run to run."""
    text = ran.text.replace(str(place.root), "<all>")
    text = re.sub(r"\b[0-9a-f]{40,64}\b", "<digest>", text)
    text = re.sub(r"\b[0-9a-f]{32}\b", "<random>", text)
    text = re.sub(r"\b[0-9a-f]{12}\b", "<short>", text)
    return f"exit code {ran.code}\n{text}"


def check(case: Case, place: Place, snapshot: SnapshotAssertion) -> None:
    """Run a case and hold it to what all of them promise."""
    case.spoil(place)
    before = state_of(place.root, case.changes)

    ran = place.run(case.person, *(a.replace("{root}", str(place.root)) for a in case.arguments), at=LATER)

    assert state_of(place.root, case.changes) == before
    assert ran.code == case.code, ran.text
    assert "Traceback" not in ran.text
    assert "defect of Assay" not in ran.text
    assert shown(ran, place) == snapshot


@pytest.mark.parametrize("case", PROJECT, ids=lambda case: case.name)
def test_a_fault_of_the_project_is_named_with_file_and_line(
    case: Case, place: Place, snapshot: SnapshotAssertion
) -> None:
    check(case, place, snapshot)


@pytest.mark.parametrize("case", STEPS, ids=lambda case: case.name)
def test_a_build_that_fails_says_where_and_moves_nothing(case: Case, place: Place, snapshot: SnapshotAssertion) -> None:
    check(replace(case, changes=CACHES), place, snapshot)

    staging = place.design / ".assay" / "data" / "staging"
    assert [path for path in staging.rglob("*") if path.is_file() and path.suffix != ".lock"] == []


@pytest.mark.parametrize("case", [*PEOPLE, *NAMES, *REQUESTS], ids=lambda case: case.name)
def test_who_or_what_is_not_known_or_not_allowed_is_refused(
    case: Case, place: Place, snapshot: SnapshotAssertion
) -> None:
    check(case, place, snapshot)


@pytest.mark.parametrize("case", FREEZING, ids=lambda case: case.name)
def test_only_a_clean_commit_with_its_gates_settled_is_frozen(
    case: Case, place: Place, snapshot: SnapshotAssertion
) -> None:
    check(case, place, snapshot)


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_a_file_that_does_not_hold_is_not_recorded(case: Case, place: Place, snapshot: SnapshotAssertion) -> None:
    check(case, place, snapshot)


@pytest.mark.parametrize("case", [*USAGE, *NODE], ids=lambda case: case.name)
def test_a_command_that_is_put_wrongly_says_how_to_put_it(
    case: Case, place: Place, snapshot: SnapshotAssertion
) -> None:
    check(case, place, snapshot)


@pytest.mark.parametrize("case", LEDGER, ids=lambda case: case.name)
def test_a_ledger_that_was_changed_is_not_believed(case: Case, place: Place, snapshot: SnapshotAssertion) -> None:
    check(case, place, snapshot)


@pytest.mark.timeout(LIMIT_SECONDS)
@pytest.mark.parametrize("case", AFTER, ids=lambda case: case.name)
def test_what_is_released_is_not_worked_on_again(
    case: Case, played: Played, tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    check(case, played.place.copy(tmp_path / "all"), snapshot)

"""A conversation is signed and its texts can be erased: the ledger holds all the same, and says by whom and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assay.actions.conversation import comment, delete_erased, erase
from assay.actions.exchange import export_ledger, import_file, verify_ledger
from assay.actions.feedback import give_feedback
from assay.actions.home import Home
from assay.actions.recording import LedgerReader
from assay.actions.request import cancel_request, new_request
from assay.actions.timeline import NOT_HERE, Entry, timeline
from assay.base.canonical import Digest
from assay.base.errors import AssayError, Denied
from assay.base.ports import Event
from assay.base.roles import Person, Role
from assay.connectors.clocks import FixedClock
from assay.lifecycle.chain import links
from assay.lifecycle.statements import Kind
from assay.stores.texts import DiskTexts
from fakes.cast import AUGUST, EMIL, EVERYBODY, OLIVE, START, STELLA, digest, person
from fakes.ledger import MemoryLedger
from fakes.texts import MemoryTexts
from ports.office import ADAM, NODE, REQUEST, Office, open_office

TEXT = "Is that with cancelled flights? <script>alert(1)</script> =1+1"
RELEASE = ("release:R-0001", digest("opened"))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office in which Stella has asked for something."""
    office = open_office(tmp_path)
    assert new_request(office.as_(STELLA), REQUEST).id == "Q-0001"
    return office


def told(entries: tuple[Entry, ...]) -> list[tuple[str, str, str | None]]:
    return [(entry.name, entry.told, entry.text) for entry in entries]


def texts_in(folder: Path) -> list[Path]:
    return sorted((folder / ".assay" / "texts").glob("*"))


def test_a_comment_is_shown_as_it_was_written_between_what_happened(office: Office) -> None:
    comment(office.as_(EMIL), "Q-0001", TEXT)
    office.hear(EMIL, Kind.OPENED, RELEASE, release="R-0001", details={"product": "p", "requests": ["Q-0001"]})
    comment(office.as_(STELLA), "Q-0001", "No.\r\nWithout.  ")
    frozen = {"details": {"version": "1.0.0"}, "release": "R-0001"}
    office.hear(EMIL, Kind.FROZEN, ("release:R-0001", digest("payload")), **frozen)
    office.hear(NODE, Kind.RELEASED, ("release:R-0001", digest("payload")), release="R-0001")
    office.hear(STELLA, Kind.FEEDBACK, ("release:R-0001", digest("payload")), release="R-0001", reason="Good")

    assert told(timeline(office.as_(STELLA), "Q-0001")) == [
        ("Stella", "asked for Q-0001", ""),
        ("Emil", "commented", TEXT),
        ("Emil", "opened R-0001", ""),
        ("Stella", "commented", "No.\nWithout."),
        ("Emil", "froze R-0001 as version 1.0.0", ""),
        ("far_node", "released R-0001, version 1.0.0", ""),
        ("Stella", "gave feedback on R-0001", "Good"),
    ]


def test_a_release_has_a_conversation_of_its_own(office: Office) -> None:
    office.hear(EMIL, Kind.OPENED, RELEASE, release="R-0001", details={"product": "p", "requests": ["Q-0001"]})
    comment(office.as_(OLIVE), "R-0001", "Late")

    assert told(timeline(office.as_(EMIL), "R-0001")) == [("Emil", "opened R-0001", ""), ("Olive", "commented", "Late")]
    assert [entry.kind for entry in timeline(office.as_(EMIL), "Q-0001")] == [Kind.REQUESTED, Kind.OPENED]


def test_a_cancellation_shows_who_and_why_and_that_of_nobody_entitled_does_not(office: Office) -> None:
    subject = ("request:Q-0001", digest("x"))
    office.hear(AUGUST, Kind.CANCELLED, subject, reason="not mine to say")
    cancel_request(office.as_(OLIVE), "Q-0001", "Answered elsewhere")

    assert told(timeline(office.as_(EMIL), "Q-0001"))[1:] == [("Olive", "cancelled Q-0001", "Answered elsewhere")]


def test_the_chain_holds_a_digest_from_which_nobody_guesses_the_text(office: Office, tmp_path: Path) -> None:
    first = comment(office.as_(EMIL), "Q-0001", "yes")
    second = comment(office.as_(EMIL), "Q-0001", "yes")

    assert first.statement.subjects[0].digest != second.statement.subjects[0].digest
    assert b"cancelled flights?" not in b"".join(office.home.ledger.statements().values())
    assert len(texts_in(tmp_path)) == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "nothing"),
        (" \r\n", "nothing"),
        ("x" * 10_001, "10,001"),
        ("x" * 10_000_000, "10,000,000"),
        ("a\x00", "U+0000"),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused_before_anything_is_stored(
    office: Office, tmp_path: Path, text: str, found: str
) -> None:
    head = office.home.ledger.head()

    with pytest.raises(AssayError, match=f"found .*{found.replace('+', '.')}") as refused:
        comment(office.as_(EMIL), "Q-0001", text)

    assert len(str(refused.value)) < 200
    assert (office.home.ledger.head(), texts_in(tmp_path)) == (head, [])


def test_the_longest_text_is_kept_whole(office: Office) -> None:
    comment(office.as_(EMIL), "Q-0001", "\u20ac" * 10_000)

    assert timeline(office.as_(EMIL), "Q-0001")[-1].text == "\u20ac" * 10_000


@pytest.mark.parametrize("name", ["Q-0009", "R-0001", "", "../x", "Q-0001\n"])
def test_a_comment_on_what_is_not_there_is_refused(office: Office, tmp_path: Path, name: str) -> None:
    with pytest.raises(AssayError, match="a request or a release of this project"):
        comment(office.as_(EMIL), name, TEXT)
    with pytest.raises(AssayError, match="a request or a release of this project"):
        timeline(office.as_(EMIL), name)
    assert texts_in(tmp_path) == []


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.name)
def test_everybody_with_a_role_comments_but_an_auditor(office: Office, who: Person) -> None:
    if Role.AUDITOR in who.roles:
        with pytest.raises(Denied, match="product:request:comment"):
            comment(office.as_(who), "Q-0001", TEXT)
    else:
        comment(office.as_(who), "Q-0001", TEXT)
    assert len(timeline(office.as_(who), "Q-0001")) == (1 if Role.AUDITOR in who.roles else 2)


def test_who_is_nobody_or_has_no_role_neither_comments_nor_reads(office: Office) -> None:
    stranger = replace(office.as_(EMIL), person=person("emil"))

    for home in (office.home, stranger):
        with pytest.raises(Denied):
            comment(home, "Q-0001", TEXT)
        with pytest.raises(Denied):
            timeline(home, "Q-0001")


def test_an_erased_text_shows_by_whom_when_and_why_and_the_ledger_verifies(office: Office, tmp_path: Path) -> None:
    signed = comment(office.as_(EMIL), "Q-0001", TEXT)
    comment(office.as_(EMIL), "Q-0001", "Another")
    erase(office.as_(ADAM), signed.digest[7:19], "Named a person")

    first, second = timeline(office.as_(STELLA), "Q-0001")[1:]
    assert (first.text, first.missing) == (None, "erased by Adam on 02 Mar 2026 12:00 UTC: Named a person")
    assert first.erasure is not None
    assert (first.erasure.signed.statement.signer, second.text) == (ADAM.email, "Another")
    verified = verify_ledger(office.home.ledger, office.home.project.roster)
    assert (verified.faults, verified.statements) == ((), 4)
    files = [path for path in (tmp_path / ".assay").rglob("*") if path.is_file()]
    assert not any(b"cancelled flights?" in path.read_bytes() for path in files)


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.name)
def test_only_an_administrator_erases(office: Office, who: Person) -> None:
    signed = comment(office.as_(EMIL), "Q-0001", TEXT)
    subject = signed.statement.subjects[0]

    with pytest.raises(Denied, match="project:comment:erase"):
        erase(office.as_(who), signed.digest, "I do not like it")
    office.hear(who, Kind.ERASED, (subject.id, subject.digest), reason="said elsewhere", observed=(signed.digest,))
    delete_erased(office.as_(who))

    assert timeline(office.as_(who), "Q-0001")[1].text == TEXT


def test_erasing_needs_a_reason_and_a_comment_that_has_its_text(office: Office) -> None:
    signed = comment(office.as_(EMIL), "Q-0001", TEXT)

    with pytest.raises(AssayError, match="reason: expected a reason, found nothing"):
        erase(office.as_(ADAM), signed.digest, " ")
    for wrong in ("", "0" * 64, "sha256:", "%"):
        with pytest.raises(AssayError, match="expected one comment of this project, found 0"):
            erase(office.as_(ADAM), wrong, "x")
    erase(office.as_(ADAM), signed.digest, "x")
    with pytest.raises(AssayError, match=r"found one that adam@example\.org erased"):
        erase(office.as_(ADAM), signed.digest, "x")


def test_who_was_stopped_while_erasing_finishes_it_by_trying_again(office: Office, tmp_path: Path) -> None:
    signed = comment(office.as_(EMIL), "Q-0001", TEXT)
    (file,) = texts_in(tmp_path)
    content = file.read_bytes()
    erase(office.as_(ADAM), signed.digest, "x")
    file.write_bytes(content)

    assert timeline(office.as_(EMIL), "Q-0001")[1].text is None
    with pytest.raises(AssayError, match="erased"):
        erase(office.as_(ADAM), signed.digest, "x")
    assert texts_in(tmp_path) == []


def test_a_home_without_the_text_says_so_and_one_that_has_it_erases_it_when_told(office: Office) -> None:
    signed = comment(office.as_(EMIL), "Q-0001", TEXT)
    there = _elsewhere(office)
    _carry(office, there)
    (entry,) = timeline(there, "Q-0001")[1:]
    assert (entry.text, entry.missing, entry.erasure) == (None, NOT_HERE, None)

    subject = signed.statement.subjects[0]
    kept = office.home.texts.get(subject.digest)
    assert kept is not None
    there.texts.put(subject.digest, kept)
    assert timeline(there, "Q-0001")[1].text == TEXT
    erase(office.as_(ADAM), signed.digest, "x")
    _carry(office, there)
    delete_erased(there)
    assert there.texts.get(subject.digest) is None
    assert timeline(there, "Q-0001")[1].erasure is not None


def test_a_text_that_was_changed_on_the_disk_is_not_shown(office: Office, tmp_path: Path) -> None:
    comment(office.as_(EMIL), "Q-0001", TEXT)
    (file,) = texts_in(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"cancelled", b"diverted!"))

    assert timeline(office.as_(EMIL), "Q-0001")[1].missing == NOT_HERE


def test_a_comment_that_could_not_be_recorded_leaves_no_text(office: Office, tmp_path: Path) -> None:
    home = replace(office.as_(EMIL), ledger=Outrun(), texts=DiskTexts(tmp_path / "aside"))
    with pytest.raises(AssayError, match="as the next one"):
        comment(home, "Q-0001", TEXT)

    assert list((tmp_path / "aside").iterdir()) == []


def test_feedback_with_a_request_that_has_faults_records_neither(office: Office) -> None:
    office.hear(EMIL, Kind.OPENED, RELEASE, release="R-0001", details={"product": "p", "requests": ["Q-0001"]})
    office.hear(EMIL, Kind.FROZEN, ("release:R-0001", digest("payload")), details={"version": "1.0.0"})
    office.hear(NODE, Kind.ANNOUNCED, ("release:R-0001", digest("payload")))
    head = office.home.ledger.head()

    with pytest.raises(AssayError, match="needed_by"):
        give_feedback(office.as_(STELLA), "R-0001", "Good", {**REQUEST, "needed_by": "2020-01-01"})
    with pytest.raises(AssayError, match="at most 10,000 characters"):
        give_feedback(office.as_(STELLA), "R-0001", "x" * 20_000, None)

    assert office.home.ledger.head() == head
    assert give_feedback(office.as_(STELLA), "R-0001", "Good", REQUEST) == "Q-0002"
    assert office.home.load().record.requests["Q-0002"].fields["follows"] == "R-0001"


class Outrun(MemoryLedger):
    """A ledger at which somebody else is always faster."""

    def append(self, events: Sequence[Event], statements: Mapping[Digest, bytes]) -> None:
        super().append(links(self.head(), START, [("noted", {})]), {})
        super().append(events, statements)


def _elsewhere(office: Office) -> Home:
    """Open a colleague's home, which has heard nothing yet."""
    ledger = MemoryLedger()
    home = office.as_(STELLA)
    return replace(
        home, ledger=ledger, reader=LedgerReader(ledger, home.project.roster), texts=MemoryTexts(),
        clock=FixedClock(office.now),
    )  # fmt: skip


def _carry(office: Office, there: Home) -> None:
    import_file(there.ledger, there.load(), there.clock, export_ledger(office.home.ledger), "export.tar")

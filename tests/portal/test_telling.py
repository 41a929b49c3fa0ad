"""Telling: who is told what and when while a release goes its way, and what a letter says."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from assay.actions.home import Home
from assay.actions.telling import Round, Teller, seen_by
from assay.base.errors import AssayError
from assay.base.telling import Letter, ToldBook
from assay.cli.telling import tell_until_stopped
from assay.connectors.clocks import FixedClock
from assay.identity.accounts import disable_account
from assay.identity.portal import Portal
from assay.identity.telling import tell_everybody
from assay.lifecycle.statements import time_text
from assay.portal.letters import PortalLetters
from assay.stores.portal_tables import open_portal_database
from assay.stores.told import DatabaseToldBook
from fakes.telling import MemoryToldBook, PostOffice
from faults.shop import PRODUCT, ROLES, Shop, prepare
from homes import assay, only
from journeys.flights_home import git
from portal.site import ADDRESS, ADMIN, Site, make_site, visit
from ports.post_office import PostOfficeServer

MORNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOSTILE = "Takings\r\nBcc: mallory@example.org <script>alert(1)</script> {{ 7 * 7 }} \u202e"


@dataclass(frozen=True, slots=True)
class Town:
    """A shop and its portal, with a post office in memory."""

    shop: Shop
    book: ToldBook = field(default_factory=MemoryToldBook)
    office: PostOffice = field(default_factory=PostOffice)

    def tell(self, now: datetime = MORNING) -> Round:
        """Tell everybody at a moment."""
        with only({"ASSAY_REHEARSAL_TIME": time_text(now)}):
            return tell_everybody(*self.portal_and_teller(now))

    def portal_and_teller(self, now: datetime = MORNING) -> tuple[Portal, Teller]:
        """Open the portal anew, for its doors look at the files once a second."""
        portal = replace(self.portal, clock=FixedClock(now))
        return portal, Teller(self.office, self.book, PortalLetters(ADDRESS), 7, UTC)

    @property
    def portal(self) -> Portal:
        return Site(self.shop.design, self.shop.root / "portal", "town").open()

    def home(self) -> Home:
        """Open the project for nobody."""
        return self.portal.projects["town"].open(None)

    def told(self, name: str, now: datetime = MORNING) -> list[Letter]:
        """Tell everybody, and return what somebody got of it."""
        before = len(self.office.to(f"{name}@example.org"))
        self.tell(now)
        return self.office.to(f"{name}@example.org")[before:]


def ask(shop: Shop, title: str, needed_by: str, at: datetime = MORNING - HOUR) -> None:
    shop.do(
        "carla", "request", "new", "--product", PRODUCT, "--title", title, "--question", "How much?",
        "--deliverable", "dashboard", "--audience", "Us", "--needed-by", needed_by, "--acceptance", "All shops",
        at=time_text(at),
    )  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a shop with people who have accounts: something was asked for, and a release was opened for it."""
    shop = prepare(tmp_path_factory.mktemp("told") / "all")
    make_site(shop.design, shop.root / "portal", "town", tuple(ROLES))
    git(shop.design, "commit", "--quiet", "--all", "--message", "Keys that the portal holds")
    ask(shop, "Takings", "2026-12-31")
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0001", at=time_text(MORNING - HOUR))
    return shop


@pytest.fixture
def town(prepared: Shop, tmp_path: Path) -> Town:
    """Return a copy of it."""
    shop = prepared.copy(tmp_path / "all")
    settings = shop.root / "portal" / "portal.yaml"
    settings.write_text(settings.read_text().replace(str(prepared.root), str(shop.root)))
    return Town(shop)


def assess(town: Town, at: datetime = MORNING) -> None:
    town.shop.do("ada", "assess", at=time_text(at))


def test_the_first_letter_tells_all_that_waits(town: Town) -> None:
    [letter] = town.told("ada")
    assert "Say of each column whether we have it" in letter.text
    assert letter.title == (
        "Say of each column whether we have it, can derive it or miss it: Takings of the shops (R-0001), "
        "needed by 31 December 2026"
    )


def test_nothing_is_told_twice(town: Town) -> None:
    assert town.told("ada")
    assert town.tell(MORNING + HOUR) == Round()
    assert town.tell(MORNING + DAY) == Round()


def test_what_comes_later_waits_for_the_hour_of_the_digest(town: Town) -> None:
    town.tell()
    assess(town, MORNING + HOUR)
    assert not town.told("dora", MORNING + 2 * HOUR)
    assert not town.told("dora", MORNING + 21 * HOUR)
    assert len(town.told("dora", MORNING + 22 * HOUR)) == 1


def test_what_is_due_today_is_told_at_once(town: Town) -> None:
    ask(town.shop, "Quick", "2026-03-02")
    town.shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0002", at=time_text(MORNING))
    town.tell()
    town.shop.do("ada", "assess", "R-0002", at=time_text(MORNING))
    [letter] = town.told("dora", MORNING + HOUR)
    assert letter.title.endswith("(R-0002), due today")


def test_a_reminder_comes_after_three_days_and_then_every_week(town: Town) -> None:
    days = [day for day in range(25) if town.told("ada", MORNING + day * DAY)]
    assert days == [0, 3, 10, 17, 24]


def test_what_was_done_is_not_told_any_more(town: Town) -> None:
    town.tell()
    assess(town)
    letters = town.told("ada", MORNING + 4 * DAY)
    assert all("Say of each column" not in letter.text for letter in letters)


def test_whoever_built_what_was_rejected_and_who_rejected_it_are_told_at_once(town: Town) -> None:
    assess(town)
    town.tell()
    reason = "The day is missing"
    town.shop.do(
        "carla", "signoff", "R-0001", "approved-by-stakeholder", "--on", "daily", "--reject", "--reason", reason,
        at=time_text(MORNING),
    )  # fmt: skip
    [letter] = town.told("ada", MORNING + HOUR)
    assert "it was rejected" in letter.text
    assert "rejected by carla" in letter.text
    assert reason not in letter.text + letter.html
    contract = town.shop.design / f"products/{PRODUCT}/contracts/daily.odcs.yaml"
    contract.write_text(contract.read_text().replace("version: 1.0.0", "version: 1.0.0\ntags: [corrected]"))
    assess(town, MORNING + 2 * HOUR)
    [again] = town.told("carla", MORNING + 3 * HOUR)
    assert "About: daily\n" in again.text


def test_the_asker_is_told_once_what_was_written_and_what_became_of_it(town: Town) -> None:
    town.tell()
    town.shop.do("ada", "request", "comment", "Q-0001", "Which shops?", at=time_text(MORNING))
    [letter] = town.told("carla", MORNING + HOUR)
    assert letter.title == "Somebody wrote to you about it: Takings (Q-0001)"
    assert f"{ADDRESS}/p/town/requests/Q-0001" in letter.text
    assert "Which shops?" not in letter.text + letter.html
    assert not town.told("carla", MORNING + 2 * HOUR)
    assert not town.told("ada", MORNING + 2 * HOUR)


def test_a_letter_says_change_effect_who_checked_by_when_and_one_link(town: Town) -> None:
    assess(town)
    [letter] = town.told("dora")
    assert "Effect: It is the first version: nothing that people use now changes." in letter.text
    assert "Checked before you: feasibility assessed by ada" in letter.text
    assert "By when: needed by 31 December 2026; about 10 minutes" in letter.text
    assert "If you do nothing: " in letter.text
    links = [word for word in letter.text.split() if word.startswith("http")]
    assert links == [f"{ADDRESS}/p/town/releases/R-0001/review?gate=contract.approved-by-owner"]
    assert letter.html.count("href=") == 1


def test_the_link_leads_to_a_page_that_asks_to_sign_in_and_signs_nothing(town: Town) -> None:
    assess(town)
    [letter] = town.told("dora")
    link = next(word for word in letter.text.split() if word.startswith("http"))
    home = town.home()
    before = home.ledger.head()
    with only({"ASSAY_REHEARSAL_TIME": time_text(MORNING)}):
        answer = visit(town.portal, None).get(link)
        assert visit(town.portal, "dora").get(link).status_code == 200
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=/p/town/releases/R-0001/review")
    assert home.ledger.head() == before


def test_nothing_can_be_signed_with_a_home_as_somebody_sees_it_who_is_not_there(town: Town) -> None:
    home = seen_by(town.home(), "dora@example.org")
    assert home is not None
    assert home.signer is not None
    with pytest.raises(AssayError, match="the person themselves"):
        home.signer.sign(b"anything")


def test_a_channel_that_is_shut_loses_nothing_and_is_tried_again_later(town: Town) -> None:
    town.office.closed.add("mail")
    assert set(town.tell().waiting) == {"mail"}
    assert town.tell(MORNING + timedelta(seconds=30)) == Round()
    assert town.tell(MORNING + timedelta(minutes=1)).waiting
    town.office.closed.clear()
    assert not town.told("ada", MORNING + timedelta(minutes=3))
    [letter] = town.told("ada", MORNING + timedelta(minutes=6))
    assert "Say of each column" in letter.text


def test_a_channel_that_is_shut_holds_up_no_other(town: Town) -> None:
    town.office.channels = ("room", "mail")
    town.office.closed.add("room")
    town.tell()
    assert {channel for channel, _, _ in town.office.sent} == {"mail"}
    town.office.closed.clear()
    town.office.sent.clear()
    town.tell(MORNING + HOUR)
    assert {channel for channel, _, _ in town.office.sent} == {"room"}


def test_several_tellers_at_once_tell_once(town: Town) -> None:
    database = open_portal_database(f"sqlite:///{town.shop.root / 'portal' / 'portal.db'}")
    town = replace(town, book=DatabaseToldBook(database))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: tell_everybody(*town.portal_and_teller()), range(4)))
    emails = [email for _, email, _ in town.office.sent]
    assert sorted(emails) == sorted(set(emails))
    assert "ada@example.org" in emails


def test_whoever_is_let_in_no_more_is_told_nothing(town: Town) -> None:
    disable_account(town.portal.identity, ADMIN, "ada@example.org", MORNING)
    assert not town.told("ada")


def test_whoever_left_the_roster_is_told_nothing(town: Town) -> None:
    roster = town.shop.design / "people.yaml"
    roster.write_text(re.sub(r"  - email: ada@.*?(?=  - email)", "", roster.read_text(), flags=re.DOTALL))
    assert not town.told("ada")
    assert seen_by(town.home(), "ada@example.org") is None


def test_a_project_that_cannot_be_read_is_named_and_forgets_nothing(town: Town) -> None:
    town.tell()
    file = town.shop.design / "assay.yaml"
    text = file.read_text()
    file.write_text("name: [")
    assert town.tell(MORNING + HOUR).faults
    file.write_text(text)
    assert not town.told("ada", MORNING + DAY)


def test_an_email_to_which_no_letter_can_go_is_named_and_holds_up_nobody(town: Town) -> None:
    roster = town.shop.design / "people.yaml"
    entry = "  - email: ann,smith@example.org\n    name: Ann\n    roles: [engineer]\n    keys: []\n"
    roster.write_text(roster.read_text().replace("people:\n", f"people:\n{entry}"))
    assert [str(fault.where) for fault in town.tell().faults] == ["ann,smith@example.org"]
    assert town.office.to("ada@example.org")


def test_a_hostile_title_makes_no_header_no_markup_and_no_line_of_its_own(town: Town) -> None:
    file = town.shop.design / f"products/{PRODUCT}/product.yaml"
    file.write_text(file.read_text().replace("title: Takings of the shops", f"title: {_quoted(HOSTILE)}"))
    [letter] = town.told("ada")
    shown = "Takings Bcc: mallory@example.org <script>alert(1)</script> {{ 7 * 7 }} (R-0001)"
    assert shown in letter.title
    assert f"\n{shown}\n" in letter.text
    assert "<script>" not in letter.html
    assert letter.title.isprintable()


def _quoted(text: str) -> str:
    return '"' + text.encode("unicode_escape").decode() + '"'


def name_channel(settings: Path, entry: str) -> None:
    """Put one channel into a portal's settings."""
    settings.write_text(f"{settings.read_text().partition('tell:')[0]}tell:\n  - {entry}\n")


def test_the_command_hands_its_letters_to_a_real_post_office_once(town: Town) -> None:
    assess(town)
    settings = town.shop.root / "portal" / "portal.yaml"
    with PostOfficeServer() as office:
        address = office.address().replace("assay@example.org", "${SENDER}")
        name_channel(settings, f'{{name: mail, url: "{address}"}}')
        environment = {**town.shop.environment(None, time_text(MORNING)), "SENDER": "assay@example.org"}
        command = ("portal", "tell", "--once", "--home", town.shop.root / "portal")
        ran, again = assay(*command, **environment), assay(*command, **environment)
    assert ran.code == 0, ran.text
    assert "letters sent." in ran.out
    assert again.out == "Nothing to tell.\n"
    letters = {recipients[0]: message for recipients, message in office.box.letters}
    assert "dora@example.org" in letters
    plain, html = (_part(letters["dora@example.org"], kind) for kind in ("plain", "html"))
    [expected] = town.told("dora")
    assert plain.split() == expected.text.split()
    assert "Approve what is promised, as its owner" in html


def _part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    content = found.get_content()
    assert isinstance(content, str)
    return content


def test_the_command_without_a_channel_says_what_to_do(town: Town) -> None:
    ran = assay("portal", "tell", "--once", "--home", town.shop.root / "portal", **town.shop.environment(None))
    assert ran.code == 1
    assert "expected a channel by which to tell people found none" in " ".join(ran.text.split())


def test_the_command_shows_no_secret_of_a_channel_that_fails(town: Town) -> None:
    settings = town.shop.root / "portal" / "portal.yaml"
    entries = (
        "nothing://x7-hush@host",
        "{name: mail, url: nothing://x7-hush@host}",
        "{name: x7-hush/, url: [x7-hush]}",
    )
    for entry in entries:
        name_channel(settings, entry)
        ran = assay("portal", "tell", "--once", "--home", settings.parent, **town.shop.environment(None))
        assert ran.code == 1
        assert "x7-hush" not in ran.text


def test_the_command_that_goes_on_tells_again_after_a_fault(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = town.shop.design / "assay.yaml"
    text, pauses = file.read_text(), [60.0]
    file.write_text("name: [")

    def sleep(seconds: float) -> None:
        if seconds != pauses.pop(0):
            raise AssertionError(seconds)
        if not pauses:
            file.write_text(text)
            pauses.append(-1.0)

    monkeypatch.setattr("assay.cli.telling.time.sleep", sleep)
    with only({"ASSAY_REHEARSAL_TIME": time_text(MORNING)}), pytest.raises(AssertionError):
        tell_until_stopped(*town.portal_and_teller(), 1)
    shown = capsys.readouterr()
    assert "Telling by mail, every 1 minute; Ctrl-C stops it." in shown.out
    assert "assay.yaml" in shown.err
    assert "letters sent." in shown.out

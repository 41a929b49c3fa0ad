"""What a reviewer looks at: every item that waits for them with what there is to see, and a sign-off of just that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from assay.actions.failing_rows import NOTHING, FailingRows, failing_rows
from assay.actions.home import Home
from assay.actions.items import Item
from assay.actions.numbers import Number
from assay.actions.preview import Wish, preview
from assay.actions.review import Review, review
from assay.actions.shown import Opened, opened_before, opened_words, parse_opened
from assay.actions.signoff import Choice, sign_off
from assay.base.errors import AssayError
from assay.base.reading import read_yaml
from assay.base.roles import Role
from assay.contract.parse import parse_contract
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.statements import Kind
from assay.validation.conditions import Outcome
from assay.validation.verdicts import Verdict
from assay.wiring import open_home
from faults.shop import PRODUCT, Shop, admit, prepare, soak
from homes import only
from journeys.flights_home import git

RULES = """\
    quality:
      - id: small_takings
        type: custom
        engine: assay
        implementation: {check: row, condition: cents < 290}
        severity: warning
        description: No shop takes more than 2.90 a day.
"""
MARKS = {
    "day": "primaryKey: true\n        classification: public",
    "shop": "primaryKey: true",
    "cents": "classification: public",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The shop with its release on the way, as different people open it."""

    shop: Shop

    def home(self, person: str, at: str = "2026-03-02T09:30:00Z") -> Home:
        with only(self.shop.environment(person, at)):
            return open_home(self.shop.design, self.shop.root / "keys" / f"{person}.pem")

    def review(self, person: str) -> Review:
        with only(self.shop.environment(person)):
            return review(self.home(person), "R-0001")

    def item(self, person: str, name: str = "daily") -> Item:
        return next(item for item in self.review(person).items if item.subject.name == f"{PRODUCT}/{name}")

    def sign(self, person: str, choice: Choice) -> tuple[Signed, ...]:
        with only(self.shop.environment(person)):
            return sign_off(self.home(person), "R-0001", choice)

    def refused(self, person: str, choice: Choice) -> list[str]:
        before = self.home(person).load().head
        with pytest.raises(AssayError) as error:
            self.sign(person, choice)
        assert self.home(person).load().head == before
        return [str(fault) for fault in error.value.faults]

    def copy(self, root: Path) -> Desk:
        return Desk(self.shop.copy(root / "all"))


@pytest.fixture(scope="module")
def discovered(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Return the shop with its contracts assessed, waiting for approval; for copying and looking."""
    shop = prepare(tmp_path_factory.mktemp("discovered") / "all")
    path = shop.design / "products" / PRODUCT / "contracts" / "daily.odcs.yaml"
    text = path.read_text() + RULES
    for column, marks in MARKS.items():
        text = text.replace(f"- name: {column}\n", f"- name: {column}\n        {marks}\n")
    path.write_text(text)
    git(shop.design, "commit", "--quiet", "--all", "--message", "Say more of the days")
    shop.do(
        "carla", "request", "new", "--product", PRODUCT, "--title", "Takings", "--question", "How much?",
        "--deliverable", "dashboard", "--audience", "Us", "--needed-by", "2026-12-31", "--acceptance", "All shops",
    )  # fmt: skip
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0001")
    shop.do("ada", "assess")
    return Desk(shop)


@pytest.fixture(scope="module")
def checked(discovered: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Return the shop with its release checked in QA and accepted by its engineer; for copying and looking."""
    shop = discovered.copy(tmp_path_factory.mktemp("checked")).shop
    approve(shop)
    shop.do("ada", "build", "--sign")
    shop.do("ada", "freeze")
    shop.do("ada", "validate")
    shop.do("ada", "signoff")
    return Desk(shop)


def approve(shop: Shop) -> None:
    for person in ("dora", "carla"):
        shop.do(person, "signoff")
    shop.do("ada", "signoff", "R-0001", "feeds-delivered")


def test_a_contract_waits_for_its_owner_in_plain_words(discovered: Desk) -> None:
    looked = discovered.review("dora")
    daily = discovered.item("dora")

    assert [item.subject.name for item in looked.items] == ["shop/best", "shop/daily", "shop/weekly"]
    assert [asked.words for asked in daily.asked] == ["approve the contracts, as their owner"]
    assert daily.contracts[0].is_new
    assert daily.contracts[0].words.row == "One row for each: day and shop."
    assert [measured.evidence.words for measured in daily.measured] == ["feasibility assessed"]
    assert (daily.page, daily.numbers, looked.carried) == (None, None, ())
    assert (looked.difference.since, str(looked.difference.change_class)) == (None, "standard")


def test_who_can_sign_nothing_has_nothing_to_review(discovered: Desk) -> None:
    assert discovered.review("rita").items == ()


def test_whoever_has_no_role_has_no_review(discovered: Desk) -> None:
    home = discovered.home("dora")
    assert home.person is not None

    with pytest.raises(AssayError, match="product:dataset:preview: expected somebody whose role permits it"):
        review(replace(home, person=replace(home.person, roles=frozenset())), "R-0001")
    with pytest.raises(AssayError, match="expected a key"):
        review(replace(home, person=None, signer=None), "R-0001")


def test_rows_of_qa_are_masked_by_the_contract_that_was_frozen_or_a_stricter_one_of_today(
    checked: Desk, tmp_path: Path
) -> None:
    desk = checked.copy(tmp_path)
    path = desk.shop.design / "products" / PRODUCT / "contracts" / "daily.odcs.yaml"
    opened = path.read_text().replace("- name: shop\n", "- name: shop\n        classification: public\n")
    path.write_text(opened.replace("classification: public\n        logicalType: int", "logicalType: int"))
    shown = preview(desk.home("carla"), PRODUCT, "daily", "qa", Wish())

    assert [(c.name, str(c.mask)) for c in shown.columns][:3] == [
        ("day", "in clear"), ("shop", "first letter"), ("cents", "no value"),
    ]  # fmt: skip


def test_a_dataset_waits_with_its_checks_and_the_failing_rows_that_the_viewer_may_see(checked: Desk) -> None:
    daily = checked.item("ben")
    evidence, looked = next((m.evidence, m.looked) for m in daily.measured if m.evidence.kind is Kind.CHECKED)

    assert (str(evidence.result), evidence.rows, evidence.by, evidence.is_claim) == (
        "warn",
        800,
        "ada@example.org",
        True,
    )
    assert evidence.counts["warn"] == 1
    assert [v.sentence for v in evidence.verdicts if v.check_id == "small_takings"] == [
        "No shop takes more than 2.90 a day."
    ]
    assert looked.by_check["small_takings"].columns == ("day", "shop", "cents")
    assert looked.by_check["small_takings"].rows[0][1:] == ("shop 16", 290)


def test_what_is_masked_is_masked_in_failing_rows_too(checked: Desk, tmp_path: Path) -> None:
    desk = checked.copy(tmp_path)
    desk.sign("ben", Choice())
    (looked,) = [m.looked for m in desk.item("carla").measured if m.evidence.kind is Kind.CHECKED]

    assert [row[1] for row in looked.by_check["small_takings"].rows] == ["(hidden)"] * 4
    assert looked.by_check["small_takings"].rows[0][2] >= 290


BUSIEST = """\
      - id: busiest
        type: sql
        query: select max(cents) from {object}
        mustBeLessThan: 290
        customProperties: [{property: failedRowsQuery, value: "select shop as name from {object} where cents > 292"}]
"""


@pytest.mark.parametrize(
    ("role", "today", "shown"),
    [
        (Role.OWNER, "", "shop 19"),
        (Role.ENGINEER, "", "shop 19"),
        (Role.STAKEHOLDER, "", "(hidden)"),
        (Role.ENGINEER, "restricted", "(hidden)"),
        (Role.OWNER, "restricted", "shop 19"),
    ],
)
def test_the_rows_of_a_rule_in_sql_are_masked_by_where_they_come_from_whatever_they_are_called(
    checked: Desk, role: Role, today: str, shown: str
) -> None:
    home = checked.home("ben")
    path = f"products/{PRODUCT}/contracts/daily.odcs.yaml"
    frozen = home.files[path].decode() + BUSIEST
    stricter = frozen.replace("- name: shop\n", f"- name: shop\n        classification: {today}\n") if today else frozen
    contracts = [parse_contract(read_yaml(text, path)) for text in (frozen, stricter)]
    (said,) = [s.statement for s in home.load().record.of("dataset:shop/daily") if s.statement.kind is Kind.CHECKED]
    looked = failing_rows(home, said, (Verdict("busiest", Outcome.FAIL, "busy"),), contracts, frozenset({role}))

    assert looked.by_check["busiest"] == FailingRows(("name",), ((shown,),))


def test_a_rule_that_counts_no_rows_has_none_wherever_they_lie(checked: Desk) -> None:
    home = checked.home("ben")
    (said,) = [s.statement for s in home.load().record.of("dataset:shop/daily") if s.statement.kind is Kind.CHECKED]
    contracts = (home.project.products[PRODUCT].contracts["daily"],)
    verdicts = (Verdict("daily_fresh", Outcome.FAIL, "fresh"),)

    assert failing_rows(home, replace(said, details={}), verdicts, contracts, frozenset({Role.OWNER})) == NOTHING


@pytest.mark.parametrize(
    "details", [{"snapshot": f"sha256:{'0' * 64}"}, {"snapshot": 7, "cut": [1], "as_of": "never"}, {}]
)
def test_rows_that_lie_elsewhere_or_cannot_be_told_are_said_to(checked: Desk, details: dict[str, object]) -> None:
    home = checked.home("ben")
    (said,) = [s.statement for s in home.load().record.of("dataset:shop/daily") if s.statement.kind is Kind.CHECKED]
    verdicts = (Verdict("small_takings", Outcome.WARN, "small", bad_rows=4),)
    contracts = (home.project.products[PRODUCT].contracts["daily"],)
    looked = failing_rows(home, replace(said, details=details), verdicts, contracts, frozenset({Role.OWNER}))

    assert (looked.by_check, looked.missing) == ({}, "the rows lie where they were checked")


def test_a_sign_off_says_what_was_opened_and_a_blind_one_says_nothing_was(checked: Desk, tmp_path: Path) -> None:
    desk = checked.copy(tmp_path)
    daily, best = "dataset:shop/daily", "dataset:shop/best"
    opened = parse_opened({daily: ["preview", "checks"], "dataset:shop/another": ["contract"]})
    (signed,) = desk.sign("ben", Choice(subjects=("daily", "best"), opened=opened))

    assert signed.statement.details == {"opened": {daily: ["checks", "preview"]}}
    assert opened_before(signed.statement, daily) == (Opened.CHECKS, Opened.PREVIEW)
    assert opened_words(signed.statement, daily) == "opened checks, preview"
    assert opened_words(signed.statement, best) == "signed without opening anything"
    (blind,) = desk.sign("ben", Choice(subjects=("weekly",), opened={}))
    assert blind.statement.details == {"opened": {}}


def test_a_terminal_says_nothing_of_what_was_opened(checked: Desk, tmp_path: Path) -> None:
    (signed,) = checked.copy(tmp_path).sign("ben", Choice())

    assert signed.statement.details == {}
    assert opened_before(signed.statement, "dataset:shop/daily") is None
    assert opened_words(signed.statement, "dataset:shop/daily") == ""


def test_what_no_page_has_cannot_have_been_opened() -> None:
    with pytest.raises(AssayError, match="expected one of contract, checks, preview, dashboard, comparison"):
        parse_opened({"dataset:shop/daily": ["checks", "the <b>safe</b>"]})


def test_what_the_page_showed_is_signed_as_it_showed_it(checked: Desk, tmp_path: Path) -> None:
    desk = checked.copy(tmp_path)
    seen = {key: digest for item in desk.review("ben").items for key, digest in item.seen.items()}

    assert len(desk.sign("ben", Choice(seen=seen))[0].statement.subjects) == 3


def test_what_the_page_did_not_show_is_not_signed(checked: Desk) -> None:
    faults = checked.refused("ben", Choice(seen=checked.item("ben").seen))

    assert [fault.partition(":")[0] for fault in faults] == [
        "dataset.qa.accepted-by-other-engineer of shop/weekly",
        "dataset.qa.accepted-by-other-engineer of shop/best",
    ]
    assert all("something that it did not show" in fault for fault in faults)


def test_newer_evidence_than_the_page_showed_refuses_the_sign_off(checked: Desk, tmp_path: Path) -> None:
    desk = checked.copy(tmp_path)
    seen = desk.item("ben").seen
    desk.shop.deliver(2)
    desk.shop.do("ada", "validate", at="2026-03-02T10:00:00Z")
    (fault,) = desk.refused("ben", Choice(subjects=("daily",), seen=seen))

    assert "expected the evidence that the page showed, found newer evidence: checked in qa gave warn on 2026" in fault
    assert "Nothing was signed." in fault


def test_a_meaning_that_changed_while_the_page_was_open_refuses_the_sign_off(discovered: Desk, tmp_path: Path) -> None:
    desk = discovered.copy(tmp_path)
    seen = desk.item("dora").seen
    path = desk.shop.design / "products" / PRODUCT / "contracts" / "daily.odcs.yaml"
    path.write_text(path.read_text().replace("more than 2.90", "more than 2.91"))
    (fault,) = desk.refused("dora", Choice(subjects=("daily",), seen=seen))

    assert "expected what the page showed, found another contract: the page showed " in fault


def test_a_dashboard_waits_with_its_page_as_it_was_published_and_one_that_was_changed_shows(
    checked: Desk, tmp_path: Path
) -> None:
    desk = checked.copy(tmp_path)
    for person in ("ben", "carla"):
        desk.sign(person, Choice())
    desk.shop.do("ada", "publish")
    takings = desk.item("ada", "takings")

    assert [contract.words.name for contract in takings.contracts] == ["daily"]
    assert takings.page is not None
    assert (takings.page.name, takings.page.is_as_published) == ("qa/shop/takings.html", True)
    assert b"What do our shops take?" in takings.page.content
    path = desk.shop.state / "pages" / takings.page.name
    path.write_bytes(path.read_bytes().replace(b"What do", b"Who cares what"))
    changed = desk.item("ada", "takings").page
    assert changed is not None
    assert not changed.is_as_published


def test_two_reviews_of_one_page_are_two_sign_offs_of_it_and_the_second_is_refused(
    checked: Desk, tmp_path: Path
) -> None:
    desk = checked.copy(tmp_path)
    choice = Choice(subjects=("daily",), seen=desk.item("ben").seen, opened={})
    desk.sign("ben", choice)

    assert desk.refused("ben", choice), "the back button after a sign-off"


@pytest.fixture(scope="module")
def second(discovered: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Return the shop with version 1.0.0 released, and 2.0.0, which drops a promise and counts twice, checked in QA."""
    shop = discovered.copy(tmp_path_factory.mktemp("second")).shop
    approve(shop)
    admit(shop)
    soak(shop)
    answer, at = shop.post("released.tar"), "2026-03-04T09:00:00Z"
    shop.do(None, "node", "release", shop.post("order.tar"), "--answer", answer, at=at)
    shop.do("ada", "ledger", "import", answer, at=at)
    folder = shop.design / "products" / PRODUCT
    for file, old, new in (
        ("contracts/daily.odcs.yaml", "version: 1.0.0", "version: 2.0.0"),
        ("contracts/daily.odcs.yaml", "integer\n        required: true", "integer"),
        ("workflow/daily.sql", "sum(cents)", "2 * sum(cents)"),
        ("product.yaml", "version: 1.0.0", "version: 2.0.0"),
    ):
        (folder / file).write_text((folder / file).read_text().replace(old, new, 1))
    git(shop.design, "commit", "--quiet", "--all", "--message", "Count twice")
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0001", at=at)
    for person in ("dora", "carla"):
        shop.do(person, "signoff", "R-0002", at=at)
    shop.do("ada", "build", "--sign", at=at)
    shop.do("ada", "freeze", "R-0002", at=at)
    shop.do("ada", "validate", "R-0002", at=at)
    return Desk(shop)


def test_a_second_version_is_seen_against_the_released_one(second: Desk) -> None:
    with only(second.shop.environment("ada")):
        looked = review(second.home("ada", "2026-03-04T10:00:00Z"), "R-0002")
    daily, best = looked.items

    assert (looked.difference.since, str(looked.difference.change_class)) == ("1.0.0", "breaking")
    assert "daily.cents may be empty from now on." in looked.difference.sentences
    assert daily.contracts[0].changes[0].sentence == "daily.cents may be empty from now on."
    assert (best.contracts[0].is_new, best.contracts[0].changes) == (False, ())
    assert daily.numbers is not None
    assert (daily.numbers.since, daily.numbers.is_same_cut) == ("R-0001", True)
    assert Number("cents", "sum", "117600", "235200") in daily.numbers.columns


def test_what_was_carried_need_not_be_looked_at_and_says_on_whose_word(second: Desk) -> None:
    with only(second.shop.environment("ada")):
        looked = review(second.home("ada", "2026-03-04T10:00:00Z"), "R-0002")

    assert "shop/weekly" not in {item.subject.name for item in looked.items}
    assert ("dataset.qa.accepted-by-stakeholder", "carla@example.org", "R-0001") in {
        (one.gate, one.by, one.release) for one in looked.carried if one.subject == "shop/weekly"
    }
    assert [one.gate for one in looked.items[0].carried] == ["dataset.feeds-delivered"]


def test_numbers_of_a_masked_column_are_not_told(second: Desk, tmp_path: Path) -> None:
    desk, at = second.copy(tmp_path), "2026-03-04T10:00:00Z"
    for person in ("ada", "ben"):
        desk.shop.do(person, "signoff", "R-0002", at=at)
    with only(desk.shop.environment("carla")):
        numbers = {i.subject.name: i.numbers for i in review(desk.home("carla", at), "R-0002").items}

    told = {name: {column.column for column in each.columns} for name, each in numbers.items() if each}
    assert told == {"shop/daily": {"cents"}, "shop/best": set()}, "nobody classified the takings of the best"

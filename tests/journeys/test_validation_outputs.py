"""Results as people and machines get them: every form, where it is written to, what counts as failed, what is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pyarrow
import pyarrow.parquet
import pytest
from syrupy.assertion import SnapshotAssertion

from assay.base.errors import AssayError, WrongUsage
from assay.cli.validation_options import FailOn, Form, Wish
from assay.cli.validation_outputs import FAILING, exit_code, refuse_selection, tell
from assay.cli.validation_text import show_result, show_sql
from assay.documentation.evidence_results import DatasetResult
from assay.lifecycle.statements import Kind
from assay.validation.conditions import Outcome
from assay.validation.selection import EVERYTHING, Selection
from assay.validation.sensitivity import Level
from assay.wiring import open_home
from core.documentation.evidence_cases import (
    AGREED,
    BUSIEST,
    CASES,
    CHECKS,
    HOSTILE,
    KNOWN,
    MANY,
    MIXED,
    NASTY,
    VALID,
    VOLUME,
    result,
)
from faults.shop import PRODUCT, Shop, open_release, prepare
from homes import Ran, assay, only
from journeys.flights_home import git

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def wish(
    form: Form = Form.TEXT, out: Path | None = None, *, everything: bool = False, fail_on: FailOn = FailOn.FAIL,
    selection: Selection = EVERYTHING, keeps: bool = False,
) -> Wish:  # fmt: skip
    return Wish(form, out, 5, everything, fail_on, selection, sql=False, keeps=keeps)


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def printed(capsys: pytest.CaptureFixture[str], *results: DatasetResult, everything: bool = False) -> str:
    for one in results:
        show_result(one, everything=everything)
    return capsys.readouterr().out


@pytest.mark.parametrize("case", ["mixed", "explained", "no rules", "all skipped", "long"])
def test_the_terminal_shows_what_is_broken_the_worst_first(
    case: str, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    assert printed(capsys, *CASES[case]) == snapshot


def test_the_terminal_shows_every_rule_when_asked(
    capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    assert printed(capsys, MIXED, everything=True) == snapshot


@pytest.mark.parametrize("case", [name for name in CASES if name != "explained"])
def test_no_line_is_wider_than_the_terminal_and_none_steers_it(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, *CASES[case], everything=True)

    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert not set(text) & {"\x1b", "\x00", "\u202e", "\ud800"}


def test_ten_thousand_rules_do_not_flood_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    few = printed(capsys, MANY).splitlines()

    assert len(few) < 50
    assert few[-1].strip() == "and 2,480 fail more; --all shows every rule"
    assert len(printed(capsys, MANY, everything=True).splitlines()) > 10_000


def test_the_sql_of_every_rule_is_one_script_that_says_what_each_is(
    capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    checks = [CHECKS["known"], CHECKS["agreed"]]
    queries = {"known": ('SELECT\n  count(*)\nFROM "t"',), "agreed": ("-- skip: a rule in words",)}

    show_sql(HOSTILE, checks, queries)

    assert capsys.readouterr().out == snapshot


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [(FailOn.WARN, {VOLUME, VALID, BUSIEST}), (FailOn.FAIL, {VALID, BUSIEST}), (FailOn.NEVER, {BUSIEST})],
)
def test_a_run_fails_from_the_wanted_verdict_on_and_always_for_want_of_one(fail_on: FailOn, failing: set) -> None:  # type: ignore[type-arg]
    for verdict in (KNOWN, VOLUME, VALID, BUSIEST):
        assert exit_code([result(KNOWN, verdict)], fail_on) == (verdict in failing)
        assert exit_code([result(KNOWN), result(verdict)], fail_on) == (verdict in failing)


@pytest.mark.parametrize("fail_on", FailOn)
def test_nothing_tested_always_fails(fail_on: FailOn) -> None:
    assert [exit_code(results, fail_on) for results in ([], [result()], [result(AGREED)])] == [1, 1, 1]
    assert Outcome.ERROR in FAILING[fail_on]


@pytest.mark.parametrize("form", Form)
def test_a_file_holds_what_the_terminal_would_show_and_says_so(
    form: Form, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = tell([MIXED], wish(form), NOW)
    shown = capsys.readouterr().out
    out = tmp_path / "new" / "results"

    assert tell([MIXED], wish(form, out), NOW) == code == 1
    assert out.read_text() == shown
    assert capsys.readouterr().out == f"error: written to {out}\n"
    assert [path.name for path in out.parent.iterdir()] == ["results"]


def test_what_cannot_be_written_leaves_the_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")

    with pytest.raises(AssayError, match="room and leave to write"):
        tell([MIXED], wish(Form.JSON, tmp_path / "file" / "inside"), NOW)
    assert (tmp_path / "file").read_text() == "old"


def test_any_text_can_be_written_to_a_file(tmp_path: Path) -> None:
    for form in Form:
        tell([NASTY], wish(form, tmp_path / form), NOW)
        (tmp_path / form).read_bytes().decode()


@pytest.mark.parametrize("form", Form)
def test_only_who_sits_at_the_terminal_sees_as_far_as_they_may(form: Form) -> None:
    own = Level.CONFIDENTIAL

    assert wish(form).cleared(own) is (own if form is Form.TEXT else Level.OPEN)
    assert wish(form, Path("file")).cleared(own) is Level.OPEN
    assert wish(form, keeps=True).cleared(own) is Level.OPEN


def test_no_part_of_a_release_is_validated() -> None:
    refuse_selection(wish(), "R-0001")

    with pytest.raises(WrongUsage, match=r"validate R-0001: expected every rule.*--data"):
        refuse_selection(wish(selection=Selection(rules=("a",))), "R-0001")


# ---------------------------------------------------------------------------------------------------------------------
# Through the command, on a release of a shop.

RULES = """\
    quality:
      - id: small_takings
        name: Small takings
        type: custom
        engine: assay
        implementation: {check: row, condition: cents < 290}
        severity: warning
        description: No shop takes more than 2.90 a day.
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a shop whose release is frozen, with a rule that warns, about a column that nobody classified."""
    shop = prepare(tmp_path_factory.mktemp("results") / "all")
    path = shop.design / "products" / PRODUCT / "contracts" / "daily.odcs.yaml"
    key = "- name: day\n        primaryKey: true\n        classification: public\n"
    text = path.read_text().replace("- name: day\n", key)
    path.write_text(text.replace("- name: shop\n", "- name: shop\n        primaryKey: true\n") + RULES)
    git(shop.design, "commit", "--quiet", "--all", "--message", "Say more of the days")
    open_release(shop)
    shop.do("ada", "build", "--sign")
    shop.do("ada", "freeze")
    return shop


def test_the_sql_of_a_release_is_shown_once_it_is_built(shop: Shop) -> None:
    early = shop.run("ada", "validate", "--sql")
    shop.do("ada", "validate")
    shown = shop.do("ada", "validate", "--sql").text

    assert (early.code, "a dataset that is built in QA" in early.text) == (1, True)
    assert "-- No shop takes more than 2.90 a day." in shown
    assert "cents < 290" in shown


def test_an_engineer_sees_at_the_terminal_what_nobody_sees_in_a_file(shop: Shop, tmp_path: Path) -> None:
    text = shop.do("ada", "validate").text
    page = tmp_path / "evidence.html"
    shop.do("ada", "validate", "-o", "html", "--out", page)
    told = json.loads(shop.do("ada", "validate", "-o", "json", "--samples", "2").text)

    assert "shop 19  293" in text
    assert "shop 19" not in page.read_text()
    assert ">293<" not in page.read_text()
    assert [len(one["rows"]) for one in told["samples"]] == [2]
    assert {cell for one in told["samples"] for row in one["rows"] for cell in row[1:]} == {"(hidden)"}


def test_no_row_is_in_what_is_signed(shop: Shop) -> None:
    shop.do("ada", "validate")
    with only(shop.environment("ada")):
        said = open_home(shop.design).load().record.of(f"dataset:{PRODUCT}/daily")
    details = next(one.statement.details for one in reversed(said) if one.statement.kind is Kind.CHECKED)
    rule = next(rule for rule in details["rules"] if rule["check"] == "small_takings")
    columns = {name: values for name, *values in details["profile"]["columns"]}

    assert (rule["outcome"], rule["badRows"], rule["dimension"], rule["severity"]) == ("warn", 4, "consistency", "warn")
    assert "samples" not in details
    assert columns["day"] == ["DATE", 0, "2026-01-05", "2026-02-13", None]
    assert columns["shop"] == ["VARCHAR", 0, None, None, None]
    assert columns["cents"] == ["BIGINT", 0, None, None, None]
    assert "shop 19" not in json.dumps(thawed(details))


def thawed(value: Any) -> Any:
    """Return a value of a statement as plain JSON."""
    if isinstance(value, Mapping):
        return {name: thawed(each) for name, each in value.items()}
    return [thawed(each) for each in value] if isinstance(value, list | tuple) else value


def test_each_form_comes_through_the_command(shop: Shop) -> None:
    told = json.loads(shop.do("ada", "validate", "-o", "json").text)
    cases = fromstring(shop.do("ada", "validate", "-o", "junit").text)
    notes = shop.do("ada", "validate", "-o", "github").text.splitlines()

    assert (told["format"], told["result"]) == ("assay.validation/1", "warn")
    assert {one["dataset"] for one in told["datasets"]} == {"daily", "best", "weekly"}
    assert len(list(cases.iter("testcase"))) == sum(len(one["verdicts"]) for one in told["datasets"])
    assert notes[0].startswith(f"::warning file=products/{PRODUCT}/contracts/daily.odcs.yaml,line=")


def test_what_counts_as_failed_is_said_by_whoever_runs_it(shop: Shop) -> None:
    assert shop.run("ada", "validate", "--fail-on", "warn").code == 1
    assert shop.run("ada", "validate").code == 0
    assert shop.run("ada", "validate", "--fail-on", "never").code == 0
    assert shop.run("ada", "validate", "--fail-on", "often").code == 2


def test_a_selection_of_a_release_is_wrong_usage_and_records_nothing(shop: Shop) -> None:
    before = shop.do("ada", "ledger", "verify").text
    refused = shop.run("ada", "validate", "--rule", "small_takings")

    assert (refused.code, "every rule" in refused.text) == (2, True)
    assert shop.do("ada", "ledger", "verify").text == before


def test_failing_rows_are_kept_where_asked_and_erased_with_who_and_why(shop: Shop, tmp_path: Path) -> None:
    copied = shop.copy(tmp_path / "all")
    state = ("--state", copied.state)
    assert "No failing rows are kept." in copied.do("ada", "samples", "list", *state).text
    copied.do("ada", "validate")
    assert "No failing rows are kept." in copied.do("ada", "samples", "list", *state).text

    copied.do("ada", "validate", "--keep-samples")
    listed = copied.do("ada", "samples", "list", *state).text
    name = listed.split()[0]
    shown = copied.do("ada", "samples", "show", name, *state).text
    assert ("daily: 4 rows of 1 rule" in listed, "(hidden)" in shown) == (True, True)

    refused = copied.run("ada", "samples", "erase", "--reason", "asked to", *state)
    copied.do("ada", "samples", "erase", "--older-than", "400d", "--reason", "asked to", *state)
    assert (refused.code, copied.do("ada", "samples", "show", name, *state).text) == (2, shown)

    copied.do("ada", "samples", "erase", name, "--reason", "asked to", *state)
    assert "asked to" in copied.do("ada", "samples", "list", *state).text
    gone = copied.run("ada", "samples", "show", name, *state)
    assert (gone.code, "erased: asked to" in gone.text) == (1, True)
    rows = list((copied.state / "samples").glob("*.rows"))
    assert rows == []


def test_how_old_is_a_span_of_time(shop: Shop) -> None:
    for age in ("7m", "", "soon", "-1d"):
        refused = shop.run("ada", "samples", "erase", "--older-than", age, "--reason", "old", "--state", shop.state)
        assert (refused.code, "an age" in refused.text) == (2, True)


# ---------------------------------------------------------------------------------------------------------------------
# Through the command, on somebody's own files.

PEOPLE = """\
version: 1.0.0
apiVersion: v3.2.0
kind: DataContract
id: people
schema:
- name: people
  properties:
  - {name: id, primaryKey: true, classification: public}
  - {name: name, tags: [core], enum: [{value: ann}]}
  - {name: mail, classification: confidential, logicalTypeOptions: {pattern: '@'}}
  quality:
  - {id: volume, metric: rowCount, mustBeGreaterThan: 5, severity: warning, tags: [nightly]}
  - {id: broken, type: sql, query: 'select max(nothing) from {object}', mustBe: 0}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a folder with a contract and data that breaks it, outside every project."""
    (tmp_path / "people.odcs.yaml").write_text(PEOPLE)
    table = pyarrow.table({"id": [1, 2], "name": ["ann", "bob"], "mail": ["ann@example.org", "bob at home"]})
    pyarrow.parquet.write_table(table, tmp_path / "people.parquet")
    return tmp_path


def on_files(own: Path, *arguments: str | Path) -> Ran:
    data = ("--data", own / "people.parquet", "--state", own / "state")
    return assay("validate", own / "people.odcs.yaml", *data, *arguments, COLUMNS="80")


def test_at_the_terminal_of_their_owner_files_show_what_nobody_called_confidential(own: Path) -> None:
    ran = on_files(own, "--rule", "name:*", "--rule", "mail:*")

    assert ran.code == 1
    assert "bob" in ran.out
    assert "(hidden)" in ran.out
    assert "bob at home" not in ran.out


@pytest.mark.parametrize("form", [form for form in Form if form is not Form.TEXT])
def test_no_form_for_others_shows_what_nobody_classified(own: Path, form: Form) -> None:
    ran = on_files(own, "-o", form, "--rule", "name:*", "--rule", "mail:*")

    assert ran.code == 1
    assert "bob" not in ran.out
    assert ("(hidden)" in ran.out) is (form in {Form.JSON, Form.HTML})


def test_what_is_not_selected_is_counted_and_makes_nothing_fail(own: Path) -> None:
    assert on_files(own).code == 1
    assert "people: warn  2 rows, 1 rule: 1 warn, " in on_files(own, "--tag", "nightly").out
    assert on_files(own, "--tag", "nightly").code == 0
    assert on_files(own, "--tag", "nightly", "--fail-on", "warn").code == 1
    assert (on_files(own, "--rule", "broken", "--fail-on", "never").code, on_files(own, "--samples", "x").code) == (
        1,
        2,
    )


def test_a_word_that_no_rule_has_is_wrong_usage_with_the_nearest(own: Path) -> None:
    ran = on_files(own, "--rule", "brokn", "--dimension", "none", "-o", "json")

    assert (ran.code, ran.out) == (2, "")
    assert "Nearest: broken" in ran.text


def test_the_sql_of_the_selected_rules_is_shown_and_none_is_run(own: Path) -> None:
    ran = on_files(own, "--rule", "broken", "--sql")

    assert ran.code == 0
    assert "select max(nothing) from" in ran.out
    assert "Binder" not in ran.text


def test_rows_of_own_files_are_kept_as_every_file_shows_them(own: Path) -> None:
    shown = on_files(own, "--rule", "name:*", "--keep-samples").out
    name = assay("samples", "list", "--state", own / "state").out.split()[0]
    kept = assay("samples", "show", name, "--state", own / "state").out

    assert ("bob" in shown, "bob" in kept, "(hidden)" in kept) == (False, False, True)
    assert b"bob" not in b"".join(path.read_bytes() for path in (own / "state" / "samples").iterdir())

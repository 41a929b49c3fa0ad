"""The Python door: the same acts as at the terminal, on the real example, and data as Arrow and DuckDB give it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import assay
from assay.actions.freeze import freeze
from assay.actions.open_release import open_release
from assay.connectors.keys import new_key
from assay.lifecycle.statements import Result
from assay.wiring import open_home
from assay.workflow.plan import Cause, Verb
from ports.flights import EXAMPLE

ROWS = 11_864

PROCESS = """\
gates:
  - {id: release.frozen, per: release, phase: development, title: frozen, kind: frozen, by: person, roles: [engineer]}
  - {id: dataset.qa.checked, per: dataset, phase: initial validation, title: checked, kind: checked, by: person,
     roles: [engineer], environment: qa}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the example with a process of two gates and a key for Ada, committed."""
    place = tmp_path_factory.mktemp("door")
    project = place / "flights"
    shutil.copytree(EXAMPLE, project)
    public = new_key(place / "ada.pem").public.raw.hex()
    people = (project / "people.yaml").read_text()
    (project / "people.yaml").write_text(people.replace("keys: []", f'keys: [{{public: "{public}"}}]', 1))
    (project / "process.yaml").write_text(PROCESS)
    (project / ".gitignore").write_text(".assay\n")
    git = ["git", "-C", str(project), "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message=flights"], check=True)
    return project


@pytest.fixture(scope="module")
def project(folder: Path) -> assay.Project:
    """Give the example, built in dev once for all these tests."""
    opened = assay.open_project(folder, folder.parent / "ada.pem")
    opened.build("ontime")
    return opened


def test_importing_assay_loads_nothing_but_itself() -> None:
    code = "import sys, assay; print(sorted(name for name in sys.modules if name.startswith('assay.')))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


def test_every_name_that_the_door_offers_is_there() -> None:
    assert all(getattr(assay, name) is not None for name in assay.__all__)
    assert set(assay.__all__) <= set(dir(assay))


def test_a_name_that_is_not_there_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="no attribute 'open_projekt'"):
        assay.open_projekt  # noqa: B018


def test_a_project_is_found_from_a_folder_within_it(project: assay.Project, folder: Path) -> None:
    inside = assay.open_project(folder / "products" / "ontime")

    assert (inside.name, inside.products) == ("flights", ("ontime",))
    assert inside.product().datasets == ("carrier_month", "ontime_daily")
    assert inside.dataset("ontime_daily") == project.dataset("ontime_daily")


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(assay.AssayError, match=r"a folder with the file assay\.yaml"):
        assay.open_project(tmp_path)


def test_a_key_that_nobody_holds_is_refused(folder: Path, tmp_path: Path) -> None:
    new_key(tmp_path / "stranger.pem")

    with pytest.raises(assay.AssayError, match=r"a key of somebody in people\.yaml"):
        assay.open_project(folder, tmp_path / "stranger.pem")


def test_the_terminals_variables_name_project_and_key_here_too(
    project: assay.Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_PROJECT", str(folder))
    monkeypatch.setenv("ASSAY_KEY", str(folder.parent / "nobody.pem"))

    with pytest.raises(assay.AssayError, match="your private key"):
        assay.open_project()
    monkeypatch.delenv("ASSAY_KEY")
    assert assay.open_project().name == project.name


def test_a_dataset_says_what_it_is(project: assay.Project) -> None:
    daily = project.dataset("ontime_daily")

    assert (daily.name, daily.environment, daily.rows, len(daily)) == ("ontime_daily", "dev", ROWS, ROWS)
    assert [(c.name, c.type) for c in daily.columns[:3]] == [
        ("flight_date", "DATE"), ("origin", "VARCHAR"), ("carrier", "VARCHAR"),
    ]  # fmt: skip
    assert daily.as_of == date(2014, 1, 1)
    assert timedelta() <= datetime.now(UTC) - daily.served_since < timedelta(hours=1)
    assert daily.digest.startswith("sha256:")
    assert repr(daily).splitlines()[:3] == [
        "ontime.ontime_daily in dev: 11,864 rows, as of 2014-01-01", "  column                  type",
        "  flight_date             DATE",
    ]  # fmt: skip


def test_a_dataset_is_an_arrow_table_with_its_types(project: assay.Project) -> None:
    table = project.product("ontime").dataset("ontime_daily").arrow()

    assert isinstance(table, pa.Table)
    assert table.num_rows == ROWS
    assert table.schema.field("flight_date").type == pa.date32()
    assert table.schema.field("on_time_share").type == pa.decimal128(5, 4)
    assert table.slice(0, 1).to_pylist()[0] == {
        "flight_date": date(2013, 1, 1), "origin": "EWR", "carrier": "AA", "flights": 10, "cancelled": 0,
        "delayed": 4, "on_time": 6, "on_time_share": Decimal("0.6000"), "mean_departure_delay": Decimal("35.20"),
        "p90_departure_delay": Decimal("73.50"), "weather_affected": 0, "weather_affected_share": Decimal("0.0000"),
    }  # fmt: skip


def test_relations_of_two_datasets_join_in_duckdbs_own_session(project: assay.Project) -> None:
    daily, monthly = project.dataset("ontime_daily").relation(), project.dataset("ontime.carrier_month").relation()

    sums = duckdb.sql(
        """
        select (select sum(flights) from daily), (select sum(flights) from monthly),
            (select count(*) from daily join monthly using (carrier) where month = date '2013-01-01')
        """
    ).fetchall()

    assert daily.columns[0] == "flight_date"
    assert monthly.columns[0] == "month"
    assert sums == [(336_776, 336_776, ROWS)]


def test_a_relation_outlives_the_name_of_the_session_in_which_it_is_read(project: assay.Project) -> None:
    relation = project.dataset("ontime_daily").relation(duckdb.connect())

    assert relation.aggregate("count(*)").fetchall() == [(ROWS,)]


def test_a_query_sees_datasets_cut_and_logical_date(project: assay.Project) -> None:
    table = project.query("select $as_of as as_of, (select count(*) from sources.airlines) as n from carrier_month")

    assert isinstance(table, pa.Table)
    assert table.slice(0, 1).to_pylist() == [{"as_of": date(2014, 1, 1), "n": 16}]
    assert project.product().query("select count(*) as n from ontime_daily").to_pylist() == [{"n": ROWS}]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("drop view ontime_daily", "DROP"),
        ("select flight_dat from ontime_daily", 'Referenced column "flight_dat" not found'),
        ("select * from read_csv('/etc/passwd')", "disabled by configuration"),
    ],
)
def test_a_query_that_does_more_or_less_than_reading_is_refused(project: assay.Project, sql: str, found: str) -> None:
    with pytest.raises(assay.AssayError) as refused:
        project.query(sql)

    assert found in refused.value.faults[0].found


def test_a_notebook_shows_the_first_rows(project: assay.Project) -> None:
    html = project.dataset("ontime_daily")._repr_html_()

    assert "ontime.ontime_daily in dev: 11,864 rows, the first 10; as of 2014-01-01" in html
    assert html.count("<tr>") == 11
    assert '<th scope="col" title="DECIMAL(5,4)" class="number">on_time_share</th>' in html
    assert re.sub(r' class="\w+"', "", html).count("<td>2013-01-01</td><td>EWR</td><td>AA</td><td>10</td>") == 1


def test_texts_in_a_notebook_are_texts_and_no_markup(project: assay.Project, folder: Path, tmp_path: Path) -> None:
    del project
    copied = tmp_path / "flights"
    shutil.copytree(folder, copied, ignore=shutil.ignore_patterns(".git", ".assay"))
    query = "select cast('<b>&' as varchar) as \"<i>\", null as nothing"
    (copied / "products/ontime/workflow/markup.sql").write_text(query)
    (copied / "products/ontime/workflow/carrier_month.py").unlink()
    (copied / "products/ontime/tests/carrier_month.yaml").unlink()
    (copied / "products/ontime/contracts/carrier_month.odcs.yaml").unlink()
    (copied / "products/ontime/solutions/delays.dashboard.yaml").unlink()
    other = assay.open_project(copied)
    other.build()

    html = other.dataset("markup")._repr_html_()

    assert '<td class="short">&lt;b&gt;&amp;</td><td class="number"></td>' in html
    assert ">&lt;i&gt;</th>" in html
    assert "1 rows; as of" in html


def test_nothing_to_do_is_planned_and_done(project: assay.Project) -> None:
    plan = project.plan("ontime")
    again = project.product("ontime").build()

    assert plan.is_idle
    assert [(d.step, d.verb, d.reasons[0].cause) for d in plan.decisions] == [
        ("carrier_month", Verb.REUSE, Cause.UNCHANGED), ("ontime_daily", Verb.REUSE, Cause.UNCHANGED),
    ]  # fmt: skip
    assert [step.ran for step in again.steps] == [False, False]


def test_what_was_just_edited_counts_and_a_dataset_in_hand_stays_what_it_was(
    project: assay.Project, folder: Path
) -> None:
    step = folder / "products/ontime/workflow/ontime_daily.sql"
    written = step.read_text()
    before = project.dataset("ontime_daily")
    told: list[str] = []

    step.write_text(written.replace("from counted\n", "from counted\nwhere carrier <> 'UA'\n"))
    try:
        plan = project.product().plan()
        project.build(progress=told.append)
        after = project.dataset("ontime_daily")
    finally:
        step.write_text(written)
        project.build()

    assert {d.step: d.verb for d in plan.decisions} == {"carrier_month": Verb.REUSE, "ontime_daily": Verb.RUN}
    assert told == ["ontime_daily: code changed"]
    assert (before.rows, before.arrow().num_rows) == (ROWS, ROWS)
    assert after.rows < ROWS
    assert after != before
    assert project.dataset("ontime_daily").digest == before.digest


def test_a_product_and_a_name_that_came_after_the_project_was_opened_count_at_once(
    folder: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "flights", ignore=shutil.ignore_patterns(".assay")))
    opened = assay.open_project(copy)
    second = copy / "products" / "second"
    second.mkdir()
    (second / "product.yaml").write_bytes((copy / "products" / "ontime" / "product.yaml").read_bytes())
    (copy / "assay.yaml").write_text((copy / "assay.yaml").read_text().replace("name: flights", "name: air"))
    opened.build("second")

    assert opened.query("select 1 as one", product="second").to_pylist() == [{"one": 1}]
    with pytest.raises(assay.AssayError, match="there are: ontime, second"):
        opened.query("select 1 as one")
    assert opened.name == "air"


def test_a_dataset_in_hand_cannot_be_altered(project: assay.Project) -> None:
    with pytest.raises(FrozenInstanceError):
        project.dataset("ontime_daily").name = "another"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "env", "found"),
    [
        ("ontime_dayly", "dev", r"Built there: ontime\.carrier_month, ontime\.ontime_daily"),
        ("sales.daily", "dev", "Run: assay build sales --env dev"),
        ("carrier_month", "prod", r"data that lies at the node .* and stays there\. .* compare\('qa', 'prod', node="),
        ("carrier_month", "production", "an environment: dev, qa, prod, released, candidate"),
        ("Ontime Daily", "dev", "a table name of lower-case letters"),
    ],
)
def test_a_dataset_that_is_not_there_is_refused_with_what_is(
    project: assay.Project, name: str, env: str, found: str
) -> None:
    with pytest.raises(assay.AssayError, match=found):
        project.dataset(name, env)


def test_an_unknown_product_is_refused_with_those_there_are(project: assay.Project) -> None:
    with pytest.raises(assay.AssayError, match=r"Products: ontime\."):
        project.product("sales")


def test_without_a_key_nothing_is_validated_and_nothing_recorded(project: assay.Project, folder: Path) -> None:
    del project
    nobody = assay.open_project(folder)

    with pytest.raises(assay.AssayError, match="a key, to know who is acting"):
        nobody.validate("R-0001")
    assert open_home(folder).ledger.head().seq == 0


def test_a_release_is_validated_in_qa_from_its_payload_and_signed(project: assay.Project, folder: Path) -> None:
    with pytest.raises(assay.AssayError, match="one frozen release"):
        project.build(env="qa")
    home = open_home(folder, folder.parent / "ada.pem")
    release = open_release(home, "ontime", ())
    freeze(home, release)

    validated = project.validate(release)

    assert validated.is_good
    assert set(validated.signed) == {"carrier_month", "ontime_daily"}
    assert {checked.result for checked in validated.checked.values()} == {Result.PASS}
    assert project.dataset("ontime_daily", "qa").digest == project.dataset("ontime_daily", "dev").digest
    assert project.plan(env="qa").is_idle

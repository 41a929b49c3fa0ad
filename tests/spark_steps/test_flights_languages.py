"""The flights in five languages: built by one command, agreeing with each other, and built again for nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from assay.actions.checking import check_product
from assay.actions.make import make
from assay.wiring import open_home
from dbt_projects.installing import installed_dbt
from environments import NotInstalled
from house import ROOT

pytestmark = [pytest.mark.needs("java"), pytest.mark.needs("Rscript"), pytest.mark.timeout(900)]

Command = Callable[..., str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the example, whose state is nobody else's, beside the data."""
    examples = tmp_path_factory.mktemp("examples")
    (examples / "flights").symlink_to(ROOT / "examples" / "flights")
    own = ROOT / "examples" / "flights_languages"
    return Path(shutil.copytree(own, examples / own.name, ignore=shutil.ignore_patterns(".assay")))


@pytest.fixture(scope="module")
def command(spark_python: Path, folder: Path) -> Command:
    """Return what runs a command in the example and gives what it prints."""
    try:
        dbt = installed_dbt()
    except NotInstalled as error:
        pytest.skip(f"dbt cannot be installed here: {error}")
    known = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME") if name in os.environ}

    def run(*words: str) -> str:
        environment = {**known, "ASSAY_DBT": str(dbt), "COLUMNS": "80", "XDG_CONFIG_HOME": "/nowhere"}
        ended = subprocess.run(
            [spark_python, "-m", "assay", *words], cwd=folder, env=environment, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    return run


def test_one_command_builds_the_steps_of_all_languages_and_they_agree(command: Command) -> None:
    said = command("build", "punctuality")

    assert {line.split()[0]: line.split()[1:3] for line in said.splitlines() if " ran " in line} == {
        "month": ["ran", "12"],
        "airport_month": ["ran", "36"],
        "carrier_spread": ["ran", "16"],
        "carriers": ["ran", "16"],
        "routes": ["ran", "224"],
        "agreement": ["ran", "5"],
    }
    asked = json.loads(command("query", "select * from agreement", "-o", "json"))
    assert {tuple(row.values())[1:] for row in asked} == {(336_776, 327_346, 2_257_174)}


def test_every_rule_holds_those_of_dbt_among_them(
    folder: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("build", "punctuality")
    monkeypatch.setenv("ASSAY_DBT", str(installed_dbt()))
    home = open_home(folder)
    made = make(home, home.project, "punctuality", "dev", None, lambda _: None)  # there already: no Java starts

    product = home.project.products["punctuality"]
    checked = check_product(home.workshop, product, made.snapshots, made.outside, made.as_of, home.now())
    outcomes = {verdict.check_id: str(verdict.outcome) for each in checked.values() for verdict in each.verdicts}
    assert set(outcomes.values()) == {"pass"}
    assert {"languages_agree", "routes_place_once", "dbt.unique_carriers_carrier"} <= outcomes.keys()

    received = f"'{ROOT}/examples/flights/data/flights/*.parquet'"

    def files(step: str) -> str:
        return f"read_parquet({[*home.workshop.snapshots.paths(made.snapshots[step])]})"

    for step, by in (("airport_month", "origin, month"), ("carrier_spread", "carrier")):
        theirs = f"select {by}, cast(p90_delay as decimal(7, 2)) from {files(step)}"
        ours = (
            f"select {by}, cast(quantile_cont(arr_delay, 0.9) as decimal(7, 2)) from"
            f" (select * replace (make_date(year, month, 1) as month) from {received})"
            f" group by {by}"
        )
        assert duckdb.sql(f"({theirs} except {ours}) union all ({ours} except {theirs})").fetchall() == []


def test_a_second_build_starts_nothing_and_lineage_and_unit_tests_know_spark(command: Command) -> None:
    assert " ran " not in command("build", "punctuality")
    assert "punctuality.airport_month" in command("lineage", "punctuality.agreement")
    assert "1 case: all pass." in command("test", "punctuality")

"""`assay test`, as an engineer types it and as CI does."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from homes import assay, state_of
from journeys.flights_home import EXAMPLE

STEP = "products/ontime/workflow/ontime_daily.sql"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give the example without its data: unit tests need none."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "flights", ignore=shutil.ignore_patterns(".assay", "data")))


def edit(project: Path, old: str, new: str, file: str = STEP) -> None:
    text = (project / file).read_text()
    assert old in text
    (project / file).write_text(text.replace(old, new, 1))


def test_all_cases_pass_and_nothing_is_recorded(project: Path) -> None:
    assay("status", ASSAY_PROJECT=project)
    before = state_of(project)

    for _ in range(2):
        ran = assay("test", "ontime", ASSAY_PROJECT=project)
        assert (ran.code, ran.out.splitlines()[-1]) == (0, "7 cases: all pass.")
    assert state_of(project) == before


def test_a_case_that_fails_shows_its_rows_and_marks_the_cells(project: Path, snapshot: SnapshotAssertion) -> None:
    edit(project, "dep_delay > 15) as delayed", "dep_delay > 14) as delayed")
    edit(project, "order by flight_date, origin, carrier", "order by carrier, flight_date, origin desc")

    ran = assay("test", "ontime.ontime_daily", ASSAY_PROJECT=project)

    assert ran.code == 1
    assert max(map(len, ran.out.splitlines())) <= 80
    assert ran.out == snapshot


def test_a_step_that_fails_shows_where(project: Path, snapshot: SnapshotAssertion) -> None:
    edit(project, 'names[group["carrier"]]', 'names["?"]', "products/ontime/workflow/carrier_month.py")

    ran = assay("test", "ontime.carrier_month", "-k", "90TH", ASSAY_PROJECT=project)

    assert ran.code == 1
    assert ran.out == snapshot


def test_machines_get_every_difference(project: Path) -> None:
    edit(project, "dep_delay > 15) as delayed", "dep_delay > 14) as delayed")

    ran = assay("test", "-k", "quarter", "-o", "json", ASSAY_PROJECT=project)

    (case,) = json.loads(ran.out)
    assert ran.code == 1
    assert case.pop("seconds") > 0
    assert case == {
        "product": "ontime",
        "step": "ontime_daily",
        "case": "A flight that leaves a quarter of an hour late is on time, and a minute later it is delayed",
        "file": "products/ontime/tests/ontime_daily.yaml",
        "line": 24,
        "result": "fail",
        "rows": 1,
        "order_only": False,
        "differences": [
            {
                "expected": {"flights": 3, "on_time": 2, "delayed": 1, "on_time_share": "0.6667"},
                "found": {"flights": 3, "on_time": 2, "delayed": 2, "on_time_share": "0.6667"},
                "columns": ["delayed"],
            }
        ],
        "faults": [],
    }


def test_a_name_that_is_not_there_is_refused_with_those_that_are(project: Path) -> None:
    def said(*words: str) -> tuple[int, str]:
        ran = assay("test", *words, ASSAY_PROJECT=project)
        return ran.code, re.sub(r"\s+", " ", ran.err)

    assert said("ontim") == (
        1, "ontim expected a product of this project found none Products: ontime. "
    )  # fmt: skip
    assert said("ontime.daily")[0] == 1
    assert "Steps: carrier_month, ontime_daily." in said("ontime.daily")[1]
    assert said("-k", "nothing of the kind")[0] == 1


def test_a_product_without_tests_is_told_how_to_write_some(project: Path) -> None:
    shutil.rmtree(project / "products/ontime/tests")

    ran = assay("test", ASSAY_PROJECT=project)

    assert (ran.code, ran.out) == (0, "No unit tests of ontime: write products/NAME/tests/STEP.yaml.\n")


def test_a_test_file_with_faults_is_refused_where_tests_run_and_stops_nothing_else(project: Path) -> None:
    edit(project, "sources.weather: []", "sources.wether: []", "products/ontime/tests/ontime_daily.yaml")

    ran = assay("test", ASSAY_PROJECT=project)

    assert ran.code == 1
    assert "products/ontime/tests/ontime_daily.yaml:6:3" in ran.err
    assert "ontime_daily.yaml" not in assay("plan", ASSAY_PROJECT=project).text

"""`assay validate CONTRACT`: the example's contract on its files, where verdicts come from, and what is not tested."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from homes import Ran, assay
from journeys.flights_home import EXAMPLE

CONTRACT = EXAMPLE / "sources" / "flights.odcs.yaml"
DATA = EXAMPLE / "data"
BESIDE = (
    *("--data", f"sources.airlines={DATA / 'airlines.parquet'}"),
    *("--data", f"sources.airports={DATA / 'airports.parquet'}"),
)
TWO = """\
apiVersion: v3.2.0
kind: DataContract
id: two
name: two
version: 1.0.0
status: active
schema:
  - name: airlines
    properties: [{name: carrier, logicalType: string, required: true}]
  - name: airports
    properties: [{name: faa, logicalType: string, unique: true}]
"""


@pytest.fixture
def year(tmp_path: Path) -> Path:
    """Return the first months of the year, which a month can be added to."""
    for month in ("01", "02", "03"):
        shutil.copy2(DATA / "flights" / f"2013-{month}.parquet", tmp_path)
    return tmp_path


def explain(year: Path, *arguments: str | Path, **environment: str | Path) -> Ran:
    files = ("--data", f"flights={year}/*.parquet", *BESIDE)
    return assay("validate", CONTRACT, *files, "--state", year / "state", *arguments, **environment)


def test_it_is_said_of_every_rule_of_the_flights_where_its_verdict_comes_from(
    year: Path, snapshot: SnapshotAssertion
) -> None:
    ran = explain(year, "--explain")

    assert ran.code == 0, ran.text
    text = re.sub(r"\d+\.\d{3} s", "0.000 s", ran.out)
    text = re.sub(r"[\d,]+ bytes as stored", "N bytes as stored", text)
    assert text.replace(str(EXAMPLE), "") == snapshot


def test_of_files_that_nobody_touched_nothing_is_read_again(year: Path) -> None:
    for file in year.glob("*.parquet"):  # whose times can be relied on
        os.utime(file, (1_700_000_000, 1_700_000_000))
    time.sleep(2.1)
    first, again = explain(year, "--explain"), explain(year, "--explain")

    assert (first.code, again.code) == (0, 0), again.text
    assert "8 reads of 3 files" in first.out
    assert "0 reads of 3 files" in again.out
    assert "remembered of unchanged files" in again.out


def test_a_dataset_without_data_is_named_beside_the_results(tmp_path: Path) -> None:
    (tmp_path / "two.odcs.yaml").write_text(TWO)
    data = f"airlines={DATA / 'airlines.parquet'}"
    ran = assay("validate", tmp_path / "two.odcs.yaml", "--data", data, "--state", tmp_path, "-o", "json")

    assert ran.code == 0
    assert [one["dataset"] for one in json.loads(ran.out)["datasets"]] == ["airlines"]
    assert ran.err == "airports: no data was named for it; none of 5 rules was run\n"


def test_files_are_checked_here_also_by_whoever_works_through_a_portal(tmp_path: Path) -> None:
    (tmp_path / "two.odcs.yaml").write_text(TWO)
    command = ("validate", tmp_path / "two.odcs.yaml", "--state", tmp_path, "--data")
    far = {"ASSAY_REMOTE": "https://assay.example.org"}

    assert assay(*command, f"airlines={DATA / 'airlines.parquet'}", **far).code == 0
    refused = assay("validate", "R-0001", **far)
    assert refused.code != 0
    assert "a command that acts through a portal" in refused.err

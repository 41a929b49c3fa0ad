"""Some months of a dataset made anew, at the terminal and from Python; the others stay as they lie."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import assay as assay_package
from homes import Ran, assay, rows_of
from journeys.shops_by_month import make_project

NOWHERE = {"ASSAY_REHEARSAL_TIME": "2026-03-02T09:00:00Z"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = make_project(tmp_path / "town")
    ran = run(root, "build", "shop")
    assert ran.code == 0, ran.text
    return root


def run(root: Path, *arguments: str) -> Ran:
    return assay(*arguments, **NOWHERE, ASSAY_PROJECT=root)


def told(root: Path, *arguments: str) -> dict[str, Any]:
    ran = run(root, *arguments, "-o", "json")
    assert ran.code == 0, ran.text
    found: dict[str, Any] = json.loads(ran.out)
    return found


def files(root: Path, step: str) -> dict[str, set[str]]:
    """Return the files of each slice of what is served."""
    (pointed,) = rows_of(root / ".assay" / "state.db", "select snapshots from pointers")
    digest = json.loads(str(pointed[0]))[step]
    manifest = json.loads((root / ".assay" / "data" / "manifests" / f"{digest[7:]}.json").read_text())
    found: dict[str, set[str]] = {}
    for name, file in zip(manifest["slices"], manifest["files"], strict=True):
        found.setdefault(name, set()).add(file[1])
    return found


def late_row(root: Path) -> None:
    """Deliver a row of January late: the running total of every later month is another one."""
    pq.write_table(
        pa.table(
            {"day": [date(2013, 1, 31)], "cents": [1000]}, pa.schema([("day", pa.date32()), ("cents", pa.int64())])
        ),
        root / "data" / "late.parquet",
    )


def test_months_are_planned_and_made_anew_with_what_rests_on_them(project: Path) -> None:
    late_row(project)
    assert run(project, "build", "shop").code == 0
    before, below = files(project, "running"), files(project, "by_month")

    plan = run(project, "plan", "shop", "--backfill", "running=2013-02..2013-03")
    assert plan.code == 0, plan.text
    assert "backfill: 2013-02..2013-03, 2 slices" in plan.out
    steps = {
        step["step"]: step for step in told(project, "plan", "shop", "--backfill", "running=2013-02..2013-03")["steps"]
    }
    assert steps["running"]["backfill"] == {"range": "2013-02..2013-03", "slices": 2}
    assert steps["running"]["verb"] == "run"
    assert steps["by_month"]["backfill"] is None
    assert steps["by_month"]["reasons"] == ["input will be rebuilt: running"]

    made = told(project, "build", "shop", "--backfill", "running=2013-02..2013-03")
    steps = {step["step"]: step for step in made["steps"]}
    assert steps["running"]["reasons"] == ["backfill: 2013-02..2013-03, 2 slices"]
    assert steps["running"]["seconds"] > 0
    assert steps["by_month"]["ran"]
    after, now_below = files(project, "running"), files(project, "by_month")
    assert {name for name in before if before[name] == after[name]} == {"2013-01-01", "2013-04-01"}
    assert {name for name in below if below[name] == now_below[name]} == {"2013-01-01", "2013-04-01"}
    asked = "select max(sofar) as most from running group by month(day) order by month(day)"
    answer = run(project, "query", "--product", "shop", asked, "-o", "json")
    assert [row["most"] for row in json.loads(answer.out)] == [1031, 1059, 1090, 120]
    assert "Nothing to do." in run(project, "plan", "shop").out


def test_what_cannot_be_made_anew_is_refused_with_its_reason_and_nothing_moves(project: Path) -> None:
    before = rows_of(project / ".assay" / "state.db", "select * from pointers")
    for text, told_so in {
        "runing=2013..": "Did you mean running?",
        "elsewhere=2013..": "Name that product: assay build other --backfill elsewhere=2013..",
        "whole=2013..": "found     whole, built as a whole",
        "running=2013-03..2013-02": "found     2013-03-01 to 2013-02-28",
        "running=1999..1999": "found     none; those that were built begin on 2013-01-01 to 2013-04-01",
        "running=soon..": "found     'soon'",
    }.items():
        for command in ("plan", "build"):
            refused = run(project, command, "shop", "--backfill", text)
            assert refused.code == 1, refused.text
            assert told_so in refused.err
            assert "Traceback" not in refused.err
    both = run(project, "build", "shop", "--full", "--backfill", "running=2013..")
    assert both.code == 1
    assert "found     --full as well" in both.err
    assert rows_of(project / ".assay" / "state.db", "select * from pointers") == before


def test_python_says_and_makes_the_same(project: Path) -> None:
    opened = assay_package.open_project(project)
    assert str(opened.plan("shop", backfill="running=..2013-01").decisions[0].reasons[0]) == (
        "backfill: ..2013-01, 1 slice"
    )
    before = files(project, "running")
    made = opened.product("shop").build(backfill=["running=2013-04.."])

    assert made.ran == ("running",), "the same rows below: nothing that rests on it runs"
    assert opened.product("shop").plan(backfill="running=2013-04..").runs == ("running",)
    assert {n: files(project, "running")[n] for n in ("2013-01-01", "2013-02-01")} == {
        n: before[n] for n in ("2013-01-01", "2013-02-01")
    }
    with pytest.raises(assay_package.AssayError, match="a range that holds slices"):
        opened.build("shop", backfill="running=2014..")

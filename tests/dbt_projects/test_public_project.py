"""A dbt project that was not written for Assay, unchanged: Assay builds what dbt itself builds, and tests the same."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from assay.actions.checking import check_product
from assay.actions.make import make
from assay.wiring import open_home
from house import ROOT

EXAMPLE = ROOT / "examples" / "jaffle_shop"
STEPS = [
    "raw_customers", "raw_orders", "raw_payments", "stg_customers", "stg_orders", "stg_payments", "customers", "orders",
]  # fmt: skip


@pytest.fixture(scope="module")
def built_by_dbt(dbt: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the database that `dbt build` makes, and runs its tests on."""
    folder = tmp_path_factory.mktemp("dbt")
    shutil.copytree(EXAMPLE / "transform", folder / "project")
    database = folder / "shop.duckdb"
    profile = f"jaffle_shop: {{target: dev, outputs: {{dev: {{type: duckdb, path: '{database}', threads: 1}}}}}}"
    (folder / "profiles.yml").write_text(profile)
    command = [str(dbt), "--quiet", "build", "--project-dir", str(folder / "project"), "--profiles-dir", str(folder)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DBT_"))}
    subprocess.run(
        command, check=True, cwd=folder, capture_output=True, env={**clean, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    )
    return database


def test_assay_builds_what_dbt_builds_and_tests_what_dbt_tests(
    built_by_dbt: Path, dbt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_DBT", str(dbt))
    place = Path(shutil.copytree(EXAMPLE, tmp_path / "jaffle", ignore=shutil.ignore_patterns(".assay")))
    home = open_home(place)

    made = make(home, home.project, "shop", "dev", None, lambda _: None)

    assert sorted(made.snapshots) == sorted(STEPS)
    with duckdb.connect(str(built_by_dbt), read_only=True) as session:
        for step in STEPS:
            theirs = session.table(step)
            ours = session.read_parquet(list(home.workshop.snapshots.paths(made.snapshots[step])))
            assert (ours.columns, ours.types) == (theirs.columns, theirs.types), step
            assert len(ours) == len(theirs) > 90
            assert ours.except_(theirs).fetchall() == theirs.except_(ours).fetchall() == [], step
    product = home.project.products["shop"]
    checked = check_product(home.workshop, product, made.snapshots, made.outside, made.as_of, home.now())
    verdicts = [v for each in checked.values() for v in each.verdicts if v.check_id.startswith("dbt.")]
    assert len(verdicts) == 12  # of 20: the others are of models without a contract
    assert {str(verdict.outcome) for verdict in verdicts} == {"pass"}

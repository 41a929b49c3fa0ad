"""A dbt project of our own in a product: built, changed, broken, frozen; the dbt is real."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.actions.build import BuildResult
from assay.actions.checking import check_product
from assay.actions.home import Home
from assay.actions.make import make
from assay.base.errors import AssayError
from assay.base.ports import DbtJob
from assay.engines import dbt as engine
from assay.project.dbt import compiled_path
from assay.project.payload import payload_files
from assay.project.reading import read_project
from assay.wiring import open_home
from dbt_projects.small import FILES, write, write_small_project
from full_disks import small_disk
from homes import assay

TRANSFORM = "deep/transform"
Started = list[str]


@pytest.fixture(scope="module")
def compiled(dbt: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the small project, compiled once."""
    folder = tmp_path_factory.mktemp("small") / "town"
    write_small_project(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_DBT", str(dbt))
        open_home(folder)
    return folder


@pytest.fixture
def town(compiled: Path, tmp_path: Path, dbt: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASSAY_DBT", str(dbt))
    return Path(shutil.copytree(compiled, tmp_path / "town"))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """Say of each compilation that it begins."""
    found: Started = []
    compile_ = engine.DbtProgram.compile

    def told(self: engine.DbtProgram, job: DbtJob) -> object:
        found.append(job.target)
        return compile_(self, job)

    monkeypatch.setattr(engine.DbtProgram, "compile", told)
    return found


def build(folder: Path) -> tuple[Home, BuildResult]:
    home = open_home(folder)
    return home, make(home, home.project, "shop", "dev", None, lambda _: None)


def rows(home: Home, made: BuildResult, step: str) -> list[tuple[object, ...]]:
    import duckdb

    paths = list(home.workshop.snapshots.paths(made.snapshots[step]))
    return sorted(duckdb.read_parquet(paths).fetchall(), key=str)


def edit(folder: Path, path: str, change: Callable[[str], str]) -> None:
    file = folder / TRANSFORM / path
    file.write_text(change(file.read_text()))


def ran(made: BuildResult) -> list[str]:
    return [entry.step for entry in made.steps if entry.ran]


def test_models_seeds_and_steps_of_our_own_are_built_together(town: Path, started: Started) -> None:
    home, made = build(town)

    assert sorted(made.snapshots) == ["doubled", "growing", "kinds", "payments", "totals"]
    assert rows(home, made, "kinds") == [(1, "007", 'it\'s "new"'), (2, None, "old"), (3, "009", None)]
    assert [str(row) for row in rows(home, made, "growing")] == ["(1, 1.5)", "(3, 4.5)"]
    assert rows(home, made, "doubled") == [('it\'s "new"', 3.0), (None, 9.0)]
    assert started == []  # it was compiled when the project was opened first


def test_what_compiles_to_the_same_query_rebuilds_nothing_and_the_rest_what_it_touches(town: Path) -> None:
    build(town)

    edit(town, "models/totals.sql", lambda text: f"{{# a note #}}\n-- another\n{text}")
    assert ran(build(town)[1]) == []
    edit(town, "own/money/macros/dollars.sql", lambda text: text.replace("100", "10"))
    assert ran(build(town)[1]) == ["payments", "growing", "totals", "doubled"]


def test_a_project_that_does_not_compile_is_said_with_file_and_line_and_what_was_served_stays(
    town: Path, started: Started
) -> None:
    before = build(town)[0].workshop.pointers.all()
    edit(town, "models/totals.sql", lambda text: text + "\n{{ nobody( }}\n")

    for _ in range(2):
        done = assay("build", "shop", "--project", town, ASSAY_DBT=os.environ["ASSAY_DBT"])
        assert done.code == 1
        assert f"{TRANSFORM}/models/totals.sql:7" in done.err
        assert "unexpected '}'" in done.err

    assert started == ["prod"]  # that it does not compile is remembered too
    assert build_pointers(town) == before


def build_pointers(folder: Path) -> object:
    from assay.stores.database import open_database
    from assay.stores.pointers import DatabasePointers

    return DatabasePointers(open_database(f"sqlite:///{folder / '.assay' / 'state.db'}")).all()


def test_clock_chance_and_database_are_refused_by_name_all_at_once(town: Path) -> None:
    asking = {
        "a": "select '{{ run_started_at.date() }}' as x",
        "b": "select '{{ modules.datetime.date.today() }}' as x",
        "c": "select '{{ invocation_id }}' as x",
        "d": "{% set found = run_query('select 1 as x') %}\nselect 1 as x",
        "e": "select {{ adapter.get_columns_in_relation(ref('payments')) | length }} as x",
        "f": "{% if adapter.get_relation(this.database, this.schema, 'payments') %}{% endif %}select 1 as x",
        "g": "select '{{ env_var(\"HOME_OF_SECRETS\") }}' as x",
    }
    write(town / TRANSFORM / "models", {f"asks_{name}.sql": text for name, text in asking.items() if name != "g"})

    with pytest.raises(AssayError) as caught:
        open_home(town)

    found = {fault.where.file.rpartition("/")[2]: fault for fault in caught.value.faults}
    expected = {
        "asks_a.sql": "run_started_at asks the clock",
        "asks_b.sql": "modules.datetime.date.today asks the clock",
        "asks_c.sql": "invocation_id asks for a number",
        "asks_d.sql": "adapter.execute asks a database",
        "asks_e.sql": "adapter.get_columns_in_relation asks a database",
        "asks_f.sql": "adapter.get_relation of payments asks a database",
    }
    assert found.keys() == expected.keys()
    assert all(expected[name] in fault.found for name, fault in found.items())
    assert "$as_of" in found["asks_a.sql"].hint
    write(town / TRANSFORM / "models", {"asks_a.sql": asking["g"]})
    with pytest.raises(AssayError, match="HOME_OF_SECRETS") as caught:
        open_home(town)
    assert "No environment reaches dbt here" in caught.value.faults[0].hint


def test_packages_that_are_missing_say_what_to_do(town: Path) -> None:
    edit(town, "packages.yml", lambda text: text + "  - package: dbt-labs/dbt_utils\n    version: 1.3.0\n")

    with pytest.raises(AssayError, match="dbt deps") as caught:
        open_home(town)

    assert "run dbt deps there, and commit dbt_packages" in str(caught.value)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("dbt_project.yml", "1: x\n", "a dbt project that compiles"),
        ("dbt_project.yml", "packages-install-path: 7\n", "Error encountered in dbt_project.yml"),
        ("dbt_project.yml", "packages-install-path: models/totals.sql\n", "a folder for packages"),
        ("dbt_project.yml", 'log-path: "a\\0b"\n', "log-path within the dbt project"),
        ("packages.yml", "packages: 3\n", "a dbt project that compiles"),
        ("packages.yml", 'packages:\n  - local: "a\\0b"\n', "a local package within the dbt project"),
    ],
)
def test_what_is_odd_in_the_files_of_dbt_is_a_fault_and_no_defect(town: Path, file: str, text: str, said: str) -> None:
    edit(town, file, lambda before: text if file == "packages.yml" else before + text)

    with pytest.raises(AssayError, match=said):
        open_home(town)


@pytest.mark.parametrize("room_bytes", [2**12, 2**16, 2**18])
def test_a_full_disk_while_dbt_compiles_is_said_as_one(dbt: Path, tmp_path: Path, room_bytes: int) -> None:
    place = f"{TRANSFORM}/"
    files = {name.removeprefix(place): text.encode() for name, text in FILES.items() if name.startswith(place)}
    job = DbtJob(files, "dev", {"shop": (("path:models",), ())})
    disk = tmp_path / "disk"

    with small_disk(disk, room_bytes), pytest.raises(AssayError) as refused:
        engine.DbtProgram(disk / "scratch", dbt).compile(job)

    (fault,) = refused.value.faults
    assert (fault.where.file, fault.found) == (str(disk / "scratch"), "a full disk")


def test_without_dbt_the_fault_says_how_to_get_it(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_DBT", str(town / "no" / "dbt"))

    with pytest.raises(AssayError) as caught:
        open_home(town)

    (fault,) = caught.value.faults
    assert str(fault.where) == "products/shop/product.yaml:5:3"
    assert "pip install 'assay[dbt]'" in fault.hint


def test_tests_of_dbt_are_evidence_beside_the_rules_of_the_contract(town: Path) -> None:
    home, made = build(town)
    product = home.project.products["shop"]

    checked = check_product(home.workshop, product, made.snapshots, made.outside, made.as_of, home.now())

    verdicts = {v.check_id: str(v.outcome) for v in checked["totals"].verdicts if v.check_id.startswith("dbt.")}
    assert verdicts == {
        "dbt.unique_totals_kind": "pass",
        "dbt.not_null_totals_kind": "warn",  # the name of a kind is empty
        "dbt.not_null_totals_dollars": "pass",
        "dbt.no_debts": "pass",
    }


def test_a_payload_holds_the_compiled_models_and_is_read_without_dbt(
    town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = open_home(town)
    files = payload_files(home.project, home.project.products["shop"], home.files)
    monkeypatch.setenv("ASSAY_DBT", "")
    monkeypatch.setenv("PATH", "")

    again = read_project(files, "shop")

    assert compiled_path("shop") in files
    assert not any(path.startswith(TRANSFORM) for path in files)
    steps = home.project.products["shop"].steps
    assert {n: step.digest for n, step in again.products["shop"].steps.items()} == {
        n: step.digest for n, step in steps.items()
    }


def test_a_commit_is_read_with_what_dbt_makes_of_it_and_changes_of_models_count(town: Path, started: Started) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", *who, *words], cwd=town, check=True, capture_output=True, env=_plain())

    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "work")
    home = open_home(town)

    commit = home.repository.head()
    assert commit.changes == ()
    assert commit.files[compiled_path("shop")] == home.files[compiled_path("shop")]
    (town / TRANSFORM / "target").mkdir()
    (town / TRANSFORM / "target" / "manifest.json").write_text("{}")
    edit(town, "models/totals.sql", lambda text: text + "-- more\n")
    assert home.repository.head().changes == (f"{TRANSFORM}/models/totals.sql",)
    assert started == []


def _plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def test_a_process_that_dies_says_its_last_words(town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "env" / "bin"
    own.mkdir(parents=True)
    (own / "dbt").write_text("")
    (own / "python").write_text("#!/bin/sh\necho 'no room left' >&2\nexit 7\n")
    (own / "python").chmod(0o755)
    for package in ("dbt_core-1.11.0", "dbt_duckdb-1.11.0"):
        (tmp_path / "env" / "lib" / "python3.11" / "site-packages" / f"{package}.dist-info").mkdir(parents=True)
    monkeypatch.setenv("ASSAY_DBT", str(own / "dbt"))

    with pytest.raises(AssayError, match="a process that ended with 7: no room left"):
        open_home(town)


def test_a_compilation_without_end_is_ended(tmp_path: Path) -> None:
    own = tmp_path / "env" / "bin"
    own.mkdir(parents=True)
    (own / "dbt").write_text("")
    (own / "python").write_text("#!/bin/sh\nexec sleep 60\n")
    (own / "python").chmod(0o755)
    job = DbtJob({"dbt_project.yml": b"name: x\n"}, "prod", {})

    with pytest.raises(AssayError, match=r"one that takes longer than 0\.2 seconds"):
        engine.DbtProgram(tmp_path / "scratch", own / "dbt", limit_seconds=0.2).compile(job)

    assert list((tmp_path / "scratch").iterdir()) == []


def test_what_is_compiled_is_the_same_each_time(town: Path) -> None:
    first = (town / ".assay" / "dbt").iterdir()
    before = [json.loads(path.read_text()) for path in first]
    shutil.rmtree(town / ".assay")

    open_home(town)

    assert [json.loads(path.read_text()) for path in (town / ".assay" / "dbt").iterdir()] == before


def test_the_child_dies_with_its_parent(dbt: Path, tmp_path: Path) -> None:
    text = (
        "import sys; from pathlib import Path; from assay.base.ports import DbtJob; "
        "from assay.engines.dbt import DbtProgram; "
        "job = DbtJob({'dbt_project.yml': b'name: x'}, 'prod', {}); "
        "DbtProgram(Path(sys.argv[1]), Path(sys.argv[2])).compile(job)"
    )
    parent = subprocess.Popen([sys.executable, "-c", text, str(tmp_path / "scratch"), str(dbt)])
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    while not (found := children.read_text().split()):
        time.sleep(0.01)
    child = Path(f"/proc/{found[0]}")

    parent.kill()
    parent.wait()

    while child.exists() and "zombie" not in (child / "status").read_text():
        time.sleep(0.05)  # the limit of the test is the limit


def test_a_hook_of_a_seed_is_refused_before_it_runs(town: Path, tmp_path: Path) -> None:
    stolen = tmp_path / "stolen.csv"
    hook = f"copy (select 1 as a) to '{stolen}'"
    edit(town, "dbt_project.yml", lambda text: text.replace("seeds:\n", f'seeds:\n  +post-hook: "{hook}"\n', 1))

    with pytest.raises(AssayError, match="without hooks"):
        open_home(town)
    assert not stolen.exists()


def test_what_a_macro_of_the_project_runs_sees_the_folder_of_its_own_and_nothing_else(town: Path) -> None:
    """The macro that loads seeds is the project's to replace; what it asks the database for is not."""
    (town / TRANSFORM / "macros").mkdir(exist_ok=True)
    (town / TRANSFORM / "macros" / "load.sql").write_text(
        "{% macro duckdb__load_csv_rows(model, agate_table) %}"
        "{% do adapter.add_query(\"create table stolen as select * from read_text('/etc/hostname')\") %}"
        "{% endmacro %}\n"
    )

    with pytest.raises(AssayError, match=r"disabled by configuration|Permission Error|permission"):
        open_home(town)


@pytest.mark.parametrize("key", ["seed-paths", "macro-paths", "packages-install-path"])
@pytest.mark.parametrize("path", ["/etc", "../../elsewhere"])
def test_folders_outside_the_project_are_refused_before_dbt_starts(town: Path, key: str, path: str) -> None:
    file = town / TRANSFORM / "dbt_project.yml"
    value = path if key == "packages-install-path" else f"[{path}]"
    file.write_text(f"{file.read_text()}{key}: {value}\n")

    with pytest.raises(AssayError) as refused:
        open_home(town)
    assert f"expected {key} within the dbt project, found {path}" in str(refused.value)


def test_a_package_is_put_nowhere_but_among_the_packages(town: Path) -> None:
    edit(town, "own/money/dbt_project.yml", lambda text: text.replace("name: money", "name: ../../../money"))

    with pytest.raises(AssayError, match="a package with a name of letters"):
        open_home(town)

"""The floors of the house are kept, and the linter that keeps them sees what it should."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from house import PACKAGE, ROOT, contracts, floors, pure_rooms

LINTER = Path(sys.executable).parent / "lint-imports"


def lint(tree: Path) -> tuple[int, str]:
    """Run import-linter with our contracts over the package in ``tree``; return exit code and what it said."""
    command = [str(LINTER), "--config", str(ROOT / "pyproject.toml"), "--no-cache", "--no-logo"]
    environment = {**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200"}
    run = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Give a copy of the package, to be broken."""
    shutil.copytree(PACKAGE, tmp_path / "assay", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def add(tree: Path, module: str, content: str) -> None:
    path = tree / "assay" / f"{module}.py"
    path.parent.mkdir(exist_ok=True)
    (path.parent / "__init__.py").touch()
    path.write_text(content)


def test_every_room_of_the_package_stands_on_exactly_one_floor() -> None:
    planned = [room for floor in floors() for room in floor]
    built = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or any(path.glob("*.py"))} - {"__init__"}

    assert len(planned) == len(set(planned))
    assert built <= set(planned)


def test_every_room_is_a_package_that_the_linter_can_see() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}

    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_every_pure_room_is_under_the_contract_of_purity() -> None:
    assert sorted(contracts()["pure"]["source_modules"]) == [f"assay.{room}" for room in pure_rooms()]


def test_no_contract_has_an_exception() -> None:
    loopholes = {"ignore_imports", "exhaustive_ignores", "allow_indirect_imports"}

    assert [id_ for id_, contract in contracts().items() if loopholes & contract.keys()] == []
    assert contracts()["floors"]["exhaustive"] is True


@pytest.mark.parametrize(
    ("module", "content", "said"),
    [
        ("base/climber", "import assay.project.climber", "assay.base is not allowed to import assay.project"),
        ("bundle/visitor", "import assay.release.visitor", "assay.bundle is not allowed to import assay.release"),
        ("lodgers/guest", "x = 1", "- assay.lodgers"),
        ("base/toucher", "import os", "assay.base is not allowed to import os"),
        ("base/sleeper", "def nap() -> None:\n    from time import sleep", "assay.base is not allowed to import time"),
    ],
    ids=["import-upwards", "import-of-a-stranger", "room-on-no-floor", "impure-import", "impure-import-in-a-function"],
)
def test_the_linter_refuses(tree: Path, module: str, content: str, said: str) -> None:
    add(tree, "project/climber", "")
    add(tree, "release/visitor", "")
    add(tree, module, content)

    code, output = lint(tree)

    assert code == 1
    assert said in output

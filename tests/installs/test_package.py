"""What a user gets: wheel and source archive are built, installed from the lock into a new environment, and run."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

import assay
from house import PACKAGE, ROOT, committed_files


def say(command: Sequence[str | Path], cwd: Path) -> str:
    """Run a command that must succeed, as a user would who has set nothing for Python; return what it printed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    run = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    return run.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both archives from a copy of what git has, and return their folder."""
    copy = tmp_path_factory.mktemp("copy")
    for path in committed_files():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, copy / path)
    say([sys.executable, "-m", "hatchling", "build"], copy)
    return copy / "dist"


@pytest.fixture(scope="module")
def bin_folder(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel and its locked dependencies into a new environment, and return its programs' folder."""
    folder = tmp_path_factory.mktemp("user") / "venv"
    venv.create(folder, with_pip=True)
    pip: list[str | Path] = [
        folder / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",  # byte code is written by the first run that needs it
    ]
    say([*pip, "--require-hashes", "--requirement", ROOT / "requirements" / "run.txt"], built)
    say([*pip, "--no-deps", "--no-index", wheel_of(built)], built)
    return folder / "bin"


def wheel_of(built: Path) -> Path:
    return next(built.glob("*.whl"))


def committed_package_files() -> set[str]:
    """Return what of the package is committed, as a wheel names it: ``assay/base/names.py``."""
    source = PACKAGE.parent.relative_to(ROOT)
    return {str(path.relative_to(source)) for path in committed_files() if path.is_relative_to(source)}


def test_the_wheel_holds_the_package_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(wheel_of(built)) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert held == committed_package_files()


def test_the_wheel_carries_the_licence(built: Path) -> None:
    with zipfile.ZipFile(wheel_of(built)) as wheel:
        licence = next(name for name in wheel.namelist() if name.endswith("LICENSE"))
        assert "Apache License" in wheel.read(licence).decode()


def test_the_source_archive_makes_the_same_wheel(built: Path, tmp_path: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    source = next(tmp_path.iterdir())
    say([sys.executable, "-m", "hatchling", "build", "--target", "wheel"], source)

    assert not (source / "tests").exists()
    with zipfile.ZipFile(wheel_of(built)) as first, zipfile.ZipFile(wheel_of(source / "dist")) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())


@pytest.mark.timeout(280)
def test_the_installed_program_says_its_version(bin_folder: Path, tmp_path: Path) -> None:
    assert assay.__version__ in say([bin_folder / "assay", "--version"], tmp_path)


def test_the_installed_program_lists_its_commands(bin_folder: Path, tmp_path: Path) -> None:
    assert "Usage: assay" in say([bin_folder / "assay", "--help"], tmp_path)


def test_the_installed_package_is_imported_from_its_environment(bin_folder: Path, tmp_path: Path) -> None:
    where = say([bin_folder / "python", "-c", "import assay; print(assay.__file__)"], tmp_path)

    assert where.startswith(str(bin_folder.parent))


def test_the_installed_package_agrees_with_its_dependencies(bin_folder: Path, tmp_path: Path) -> None:
    assert "No broken requirements" in say([bin_folder / "python", "-m", "pip", "check"], tmp_path)


def test_start_up_is_measured(bin_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def milliseconds(command: Sequence[str | Path]) -> float:
        say(command, tmp_path)  # the first run writes byte code
        runs = []
        for _ in range(5):
            started = time.perf_counter()
            say(command, tmp_path)
            runs.append((time.perf_counter() - started) * 1000)
        return statistics.median(runs)

    bare = milliseconds([bin_folder / "python", "-c", ""])
    start = milliseconds([bin_folder / "assay", "--help"])
    with capsys.disabled():
        print(f"\nstart-up, median of 5: assay --help {start:.0f} ms, of which Python itself {bare:.0f} ms")
    assert start > bare

"""`make setup` on a fresh copy: survives being killed, does nothing twice, and follows the lock."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from house import ROOT, committed_files
from soak import SOAK


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make in a folder, without what a make around us has set."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", *arguments], cwd=folder, env=clean, capture_output=True, text=True, check=False)


BUILDING = ("editables", "hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers")
"""What builds the package."""


def shortened(lock: str) -> str:
    """Return of a lock what builds the package, for that is enough to see how `make setup` goes about it.

    That all of the lock installs, every run of the suites has seen already: it begins with `make setup`.
    """
    return "".join(re.findall(rf"^(?:{'|'.join(BUILDING)})==.*\n(?: .*\n)*", lock, re.MULTILINE))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Give a copy of what git has, without an environment and, unless soaking, with a short lock."""
    for path in committed_files():
        if path.parts[0] in {"src", "requirements"} or len(path.parts) == 1:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, tmp_path / path)
    if not SOAK:
        lock = tmp_path / "requirements" / "dev.txt"
        lock.write_text(shortened(lock.read_text()))
    return tmp_path


def kill_setup(folder: Path, after: Path) -> None:
    """Start make setup and kill it and its children as soon as a file is there."""
    setup = subprocess.Popen(["make", "setup"], cwd=folder, start_new_session=True, stdout=subprocess.DEVNULL)
    while setup.poll() is None and not after.exists():
        time.sleep(0.01)
    os.killpg(setup.pid, signal.SIGKILL)
    setup.wait()


@pytest.mark.timeout(280)
def test_setup_goes_on_after_a_kill_and_then_does_nothing_until_the_lock_changes(clone: Path) -> None:
    kill_setup(clone, after=clone / ".venv" / "bin" / "python")
    assert not (clone / ".venv" / "locked").exists()

    setup = make(clone, "setup")
    assert setup.returncode == 0, setup.stdout + setup.stderr
    assert (clone / ".venv" / "bin" / "assay").exists()
    assert make(clone, "--question", "setup").returncode == 0, "there is nothing left to do"

    (clone / "requirements" / "dev.txt").touch()
    assert make(clone, "--question", "setup").returncode == 1, "a changed lock is installed"


def test_without_a_new_enough_python_setup_says_what_to_do(clone: Path) -> None:
    setup = make(clone, "setup", "PYTHON=")

    assert setup.returncode != 0
    assert "Assay needs Python 3.11 or newer" in setup.stderr


def test_help_lists_every_command_of_the_readme(clone: Path) -> None:
    said = make(clone, "help").stdout

    assert all(f"make {target} " in said for target in ("setup", "demo", "test", "soak", "lint", "bench", "clean"))

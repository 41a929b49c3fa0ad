"""Environments of their own for what is too heavy or too particular for ours, below `build`, each made once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from hashlib import sha256
from pathlib import Path

from filelock import FileLock

from house import ROOT


class NotInstalled(Exception):
    """Something could not be installed; the message holds the installer's last words."""


def environment(name: str, requirements: Path, *, beside_ours: bool = False) -> Path:
    """Return the folder of an environment, made where it is not there yet for these requirements and this Python.

    Args:
        name: of the folder below `build`.
        requirements: names and versions of all that is installed.
        beside_ours: whether our own packages can be imported there too.

    Raises:
        NotInstalled: it cannot be made.
    """
    ours = sys.prefix if beside_ours else ""
    mark = sha256(requirements.read_bytes() + sys.version.encode() + ours.encode()).hexdigest()[:12]
    folder = ROOT / "build" / name / mark
    done = folder / "installed"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not done.exists():  # written last: an installation that was stopped begins again
            shutil.rmtree(folder, ignore_errors=True)
            venv.create(folder, with_pip=True)
            _install(folder / "bin" / "python", requirements)
            if beside_ours:
                _add_ours(folder)
            done.touch()
    return folder


def _install(python: Path, requirements: Path) -> None:
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command = [*pip, "--no-deps", "--requirement", str(requirements)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    run = subprocess.run(command, env=clean, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise NotInstalled("\n".join(run.stderr.strip().splitlines()[-3:]))


def _add_ours(folder: Path) -> None:
    """Let an environment import what ours has, what is installed for editing included."""
    packages = [path for path in sys.path if path.endswith("site-packages") and path.startswith(sys.prefix)]
    (place,) = folder.glob("lib/python*/site-packages")
    lines = [f"import site; site.addsitedir({path!r})\n" for path in packages]
    (place / "beside.pth").write_text("".join(lines))

"""What the tests of the house itself know about this repository: its files, its rooms and their floors."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "assay"

PURE_FLOORS = 6
"""Floors 0 to 5: values in, values out."""


def contracts() -> dict[str, dict[str, Any]]:
    """Return the contracts of import-linter by their ids, as pyproject.toml has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {contract["id"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}


def floors() -> list[set[str]]:
    """Return the names of the rooms of every floor, floor 0 first."""
    layers = [layer.split("|") for layer in contracts()["floors"]["layers"]]
    return [{room.strip().strip("()") for room in layer} for layer in reversed(layers)]


def pure_rooms() -> list[str]:
    """Return the rooms of floors 0 to 5 that hold a module by now."""
    planned = set[str]().union(*floors()[:PURE_FLOORS])
    return sorted(room for room in planned if any((PACKAGE / room).glob("*.py")))


def committed_files() -> list[Path]:
    """Return the files that git has, or would take with `git add --all`, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(path for path in map(Path, listing.split("\0")) if path.name and (ROOT / path).is_file())

"""Environments of the tools of others: each has one of its own, with the pinned names of its requirements."""

from __future__ import annotations

import sys
from pathlib import Path

from contest.measure import Command, last_line, run

PYTHON = Path(sys.executable)


def programs(folder: Path, peer: str) -> Path:
    """Return the folder of the programs in a peer's environment."""
    return folder / f"env-{peer}" / "bin"


def install(peer: str, wanted: Path, folder: Path) -> str:
    """Make the environment of a peer, unless it is as its requirements say.

    Args:
        peer: its name.
        wanted: file of its requirements.
        folder: in which all environments are made.

    Returns:
        What went wrong; nothing where it is made.
    """
    place = folder / f"env-{peer}"
    stamp = place / "installed.txt"
    if stamp.exists() and stamp.read_text() == wanted.read_text():
        return ""
    print(f"Making the environment of {peer} ...", file=sys.stderr)
    python = programs(folder, peer) / "python"
    steps: tuple[Command, ...] = (
        [PYTHON, "-m", "venv", "--clear", place],
        [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r", wanted],
    )
    for command in steps:
        done = run(command, folder / "out" / f"env-{peer}")
        if done.code != 0:
            return f"could not be installed: {last_line(done)}"
    stamp.write_text(wanted.read_text())
    return ""

"""Who works here, as git knows them."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git_person(folder: Path) -> tuple[str, str] | None:
    """Return name and e-mail address as git is told in a folder; None without git, or where one of both is missing."""
    name, email = (_setting(folder, key) for key in ("user.name", "user.email"))
    return (name, email) if name and email else None


def _setting(folder: Path, key: str) -> str:
    command = ["git", "-C", str(folder), "config", "--get", key]
    try:
        done = subprocess.run(command, capture_output=True, check=False, text=True)
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
    return done.stdout.strip()

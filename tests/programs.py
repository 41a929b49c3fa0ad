"""Where the programs are that some test needs: on the search path, or where Debian keeps those of PostgreSQL."""

from __future__ import annotations

import shutil
from pathlib import Path

DEBIAN_PACKAGES = {"chromium": "chromium", "postgres": "postgresql", "nginx": "nginx-light"}
"""Program that some test needs, and the package that brings it."""

_ASIDE = Path("/usr/lib/postgresql")
_ALSO = "/usr/sbin"


def found(program: str) -> Path | None:
    """Return the path of a program; None where it is not on this machine."""
    path = shutil.which(program) or shutil.which(program, path=_ALSO)
    if path is not None:
        return Path(path).resolve()
    aside = sorted(_ASIDE.glob(f"*/bin/{program}"), key=lambda path: path.parts[-3].zfill(4))
    return aside[-1] if aside else None

"""Where the programs are that some test needs: on the search path, or where Debian keeps those of PostgreSQL."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

DEBIAN_PACKAGES = {
    "chromium": "chromium",
    "postgres": "postgresql",
    "nginx": "nginx-light",
    "Rscript": "r-base-core r-cran-rsqlite",
    "java": "openjdk-17-jre-headless",
}
"""Program that some test needs, and the packages that bring it and what it needs itself."""

_LIBRARIES = {"Rscript": ("-e", "stopifnot(requireNamespace('RSQLite'), requireNamespace('bit64'))")}
"""How a program is asked whether what it needs itself is there."""

_whole: set[str] = set()  # asked once; what was missing may have been installed since

_ASIDE = Path("/usr/lib/postgresql")
_ALSO = "/usr/sbin"


def _is_whole(program: str, path: str) -> bool:
    if program in _LIBRARIES and path not in _whole:
        asked = subprocess.run([path, *_LIBRARIES[program]], capture_output=True, check=False)
        if asked.returncode != 0:
            return False
        _whole.add(path)
    return True


def found(program: str) -> Path | None:
    """Return the path of a program; None where it is not on this machine."""
    path = shutil.which(program) or shutil.which(program, path=_ALSO)
    if path is not None:
        return Path(path).resolve() if _is_whole(program, path) else None
    aside = sorted(_ASIDE.glob(f"*/bin/{program}"), key=lambda path: path.parts[-3].zfill(4))
    return aside[-1] if aside else None

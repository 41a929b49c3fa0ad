"""Disks without room: a file system in memory where this user may mount one, else a limit on the size of files."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from homes import OURS

# The largest file that the process may write stands for the room on the disk: the system refuses the write behind it,
# as it does on a full disk, and no rights are needed.
_LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from assay.cli.main import run
sys.exit(run(sys.argv[2:]))
"""


def with_room(
    room_bytes: int, *arguments: str, project: Path, python: str | Path = sys.executable
) -> subprocess.CompletedProcess[str]:
    """Run a command that may write no file larger than so many bytes."""
    environment = {name: value for name, value in os.environ.items() if not OURS.fullmatch(name)}
    environment |= {"ASSAY_PROJECT": str(project), "COLUMNS": "80"}
    return subprocess.run(
        [python, "-c", _LIMITED, str(room_bytes), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def mounted(disk: Path, size_bytes: int) -> Iterator[bool]:
    """Make a folder that is a disk of its own, where this user may; say whether it is one."""
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(disk)]
    is_mounted = subprocess.run(mounting, capture_output=True, check=False).returncode == 0
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


@contextmanager
def small_disk(disk: Path, size_bytes: int) -> Iterator[None]:
    """Make a folder in which there is no more room than this; what is started meanwhile is held to it too."""
    with mounted(disk, size_bytes) as is_mounted:
        if is_mounted:
            yield
            return
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN  # so Python begins
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

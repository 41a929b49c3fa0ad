"""The `Locks` port: one contract, held by locks on files and by the fake; then what holds across processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assay.base.errors import AssayError, Busy
from assay.base.ports import Locks
from assay.stores.locks import FileLocks
from fakes.locks import MemoryLocks

HOLDER = """
import sys, time
from pathlib import Path
from assay.stores.locks import FileLocks
with FileLocks(Path(sys.argv[1])).hold("dev-ontime"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture(params=["files", "fake"])
def locks(request: pytest.FixtureRequest, tmp_path: Path) -> Locks:
    return FileLocks(tmp_path / "locks") if request.param == "files" else MemoryLocks()


def test_a_lock_that_is_held_is_refused(locks: Locks) -> None:
    with (
        locks.hold("dev-ontime"),
        pytest.raises(Busy, match=r"dev-ontime: expected nobody else at work on it, found .*process.*since"),
        locks.hold("dev-ontime"),
    ):
        pytest.fail("held twice")


def test_a_lock_is_free_again_after_its_block_however_that_ended(locks: Locks) -> None:
    with pytest.raises(ZeroDivisionError), locks.hold("dev-ontime"):
        raise ZeroDivisionError
    with locks.hold("dev-ontime"):
        pass


def test_two_names_are_two_locks(locks: Locks) -> None:
    with locks.hold("dev-ontime"), locks.hold("qa-ontime"):
        pass


def test_a_refusal_does_not_free_the_lock(locks: Locks) -> None:
    with locks.hold("a"):
        for _ in range(2):
            with pytest.raises(AssayError), locks.hold("a"):
                pytest.fail("held twice")


def test_the_refusal_names_the_process_that_holds_it_and_since_when(tmp_path: Path) -> None:
    with _holding(tmp_path) as holder, pytest.raises(AssayError) as refused, FileLocks(tmp_path).hold("dev-ontime"):
        pytest.fail("held twice")

    found = refused.value.faults[0].found
    assert f"process {holder.pid}, since {datetime.now(UTC):%Y-%m-%d %H:}" in found
    assert str(os.getpid()) not in found


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with _holding(tmp_path) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()

        with FileLocks(tmp_path).hold("dev-ontime"):
            pass


class _holding:  # noqa: N801  (reads as a word of a with statement)
    """A process that holds a lock while the block runs."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", HOLDER, str(folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> subprocess.Popen[str]:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "held\n"
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

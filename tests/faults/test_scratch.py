"""What does not fit into memory lies in a folder of the session's own: two keep apart, a killed one is swept away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assay.engines.duckdb import DuckDBEngine
from assay.engines.scratch import OwnFolder

MEMORY_BYTES = 64_000_000
SORTED = """
    select count(*), sum(x), max(s) from (
        select x, s, row_number() over (order by s) as place
        from (select range as x, md5((range + {salt})::varchar) as s from range(1_500_000))
    )
"""
"""A sort of more than there is memory for."""

_SPILLING = """
import sys
from pathlib import Path
from assay.engines.duckdb import DuckDBEngine
session = DuckDBEngine(Path(sys.argv[1]), [], memory_bytes=int(sys.argv[2]), threads=2)
print(session.query(sys.argv[3])[0][:2], flush=True)
if sys.argv[4] == "close":
    session.close()
sys.stdin.read()
"""


def spilling(scratch: Path, salt: int, end: str = "close") -> subprocess.Popen[str]:
    """Start a process whose session needs more than its memory."""
    command = [sys.executable, "-c", _SPILLING, str(scratch), str(MEMORY_BYTES), SORTED.format(salt=salt), end]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.timeout(300)
def test_two_sessions_that_spill_at_once_both_answer_right(tmp_path: Path) -> None:
    both = [spilling(tmp_path / "scratch", salt) for salt in (1, 2)]

    answers = [process.communicate() for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert [out.splitlines()[-1] for out, _ in answers] == ["(1500000, 1124999250000)"] * 2
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.timeout(300)
def test_what_a_killed_session_spilled_is_swept_away_by_the_next(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    killed = spilling(scratch, 3)
    while not list(scratch.glob("spill-*/*")):
        assert killed.poll() is None
    killed.kill()
    killed.communicate()
    assert list(scratch.glob("spill-*/*"))

    session = DuckDBEngine(scratch, [])

    assert list(scratch.glob("spill-*/*")) == []
    session.close()
    assert list(scratch.iterdir()) == []


def test_a_folder_that_is_held_is_left_alone_and_one_that_is_not_is_removed(tmp_path: Path) -> None:
    held = OwnFolder(tmp_path, "step")
    held.path.mkdir()
    (held.path / "work").write_text("half done")
    dead = tmp_path / "step-dead"
    dead.mkdir()
    (tmp_path / "step-dead.lock").touch()

    OwnFolder(tmp_path, "step").close()

    assert (held.path / "work").exists()
    assert not dead.exists()
    held.close()
    assert list(tmp_path.iterdir()) == []

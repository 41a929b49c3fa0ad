"""A disk that is full: the command says so and where, nothing is lost, and it works again when there is room."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from faults.small_project import deliver, make_project
from full_disks import with_room
from homes import assay

MEGABYTE = 1 << 20


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a first build, and a second delivery that waits."""
    root = make_project(tmp_path / "project")
    assert assay("build", "shop", ASSAY_PROJECT=root).code == 0
    deliver(root, 2, rows=2_000_000)
    return root


@pytest.mark.parametrize("room_bytes", [MEGABYTE // 16, MEGABYTE, 3 * MEGABYTE])
def test_a_build_on_a_full_disk_serves_what_was_served_and_ends_when_there_is_room(
    project: Path, room_bytes: int
) -> None:
    full = with_room(room_bytes, "build", "shop", project=project)

    assert full.returncode == 1, full.stderr
    assert "Traceback" not in full.stderr
    assert "expected" in full.stderr
    asked = assay("query", "select distinct delivery from fourth", "-o", "json", ASSAY_PROJECT=project)
    assert '"delivery": 1' in asked.out
    assert not list((project / ".assay" / "data" / "staging").rglob("*.parquet"))
    assert assay("build", "shop", ASSAY_PROJECT=project).code == 0
    asked = assay("query", "select distinct delivery from fourth", "-o", "json", ASSAY_PROJECT=project)
    assert '"delivery": 2' in asked.out


def test_a_disk_without_room_for_what_is_printed_is_no_defect(project: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "ASSAY_PROJECT": str(project)}
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "assay", "query", "select 1", "-o", "json"],
            env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip

    assert ended.returncode == 1
    assert ended.stderr == (
        "what is printed\n  expected  space on the disk\n  found     a full disk\n  Free some space there.\n"
    )

"""Two people, or two of a person's terminals, at the same moment: nothing is lost, and nobody is told a lie."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.base.roles import PublicKey
from assay.connectors.keys import new_key
from assay.wiring import open_home
from faults.small_project import deliver, make_project
from homes import OURS, assay

TOGETHER = 6


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in which Ada has a key."""
    root = make_project(tmp_path / "project")
    public: PublicKey = new_key(tmp_path / "ada.pem").public
    people = root / "people.yaml"
    people.write_text(people.read_text() + f'    keys: [{{public: "{public.raw.hex()}"}}]\n')
    return root


def start(root: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not OURS.fullmatch(name)}
    environment |= {"ASSAY_PROJECT": str(root), "ASSAY_KEY": str(root.parent / "ada.pem"), "COLUMNS": "80"}
    return subprocess.Popen(
        [sys.executable, "-m", "assay", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_second_build_is_told_who_holds_the_first_and_a_later_one_runs(project: Path) -> None:
    home = open_home(project)
    with home.workshop.locks.hold("dev-shop"):
        second = assay("build", "shop", ASSAY_PROJECT=project)
    third = assay("build", "shop", ASSAY_PROJECT=project)

    assert second.code == 1
    assert f"process {os.getpid()}, since" in second.err
    assert "run the command again" in second.err
    assert third.code == 0, third.text


def test_builds_at_once_leave_one_whole_result(project: Path) -> None:
    deliver(project, 7)
    builds = [start(project, "build", "shop") for _ in range(3)]
    codes = sorted(build.wait() for build in builds)
    answers = [build.communicate()[1] for build in builds]

    assert codes[0] == 0
    assert set(codes) <= {0, 1}
    assert all("process " in answer for build, answer in zip(builds, answers, strict=True) if build.returncode == 1)
    asked = assay("query", "select distinct delivery from fourth", "-o", "json", ASSAY_PROJECT=project)
    assert '"delivery": 7' in asked.out


def test_what_is_recorded_at_the_same_moment_is_all_there_or_its_sayer_is_told(project: Path) -> None:
    wanted = ["--product", "shop", "--question", "?", "--deliverable", "dataset", "--audience", "all"]
    wanted += ["--needed-by", "2126-12-31", "--acceptance", "it is right"]
    asking = [start(project, "request", "new", "--title", f"number {i}", *wanted) for i in range(TOGETHER)]
    answers = [process.communicate() for process in asking]
    done = [out for process, (out, _) in zip(asking, answers, strict=True) if process.returncode == 0]

    for process, (_, err) in zip(asking, answers, strict=True):
        assert process.returncode == 0 or (process.returncode == 1 and "run the command again" in err), err
    assert done
    assert len({line.partition(":")[0] for line in done}) == len(done), "two requests have one id"
    verified = assay("ledger", "verify", ASSAY_PROJECT=project)
    assert verified.code == 0
    assert f"{len(done)} signed statement" in verified.out

"""A build that is killed leaves what was served before, whole, and the next one goes on and ends."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import soak
from assay.actions.query import served
from assay.actions.workshop import open_pointer
from assay.wiring import open_home
from faults.small_project import ALL, deliver, make_project, watch
from homes import OURS, assay

KILLS = soak.count(usual=10, soak=500)


def _build(root: Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not OURS.fullmatch(name)}
    return subprocess.Popen(
        [sys.executable, "-m", "assay", "build", "shop", "--project", str(root)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _deliveries(root: Path) -> set[tuple[int, ...]]:
    home = open_home(root)
    with open_pointer(home.workshop, served(home.workshop, "dev", "shop")) as engine:
        return {tuple(row[1:]) for row in engine.query(ALL)}


@pytest.mark.timeout(1800 if soak.SOAK else 300)
def test_a_killed_build_is_never_seen_and_the_next_one_ends(tmp_path: Path) -> None:
    root = make_project(tmp_path / "project")
    start = time.monotonic()
    assert _build(root).wait() == 0
    whole = time.monotonic() - start
    assert _deliveries(root) == {(1, 1)}
    spawn = multiprocessing.get_context("spawn")
    is_over, looks, faults = spawn.Value("i", 0), spawn.Value("i", 0), spawn.Value("i", 0)
    watcher = spawn.Process(target=watch, args=(root, is_over, looks, faults))
    watcher.start()
    chance = random.Random(20131101)
    killed, number = 0, 1
    try:
        while killed < KILLS and number < 4 * KILLS:
            number += 1
            deliver(root, number)
            build = _build(root)
            time.sleep(chance.uniform(0.2, 1.0) * whole)
            if build.poll() is None:
                killed += 1
                build.send_signal(signal.SIGKILL)
            else:
                whole *= 0.8  # the machine is faster than it was: look earlier
            build.wait()
            assert len(_deliveries(root)) == 1
            if number % 4 == 0:
                assert assay("build", "shop", ASSAY_PROJECT=root).code == 0
                assert _deliveries(root) == {(number, number)}
    finally:
        is_over.value = 1
        watcher.join(60)
    print(f"{killed} of {number - 1} builds were killed at work; {looks.value} looks of a reader, {faults.value} mixed")
    assert assay("build", "shop", ASSAY_PROJECT=root).code == 0
    assert _deliveries(root) == {(number, number)}
    assert (watcher.exitcode, faults.value) == (0, 0)
    assert looks.value > KILLS
    assert killed == KILLS
    assert not list((root / ".assay" / "data" / "staging").rglob("*.parquet"))

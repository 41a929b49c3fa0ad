"""Ctrl-C ends a command with 130 and a word, leaves nothing half done, and the next command goes on."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from faults.forking import Forked, Server
from faults.shop import Shop
from homes import rows_of
from soak import count

SLOW = """
import time

import pyarrow

READS = {"sales": "sources.sales"}


def weekly(sales: pyarrow.Table) -> pyarrow.Table:
    time.sleep(60)
    return sales
"""
HEAVY = """
select sum(a.cents * b.cents + c.cents) as cents, max(a.generation) as generation, min(a.shop) as shop,
    min(a.day) as day
from sources.sales a, sources.sales b, sources.sales c, sources.sales d
"""
AT = "2026-03-02T09:30:00Z"


def interrupted(server: Server, shop: Shop, *arguments: str, after_seconds: float) -> tuple[int, str]:
    """Start a command, press Ctrl-C after a while, and return how it ended and what it printed."""
    child = server.command(shop.environment("ada", AT), shop.post("printed"), *arguments)
    time.sleep(after_seconds)
    child.interrupt()
    return child.wait(), shop.post("printed").read_text()


def wait_for(shop: Shop, text: str) -> None:
    """Wait until a command has printed something."""
    printed = shop.post("printed")
    while not (printed.exists() and text in printed.read_text()):
        time.sleep(0.02)


def children_of(shop: Shop) -> list[str]:
    """Return the processes that work in this shop's scratch folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "cwd").readlink()).startswith(str(shop.state / "scratch")):
                found.append(process.name)
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    ("file", "step"), [("weekly.py", SLOW), ("daily.sql", HEAVY)], ids=["a step in Python", "a query"]
)
def test_a_build_that_is_interrupted_in_a_long_step_ends_at_once_and_moves_nothing(
    opened: Shop, server: Server, tmp_path: Path, file: str, step: str
) -> None:
    shop = opened.copy(tmp_path / "all")
    shop.do("ada", "build")
    pointers = rows_of(shop.state / "state.db", "select * from pointers")
    path = shop.design / "products" / "shop" / "workflow" / file
    before = path.read_text()
    path.write_text(step)

    child: Forked = server.command(shop.environment("ada", AT), shop.post("printed"), "build")
    wait_for(shop, f"{file.partition('.')[0]}: code changed")
    time.sleep(1)
    child.interrupt()
    pressed = time.monotonic()
    code = child.wait()

    told = shop.post("printed").read_text()
    assert code == 130, told
    assert time.monotonic() - pressed < 10
    assert "Stopped." in told
    assert "Traceback" not in told
    assert rows_of(shop.state / "state.db", "select * from pointers") == pointers
    assert children_of(shop) == []
    assert [path for path in (shop.state / "scratch").iterdir() if path.is_dir()] == []
    path.write_text(before)
    assert "nothing changed" in shop.do("ada", "build").out


def test_a_command_that_is_interrupted_at_any_moment_ends_with_130_and_the_next_one_ends_it(
    admitted: Shop, server: Server, tmp_path: Path
) -> None:
    """Or it had ended already: then it has done all of it."""
    chance = random.Random(130)
    rounds = count(5, 200)
    stopped = 0
    for number in range(rounds):
        shop = admitted.copy(tmp_path / str(number))
        moment = 1.5 * (number + chance.random()) / rounds
        code, told = interrupted(server, shop, "node", "deploy", "R-0001", after_seconds=moment)

        assert code in (0, 130), told
        assert "Traceback" not in told
        stopped += code == 130
        said = (
            "select count(*) from events where json_extract(data, '$.kind') in ('compared', 'populated', 'published')"
        )
        before = rows_of(shop.node / "state" / "state.db", said) if code == 130 else None
        shop.do(None, "node", "verify", at=AT)
        done = shop.do(None, "node", "deploy", "R-0001", at=AT)
        assert "published" in done.out
        assert before is None or rows_of(shop.node / "state" / "state.db", said) > before
        shop.do(None, "node", "verify", at=AT)
    assert stopped > 0


def test_the_whole_program_ends_with_130_when_it_is_interrupted(opened: Shop, tmp_path: Path) -> None:
    shop = opened.copy(tmp_path / "all")
    (shop.design / "products" / "shop" / "workflow" / "weekly.py").write_text(SLOW)
    with shop.post("printed").open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "assay", "build"],
            env={**shop.environment("ada", AT), "PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"},
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
        )
    wait_for(shop, "weekly: never built here")
    child.send_signal(2)

    assert child.wait(30) == 130
    assert "Stopped." in shop.post("printed").read_text()

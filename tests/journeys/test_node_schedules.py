"""A schedule on a node: in its zone, each missed moment in its order, tried again, stopped when it takes too long."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from faults.forking import Server
from faults.shop import PRODUCT, PRODUCT_FILE, Shop, admit, open_release, prepare
from homes import Ran, rows_of
from journeys.flights_home import git
from once import made_once

pytestmark = pytest.mark.timeout(300)

SCHEDULE = """\
  timezone: Europe/Vienna
  missed: all
  missed-per-turn: 2
  retries: 2
  timeout: 4 s
  soak-runs: 2
"""
LATE, BROKEN, WRONG = 7, 8, 9
"""Deliveries of which a step makes nothing in time, nothing at all, and rows that were not promised."""
STEP = (
    "    weeks = {}\n",
    "    import time\n\n    generation = sales['generation'][0].as_py()\n"
    f"    time.sleep(60 if generation == {LATE} else 0)\n"
    f"    if generation == {BROKEN}:\n        raise ValueError('nothing can be made of this')\n"
    "    weeks = {}\n",
)
WEEK = (
    'f"{year}-{week:02}" for year, week in sorted(weeks)]',
    f'f"{{year}}-{{week:02}}" if generation != {WRONG} else None for year, week in sorted(weeks)]',
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with a schedule in Vienna, deployed as a candidate on Monday at noon; for copying."""

    def make(root: Path) -> None:
        shop = prepare(root)
        folder = shop.design / "products" / PRODUCT
        text = PRODUCT_FILE.replace("  soak-runs: 1\n", SCHEDULE).replace("as-of: sources.sales.day\n", "")
        (folder / "product.yaml").write_text(text)
        step = folder / "workflow" / "weekly.py"
        step.write_text(step.read_text().replace(*STEP).replace(*WEEK))
        git(shop.design, "commit", "--quiet", "--all", "--message", "A schedule in Vienna")
        open_release(shop)
        admit(shop)
        shop.do(None, "node", "deploy", "R-0001", at="2026-03-27T12:00:00Z")

    made = made_once(tmp_path_factory, "scheduled", make)
    return Shop(made).copy(tmp_path_factory.mktemp("scheduled") / "all")


@pytest.fixture
def shop(candidate: Shop, tmp_path: Path) -> Shop:
    return candidate.copy(tmp_path / "all")


def due(shop: Shop, at: str) -> Ran:
    return shop.run(None, "node", "run", "--due", at=f"2026-03-{at}Z")


def runs(shop: Shop) -> list[dict[str, Any]]:
    answer = shop.do(None, "node", "runs", "-o", "json", at="2026-03-31T12:00:00Z").out
    found: list[dict[str, Any]] = json.loads(answer)
    return found


def told(shop: Shop) -> list[tuple[str, int, str, str | None]]:
    """Return of each run its moment, which attempt it was, its result and the kind of its failure."""
    return [(run["moment"][8:16], run["attempt"], run["result"], run["failure"]) for run in runs(shop)]


def served_now(shop: Shop) -> object:
    pointers = "select snapshots from pointers where slot = 'candidate'"
    return rows_of(shop.node / "state" / "state.db", pointers)


def without_times(text: str) -> str:
    """Blank the seconds that runs took, which differ from run to run."""
    return re.sub(r"(?<![\d.])\d+\.\d\b(?!\.)", "x.x", text)


def test_six_in_vienna_is_another_moment_after_the_night_in_which_the_clock_is_changed(shop: Shop) -> None:
    assert "Nothing is due." in due(shop, "28T04:59:59").out
    assert due(shop, "28T05:00:00").code == 0
    assert "Nothing is due." in due(shop, "29T03:59:59").out
    assert due(shop, "29T04:00:00").code == 0
    assert "Nothing is due." in due(shop, "29T03:00:00").out, "the clock was set back"
    assert "Nothing is due." in due(shop, "29T05:00:00").out

    assert told(shop) == [("28T05:00", 1, "pass", None), ("29T04:00", 1, "pass", None)]
    status = json.loads(shop.do(None, "node", "status", "-o", "json", at="2026-03-29T05:00:00Z").out)
    assert status["schedules"][0]["next"] == ["2026-03-30T04:00:00Z", "2026-03-31T04:00:00Z"]


def test_each_missed_moment_is_run_in_its_order_on_its_day_and_so_many_in_a_turn(shop: Shop) -> None:
    due(shop, "30T12:00:00")
    assert [run["moment"][8:10] for run in runs(shop)] == ["28", "29"]
    due(shop, "30T12:00:00")
    assert "Nothing is due." in due(shop, "30T12:00:00").out

    assert [run["moment"] for run in runs(shop)] == [
        "2026-03-28T05:00:00Z", "2026-03-29T04:00:00Z", "2026-03-30T04:00:00Z"
    ]  # fmt: skip
    assert [run["as_of"] for run in runs(shop)] == ["2026-03-28", "2026-03-29", "2026-03-30"]


def test_a_source_that_is_not_there_is_asked_for_again_and_what_ends_well_counts_for_the_soak(
    shop: Shop, snapshot: SnapshotAssertion
) -> None:
    before = served_now(shop)
    (shop.landing / "sales.parquet").rename(shop.post("sales.parquet"))
    assert due(shop, "28T05:00:00").code == 1
    waiting = shop.do(None, "node", "status", at="2026-03-28T05:00:30Z").out
    assert "Nothing is due." in due(shop, "28T05:00:59").out
    assert due(shop, "28T05:01:00").code == 1
    assert served_now(shop) == before
    shop.post("sales.parquet").rename(shop.landing / "sales.parquet")
    assert "Nothing is due." in due(shop, "28T05:02:59").out
    assert due(shop, "28T05:03:00").code == 0
    soaked = due(shop, "29T04:00:00").out

    assert told(shop) == [
        ("28T05:00", 1, "error", "unavailable"),
        ("28T05:00", 2, "error", "unavailable"),
        ("28T05:00", 3, "pass", None),
        ("29T04:00", 1, "pass", None),
    ]
    assert "2 scheduled runs without failure, 1 of them when tried" in soaked
    assert without_times(waiting.replace(str(shop.root), "ROOT")) == snapshot(name="status")
    table = shop.do(None, "node", "runs", PRODUCT, at="2026-03-29T05:00:00Z").out.replace(str(shop.root), "ROOT")
    assert without_times(table) == snapshot(name="runs")
    shop.do(None, "node", "verify", at="2026-03-29T05:00:00Z")


def test_a_source_that_never_comes_is_given_up_and_the_next_moment_is_run(shop: Shop) -> None:
    (shop.landing / "sales.parquet").rename(shop.post("sales.parquet"))
    for at in ("28T05:00:00", "28T05:01:00", "28T05:03:00"):
        assert due(shop, at).code == 1
    assert "Nothing is due." in due(shop, "28T12:00:00").out
    shop.post("sales.parquet").rename(shop.landing / "sales.parquet")
    assert due(shop, "29T04:00:00").code == 0

    assert [run[:2] for run in told(shop)] == [("28T05:00", 1), ("28T05:00", 2), ("28T05:00", 3), ("29T04:00", 1)]


@pytest.mark.parametrize(("generation", "failure"), [(LATE, "timeout"), (BROKEN, "error"), (WRONG, "checks")])
def test_what_would_end_as_before_is_not_tried_again_and_what_is_served_stays(
    shop: Shop, generation: int, failure: str
) -> None:
    before = served_now(shop)
    shop.deliver(generation, to=shop.landing)
    started = time.monotonic()
    assert due(shop, "28T05:00:00").code == 1
    assert time.monotonic() - started < 30
    assert "Nothing is due." in due(shop, "28T12:00:00").out
    assert served_now(shop) == before
    shop.deliver(2, to=shop.landing)
    assert due(shop, "29T04:00:00").code == 0

    assert told(shop)[0][1:] == (1, "fail" if failure == "checks" else "error", failure)
    assert told(shop)[1] == ("29T04:00", 1, "pass", None)
    assert served_now(shop) != before
    if failure == "timeout":
        wanted = "the run of shop: expected an end within 4 s, found none, so that it was stopped."
        assert runs(shop)[0]["reason"].startswith(wanted)


def test_no_run_yet_is_said_and_a_name_that_is_wrong_is_refused(shop: Shop) -> None:
    assert shop.run(None, "node", "runs", at="2026-03-27T13:00:00Z").out == "No run yet.\n"
    wrong = shop.run(None, "node", "runs", "shp", at="2026-03-27T13:00:00Z")
    assert (wrong.code, "Products here: shop." in wrong.err) == (1, True)


def test_a_machine_without_a_database_of_time_zones_says_what_to_install(shop: Shop) -> None:
    environment = {**os.environ, **shop.environment(None, "2026-03-28T05:00:00Z"), "PYTHONTZPATH": "/nowhere"}
    command = [sys.executable, "-m", "assay", "node", "run", "--due"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "product.yaml" in done.stderr
    assert "install its package tzdata" in done.stderr
    assert runs(shop) == []


def test_a_worker_that_is_killed_between_two_attempts_is_followed_by_one_that_knows_of_the_first(
    shop: Shop, server: Server
) -> None:
    (shop.landing / "sales.parquet").rename(shop.post("sales.parquet"))
    for number, at in enumerate(("2026-03-28T05:00:00Z", "2026-03-28T05:01:00Z"), start=1):
        command = ("node", "worker", "--every-seconds", "0.1")
        worker = server.command(shop.environment(None, at), shop.post(f"printed-{number}"), *command)
        wait_for_runs(shop, number)
        time.sleep(0.5)  # some more turns, in which nothing may happen
        if number == 1:
            worker.kill()
            worker.wait()
        else:
            worker.send(signal.SIGTERM)
            assert worker.wait() == 0

    assert told(shop) == [("28T05:00", 1, "error", "unavailable"), ("28T05:00", 2, "error", "unavailable")]


def wait_for_runs(shop: Shop, wanted: int) -> None:
    ended = time.monotonic() + 60
    query = "select count(*) from events where json_extract(data, '$.kind') = 'ran'"
    while rows_of(shop.node / "state" / "state.db", query)[0][0] != wanted:
        assert time.monotonic() < ended
        time.sleep(0.05)

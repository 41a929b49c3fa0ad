"""A run that somebody begins by hand: it makes good what was missed, if it is good, and is told as what it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from faults.shop import PRODUCT, Shop

pytestmark = pytest.mark.timeout(300)

NOON = "2026-03-06T12:00:00Z"


def runs(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shop.do(None, "node", "runs", PRODUCT, "-o", "json", at=NOON).out)
    return found


def test_a_good_one_makes_good_what_was_missed_and_one_that_fails_does_not(released: Shop, tmp_path: Path) -> None:
    shop = released.copy(tmp_path / "all")
    (before,) = runs(shop)
    (shop.landing / "sales.parquet").rename(shop.post("sales.parquet"))
    assert shop.run(None, "node", "run", "--now", PRODUCT, at=NOON).code == 1
    due = json.loads(shop.do(None, "node", "status", "-o", "json", at=NOON).out)["schedules"][0]["due"]
    assert due == {"moment": "2026-03-06T06:00:00Z", "attempt": 1}

    shop.post("sales.parquet").rename(shop.landing / "sales.parquet")
    shop.do(None, "node", "run", "--now", PRODUCT, at=NOON)
    assert "Nothing is due." in shop.do(None, "node", "run", "--due", at=NOON).out

    assert not before["manual"]
    assert [(r["manual"], r["attempt"], r["result"], r["failure"]) for r in runs(shop)[1:]] == [
        (True, 1, "error", "unavailable"), (True, 1, "pass", None)
    ]  # fmt: skip
    listed = shop.do(None, "node", "runs", at=NOON).out.splitlines()
    assert [line.split()[3:5] for line in listed[1:] if line.startswith("  0")] == [
        [PRODUCT, "1"], [PRODUCT, "hand"], [PRODUCT, "hand"]
    ]  # fmt: skip


def test_a_moment_that_is_missed_is_counted_by_the_run_after_it(released: Shop, tmp_path: Path) -> None:
    shop = released.copy(tmp_path / "all")
    shop.do(None, "node", "run", "--due", at=NOON)

    assert [(run["moment"], run["skipped"]) for run in runs(shop)[1:]] == [("2026-03-06T06:00:00Z", 2)]
    assert "(2 skipped)" in " ".join(shop.do(None, "node", "runs", at=NOON).out.split())

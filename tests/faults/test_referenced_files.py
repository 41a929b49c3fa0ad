"""A file that is read where it lies is written to, and builds are killed: what is served is of one delivery."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from threading import Thread

import pytest

from faults.forking import Server
from faults.shop import Shop, deliver, prepare
from soak import count

REFERENCED = "    format: parquet\n    customProperties: [{property: access, value: referenced}]\n"
GENERATIONS = """
    select distinct generation from (
        select max(generation) as generation from daily union all select min(generation) from daily
        union all select max(generation) from weekly union all select max(generation) from best
    )
"""
AT = "2026-03-02T09:30:00Z"


@pytest.fixture(scope="module")
def lying(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Lay out the shop, whose source is read where it lies, and build it once."""
    shop = prepare(tmp_path_factory.mktemp("lying") / "all")
    contract = shop.design / "sources" / "sales.odcs.yaml"
    contract.write_text(contract.read_text().replace("    format: parquet\n", REFERENCED))
    shop.do("ada", "build")
    return shop


def generations(shop: Shop) -> list[int]:
    return [row["generation"] for row in json.loads(shop.do("ada", "query", GENERATIONS, "-o", "json").out)]


def written(shop: Shop, generation: int, *, in_place: bool) -> None:
    """Deliver anew: moved over what is there, or written into it piece by piece, as nobody should."""
    target, aside = shop.design / "data" / "sales.parquet", shop.root / "next.parquet"
    deliver(aside, generation)
    if not in_place:
        aside.replace(target)
        return
    content = aside.read_bytes()
    with target.open("r+b") as opened:
        for start in range(0, len(content), 1024):
            opened.write(content[start : start + 1024])
            opened.flush()
            time.sleep(0.001)
        opened.truncate()


def test_a_build_beside_somebody_who_writes_serves_one_delivery_or_refuses_the_file(
    lying: Shop, tmp_path: Path
) -> None:
    shop = lying.copy(tmp_path / "all")
    chance = random.Random(49)
    built = refused = 0
    for generation in range(2, 2 + count(12, 300)):
        writer = Thread(target=_later, args=(chance.uniform(0, 1.5), shop, generation, generation % 2 == 0))
        writer.start()
        ran = shop.run("ada", "build")
        writer.join()
        if ran.code == 0:
            built += 1
        else:
            refused += 1
            assert "sales.parquet" in ran.err, ran.text
            assert "expected" in ran.err, ran.text
            assert "Traceback" not in ran.text
        assert len(generations(shop)) == 1, "what is served is of one delivery"
    shop.do("ada", "build")

    assert generations(shop) == [generation]
    assert built
    assert refused
    print(f"{built} builds went through, {refused} were refused")


def _later(seconds: float, shop: Shop, generation: int, is_in_place: bool) -> None:
    time.sleep(seconds)
    written(shop, generation, in_place=is_in_place)


def test_a_build_that_is_killed_leaves_links_on_which_the_next_one_goes_on(
    lying: Shop, server: Server, tmp_path: Path
) -> None:
    shop = lying.copy(tmp_path / "all")
    chance = random.Random(490)
    for generation in range(2, 2 + count(6, 200)):
        written(shop, generation, in_place=False)
        child = server.command(shop.environment("ada", AT), shop.post("printed"), "build")
        time.sleep(chance.uniform(0, 0.8))
        child.kill()
        child.wait()
        assert len(generations(shop)) == 1
        shop.do("ada", "build")
        assert generations(shop) == [generation]
    links = list((shop.state / "data" / "referenced").iterdir())
    assert all(link.is_symlink() or link.is_file() for link in links)
    assert not list((shop.state / "data" / "staging").rglob("*.parquet"))

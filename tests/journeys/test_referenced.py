"""A source that is read where it lies: all the way to production without a copy, and named wherever it changed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from faults.shop import Shop, admit, open_release, prepare, soak
from journeys.flights_home import git

REFERENCED = "    customProperties: [{property: access, value: referenced}]\n"
QUERY = "select max(generation) as generation from "


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Lay out the shop, whose source is read where it lies everywhere."""
    made = prepare(tmp_path / "town")
    contract = made.design / "sources" / "sales.odcs.yaml"
    text = contract.read_text().replace("data/sales.parquet", "${ASSAY_DELIVERED}/sales.parquet")
    contract.write_text(text.replace("    format: parquet\n", f"    format: parquet\n{REFERENCED}"))
    git(made.design, "commit", "--quiet", "--all", "--message", "Read where it lies")
    return made


@pytest.fixture(autouse=True)
def delivered(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Shop.environment

    def environment(self: Shop, person: str | None = "ada", at: str = "2026-03-02T09:00:00Z") -> dict[str, str]:
        return {**own(self, person, at), "ASSAY_DELIVERED": str(self.design / "data")}

    monkeypatch.setattr(Shop, "environment", environment)


def copies(state: Path, of: Path) -> list[Path]:
    return [path for path in (state / "data" / "files").iterdir() if path.stat().st_size == of.stat().st_size]


def test_a_release_goes_to_production_without_a_copy_of_its_source(shop: Shop) -> None:
    open_release(shop)
    admit(shop)
    soak(shop)

    source = shop.design / "data" / "sales.parquet"
    shop.deliver(3)
    shop.do("ada", "publish")
    refused = shop.run("ada", "compare", "qa", "dev", "sources/sales")
    assert refused.code == 1
    assert "${ASSAY_DELIVERED}/sales.parquet" in refused.err
    assert copies(shop.state, source) == []
    assert copies(shop.node / "state", source) == []
    assert len(list((shop.node / "state" / "data" / "referenced").iterdir())) == 1

    (shop.landing / "sales.parquet").unlink()
    gone = shop.run(None, "node", "run", "--due", at="2026-03-04T06:05:00Z")
    assert "${ASSAY_LANDING}/sales.parquet" in gone.text
    shop.deliver(2, to=shop.landing)
    shop.do(None, "node", "run", "--due", at="2026-03-05T06:05:00Z")
    told = "".join(path.read_text(errors="replace") for path in shop.node.rglob("*.json"))
    assert str(shop.landing) not in gone.text + told


def test_what_a_source_held_before_it_changed_is_refused_by_its_name_and_datasets_are_served(shop: Shop) -> None:
    shop.do("ada", "build")
    shop.do("ben", "cut", "pin", "march", "--env", "dev")
    assert "800 rows" in shop.do("ada", "cut", "show", "march").out
    shop.deliver(2)

    refused = shop.run("ada", "query", f"{QUERY} sources.sales")
    assert refused.code == 1
    assert refused.err.startswith(
        "${ASSAY_DELIVERED}/sales.parquet\n  expected  the file that a snapshot of sources/sales"
    )
    assert "build again, on what lies there now" in " ".join(refused.err.split())
    assert "1" in shop.do("ada", "query", f"{QUERY} daily").out, "what was made of it is there"
    assert "not kept any more" in shop.do("ada", "cut", "show", "march").out

    shop.do("ada", "build")
    assert "2" in shop.do("ada", "query", f"{QUERY} sources.sales").out
    step = shop.design / "products" / "shop" / "workflow" / "daily.sql"
    step.write_text(step.read_text().replace("order by", "having count(*) > 0\norder by"))
    for command in (["build", "--cut", "march"], ["compare", "cut:march", "dev", "sources/sales"]):
        told = shop.run("ada", *command)
        assert told.code == 1, told.text
        assert "${ASSAY_DELIVERED}/sales.parquet" in told.err
        assert str(shop.design / "data") not in told.text
        assert "Traceback" not in told.text
    assert "2" in shop.do("ada", "query", f"{QUERY} daily").out


def typed(text: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(text.encode()))


def test_a_prompt_answers_from_datasets_and_refuses_what_changed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.do("ada", "build")
    shop.deliver(2)
    monkeypatch.setattr("sys.stdin", typed(f"{QUERY} daily;"))
    assert "1" in shop.do("ada", "shell").out

    monkeypatch.setattr("sys.stdin", typed(f"{QUERY} sources.sales;"))
    refused = shop.run("ada", "shell")
    assert refused.code == 1, refused.text
    assert "${ASSAY_DELIVERED}/sales.parquet" in refused.err


def test_landing_it_again_keeps_every_version_from_then_on(shop: Shop) -> None:
    shop.do("ada", "build")
    contract = shop.design / "sources" / "sales.odcs.yaml"
    contract.write_text(contract.read_text().replace(REFERENCED, ""))
    assert "Nothing to do." in shop.do("ada", "plan").out, "the same content is the same snapshot"
    shop.deliver(2)

    assert "1" in shop.do("ada", "query", f"{QUERY} sources.sales").out

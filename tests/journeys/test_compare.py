"""`assay compare` through the real program: files, environments, releases, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from syrupy.assertion import SnapshotAssertion

from faults.shop import PRODUCT, Shop, open_release, prepare
from homes import Ran, assay
from journeys.flights_home import git

KEY = ("--on", "day,shop")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the takings of three shops, before and after."""
    monkeypatch.chdir(tmp_path)
    days, shops = ["2026-03-01"] * 3 + ["2026-03-02"] * 3, ["harbour", "market", "station"] * 2
    before = pa.table({"day": days, "shop": shops, "cents": [100, 200, 300, 400, 500, None], "note": ["a"] * 6})
    after = pa.table(
        {"day": days, "shop": [*shops[:5], "tower"], "cents": [100, 250, 300, None, 500, 1], "remark": ["a"] * 6}
    )
    pq.write_table(before, "before.parquet")
    pq.write_table(after, "after.parquet")
    return tmp_path


def files_of(*options: str) -> Ran:
    return assay("compare", "before.parquet", "after.parquet", *options)


def test_two_files_are_told_apart_row_by_row_and_cell_by_cell(files: Path, snapshot: SnapshotAssertion) -> None:
    ran = files_of(*KEY, "--by", "shop")

    assert ran.code == 0
    assert ran.out == snapshot
    assert max(map(len, ran.out.splitlines())) <= 80


def test_without_a_key_whole_rows_are_counted_and_columns_described(files: Path, snapshot: SnapshotAssertion) -> None:
    assert files_of().out == snapshot


def test_whole_rows_of_many_columns_are_shown_in_every_form(files: Path) -> None:
    for name, value in (("one", 1), ("two", 2)):
        pq.write_table(pa.table({f"c{number}": [value] for number in range(50)}), f"{name}.parquet")

    for form, shown in (("text", "c19"), ("json", '"changedRows": 0'), ("html", "c19")):
        ran = assay("compare", "one.parquet", "two.parquet", "-o", form)
        assert ran.code == 0, ran.text
        assert shown in ran.out


def test_csv_and_parquet_of_the_same_rows_are_the_same_rows(files: Path) -> None:
    rows = pq.read_table("before.parquet").to_pylist()
    lines = ["day,shop,cents,note", *(f"{r['day']},{r['shop']},{r['cents'] or ''},{r['note']}" for r in rows)]
    Path("before.csv").write_text("\n".join(lines) + "\n")

    ran = assay("compare", "before.parquet", "before.csv", *KEY, "--exit-code")

    assert "The same rows in the columns that both have" in " ".join(ran.out.split())
    assert "day was VARCHAR and is DATE" in ran.out
    assert ran.code == 1  # the types differ


def test_the_same_file_is_known_without_a_look_inside(files: Path) -> None:
    ran = assay("compare", "before.parquet", "before.parquet", *KEY, "--exit-code")

    assert ran.code == 0
    assert "Identical: 6 rows." in ran.out


def test_machines_get_all_of_it_and_hidden_what_nobody_classified(files: Path) -> None:
    told = json.loads(files_of(*KEY, "-o", "json").out)["after.parquet"]

    assert (told["before"]["only"], told["after"]["only"], told["changedRows"]) == (1, 1, 2)
    assert told["columns"]["cents"]["changed"] == 2
    assert told["columns"]["cents"]["samples"][0] == ["(hidden)"] * 4
    assert told["schema"]["maybeRenamed"][0]["after"] == "remark"


def test_the_page_stands_by_itself_and_lets_nothing_run(files: Path) -> None:
    pq.write_table(pa.table({"k": [1], "<script>alert(1)</script>": ["<b>x</b>"]}), "evil.parquet")
    pq.write_table(pa.table({"k": [1], "<script>alert(1)</script>": ["<b>y</b>"]}), "worse.parquet")
    Path("c.odcs.yaml").write_text(
        "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\nschema:\n- name: t\n"
        "  properties:\n  - {name: k, primaryKey: true, classification: public}\n"
        "  - {name: '<script>alert(1)</script>', classification: public}\n"
    )

    ran = assay(
        "compare", "evil.parquet", "worse.parquet", "--contract", "c.odcs.yaml", "-o", "html", "--out", "p.html"
    )

    page = Path("p.html").read_text()
    assert ran.code == 0
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;y" in page
    assert "default-src &#39;none&#39;" in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("before.parquet", "qa"), "two patterns of files, or two places"),
        (("before.parquet", "none*.parquet"), "none that match"),
        (("before.parquet", "after.parquet", "--on", "nope"), "a column of the first table"),
        (("before.parquet", "after.parquet", "--tolerance", "cents=x"), "a number that is not below 0"),
        (("before.parquet", "after.parquet", "--renamed", "note"), "OLD=NEW"),
        (("before.parquet", "after.parquet", "--node", "x"), "two patterns of files"),
        (("before.parquet", "after.parquet", "--out", "x.txt"), "-o json or -o html"),
        (("before.parquet", "broken.parquet"), "broken.parquet"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(
    files: Path, arguments: tuple[str, ...], words: str
) -> None:
    Path("broken.parquet").write_bytes(b"PAR1 and no more")

    ran = assay("compare", *arguments)

    assert ran.code in {1, 2}
    assert words in " ".join(ran.text.split())
    assert "Traceback" not in ran.text


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a shop whose release is validated in QA and admitted, and of which dev has built more since."""
    shop = prepare(tmp_path_factory.mktemp("compare") / "shop")
    path = shop.design / "products" / PRODUCT / "contracts" / "daily.odcs.yaml"
    text = path.read_text()
    for name in ("day", "shop"):
        assert f"- name: {name}\n" in text
        text = text.replace(f"- name: {name}\n", f"- name: {name}\n        primaryKey: true\n")
    path.write_text(text)
    git(shop.design, "commit", "--quiet", "--all", "--message", "The key of a day's takings")
    open_release(shop)
    shop.do("ada", "build", "--sign")
    shop.do("ada", "freeze")
    shop.do("ada", "validate")
    shop.deliver(2)
    shop.do("ada", "build")
    return shop


def test_environments_are_compared_by_the_key_of_the_contract(shop: Shop) -> None:
    ran = shop.run("ada", "compare", "qa", "dev")

    assert ran.code == 0, ran.text
    assert f"{PRODUCT}/daily" in ran.out
    assert "Key: day, shop" in ran.out
    assert "800 rows changed" in ran.out  # forty days in twenty shops
    assert "generation  800" in ran.out


def test_a_release_a_version_and_an_environment_on_one_payload_are_one_snapshot(shop: Shop) -> None:
    for place in ("R-0001", f"{PRODUCT}@1.0.0"):
        ran = shop.run("ada", "compare", place, "qa", "daily", "--exit-code")
        assert ran.code == 0, ran.text
        assert "both are one snapshot" in ran.out


def test_the_sources_of_two_cuts_are_compared_when_asked_for(shop: Shop) -> None:
    ran = shop.run("ada", "compare", "qa", "dev", "sources/sales")

    assert ran.code == 0, ran.text
    assert "sources/sales" in ran.out
    assert "only after" in ran.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("qa", "prod"), "built datasets"),
        (("qa", "nowhere"), "a place with data"),
        (("qa", "R-0009"), "a release of this project"),
        (("qa", "R-0009x"), "a place with data"),
        (("qa", f"{PRODUCT}@9.9.9"), "a version that was frozen"),
        (("qa", "sha256:" + "0" * 64), "a snapshot in this store"),
        (("qa", "dev", "nothing"), "a dataset that both places have"),
        (("qa", "dev", "--contract", "x.yaml"), "files to compare"),
        (("qa", "dev", "--product", "nope"), "nope"),
    ],
)
def test_a_place_without_data_is_refused_by_name(shop: Shop, arguments: tuple[str, ...], words: str) -> None:
    ran = shop.run("ada", "compare", *arguments)

    assert ran.code in {1, 2}
    assert words in " ".join(ran.text.split())


def test_on_the_same_cut_only_the_code_differs(shop: Shop) -> None:
    apart = shop.run("ada", "compare", "qa", "dev", "daily", "--exit-code")
    ran = shop.run("ada", "compare", "qa", "dev", "daily", "--same-cut", "--exit-code")

    assert apart.code == 1  # the source has moved on
    assert ran.code == 0, ran.text
    assert "qa on the cut of dev" in ran.out


def test_builds_on_a_pinned_cut_are_the_same_however_the_source_moves_on(shop: Shop) -> None:
    pinned = shop.do("ada", "cut", "pin", "march", "--env", "dev")
    built = shop.do("ada", "build", "--cut", "march")
    before = shop.do("ada", "query", "select max(generation) from daily")
    shop.deliver(3)
    again = shop.do("ada", "build", "--cut", "march")
    after = shop.do("ada", "query", "select max(generation) from daily")

    assert "Pinned march: 1 source" in pinned.out
    assert before.out == after.out
    assert "reused" in again.out
    assert built.code == 0
    assert "march" in shop.do("ada", "cut", "list").out
    assert json.loads(shop.do("ada", "cut", "show", "march", "-o", "json").out)["product"] == PRODUCT
    checked = shop.run("ada", "validate", "--cut", "march")
    assert checked.code == 0, checked.text
    assert "both are one snapshot" in shop.do("ada", "compare", "qa", "dev", "sources/sales").out
    shop.do("ada", "cut", "pin", "later", "--env", "dev")
    moved = shop.do("ada", "compare", "cut:march", "cut:later")
    assert "shop" in moved.out
    assert "only after" in moved.out
    assert "sources/sales" in moved.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cut", "pin", "march"), "a name that is free"),
        (("cut", "pin", "No Name"), "a cut name"),
        (("cut", "show", "april"), "a cut"),
        (("build", "--cut", "april"), "a cut of this product"),
        (("validate", "x.odcs.yaml", "--cut", "march"), "a release"),
        (("compare", "qa", "sha256:" + "0" * 64, "--same-cut"), "a snapshot in this store"),
    ],
)
def test_a_cut_that_is_none_is_refused_by_name(shop: Shop, arguments: tuple[str, ...], words: str) -> None:
    if arguments == ("cut", "pin", "march"):
        shop.run("ada", "cut", "pin", "march", "--env", "dev")  # by an earlier test, or now

    ran = shop.run("ada", *arguments)

    assert ran.code in {1, 2}
    assert words in " ".join(ran.text.split())


def test_without_a_frozen_release_a_pin_of_qa_is_refused_and_dev_is_named(tmp_path: Path) -> None:
    shop = prepare(tmp_path / "shop")

    ran = shop.run("ada", "cut", "pin", "early")

    assert ran.code == 1
    assert "one frozen release" in ran.text
    assert "--env dev" in ran.text
    assert shop.run("ada", "cut", "pin", "early", "--env", "dev").code == 0


def test_who_may_not_validate_may_not_pin(shop: Shop) -> None:
    ran = shop.run("carla", "cut", "pin", "hers")

    assert ran.code == 1
    assert "somebody whose role permits it" in ran.text
    assert shop.run("ada", "cut", "show", "hers").code == 1

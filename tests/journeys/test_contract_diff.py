"""What changed in a contract, for whom, and which version that asks for: at the terminal, and before a release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from faults.shop import PRODUCT, Shop, admit, open_release, prepare, soak
from homes import Ran, assay

DAILY = f"products/{PRODUCT}/contracts/daily.odcs.yaml"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return prepare(tmp_path / "shop")


def diff(shop: Shop, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> Ran:
    monkeypatch.chdir(shop.design)
    return assay("contract", "diff", *arguments)


def loosen(shop: Shop, version: str = "1.0.0") -> None:
    """Let the shop of a day be empty, and declare a version."""
    path = shop.design / DAILY
    text = path.read_text().replace("version: 1.0.0", f"version: {version}")
    shop_column = "- name: shop\n        logicalType: string\n        required: "
    assert shop_column in text
    path.write_text(text.replace(f"{shop_column}true", f"{shop_column}false"))


def test_what_changed_is_told_with_who_reads_it_and_the_version_it_asks_for(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    loosen(shop)
    one = diff(shop, f"HEAD:{DAILY}", monkeypatch=monkeypatch)
    every = diff(shop, "HEAD", monkeypatch=monkeypatch)

    assert (one.code, every.code) == (1, 1)
    assert one.out == every.out == snapshot


def test_a_version_that_is_high_enough_is_no_fault_and_machines_get_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    loosen(shop, "2.0.0")
    ran = diff(shop, f"HEAD:{DAILY}", "-o", "json", monkeypatch=monkeypatch)

    assert ran.code == 0
    told = json.loads(ran.out)[DAILY]
    assert (told["bump"], told["least"], told["isTooSmall"]) == ("major", "2.0.0", False)
    assert [(one["path"], one["direction"]) for one in told["changes"]] == [("daily.shop.required", "loosens")]
    assert [one["name"] for one in told["consumers"]] == [f"{PRODUCT}/best", f"{PRODUCT}/takings"]


def test_files_are_compared_without_any_project_and_new_and_gone_ones_are_named(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old.yaml").write_bytes((shop.design / DAILY).read_bytes())
    (tmp_path / "new.yaml").write_bytes((shop.design / DAILY).read_bytes())
    same = assay("contract", "diff", tmp_path / "old.yaml", tmp_path / "new.yaml")
    weekly = shop.design / DAILY.replace("daily", "weekly")
    weekly.rename(weekly.with_name("hourly.odcs.yaml"))
    every = diff(shop, "HEAD", monkeypatch=monkeypatch)

    assert same.code == 0
    assert "nothing has changed" in same.out
    assert f"{weekly.relative_to(shop.design)}: gone; whoever reads it breaks" in " ".join(every.out.split())
    assert "hourly.odcs.yaml: new" in " ".join(every.out.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no-such-branch",), "expected a revision of git"),
        ((f"no-such-branch:{DAILY}",), "expected a revision of git"),
        (("--", f"--output=x:{DAILY}"), "expected a revision of git"),
        (("HEAD:products/none.odcs.yaml",), "expected a file that HEAD has"),
        (("HEAD:none/none.odcs.yaml",), "expected a folder that is there"),
        ((DAILY,), "expected a file to compare with"),
        ((DAILY, DAILY), "expected two versions"),
        (("HEAD:",), "expected a file to compare with"),
        ((f"HEAD:{DAILY}", "people.yaml"), "people.yaml"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_its_name(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    ran = diff(shop, *arguments, monkeypatch=monkeypatch)

    assert ran.code not in (0, 1) or "expected" in ran.err, ran.text
    assert words in " ".join(ran.err.split())
    assert ran.out == ""


def test_a_release_whose_versions_say_less_than_what_changed_is_refused(shop: Shop) -> None:
    open_release(shop)
    admit(shop)
    soak(shop)
    shop.do(
        None, "node", "release", shop.post("order.tar"), "--answer", shop.post("done.tar"), at="2026-03-03T10:00:00Z"
    )
    shop.do("ada", "ledger", "import", shop.post("done.tar"))
    loosen(shop)
    product = shop.design / "products" / PRODUCT / "product.yaml"
    product.write_text(product.read_text().replace("version: 1.0.0", "version: 1.0.1"))
    at = "2026-03-04T09:00:00Z"
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0001", at=at)
    shop.do("ada", "assess", at=at)
    refused = shop.run("dora", "signoff", at=at)
    loosen(shop, "2.0.0")
    product.write_text(product.read_text().replace("version: 1.0.1", "version: 2.0.0"))
    shop.do("ada", "assess", at=at)

    words = " ".join(refused.err.split())
    assert refused.code != 0
    assert f"{DAILY} expected version 2.0.0 at least found 1.0.0; 1.0.0 is released" in words
    assert "product.yaml" not in words  # its number is looked at when it is frozen
    shop.do("dora", "signoff", at=at)

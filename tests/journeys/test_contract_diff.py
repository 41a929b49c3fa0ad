"""What changed in a contract, for whom, and which version that asks for: at the terminal, and before a release."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from faults.shop import PRODUCT, Shop, admit, open_release, prepare, soak
from homes import Ran, assay
from journeys.flights_home import git

DAILY = f"products/{PRODUCT}/contracts/daily.odcs.yaml"


LATER = "2026-03-04T09:00:00Z"


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


def release(shop: Shop) -> None:
    """Have 1.0.0 released, and the contract of the days loosened under a patch version of the product."""
    open_release(shop)
    admit(shop)
    soak(shop)
    order, done = shop.post("order.tar"), shop.post("done.tar")
    shop.do(None, "node", "release", order, "--answer", done, at="2026-03-03T10:00:00Z")
    shop.do("ada", "ledger", "import", done)
    loosen(shop)
    declare(shop, "1.0.1")
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0001", at=LATER)
    shop.do("ada", "assess", at=LATER)


def declare(shop: Shop, version: str) -> None:
    product = shop.design / "products" / PRODUCT / "product.yaml"
    product.write_text(re.sub(r"version: \S+", f"version: {version}", product.read_text()))
    git(shop.design, "commit", "--quiet", "--all", "--message", f"Version {version}")


def test_a_release_whose_versions_say_less_than_what_changed_is_refused(shop: Shop) -> None:
    release(shop)
    approval = shop.run("dora", "signoff", at=LATER)
    loosen(shop, "2.0.0")
    declare(shop, "1.0.2")
    shop.do("ada", "assess", at=LATER)
    for person in ("dora", "carla"):
        shop.do(person, "signoff", at=LATER)
    frozen = shop.run("ada", "freeze", at=LATER)

    said = [" ".join(ran.err.split()) for ran in (approval, frozen)]
    assert (approval.code, frozen.code) == (1, 1)
    assert f"{DAILY} expected version 2.0.0 at least found 1.0.0; 1.0.0 is released" in said[0]
    assert "product.yaml" not in said[0]  # its number is looked at when it is frozen
    product = f"products/{PRODUCT}/product.yaml"
    assert f"{product} expected version 2.0.0 at least found 1.0.2; 1.0.0 is released" in said[1]


def test_the_node_asks_for_versions_whatever_the_design_side_let_pass(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(shop)
    for door in ("freeze", "signoff"):
        monkeypatch.setattr(f"assay.actions.{door}.version_faults", lambda *_: ())
    for person in ("dora", "carla"):
        shop.do(person, "signoff", at=LATER)
    for command in (("build", "--sign"), ("freeze",), ("validate",)):
        shop.do("ada", *command, at=LATER)
    for person in ("ada", "ben", "carla"):
        shop.do(person, "signoff", at=LATER)
    shop.do("ada", "publish", at=LATER)
    for person in ("ada", "ben", "carla"):
        shop.do(person, "signoff", at=LATER)
    shop.do("ada", "bundle", "build", "--out", shop.post("second.tar"), at=LATER)
    refused = shop.run(None, "node", "admit", shop.post("second.tar"), at=LATER)

    words = " ".join(refused.err.split())
    assert refused.code == 1
    assert f"{DAILY} expected version 2.0.0 at least found 1.0.0; 1.0.0 is released" in words
    assert "product.yaml expected version 2.0.0 at least" in words


def test_a_release_is_compared_with_the_working_tree_and_with_another_release(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_release(shop)
    shop.do("ada", "build", "--sign")
    shop.do("ada", "freeze")
    same = diff(shop, "R-0001", monkeypatch=monkeypatch)
    loosen(shop)
    changed = diff(shop, "R-0001", monkeypatch=monkeypatch)
    itself = diff(shop, "R-0001", "R-0001", monkeypatch=monkeypatch)

    assert (same.code, same.out.strip()) == (0, "No contract has changed since R-0001.")
    assert changed.code == 1
    assert DAILY in changed.out
    assert itself.code == 0
    assert diff(shop, "R-0009", monkeypatch=monkeypatch).code == 1
    assert diff(shop, "R-0001", DAILY, monkeypatch=monkeypatch).code == 2

"""A change that only its rows can tell: a repair by evidence, at the terminal, at freezing, and at the node again."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.lifecycle.gates import ChangeClass
from faults.shop import PRODUCT, Shop, admit, open_release, prepare, soak
from journeys.flights_home import git

LATER = "2026-03-04T09:00:00Z"
CONTRACT = f"products/{PRODUCT}/contracts/weekly.odcs.yaml"
WEEKLY = f"products/{PRODUCT}/workflow/weekly.py"
RULE = """
        quality:
          - id: plausible
            type: custom
            engine: assay
            severity: warning
            implementation: {check: row, condition: cents < 30000}
"""
"""The fifth week breaks it."""

REFACTORED = ("    weeks = {}\n", "    weeks: dict = dict()\n    assert weeks is not None\n")
SUMS = "[weeks[key][0] for key in sorted(weeks)]"


def change(shop: Shop, file: str, old: str, new: str) -> None:
    path = shop.design / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    git(shop.design, "commit", "--quiet", "--all", "--message", "Change")


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a shop of which version 1.0.0 is released; one rule warns of one week."""
    shop = prepare(tmp_path_factory.mktemp("repair") / "shop")
    path = shop.design / CONTRACT
    text = path.read_text()
    text = text.replace("- name: week\n", "- name: week\n        primaryKey: true\n")
    end = "transformSourceObjects: [sources.sales.cents]\n"
    assert end in text
    text = text.replace(end, end.rstrip("\n") + RULE)
    path.write_text(text)
    git(shop.design, "commit", "--quiet", "--all", "--message", "What a week is, and what it can take")
    open_release(shop)
    admit(shop)
    soak(shop)
    shop.do(
        None,
        "node",
        "release",
        shop.post("order.tar"),
        "--answer",
        shop.post("released.tar"),
        at="2026-03-03T10:00:00Z",
    )
    shop.do("ada", "ledger", "import", shop.post("released.tar"))
    return shop


def later(shop: Shop, person: str | None, *arguments: str | Path) -> str:
    return shop.do(person, *arguments, at=LATER).out


def start(released: Shop, root: Path, old: str, new: str) -> Shop:
    """Begin a second release in which the step of the weeks is written otherwise."""
    shop = released.copy(root)
    change(shop, f"products/{PRODUCT}/product.yaml", "version: 1.0.0", "version: 1.0.1")
    change(shop, WEEKLY, old, new)
    later(shop, "ada", "release", "new", PRODUCT, "--request", "Q-0001")
    return shop


def bundle(shop: Shop) -> None:
    """Take a repair through QA: its engineer and another one accept, nobody else is asked."""
    later(shop, "ada", "build", "--sign")
    later(shop, "ada", "change", PRODUCT, "--rows")
    assert "repair" in later(shop, "ada", "freeze", "R-0002")
    later(shop, "ada", "validate", "R-0002")
    later(shop, "ada", "publish", "R-0002")
    for person in ("ada", "ben"):
        shop.run(person, "signoff", "R-0002", at=LATER)
    later(shop, "ada", "bundle", "build", "R-0002", "--out", shop.post("second.tar"))


def test_a_refactoring_without_effect_is_standard_until_its_rows_say_it_is_a_repair(
    released: Shop, tmp_path: Path
) -> None:
    shop = start(released, tmp_path / "shop", *REFACTORED)

    by_code = later(shop, "ada", "change", PRODUCT)
    later(shop, "ada", "build", "--sign")
    measured = shop.run("ada", "change", PRODUCT, "--rows", at=LATER)
    again = later(shop, "ada", "change", PRODUCT)

    assert f"{PRODUCT}: standard" in by_code
    assert "weekly: identical" in measured.err
    assert f"{PRODUCT}: repair" in measured.out
    assert f"{PRODUCT}: repair" in again
    change(shop, WEEKLY, "is not None", "is not False")  # said of other code
    assert f"{PRODUCT}: standard" in later(shop, "ada", "change", PRODUCT)


@pytest.mark.parametrize(
    ("sums", "rows", "found"),
    [
        ("[min(weeks[key][0], 29999) for key in sorted(weeks)]", "only repaired", "repair"),
        ("[min(weeks[key][0], 31000) for key in sorted(weeks)]", "different", "standard"),  # it breaks the rule still
        ("[min(weeks[key][0], 20000) for key in sorted(weeks)]", "different", "standard"),  # good weeks change too
    ],
)
def test_only_what_broke_a_rule_and_breaks_none_now_is_repaired(
    released: Shop, tmp_path: Path, sums: str, rows: str, found: str
) -> None:
    shop = start(released, tmp_path / "shop", SUMS, sums)
    later(shop, "ada", "build", "--sign")

    measured = shop.run("ada", "change", PRODUCT, "--rows", at=LATER)

    assert f"weekly: {rows}" in measured.err
    assert f"{PRODUCT}: {found}" in measured.out


def test_the_node_measures_a_repair_again_and_lets_it_in(released: Shop, tmp_path: Path) -> None:
    shop = start(released, tmp_path / "shop", *REFACTORED)
    bundle(shop)

    admitted = shop.run(None, "node", "admit", shop.post("second.tar"), at=LATER)

    assert admitted.code == 0, admitted.text


def test_a_repair_whose_rows_differ_on_the_cut_of_production_is_refused_there(released: Shop, tmp_path: Path) -> None:
    shop = released.copy(tmp_path / "before")
    shop.deliver(2)  # here; production has the first delivery
    first = "[weeks[key][0] + (weeks[key][1] == 1) for key in sorted(weeks)]"
    shop = start(shop, tmp_path / "shop", SUMS, first)
    bundle(shop)

    refused = shop.run(None, "node", "admit", shop.post("second.tar"), at=LATER)

    assert refused.code == 1
    assert "the class standard, as computed here" in " ".join(refused.text.split())
    assert "weekly: different" in " ".join(refused.text.split())


def test_who_may_not_validate_measures_nothing(released: Shop, tmp_path: Path) -> None:
    shop = start(released, tmp_path / "shop", *REFACTORED)

    ran = shop.run("carla", "change", PRODUCT, "--rows", at=LATER)

    assert ran.code == 1
    assert "somebody whose role permits it" in ran.text
    assert f"{PRODUCT}: standard" in later(shop, "ada", "change", PRODUCT)


def test_without_a_released_version_there_is_nothing_to_measure_by(tmp_path: Path) -> None:
    shop = prepare(tmp_path / "shop")
    shop.do("ada", "build")

    ran = shop.run("ada", "change", "--rows")

    assert ran.code == 1
    assert "a released version to compare with" in ran.text
    assert f"What it will ask: assay change {PRODUCT}" in " ".join(ran.text.split())


def test_a_first_version_that_calls_itself_a_repair_is_refused_by_the_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A design side that lies of the class asks fewer people; what nothing was before cannot be repaired."""
    shop = prepare(tmp_path / "shop")
    open_release(shop)
    monkeypatch.setattr("assay.actions.case.class_of", lambda changes: ChangeClass.REPAIR)
    shop.do("ada", "build", "--sign")
    shop.do("ada", "freeze")
    shop.do("ada", "validate")
    shop.do("ada", "publish")
    for person in ("ada", "ben"):
        shop.run(person, "signoff")
    built = shop.run("ada", "bundle", "build", "--out", shop.post("bundle.tar"))
    assert built.code == 0, built.text

    refused = shop.run(None, "node", "admit", shop.post("bundle.tar"))

    assert refused.code == 1
    assert "the class standard, as computed here" in " ".join(refused.text.split())

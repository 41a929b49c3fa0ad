"""`assay change`: what the working tree changes, its class and whom it will need, before and after a release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from faults.shop import PRODUCT, Shop, admit, open_release, prepare, soak
from homes import assay, copy_home
from journeys.flights_home import git

HOME = f"products/{PRODUCT}"
DAILY, WEEKLY, BEST = f"{HOME}/workflow/daily.sql", f"{HOME}/workflow/weekly.py", f"{HOME}/workflow/best.sql"
CONTRACT, BOARD, FILE = (
    f"{HOME}/contracts/daily.odcs.yaml",
    f"{HOME}/solutions/takings.dashboard.yaml",
    f"{HOME}/product.yaml",
)
LATER = "2026-03-04T09:00:00Z"
DAY = "- name: day\n        logicalType: date\n"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return prepare(tmp_path_factory.mktemp("begun") / "shop")


@pytest.fixture(scope="module")
def done(begun: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Have version 1.0.0 released."""
    shop = Shop(copy_home(begun.root, tmp_path_factory.mktemp("done") / "shop"))
    open_release(shop)
    admit(shop)
    soak(shop)
    order, answer = shop.post("order.tar"), shop.post("done.tar")
    shop.do(None, "node", "release", order, "--answer", answer, at="2026-03-03T10:00:00Z")
    shop.do("ada", "ledger", "import", answer)
    return shop


@pytest.fixture
def first(begun: Shop, tmp_path: Path) -> Shop:
    return begun.copy(tmp_path / "shop")


@pytest.fixture
def released(done: Shop, tmp_path: Path) -> Shop:
    return done.copy(tmp_path / "shop")


def edit(shop: Shop, file: str, old: str, new: str) -> None:
    path = shop.design / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


def told(shop: Shop, *arguments: str) -> Any:
    return json.loads(shop.do(None, "change", *arguments, "-o", "json", at=LATER).out)[PRODUCT]


def asked(answer: Any) -> set[str]:
    return {gate["gate"] for gate in answer["gates"] if gate["asked"]}


def test_before_any_release_it_is_a_first_version_and_everybody_is_named(
    first: Shop, snapshot: SnapshotAssertion
) -> None:
    ran = first.do(None, "change")

    assert ran.out == snapshot
    assert max(map(len, ran.out.splitlines())) <= 80
    assert told(first)["since"] is None


def test_an_edit_is_compared_with_a_revision_of_git_and_nothing_is_changed(first: Shop) -> None:
    edit(first, DAILY, "group by day, shop\n", "where cents > 0\ngroup by day, shop\n")
    before = git(first.design, "status", "--porcelain")
    answer = told(first, PRODUCT, "--since", "HEAD")

    assert (answer["class"], answer["since"]) == ("standard", "HEAD")
    assert [one["sentence"] for one in answer["changes"]] == [
        "The step daily computes in another way: the filter changes."
    ]
    assert git(first.design, "status", "--porcelain") == before
    assert first.do(None, "ledger", "show").out == "Nothing was recorded yet.\n"


def test_without_any_edit_nothing_has_changed(released: Shop) -> None:
    said = released.do(None, "change", at=LATER).out

    assert said == f"{PRODUCT}: nothing that counts has changed since R-0001, version 1.0.0.\n"
    assert told(released, "--since", "R-0001")["changes"] == []


def test_a_column_that_comes_is_additive_with_the_versions_the_people_and_what_carries(
    released: Shop, snapshot: SnapshotAssertion
) -> None:
    edit(released, CONTRACT, DAY, f"- name: sales\n        logicalType: integer\n      {DAY}")
    edit(released, DAILY, "max(generation) as generation", "max(generation) as generation, count(*) as sales")
    ran = released.do(None, "change", at=LATER)

    assert ran.out == snapshot
    assert max(map(len, ran.out.splitlines())) <= 80


def test_what_was_told_before_is_what_freezing_asks_and_finds(released: Shop) -> None:
    edit(released, CONTRACT, DAY, f"- name: sales\n        logicalType: integer\n      {DAY}")
    edit(released, DAILY, "max(generation) as generation", "max(generation) as generation, count(*) as sales")
    edit(released, CONTRACT, "version: 1.0.0", "version: 1.1.0")
    edit(released, FILE, "version: 1.0.0", "version: 1.1.0")
    before = told(released)
    git(released.design, "commit", "--quiet", "--all", "--message", "Sales")
    released.do("ada", "release", "new", PRODUCT, "--request", "Q-0001", at=LATER)
    released.do("ada", "assess", at=LATER)
    for person in ("dora", "carla"):
        released.do(person, "signoff", at=LATER)
    released.do("ada", "build", "--sign", at=LATER)
    frozen = released.do("ada", "freeze", at=LATER)

    assert before["class"] == "additive"
    assert "class additive" in frozen.out
    assert "dataset.prod.soaked" not in asked(before)
    assert {v["file"]: v["least"] for v in before["versions"]} == {FILE: "1.1.0", CONTRACT: "1.1.0"}
    of_weekly = {gate["gate"] for gate in before["gates"] if f"{PRODUCT}/weekly" in gate["asked"]}
    assert of_weekly == set(), "what did not change carries, in production too"


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (DAILY, "select day, shop", "-- by day\nselect sales.day, shop", "cosmetic"),
        (BOARD, "title: Day by day", "title: Each day", "cosmetic"),
        (WEEKLY, '"""Sales by week, in Python."""', '"""Sales by week."""', "cosmetic"),
        (WEEKLY, "weeks = {}", "weeks = dict()", "standard"),
        (BEST, "limit 3", "limit 4", "standard"),
        (FILE, "cron: 0 6", "cron: 0 7", "standard"),
        (CONTRACT, "- name: shop\n", "- name: store\n", "breaking"),
    ],
)
def test_the_class_is_told_of_each_kind_of_edit(released: Shop, file: str, old: str, new: str, expected: str) -> None:
    edit(released, file, old, new)

    assert told(released)["class"] == expected


def test_who_breaks_is_named(released: Shop) -> None:
    edit(released, CONTRACT, "- name: shop\n", "- name: store\n")

    assert told(released)["breaks"] == [
        {"name": f"{PRODUCT}/best", "kind": "step", "owner": "dora@example.org"},
        {"name": f"{PRODUCT}/takings", "kind": "dashboard", "owner": "dora@example.org"},
    ]


def test_somebody_who_alone_could_do_two_parts_is_named_for_one(first: Shop) -> None:
    edit(first, "people.yaml", "roles: [engineer, validator]", "roles: [auditor]")
    people = {gate["gate"]: gate["people"] for gate in told(first)["gates"]}

    assert people["dataset.dev.built"] == ["ada@example.org"]
    assert people["dataset.qa.accepted-by-other-engineer"] == []
    assert "accepted in QA by another engineer  nobody yet: engineer or validator" in first.do(None, "change").out


def test_the_gates_of_one_class_are_shown_alone(first: Shop) -> None:
    every, few = first.do(None, "process").out, first.do(None, "process", "--class", "additive").out

    assert "schedule active and soaked" in every
    assert "schedule active and soaked" not in few
    assert "accepted in QA by a stakeholder" in few
    assert "dataset_prod_soaked" not in first.do(None, "process", "--class", "additive", "--mermaid").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--since", "no-such-branch"), "expected a revision of git"),
        (("--since", "R-0099"), "expected a release of this project"),
        (("nobody",), "nobody"),
        (("--since", "R-0002"), "expected a release that is frozen"),
    ],
)
def test_what_cannot_be_compared_with_is_refused_by_its_name(
    released: Shop, arguments: tuple[str, ...], words: str
) -> None:
    released.do("ada", "release", "new", PRODUCT, "--request", "Q-0001", at=LATER)
    ran = released.run(None, "change", *arguments, at=LATER)

    assert ran.code == 1
    assert words in " ".join(ran.err.split())
    assert ran.out == ""


def planned(shop: Shop) -> Any:
    return json.loads(shop.do("ada", "plan", "-o", "json", at=LATER).out)


def test_a_plan_names_what_rests_on_what_runs_and_the_class_of_the_change(released: Shop) -> None:
    released.do("ada", "build", at=LATER)
    idle = planned(released)
    assert (idle["isIdle"], idle["changeClass"], idle["touched"]) == (True, None, {"datasets": {}, "solutions": {}})

    edit(released, DAILY, "group by day, shop\n", "where cents > 0\ngroup by day, shop\n")
    found = planned(released)

    verbs = {step["step"]: step["verb"] for step in found["steps"]}
    assert verbs["daily"] == "run"
    assert all(step["lastSeconds"] > 0 for step in found["steps"])
    assert found["changeClass"] == "standard"
    assert found["since"].startswith("R-0001")
    assert f"{PRODUCT}/takings" in found["touched"]["solutions"]
    said = released.do("ada", "plan", at=LATER).out
    assert "Solutions that rest on it: shop/takings." in said
    assert "a change of class standard. What that asks for: assay change" in said.replace("\n", " ")


def test_nobody_signs_for_a_whole_product_of_which_a_part_was_built(first: Shop) -> None:
    ran = assay("build", "--select", "daily", "--sign", **first.environment("ada", LATER))

    assert ran.code == 2
    assert "--sign without --select" in ran.err

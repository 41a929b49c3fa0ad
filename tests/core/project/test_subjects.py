"""Digests follow the meaning: what changes a number changes everything that shows it, and nothing else does."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.base.reading import read_yaml
from assay.lifecycle.subjects import Aspect, Subject
from assay.project.reading import read_project
from assay.project.subjects import subjects_of

Files = dict[str, bytes]

DAILY = "products/sales/contracts/daily.odcs.yaml"
ORDERS = "sources/orders.odcs.yaml"


def subjects(files: Files, product: str = "sales") -> dict[str, Subject]:
    project = read_project(files)
    return {subject.id: subject for subject in subjects_of(project, project.products[product])}


def changed(before: dict[str, Subject], after: dict[str, Subject]) -> set[str]:
    return {id_ for id_ in before if before[id_].digests != after[id_].digests}


def test_the_subjects_of_a_product_are_its_contracts_datasets_and_solutions(files: Files) -> None:
    assert {id_: subject.reads for id_, subject in subjects(files).items()} == {
        "contract:sales/daily": (),
        "contract:sales/monthly": (),
        "dataset:sales/daily": ("contract:sales/daily",),
        "dataset:sales/monthly": ("contract:sales/monthly", "dataset:sales/daily"),
        "solution:sales/board": ("dataset:sales/daily",),
    }


def test_a_dataset_reads_through_intermediate_tables(files: Files) -> None:
    files["products/sales/workflow/monthly.py"] = files["products/sales/workflow/monthly.py"].replace(
        b'"daily": "daily"', b'"daily": "between"'
    )
    files["products/sales/workflow/between.sql"] = b"select * from daily"

    assert subjects(files)["dataset:sales/monthly"].reads == ("contract:sales/monthly", "dataset:sales/daily")


def test_a_dataset_of_another_product_is_named_in_full(files: Files) -> None:
    assert subjects(files, "desk")["dataset:desk/peak"].reads == ("contract:desk/peak", "dataset:sales/daily")


def test_what_cannot_be_built_yet_is_no_subject_but_its_contract_is(files: Files) -> None:
    del files["products/sales/workflow/monthly.py"]
    files["products/sales/solutions/board.dashboard.yaml"] = files[
        "products/sales/solutions/board.dashboard.yaml"
    ].replace(b"from daily", b"from monthly")

    assert set(subjects(files)) == {"contract:sales/daily", "contract:sales/monthly", "dataset:sales/daily"}


DAILY_AND_ABOVE = {"dataset:sales/daily", "dataset:sales/monthly", "solution:sales/board"}

CHANGES: dict[str, tuple[str, str, str, set[str]]] = {
    "an intermediate step": ("products/sales/workflow/clean.sql", "cents > 0", "cents > 1", DAILY_AND_ABOVE),
    "a step": ("products/sales/workflow/daily.sql", "sum(cents)", "max(cents)", DAILY_AND_ABOVE),
    "a step above": ("products/sales/workflow/monthly.py", "month_of(daily)", "daily", {"dataset:sales/monthly"}),
    "a shared module": ("shared/calendar.py", "return table", "return table[:1]", {"dataset:sales/monthly"}),
    "a contract": (DAILY, "tolerance: 0", "tolerance: 1", {"contract:sales/daily", *DAILY_AND_ABOVE}),
    "a source's contract": ("sources/orders.odcs.yaml", "id: orders", "id: orders2", DAILY_AND_ABOVE),
    "a dashboard": (
        "products/sales/solutions/board.dashboard.yaml",
        "mark: line",
        "mark: bar",
        {"solution:sales/board"},
    ),
    "a dashboard's query": (
        "products/sales/solutions/board.dashboard.yaml",
        "from daily",
        "from daily where cents > 0",
        {"solution:sales/board"},
    ),
    "where a source lies": (ORDERS, "data/orders.parquet", "elsewhere.parquet", DAILY_AND_ABOVE),
    "how a source is read": (ORDERS, "format: parquet", "format: csv", DAILY_AND_ABOVE),
    "what a place is called": (ORDERS, "- server: dev", "- server: here\n    description: Ours", set()),
    "the schedule": ("products/sales/product.yaml", "0 6 * * *", "0 7 * * *", DAILY_AND_ABOVE),
    "the soak": ("products/sales/product.yaml", "0 6 * * *", "0 6 * * *\n  soak-runs: 3", DAILY_AND_ABOVE),
    "the time zone": ("products/sales/product.yaml", "0 6 * * *", "0 6 * * *\n  timezone: Asia/Tokyo", DAILY_AND_ABOVE),
    "missed moments": ("products/sales/product.yaml", "0 6 * * *", "0 6 * * *\n  missed: none", DAILY_AND_ABOVE),
    "retries": ("products/sales/product.yaml", "0 6 * * *", "0 6 * * *\n  retries: 1", DAILY_AND_ABOVE),
    "the time of a run": ("products/sales/product.yaml", "0 6 * * *", "0 6 * * *\n  timeout: 2 h", DAILY_AND_ABOVE),
    "no schedule": ("products/sales/product.yaml", "schedule:\n  cron: 0 6 * * *\n", "", DAILY_AND_ABOVE),
    "a source that nobody reads": ("sources/weather.odcs.yaml", "id: weather", "id: rain", set()),
    "the product's file": ("products/sales/product.yaml", "version: 1.2.0", "version: 1.3.0", set()),
    "people": ("people.yaml", "name: Ada", "name: Ada L", set()),
    "environments": ("assay.yaml", "address: .assay", "address: .elsewhere", set()),
    "another product": ("products/desk/workflow/peak.sql", "max(cents)", "min(cents)", set()),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_reaches_what_shows_it_and_nothing_else(files: Files, what: str) -> None:
    path, old, new, reached = CHANGES[what]
    assert old in files[path].decode()

    after = {**files, path: files[path].decode().replace(old, new, 1).encode()}

    assert changed(subjects(files), subjects(after)) == reached


def test_of_another_product_only_the_contract_counts(files: Files) -> None:
    by_step = {**files, "products/sales/workflow/daily.sql": b"select day, max(cents) as cents from clean group by day"}
    by_contract = {**files, DAILY: files[DAILY].replace(b"tolerance: 0", b"tolerance: 1")}

    assert changed(subjects(files, "desk"), subjects(by_step, "desk")) == set()
    assert changed(subjects(files, "desk"), subjects(by_contract, "desk")) == {"dataset:desk/peak"}


def test_columns_have_a_digest_of_their_own(files: Files) -> None:
    before = subjects(files)["contract:sales/daily"]
    ruled = subjects({**files, DAILY: files[DAILY].replace(b"tolerance: 0", b"tolerance: 1")})["contract:sales/daily"]
    typed = subjects({**files, DAILY: files[DAILY].replace(b"logicalType: integer", b"logicalType: number")})

    assert ruled.digests[Aspect.COLUMNS] == before.digests[Aspect.COLUMNS]
    assert typed["contract:sales/daily"].digests[Aspect.COLUMNS] != before.digests[Aspect.COLUMNS]


def test_the_feeds_of_a_dataset_are_the_contracts_of_all_its_sources(files: Files) -> None:
    before = subjects(files)
    stepped = subjects(
        {**files, "products/sales/workflow/clean.sql": b"select id, cents, at as day from sources.orders"}
    )
    sourced = subjects(
        {**files, "sources/orders.odcs.yaml": files["sources/orders.odcs.yaml"].replace(b"id: o", b"id: p")}
    )

    for dataset in ("dataset:sales/daily", "dataset:sales/monthly"):
        feeds = before[dataset].digests[Aspect.FEEDS]
        assert stepped[dataset].digests[Aspect.FEEDS] == feeds
        assert sourced[dataset].digests[Aspect.FEEDS] != feeds


def test_how_production_runs_is_no_part_of_the_whole(files: Files) -> None:
    before = subjects(files)
    moved = subjects({**files, ORDERS: files[ORDERS].replace(b"data/orders.parquet", b"elsewhere.parquet")})
    product = "products/sales/product.yaml"
    scheduled = subjects({**files, product: files[product].replace(b"0 6 * * *", b"0 7 * * *")})

    for id_ in DAILY_AND_ABOVE:
        for after in (moved, scheduled):
            assert after[id_].digest == before[id_].digest
            assert after[id_].digests[Aspect.PRODUCTION] != before[id_].digests[Aspect.PRODUCTION]
    for dataset in ("dataset:sales/daily", "dataset:sales/monthly"):
        assert moved[dataset].digests[Aspect.FEEDS] != before[dataset].digests[Aspect.FEEDS]
        assert scheduled[dataset].digests[Aspect.FEEDS] == before[dataset].digests[Aspect.FEEDS]


def rewritten(path: str, content: bytes, chance: random.Random) -> bytes:
    """Write a file in another way that means the same."""
    text = content.decode()
    if path.endswith(".yaml"):
        if chance.random() < 0.5:
            text = json.dumps(shuffled(read_yaml(content, path).value, chance), indent=chance.choice([None, 1, 4]))
        else:
            text = f"# a comment\n{text}\n# another\n"
    elif path.endswith(".sql"):
        text = text.replace("-- orders that count\n", "").replace(" ", chance.choice(["  ", " \n", "\t"]))
        text = f"/* a comment */ {text} -- the end"
    elif path.endswith(".py"):
        text = "# a comment\n\n" + text.replace("    return", "  # why\n        return")
    return text.replace("\n", chance.choice(["\n", "\r\n"])).encode()


def shuffled(value: Any, chance: random.Random) -> Any:
    """Put the keys of all mappings in another order; lists have an order that means something."""
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])  # nothing changes the fixture
@given(chance=st.randoms(use_true_random=False))
def test_comments_layout_key_order_and_line_ends_do_not_count(files: Files, chance: random.Random) -> None:
    other = {path: rewritten(path, content, chance) for path, content in files.items()}

    assert subjects(other) == subjects(files)


GOLDEN = {
    "contract:sales/daily": "sha256:f11c10a6489ef111dbe44d80d9978efc970ddd43da2fa128f56dd6eb7c0ba674",
    "contract:sales/monthly": "sha256:cd8f4c0d4f6b2b9b2fec57222c4974cc5301d471738a1565a754b5721d81dbf9",
    "dataset:sales/daily": "sha256:a1b7ad4e6bac85bc677c945699e7587f5945bfbf2a2f90a2b5728217af5c5730",
    "dataset:sales/monthly": "sha256:12d8fde5a982c3576ca8e9edf4f6badda13421ef332791b2c963083f16978b36",
    "solution:sales/board": "sha256:ad0ad9c1db7052a399dc141be6fbac13f168789b0f41a305cdacb092549cc179",
}


def test_digests_outlive_every_upgrade(files: Files) -> None:
    """Signatures are given on these numbers: when this test fails, a meaning has got another number."""
    assert {id_: subject.digest for id_, subject in subjects(files).items()} == GOLDEN

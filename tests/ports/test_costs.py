"""The `Costs` port: one contract, held by the database and by the fake."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.base.ports import Costs
from assay.stores.costs import DatabaseCosts
from assay.stores.database import open_database
from databases import DATABASES, MEMORY, url_of
from fakes.costs import MemoryCosts


@pytest.fixture(params=[*DATABASES, MEMORY])
def costs(request: pytest.FixtureRequest, tmp_path: Path) -> Costs:
    if request.param == MEMORY:
        return MemoryCosts()
    return DatabaseCosts(open_database(url_of(request.param, tmp_path, request)))


def test_the_last_time_counts_and_the_others_stay(costs: Costs) -> None:
    costs.remember("shop", {"a": 1.5, "b": 2.0})
    costs.remember("shop", {"b": 0.25, "c": 0.125})

    assert costs.recall("shop") == {"a": 1.5, "b": 0.25, "c": 0.125}


def test_products_do_not_meet(costs: Costs) -> None:
    costs.remember("shop", {"a": 1.0})

    assert costs.recall("other") == {}


def test_nothing_to_remember_changes_nothing(costs: Costs) -> None:
    costs.remember("shop", {"a": 1.0})
    costs.remember("shop", {})

    assert costs.recall("shop") == {"a": 1.0}

"""Reconciliation with another environment: the release in QA beside what the engineers have built since."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.shop import PRODUCT, Shop, open_release, prepare
from journeys.flights_home import git

RULE = """\
    quality:
      - id: as_in_dev
        type: custom
        engine: assay
        implementation:
          {{check: reconciliation, with: daily, environment: {environment}, key: [day, shop], columns: [cents]}}
"""


def shop_with_rule(root: Path, environment: str) -> Shop:
    """Return a shop with a release that is frozen, and whose daily takings are held against an environment's."""
    shop = prepare(root)
    path = shop.design / "products" / PRODUCT / "contracts" / "daily.odcs.yaml"
    path.write_text(path.read_text() + RULE.format(environment=environment))
    git(shop.design, "commit", "--quiet", "--all", "--message", "Hold the days against another environment")
    open_release(shop)
    shop.do("ada", "build", "--sign")
    shop.do("ada", "freeze")
    return shop


def test_rows_that_differ_between_environments_fail_and_are_counted(tmp_path: Path) -> None:
    shop = shop_with_rule(tmp_path / "shop", "dev")
    agreed = shop.run("ada", "validate", "--all")
    shop.deliver(2)
    shop.do("ada", "build")  # in dev alone
    shop.deliver(1)
    moved = shop.run("ada", "validate", "--all")

    assert agreed.code == 0, agreed.text
    assert "daily has the rows of dev.daily" in " ".join(agreed.out.split())
    assert moved.code == 1
    assert "800 keys" in moved.out  # forty days in twenty shops


@pytest.mark.parametrize("environment", ["prod", "harbour"])
def test_an_environment_whose_data_is_not_here_is_an_error_and_no_pass(tmp_path: Path, environment: str) -> None:
    ran = shop_with_rule(tmp_path / "shop", environment).run("ada", "validate")

    assert ran.code == 1
    assert f"there is no data of {environment}.daily to compare with" in " ".join(ran.text.split())

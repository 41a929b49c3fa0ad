"""Production from Python: compared where its node lies on this machine, and not opened from the design side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import assay
from faults.shop import Shop, admit, open_release, prepare


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Have a candidate in production, made of another delivery than QA."""
    made = prepare(tmp_path_factory.mktemp("production") / "shop")
    open_release(made)
    admit(made)
    made.do(None, "node", "deploy", "R-0001", at="2026-03-02T12:00:00Z")
    made.deliver(2, to=made.landing)
    made.do(None, "node", "run", "--due", at="2026-03-03T06:05:00Z")
    return made


@pytest.fixture
def project(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> assay.Project:
    monkeypatch.setenv("ASSAY_NODE", str(shop.node))
    monkeypatch.setenv("ASSAY_LANDING", str(shop.landing))
    return assay.open_project(shop.design, shop.root / "keys" / "ada.pem")


def test_qa_and_production_are_compared_as_at_the_terminal(project: assay.Project, shop: Shop) -> None:
    found = project.compare("qa", "prod", "daily", node=shop.node, on=["day", "shop"], for_others=True)

    asked = ("compare", "qa", "prod", "daily", "--on", "day,shop", "--node", shop.node, "-o", "json")
    assert found.as_json() == json.loads(shop.do("ada", *asked).out)
    assert found["shop/daily"].changed_rows == 800
    assert not found.is_identical


def test_a_folder_that_is_no_node_is_refused(project: assay.Project, tmp_path: Path) -> None:
    with pytest.raises(assay.AssayError, match="expected the folder of a node, found none"):
        project.compare("qa", "prod", node=tmp_path)


@pytest.mark.parametrize("env", ["prod", "released", "candidate"])
def test_rows_of_production_stay_at_their_node(project: assay.Project, env: str) -> None:
    with pytest.raises(assay.AssayError, match="data that lies at the node harbour and stays there"):
        project.dataset("daily", env)


def test_production_is_neither_built_nor_queried_nor_checked_from_here(project: assay.Project) -> None:
    for act in (project.plan, project.build, project.check):
        with pytest.raises(assay.AssayError, match=r"an environment: dev or qa, found another\. Production is"):
            act(env="prod")
    with pytest.raises(assay.AssayError, match=r"an environment: dev or qa, found another\. Production is"):
        project.query("select 1", env="prod")

"""The example's notebook runs from the top in a real kernel, and each cell says what its text promises."""

from __future__ import annotations

import json
from typing import Any

import pytest

from docs.notebook_page import PICTURES, between, page_of
from docs.notebook_run import NOTEBOOK, prepared, run
from house import ROOT


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ASSAY_KEY", str(root / "ada.pem"))
        patched.setenv("IPYTHONDIR", str(root / "ipython"))
        patched.setenv("JUPYTER_RUNTIME_DIR", str(root / "jupyter"))
        return run(prepared(root))


def cell(ran: Any, name: str) -> Any:
    return next(one for one in ran.cells if one.id == name)


def said(ran: Any, name: str) -> str:
    """Return what a cell says as plain text, printed or shown."""
    outputs = cell(ran, name).outputs
    shown = (o for o in outputs if o.output_type != "error")
    return "".join(o["text"] if o.output_type == "stream" else o.data["text/plain"] for o in shown)


def shown(ran: Any, name: str) -> str:
    """Return the HTML that a cell shows."""
    return str(next(o.data["text/html"] for o in cell(ran, name).outputs if "data" in o and "text/html" in o.data))


@pytest.mark.timeout(120)
def test_every_cell_runs_and_says_something(ran: Any) -> None:
    cells = [one for one in ran.cells if one.cell_type == "code"]

    assert [(one.id, o.get("ename")) for one in cells for o in one.outputs if o.output_type == "error"] == []
    assert [one.id for one in cells if not one.outputs] == []
    assert [one.id for one in cells for o in one.outputs if o.get("name") == "stderr"] == []


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("plan", "never built here"),
        ("build", "11,864 rows"),
        ("dataset", "DECIMAL(5,4)"),
        ("polars", "shape: (5, 3)"),
        ("pandas", "United Air Lines"),
        ("relation", "JFK"),
        ("query", "percent"),
        ("edit", "code changed"),
        ("build-again", "ontime_daily: code changed"),
        ("check", "not good"),
        ("compare", "sum(delayed): 70,"),
        ("back", "already built from the same code and inputs"),
        ("validate", "Validation of R-0001, 2 datasets: good"),
        ("lineage", "ontime/delays: chart 'Every day of the year'"),
    ],
)
def test_a_cell_says_what_its_text_promises(ran: Any, name: str, word: str) -> None:
    assert word in " ".join(said(ran, name).split())


@pytest.mark.parametrize(
    "name", ["open", "plan", "build", "dataset", "edit", "check", "compare", "back", "validate", "lineage"]
)
def test_what_is_ours_is_shown_as_html(ran: Any, name: str) -> None:
    assert shown(ran, name).startswith('<div class="assay-shown">')


def test_the_notebook_is_kept_without_outputs_and_ends_as_it_began(ran: Any) -> None:
    stored = json.loads(NOTEBOOK.read_text())
    cells = [one for one in stored["cells"] if one["cell_type"] == "code"]

    assert [one["id"] for one in cells if one["outputs"] or one["execution_count"] is not None] == []
    assert cell(ran, "back").outputs[0].data["text/plain"].count("reused") == 2


@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_of_the_docs_is_of_cells_that_are_there(ran: Any, picture: str) -> None:
    _, first, last = PICTURES[picture]
    page = page_of(between(ran.cells, first, last))

    assert (ROOT / "docs" / picture).read_bytes().startswith(b"\x89PNG")
    assert page.count('<div class="assay-shown">') == {"notebook.png": 4, "notebook-dark.png": 7}[picture]

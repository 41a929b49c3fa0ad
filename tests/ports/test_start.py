"""What a command loads: `assay --help` nothing heavy, the others what they use. Packages are counted, not seconds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ports.flights import example_files

SHOW = """\
import contextlib, io, sys
from assay.cli.main import run
with contextlib.redirect_stdout(io.StringIO()):
    code = run(sys.argv[1:])
print(code, *sorted({name.partition(".")[0] for name in sys.modules} | {n for n in sys.modules if "." in n}))
"""
HEAVY = {"cryptography", "duckdb", "jinja2", "numpy", "pandas", "pyarrow", "pydantic", "sqlalchemy", "sqlglot", "yaml"}


def loaded(folder: Path, *words: str) -> set[str]:
    """Run a command in a process of its own and return what it has loaded."""
    command = [sys.executable, "-c", SHOW, *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    code, *names = done.stdout.split()
    assert code == "0", done.stderr
    return set(names)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the example without its data, after a first command has read it."""
    folder = tmp_path_factory.mktemp("project")
    for name, content in example_files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    loaded(folder, "status")
    return folder


@pytest.mark.parametrize("words", [("--help",), ("--version",)])
def test_help_loads_nothing_heavy_and_no_room_but_its_own(tmp_path: Path, words: tuple[str, ...]) -> None:
    names = loaded(tmp_path, *words)

    assert names & HEAVY == set()
    own = {"assay.cli", "assay.cli.main", "assay.base", "assay.base.errors", "assay.base.version"}
    assert {name for name in names if name.startswith("assay.")} == own
    assert "importlib.metadata" not in names


@pytest.mark.parametrize("words", [("status",), ("ledger", "verify")])
def test_a_look_at_the_record_loads_neither_engine_nor_parser_nor_pages(project: Path, words: tuple[str, ...]) -> None:
    assert loaded(project, *words) & {"duckdb", "jinja2", "numpy", "pandas", "pyarrow", "sqlglot"} == set()


def test_the_design_side_loads_nothing_of_the_node(project: Path) -> None:
    assert [name for name in loaded(project, "status") if name.startswith("assay.automation")] == []

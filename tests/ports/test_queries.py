"""The memory of what queries say: parsed once, kept for the author's own tree, forgotten when the reader changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assay.base.canonical import Digest, digest_bytes
from assay.project.reading import queries_of, read_project
from assay.sql.parse import Query, parse_query
from assay.stores import queries
from assay.stores.database import open_database
from assay.stores.queries import KnownQueries
from ports.flights import example_files

TEXTS = ("select 1 as one", "select $as_of as day, f.x from sources.flights as f join p.d using (x)")
SAID = {digest_bytes(text.encode()): parse_query(text, "q.sql") for text in TEXTS}

OPEN = """\
import sys
from pathlib import Path
from assay.wiring import open_home
home = open_home(Path(sys.argv[1]))
print(len(home.project.products), "sqlglot" in sys.modules)
"""


@pytest.fixture
def known(tmp_path: Path) -> KnownQueries:
    return memory(tmp_path)


def memory(folder: Path) -> KnownQueries:
    return KnownQueries(open_database(f"sqlite:///{folder / 'state.db'}"))


def test_what_was_remembered_is_recalled(known: KnownQueries, tmp_path: Path) -> None:
    known.remember(SAID)

    assert known.recall() == memory(tmp_path).recall() == SAID


def test_nothing_is_known_at_first(known: KnownQueries) -> None:
    assert known.recall() == {}


def test_what_is_in_use_no_more_is_forgotten(known: KnownQueries) -> None:
    first, second = SAID
    known.remember(SAID)
    known.remember({second: SAID[second]})

    assert known.recall() == {second: SAID[second]}
    known.remember({})
    assert known.recall() == {}
    assert first != second


def test_another_version_of_the_reader_believes_nothing_of_it(
    known: KnownQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    known.remember(SAID)
    monkeypatch.setattr(queries, "_reader", lambda: Digest("sha256:" + "0" * 64))

    assert known.recall() == {}


def test_a_project_says_what_its_steps_and_dashboards_ask() -> None:
    project = read_project(example_files())
    said = queries_of(project)
    product = project.products["ontime"]
    step = product.steps["ontime_daily"]
    shown = product.solutions["delays"].queries

    assert said[digest_bytes(step.text.encode())] == step.query
    assert all(said[digest_bytes(query.sql.encode())] == query.facts for query in shown.values())
    assert len(said) == 1 + len(shown)


def test_a_project_is_the_same_whether_its_queries_were_known_or_not() -> None:
    files = example_files()
    project = read_project(files)

    assert read_project(files, known=queries_of(project)) == project


def test_what_is_known_is_not_parsed() -> None:
    files = {path: content for path, content in example_files().items() if "/tests/" not in path}
    unreadable = b"this is no SQL, and nobody looks"
    files["products/ontime/workflow/ontime_daily.sql"] = unreadable
    fact: Query = next(iter(SAID.values()))

    project = read_project(files, known={digest_bytes(unreadable): fact})

    assert project.products["ontime"].steps["ontime_daily"].query == fact


def test_a_project_that_was_read_before_is_read_without_the_parser(tmp_path: Path) -> None:
    for name, content in example_files().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)

    def opened() -> str:
        command = [sys.executable, "-c", OPEN, str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert opened() == "1 True"
    assert opened() == "1 False"
    step = tmp_path / "products/ontime/workflow/ontime_daily.sql"
    step.write_text(step.read_text() + "-- a comment\n")
    assert opened() == "1 True"
    assert opened() == "1 False"

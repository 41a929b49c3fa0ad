"""Who takes part: how each gets its project, what it runs, and what its last layer adds up to."""

from __future__ import annotations

import itertools
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import models
from contest.environments import PYTHON, programs
from contest.measure import Command

SCENARIOS = ("cold", "nothing", "leaf", "root")
HERE = Path(__file__).resolve().parent
ASSAY = PYTHON.with_name("assay")
_FACTORS = itertools.count(int(time.time()))
_EDITED = re.compile(r"% 97(?: \+ \d+)? as v")

_DBT_PROJECT = """name: many
version: "1.0"
profile: many
model-paths: [models]
models:
  many:
    +materialized: table
"""
_DBT_PROFILE = """many:
  target: dev
  outputs:
    dev: {type: duckdb, path: many.duckdb, threads: 4}
"""
_SQLMESH = """gateways:
  dev:
    connection: {type: duckdb, database: many.duckdb}
default_gateway: dev
model_defaults: {dialect: duckdb, start: 2024-01-01}
"""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to build the models, and what has happened before it is measured.

    Attributes:
        name: for ``--only`` and ``--peers``.
        title: as the table shows it.
        tool: whose project it is; runs of one tool share it.
        scenario: cold, nothing, leaf or root.
        command: the program and its arguments.
        environment: the peer whose packages it needs; None for those of this project.
        beside: with whom it is compared as well, in the note.
        note: what the table should say.
    """

    name: str
    title: str
    tool: Tool
    scenario: str
    command: Command
    environment: str | None = None
    beside: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """How one tool's project is written.

    Attributes:
        name: of its folder.
        write: makes the project for so many models.
        file: where a model stands.
        state: what it keeps, taken away before a cold run.
    """

    name: str
    write: Callable[[Path, int], object]
    file: Callable[[str], str]
    state: tuple[str, ...]

    def prepare(self, scenario: str, place: Path, count: int) -> None:
        """Bring the project to where a run is measured; what has to be built before is built by the run before."""
        if not place.exists():
            place.mkdir(parents=True)
            self.write(place, count)
        if scenario == "cold":
            for name in self.state:
                path = place / name
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        elif scenario in {"leaf", "root"}:
            layer = models.LAYERS - 1 if scenario == "leaf" else 0
            path = place / self.file(f"m{layer:02d}_000")
            path.write_text(_edited(path.read_text()))


def contestants(folder: Path, count: int) -> Iterator[Contestant]:
    """Give all of them, in the order in which one turn runs them: each leaves what the next one of its tool needs."""
    raw = [PYTHON, HERE / "raw.py", str(count)]
    yield Contestant("raw", "**a loop of CREATE TABLE AS**", Tool("raw", _nothing, str, ()), "cold", raw)
    tools: tuple[tuple[Tool, Command, str | None], ...] = (
        (Tool("assay", models.write_project, "products/many/workflow/{}.sql".format, (".assay",)),
         [ASSAY, "build"], None),
        (Tool("dbt", _dbt, "models/{}.sql".format, ("target", "many.duckdb")),
         [programs(folder, "dbt") / "dbt", "--quiet", "run", "--profiles-dir", "."], "dbt"),
        (Tool("sqlmesh", _sqlmesh, "models/{}.sql".format, ("many.duckdb", ".cache")),
         [programs(folder, "sqlmesh") / "sqlmesh", "plan", "--auto-apply", "--no-prompts", "--skip-tests"], "sqlmesh"),
    )  # fmt: skip
    for tool, command, environment in tools:
        for scenario in SCENARIOS:
            title = f"{tool.name}, {scenario}"
            yield Contestant(f"{tool.name}-{scenario}", title, tool, scenario, command, environment)


def _edited(text: str) -> str:
    """Change what a model computes, to something that no run before had."""
    return _EDITED.sub(f"% 97 + {next(_FACTORS)} as v", text, count=1)


def _nothing(place: Path, count: int) -> None:
    """The loop has no project."""


def _dbt(place: Path, count: int) -> None:
    (place / "models").mkdir()
    (place / "dbt_project.yml").write_text(_DBT_PROJECT)
    (place / "profiles.yml").write_text(_DBT_PROFILE)
    for name, sql in models.queries(count).items():
        (place / "models" / f"{name}.sql").write_text(_named(sql, "{{{{ ref('{0}') }}}} {0}") + "\n")


def _named(sql: str, form: str) -> str:
    """Name the models that a query reads as a tool wants it, each still under its own name."""
    return models.READS.sub(lambda found: f"{found[1]} {form.format(found[2])}", sql)


def _sqlmesh(place: Path, count: int) -> None:
    (place / "models").mkdir()
    (place / "config.yaml").write_text(_SQLMESH)
    for name, sql in models.queries(count).items():
        text = f"MODEL (name many.{name}, kind FULL);\n\n{_named(sql, 'many.{0} {0}')}\n"
        (place / "models" / f"{name}.sql").write_text(text)

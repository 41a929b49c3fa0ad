"""A project's files with what dbt makes of its dbt projects: compiled once as long as nothing changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from assay.actions.compiling import DbtProjects, is_watched
from assay.base.canonical import Digest
from assay.base.errors import refusal
from assay.base.ports import DbtJob
from assay.project.dbt import compiled_path

HEAD = b"title: Shop\nowner: ada@example.org\nversion: 1.0.0\n"
FILES = {
    "products/shop/product.yaml": HEAD + b"dbt: {project: deep/town, select: [a]}\n",
    "products/bank/product.yaml": HEAD + b"dbt: {project: deep/town, select: [b], exclude: [c]}\n",
    "products/late/product.yaml": HEAD + b"dbt: {project: deep/town, select: [a], target: dev}\n",
    "products/none/product.yaml": HEAD,
    "deep/town/dbt_project.yml": b"name: town\n",
    "deep/town/models/a.sql": b"select 1",
    "deep/town/target/manifest.json": b"{}",
}


@dataclass
class FakeDbt:
    """A dbt that finds a mistake in whatever it compiles, and remembers what it was asked."""

    jobs: list[DbtJob] = field(default_factory=list)
    is_there: bool = True

    def version(self) -> str:
        if not self.is_there:
            raise refusal("dbt", expected="the program dbt", found="none")
        return "1"

    def compile(self, job: DbtJob) -> Mapping[str, Any]:
        self.jobs.append(job)
        return {"errors": [{"file": None, "text": "a mistake (models/a.sql)"}]}


class MemoryOutcomes(dict[Digest, dict[str, bytes]]):
    """Outcomes in memory."""

    def put(self, key: Digest, compiled: Mapping[str, bytes]) -> None:
        self[key] = dict(compiled)


def reading(files: Mapping[str, bytes]) -> Callable[[str, Callable[[str], bool]], dict[str, bytes]]:
    def read(folder: str, is_wanted: Callable[[str], bool]) -> dict[str, bytes]:
        start = f"{folder}/" if folder else ""
        inside = {path[len(start) :]: content for path, content in files.items() if path.startswith(start)}
        return {path: content for path, content in inside.items() if is_wanted(path)}

    return read


def test_a_dbt_project_is_compiled_once_a_target_for_all_products_and_again_when_it_changes() -> None:
    dbt = FakeDbt()
    projects = DbtProjects(dbt, MemoryOutcomes())

    found = projects.gather(reading(FILES))
    again = projects.gather(reading(FILES))

    assert found == again
    assert [(job.target, dict(job.products)) for job in dbt.jobs] == [
        ("dev", {"late": (("a",), ())}),
        ("prod", {"bank": (("b",), ("c",)), "shop": (("a",), ())}),
    ]
    assert sorted(dbt.jobs[0].files) == ["dbt_project.yml", "models/a.sql"]
    assert {path for path in found if path.startswith("compiled/")} == {
        compiled_path(product) for product in ("bank", "late", "shop")
    }
    projects.gather(reading({**FILES, "deep/town/models/a.sql": b"select 2"}))
    assert len(dbt.jobs) == 4


def test_where_there_is_no_dbt_each_product_says_so_and_it_is_not_remembered() -> None:
    dbt = FakeDbt(is_there=False)
    outcomes = MemoryOutcomes()

    found = DbtProjects(dbt, outcomes).gather(reading(FILES))

    (fault,) = json.loads(found[compiled_path("shop")])["faults"]
    assert (fault["at"], fault["found"]) == (["project"], "none")
    assert not outcomes


def test_a_folder_without_a_dbt_project_is_named() -> None:
    files = {path: content for path, content in FILES.items() if not path.startswith("deep/")}

    found = DbtProjects(FakeDbt(), MemoryOutcomes()).gather(reading(files))

    assert "no such file" in found[compiled_path("shop")].decode()


@pytest.mark.parametrize(
    ("path", "is_part"),
    [
        ("products/shop/product.yaml", True), ("deep/town/models/a.sql", True), ("deep/town/target/x.json", False),
        ("deep/any", True), ("deep/other/any", False), ("data/any", False), ("deep/town.sql", False),
    ],
)  # fmt: skip
def test_what_is_watched_are_the_files_that_were_read_and_the_folders_above_them(path: str, is_part: bool) -> None:
    assert is_watched(FILES)(path) is is_part

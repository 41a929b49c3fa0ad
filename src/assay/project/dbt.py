"""dbt projects: which a product takes models from, which files are theirs, and the models as steps.

A dbt project is compiled by dbt itself, outside of this room (`assay.actions.compiling`). What came of it is one file a
product, under ``compiled/``, which no author writes: it is made from the files of a working tree or a commit, and it
travels in the payload. So QA and production need no dbt and run exactly the queries that were validated.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assay.base.canonical import Digest
from assay.base.errors import AssayError, Fault, Place
from assay.base.reading import Document, read_as, read_yaml
from assay.project.files import DbtEntry, ProductFile
from assay.project.layout import PRODUCT, PRODUCTS
from assay.sql.parse import Query
from assay.workflow.steps import Step, compiled_step

FORMAT = 1
DBT_PROJECT = "dbt_project.yml"
PRODUCT_FILE = ""
"""In a fault of a compiled file: the product's own file, where its field ``dbt`` stands."""

_COMPILED = "compiled/dbt/"
_NOT_READ = frozenset({"target", "logs", "dbt_modules"})
_TEXTS = frozenset({"sql", "yml", "yaml", "csv", "md", "py", "jinja", "json", "txt"})


@dataclass(frozen=True, slots=True)
class DbtTest:
    """A test of dbt, as a query for what is wrong.

    Attributes:
        name: as dbt calls it.
        file: where it stands, relative to the project.
        on: the steps that it tests; the first one it stands at.
        sql: gives the rows that are wrong; tables are named as steps name them.
        measure: what is counted of these rows, an SQL aggregate: ``count(*)`` mostly.
        severity: ``error`` or ``warn``.
        error_if: when the measure fails, as ``!= 0``.
        warn_if: when it warns.
        description: what its author says of it; empty mostly.
    """

    name: str
    file: str
    on: tuple[str, ...]
    sql: str
    measure: str
    severity: str
    error_if: str
    warn_if: str
    description: str

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "name": self.name, "file": self.file, "on": list(self.on), "sql": self.sql, "measure": self.measure,
            "severity": self.severity, "error_if": self.error_if, "warn_if": self.warn_if,
            "description": self.description,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class DbtPart:
    """What a product takes from a dbt project: its steps and the tests of them."""

    steps: tuple[Step, ...] = ()
    tests: tuple[DbtTest, ...] = ()


def compiled_path(product: str) -> str:
    """Return the path of what dbt made of a product's models; it is among the files of a project, and on no disk."""
    return f"{_COMPILED}{product}.json"


def dbt_entries(files: Mapping[str, bytes]) -> dict[str, DbtEntry]:
    """Return from which dbt project each product takes models, of those that do and whose file can be read."""
    found = {}
    for path, content in sorted(files.items()):
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == PRODUCTS and parts[2] == PRODUCT and b"dbt" in content:
            try:
                file = read_as(ProductFile, read_yaml(content, path))
            except AssayError:
                continue  # whoever reads the project says what is wrong
            if file.dbt is not None:
                found[parts[1]] = file.dbt
    return found


def is_dbt_file(path: str) -> bool:
    """Whether a path, relative to a dbt project, is one of the texts that dbt compiles; what dbt wrote is not."""
    parts = path.split("/")
    if parts[0] in _NOT_READ or any(part.startswith(".") for part in parts):
        return False
    return "." not in parts[-1] or parts[-1].rpartition(".")[2] in _TEXTS


def read_dbt(
    product: str, files: Mapping[str, bytes], document: Document, known: Mapping[Digest, Query]
) -> tuple[DbtPart, list[Fault]]:
    """Read what dbt made of a product's models.

    Args:
        product: its name.
        files: of the project, among them the compiled one.
        document: the product's file, where faults of the selection stand.
        known: what earlier readings of queries said, see `queries_of`.

    Returns:
        the steps and tests, those without faults, and all that is wrong.
    """
    path = compiled_path(product)
    if path not in files:
        hint = "assay makes it of the dbt project when it reads a working tree or a commit."
        return DbtPart(), [document.fault("dbt", expected="the models as dbt compiled them", found="none", hint=hint)]
    try:
        said = json.loads(files[path])
        faults = [_fault(fault, document) for fault in said["faults"]]
        tests = tuple(DbtTest(**{**test, "on": tuple(test["on"])}) for test in said["tests"])
        written = [(str(one["name"]), str(one["file"]), str(one["sql"])) for one in said["steps"]]
        if said["format"] != FORMAT:
            raise ValueError(f"format {said['format']}")
    except (ValueError, KeyError, TypeError) as error:
        return DbtPart(), [Fault(Place(path), "models as dbt compiled them", f"{error!r}"[:160])]
    steps: list[Step] = []
    for name, file, sql in written:
        try:
            steps.append(compiled_step(name, file, sql, known))
        except AssayError as error:
            faults += error.faults
    return DbtPart(tuple(steps), tests), faults


def _fault(said: Mapping[str, Any], document: Document) -> Fault:
    place = document.place("dbt", *said["at"]) if said["file"] == PRODUCT_FILE else Place(said["file"], said["line"])
    return Fault(place, said["expected"], said["found"], said["hint"])


def fault_as_json(fault: Fault) -> dict[str, Any]:
    """Return a fault as JSON values."""
    return {
        "file": fault.where.file, "line": fault.where.line, "at": [], "expected": fault.expected, "found": fault.found,
        "hint": fault.hint,
    }  # fmt: skip


def faults_at(field: str, *faults: Fault) -> Iterator[dict[str, Any]]:
    """Give faults, as JSON values, that stand at a field of ``dbt`` in the product's file, wherever that is."""
    for fault in faults:
        yield {**fault_as_json(fault), "file": PRODUCT_FILE, "at": [field]}

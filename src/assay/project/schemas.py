"""The files of a project that people write in YAML, each with its JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.base.errors import WrongUsage, refusal
from assay.base.file_schemas import schema_of
from assay.contract.editor_schema import editor_schema
from assay.lifecycle.gates import Gate, Need
from assay.project.files import PeopleFile, ProductFile, ProjectFile
from assay.project.layout import CONTRACT, PEOPLE, PROCESS, PRODUCT, PRODUCTS, PROJECT
from assay.project.process import GateEntry, NeedEntry, ProcessFile
from assay.project.step_tests import StepTestsFile
from assay.solutions.dashboard import SUFFIX as DASHBOARD
from assay.solutions.dashboard import DashboardFile

if TYPE_CHECKING:
    from pydantic import BaseModel

FOLDER = ".assay/schemas"
"""Where the schemas of a project's files lie: they belong to the version that is installed, so no commit has them."""

CONTRACT_KIND = "contract"

_BORROWED: Mapping[str, type] = {GateEntry.__name__: Gate, NeedEntry.__name__: Need}


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file.

    Attributes:
        files: pattern of the paths of such files, relative to the project.
        model: None for a contract, whose schema is the standard's.
    """

    files: str
    model: type[BaseModel] | None


KINDS: Mapping[str, FileKind] = {
    "project": FileKind(PROJECT, ProjectFile),
    "people": FileKind(PEOPLE, PeopleFile),
    "process": FileKind(PROCESS, ProcessFile),
    "product": FileKind(f"{PRODUCTS}/*/{PRODUCT}", ProductFile),
    CONTRACT_KIND: FileKind(f"**/*{CONTRACT}", None),
    "dashboard": FileKind(f"{PRODUCTS}/*/solutions/*{DASHBOARD}", DashboardFile),
    "tests": FileKind(f"{PRODUCTS}/*/tests/*.yaml", StepTestsFile),
}


def file_schema(kind: str, standard: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file.

    Args:
        kind: one of `KINDS`.
        standard: the text of the standard's schema of contracts.

    Raises:
        WrongUsage: there is no such kind.
    """
    if kind not in KINDS:
        wrong = refusal(kind, expected="a kind of file", found=repr(kind), hint=f"Kinds: {', '.join(KINDS)}.")
        raise WrongUsage(*wrong.faults)
    model = KINDS[kind].model
    if model is None:
        return editor_schema(standard)
    return schema_of(model, KINDS[kind].files, _BORROWED)


def header(kind: str, path: str) -> str:
    """Return the comment by which an editor finds the schema of a file.

    Args:
        kind: of the file.
        path: where it lies, relative to the project.
    """
    return f"# yaml-language-server: $schema={'../' * path.count('/')}{FOLDER}/{kind}.json"

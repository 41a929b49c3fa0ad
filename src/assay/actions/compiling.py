"""Compiling: the files of a project, with what dbt makes of the dbt projects among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby

from assay.base.canonical import Digest, digest_bytes, digest_value
from assay.base.errors import AssayError, refusal
from assay.base.ports import DbtJob, DbtOutcomes, DbtRunner
from assay.project.dbt import DBT_PROJECT, compiled_path, dbt_entries, is_dbt_file
from assay.project.dbt_translation import failed, translate
from assay.project.files import DbtEntry
from assay.project.layout import is_project_file

_FORM = 1
"""Counted up when the same dbt project gives other steps."""

IsWanted = Callable[[str], bool]
ReadFiles = Callable[[str, IsWanted], dict[str, bytes]]
"""Reads the files of a folder (``""`` for the project) that are wanted, by paths relative to it."""


@dataclass(frozen=True, slots=True)
class DbtProjects:
    """Compiles the dbt projects of a project, each once as long as nothing of it changes."""

    runner: DbtRunner
    outcomes: DbtOutcomes

    def gather(self, read: ReadFiles) -> dict[str, bytes]:
        """Read the files of a project, of a working tree or a commit, and add what dbt makes of its models.

        What is wrong with a dbt project is among what is added: whoever reads the project reports it with all else.
        """
        files = read("", is_project_file)
        entries = dbt_entries(files)

        def where(product: str) -> tuple[str, str]:
            return entries[product].project, entries[product].target

        for (folder, _), products in groupby(sorted(entries, key=where), key=where):
            chosen = {product: entries[product] for product in products}
            compiled = self._compiled(read(folder, is_dbt_file), chosen)
            files |= {compiled_path(product): content for product, content in compiled.items()}
        return files

    def _compiled(self, files: Mapping[str, bytes], chosen: Mapping[str, DbtEntry]) -> dict[str, bytes]:
        try:
            if DBT_PROJECT not in files:
                folder = next(iter(chosen.values())).project
                hint = "dbt.project names the folder in which it stands."
                raise refusal(f"{folder}/{DBT_PROJECT}", expected="a dbt project", found="no such file", hint=hint)
            version = self.runner.version()
            key = _key(files, chosen, version)
            known = self.outcomes.get(key)
            if known is not None:
                return known
            entry = next(iter(chosen.values()))
            products = {name: (tuple(one.select), tuple(one.exclude)) for name, one in chosen.items()}
            answer = self.runner.compile(DbtJob(files, entry.target, products))
        except AssayError as error:  # of the machine, not of the files: it is not remembered
            return failed(error.faults, chosen)
        compiled = translate(answer, chosen, files, version)
        self.outcomes.put(key, compiled)
        return compiled


def _key(files: Mapping[str, bytes], chosen: Mapping[str, DbtEntry], version: str) -> Digest:
    return digest_value({
        "form": _FORM,
        "version": version,
        "products": {product: entry.model_dump(mode="json") for product, entry in chosen.items()},
        "files": {path: digest_bytes(content) for path, content in files.items()},
    })  # fmt: skip


def is_watched(files: Mapping[str, bytes]) -> IsWanted:
    """Return what tells whether a path belongs to what a project was read from, its dbt projects included."""
    folders = sorted({f"{entry.project}/" for entry in dbt_entries(files).values()})

    def asked(path: str) -> bool:
        if is_project_file(path):
            return True
        return any(
            is_dbt_file(path.removeprefix(folder)) if path.startswith(folder) else _leads(path, folder)
            for folder in folders
        )

    return asked


def _leads(path: str, folder: str) -> bool:
    """Whether a path asks if a folder is looked into that lies above another."""
    above, _, name = path.rpartition("/")
    return name == "any" and folder.startswith(f"{above}/")

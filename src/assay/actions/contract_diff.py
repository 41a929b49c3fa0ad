"""Comparing contracts: what changed, for whom, and which version that asks for. Nothing is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from assay.actions.environments import frozen_project
from assay.actions.home import Home, release_named
from assay.base.reading import read_yaml
from assay.contract.difference import ContractDifference, breaking_of, difference_of
from assay.contract.parse import parse_contract
from assay.project.consumers import Consumer, consumers_of
from assay.project.layout import CONTRACT, product_folder
from assay.project.model import Project


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions of one contract held against each other.

    Attributes:
        file: of the new version; of the old one where there is no new one.
        difference: None where the contract is new, or gone.
        is_gone: whether there is no new version.
        consumers: what reads a dataset of it; empty where nothing breaks them, or no project is known.
    """

    file: str
    difference: ContractDifference | None
    is_gone: bool = False
    consumers: tuple[Consumer, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether the declared version says less than what changed."""
        return self.difference is not None and self.difference.is_too_small


def compare_files(old: tuple[str, bytes], new: tuple[str, bytes], project: Project | None = None) -> Compared:
    """Compare two versions of a contract.

    Args:
        old: the name by which it is shown, and the content.
        new: so also.
        project: in which is looked for who reads what breaks.

    Raises:
        AssayError: one of them is no contract; all its faults.
    """
    before, after = (parse_contract(read_yaml(content, name)) for name, content in (old, new))
    difference = difference_of(before, after)
    consumers = _concerned(project, {before.id, after.id}) if project and breaking_of(difference.differences) else ()
    return Compared(new[0], difference, consumers=consumers)


def compare_all(
    old: Mapping[str, bytes], new: Mapping[str, bytes], project: Project | None, revision: str
) -> tuple[Compared, ...]:
    """Compare all contracts of two states of a project; those that are the same to the byte are left out.

    Args:
        old: path to content, as a revision has it.
        new: so also, as it is now.
        project: as it is now; None where it cannot be read.
        revision: the name of the old state.

    Raises:
        AssayError: a file is no contract.
    """
    found = []
    for file in sorted(old.keys() | new.keys()):
        if old.get(file) == new.get(file):
            continue
        if file in old and file in new:
            found.append(compare_files((f"{revision}:{file}", old[file]), (file, new[file]), project))
        elif file in new:
            parse_contract(read_yaml(new[file], file))
            found.append(Compared(file, None))
        else:
            found.append(Compared(file, None, is_gone=True))
    return tuple(found)


def compare_releases(home: Home, old: str, new: str | None) -> tuple[Compared, ...]:
    """Compare the contracts of a release with those of another, or with the working tree.

    Args:
        home: whose releases.
        old: the earlier release.
        new: the later one; None for the working tree, of which the contracts of the same product count and those that
            the release has too.

    Raises:
        AssayError: there is no such release, it is not frozen or not in this home, or a contract has faults.
    """
    record = home.load().record
    payload, project = frozen_project(home, release_named(record, old))
    before = _contracts(payload.files)
    if new is not None:
        later, project = frozen_project(home, release_named(record, new))
        return compare_all(before, _contracts(later.files), project, old)
    own = product_folder(payload.product)
    now = {name: text for name, text in _contracts(home.files).items() if name in before or name.startswith(own)}
    return compare_all(before, now, home.project, old)


def _contracts(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name.endswith(CONTRACT)}


def _concerned(project: Project, ids: Set[str]) -> tuple[Consumer, ...]:
    """Return who reads a dataset of a contract, by the project's own contracts of the ids that it had."""
    return consumers_of(project, [table for table, own in project.contracts.items() if own.id in ids])

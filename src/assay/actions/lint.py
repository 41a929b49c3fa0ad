"""Linting contracts: everything that there is to say of each file, and whether it is refused. Nothing is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from assay.base.errors import AssayError
from assay.base.reading import read_yaml
from assay.contract.findings import Finding, unreadable
from assay.contract.inspection import inspect_contract
from assay.contract.lint_rules import Grade


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found in one file.

    Attributes:
        file: the name by which it is shown.
        findings: faults and hints by where they stand.
    """

    file: str
    findings: tuple[Finding, ...]

    def count(self, grade: Grade) -> int:
        """Count the findings of a grade."""
        return sum(one.grade is grade for one in self.findings)


def lint_contracts(files: Iterable[tuple[str, Callable[[], bytes]]], schema: str) -> tuple[Linted, ...]:
    """Look at contracts, each file by itself: one that cannot be read keeps none from being looked at.

    Args:
        files: the name by which a file is shown, and what reads it.
        schema: the text of the standard's JSON schema.
    """
    return tuple(Linted(file, _findings(file, read, schema)) for file, read in files)


def is_refused(linted: Iterable[Linted], *, strict: bool) -> bool:
    """Say whether any of the contracts is refused; ``strict`` refuses for hints too."""
    return any(one.count(Grade.FAULT) or (strict and one.findings) for one in linted)


def _findings(file: str, read: Callable[[], bytes], schema: str) -> tuple[Finding, ...]:
    try:
        document = read_yaml(read(), file)
    except AssayError as error:
        return unreadable(error)
    return inspect_contract(document, schema)

"""What a look at a contract finds: faults and hints, each under the name of the rule that it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assay.base.errors import AssayError, Fault
from assay.base.reading import Document, Path
from assay.contract.lint_rules import LINT_RULES, Grade


@dataclass(frozen=True, slots=True)
class Finding(Fault):
    """A fault or a hint under its rule.

    Attributes:
        rule: its name in `LINT_RULES`.
        path: of what is meant in the document; of something that is missing, where it would stand.
    """

    rule: str = ""
    path: Path = ()

    @property
    def grade(self) -> Grade:
        """Whether it refuses the contract."""
        return LINT_RULES[self.rule].grade


class Beside(StrEnum):
    """Rules of findings that come from outside the document."""

    UNREADABLE = "file-unreadable"
    STANDARD = "standard-refuses"
    NOT_IN_STANDARD = "field-not-in-standard"


def finding(document: Document, rule: str, path: Path, *, expected: str, found: str, hint: str = "") -> Finding:
    """Make a finding at a part of a document, under the name of a rule in `LINT_RULES`."""
    assert rule in LINT_RULES, rule
    return Finding(document.place(*path), expected, found, hint, rule, path)


def unreadable(error: AssayError) -> tuple[Finding, ...]:
    """Say of a file that could not even be read what is wrong with it."""
    return tuple(
        Finding(fault.where, fault.expected, fault.found, fault.hint, Beside.UNREADABLE) for fault in error.faults
    )

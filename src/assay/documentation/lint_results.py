"""What the lint found, for machines: JSON, and annotations of GitHub Actions at the lines of the contracts.

The commands are those of GitHub's documentation, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from assay.base.printable import printable
from assay.contract.findings import Finding
from assay.contract.lint_rules import Grade

COMMANDS: dict[Grade, str] = {Grade.FAULT: "error", Grade.HINT: "warning"}
"""Grade to the annotation that says so."""

MOST = 10
"""GitHub shows as many annotations of a kind for a step, and drops the others without a word."""


def finding_json(one: Finding) -> dict[str, Any]:
    """Write a finding as JSON; line and column count from 1, null where the file as a whole is meant."""
    return {
        "rule": str(one.rule),
        "grade": str(one.grade),
        "line": one.where.line,
        "column": one.where.column,
        "expected": one.expected,
        "found": one.found,
        "hint": one.hint or None,
    }


def lint_github(findings: Sequence[Finding]) -> Iterator[str]:
    """Give the first annotations of each kind, faults first, and a last one that counts them all."""
    for grade, command in COMMANDS.items():
        for one in [one for one in findings if one.grade is grade][:MOST]:
            yield _annotation(command, one)
    counts = ", ".join(f"{sum(one.grade is grade for one in findings)} {grade}s" for grade in Grade)
    yield f"::notice title=assay contract lint::{_data(counts)}"


def _annotation(command: str, one: Finding) -> str:
    told = {"file": one.where.file, "line": one.where.line, "col": one.where.column, "title": one.rule}
    properties = ",".join(f"{name}={_property(value)}" for name, value in told.items() if value is not None)
    said = f"expected {one.expected}, found {one.found}" + (f". {one.hint}" if one.hint else "")
    return f"::{command} {properties}::{_data(said)}"


def _data(text: object) -> str:
    return printable(text).replace("%", "%25")


def _property(text: object) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

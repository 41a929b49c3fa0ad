"""What was found for one check, and how a count is held against the check's limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from assay.validation.checks import Check
from assay.validation.conditions import Outcome
from assay.validation.thresholds import Threshold, Unit, number_text


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for one check.

    Attributes:
        holds: None when there is no saying.
        warns: whether it is doubtful although it holds.
        outcome: where it is neither of these, as for what cannot be tested yet; None leaves it to ``holds``.
    """

    holds: bool | None
    measured: str | None = None
    limit: str | None = None
    bad_rows: int | None = None
    tested_rows: int | None = None
    message: str = ""
    warns: bool = False
    outcome: Outcome | None = None


def counted(check: Check, bad: int, tested: int, noun: str, *, are_rows: bool = True) -> Finding:
    """Hold a count, and its share of all that was tested, against a check's limits.

    Args:
        check: with limits in rows or percent.
        bad: how many violate it.
        tested: of how many.
        noun: what is counted, for one of it; ``row``.
        are_rows: whether rows are counted, so that the verdict says how many.
    """

    def measure(unit: Unit) -> Fraction:
        if unit is Unit.ROWS:
            return Fraction(bad)
        return Fraction(bad * 100, tested) if tested else Fraction(0)

    note = "" if tested else f"0 {noun}s tested"
    return held(check, measure, noun, Finding(None, message=note, bad_rows=int(bad) if are_rows else None,
                                              tested_rows=int(tested) if are_rows else None))  # fmt: skip


def held(check: Check, measure: Callable[[Unit], Fraction], noun: str, finding: Finding) -> Finding:
    """Hold a measure against what must be and what should be.

    Args:
        check: with both limits.
        measure: gives the measure in the unit of a limit, for each may have its own.
        noun: what is counted, for one of it.
        finding: what is known beside.
    """
    value = measure(check.threshold.unit)
    is_percent = check.threshold.unit is Unit.PERCENT
    words = f"{number_text(value)} percent" if is_percent else f"{number_text(value)} {noun}{'' if value == 1 else 's'}"
    warning = check.warning
    return replace(
        finding,
        holds=check.threshold.holds(value),
        measured=words,
        limit=limit_text(check.threshold, warning),
        warns=warning is not None and not warning.holds(measure(warning.unit)),
    )


def limit_text(threshold: Threshold, warning: Threshold | None) -> str:
    """Say both limits."""
    return str(threshold) if warning is None else f"{threshold}; it warns unless {warning}"


def rows_text(count: int) -> str:
    """Say a number of rows."""
    return f"{count} row{'' if count == 1 else 's'}"

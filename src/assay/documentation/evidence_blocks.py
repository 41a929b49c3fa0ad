"""What the rules of a dataset gave as lines and tables, without colours and without rows."""

from __future__ import annotations

from collections.abc import Iterator

from assay.base.printable import printable
from assay.documentation.blocks import Block, Grid, Line, Tone
from assay.documentation.evidence_results import (
    BROKEN,
    OUTCOME_WORDS,
    UNPROVEN,
    DatasetResult,
    measured_words,
    said_of,
    worst_first,
)
from assay.validation.verdicts import Verdict


def result_blocks(result: DatasetResult) -> Iterator[Block]:
    """Tell what the rules of a dataset gave: all that is broken, the worst first."""
    tone = Tone(OUTCOME_WORDS[result.outcome].tone)
    yield Line(f"{printable(result.dataset)}: {result.outcome}  {said_of(result)}", tone=tone)
    if result.is_unproven:
        yield Line(UNPROVEN, 2)
    broken = tuple(_cells(one) for one in worst_first(result.verdicts) if one.outcome in BROKEN)
    if broken:
        yield Grid(broken, ("", "rule", "measured", "limit"))


def _cells(verdict: Verdict) -> tuple[str, ...]:
    said = ". ".join(text.rstrip(".") for text in (verdict.sentence, verdict.message) if text)
    measured, limit = measured_words(verdict) or "-", verdict.limit or "-"
    return str(verdict.outcome), printable(said), printable(measured), printable(limit)

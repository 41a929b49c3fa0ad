"""Results for machines: one JSON object, whose form `docs/results.md` describes. Samples stand apart from verdicts."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from assay.documentation.evidence_results import DatasetResult, counts_of, overall
from assay.validation.verdicts import Verdict

FORMAT = "assay.validation/1"
"""Changes when a field goes away or means something else; fields may be added."""


def evidence_json(results: Sequence[DatasetResult], at: datetime) -> str:
    """Write results as JSON text, which ends with a line feed.

    Args:
        results: of the datasets that were looked at.
        at: when, with a time zone.
    """
    every = [verdict for result in results for verdict in result.verdicts]
    value = {
        "format": FORMAT,
        "at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "result": str(overall(every)),
        "counts": _counts(every),
        "notRun": sum(result.not_run for result in results),
        "datasets": [_dataset(result) for result in results],
        "samples": [
            {"dataset": result.dataset, "check": check, "columns": list(sample.columns), "rows": _rows(sample.rows)}
            for result in results
            for check, sample in result.samples.items()
        ],
    }
    return json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _dataset(result: DatasetResult) -> dict[str, Any]:
    return {
        "contract": {"id": result.contract, "version": result.version, "file": result.file},
        "dataset": result.dataset,
        "rows": result.rows,
        "result": str(result.outcome),
        "counts": _counts(result.verdicts),
        "notRun": result.not_run,
        "verdicts": [_verdict(verdict, result) for verdict in result.verdicts],
        **({"explained": result.explained.as_json()} if result.explained else {}),
    }


def _verdict(verdict: Verdict, result: DatasetResult) -> dict[str, Any]:
    check, place = result.checks.get(verdict.check_id), result.place(verdict.check_id)
    return {
        **verdict.as_json(),
        "name": check.name if check else "",
        "tags": list(check.tags) if check else [],
        "file": place.file,
        "line": place.line,
    }


def _counts(verdicts: Sequence[Verdict]) -> dict[str, int]:
    return {str(outcome): many for outcome, many in counts_of(verdicts).items()}


def _rows(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [[json_value(value) for value in row] for row in rows]


def json_value(value: Any) -> Any:
    """Return a value as JSON has it; what JSON has no number for is written as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value.hex() if isinstance(value, bytes | bytearray) else str(value)

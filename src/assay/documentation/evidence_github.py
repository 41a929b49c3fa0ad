"""Results as annotations of GitHub Actions, at the lines of the contract. No value of a row is in them: logs are kept.

The commands are those of GitHub's documentation, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.base.printable import printable
from assay.documentation.evidence_results import DatasetResult, counts_words, measure_words, overall, worst_first
from assay.validation.conditions import Outcome
from assay.validation.verdicts import Verdict

COMMANDS: dict[Outcome, str] = {Outcome.ERROR: "error", Outcome.FAIL: "error", Outcome.WARN: "warning"}
"""Outcome to the annotation that says so; the others have none and are counted."""

MOST = 10
"""GitHub shows as many annotations of a kind for a step, and drops the others without a word."""


def evidence_github(results: Sequence[DatasetResult], *, everything: bool = False) -> str:
    """Write the worst verdicts as annotations, and a last one that counts them all.

    Args:
        results: of the datasets that were looked at.
        everything: all that is broken, also beyond what GitHub shows.
    """
    told = [*_annotations(results, None if everything else MOST), _summary(results)]
    return "".join(f"{line}\n" for line in told)


def _annotations(results: Sequence[DatasetResult], most: int | None) -> Iterator[str]:
    broken = [(verdict, result) for result in results for verdict in result.verdicts if verdict.outcome in COMMANDS]
    order = {id(verdict): rank for rank, verdict in enumerate(worst_first(verdict for verdict, _ in broken))}
    told = dict.fromkeys(COMMANDS.values(), 0)
    for verdict, result in sorted(broken, key=lambda pair: order[id(pair[0])]):
        command = COMMANDS[verdict.outcome]
        told[command] += 1
        if most is None or told[command] <= most:
            yield _annotation(command, verdict, result)


def _annotation(command: str, verdict: Verdict, result: DatasetResult) -> str:
    place = result.place(verdict.check_id)
    told = {"file": place.file, "line": place.line, "title": f"{result.dataset}: {verdict.outcome}"}
    properties = ",".join(f"{name}={_property(value)}" for name, value in told.items() if value is not None)
    said = "; ".join(part for part in (verdict.sentence, measure_words(verdict), verdict.message) if part)
    return f"::{command} {properties}::{_data(f'{said} ({verdict.check_id})')}"


def _summary(results: Sequence[DatasetResult]) -> str:
    every = [verdict for result in results for verdict in result.verdicts]
    words = counts_words(every, sum(result.not_run for result in results))
    is_unproven = not results or any(result.is_unproven for result in results)
    command = "error" if is_unproven else "notice"  # else nothing tested would look like success
    return f"::{command} title={_property(f'assay validate: {overall(every)}')}::{_data(words)}"


def _data(text: object) -> str:
    return printable(text).replace("%", "%25")


def _property(text: object) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

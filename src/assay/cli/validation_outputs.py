"""The outputs of validation: the one place that writes each form, and says what a run comes to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from assay.base.canonical import short
from assay.base.errors import Fault, Place, WrongUsage
from assay.base.ports import KeptSamples
from assay.cli.door import write_file
from assay.cli.output import line
from assay.cli.validation_options import FailOn, Form, Wish
from assay.documentation.evidence_results import DatasetResult, overall
from assay.validation.conditions import Outcome

FAILING: dict[FailOn, frozenset[Outcome]] = {
    FailOn.WARN: frozenset({Outcome.ERROR, Outcome.FAIL, Outcome.WARN}),
    FailOn.FAIL: frozenset({Outcome.ERROR, Outcome.FAIL}),
    FailOn.NEVER: frozenset({Outcome.ERROR}),
}
"""What makes a run fail. A rule that could not be evaluated always does: nobody knows what it would have said."""


def tell(results: Sequence[DatasetResult], wish: Wish, now: datetime) -> int:
    """Write results as they are wanted, and return the exit code: 0 good, 1 failed.

    Args:
        results: of the datasets that were looked at.
        wish: in which form, where to, and what counts as failed.
        now: with a time zone.

    Raises:
        AssayError: the file cannot be written.
    """
    if wish.form is Form.TEXT and wish.out is None:
        _show(results, wish)
    else:
        content = _written(results, wish, now)
        if wish.out is None:
            click.echo(content, nl=False)
        else:
            write_file(wish.out, content.encode())
            outcome = overall(verdict for result in results for verdict in result.verdicts)
            click.echo(f"{outcome}: written to {wish.out}")  # never wrapped, so that it can be copied
    return exit_code(results, wish.fail_on)


def keep(store: KeptSamples, results: Sequence[DatasetResult], wish: Wish, now: datetime) -> None:
    """Keep the failing rows where that is wanted, and say under which names.

    Args:
        store: where.
        results: whose rows were hidden as `Wish.cleared` says.
        wish: whether.
        now: with a time zone.
    """
    if wish.keeps:
        from assay.actions.kept_samples import keep_samples

        kept = keep_samples(store, results, now)
        if not wish.is_quiet:
            names = ", ".join(map(short, kept)) or "there are none"
            line(f"failing rows kept: {names}; see: assay samples list", indent=2)


def exit_code(results: Sequence[DatasetResult], fail_on: FailOn) -> int:
    """Return 1 if any dataset's worst verdict counts as failed; nothing tested at all is an error, and so does."""
    return int(not results or any(result.outcome in FAILING[fail_on] for result in results))


def refuse_selection(wish: Wish, release: str) -> None:
    """Refuse to validate a part of a release: what is signed of it speaks of every rule.

    Raises:
        WrongUsage: rules are selected.
    """
    if not wish.selection.is_everything:
        hint = "To look at some rules, name the contract and its data: assay validate FILE.odcs.yaml --data GLOB"
        fault = Fault(Place(f"validate {release}"), "every rule, for what is signed speaks of all", "a selection", hint)
        raise WrongUsage(fault)


def _show(results: Sequence[DatasetResult], wish: Wish) -> None:
    from assay.cli.validation_text import show_result

    for number, result in enumerate(results):
        if number:
            line()
        show_result(result, everything=wish.everything)


def _written(results: Sequence[DatasetResult], wish: Wish, now: datetime) -> str:
    match wish.form:
        case Form.TEXT:
            return _captured(results, wish)
        case Form.JSON:
            from assay.documentation.evidence_json import evidence_json

            return evidence_json(results, now)
        case Form.JUNIT:
            from assay.documentation.evidence_junit import evidence_junit

            return evidence_junit(results, now)
        case Form.GITHUB:
            from assay.documentation.evidence_github import evidence_github

            return evidence_github(results, everything=wish.everything)
        case Form.HTML:
            return _page(results, now)


def _captured(results: Sequence[DatasetResult], wish: Wish) -> str:
    """Return what the terminal would show, without colours."""
    from contextlib import redirect_stdout
    from io import StringIO

    kept = StringIO()
    with redirect_stdout(kept):
        _show(results, wish)
    return click.unstyle(kept.getvalue())


def _page(results: Sequence[DatasetResult], now: datetime) -> str:
    from assay.cli.page_texts import page_texts
    from assay.documentation.evidence_page import PAGE, PARTS, evidence_page

    return evidence_page(results, now, page_texts(PAGE, PARTS))

"""The outputs of validation: the options by which they are asked for, and the one place that writes each form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import click

from assay.base.canonical import short
from assay.base.errors import Fault, Place, WrongUsage
from assay.base.ports import KeptSamples
from assay.cli.door import write_file
from assay.cli.output import line
from assay.documentation.evidence_results import DatasetResult, overall
from assay.validation.conditions import Outcome
from assay.validation.samples import FEW
from assay.validation.selection import Selection
from assay.validation.sensitivity import WRITTEN_DOWN, Level

F = TypeVar("F", bound=Callable[..., Any])


class Form(StrEnum):
    """In which form results are written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    GITHUB = "github"
    HTML = "html"


class FailOn(StrEnum):
    """From which verdict on a run fails."""

    WARN = "warn"
    FAIL = "fail"
    NEVER = "never"


FAILING: dict[FailOn, frozenset[Outcome]] = {
    FailOn.WARN: frozenset({Outcome.ERROR, Outcome.FAIL, Outcome.WARN}),
    FailOn.FAIL: frozenset({Outcome.ERROR, Outcome.FAIL}),
    FailOn.NEVER: frozenset({Outcome.ERROR}),
}
"""What makes a run fail. A rule that could not be evaluated always does: nobody knows what it would have said."""

MOST_SAMPLES = 1000
"""Failing rows of a rule; whoever needs more queries the data."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to have of a validation.

    Attributes:
        samples: how many failing rows of a rule; 0 for none.
        everything: also the rules that passed, and all that are broken.
        out: the file to write to; None for the terminal.
        sql: the SQL of every rule instead of running any.
        keeps: whether the failing rows are kept on this machine; then they are hidden as in every file.
    """

    form: Form
    out: Path | None
    samples: int
    everything: bool
    fail_on: FailOn
    selection: Selection
    sql: bool
    keeps: bool = False

    @property
    def is_quiet(self) -> bool:
        """Whether the answer is for a machine, so that nothing else is printed."""
        return self.form is not Form.TEXT and self.out is None

    def cleared(self, own: Level) -> Level:
        """Return how far failing rows may be seen: at the terminal as far as whoever sits there, else as far as all.

        Args:
            own: how far the person sees.
        """
        return own if self.form is Form.TEXT and self.out is None and not self.keeps else WRITTEN_DOWN


_FORMS, _FAIL_ON = ([one.value for one in choice] for choice in (Form, FailOn))  # click would show the names of members
_OPTIONS = (
    click.option("-o", "--output", "form", type=click.Choice(_FORMS), default=Form.TEXT.value, show_default=True,
                 help="text and html for people, json, junit and github for machines."),
    click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
                 help="Write it to a file instead, whole or not at all."),
    click.option("--all", "everything", is_flag=True, help="Show every rule, those that passed as well."),
    click.option("--samples", type=click.IntRange(0, MOST_SAMPLES), default=FEW, show_default=True, metavar="N",
                 help="Failing rows of each rule; 0 for none."),
    click.option("--keep-samples", is_flag=True, help="Keep the failing rows, hidden as in files; see assay samples."),
    click.option("--fail-on", type=click.Choice(_FAIL_ON), default=FailOn.FAIL.value, show_default=True,
                 help="From which verdict on the exit code is 1. A rule without a verdict always counts."),
    click.option("--rule", "rules", multiple=True, metavar="ID", help="Only this rule; * and ? as in file names."),
    click.option("--dimension", "dimensions", multiple=True, metavar="NAME", help="Only rules of this dimension."),
    click.option("--tag", "tags", multiple=True, metavar="NAME", help="Only rules with this tag."),
    click.option("--severity", "severities", multiple=True, metavar="NAME", help="Only rules that warn, or fail."),
    click.option("--sql", is_flag=True, help="Show the SQL of every rule, and run none."),
)  # fmt: skip


def with_outputs(function: F) -> F:
    """Give a command the options of results; it gets them as one argument, ``wish``."""

    def wrapped(
        *args: Any, form: str, out: Path | None, everything: bool, samples: int, fail_on: str, rules: tuple[str, ...],
        dimensions: tuple[str, ...], tags: tuple[str, ...], severities: tuple[str, ...], sql: bool, keep_samples: bool,
        **others: Any,
    ) -> Any:  # fmt: skip
        selection = Selection(rules, dimensions, tags, severities)
        wish = Wish(Form(form), out, samples, everything, FailOn(fail_on), selection, sql, keep_samples)
        return function(*args, wish=wish, **others)

    wrapped.__name__ = function.__name__
    wrapped.__doc__ = function.__doc__
    wrapped.__dict__["__click_params__"] = list(getattr(function, "__click_params__", []))
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]  # the wrapper takes what click passes


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
    from importlib.metadata import version
    from importlib.resources import files

    from assay.documentation.evidence_page import PAGE, PARTS, STYLE, PageTexts, evidence_page

    folder = files("assay.documentation") / "templates"
    page, parts, style = ((folder / name).read_text(encoding="utf-8") for name in (PAGE, PARTS, STYLE))
    return evidence_page(results, now, PageTexts(page, parts, style, version("assay")))

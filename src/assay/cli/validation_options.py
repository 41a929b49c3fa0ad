"""The options by which results of a validation are asked for.

Loaded before anything is known of the command, so it loads nothing of validation: the files that are to be checked are
already being read while the rest is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assay.validation.selection import FEW, Selection

if TYPE_CHECKING:
    from assay.validation.sensitivity import Level

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


MOST_SAMPLES = 1000
"""Failing rows of a rule, or rows of a kind of difference; whoever needs more queries the data."""


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
        from assay.validation.sensitivity import WRITTEN_DOWN

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

"""What a translation did not carry, beside its text: a short list for people, or all of it for machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assay.base.printable import printable, some
from assay.cli.door import write_new
from assay.cli.output import count, line

if TYPE_CHECKING:
    from assay.contract.formats.carrying import NotCarried

F = TypeVar("F", bound=Callable[..., Any])

FEW = 3
"""Of how many things the short list tells where they stand, for each reason."""


def with_outcome(function: F) -> F:
    """Give a command the options for where its text goes, and how it is told what was not carried."""
    function = click.option(
        "-o", "--output", "out", type=click.Path(path_type=Path), metavar="FILE",
        help="Where to [default: the terminal].",
    )(function)  # fmt: skip
    function = click.option("--force", is_flag=True, help="Write over files that are there.")(function)
    return click.option(
        "--lost", "lost", type=click.Choice(["text", "json"]), default="text", show_default=True,
        help="What was not carried, on standard error: a short list, or all of it for machines.",
    )(function)  # fmt: skip


def tell_outcome(text: str, lost: Sequence[NotCarried], form: str, out: Path | None, *, force: bool) -> None:
    """Print a translation, or write it to a file that is not there yet; then say what was not carried.

    Args:
        text: the translation.
        lost: what was not carried.
        form: in which form that is said, ``text`` or ``json``.
        out: the file; None for the terminal.
        force: whether a file that is there may be written over.
    """
    if out is None:
        click.echo(text, nl=False)
    else:
        write_new(out, text, force=force)
        line(f"{out} is written.")
    tell_lost(lost, form)


def tell_lost(lost: Sequence[NotCarried], form: str) -> None:
    """Say on standard error what was not carried; nothing is said to people where all of it was."""
    if form == "json":
        told = [{"path": one.path, "what": one.what, "why": one.why} for one in lost]
        click.echo(json.dumps(told, indent=2, ensure_ascii=False), err=True)
        return
    if not lost:
        return
    click.secho(f"Not carried: {count(len(lost), 'value')}", err=True, fg="yellow")
    counts = Counter(one.why for one in lost)
    for why in sorted(counts, key=counts.__getitem__):  # what is lost for a reason of its own comes before the rest
        paths = [one.path for one in lost if one.why == why]
        click.echo(printable(f"  {some(paths, FEW)}: {why}"), err=True)
    click.echo("  All of them: --lost json", err=True)

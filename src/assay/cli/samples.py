"""Kept failing rows at the terminal: list them, look at them, erase them."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from assay.actions.kept_samples import (
    Kept,
    erase_samples,
    erased_samples,
    kept_named,
    kept_samples,
    older_than,
)
from assay.base.canonical import short
from assay.base.errors import Fault, Place, WrongUsage
from assay.base.ports import KeptSamples
from assay.cli.output import count, day, heading, line, table
from assay.cli.validation_text import show_sample
from assay.contract.durations import Duration, parse_duration

_STATE = click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Where the runs keep their state [default: the project's .assay, else a cache].",
)  # fmt: skip
_AGE = re.compile(r"(\d+)\s*([A-Za-z]+)")


@click.group()
def samples() -> None:
    """Failing rows that validations kept, on this machine alone."""


@samples.command("list")
@_STATE
def list_samples(state: Path | None) -> None:
    """List what is kept, and what was erased by whom and why."""
    store, _ = _open(state)
    kept = kept_samples(store)
    if not kept:
        line("No failing rows are kept.")
    for one in kept:
        line(f"{short(one.digest)}  {day(one.taken_at)} UTC  {one.dataset}: {_words(one)}")
    erased = erased_samples(store)
    if erased:
        heading("Erased")
        table([(short(one.digest), one.dataset, f"{day(one.at)} UTC", one.by, one.why) for one in erased])


@samples.command("show")
@click.argument("digest")
@_STATE
def show(digest: str, state: Path | None) -> None:
    """Show the rows of one run."""
    store, _ = _open(state)
    kept = kept_named(store, digest)
    line(f"{kept.dataset}, {kept.contract} {kept.version}, {day(kept.taken_at)} UTC", bold=True)
    for check, sample in kept.samples.items():
        line(check, indent=2)
        show_sample(sample, indent=4)


@samples.command("erase")
@click.argument("digests", metavar="[DIGEST]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that is kept.")
@click.option("--older-than", "age", metavar="AGE", help="What was taken longer ago: 7d, 12h, P1M.")
@click.option("--reason", required=True, help="Why; it is kept.")
@_STATE
def erase(digests: tuple[str, ...], everything: bool, age: str | None, reason: str, state: Path | None) -> None:
    """Erase rows for good; that there were some, and who erased them why, stays."""
    store, now = _open(state)
    chosen = _chosen(store, digests, age, now, everything=everything)
    erase_samples(store, chosen, _who(), reason, now)
    line(f"Erased: {count(sum(one.rows for one in chosen), 'row')} of {count(len(chosen), 'run')}.")


def _chosen(
    store: KeptSamples, digests: Sequence[str], age: str | None, now: datetime, *, everything: bool
) -> tuple[Kept, ...]:
    if sum((bool(digests), everything, age is not None)) != 1:
        hint = "Name digests, or --all, or --older-than."
        raise WrongUsage(Fault(Place("assay samples erase"), "one way to say what is meant", "none or several", hint))
    if age is not None:
        return older_than(kept_samples(store), _age(age), now)
    return kept_samples(store) if everything else tuple(kept_named(store, digest) for digest in digests)


def _who() -> str:
    """Return who is at this machine, as it knows them; some containers know a number alone."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _age(text: str) -> Duration:
    match = _AGE.fullmatch(text.strip())
    found = parse_duration(match[1], match[2]) if match else parse_duration(text.strip(), None)
    if found is None:
        hint = "A number and s, min, h, d, w, mo or y; or ISO 8601."
        raise WrongUsage(Fault(Place("--older-than"), "an age", repr(text[:40]), hint))
    return found


def _words(kept: Kept) -> str:
    return f"{count(kept.rows, 'row')} of {count(len(kept.samples), 'rule')}"


def _open(state: Path | None) -> tuple[KeptSamples, datetime]:
    from assay.wiring_files import open_samples

    return open_samples(state), datetime.now(UTC)

"""Validation: check in QA, publish to QA, sign off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.actions.exchange import export_statements
from assay.actions.file_desk import NoMemory
from assay.actions.home import Home
from assay.actions.results import result_of
from assay.actions.signoff import Choice, sign_off, withdraw
from assay.actions.validate import publish as publish_release
from assay.actions.validate import validate as validate_release
from assay.base.canonical import Digest
from assay.base.errors import refusal
from assay.cli.door import the_release, with_home, write_file
from assay.cli.output import count, line
from assay.cli.validation_options import Wish
from assay.cli.validation_outputs import keep, refuse_selection, tell
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.statements import GOOD, Kind
from assay.validation.masking import clearance
from assay.validation.samples import SampleWish
from assay.validation.sensitivity import WRITTEN_DOWN

if TYPE_CHECKING:
    from assay.portal.api import release_answers as told

_COLOURS = {"pass": "green", "warn": "yellow", "fail": "red", "error": "red", "skip": None}


def validate_release_in_qa(
    home: Home, release: str | None, wish: Wish, cut: str | None, *, is_explained: bool, is_anew: bool
) -> int:
    """Build a release's payload in QA, check every rule of its contracts, and show what was found.

    Args:
        home: whose release.
        release: which; None for the only open one.
        wish: what is wanted of the results.
        cut: on which it is built; None for what the sources hold now.
        is_explained: whether it is told where each verdict comes from.
        is_anew: whether nothing is used that was remembered of files, and nothing remembered.

    Returns:
        The exit code: 1 if any rule fails.
    """
    if is_anew:
        home = replace(home, workshop=replace(home.workshop, results=NoMemory()))
    release_id = the_release(home, release)
    refuse_selection(wish, release_id)
    if wish.sql:
        return _show_sql(home, release_id)
    seen = clearance(home.person.roles) if home.person else None
    samples = SampleWish(wish.samples, wish.cleared(seen or WRITTEN_DOWN))
    done = validate_release(home, release_id, _quiet if wish.is_quiet else _progress, samples, cut)
    results = [
        result_of(done.contracts[name], done.datasets[name], checked, is_explained=is_explained)
        for name, checked in done.checked.items()
    ]
    code = tell(results, wish, home.now())
    keep(home.samples, results, wish, home.now())
    held = [name for name in done.checked if name not in done.signed]
    if held and not wish.is_quiet:
        line(f"the evidence there is still holds; nothing new to sign: {', '.join(held)}", indent=2)
    return code


def _show_sql(home: Home, release_id: str) -> int:
    from assay.actions.rule_sql import rules_of_release
    from assay.cli.validation_text import show_sql

    for name, (checks, queries) in rules_of_release(home, release_id).items():
        show_sql(name, checks, queries)
    return 0


@click.command()
@click.argument("release", required=False)
@with_home
def publish(home: Home, release: str | None) -> int:
    """Publish a release's dashboards to QA, check them and read them back."""
    published = publish_release(home, the_release(home, release))
    for name, entry in published.items():
        line(f"{name}: {entry.result}, {count(len(entry.checks), 'check')}", colour=_COLOURS[entry.result])
        for check in entry.checks:
            if check.outcome != "pass":
                line(f"{check.outcome}  {check.name}: {check.message}", indent=2)
        if entry.location:
            line(entry.location, indent=2)
    return 0 if all(entry.result in GOOD for entry in published.values()) else 1


@click.command()
@click.argument("release", required=False)
@click.argument("gate", required=False)
@click.option("--on", "subjects", multiple=True, metavar="NAME", help="Only this; may be given again.")
@click.option("--reject", is_flag=True, help="Say no; needs --reason.")
@click.option("--reason", default="", help="In your words.")
@click.option("--for", "absent", metavar="EMAIL", help="On behalf of somebody absent who delegated it to you.")
@click.option("--withdraw", "withdrawn", metavar="DIGEST", help="Withdraw your rejection; needs --reason.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Also write it as a file, for another home."
)
@with_home
def signoff(
    home: Home, release: str | None, gate: str | None, subjects: tuple[str, ...], reject: bool, reason: str,
    absent: str | None, withdrawn: str | None, out: Path | None,
) -> None:  # fmt: skip
    """Accept or reject: everything that waits for you, or what is at one GATE, or only some of it.

    GATE is a gate's id or its ending: approved-by-owner, dataset.qa.accepted-by-stakeholder.
    """
    release_id = the_release(home, release)
    if withdrawn is not None:
        said = [s.digest for s in home.load().record.statements if s.statement.kind is Kind.REJECTED]
        signed: tuple[Signed, ...] = (withdraw(home, release_id, one_rejection(said, withdrawn), reason),)
    else:
        signed = sign_off(home, release_id, Choice(gate, subjects, reject, reason, on_behalf_of=absent))
    show_signed(release_id, signed)
    if out is not None:
        save_signed(out, export_statements(home.ledger, signed))


def save_signed(out: Path, content: bytes) -> None:
    """Write what was signed as a file, and say what it is for; shared with what acts through a portal."""
    write_file(out, content)
    line(f"Written to {out}; the other side takes it in with: assay ledger import {out.name}")


def show_signed(release_id: str, signed: Sequence[Signed | told.Signed]) -> None:
    """Print what was signed; shared with what acts through a portal."""
    for entry in signed:
        said = entry.statement
        names = ", ".join(meant.id.partition(":")[2].rpartition("/")[2] for meant in said.subjects)
        absent = f" for {said.on_behalf_of}" if said.on_behalf_of else ""
        line(f"{said.signer}{absent} {said.kind} {names} at {said.gate}" + (f": {said.reason}" if said.reason else "."))
        if said.kind is Kind.REJECTED:
            line(f"To withdraw it: assay signoff {release_id} --withdraw {entry.digest[7:19]} --reason ...", indent=2)


def one_rejection(said: Sequence[Digest], short: str) -> Digest:
    """Return the one of several rejections whose digest begins so; shared with what acts through a portal.

    Raises:
        AssayError: there is none, or more than one.
    """
    found = [digest for digest in said if digest.removeprefix("sha256:").startswith(short)]
    if len(found) != 1:
        hint = f"Rejections: {', '.join(digest[7:19] for digest in said) or 'none'}."
        raise refusal(short, expected="the digest of one rejection", found=f"{len(found)} of them", hint=hint)
    return found[0]


def _progress(text: str) -> None:
    line(f"{text} ...", indent=2)


def _quiet(text: str) -> None:
    """Say nothing: the answer is for a machine."""

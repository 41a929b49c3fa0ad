"""Validation: check in QA, publish to QA, sign off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.actions.checking import Checked
from assay.actions.exchange import export_statements
from assay.actions.home import Home
from assay.actions.signoff import Choice, sign_off, withdraw
from assay.actions.validate import publish as publish_release
from assay.actions.validate import validate as validate_release
from assay.base.canonical import Digest
from assay.base.errors import refusal
from assay.cli.door import the_release, with_home, write_file
from assay.cli.output import as_json, count, line, table
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.statements import GOOD, Kind

if TYPE_CHECKING:
    from assay.portal.api import release_answers as told

_COLOURS = {"pass": "green", "warn": "yellow", "fail": "red", "error": "red", "skip": None}


@click.command()
@click.argument("release", required=False)
@click.option("--all", "everything", is_flag=True, help="Show the rules that passed as well.")
@click.option(
    "-o", "--output", "form", type=click.Choice(["text", "json"]), default="text", help="For people or machines."
)
@with_home
def validate(home: Home, release: str | None, everything: bool, form: str) -> int:
    """Build a release's payload in QA and check every rule of its contracts; exit code 1 if any fails."""
    release_id = the_release(home, release)
    done = validate_release(home, release_id, _quiet if form == "json" else _progress)
    if form == "json":
        as_json({name: checked.as_details() for name, checked in done.checked.items()})
    else:
        for name, checked in done.checked.items():
            show_checked(name, checked, everything=everything)
            if name not in done.signed:
                line("the evidence there is still holds; nothing new to sign", indent=2)
    return 0 if done.is_good else 1


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


def show_checked(name: str, checked: Checked, *, everything: bool) -> None:
    """Print what the rules of a dataset say, with a few failing rows."""
    counts = ", ".join(f"{number} {outcome}" for outcome, number in checked.counts.items())
    line(
        f"{name}: {checked.result}  {checked.rows:,} rows, {count(len(checked.verdicts), 'rule')}: {counts}", bold=True
    )
    for verdict in checked.verdicts:
        if everything or verdict.outcome != "pass":
            measured = f" (measured {verdict.measured}, limit {verdict.limit})" if verdict.measured else ""
            more = f" {verdict.message}" if verdict.message else ""
            line(f"{verdict.outcome:5} {verdict.sentence}{measured}{more}", indent=2, colour=_COLOURS[verdict.outcome])
            rows = checked.samples.get(verdict.check_id, ())
            if rows:
                table([list(row.values()) for row in rows], list(rows[0]), indent=8)


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

"""Delegating through a portal: the same names, arguments and answers as over a project's own files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from assay.cli.delegating import Listing, show_delegated, show_delegations, show_ended, with_absence, with_end
from assay.cli.through import Far, far
from assay.cli.validation import save_signed
from assay.lifecycle.delegations import SUBJECT
from assay.portal.api.answers import Recorded
from assay.portal.api.delegation_answers import Delegations


@click.command()
@with_absence
def delegate(
    email: str, starts: datetime, ends: datetime, products: tuple[str, ...], gates: tuple[str, ...], reason: str,
    out: Path | None,
) -> None:  # fmt: skip
    """Let EMAIL sign off for you while you are away, in their own name and by your roles."""
    there = far()
    days = {"starts": starts.date().isoformat(), "ends": ends.date().isoformat()}
    body = {"to": email, **days, "reason": reason, "products": list(products), "gates": list(gates)}
    made = there.post(Recorded, "delegations", body=body)
    lines = there.get(Delegations, "delegations").lines
    show_delegated(next(each for each in lines if each.delegation.digest == made.name))
    _saved(there, made, out)


@click.group(cls=Listing)
def delegations() -> None:
    """List who signs off for you, and for whom you do; end it before its last day."""


@delegations.command("list")
def list_delegations() -> None:
    """List who signs off for you, and for whom you do."""
    show_delegations(far().get(Delegations, "delegations").lines, {})


@delegations.command("end")
@with_end
def end(name: str, reason: str, out: Path | None) -> None:
    """End a delegation of yours or to you; what was signed by it stays."""
    there = far()
    ended = there.post(Recorded, "delegations", name.removeprefix(SUBJECT), "end", body={"reason": reason})
    show_ended(name)
    _saved(there, ended, out)


def _saved(there: Far, made: Recorded, out: Path | None) -> None:
    if out is not None:
        save_signed(out, there.fetch("ledger", "statements", digest=[made.name]))

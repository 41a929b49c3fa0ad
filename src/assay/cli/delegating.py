"""Delegating: name who signs off while one is away, see who acts for whom, and end it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import click

from assay.actions.delegating import NOT_NEEDED, Absence, DelegationLine, delegations_of, end_delegation
from assay.actions.delegating import delegate as delegate_to
from assay.actions.exchange import export_statements
from assay.actions.home import Home
from assay.cli.door import with_home
from assay.cli.output import line
from assay.cli.validation import save_signed
from assay.lifecycle.delegations import SUBJECT

if TYPE_CHECKING:
    from assay.lifecycle.envelopes import Signed
    from assay.portal.api import delegation_answers as told

AnyLine: TypeAlias = "DelegationLine | told.DelegationLine"
"""As the action gives it, or as a portal tells it."""

F = TypeVar("F", bound=Callable[..., Any])
_DAY = click.DateTime(["%Y-%m-%d"])
_STATES = {"now": "counts now", "later": "begins later", "over": "over", "ended": "ended"}
_OUT = click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Also write it as a file, for another home."
)
_OF_DELEGATE = (
    click.argument("email"),
    click.option("--from", "starts", type=_DAY, required=True, metavar="DAY", help="The first day, in UTC."),
    click.option("--until", "ends", type=_DAY, required=True, metavar="DAY", help="The last day, in UTC, counted."),
    click.option("--product", "products", multiple=True, metavar="P", help="Only for this; may be given again."),
    click.option("--gate", "gates", multiple=True, metavar="G", help="Only at this one; may be given again."),
    click.option("--reason", required=True, help="In your words."),
    _OUT,
)
_OF_END = (
    click.argument("name", metavar="ID"),
    click.option("--reason", default=NOT_NEEDED, show_default=True, help="Why."),
    _OUT,
)


def _with(options: Sequence[Callable[[F], F]], function: F) -> F:
    for option in reversed(options):
        function = option(function)
    return function


def with_absence(function: F) -> F:
    """Give a command what somebody says who will be away; shared with what acts through a portal."""
    return _with(_OF_DELEGATE, function)


def with_end(function: F) -> F:
    """Give a command what somebody says who ends a delegation; shared with what acts through a portal."""
    return _with(_OF_END, function)


class Listing(click.Group):
    """A group that lists where no command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command in where only its options were given."""
        names_none = not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names)
        return super().parse_args(ctx, ["list", *args] if names_none else args)


@click.command()
@with_absence
@with_home
def delegate(home: Home, email: str, starts: datetime, ends: datetime, out: Path | None, **scope: Any) -> None:
    """Let EMAIL sign off for you while you are away, in their own name and by your roles."""
    made = delegate_to(home, Absence(email, starts.date(), ends.date(), **scope))
    show_delegated(next(each for each in delegations_of(home) if each.delegation.digest == made.digest))
    _saved(home, made, out)


@click.group(cls=Listing)
def delegations() -> None:
    """List who signs off for you, and for whom you do; end it before its last day."""


@delegations.command("list")
@with_home
def list_delegations(home: Home) -> None:
    """List who signs off for you, and for whom you do."""
    show_delegations(delegations_of(home), {person.email: person.name for person in home.project.roster.people})


@delegations.command("end")
@with_end
@with_home
def end(home: Home, name: str, reason: str, out: Path | None) -> None:
    """End a delegation of yours or to you; what was signed by it stays."""
    ended = end_delegation(home, name.removeprefix(SUBJECT), reason)
    show_ended(name)
    _saved(home, ended, out)


def show_delegated(made: AnyLine) -> None:
    """Print who signs off from now on; shared with what acts through a portal."""
    found = made.delegation
    line(f"{found.to} signs off for you until {found.ends}: {_scope(made)}.")
    line(f"To end it before: assay delegations end {found.id}", indent=2)


def show_ended(name: str) -> None:
    """Print that a delegation is ended; shared with what acts through a portal."""
    line(f"Delegation {name} is ended.")


def show_delegations(lines: Sequence[AnyLine], names: Mapping[str, str]) -> None:
    """Print who signs off for whom; shared with what acts through a portal."""
    if not lines:
        line("Nobody signs off for you, and you do for nobody.")
    for each in lines:
        found = each.delegation
        both = f"{names.get(found.to, found.to)} for {names.get(found.absent, found.absent)}"
        ended = f" by {each.ended_by}" if each.ended_by else ""
        line(f"{found.id}  {both}, {found.starts} to {found.ends}: {_STATES[each.state]}{ended}", indent=2)
        line(f"{_scope(each)}: {found.reason}", indent=4)


def _scope(each: AnyLine) -> str:
    found = each.delegation
    products = ", ".join(sorted(found.products)) if found.products else "every product"
    gates = ", ".join(sorted(found.gates)) if found.gates else "every gate that takes delegates"
    return f"{products}, {gates}"


def _saved(home: Home, signed: Signed, out: Path | None) -> None:
    if out is not None:
        save_signed(out, export_statements(home.ledger, (signed,)))

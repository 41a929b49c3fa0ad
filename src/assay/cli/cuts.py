"""`assay cut`: pin what the sources hold now under a name, list and show what was pinned."""

from __future__ import annotations

import click

from assay.actions.cuts import all_cuts, cut_named, kept_sources, pin_cut
from assay.actions.environments import DEV, QA
from assay.actions.home import Home
from assay.actions.make import product_meant
from assay.base.canonical import short
from assay.base.snapshots import PinnedCut
from assay.cli.door import with_home
from assay.cli.output import as_json, command, count, day, line, table

_FORM = click.option(
    "-o", "--output", "form", type=click.Choice(["text", "json"]), default="text", help="For people or machines."
)


@click.group()
def cut() -> None:
    """Cuts: named versions of a product's sources, so that builds are compared on equal input."""


@cut.command()
@click.argument("name")
@click.argument("product", required=False)
@click.option(
    "--env", "environment", type=click.Choice([DEV, QA]), default=QA, show_default=True, help="Whose sources."
)
@with_home
def pin(home: Home, name: str, product: str | None, environment: str) -> None:
    """Pin what the sources of a product hold now under a name."""
    pinned = pin_cut(home, name, product_meant(home.project, product), environment)
    line(f"Pinned {pinned.name}: {count(len(pinned.sources), 'source')} of {pinned.product}, as of {pinned.as_of}.")
    command(f"assay build {pinned.product} --cut {pinned.name}")


@cut.command("list")
@_FORM
@with_home
def list_cuts(home: Home, form: str) -> None:
    """List the cuts, the newest first."""
    cuts = all_cuts(home)
    if form == "json":
        as_json([_json(one) for one in cuts])
    elif cuts:
        rows = [(one.name, one.product, one.as_of, day(one.pinned_at), one.pinned_by) for one in cuts]
        table(rows, ("cut", "product", "as of", "pinned", "by"))
    else:
        line("No cut is pinned.")
        command("assay cut pin NAME")


@cut.command()
@click.argument("name")
@_FORM
@with_home
def show(home: Home, name: str, form: str) -> None:
    """Show what a cut holds."""
    found = cut_named(home, name)
    if form == "json":
        as_json(_json(found))
        return
    line(f"{found.name}: sources of {found.product}, as of {found.as_of}", bold=True)
    line(f"pinned {day(found.pinned_at)} UTC by {found.pinned_by}", indent=2)
    rows = [
        (source, f"{one.rows:,} rows" if one else "not kept any more", short(found.sources[source]))
        for source, one in kept_sources(home, found).items()
    ]
    table(rows, ("source", "", "snapshot"))


def _json(one: PinnedCut) -> dict[str, object]:
    return {
        "name": one.name,
        "product": one.product,
        "sources": dict(one.sources),
        "asOf": one.as_of,
        "pinnedBy": one.pinned_by,
        "pinnedAt": one.pinned_at.isoformat(),
    }

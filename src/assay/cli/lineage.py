"""Lineage: what comes from where, as a tree, for machines, for Mermaid, or as a picture."""

from __future__ import annotations

from collections.abc import Callable

import click

from assay.actions.home import Home
from assay.actions.lineage import Traced, trace
from assay.base.errors import WrongUsage, refusal
from assay.cli.door import with_home
from assay.cli.output import as_json, heading, width
from assay.documentation.lineage_mermaid import mermaid_of
from assay.documentation.lineage_svg import svg_of
from assay.documentation.lineage_tree import trees_of
from assay.documentation.lineage_view import view_as_json, view_of


@click.command()
@click.argument("target", required=False)
@click.option("--up", is_flag=True, help="What it comes from [default: both ways].")
@click.option("--down", is_flag=True, help="What rests on it.")
@click.option("--columns", is_flag=True, help="By columns, not by tables.")
@click.option(
    "-o", "--output", "form", type=click.Choice(["text", "json", "mermaid", "svg"]), default="text", help="The form."
)
@with_home
def lineage(home: Home, target: str | None, up: bool, down: bool, columns: bool, form: str) -> None:
    """Show what comes from where: from the column of a source to the chart, across products.

    TARGET is product.dataset, sources.name, a column of either, or product/solution; without one, all of the project.
    """
    if target is None and columns and form == "text":
        found = "neither"
        raise WrongUsage(*refusal("assay lineage --columns", expected="a TARGET, or -o json", found=found).faults)
    _FORMS[form](trace(home.project, target, up=up, down=down, columns=columns))


def _text(traced: Traced) -> None:
    for title, lines in trees_of(traced.lineage, traced.up, traced.down, width()):
        if title:
            heading(title)
        for text in lines:
            click.echo(text)


def _json(traced: Traced) -> None:
    as_json(view_as_json(view_of(traced.lineage, traced.title, traced.up, traced.down, most=None)))


def _mermaid(traced: Traced) -> None:
    click.echo(mermaid_of(view_of(traced.lineage, traced.title, traced.up, traced.down)), nl=False)


def _svg(traced: Traced) -> None:
    click.echo(svg_of(view_of(traced.lineage, traced.title, traced.up, traced.down)), nl=False)


_FORMS: dict[str, Callable[[Traced], None]] = {"text": _text, "json": _json, "mermaid": _mermaid, "svg": _svg}

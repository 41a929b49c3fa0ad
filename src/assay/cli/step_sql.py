"""`assay sql`: the query of a step as DuckDB is given it."""

from __future__ import annotations

import click

from assay.actions.home import Home
from assay.actions.make import product_named
from assay.base.errors import refusal
from assay.base.printable import some
from assay.cli.door import with_home
from assay.workflow.steps import Language, Step


@click.command()
@click.argument("target", metavar="[PRODUCT.]STEP")
@with_home
def sql(home: Home, target: str) -> None:
    """Show a step's query as DuckDB is given it: translated from the author's dialect, or compiled by dbt.

    It stands on the lines of the step's file. Nothing is run.
    """
    step = _found(home, target)
    if step.language is not Language.SQL:
        raise refusal(target, expected="a step in SQL that DuckDB runs", found=step.file)
    click.echo(step.text.rstrip("\n"))


def _found(home: Home, target: str) -> Step:
    product, _, name = target.rpartition(".")
    products = [product_named(home.project, product)] if product else list(home.project.products.values())
    found = [each.steps[name] for each in products if name in each.steps]
    if len(found) == 1:
        return found[0]
    known = sorted(f"{each.name}.{step}" for each in products for step in each.steps)
    what = f"{len(found)} of that name" if found else "none of that name"
    raise refusal(target, expected="a step as PRODUCT.STEP", found=what, hint=f"Steps: {some(known, 10) or 'none'}.")

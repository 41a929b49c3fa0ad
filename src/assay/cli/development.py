"""Development: plan, build and query."""

from __future__ import annotations

import click

from assay.actions.build import BuildResult
from assay.actions.home import Home
from assay.actions.make import DEV, make, plan_product, product_named, sign_built
from assay.actions.query import ask
from assay.actions.validate import QA, frozen_project
from assay.base.canonical import Digest
from assay.base.errors import refusal
from assay.base.roles import Action
from assay.cli.door import with_home
from assay.cli.output import as_json, count, line, table
from assay.project.model import Project

_ENVIRONMENT = click.option(
    "--env", "environment", type=click.Choice([DEV, QA]), default=DEV, show_default=True, help="Where."
)


@click.command()
@click.argument("product", required=False)
@_ENVIRONMENT
@with_home
def plan(home: Home, product: str | None, environment: str) -> None:
    """Say what a build would run, and why."""
    name = the_product(home, product)
    project, _ = _project(home, name, environment)
    found = plan_product(home, project, name, environment)
    table([(d.step, str(d.verb), "; ".join(map(str, d.reasons))) for d in found.decisions], ("step", "", "why"))
    if found.is_idle:
        line("Nothing to do.")


@click.command()
@click.argument("product", required=False)
@_ENVIRONMENT
@click.option("--sign", is_flag=True, help="Sign, as their author, for what was built in dev.")
@with_home
def build(home: Home, product: str | None, environment: str, sign: bool) -> None:
    """Build a product's datasets: only what changed runs, and readers see all of it or none."""
    name = the_product(home, product)
    if sign and environment != DEV:
        raise refusal("assay build", expected="--sign with --env dev", found=f"--env {environment}")
    if sign:
        home.authorised(Action.BUILD)
    project, payload = _project(home, name, environment)
    made = make(home, project, name, environment, payload, _progress)
    _show(made)
    if sign:
        releases = sign_built(home, name, made)
        line(f"Signed for {', '.join(releases)}; whoever signs here is the author and not the other engineer.")


@click.command()
@click.argument("sql")
@_ENVIRONMENT
@click.option("--product", help="Whose datasets [default: the only product].")
@click.option(
    "-o", "--output", "form", type=click.Choice(["text", "json"]), default="text", help="For people or machines."
)
@click.option("--limit", type=int, default=50, show_default=True, help="At most so many rows.")
@with_home
def query(home: Home, sql: str, environment: str, product: str | None, form: str, limit: int) -> None:
    """Ask the built datasets of an environment in SQL (DuckDB's)."""
    answer = ask(home.workshop, environment, the_product(home, product), sql)
    names = [column.name for column in answer.columns]
    rows = answer.rows[:limit]
    if form == "json":
        as_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    table(rows, names)
    if len(answer.rows) > limit:
        line(f"{count(len(answer.rows) - limit, 'more row')}; see more with --limit.")


def the_product(home: Home, name: str | None) -> str:
    """Return the product that is meant: the one named, else the only one."""
    if name is not None:
        return product_named(home.project, name).name
    if len(home.project.products) == 1:
        return next(iter(home.project.products))
    known = ", ".join(sorted(home.project.products)) or "none"
    raise refusal("product", expected="the name of a product", found=f"none named; there are: {known}")


def _project(home: Home, product: str, environment: str) -> tuple[Project, Digest | None]:
    """Return what is built: in dev the working tree, in QA the payload of the product's open release."""
    if environment == DEV:
        return home.project, None
    releases = [r for r in home.load().record.open_releases(product) if r.payload is not None]
    if len(releases) != 1:
        listed = ", ".join(r.id for r in releases) or "none"
        hint = "QA is built from a frozen payload: assay freeze RELEASE, then assay validate RELEASE."
        raise refusal(f"{product} in {environment}", expected="one frozen release", found=listed, hint=hint)
    payload, project = frozen_project(home, releases[0])
    return project, payload.digest


def _show(made: BuildResult) -> None:
    rows = [
        (
            entry.step,
            "ran" if entry.ran else "reused",
            f"{entry.snapshot.rows:,} rows",
            f"{entry.seconds:.2f} s" if entry.ran else "",
            "; ".join(map(str, entry.reasons)),
        )
        for entry in made.steps
    ]
    table(rows, ("step", "", "", "", "why"))
    line(f"{made.environment} serves it now, as of {made.as_of}.")


def _progress(text: str) -> None:
    line(f"{text} ...", indent=2)

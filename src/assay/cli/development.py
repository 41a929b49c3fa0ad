"""Development: plan, build and query."""

from __future__ import annotations

import click

from assay.actions.build import BuildResult
from assay.actions.environments import DEV, QA, project_in
from assay.actions.home import Home
from assay.actions.make import make, plan_product, product_meant, sign_built
from assay.actions.query import ask
from assay.base.errors import WrongUsage, refusal
from assay.base.roles import Action
from assay.cli.door import with_home
from assay.cli.output import as_json, count, line, table

_CUT = click.option("--cut", metavar="NAME", help="On a pinned cut [default: what the sources hold now].")
_ENVIRONMENT = click.option(
    "--env", "environment", type=click.Choice([DEV, QA]), default=DEV, show_default=True, help="Where."
)


@click.command()
@click.argument("product", required=False)
@_ENVIRONMENT
@_CUT
@with_home
def plan(home: Home, product: str | None, environment: str, cut: str | None) -> None:
    """Say what a build would run, and why."""
    name = product_meant(home.project, product)
    project, _ = project_in(home, name, environment)
    found = plan_product(home, project, name, environment, cut)
    table([(d.step, str(d.verb), "; ".join(map(str, d.reasons))) for d in found.decisions], ("step", "", "why"))
    if found.is_idle:
        line("Nothing to do.")


@click.command()
@click.argument("product", required=False)
@_ENVIRONMENT
@_CUT
@click.option("--sign", is_flag=True, help="Sign, as their author, for what was built in dev.")
@with_home
def build(home: Home, product: str | None, environment: str, cut: str | None, sign: bool) -> None:
    """Build a product's datasets: only what changed runs, and readers see all of it or none."""
    name = product_meant(home.project, product)
    if sign and environment != DEV:
        raise WrongUsage(*refusal("assay build", expected="--sign with --env dev", found=f"--env {environment}").faults)
    if sign:
        home.authorised(Action.BUILD)
    project, payload = project_in(home, name, environment)
    made = make(home, project, name, environment, payload, _progress, cut)
    _show(made)
    if sign:
        for release, signed in sign_built(home, name, made).items():
            what = ", ".join(signed) or "nothing new: all of it was signed for before"
            line(f"Signed for {release}: {what}.")


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
    answer = ask(home.workshop, environment, product_meant(home.project, product), sql)
    names = [column.name for column in answer.columns]
    rows = answer.rows[:limit]
    if form == "json":
        as_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    table(rows, names)
    if len(answer.rows) > limit:
        line(f"{count(len(answer.rows) - limit, 'more row')}; see more with --limit.")


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

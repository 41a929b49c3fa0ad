"""Development: plan, build and query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from assay.actions.build import BuildResult
from assay.actions.build_log import logged
from assay.actions.build_words import build_as_json, build_blocks, plan_as_json, plan_blocks
from assay.actions.environments import DEV, QA, project_in
from assay.actions.home import Home
from assay.actions.make import MOST_JOBS, BuildWish, make, product_meant, product_named, sign_built
from assay.actions.plan_ahead import plan_ahead
from assay.actions.query import ask
from assay.base.canonical import Digest
from assay.base.errors import WrongUsage, refusal
from assay.base.printable import printable
from assay.base.roles import Action
from assay.cli.building import BuildDisplay
from assay.cli.door import with_home
from assay.cli.output import answer_table, as_json, count, line, show
from assay.project.model import Project

_FORM = click.option(
    "-o", "--output", "form", type=click.Choice(["text", "json"]), default="text", help="For people or machines."
)
_SELECTION = (
    click.option("--cut", metavar="NAME", help="On a pinned cut [default: what the sources hold now]."),
    click.option("--select", "names", multiple=True, metavar="STEP", help="These steps only, and what they rest on."),
    click.option("--from", "starts", multiple=True, metavar="STEP", help="Run this step and what rests on it anew."),
    click.option("--full", "is_full", is_flag=True, help="Run all of them anew, whatever there is."),
    click.option(
        "--backfill",
        "backfills",
        multiple=True,
        metavar="STEP=FROM..TO",
        help="Make these slices of time anew, both ends included: daily=2013-01..2013-03, or one of them open.",
    ),
)
_ENVIRONMENT = click.option(
    "--env", "environment", type=click.Choice([DEV, QA]), default=DEV, show_default=True, help="Where."
)


def _selection(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say which steps are meant, and on what."""
    for option in reversed(_SELECTION):
        command = option(command)
    return command


@click.command()
@click.argument("product", required=False)
@_ENVIRONMENT
@_selection
@_FORM
@with_home
def plan(home: Home, product: str | None, environment: str, form: str, **wished: Any) -> None:
    """Say what a build would run and why, how long each step took last, whom it touches, and the class of change."""
    found = plan_ahead(home, product_meant(home.project, product), environment, _wish(**wished))
    if form == "json":
        as_json(plan_as_json(found))
        return
    show(plan_blocks(found))


@click.command()
@click.argument("product", required=False)
@_ENVIRONMENT
@_selection
@click.option(
    "--jobs",
    type=click.IntRange(1, MOST_JOBS),
    metavar="N",
    help="How many steps run side by side [default: by processors].",
)
@_FORM
@click.option("--sign", is_flag=True, help="Sign, as their author, for what was built in dev.")
@with_home
def build(home: Home, product: str | None, environment: str, form: str, sign: bool, **wished: Any) -> None:
    """Build a product's datasets: only what changed runs, and readers see all of it or none."""
    name = product_meant(home.project, product)
    if sign and environment != DEV:
        raise WrongUsage(*refusal("assay build", expected="--sign with --env dev", found=f"--env {environment}").faults)
    if sign and wished["names"]:
        hint = "What is signed for is all of the product: build all of it."
        raise WrongUsage(*refusal("assay build", expected="--sign without --select", found="both", hint=hint).faults)
    if sign:
        home.authorised(Action.BUILD)
    project, payload = project_in(home, name, environment)
    made = _made(home, project, name, environment, payload, _wish(**wished), is_quiet=form == "json")
    if form == "json":
        as_json(build_as_json(made))
    else:
        show(build_blocks(made))
    if sign:
        for release, signed in sign_built(home, name, made).items():
            what = ", ".join(signed) or "nothing new: all of it was signed for before"
            click.echo(f"Signed for {release}: {what}.", err=form == "json")


@click.command()
@click.argument("sql")
@_ENVIRONMENT
@click.option("--product", help="Whose datasets [default: the only product].")
@_FORM
@click.option("--limit", type=click.IntRange(min=0), default=50, show_default=True, help="At most so many rows.")
@with_home
def query(home: Home, sql: str, environment: str, product: str | None, form: str, limit: int) -> None:
    """Ask the built datasets of an environment in SQL (DuckDB's)."""
    answer = ask(home.workshop, environment, product_meant(home.project, product), sql)
    more = f"{count(len(answer.rows) - limit, 'more row')}; see more with --limit." if len(answer.rows) > limit else ""
    if form == "json":
        as_json(answer.records(limit))
        if more:
            click.echo(more, err=True)
        return
    answer_table(answer.columns, answer.rows[:limit])
    if more:
        line(more)


def _wish(
    cut: str | None, names: Sequence[str], starts: Sequence[str], is_full: bool, backfills: Sequence[str],
    jobs: int | None = None,
) -> BuildWish:  # fmt: skip
    return BuildWish(cut, tuple(names), tuple(starts), is_full, jobs, tuple(backfills))


def _made(
    home: Home, project: Project, name: str, environment: str, payload: Digest | None, wish: BuildWish, *,
    is_quiet: bool,
) -> BuildResult:  # fmt: skip
    """Build, and tell of it while it goes on; where a step failed, say where all of it is written."""
    steps = wish.selection(project, product_named(project, name)).wanted
    display = BuildDisplay(len(steps), is_quiet=is_quiet)
    with logged(home, name, environment, display) as (path, watch):
        warnings: list[str] = []
        try:
            return make(home, project, name, environment, payload, watch, wish, warnings.append)
        finally:
            display.end()
            if display.has_failures:
                click.echo(f"The log: {_near(path)}", err=True)
            for warning in warnings:
                click.echo(printable(warning), err=True)


def _near(path: str) -> str:
    """Write a path as seen from the current folder, where it is within."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path

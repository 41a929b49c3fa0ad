"""Discovery: requests and feasibility."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from assay.actions.assess import Assessment
from assay.actions.assess import assess as assess_release
from assay.actions.home import Home
from assay.actions.request import cancel_request, new_request, request_named
from assay.base.canonical import canonical_json
from assay.base.reading import read_as, read_yaml
from assay.cli.door import read_file, the_release, with_home
from assay.cli.output import day, line, table
from assay.discovery.feasibility import Standing
from assay.discovery.requests import RequestForm
from assay.lifecycle.record import Request
from assay.lifecycle.statements import Result


@click.group()
def request() -> None:
    """Ask for something; list, show and cancel requests."""


@request.command("new")
@click.option("--file", "file", type=click.Path(path_type=Path), help="The request as YAML, instead of the options.")
@click.option("--product", help="Of which product.")
@click.option("--title", help="In a line.")
@click.option("--question", help="What you want to know, and the decision that it serves.")
@click.option("--deliverable", help="dashboard, report, api, workbook or dataset.")
@click.option("--audience", help="Who will read it.")
@click.option("--needed-by", help="The day, as YYYY-MM-DD.")
@click.option("--priority", help="low, normal, high or urgent.")
@click.option("--acceptance", multiple=True, help="How you will know that it is right; may be given again.")
@click.option("--sketch", help="A mock-up, as text or the name of a file.")
@with_home
def new(home: Home, file: Path | None, **options: Any) -> None:
    """Record a request; it takes all that is needed to work on it, or nothing."""
    if file is not None:
        form = read_as(RequestForm, read_yaml(read_file(file, "a request as YAML"), file.name))
    else:
        form = form_of(options)
    request_id = new_request(home, form)
    line(f"{request_id}: {form.title} (for {form.product}, needed by {form.needed_by}).")


@request.command("list")
@with_home
def list_requests(home: Home) -> None:
    """List the requests."""
    record = home.load().record
    answered = {q: r.id for r in record.releases.values() for q in r.requests}
    rows = [
        (r.id, r.product, r.fields["needed_by"], _answer(r, answered), r.fields["title"])
        for r in record.requests.values()
    ]
    if not rows:
        line("No requests yet. Ask with: assay request new")
    table(rows, ("request", "product", "needed by", "answer", "title") if rows else ())


@request.command("show")
@click.argument("request_id", metavar="REQUEST")
@with_home
def show(home: Home, request_id: str) -> None:
    """Show a request whole."""
    found = request_named(home.load().record.requests.values(), request_id)
    line(f"{found.id}  {found.fields['title']}", bold=True)
    line(f"asked by {found.by} on {day(found.at)} UTC" + (f"; cancelled: {found.cancelled}" if found.cancelled else ""))
    rows = [
        (name.replace("_", " "), "; ".join(value) if isinstance(value, list) else value)
        for name, value in found.fields.items()
        if name != "title" and value
    ]
    table(rows)


@request.command("cancel")
@click.argument("request_id", metavar="REQUEST")
@click.option("--reason", required=True, help="Why.")
@with_home
def cancel(home: Home, request_id: str, reason: str) -> None:
    """Cancel a request."""
    cancel_request(home, request_id, reason)
    line(f"{request_id} is cancelled.")


@click.command()
@click.argument("release", required=False)
@click.option("--feeds", default="", help="What will be delivered for the columns that are missing.")
@with_home
def assess(home: Home, release: str | None, feeds: str) -> int:
    """Say of each column of a release's contracts: have, derivable or missing; and sign for it."""
    release_id = the_release(home, release)
    found = assess_release(home, release_id, feeds=feeds)
    for assessment in found:
        _show(assessment)
    return 1 if any(a.result is Result.FAIL for a in found) else 0


_ANSWERS = {
    Result.PASS: "feasible",
    Result.WARN: "feasible once the feeds are delivered",
    Result.FAIL: "not feasible: adjust the contract, promise a feed (--feeds), or cancel",
}


def _show(assessment: Assessment) -> None:
    signed = "" if assessment.is_signed else " (assessed before; nothing new to sign)"
    line(f"{assessment.contract}: {_ANSWERS[assessment.result]}{signed}", bold=True)
    counts = {standing: sum(c.standing is standing for c in assessment.columns) for standing in Standing}
    line(", ".join(f"{number} {standing}" for standing, number in counts.items() if number), indent=2)
    table([(c.column, str(c.standing), c.found) for c in assessment.columns])


def _answer(found: Request, answered: Mapping[str, str]) -> str:
    return "cancelled" if found.cancelled else answered.get(found.id, "open")


def form_of(options: dict[str, Any]) -> RequestForm:
    """Read a request from the command's options; what is missing is named all at once."""
    given = {name: value for name, value in options.items() if value not in (None, ())}
    if "acceptance" in given:
        given["acceptance"] = list(given["acceptance"])
    return read_as(RequestForm, read_yaml(canonical_json(given), "request"))

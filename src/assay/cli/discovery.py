"""Discovery: requests and feasibility."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from assay.actions.assess import Assessment
from assay.actions.assess import assess as assess_release
from assay.actions.conversation import comment as comment_on
from assay.actions.conversation import erase
from assay.actions.home import Home
from assay.actions.request import cancel_request, new_request
from assay.actions.requests import RequestLine, request_line, request_lines
from assay.actions.timeline import Entry, timeline
from assay.base.canonical import short
from assay.base.reading import read_yaml
from assay.cli.asking import faults_named, fields_in, with_fields, written
from assay.cli.door import read_file, the_release, with_home
from assay.cli.output import day, heading, line, table
from assay.discovery.feasibility import Standing
from assay.discovery.fields import RequestField
from assay.lifecycle.statements import Result

if TYPE_CHECKING:
    from assay.portal.api import answers as told

AnyLine: TypeAlias = "RequestLine | told.RequestLine"
"""As the action gives it, or as a portal tells it."""


@click.group()
def request() -> None:
    """Ask for something; list, show and cancel requests."""


@request.command("new")
@click.option("--file", "file", type=click.Path(path_type=Path), help="The request as YAML, instead of the options.")
@with_fields()
@with_home
def new(home: Home, file: Path | None, new_product: bool, **options: Any) -> None:
    """Record a request; it takes all that is needed to work on it, or nothing."""
    document = None if file is None else read_yaml(read_file(file, "a request as YAML"), file.name)
    given = written(options) if document is None else fields_in(document)
    with faults_named(document):
        asked = new_request(home, given, is_new_product=new_product)
    line(f"{asked.id}: {asked.form.title} (for {asked.form.product}, needed by {asked.form.needed_by}).")


@request.command("list")
@with_home
def list_requests(home: Home) -> None:
    """List the requests, and what became of each."""
    show_requests(request_lines(home))


def show_requests(lines: Sequence[AnyLine]) -> None:
    """Print requests in a table; shared with what acts through a portal."""
    rows = [(r.request.id, r.request.product, _due(r), r.words, r.title) for r in lines]
    if not rows:
        line("No requests yet. Ask with: assay request new")
    table(rows, ("request", "product", "needed by", "what became of it", "title") if rows else ())


@request.command("show")
@click.argument("request_id", metavar="REQUEST")
@with_home
def show(home: Home, request_id: str) -> None:
    """Show a request whole, with its conversation."""
    show_request(request_line(home, request_id))
    _conversation(home, request_id)


def show_request(found: AnyLine) -> None:
    """Print a request whole; shared with what acts through a portal."""
    request = found.request
    line(f"{request.id}  {found.title}", bold=True)
    line(f"asked by {request.by} on {day(request.at)} UTC")
    line(f"{found.words}; {found.due}" if found.due else found.words)
    rows = [(field.label.lower(), _shown(request.fields.get(field))) for field in RequestField]
    table([row for row in rows if row[1] and row[0] != RequestField.TITLE.label.lower()])


@request.command("comment")
@click.argument("name", metavar="REQUEST")
@click.argument("text")
@with_home
def comment(home: Home, name: str, text: str) -> None:
    """Comment on a request (or a release) with TEXT."""
    signed = comment_on(home, name, text)
    line(f"{name}: your comment {short(signed.digest)} is recorded.")


@request.command("erase-comment")
@click.argument("digest", metavar="COMMENT")
@click.option("--reason", required=True, help="Why; this stays.")
@with_home
def erase_comment(home: Home, digest: str, reason: str) -> None:
    """Erase the text of a comment for good; that there was one, and who erased it why, stays."""
    erase(home, digest, reason)
    line("The text is erased here. Homes that took it over erase it when they import this ledger.")


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


def _due(entry: AnyLine) -> str:
    return f"{entry.needed_by or '-'}" + (f", {entry.due}" if entry.due else "")


def _shown(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _conversation(home: Home, name: str) -> None:
    if home.person is None:
        heading("Conversation")
        line("It is shown to who shows a key.", indent=2)
        return
    show_conversation(timeline(home, name))


def show_conversation(entries: Sequence[Entry | told.Entry]) -> None:
    """Print what was said and happened; shared with what acts through a portal."""
    heading("Conversation")
    for entry in entries:
        mark = f"  [{short(entry.comment)}]" if entry.comment else ""
        line(f"{day(entry.at)} UTC  {entry.name} {entry.told}{mark}", indent=2)
        for text in (entry.text or entry.missing).splitlines():
            line(text, indent=6)

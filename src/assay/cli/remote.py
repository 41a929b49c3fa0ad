"""The commands that act through a portal: the same names, arguments and answers as over a project's own files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from assay.base.canonical import Digest, short
from assay.base.reading import read_yaml
from assay.cli.asking import faults_named, fields_in, with_fields, written
from assay.cli.discovery import show_conversation, show_request, show_requests
from assay.cli.door import read_file
from assay.cli.output import line
from assay.cli.remote_delegating import delegate, delegations
from assay.cli.remote_releasing import bundle, feedback, ledger, only_open, release, show_release
from assay.cli.status import show_next, show_overview, show_who
from assay.cli.through import PAGE, Far, FarGroup, far
from assay.cli.validation import one_rejection, save_signed, show_signed
from assay.lifecycle.statements import Kind
from assay.portal.api.answers import Conversation, Recorded, Request, RequestLine, Requests, Work
from assay.portal.api.release_answers import Dossier, Said

__all__ = ["bundle", "delegate", "delegations", "feedback", "ledger", "next", "release", "request", "signoff", "status"]


@click.command()
@click.argument("release", required=False)
def status(release: str | None) -> None:
    """Say who I am, what needs me, how every release stands, and what production serves."""
    there = far()
    if release is not None:
        show_release(there, release)
        return
    view = there.get(Work, "work").overview
    show_who(view.person, f"{view.project} (through {there.client.origin})")
    show_overview(view)


@click.command("next")
def next() -> None:
    """Say the one thing to do next, and its command."""
    show_next(far().get(Work, "work").overview)


@click.group(cls=FarGroup, not_here=("erase-comment",))
def request() -> None:
    """Ask for something; list, show and cancel requests."""


@request.command("new")
@click.option("--file", "file", type=click.Path(path_type=Path), help="The request as YAML, instead of the options.")
@with_fields()
def new(file: Path | None, new_product: bool, **options: Any) -> None:
    """Record a request; it takes all that is needed to work on it, or nothing."""
    document = None if file is None else read_yaml(read_file(file, "a request as YAML"), file.name)
    given = written(options) if document is None else fields_in(document)
    body = {"fields": dict(given), "is_new_product": new_product}
    with faults_named(document):
        asked = far().post(Request, "requests", body=body)
    line(f"{asked.id}: {asked.fields['title']} (for {asked.product}, needed by {asked.fields['needed_by']}).")


@request.command("list")
def list_requests() -> None:
    """List the requests, and what became of each."""
    there = far()
    found: list[RequestLine] = []
    page = there.get(Requests, "requests", limit=PAGE)
    found += page.requests
    while page.before is not None:
        page = there.get(Requests, "requests", limit=PAGE, before=page.before)
        found += page.requests
    show_requests(found[::-1])


@request.command("show")
@click.argument("request_id", metavar="REQUEST")
def show(request_id: str) -> None:
    """Show a request whole, with its conversation."""
    whole = far().get(Conversation, "requests", request_id)
    show_request(whole.line)
    show_conversation(whole.entries)


@request.command("comment")
@click.argument("name", metavar="REQUEST")
@click.argument("text")
def comment(name: str, text: str) -> None:
    """Comment on a request (or a release) with TEXT."""
    said = far().post(Recorded, "requests", name, "comments", body={"text": text})
    line(f"{name}: your comment {short(said.name)} is recorded.")


@request.command("cancel")
@click.argument("request_id", metavar="REQUEST")
@click.option("--reason", required=True, help="Why.")
def cancel(request_id: str, reason: str) -> None:
    """Cancel a request."""
    far().post(Recorded, "requests", request_id, "cancel", body={"reason": reason})
    line(f"{request_id} is cancelled.")


@click.command()
@click.argument("release", required=False)
@click.argument("gate", required=False)
@click.option("--on", "subjects", multiple=True, metavar="NAME", help="Only this; may be given again.")
@click.option("--reject", is_flag=True, help="Say no; needs --reason.")
@click.option("--reason", default="", help="In your words.")
@click.option("--for", "absent", metavar="EMAIL", help="On behalf of somebody absent who delegated it to you.")
@click.option("--withdraw", "withdrawn", metavar="DIGEST", help="Withdraw your rejection; needs --reason.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Also write it as a file, for another home."
)
def signoff(
    release: str | None, gate: str | None, subjects: tuple[str, ...], reject: bool, reason: str,
    absent: str | None, withdrawn: str | None, out: Path | None,
) -> None:  # fmt: skip
    """Accept or reject: everything that waits for you, or what is at one GATE, or only some of it."""
    there = far()
    release_id = release or only_open(there)
    if withdrawn is not None:
        body: dict[str, object] = {"rejection": _rejection(there, release_id, withdrawn), "reason": reason}
        said = there.post(Said, "releases", release_id, "withdrawals", body=body)
    else:
        answer = "reject" if reject else "accept"
        body = {"answer": answer, "gate": gate, "subjects": list(subjects), "reason": reason, "on_behalf_of": absent}
        said = there.post(Said, "releases", release_id, "sign-offs", body=body)
    show_signed(release_id, said.signed)
    if out is not None:
        digests = [signed.digest for signed in said.signed]
        save_signed(out, there.fetch("ledger", "statements", digest=digests))


def _rejection(there: Far, release_id: str, short: str) -> Digest:
    history = there.get(Dossier, "releases", release_id).history
    return one_rejection([signed.digest for signed in history if signed.statement.kind is Kind.REJECTED], short)

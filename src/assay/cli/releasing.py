"""Releasing and what comes after: releases, orders, monitoring, feedback."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.actions.feedback import ask_feedback, give_feedback
from assay.actions.home import Home
from assay.actions.open_release import cancel_release, open_release
from assay.actions.ship import order_release, order_rollback
from assay.actions.shipment import shipment
from assay.base.canonical import digest_bytes
from assay.cli.asking import faults_named, with_fields, written
from assay.cli.door import the_release, with_home, write_file
from assay.cli.output import count, day, line, table
from assay.cli.status import show_release
from assay.discovery.fields import RequestField
from assay.lifecycle.record import Release
from assay.lifecycle.statements import Kind

if TYPE_CHECKING:
    from assay.portal.api import release_answers as told


@click.group()
def release() -> None:
    """Open, list, show and cancel releases; sign release orders."""


@release.command("new")
@click.argument("product")
@click.option("--request", "requests", multiple=True, metavar="REQUEST", help="A request that it answers.")
@with_home
def new(home: Home, product: str, requests: tuple[str, ...]) -> None:
    """Open a release of a product."""
    show_opened(open_release(home, product, requests), product, requests)


def show_opened(release_id: str, product: str, requests: Sequence[str]) -> None:
    """Say that a release is open; shared with what acts through a portal, as all that shows or saves something here."""
    answers = f", answering {', '.join(requests)}" if requests else ""
    line(f"{release_id} is open: the next version of {product}{answers}.")


@release.command("list")
@with_home
def list_releases(home: Home) -> None:
    """List all releases."""
    show_releases(tuple(home.load().record.releases.values()))


def show_releases(releases: Sequence[Release | told.Release]) -> None:
    """Print releases in a table."""
    rows = [(r.id, r.product, r.version or "-", _state(r), day(r.at)) for r in releases]
    if not rows:
        line("No releases yet. Open one with: assay release new PRODUCT")
    table(rows, ("release", "product", "version", "state", "opened") if rows else ())


@release.command("show")
@click.argument("release_id", metavar="RELEASE")
@with_home
def show(home: Home, release_id: str) -> None:
    """Show every gate of a release: who satisfied it, what is missing, who can act."""
    show_release(home, release_id)


@release.command("cancel")
@click.argument("release_id", metavar="RELEASE")
@click.option("--reason", required=True, help="Why.")
@with_home
def cancel(home: Home, release_id: str, reason: str) -> None:
    """Cancel an open release."""
    cancel_release(home, release_id, reason)
    show_cancelled(release_id)


def show_cancelled(release_id: str) -> None:
    """Say that a release is cancelled."""
    line(f"{release_id} is cancelled; what was signed still counts for the next one.")


@release.command("order")
@click.argument("release_id", metavar="RELEASE", required=False)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="[default: RELEASE.order.tar]")
@with_home
def order(home: Home, release_id: str | None, out: Path | None) -> None:
    """Sign the release order, as a release manager."""
    release_id = the_release(home, release_id)
    save_order(out or Path(f"{release_id}.order.tar"), shipment(home, order_release(home, release_id)), "release")


@release.command("rollback")
@click.argument("product")
@click.option("--reason", required=True, help="Why.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="[default: PRODUCT.rollback.tar]")
@with_home
def rollback(home: Home, product: str, reason: str, out: Path | None) -> None:
    """Sign the order to serve the release before the present one again."""
    content = shipment(home, order_rollback(home, product, reason))
    save_order(out or Path(f"{product}.rollback.tar"), content, "rollback")


@click.command()
@click.argument("product", required=False)
@click.option("--last", type=int, default=10, show_default=True, help="How many of the newest runs.")
@with_home
def monitor(home: Home, product: str | None, last: int) -> int:
    """List the runs in production: when, how long, rows, freshness, verdicts (from the node's statements)."""
    record = home.load().record
    runs = [
        s.statement for s in record.statements
        if s.statement.kind in (Kind.RAN, Kind.POPULATED)
        and product in (None, s.statement.details.get("product"))
    ]  # fmt: skip
    if not runs:
        line("No runs were reported yet. Ask the node: assay node export, then assay ledger import.")
        return 0
    header = ("when (UTC)", "product", "what", "result", "seconds", "rows", "data as of", "verdicts")
    table([_run_row(run.at, run.kind, run.result, run.details) for run in runs[-last:]], header)
    return 0 if runs[-1].result in ("pass", "warn") else 1


@click.group()
def feedback() -> None:
    """Ask for and give feedback on a release."""


@feedback.command("ask")
@click.argument("release_id", metavar="RELEASE")
@with_home
def ask(home: Home, release_id: str) -> None:
    """Record that the stakeholders were asked."""
    ask_feedback(home, release_id)
    show_asked(release_id)


def show_asked(release_id: str) -> None:
    """Say that the stakeholders were asked."""
    line(f"{release_id}: the stakeholders are asked for feedback.")


@feedback.command("give")
@click.argument("release_id", metavar="RELEASE")
@click.option("--text", required=True, help="What you say.")
@click.option("--title", help="Open a request with this title; the options below are then needed too.")
@with_fields(RequestField.TITLE)
@with_home
def give(home: Home, release_id: str, text: str, new_product: bool, **options: Any) -> None:
    """Give feedback; with a title it opens the next request, linked to this release."""
    with faults_named():
        request_id = give_feedback(home, release_id, text, written(options) if options["title"] else None, new_product)
    show_given(release_id, request_id)


def show_given(release_id: str, request_id: str | None) -> None:
    """Say that feedback was given, and what it opened."""
    line(f"Feedback on {release_id} is recorded" + (f"; it opens {request_id}." if request_id else "."))


def save_order(path: Path, content: bytes, command: str) -> None:
    """Write an order and say where it goes, and the node's command that takes it."""
    write_file(path, content)
    line(f"{path}: signed, {count(len(content), 'byte')}, {digest_bytes(content)}")
    line("Hand it to the node:")
    line(f"assay node {command} {path}", indent=4)


def _state(entry: Release | told.Release) -> str:
    marks = (
        (entry.cancelled is not None, "cancelled"),
        (entry.rolled_back is not None, "rolled back"),
        (entry.announced is not None, "released"),
        (entry.frozen is not None, "frozen"),
    )
    return next((word for holds, word in marks if holds), "open")


def _run_row(at: Any, kind: Any, result: Any, details: Any) -> tuple[Any, ...]:
    verdicts = ", ".join(f"{number} {name}" for name, number in sorted(details.get("verdicts", {}).items()))
    seconds = f"{details['milliseconds'] / 1000:.2f}" if "milliseconds" in details else "-"
    rows = sum(details.get("rows", {}).values()) if isinstance(details.get("rows"), dict) else details.get("rows", "-")
    return (
        day(at),
        details.get("product", "-"),
        str(kind),
        str(result),
        seconds,
        rows,
        details.get("as_of", "-"),
        verdicts,
    )

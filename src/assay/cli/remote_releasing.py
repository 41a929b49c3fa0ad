"""Releasing through a portal: releases, orders, bundles, feedback and the ledger, as over a project's own files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from assay.base.errors import refusal
from assay.bundle.proof import unpack_proof
from assay.cli import releasing, shipping
from assay.cli.asking import faults_named, with_fields, written
from assay.cli.door import read_file
from assay.cli.record import save_ledger, show_imported, show_verified
from assay.cli.status import show_standing
from assay.cli.through import PAGE, Far, FarGroup, far
from assay.discovery.fields import RequestField
from assay.portal.api.answers import Recorded
from assay.portal.api.look_answers import Verification
from assay.portal.api.release_answers import Dossier, Given, Received, Release, Releases, Said


@click.group()
def release() -> None:
    """Open, list, show and cancel releases; sign release orders."""


@release.command("new")
@click.argument("product")
@click.option("--request", "requests", multiple=True, metavar="REQUEST", help="A request that it answers.")
def new(product: str, requests: tuple[str, ...]) -> None:
    """Open a release of a product."""
    opened = far().post(Release, "releases", body={"product": product, "requests": requests})
    releasing.show_opened(opened.id, product, requests)


@release.command("list")
def list_releases() -> None:
    """List all releases."""
    releasing.show_releases(_releases(far()))


@release.command("show")
@click.argument("release_id", metavar="RELEASE")
def show_one(release_id: str) -> None:
    """Show every gate of a release: who satisfied it, what is missing, who can act."""
    show_release(far(), release_id)


@release.command("cancel")
@click.argument("release_id", metavar="RELEASE")
@click.option("--reason", required=True, help="Why.")
def cancel(release_id: str, reason: str) -> None:
    """Cancel an open release."""
    far().post(Recorded, "releases", release_id, "cancel", body={"reason": reason})
    releasing.show_cancelled(release_id)


@release.command("order")
@click.argument("release_id", metavar="RELEASE", required=False)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="[default: RELEASE.order.tar]")
def order(release_id: str | None, out: Path | None) -> None:
    """Sign the release order, as a release manager."""
    there = far()
    release_id = release_id or only_open(there)
    there.post(Said, "releases", release_id, "order", body={})
    content = there.fetch("releases", release_id, "order")
    releasing.save_order(out or Path(f"{release_id}.order.tar"), content, "release")


@release.command("rollback")
@click.argument("product")
@click.option("--reason", required=True, help="Why.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="[default: PRODUCT.rollback.tar]")
def rollback(product: str, reason: str, out: Path | None) -> None:
    """Sign the order to serve the release before the present one again."""
    there = far()
    said = there.post(Said, "products", product, "rollback-order", body={"reason": reason})
    content = there.fetch("releases", said.signed[0].statement.release or "", "rollback-order")
    releasing.save_order(out or Path(f"{product}.rollback.tar"), content, "rollback")


@click.group(cls=FarGroup, not_here=("verify",))
def bundle() -> None:
    """Build and inspect the bundle that goes to production."""


@bundle.command("build")
@click.argument("release", required=False)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="[default: RELEASE.bundle.tar]")
def build(release: str | None, out: Path | None) -> None:
    """Put payload and proof so far into one signed archive, the same bytes on any machine."""
    there = far()
    release_id = release or only_open(there)
    there.post(Said, "releases", release_id, "bundle", body={})
    shipping.save_bundle(out or Path(f"{release_id}.bundle.tar"), there.fetch("releases", release_id, "bundle"))


bundle.add_command(shipping.inspect)


@click.group()
def feedback() -> None:
    """Ask for and give feedback on a release."""


@feedback.command("ask")
@click.argument("release_id", metavar="RELEASE")
def ask(release_id: str) -> None:
    """Record that the stakeholders were asked."""
    far().post(Recorded, "releases", release_id, "feedback-asked", body={})
    releasing.show_asked(release_id)


@feedback.command("give")
@click.argument("release_id", metavar="RELEASE")
@click.option("--text", required=True, help="What you say.")
@click.option("--title", help="Open a request with this title; the options below are then needed too.")
@with_fields(RequestField.TITLE)
def give(release_id: str, text: str, new_product: bool, **options: Any) -> None:
    """Give feedback; with a title it opens the next request, linked to this release."""
    fields = written(options) if options["title"] else None
    body = {"text": text, "fields": fields, "is_new_product": new_product}
    with faults_named():
        given = far().post(Given, "releases", release_id, "feedback", body=body)
    releasing.show_given(release_id, given.request)


@click.group(cls=FarGroup, not_here=("show",))
def ledger() -> None:
    """Verify, export and import the ledger."""


@ledger.command("verify")
def verify() -> int:
    """Verify the chain and every signature; exit code 1 if anything does not hold."""
    return show_verified(far().get(Verification, "ledger", "verification"))


@ledger.command("export")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The file to write.")
def export(out: Path) -> None:
    """Write chain and statements as one file, for a colleague or an archive."""
    there = far()
    content = there.fetch("ledger")
    save_ledger(out, content, len(unpack_proof(content, there.client.origin).events))


@ledger.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def import_(files: tuple[Path, ...]) -> None:
    """Record the statements of files that are not here yet: sign-offs, exports, a node's answers."""
    there = far()
    for path in files:
        content = read_file(path, "a file with statements")
        show_imported(path.name, there.send(Received, "ledger", "imports", content=content, name=path.name))


def show_release(there: Far, release_id: str) -> None:
    """Print how every gate of a release stands."""
    whole = there.get(Dossier, "releases", release_id)
    show_standing(whole.standing, whole.next)


def only_open(there: Far) -> str:
    """Return the only open release.

    Raises:
        AssayError: none or several are open.
    """
    open_ones = [r for r in _releases(there) if r.announced is None and r.cancelled is None]
    if len(open_ones) == 1:
        return open_ones[0].id
    listed = ", ".join(f"{r.id} ({r.product})" for r in open_ones) or "none"
    raise refusal("release", expected="the name of a release", found=f"none named; open: {listed}")


def _releases(there: Far) -> list[Release]:
    """Fetch all releases, oldest first."""
    page = there.get(Releases, "releases", limit=PAGE)
    found = list(page.releases)
    while page.before is not None:
        page = there.get(Releases, "releases", limit=PAGE, before=page.before)
        found += page.releases
    return found[::-1]

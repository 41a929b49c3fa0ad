"""Shipping: freeze a payload, put a bundle together, look into one."""

from __future__ import annotations

from pathlib import Path

import click

from assay.actions.case import standing_of
from assay.actions.freeze import freeze as freeze_release
from assay.actions.home import Home
from assay.actions.ship import seal_bundle
from assay.actions.shipment import shipment
from assay.base.canonical import digest_bytes, short
from assay.base.errors import refusal
from assay.bundle.proof import Proof, open_proof, unpack_proof
from assay.cli.door import read_file, the_release, with_home, write_file
from assay.cli.output import count, line, table
from assay.cli.status import is_stale


@click.command()
@click.argument("release", required=False)
@with_home
def freeze(home: Home, release: str | None) -> None:
    """Freeze the payload of a release from a clean git commit; QA and production are built from it alone."""
    release_id = the_release(home, release)
    payload = freeze_release(home, release_id)
    line(f"{release_id}: {payload.product} {payload.version} is frozen from commit {payload.commit[:12]}.")
    line(f"Payload {short(payload.digest)}, {count(len(payload.files), 'file')}; class {payload.change_class}.")
    for change in payload.changes:
        line(change, indent=2)
    record = home.load().record
    stale = [s for s in standing_of(home, record, record.releases[release_id]).decision.states if is_stale(s)]
    if stale:
        line("Stale by it, and asked for again; everything else still holds:")
        table([(state.subject.name.rpartition("/")[2], state.gate.title, state.why) for state in stale])


@click.group()
def bundle() -> None:
    """Build, inspect and verify the bundle that goes to production."""


@bundle.command("build")
@click.argument("release", required=False)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="[default: RELEASE.bundle.tar]")
@with_home
def build(home: Home, release: str | None, out: Path | None) -> None:
    """Put payload and proof so far into one signed archive, the same bytes on any machine."""
    release_id = the_release(home, release)
    save_bundle(out or Path(f"{release_id}.bundle.tar"), shipment(home, seal_bundle(home, release_id)))


def save_bundle(path: Path, content: bytes) -> None:
    """Write a bundle and say where it goes; shared with what acts through a portal."""
    write_file(path, content)
    line(f"{path}: {count(len(content), 'byte')}, {digest_bytes(content)}")
    line("Hand it to the node:")
    line(f"assay node admit {path}", indent=4)


@bundle.command("inspect")
@click.argument("file", type=click.Path(path_type=Path))
def inspect(file: Path) -> None:
    """Show what a bundle holds, without believing any of it."""
    proof = _read(file)
    payload = proof.payload
    assert payload is not None
    line(f"{payload.product} {payload.version}, class {payload.change_class}", bold=True)
    line(f"payload {payload.digest}, from commit {payload.commit}")
    for change in payload.changes:
        line(change, indent=2)
    table([(str(s.kind), s.name, short(s.digest)) for s in payload.subjects], ("subject", "name", "digest"))
    table([(digest[7:19], len(raw)) for digest, raw in proof.statements.items()], ("statement", "bytes"))
    line(f"{count(len(payload.files), 'file')}:")
    table([(path, len(content)) for path, content in sorted(payload.files.items())])


@bundle.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@with_home
def verify(home: Home, file: Path) -> int:
    """Verify every signature of a bundle against this project's people; the node does so against its own."""
    opened = open_proof(_read(file), home.project.roster, file.name)
    for fault in opened.faults:
        line(str(fault), colour="red")
    line(f"{count(len(opened.statements), 'statement')} hold, {count(len(opened.faults), 'fault')}.")
    return 1 if opened.faults else 0


def _read(file: Path) -> Proof:
    proof = unpack_proof(read_file(file, "a bundle"), file.name)
    if proof.payload is None:
        raise refusal(file.name, expected="a bundle", found="an archive without a payload (an order or an export)")
    return proof

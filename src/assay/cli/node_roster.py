"""The node's roster at the terminal: show who may sign, propose a change, sign it, apply it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from assay.automation.node import Node
from assay.automation.roster import apply_change, copy_faults, propose_change, shaken_releases
from assay.cli.door import KEY, read_file, write_file, write_new
from assay.cli.node_door import with_node
from assay.cli.output import command, count, heading, line, table
from assay.lifecycle.statements import parse_time, time_text
from assay.project.people import people_of
from assay.project.roster_changes import RosterChange, differences, key_words, pack_change, sign_change, unpack_change
from assay.project.rosters import RosterVersion, able_admins, content_text

_ALONE = "One admin alone can change the roster of this node (changes-signed-by: 1)."
_NEEDED = {1: "the signature of an admin", 2: "the signatures of two admins"}
_PATH = click.Path(path_type=Path)
_FILE = click.argument("file", type=_PATH)


@click.group()
def roster() -> None:
    """Show who may sign here; two admins change it."""


@roster.command("show")
@click.option("--out", type=_PATH, metavar="FILE", help="Also write it as a file, to be changed and proposed.")
@click.option("--write", is_flag=True, help="Write the copy in the node's folder anew.")
@with_node
def show(node: Node, out: Path | None, write: bool) -> None:
    """Say who may sign here, as the node's ledger says, how that came, and who can change it."""
    versions = node.load().rosters
    present = versions[-1].content
    if write:
        node.copy.write(content_text(present))
    if out is not None:
        write_new(out, content_text(present).decode(), force=False)
    line(f"Who may sign at {node.name}", bold=True)
    for person in people_of(present):
        scope = "" if person.products is None else f", for {', '.join(sorted(person.products))} alone"
        line(f"{person.name} <{person.email}>: {', '.join(sorted(person.roles))}{scope}", indent=2)
        for key in person.keys:
            line(f"key {key.id[:12]}, {key_words(key)}", indent=4)
    heading("How it came")
    table([(time_text(each.at), f"event {each.head.seq}", _came(each)) for each in versions])
    heading("Who can change it")
    able = ", ".join(able_admins(present, node.now())) or "nobody any more"
    line(f"{count(present.changes_signed_by, 'signature')} of: {able}", indent=2)
    show_roster_state(node)


@roster.command("propose")
@_FILE
@click.option("--reason", required=True, help="In your words.")
@click.option("--out", type=_PATH, metavar="FILE", required=True, help="The change, to be signed.")
@with_node
def propose(node: Node, file: Path, reason: str, out: Path) -> None:
    """Make a change of what FILE, a whole roster, says otherwise than the present one; admins sign it."""
    change = propose_change(node, read_file(file, "a roster"), file.name, reason)
    write_new(out, pack_change(change).decode(), force=False)
    _show_change(change)
    line(f"It takes {_NEEDED[change.before.changes_signed_by]}:")
    command(f"assay node roster sign {out.name}")


@roster.command("sign")
@_FILE
@KEY
def sign(file: Path, key: Path | None) -> None:
    """Sign a change, where your key is: it needs no node and no project. The signature is put into FILE."""
    from assay.connectors.clocks import SystemClock
    from assay.connectors.keys import read_key
    from assay.wiring import default_key

    change = unpack_change(read_file(file, "a change of a roster"), file.name)
    _show_change(change)
    now = parse_time(time_text(SystemClock().now()))
    change = sign_change(change, read_key(key or default_key()), now)
    write_file(file, pack_change(change))
    line(f"Signed by {', '.join(change.signers)}.")
    is_whole = len(set(change.signers)) >= change.before.changes_signed_by
    line("On the machine of the node:" if is_whole else "It takes another admin:")
    command(f"assay node roster {'apply' if is_whole else 'sign'} {file.name}")


@roster.command("apply")
@_FILE
@with_node
def apply(node: Node, file: Path) -> None:
    """Let a change stand from now on, if the admins signed it whom it takes."""
    done = apply_change(node, read_file(file, "a change of a roster"), file.name)
    word = "stands already" if done.already else "stands from now on"
    line(f"The roster of {node.name} {word}: event {done.version.head.seq}.")
    show_roster_state(node)


def show_roster_state(node: Node) -> None:
    """Print what everybody has to know: who changes the roster alone, a changed copy, and what a bad key leaves."""
    if node.load().rosters[-1].content.changes_signed_by == 1:
        line(_ALONE, colour="yellow")
    for fault in copy_faults(node):
        line(str(fault), colour="red")
    shaken = shaken_releases(node)
    if shaken:
        heading("Released on a key that is compromised")
    for each in shaken:
        release, state = each.release, "is served" if each.is_served else "was released"
        line(f"{release.product} {release.version} ({release.id}) {state}; of its proof this counts no more:", indent=2)
        for signed in each.fallen:
            said = signed.statement
            on = ", ".join(meant.id for meant in said.subjects[:3])
            line(f"{said.kind} by {said.speaker} on {on} (key {signed.key_id[:12]})", indent=4)


def roster_state_as_json(node: Node) -> dict[str, Any]:
    """Return the same for machines."""
    return {
        "changes_signed_by": node.load().rosters[-1].content.changes_signed_by,
        "faults": [str(fault) for fault in copy_faults(node)],
        "released_on_compromised_keys": [
            {
                "product": each.release.product, "version": str(each.release.version), "release": each.release.id,
                "served": each.is_served, "fallen": [signed.digest for signed in each.fallen],
            }
            for each in shaken_releases(node)
        ],
    }  # fmt: skip


def _show_change(change: RosterChange) -> None:
    line(f"A change of who may sign at {change.node}: {change.reason}", bold=True)
    for text in differences(change.before, change.content):
        line(text, indent=2)


def _came(version: RosterVersion) -> str:
    who = " and ".join(version.signers)
    return f"{version.reason} to {who}" if version.is_first else f"by {who}: {version.reason}"

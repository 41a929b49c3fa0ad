"""The demo's node that runs on: a process that does what is due and takes in what arrives."""

from __future__ import annotations

import os
from pathlib import Path

from assay.cli.demo_processes import Kept
from assay.cli.output import command, line, table


def node_process(root: Path) -> Kept:
    """Return the worker's process."""
    return Kept(root, "worker", ("node", "worker", "--home", str(root / "node")))


def start_node(root: Path, time: str) -> None:
    """Start working in a process that stays when the demo ends; its clock stands at a time (UTC, with Z)."""
    kept = node_process(root)
    environment = {**os.environ, "ASSAY_REHEARSAL_TIME": time}
    kept.start(is_up=lambda: "works, takes in" in kept.log.read_text(), environment=environment)


def show_node(root: Path, shown: Path, time: str) -> None:
    """Print where files go in and out, how to see the node, and what its clock does.

    Args:
        root: of the demo.
        shown: the same folder as it is to be named.
        time: at which its clock stands.
    """
    line()
    line(f"The node: {shown / 'node'}", bold=True)
    line("It works on in a process of its own. Bundles and orders that arrive are taken in.")
    table([
        ("arriving", shown / "node" / "inbox"),
        ("its ledger, for the design side", shown / "node" / "outbox"),
        ("what it did", shown / node_process(root).log.name),
    ])  # fmt: skip
    line(f"Its rehearsal clock stands at {time}: nothing more is due until somebody moves it.")
    command(f"ASSAY_REHEARSAL_TIME={time} assay node status --home {shown / 'node'}")

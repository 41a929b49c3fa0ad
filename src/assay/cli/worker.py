"""The worker's process: one at a time in a home, turn after turn, until it is told to stop."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import click

from assay.automation.worker import Worker
from assay.base.errors import Busy
from assay.base.ports import Locks
from assay.lifecycle.statements import time_text
from assay.stores.inbox import DiskInbox
from assay.stores.pages import DiskPages
from assay.wiring import keep_node

_LOCK = "worker"


def work(home: Path, inbox: Path, outbox: Path, every_seconds: float) -> int:
    """Work until SIGTERM, and then return 0; Ctrl-C interrupts it as it does every command.

    Args:
        home: of the node.
        inbox: where files arrive.
        outbox: where the ledger is laid.
        every_seconds: how long to rest between two turns.

    Raises:
        AssayError: there is no node to begin with, or it cannot be opened.
    """
    opened = keep_node(home)
    node = opened()
    worker = Worker(opened, DiskInbox(inbox), DiskPages(outbox), _tell)
    with _ended_by_sigterm() as end, ExitStack() as held:
        try:
            _wait_for_turn(held, node.workshop.locks, every_seconds)
            clock = f"; rehearsal, its clock says {time_text(node.now())}" if node.is_rehearsal else ""
            _tell(node.name, f"works, takes in what arrives in {inbox}{clock}")
            while not end:
                worker.turn()
                time.sleep(every_seconds)
        except KeyboardInterrupt:
            _tell(node.name, "stops")
            if not end:
                raise
    return 0


def _wait_for_turn(held: ExitStack, locks: Locks, every_seconds: float) -> None:
    """Wait until no other worker is at work in this home; say once for whom."""
    told = False
    while True:
        try:
            held.enter_context(locks.hold(_LOCK))
        except Busy as error:
            if not told:
                _tell(_LOCK, f"another one is at work here ({error.faults[0].found}); waiting for its end", is_bad=True)
            told = True
            time.sleep(every_seconds)
        else:
            return


@contextmanager
def _ended_by_sigterm() -> Iterator[list[int]]:
    """Let SIGTERM interrupt whatever is being done, as Ctrl-C does; what is given holds the signal once it came."""
    came: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield came
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(what: str, result: str, *, is_bad: bool = False) -> None:
    """Print a line: when (UTC, of the machine's clock), what, and what came of it; troubles go to stderr."""
    click.echo(f"{time_text(datetime.now(UTC))}  {what}  {result}", err=is_bad)

"""What a server does before anybody asks: it reads the ledgers, which for a large one takes longer than people wait."""

from __future__ import annotations

import gc
import logging
from collections.abc import Mapping
from threading import Thread

from assay.actions.status import overview
from assay.actions.trail import Trail
from assay.base.errors import AssayError
from assay.identity.portal import Portal

log = logging.getLogger(__name__)


def read_ahead(portal: Portal, trails: Mapping[str, Trail]) -> Thread:
    """Read every project's ledger beside what else goes on; whoever asks meanwhile waits for it.

    Returns:
        The thread that reads; it stops nobody from ending the process.
    """
    thread = Thread(target=_read, args=(portal, trails), name="reads ahead", daemon=True)
    thread.start()
    return thread


def _read(portal: Portal, trails: Mapping[str, Trail]) -> None:
    for name, door in portal.projects.items():
        try:
            home = door.open(None)
            overview(home)
            trails[name].follow(home.load())
        except AssayError as error:  # whoever asks for the project is told the same
            log.warning("project %s cannot be read: %s", name, error)
    # What was read stays as long as the process, and is millions of objects: to look among them for rubbish, again and
    # again, stopped every page for half a second now and then.
    gc.collect()
    gc.freeze()

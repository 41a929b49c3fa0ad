"""A reader that looks again and again at what is served, while others build, run and release."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from assay.actions.query import ask
from assay.base.errors import AssayError
from assay.base.snapshots import Slot
from assay.wiring import open_home, open_node
from faults.shop import GENERATIONS, PRODUCT
from soak import PAUSE_SECONDS


def watch(environment: dict[str, str], kind: str, where: str, slot: str, over: str, seen: str) -> int:
    """Ask until a file says that it is over, and write what was seen: each answer once, with the number of looks.

    Args:
        environment: what to find in the environment.
        kind: ``design`` or ``node``.
        where: the project or the node's home.
        slot: whose pointer is read.
        over: the file that ends it.
        seen: the file to write.
    """
    os.environ.update(environment)
    workshop = open_home(Path(where)).workshop if kind == "design" else open_node(Path(where)).workshop
    place = "dev" if kind == "design" else "prod"
    answers: dict[str, int] = {}
    while not Path(over).exists():
        try:
            answer = json.dumps(ask(workshop, place, PRODUCT, GENERATIONS, Slot(slot)).rows)
        except AssayError as error:
            answer = str(error)
        answers[answer] = answers.get(answer, 0) + 1
        time.sleep(PAUSE_SECONDS)
    Path(seen).write_text(json.dumps(answers))
    return 0

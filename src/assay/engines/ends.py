"""How a process ended, in words."""

from __future__ import annotations

import signal
from contextlib import suppress


def how_it_ended(code: int, who: str = "a process") -> str:
    """Say of a process that it was ended by a signal, or with which code it ended.

    Args:
        code: as Python tells it: of a signal, its number below zero.
        who: what the process is called.
    """
    if code >= 0:
        return f"{who} that ended with {code}"
    name = f"signal {-code}"
    with suppress(ValueError):  # those in real time have no names of their own
        name = signal.Signals(-code).name
    return f"{who} that was ended by {name}"

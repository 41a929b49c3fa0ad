"""Waiting for work that Python cannot interrupt: a library's call that ends when a server answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Found = TypeVar("Found")

_AGAIN_SECONDS = 1.0


def interruptible(work: Callable[[], Found], cancel: Callable[[], None]) -> Found:
    """Do work in a thread of its own and wait for it; Ctrl-C cancels it and goes on when it has ended.

    Args:
        work: what is done; it is the only one that uses what it uses.
        cancel: makes it end; called from another thread.
    """
    found: list[Found] = []
    wrong: list[BaseException] = []
    is_over = threading.Event()

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # noqa: BLE001  (raised again by whoever waits)
            wrong.append(error)
        finally:
            is_over.set()

    threading.Thread(target=run, daemon=True).start()
    try:
        is_over.wait()
    except BaseException:
        while not is_over.is_set():  # again: the work may begin just after it was cancelled
            with suppress(Exception):  # a server that cannot be reached ends the work in its own time
                cancel()
            is_over.wait(_AGAIN_SECONDS)
        raise
    if wrong:
        raise wrong[0]
    return found[0]

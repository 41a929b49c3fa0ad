"""What an engine does beside what it is asked meanwhile: in a thread of its own, ended when nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

A = TypeVar("A")

_AGAIN_SECONDS = 0.05
_LAST_SECONDS = 5.0
"""So long an end is waited for; what takes longer holds nothing that is needed by anybody else."""


class Aside(Generic[A]):
    """One piece of work that has begun already."""

    def __init__(self, work: Callable[[], A], interrupt: Callable[[], None]) -> None:
        """Begin.

        Args:
            work: what is done; it uses nothing that whoever began it uses meanwhile.
            interrupt: makes it stop; may be called from any thread, and when it has ended.
        """
        self._work = work
        self.interrupt = interrupt
        self._found: list[A] = []
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_going_on(self) -> bool:
        """Whether it has not ended yet."""
        return self._thread.is_alive()

    def answer(self) -> A:
        """Wait for it, and return what came of it or raise what it ended with."""
        self._thread.join()
        if self._failed is not None:
            raise self._failed
        return self._found[0]

    def end(self) -> None:
        """Stop it if it goes on, again and again: an interrupt that comes before the query has begun stops nothing."""
        for _ in range(round(_LAST_SECONDS / _AGAIN_SECONDS)):
            if not self._thread.is_alive():
                return
            self.interrupt()
            self._thread.join(_AGAIN_SECONDS)

    def _run(self) -> None:
        try:
            self._found.append(self._work())
        except BaseException as error:  # noqa: BLE001  (whoever waits for it gets it)
            self._failed = error

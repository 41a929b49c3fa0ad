"""Ctrl-C while an engine is at work: Python's own handler waits until the engine returns, which may take minutes."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable

_NOBODY = -1
_ENDS = frozenset({signal.SIGINT, getattr(signal, "SIGALRM", signal.SIGINT)})
"""Ctrl-C, and a time limit that was reached."""


class InterruptWatch:
    """Acts at once on Ctrl-C, from a thread of its own. Whoever has another way with signals keeps it."""

    def __init__(self, act: Callable[[], None]) -> None:
        """Watch until it is closed; in other threads than the main one, which gets no signals, there is nothing to do.

        Args:
            act: makes the engine stop; may be called from any thread, and when nothing is going on.
        """
        self._act = act
        self._ends: tuple[socket.socket, socket.socket] | None = None
        if not _is_main() or signal.getsignal(signal.SIGINT) not in (signal.default_int_handler, signal.SIG_IGN):
            return
        ours, told = socket.socketpair()
        told.setblocking(False)
        before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        if before != _NOBODY:
            signal.set_wakeup_fd(before)
            ours.close()
            told.close()
            return
        self._ends = ours, told
        self._thread = threading.Thread(target=self._watch, args=(ours,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the watch; only where it began."""
        if self._ends is None or not _is_main():
            return
        signal.set_wakeup_fd(_NOBODY)
        ours, told = self._ends
        self._ends = None
        told.close()
        self._thread.join()
        ours.close()

    def _watch(self, ours: socket.socket) -> None:
        while numbers := ours.recv(64):
            if not _ENDS.isdisjoint(numbers):
                self._act()


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()

"""A time limit: what takes too long is interrupted as by Ctrl-C, and says that it was."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from assay.base.errors import AssayError, refusal
from assay.base.limits import written_duration


class TooLong(AssayError):
    """Say that something took longer than it may, and was stopped."""


@contextmanager
def time_limit(seconds: float | None, what: str) -> Iterator[None]:
    """Let a block run for so long at most; None for as long as it needs.

    Only the main thread can be interrupted, and on a system that has such an alarm; elsewhere there is no limit. An
    alarm that somebody else has set goes on afterwards.

    Args:
        seconds: the limit.
        what: is limited, for people.

    Raises:
        TooLong: it was reached; whatever was going on has been interrupted.
    """
    if seconds is None or not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return
    state = {"reached": False, "over": False}

    def ring(number: int, frame: FrameType | None) -> None:
        if not state["over"]:
            state["reached"] = True
            raise KeyboardInterrupt

    begun = time.monotonic()
    before = signal.signal(signal.SIGALRM, ring)
    left, every = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
        state["over"] = True
    except (KeyboardInterrupt, AssayError):  # the latter is what became of the former on its way
        if not state["reached"]:
            raise
        error = refusal(
            what, expected=f"an end within {written_duration(seconds)}", found="none, so that it was stopped",
            hint="Raise timeout: in the schedule of product.yaml if it needs longer.",
        )  # fmt: skip
        raise TooLong(*error.faults) from None
    finally:
        state["over"] = True  # from here on an alarm that comes late is not heard
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if before is None else before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - begun), 0.001), every)

"""Once: what is sent twice is acted on once, whichever worker gets the copy; the second learns where the first led."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

from assay.base.errors import AssayError, refusal
from assay.identity.portal import Portal

LEASE = timedelta(seconds=15)
"""So long after a worker died a copy of what it was acting on is held back."""

_KEPT_SECONDS = LEASE.total_seconds() / 3
_WAIT_SECONDS = LEASE.total_seconds() + 10
"""So long a copy waits for the first one to end; it outlasts a worker that died."""

_FIRST_LOOK_SECONDS, _SLOWEST_LOOK_SECONDS = 0.02, 0.5


@contextmanager
def once(portal: Portal, form: str) -> Iterator[str | None]:
    """Hold back copies of a form, at all workers, until the block has ended.

    The block notes with ``portal.forms.send`` where the form led; where it does not, as after a fault, the next copy is
    acted on as if it were the first.

    Args:
        portal: which remembers what was sent.
        form: the form's mark; an empty one is never the same.

    Yields:
        Where the form led when it was sent before; None for one that was not.

    Raises:
        AssayError: the first copy is acted on still, after a while.
    """
    if not form:
        yield None
        return
    claim = _claimed(portal, form)
    if claim is None:
        yield portal.forms.sent(form)
        return
    with _kept(portal, form, claim):
        yield portal.forms.sent(form)


def _claimed(portal: Portal, form: str) -> str | None:
    """Claim a form as soon as nobody else has it; return None for one that was sent meanwhile."""
    ends, pause = time.monotonic() + _WAIT_SECONDS, _FIRST_LOOK_SECONDS
    while portal.forms.sent(form) is None:
        now = portal.clock.now()
        claim = portal.forms.claim(form, now, now + LEASE)
        if claim is not None:
            return claim
        if time.monotonic() > ends:
            hint = "Look in a moment whether it is done, before you send it again."
            raise refusal("what was sent", expected="the first copy of it to be done", found="one at work", hint=hint)
        time.sleep(pause)
        pause = min(pause * 2, _SLOWEST_LOOK_SECONDS)
    return None


@contextmanager
def _kept(portal: Portal, form: str, claim: str) -> Iterator[None]:
    """Keep a claim as long as the block runs, however long that is, and end it then."""
    is_done = Event()

    def keeping() -> None:
        while not is_done.wait(_KEPT_SECONDS):
            with contextlib.suppress(AssayError):  # a database that is away for a moment may be back in time
                if not portal.forms.keep(form, claim, portal.clock.now() + LEASE):
                    return

    keeper = Thread(target=keeping, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        is_done.set()
        keeper.join()
        portal.forms.give_up(form, claim)

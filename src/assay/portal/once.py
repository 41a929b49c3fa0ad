"""Once: a form that is sent twice at the same moment is acted on once; the second waits and learns where it led."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from assay.identity.portal import Portal

_LOCKS = tuple(Lock() for _ in range(64))
"""Forms share them by their mark: what waits for another form now and then loses a moment and nothing else."""


@contextmanager
def once(portal: Portal, form: str) -> Iterator[str | None]:
    """Hold back the same form, in this process, until the block has ended.

    Args:
        portal: which remembers what was sent.
        form: the form's mark; an empty one is never the same.

    Yields:
        Where the form led when it was sent before; None for one that was not.
    """
    if not form:
        yield None
        return
    with _LOCKS[hash(form) % len(_LOCKS)]:
        yield portal.forms.sent(form)

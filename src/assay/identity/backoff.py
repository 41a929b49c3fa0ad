"""Back-off: after failures an e-mail waits, longer each time. Pure.

It counts by e-mail whether there is such an account or not, so that waiting does not tell that there is one.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from assay.base.accounts import Attempts

FREE_FAILURES = 4
"""So many failures cost nothing but the time of a hash; from the next one on there is a wait."""

LONGEST_SECONDS = 15 * 60
FORGOTTEN_AFTER = timedelta(days=1)
"""What was last tried longer ago counts no more."""


def attempts_key(name: str) -> str:
    """Return under which key the attempts with an account name are counted; names of strangers are not kept."""
    return hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()


def wait_seconds(failures: int) -> int:
    """Return how long an e-mail waits after so many failures: 1 s after the fifth, doubling to 15 minutes."""
    if failures <= FREE_FAILURES:
        return 0
    doublings = min(failures - FREE_FAILURES - 1, LONGEST_SECONDS.bit_length())
    return min(1 << doublings, LONGEST_SECONDS)


def must_wait(past: Attempts | None, now: datetime) -> bool:
    """Say whether an e-mail still waits; None where nothing was tried."""
    return past is not None and now < past.last_at + timedelta(seconds=wait_seconds(past.failures))


def with_another(past: Attempts | None, key: str, now: datetime) -> Attempts:
    """Return the count with one attempt more, which is a failure until the password proves right."""
    if past is None:
        return Attempts(key, 1, now)
    failures = 1 if now - past.last_at > FORGOTTEN_AFTER else past.failures + 1
    return Attempts(key, failures, now, past.revision)

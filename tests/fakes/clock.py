"""A clock that a test moves."""

from __future__ import annotations

from datetime import datetime, timedelta

from assay.connectors.clocks import SystemClock


class MovableClock:
    """The `Clock` port: stands where it was put, at first at the present moment."""

    def __init__(self) -> None:
        self.moment = SystemClock().now()

    def now(self) -> datetime:
        """Return where it stands."""
        return self.moment

    def pass_by(self, time: timedelta) -> None:
        """Let time pass."""
        self.moment += time

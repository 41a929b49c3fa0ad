"""Clocks: the machine's, and a simulated one for rehearsals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


class SystemClock:
    """The `Clock` port on the machine's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC, to the second."""
        return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """The `Clock` port standing still, for rehearsals on a node that was made for them, and for tests."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment it was made with."""
        return self.moment

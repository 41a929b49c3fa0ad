"""Fakes of what telling meets: a book in memory, and a post office that keeps letters or is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock

from assay.base.errors import refusal
from assay.base.telling import Letter, Told, Turn

_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class MemoryToldBook:
    """The `ToldBook` port in memory."""

    turns: dict[tuple[str, str], tuple[Turn, datetime]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, email: str, channel: str, now: datetime, until: datetime) -> Turn | None:
        with self._lock:
            place = (email.lower(), channel)
            turn, not_before = self.turns.get(place, (Turn(*place, {}, None, 0, 0), _EVER))
            if not_before > now:
                return None
            taken = replace(turn, revision=turn.revision + 1)
            self.turns[place] = taken, until
            return taken

    def settle(self, turn: Turn, told: Mapping[str, Told], digest_at: datetime) -> bool:
        return self._give_back(turn, replace(turn, told=dict(told), digest_at=digest_at, failures=0), _EVER)

    def put_off(self, turn: Turn, until: datetime) -> bool:
        return self._give_back(turn, replace(turn, failures=turn.failures + 1), until)

    def _give_back(self, turn: Turn, after: Turn, not_before: datetime) -> bool:
        with self._lock:
            place = (turn.email, turn.channel)
            if self.turns[place][0].revision != turn.revision:
                return False
            self.turns[place] = replace(after, revision=turn.revision + 1), not_before
            return True


@dataclass
class PostOffice:
    """The `Notifier` port: keeps every letter with channel and e-mail; a channel in ``closed`` takes none."""

    channels: Sequence[str] = ("mail",)
    closed: set[str] = field(default_factory=set)
    sent: list[tuple[str, str, Letter]] = field(default_factory=list)

    def send(self, channel: str, email: str, letter: Letter) -> bool:
        if "," in email:
            raise refusal(email, expected="an e-mail that letters can go to", found="another")
        if channel in self.closed:
            return False
        self.sent.append((channel, email, letter))
        return True

    def to(self, email: str) -> list[Letter]:
        """Return the letters that somebody got."""
        return [letter for _, to, letter in self.sent if to == email]

"""Telling: letters, what was told to whom by which channel, and the ports through which both pass. Values, no rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach people.

    Attributes:
        name: by which it is known wherever its address must not appear.
        address: where its letters go, with the secrets in it; ``{email}`` stands for who is told.
    """

    name: str
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is told at once: the title in one line, and the same words as plain text and as HTML."""

    title: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Told:
    """That something was told: how often, on which day last, and whether it was pressing then."""

    times: int
    day: date
    was_pressing: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to tell one person by one channel, and what they were told before.

    Attributes:
        email: whom.
        channel: its name.
        told: by the key of each matter.
        digest_at: which hour of the digest is settled, in UTC; None before the first.
        failures: how often in a row the channel did not take a letter for them.
        revision: of the row, by which a turn that took too long is known.
    """

    email: str
    channel: str
    told: Mapping[str, Told]
    digest_at: datetime | None
    failures: int
    revision: int


class ToldBook(Protocol):
    """Remembers what was told, and gives one teller at a time the turn."""

    def take(self, email: str, channel: str, now: datetime, until: datetime) -> Turn | None:
        """Take the turn to tell somebody by a channel.

        Args:
            email: whom.
            channel: its name.
            now: the moment, in UTC.
            until: from when on somebody else may take it, if it is not given back before.

        Returns:
            None while somebody else has it, and while it is too early to try again.
        """
        ...

    def settle(self, turn: Turn, told: Mapping[str, Told], digest_at: datetime) -> bool:
        """Write down what was told by now and give the turn back; False, and nothing, where it was lost meanwhile."""
        ...

    def put_off(self, turn: Turn, until: datetime) -> bool:
        """Give the turn back untold, to be taken again at a moment; False, and nothing, where it was lost meanwhile."""
        ...


class Notifier(Protocol):
    """Hands letters to channels."""

    @property
    def channels(self) -> Sequence[str]:
        """The names of the channels, in the order of the settings."""
        ...

    def send(self, channel: str, email: str, letter: Letter) -> bool:
        """Hand a letter over.

        Args:
            channel: its name.
            email: whom it is for.
            letter: what is told.

        Returns:
            False when the channel did not take it: to be tried again later.

        Raises:
            AssayError: the e-mail is none that a letter can go to.
        """
        ...

"""The portal: everything that its pages work with, put together by the wiring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from assay.actions.home import Home
from assay.base.accounts import Principal
from assay.base.ports import Clock
from assay.identity.identity import Identity


class Forms(Protocol):
    """Remembers which forms were sent, so that one that is sent again leads where it led and does nothing.

    A form is known by its mark, which may be any text. Who is about to act on one claims it first, so that of two
    copies sent at once, to whichever worker, one is acted on.
    """

    def sent(self, form: str) -> str | None:
        """Return where a form that was sent already led; None for one that was not."""
        ...

    def send(self, form: str, leads_to: str, at: datetime) -> None:
        """Note that a form was sent and where it led; of two who do the first one counts."""
        ...

    def claim(self, form: str, at: datetime, until: datetime) -> str | None:
        """Claim a form, to act on it.

        Args:
            form: its mark.
            at: now; a claim that lasted until then or less is over.
            until: how long the claim lasts, if it is not kept and its holder dies.

        Returns:
            What keeps the claim and gives it up; None while somebody else has it.
        """
        ...

    def keep(self, form: str, claim: str, until: datetime) -> bool:
        """Let a claim last longer; False when it was lost to somebody else."""
        ...

    def give_up(self, form: str, claim: str) -> None:
        """End a claim; one that was lost already is nothing."""
        ...

    def forget(self, before: datetime) -> None:
        """Forget the forms that were sent before a moment, and the claims that were over by then."""
        ...


class Looks(Protocol):
    """Remembers what people opened in a session, for their sign-offs to say."""

    def note(self, session: str, project: str, release: str, subject: str, part: str, at: datetime) -> None:
        """Note that somebody opened a part of a subject; a second time is the same."""
        ...

    def of(self, session: str, project: str, release: str) -> Mapping[str, frozenset[str]]:
        """Return what was opened of a release in a session: subject id to parts."""
        ...

    def carry(self, session: str, into: str) -> None:
        """Count what was opened in a session as opened in a new one that goes on in its place."""
        ...

    def forget(self, before: datetime) -> None:
        """Forget what was opened before a moment."""
        ...


class Door(Protocol):
    """The way to one project's home, for whoever comes."""

    @property
    def name(self) -> str:
        """How addresses name the project."""
        ...

    def open(self, principal: Principal | None) -> Home:
        """Open the home for a person, who acts with the key that the portal holds for them; None for nobody.

        Raises:
            AssayError: the project's files have faults.
        """
        ...


@dataclass(frozen=True, slots=True)
class Portal:
    """One portal for many projects.

    Attributes:
        address: under which people reach it, without a slash at the end.
        projects: by name.
        identity: how it knows who is there.
        forms: which forms were sent already.
        looks: what people opened before they signed.
        clock: of the door; a project in rehearsal has its own for what is signed.
    """

    address: str
    projects: Mapping[str, Door]
    identity: Identity
    forms: Forms
    looks: Looks
    clock: Clock

    @property
    def is_https(self) -> bool:
        """Whether people reach it over TLS; cookies are then bound to it."""
        return self.address.startswith("https://")

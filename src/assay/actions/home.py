"""The home: everything that an action of the design side works with, put together by the wiring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from assay.actions.recording import LedgerReader, Loaded, say, say_all
from assay.actions.standings import Standings
from assay.actions.workshop import Workshop
from assay.base.canonical import Digest
from assay.base.errors import Denied, Fault, Place, refusal
from assay.base.ports import (
    BuildLogs,
    Clock,
    Head,
    KeptSamples,
    Ledger,
    LineageEvents,
    Pages,
    Payloads,
    Repository,
    Signer,
    Texts,
)
from assay.base.roles import Action, Holder, Person, may
from assay.bundle.payload import Payload, unpack_payload
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.gates import GateTable
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import Kind, Statement, time_text
from assay.project.model import Project


@dataclass(frozen=True, slots=True)
class Home:
    """What a person at the design side works with.

    Attributes:
        project: the working tree, as it was read.
        files: what it was read from: relative path to content.
        table: the gates.
        reader: reads the ledger with the roster of the working tree.
        workshop: where datasets are built and kept.
        pages: where published pages are kept.
        texts: where comments are kept, which can be erased.
        samples: where failing rows are kept when somebody asks for it, which can be erased.
        build_logs: where what was told of builds is kept.
        variables: what ``${VAR}`` stands for on this machine.
        person: who acts; None when no key was given, which is enough for looking.
        signer: their key.
        keys_here: ids of the keys, of anybody on the roster, that lie beside it on this machine.
        is_rehearsal: whether the clock is set by hand.
        standings: what was worked out of the record, as long as it holds; shared with whoever else acts in this home.
        authentication: how a portal made sure who acts, for its statements to say; empty where a person's own key says
            it.
        lineage: who is told of builds; None for nobody.
        scopes: to which actions whoever acts is held, as a token is, whatever their roles; None for no such limit.
    """

    project: Project
    files: Mapping[str, bytes]
    table: GateTable
    ledger: Ledger
    reader: LedgerReader
    clock: Clock
    payloads: Payloads
    repository: Repository
    workshop: Workshop
    pages: Pages
    texts: Texts
    samples: KeptSamples
    build_logs: BuildLogs
    variables: Mapping[str, str]
    person: Person | None = None
    signer: Signer | None = None
    keys_here: tuple[str, ...] = ()
    is_rehearsal: bool = False
    standings: Standings = field(default_factory=Standings, compare=False)
    authentication: Mapping[str, str] = field(default_factory=dict)
    scopes: frozenset[Action] | None = None
    lineage: LineageEvents | None = None

    def load(self) -> Loaded:
        """Read the ledger with the project's roster."""
        return self.reader.load()

    def authorised(self, action: Action) -> Person:
        """Return who acts, if they may.

        Raises:
            AssayError: nobody acts, somebody whose key was revoked, somebody without a role that permits the action, or
                with a token that was not made for it.
        """
        if self.person is None or self.signer is None:
            hint = "Name it with --key FILE or in ASSAY_KEY; make one with: assay key new"
            raise Denied(Fault(Place("identity"), "a key, to know who is acting", "none", hint))
        self._check_key(self.person, self.signer)
        if not may(self.person, action):
            roles = ", ".join(sorted(self.person.roles)) or "no role"
            able = (
                ", ".join(person.email for person in self.project.roster.people if may(person, action)) or "nobody yet"
            )
            found = f"{self.person.email}: {roles}"
            raise Denied(Fault(Place(str(action)), "somebody whose role permits it", found, f"Can: {able}."))
        if self.scopes is not None and action not in self.scopes:
            hint = "Make a token for it on the account page of the portal."
            raise Denied(Fault(Place(str(action)), "a token made for this", "one made for something else", hint))
        return self.person

    def _check_key(self, person: Person, signer: Signer) -> None:
        """Refuse a key that is not good now: what it signed would count nowhere, and never hold."""
        found = self.project.roster.find(signer.key_id)
        ended = found[1].ended_by(self.now()) if found else None
        if ended is not None:
            raise refusal(
                f"key {signer.key_id[:12]} of {person.email}",
                expected="a key that is good",
                found=f"one that {ended[0]} {time_text(ended[1])}",
                hint="Make another with: assay key new, and put its public half into your entry in people.yaml.",
            )

    @property
    def holder(self) -> Holder:
        """Who holds the key of the person who acts, as the roster says."""
        found = self.project.roster.find(self.signer.key_id) if self.signer else None
        return found[1].holder if found else Holder.PERSON

    def holder_for(self, person: Person) -> Holder | None:
        """Return who holds the key that a person would sign with here; None for anybody but who acts."""
        is_own = self.person is not None and person.email == self.person.email  # roles may be withheld from who acts
        return self.holder if is_own else None

    def statement(self, kind: Kind, **fields: Any) -> Statement:
        """Start a statement by the person who acts, as of now; ``subjects`` is among the fields."""
        assert self.person is not None
        return Statement(
            kind=kind, signer=self.person.email, holder=self.holder, at=self.now(), project=self.project.name,
            authenticated=self.authentication, **fields,
        )  # fmt: skip

    def say(self, statement: Statement, after: Head | None = None) -> Signed:
        """Sign a statement and record it; ``after`` as in `recording.say_all`."""
        assert self.signer is not None
        return say(self.ledger, self.signer, statement, after)

    def say_all(self, statements: tuple[Statement, ...]) -> tuple[Signed, ...]:
        """Sign statements and record them, all or nothing."""
        assert self.signer is not None
        return say_all(self.ledger, self.signer, statements)

    def now(self) -> datetime:
        """Return the present moment."""
        return self.clock.now()

    def payload(self, digest: Digest) -> Payload:
        """Return a frozen payload.

        Raises:
            AssayError: it is not in this home, or not what its digest says.
        """
        content = self.payloads.get(digest)
        if content is None:
            raise refusal(
                f"payload {digest[7:19]}",
                expected="the frozen payload in this home",
                found="none",
                hint="It was frozen elsewhere: import the bundle or the export that holds it.",
            )
        payload = unpack_payload(content, f"payload {digest[7:19]}")
        if payload.digest != digest:
            raise refusal(f"payload {digest[7:19]}", expected="its own digest", found=payload.digest)
        return payload


def release_named(record: Record, release_id: str) -> Release:
    """Find a release.

    Raises:
        AssayError: there is none of that name; the hint names the newest that there are.
    """
    release = record.releases.get(release_id)
    if release is None:
        newest = tuple(record.releases)[-_NAMED:]
        earlier = f"{len(record.releases) - _NAMED:,} earlier ones, " if len(record.releases) > _NAMED else ""
        known = f"{earlier}{', '.join(newest)}" if newest else "none yet: assay release new PRODUCT"
        raise refusal(release_id, expected="a release of this project", found="none", hint=f"Releases: {known}.")
    return release


_NAMED = 20
"""So many are named to whoever asked for one that there is not."""


def open_release_named(record: Record, release_id: str) -> Release:
    """Find a release that is neither released nor cancelled."""
    release = release_named(record, release_id)
    if release.cancelled is not None:
        raise refusal(release_id, expected="an open release", found=f"a cancelled one ({release.cancelled})")
    if release.released is not None:
        raise refusal(
            release_id,
            expected="an open release",
            found=f"version {release.version}, released",
            hint="Open a new release for what comes next.",
        )
    return release

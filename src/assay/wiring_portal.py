"""The wiring of the portal: the one place where its pages' world is put together."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Lock
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Engine

from assay.actions.compiling import is_watched
from assay.actions.home import Home
from assay.actions.recording import LedgerReader
from assay.actions.telling import Letters, Teller
from assay.base.accounts import Principal
from assay.base.errors import Place, refusal
from assay.base.ports import Proven
from assay.base.telling import Channel
from assay.connectors.clocks import SystemClock
from assay.connectors.passwords import Argon2Passwords
from assay.connectors.vault import SealingVault, make_master_key, open_vault
from assay.identity.identity import Federation, Identity, Lifetimes
from assay.identity.portal import Portal
from assay.identity.provider_settings import ARRIVING_AT
from assay.identity.settings import (
    PortalSettings,
    new_portal_settings,
    read_portal_settings,
    write_portal_settings,
)
from assay.lifecycle.recency import authentication
from assay.project.binding import bind
from assay.project.layout import is_project_file
from assay.stores.accounts import DatabaseAccounts, DatabaseAttemptCounts
from assay.stores.denials import DatabaseDenials
from assay.stores.federation import DatabaseAskings, DatabaseStandings
from assay.stores.forms import DatabaseForms
from assay.stores.looks import DatabaseLooks
from assay.stores.portal_tables import open_portal_database
from assay.stores.proven import ProvenFile
from assay.stores.sealed_keys import DatabaseSealedKeys
from assay.stores.sessions import DatabaseSessions, DatabaseTokens
from assay.stores.told import DatabaseToldBook
from assay.stores.worktree import file_marks, find_project
from assay.wiring import open_home

SETTINGS = "portal.yaml"
_MASTER = "master.key"
_PROVEN = "proven"
_LOOK_SECONDS = 1.0
"""How old the project's files may be that a page is drawn from, where looking at them is quick."""

_REST = 20
"""So many times as long as a look took, nobody looks again: the files of a thousand products take half a second."""

_LONGEST_REST_SECONDS = 15.0
"""However long a look took: who was struck off the roster a moment ago is in for twice as long at most."""


class ProjectDoor:
    """The `Door` to a project on this machine: opened once, and again when one of its files changes."""

    def __init__(self, name: str, root: Path, vault: SealingVault, proven: Proven) -> None:
        self.name = name
        self._root = root
        self._vault = vault
        self._proven = proven
        self._lock = Lock()
        self._looked_at = -_LOOK_SECONDS
        self._took_seconds = 0.0
        self._marks: Mapping[str, tuple[int, ...]] = {}
        self._home: Home | None = None

    def open(self, principal: Principal | None) -> Home:
        """Open the home for a person, who acts with the key that the portal holds for them."""
        home = self._present()
        person = home.project.roster.person(principal.email) if principal else None
        if principal is None or person is None:
            return home
        signer = self._vault.find_signer(principal.email)
        listed = signer is not None and any(key.id == signer.key_id for key in person.keys)
        authenticated = authentication(principal.method, principal.authenticated_at, principal.age)
        return replace(
            home, person=principal.acting(person), signer=signer if listed else None, authentication=authenticated,
            scopes=principal.scopes,
        )  # fmt: skip

    def _present(self) -> Home:
        """Return the home as the files are now, for nobody; the ledger's reader goes on while the roster stays.

        While somebody looks at the files the others get what was found last, unless nobody has looked for long.
        """
        home, age = self._home, time.monotonic() - self._looked_at
        due = min(max(_LOOK_SECONDS, _REST * self._took_seconds), _LONGEST_REST_SECONDS)
        if home is not None and age < due:
            return home
        if not self._lock.acquire(blocking=home is None or age >= 2 * due):
            assert home is not None
            return home
        try:
            return self._looked(due)
        finally:
            self._lock.release()

    def _looked(self, due: float) -> Home:
        start = time.monotonic()
        if self._home is not None and start - self._looked_at < due:
            return self._home  # somebody else has looked while this one waited
        marks = file_marks(self._root, is_watched(self._home.files) if self._home else is_project_file)
        self._took_seconds = time.monotonic() - start
        if self._home is None or marks != self._marks:
            self._home = self._opened(self._home)
            self._marks = marks
        self._looked_at = time.monotonic()
        return self._home

    def _opened(self, before: Home | None) -> Home:
        home = replace(open_home(self._root), person=None, signer=None)
        if home.project.name != self.name:
            place, hint = (
                f"projects.{self.name} in {SETTINGS}",
                "A project's addresses hold the name in its assay.yaml.",
            )
            raise refusal(place, expected=home.project.name, found=self.name, hint=hint)
        roster = home.project.roster
        if before is not None and home.files == before.files:
            return before
        if before is None:
            return replace(home, reader=LedgerReader(home.ledger, roster, self._proven))
        reader = before.reader if before.project.roster == roster else before.reader.with_roster(roster)
        return replace(home, ledger=before.ledger, reader=reader)


def init_portal(home: Path, address: str, projects: Mapping[str, Path]) -> None:
    """Make a portal's home: its settings and its master key, which its owner alone can read.

    Raises:
        AssayError: there is a portal already, one of the folders holds no project, or nobody could reach the address;
            then nothing is made.
    """
    found = {name: find_project(folder.resolve()) for name, folder in projects.items()}
    if (home / SETTINGS).exists():
        hint = "Name another with --home."
        raise refusal(str(home), expected="a folder without a portal", found="a portal", hint=hint)
    settings = new_portal_settings(address, {name: str(root) for name, root in found.items()})
    home.mkdir(parents=True, exist_ok=True)
    make_master_key(home / _MASTER)
    write_portal_settings(home / SETTINGS, settings)


def open_portal(home: Path) -> Portal:
    """Open a portal's home.

    Raises:
        AssayError: there is no portal, its settings have faults or name a variable that has no value, or its master
            key is missing or open to others.
    """
    home = home.resolve()
    settings = read_portal_settings(home / SETTINGS)
    database = _database(settings, home)
    vault = open_vault(home / _MASTER, DatabaseSealedKeys(database))
    identity = Identity(
        accounts=DatabaseAccounts(database),
        attempts=DatabaseAttemptCounts(database),
        sessions=DatabaseSessions(database),
        tokens=DatabaseTokens(database),
        denials=DatabaseDenials(database),
        passwords=Argon2Passwords(),
        vault=vault,
        lifetimes=Lifetimes(timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.absolute_hours)),
        federation=_federation(settings, database, vault),
    )
    key = vault.key_for("proven")
    doors = {
        name: ProjectDoor(name, Path(root), vault, ProvenFile(home / _PROVEN / f"{name}.proven", key))
        for name, root in settings.projects.items()
    }
    return Portal(settings.address, doors, identity, DatabaseForms(database), DatabaseLooks(database), SystemClock())


def _database(settings: PortalSettings, home: Path) -> Engine:
    """Open the portal's own database: the one that the settings name, else a file beside them.

    Raises:
        AssayError: it cannot be opened, or the settings name a variable that has no value.
    """
    known = {name: value for name, value in os.environ.items() if value}
    if "://" in settings.database:  # what stands for a part of an address has no place to look like another part
        known = {name: quote(value, safe="") for name, value in known.items()}
    named = bind(settings.database, known, Place(f"database in {SETTINGS}"))
    return open_portal_database(named or f"sqlite:///{home / 'portal.db'}")


def _federation(settings: PortalSettings, database: Engine, vault: SealingVault) -> Federation | None:
    """Put together the provider that the settings name; None when they name none."""
    oidc = settings.oidc
    if oidc is None:
        return None
    from assay.connectors.oidc import OidcProvider, OidcSettings  # half a second, only where there is a provider

    known = {name: value for name, value in os.environ.items() if value}  # an empty secret is as good as none
    secret = bind(oidc.client_secret, known, Place(f"oidc.client_secret in {SETTINGS}"))
    provider = OidcProvider(
        OidcSettings(
            oidc.issuer, oidc.client_id, secret, settings.address + ARRIVING_AT, tuple(oidc.scopes), oidc.groups_claim,
            settings.absolute_hours * 60 * 60,
        )
    )  # fmt: skip
    return Federation(
        provider, DatabaseAskings(database), DatabaseStandings(database), vault, oidc.roles_by_group, oidc.label
    )


def open_teller(home: Path, letters: Letters) -> Teller:
    """Open what tells people, by the settings of a portal's home.

    Raises:
        AssayError: the settings name no channel, or one whose address has faults.
    """
    from assay.connectors.notifications import AppriseNotifier  # half a second, only where people are told

    home = home.resolve()
    settings = read_portal_settings(home / SETTINGS)
    if not settings.tell:
        hint = "Name one: a list `tell` of entries with `name` and `url`."
        raise refusal(SETTINGS, expected="a channel by which to tell people", found="none", hint=hint)
    database = _database(settings, home)
    known = {name: value for name, value in os.environ.items() if value}
    channels = [Channel(channel.name, channel.url) for channel in settings.tell]
    digest = settings.digest
    return Teller(
        AppriseNotifier(channels, known), DatabaseToldBook(database), letters, digest.hour, ZoneInfo(digest.zone)
    )

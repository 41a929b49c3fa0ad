"""The wiring of the portal: the one place where its pages' world is put together."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Lock
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Engine

from assay.actions.home import Home
from assay.actions.telling import Letters, Teller
from assay.base.accounts import Principal
from assay.base.errors import Place, refusal
from assay.base.telling import Channel
from assay.connectors.clocks import SystemClock
from assay.connectors.passwords import Argon2Passwords
from assay.connectors.vault import SealingVault, make_master_key, open_vault
from assay.identity.identity import Federation, Identity, Lifetimes
from assay.identity.portal import Portal
from assay.identity.provider_settings import ARRIVING_AT
from assay.identity.settings import PortalSettings, read_portal_settings, write_portal_settings
from assay.lifecycle.statements import time_text
from assay.project.binding import bind
from assay.project.layout import is_project_file
from assay.stores.accounts import DatabaseAccounts, DatabaseAttemptCounts
from assay.stores.delegations import DatabaseDelegations
from assay.stores.denials import DatabaseDenials
from assay.stores.federation import DatabaseAskings, DatabaseStandings
from assay.stores.forms import DatabaseForms
from assay.stores.looks import DatabaseLooks
from assay.stores.portal_tables import open_portal_database
from assay.stores.sealed_keys import DatabaseSealedKeys
from assay.stores.sessions import DatabaseSessions, DatabaseTokens
from assay.stores.told import DatabaseToldBook
from assay.stores.worktree import find_project, read_files
from assay.wiring import open_home

SETTINGS = "portal.yaml"
_MASTER = "master.key"
_LOOK_SECONDS = 1.0
"""How old the project's files may be that a page is drawn from, where looking at them is quick."""

_REST = 20
"""So many times as long as a look took, nobody looks again: the files of a thousand products take half a second."""


class ProjectDoor:
    """The `Door` to a project on this machine: opened once, and again when one of its files changes."""

    def __init__(self, name: str, root: Path, vault: SealingVault) -> None:
        self.name = name
        self._root = root
        self._vault = vault
        self._lock = Lock()
        self._looked_at = -_LOOK_SECONDS
        self._took_seconds = 0.0
        self._home: Home | None = None

    def open(self, principal: Principal | None) -> Home:
        """Open the home for a person, who acts with the key that the portal holds for them."""
        home = self._present()
        person = home.project.roster.person(principal.email) if principal else None
        if principal is None or person is None:
            return home
        public = self._vault.public(principal.email)
        signer = self._vault.signer(principal.email) if public else None
        listed = signer is not None and any(key.id == signer.key_id for key in person.keys)
        authenticated = {"method": str(principal.method), "at": time_text(principal.authenticated_at)}
        return replace(
            home, person=principal.acting(person), signer=signer if listed else None, authentication=authenticated,
            scopes=principal.scopes,
        )  # fmt: skip

    def _present(self) -> Home:
        """Return the home as the files are now, for nobody; the ledger's reader goes on while the roster stays."""
        with self._lock:
            now = time.monotonic()
            if self._home is not None and now - self._looked_at < max(_LOOK_SECONDS, _REST * self._took_seconds):
                return self._home
            files = read_files(self._root, is_project_file)
            self._took_seconds = time.monotonic() - now
            if self._home is None or files != self._home.files:
                self._home = self._opened(self._home)
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
        if before is not None and before.project.roster == home.project.roster:
            home = replace(home, ledger=before.ledger, reader=before.reader)
        return home


def init_portal(home: Path, address: str, projects: Mapping[str, Path]) -> None:
    """Make a portal's home: its settings and its master key, which its owner alone can read.

    Raises:
        AssayError: there is a portal already, or one of the folders holds no project; then nothing is made.
    """
    found = {name: find_project(folder.resolve()) for name, folder in projects.items()}
    if (home / SETTINGS).exists():
        hint = "Name another with --home."
        raise refusal(str(home), expected="a folder without a portal", found="a portal", hint=hint)
    home.mkdir(parents=True, exist_ok=True)
    make_master_key(home / _MASTER)
    settings = PortalSettings(address=address, projects={name: str(root) for name, root in found.items()})
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
        delegations=DatabaseDelegations(database),
        passwords=Argon2Passwords(),
        vault=vault,
        lifetimes=Lifetimes(timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.absolute_hours)),
        federation=_federation(settings, database, vault),
    )
    doors = {name: ProjectDoor(name, Path(root), vault) for name, root in settings.projects.items()}
    return Portal(settings.address, doors, identity, DatabaseForms(database), DatabaseLooks(database), SystemClock())


def _database(settings: PortalSettings, home: Path) -> Engine:
    """Open the portal's own database: the one that the settings name, else a file beside them."""
    return open_portal_database(settings.database or f"sqlite:///{home / 'portal.db'}")


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

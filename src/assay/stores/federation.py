"""What is kept of an OpenID provider, in the portal's database: browsers that are awaited, and how accounts stand."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from assay.base.canonical import canonical_json
from assay.base.federation import Asking, Standing
from assay.base.roles import Role
from assay.lifecycle.statements import parse_time, time_text
from assay.stores.database import writing
from assay.stores.portal_tables import askings_table, standings_table

_KNOWN = frozenset(map(str, Role))


class DatabaseAskings:
    """The `Askings` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._writing = writing(database, lasting=False)

    def add(self, asking: Asking) -> None:
        """Keep what was asked; a power cut may take it."""
        values = {
            "id": asking.id,
            "state": asking.state,
            "nonce": asking.nonce,
            "verifier": asking.verifier,
            "asked_at": time_text(asking.asked_at),
            "following": asking.following,
            "email": asking.email,
        }
        with self._writing.begin() as connection:
            connection.execute(insert(askings_table).values(**values))

    def take(self, asking_id: str) -> Asking | None:
        """Return what was asked and forget it; of two who take it at once one gets it."""
        with self._writing.begin() as connection:
            row = connection.execute(select(askings_table).filter_by(id=asking_id)).first()
            if row is None or connection.execute(delete(askings_table).filter_by(id=asking_id)).rowcount != 1:
                return None
        return Asking(row.id, row.state, row.nonce, row.verifier, parse_time(row.asked_at), row.following, row.email)

    def forget(self, before: datetime) -> None:
        """Forget what was asked before a moment."""
        with self._writing.begin() as connection:
            connection.execute(delete(askings_table).where(askings_table.c.asked_at < time_text(before)))


class DatabaseStandings:
    """The `Standings` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def get(self, email: str) -> Standing | None:
        """Return how an account stands; None when the provider never vouched for it."""
        with self._database.connect() as connection:
            row = connection.execute(select(standings_table).filter_by(email=email)).first()
        if row is None:
            return None
        return Standing(
            email=row.email,
            subject=row.subject,
            roles=frozenset(Role(role) for role in json.loads(row.roles) if role in _KNOWN),
            checked_at=parse_time(row.checked_at),
            tried_at=parse_time(row.tried_at),
            refresh=row.refresh,
            is_over=row.is_over,
        )

    def put(self, standing: Standing) -> None:
        """Keep how an account stands now, in place of how it stood."""
        values = {
            "email": standing.email,
            "subject": standing.subject,
            "roles": canonical_json(sorted(standing.roles)).decode(),
            "checked_at": time_text(standing.checked_at),
            "tried_at": time_text(standing.tried_at),
            "refresh": standing.refresh,
            "is_over": standing.is_over,
        }
        change = update(standings_table).filter_by(email=standing.email).values(**values)
        try:
            with writing(self._database).begin() as connection:
                if connection.execute(change).rowcount == 0:
                    connection.execute(insert(standings_table).values(**values))
        except IntegrityError:  # somebody kept the first one at the same moment; this one comes after it
            with writing(self._database).begin() as connection:
                connection.execute(change)

    def claim(self, standing: Standing, at: datetime) -> bool:
        """Take it upon oneself to look again; False when somebody else did since this standing was read."""
        seen = {"email": standing.email, "tried_at": time_text(standing.tried_at)}
        with writing(self._database, lasting=False).begin() as connection:
            change = update(standings_table).filter_by(**seen).values(tried_at=time_text(at))
            return connection.execute(change).rowcount == 1

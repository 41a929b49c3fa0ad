"""What people opened before they signed, in the portal's database; it is gone with the session's day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from assay.stores.database import writing
from assay.stores.portal_tables import looks_table


class DatabaseLooks:
    """The `Looks` port on the portal's database."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def note(self, session: str, project: str, release: str, subject: str, part: str, at: datetime) -> None:
        """Note that somebody opened a part; a second time is the same."""
        row = {"session": session, "project": project, "release": release, "subject": subject, "part": part}
        try:
            with writing(self._database, lasting=False).begin() as connection:
                connection.execute(insert(looks_table).values(**row, at=f"{at:%Y-%m-%dT%H:%M:%SZ}"))
        except IntegrityError:
            return

    def of(self, session: str, project: str, release: str) -> Mapping[str, frozenset[str]]:
        """Return what was opened in a session, by subject."""
        columns = looks_table.c
        query = select(columns.subject, columns.part).filter_by(session=session, project=project, release=release)
        found: dict[str, set[str]] = {}
        with self._database.connect() as connection:
            for subject, part in connection.execute(query):
                found.setdefault(subject, set()).add(part)
        return {subject: frozenset(parts) for subject, parts in found.items()}

    def carry(self, session: str, into: str) -> None:
        """Count what was opened in a session as opened in a new one that goes on in its place.

        The old one keeps it as well: of two clicks at once, both lead to a session that knows.
        """
        columns = [column for column in looks_table.columns if column.name != "session"]
        opened = select(literal(into), *columns).where(looks_table.c.session == session)
        with writing(self._database).begin() as connection:
            connection.execute(insert(looks_table).from_select(["session", *(c.name for c in columns)], opened))

    def forget(self, before: datetime) -> None:
        """Forget what was opened before a moment."""
        with writing(self._database).begin() as connection:
            connection.execute(delete(looks_table).where(looks_table.c.at < f"{before:%Y-%m-%dT%H:%M:%SZ}"))

"""What was denied at the portal, in its database: added to, never changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.engine import Engine

from assay.base.accounts import Denial, Why
from assay.lifecycle.statements import parse_time, time_text
from assay.stores.database import writing
from assay.stores.portal_tables import denials_table


class DatabaseDenials:
    """The `Denials` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def note(self, denial: Denial) -> None:
        """Add a denial."""
        values = {
            "at": time_text(denial.at),
            "email": denial.email,
            "what": denial.what,
            "why": str(denial.why),
            "address": denial.address,
        }
        with writing(self._database).begin() as connection:
            connection.execute(insert(denials_table).values(**values))

    def newest(self, limit: int) -> Sequence[Denial]:
        """Return so many denials, the newest first."""
        query = select(denials_table).order_by(denials_table.c.seq.desc()).limit(limit)
        with self._database.connect() as connection:
            rows = connection.execute(query).all()
        return [Denial(parse_time(row.at), row.email, row.what, Why(row.why), row.address) for row in rows]

"""Which forms were sent already, in the portal's database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from assay.stores.database import writing
from assay.stores.portal_tables import forms_table


class DatabaseForms:
    """The `Forms` port on the portal's database."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def sent(self, form: str) -> str | None:
        """Return where a form that was sent already led."""
        with self._database.connect() as connection:
            return connection.scalar(select(forms_table.c.leads_to).filter_by(id=form))

    def send(self, form: str, leads_to: str, at: datetime) -> None:
        """Note that a form was sent; of two who send it at once the first one counts."""
        try:
            with writing(self._database).begin() as connection:
                connection.execute(
                    insert(forms_table).values(id=form, leads_to=leads_to, at=f"{at:%Y-%m-%dT%H:%M:%SZ}")
                )
        except IntegrityError:
            return

    def forget(self, before: datetime) -> None:
        """Forget the forms that were sent before a moment."""
        with writing(self._database).begin() as connection:
            connection.execute(delete(forms_table).where(forms_table.c.at < f"{before:%Y-%m-%dT%H:%M:%SZ}"))

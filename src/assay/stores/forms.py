"""Which forms were sent already, and which are being acted on, in the portal's database."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from assay.lifecycle.statements import time_text
from assay.stores.database import writing
from assay.stores.portal_tables import claims_table, forms_table


class DatabaseForms:
    """The `Forms` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._writing = writing(database, lasting=False)

    def sent(self, form: str) -> str | None:
        """Return where a form that was sent already led."""
        with self._database.connect() as connection:
            return connection.scalar(select(forms_table.c.leads_to).filter_by(id=_id(form)))

    def send(self, form: str, leads_to: str, at: datetime) -> None:
        """Note that a form was sent; of two who send it at once the first one counts."""
        row = {"id": _id(form), "leads_to": leads_to, "at": time_text(at)}
        try:
            with writing(self._database).begin() as connection:
                connection.execute(insert(forms_table).values(**row))
        except IntegrityError:
            return

    def claim(self, form: str, at: datetime, until: datetime) -> str | None:
        """Claim a form; a power cut may take the claim, and whoever held it."""
        mark, row = secrets.token_hex(16), {"id": _id(form)}
        with self._database.connect() as connection:
            held = connection.execute(select(claims_table).filter_by(**row)).first()
        if held is not None:
            is_over = held.until <= time_text(at)
            return mark if is_over and self._moved(form, held.mark, mark, until) else None
        try:
            with self._writing.begin() as connection:
                connection.execute(insert(claims_table).values(**row, mark=mark, until=time_text(until)))
        except IntegrityError:
            return None
        return mark

    def keep(self, form: str, claim: str, until: datetime) -> bool:
        """Let a claim last longer."""
        return self._moved(form, claim, claim, until)

    def give_up(self, form: str, claim: str) -> None:
        """End a claim."""
        with self._writing.begin() as connection:
            connection.execute(delete(claims_table).filter_by(id=_id(form), mark=claim))

    def forget(self, before: datetime) -> None:
        """Forget the forms that were sent before a moment, and the claims that were over by then."""
        first = time_text(before)
        with writing(self._database).begin() as connection:
            connection.execute(delete(forms_table).where(forms_table.c.at < first))
            connection.execute(delete(claims_table).where(claims_table.c.until < first))

    def _moved(self, form: str, held: str, mark: str, until: datetime) -> bool:
        """Give a claim another mark, or a longer life, where nobody else did meanwhile."""
        change = update(claims_table).filter_by(id=_id(form), mark=held).values(mark=mark, until=time_text(until))
        with self._writing.begin() as connection:
            return connection.execute(change).rowcount == 1


def _id(form: str) -> str:
    """Return the key of a form: its mark comes from whoever sends it, and may be any text of any length."""
    return hashlib.sha256(form.encode("utf-8", "surrogatepass")).hexdigest()

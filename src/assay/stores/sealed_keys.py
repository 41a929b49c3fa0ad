"""People's keys in the portal's database, as the vault sealed them: without its master key they open nothing."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from assay.base.accounts import SealedKey
from assay.stores.database import writing
from assay.stores.portal_tables import keys_table


class DatabaseSealedKeys:
    """The `SealedKeys` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def get(self, email: str) -> SealedKey | None:
        """Return somebody's key; None when they have none."""
        with self._database.connect() as connection:
            row = connection.execute(select(keys_table).filter_by(email=email)).first()
        return None if row is None else SealedKey(row.email, row.public, row.nonce, row.sealed)

    def add(self, key: SealedKey) -> bool:
        """Keep a key; False, and nothing, when its person has one already."""
        values = {"email": key.email, "public": key.public, "nonce": key.nonce, "sealed": key.sealed}
        try:
            with writing(self._database).begin() as connection:
                connection.execute(insert(keys_table).values(**values))
        except IntegrityError:
            return False
        return True

"""Accounts, and what was tried with them, in the portal's database: moved by whoever saw a row's newest revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, delete, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from assay.base.accounts import Account, Attempts
from assay.lifecycle.statements import parse_time, time_text
from assay.stores.database import writing
from assay.stores.portal_tables import accounts_table, attempts_table


class DatabaseAccounts:
    """The `Accounts` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def get(self, name: str) -> Account | None:
        """Return an account; None when there is none of that name."""
        with self._database.connect() as connection:
            row = connection.execute(select(accounts_table).filter_by(email=name)).first()
        return None if row is None else _account(row)

    def put(self, account: Account) -> Account | None:
        """Replace the row whose revision is the account's, or make it where that is 0; None when it has another one."""
        stored = replace(account, revision=account.revision + 1)
        values = {
            "email": stored.email,
            "made_at": time_text(stored.made_at),
            "password": stored.password,
            "must_change": stored.must_change,
            "is_disabled": stored.is_disabled,
            "epoch": stored.epoch,
            "revision": stored.revision,
        }
        return stored if _moved(writing(self._database), accounts_table, "email", values) else None

    def all(self) -> Sequence[Account]:
        """Return every account, ordered by name."""
        with self._database.connect() as connection:
            rows = connection.execute(select(accounts_table)).all()
        return sorted(map(_account, rows), key=lambda account: account.email)


class DatabaseAttemptCounts:
    """The `AttemptCounts` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._writing = writing(database, lasting=False)

    def get(self, key: str) -> Attempts | None:
        """Return what was tried; None where nothing was since the last right password."""
        with self._database.connect() as connection:
            row = connection.execute(select(attempts_table).filter_by(key=key)).first()
        return None if row is None else Attempts(row.key, row.failures, parse_time(row.last_at), row.revision)

    def put(self, attempts: Attempts) -> bool:
        """Replace the row whose revision is the given one, by the next; False when it has another."""
        values = {
            "key": attempts.key,
            "failures": attempts.failures,
            "last_at": time_text(attempts.last_at),
            "revision": attempts.revision + 1,
        }
        return _moved(self._writing, attempts_table, "key", values)

    def clear(self, key: str) -> None:
        """Forget what was tried with an e-mail."""
        with self._writing.begin() as connection:
            connection.execute(delete(attempts_table).filter_by(key=key))

    def forget(self, before: datetime) -> None:
        """Forget what was tried last before a moment."""
        with self._writing.begin() as connection:
            connection.execute(delete(attempts_table).where(attempts_table.c.last_at < time_text(before)))


def _moved(database: Engine, table: Table, key: str, values: Mapping[str, Any]) -> bool:
    """Write a row in place of the one whose revision is the one before; say whether there was such a one."""
    seen = values["revision"] - 1
    try:
        with database.begin() as connection:
            if seen == 0:
                connection.execute(insert(table).values(**values))
                return True
            change = update(table).where(table.c[key] == values[key], table.c.revision == seen).values(**values)
            return connection.execute(change).rowcount == 1
    except IntegrityError:
        return False


def _account(row: Row[Any]) -> Account:
    return Account(
        email=row.email,
        made_at=parse_time(row.made_at),
        password=row.password,
        must_change=row.must_change,
        is_disabled=row.is_disabled,
        epoch=row.epoch,
        revision=row.revision,
    )

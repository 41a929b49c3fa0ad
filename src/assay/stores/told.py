"""What was told to whom, in the portal's database: a row for each person and channel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from assay.base.canonical import JsonValue, canonical_json
from assay.base.telling import Told, Turn
from assay.lifecycle.statements import parse_time, time_text
from assay.stores.database import writing
from assay.stores.portal_tables import told_table


class DatabaseToldBook:
    """The `ToldBook` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def take(self, email: str, channel: str, now: datetime, until: datetime) -> Turn | None:
        """Take the turn; of two who take it at once one gets it."""
        place = {"email": email.lower(), "channel": channel}
        self._make(place)
        taken = (
            update(told_table)
            .filter_by(**place)
            .where(told_table.c.not_before <= time_text(now))
            .values(not_before=time_text(until), revision=told_table.c.revision + 1)
        )
        with writing(self._database, lasting=False).begin() as connection:
            if connection.execute(taken).rowcount != 1:
                return None
            row = connection.execute(select(told_table).filter_by(**place)).one()
        digest_at = parse_time(row.digest_at) if row.digest_at else None
        return Turn(row.email, row.channel, _read(row.told), digest_at, row.failures, row.revision)

    def settle(self, turn: Turn, told: Mapping[str, Told], digest_at: datetime) -> bool:
        """Write down what was told and give the turn back; it outlives a power cut."""
        return self._give_back(turn, told=_write(told), digest_at=time_text(digest_at), failures=0, not_before="")

    def put_off(self, turn: Turn, until: datetime) -> bool:
        """Give the turn back untold."""
        return self._give_back(turn, failures=turn.failures + 1, not_before=time_text(until))

    def _make(self, place: Mapping[str, str]) -> None:
        """Make the row of somebody who was never told anything; somebody else may be at it too."""
        with self._database.connect() as connection:
            if connection.execute(select(told_table.c.revision).filter_by(**place)).first() is not None:
                return
        row = {**place, "told": "{}", "digest_at": "", "failures": 0, "not_before": "", "revision": 0}
        try:
            with writing(self._database, lasting=False).begin() as connection:
                connection.execute(insert(told_table).values(**row))
        except IntegrityError:
            return

    def _give_back(self, turn: Turn, **values: str | int) -> bool:
        mine = {"email": turn.email, "channel": turn.channel, "revision": turn.revision}
        change = update(told_table).filter_by(**mine).values(**values, revision=turn.revision + 1)
        with writing(self._database).begin() as connection:
            return connection.execute(change).rowcount == 1


def _write(told: Mapping[str, Told]) -> str:
    rows: dict[str, JsonValue] = {k: [past.times, past.day.isoformat(), past.was_pressing] for k, past in told.items()}
    return canonical_json(rows).decode()


def _read(text: str) -> dict[str, Told]:
    return {key: Told(times, date.fromisoformat(day), was) for key, (times, day, was) in json.loads(text).items()}

"""Sessions and API tokens in the portal's database: by the hash of what opens them, never by that itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.engine import Engine

from assay.base.accounts import Method, Session, Token
from assay.base.canonical import canonical_json
from assay.base.roles import Action
from assay.lifecycle.statements import parse_time, time_text
from assay.stores.database import writing
from assay.stores.portal_tables import sessions_table, tokens_table

_KNOWN = frozenset(map(str, Action))


class DatabaseSessions:
    """The `Sessions` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def add(self, session: Session) -> None:
        """Keep a new session."""
        values = {
            "id": session.id,
            "email": session.email,
            "epoch": session.epoch,
            "method": str(session.method),
            "authenticated_at": time_text(session.authenticated_at),
            "seen_at": time_text(session.seen_at),
            "address": session.address,
        }
        with writing(self._database).begin() as connection:
            connection.execute(insert(sessions_table).values(**values))

    def get(self, session_id: str) -> Session | None:
        """Return a session; None when there is none, or none any more."""
        with self._database.connect() as connection:
            row = connection.execute(select(sessions_table).filter_by(id=session_id)).first()
        return None if row is None else _session(row)

    def seen(self, session_id: str, at: datetime) -> None:
        """Note that a session was used; a power cut may take the note."""
        with writing(self._database, lasting=False).begin() as connection:
            connection.execute(update(sessions_table).filter_by(id=session_id).values(seen_at=time_text(at)))

    def of(self, email: str) -> Sequence[Session]:
        """Return the sessions of an account, the newest first."""
        columns = sessions_table.c
        query = select(sessions_table).filter_by(email=email).order_by(columns.authenticated_at.desc(), columns.id)
        with self._database.connect() as connection:
            return [_session(row) for row in connection.execute(query)]

    def end(self, session_id: str) -> None:
        """End a session; ending one that has ended is nothing."""
        with writing(self._database).begin() as connection:
            connection.execute(delete(sessions_table).filter_by(id=session_id))

    def end_all(self, email: str) -> None:
        """End every session of an account."""
        with writing(self._database).begin() as connection:
            connection.execute(delete(sessions_table).filter_by(email=email))

    def forget(self, *, authenticated_before: datetime, seen_before: datetime) -> None:
        """End the sessions that began before one moment, or were last used before the other."""
        columns = sessions_table.c
        is_old = or_(
            columns.authenticated_at < time_text(authenticated_before), columns.seen_at < time_text(seen_before)
        )
        with writing(self._database).begin() as connection:
            connection.execute(delete(sessions_table).where(is_old))


class DatabaseTokens:
    """The `Tokens` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def add(self, token: Token) -> None:
        """Keep a new token."""
        values = {
            "id": token.id,
            "digest": token.digest,
            "email": token.email,
            "name": token.name,
            "scopes": canonical_json(sorted(token.scopes)).decode(),
            "made_at": time_text(token.made_at),
            "expires_at": time_text(token.expires_at),
            "last_used_at": time_text(token.last_used_at) if token.last_used_at else None,
        }
        with writing(self._database).begin() as connection:
            connection.execute(insert(tokens_table).values(**values))

    def find(self, digest: str) -> Token | None:
        """Return the token with this hash; None when there is none, or it was revoked."""
        with self._database.connect() as connection:
            row = connection.execute(select(tokens_table).filter_by(digest=digest)).first()
        return None if row is None else _token(row)

    def of(self, email: str) -> Sequence[Token]:
        """Return the tokens of an account, the newest first."""
        columns = tokens_table.c
        query = select(tokens_table).filter_by(email=email).order_by(columns.made_at.desc(), columns.id)
        with self._database.connect() as connection:
            return [_token(row) for row in connection.execute(query)]

    def used(self, token_id: str, at: datetime) -> None:
        """Note that a token was used; a power cut may take the note."""
        with writing(self._database, lasting=False).begin() as connection:
            connection.execute(update(tokens_table).filter_by(id=token_id).values(last_used_at=time_text(at)))

    def revoke(self, token_id: str) -> None:
        """Revoke a token; revoking one that is not there is nothing."""
        with writing(self._database).begin() as connection:
            connection.execute(delete(tokens_table).filter_by(id=token_id))

    def revoke_all(self, email: str) -> None:
        """Revoke every token of an account."""
        with writing(self._database).begin() as connection:
            connection.execute(delete(tokens_table).filter_by(email=email))


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        email=row.email,
        epoch=row.epoch,
        method=Method(row.method),
        authenticated_at=parse_time(row.authenticated_at),
        seen_at=parse_time(row.seen_at),
        address=row.address,
    )


def _token(row: Row[Any]) -> Token:
    """Read a row; a scope that this Assay does not know any more permits nothing."""
    return Token(
        id=row.id,
        digest=row.digest,
        email=row.email,
        name=row.name,
        scopes=frozenset(Action(scope) for scope in json.loads(row.scopes) if scope in _KNOWN),
        made_at=parse_time(row.made_at),
        expires_at=parse_time(row.expires_at),
        last_used_at=parse_time(row.last_used_at) if row.last_used_at else None,
    )

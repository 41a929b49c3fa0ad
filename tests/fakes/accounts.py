"""What the portal keeps of identity, in memory: for tests of what stands on the ports of identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from assay.base.accounts import Account, Attempts, Denial, SealedKey, Session, Token


class MemoryAccounts:
    """The `Accounts` port on a dict."""

    def __init__(self) -> None:
        self._rows: dict[str, Account] = {}

    def get(self, name: str) -> Account | None:
        return self._rows.get(name)

    def put(self, account: Account) -> Account | None:
        present = self._rows.get(account.email)
        if account.revision != (present.revision if present else 0):
            return None
        self._rows[account.email] = replace(account, revision=account.revision + 1)
        return self._rows[account.email]

    def all(self) -> Sequence[Account]:
        return [self._rows[name] for name in sorted(self._rows)]


class MemoryAttemptCounts:
    """The `AttemptCounts` port on a dict."""

    def __init__(self) -> None:
        self._rows: dict[str, Attempts] = {}

    def get(self, key: str) -> Attempts | None:
        return self._rows.get(key)

    def put(self, attempts: Attempts) -> bool:
        present = self._rows.get(attempts.key)
        if attempts.revision != (present.revision if present else 0):
            return False
        self._rows[attempts.key] = replace(attempts, revision=attempts.revision + 1)
        return True

    def clear(self, key: str) -> None:
        self._rows.pop(key, None)

    def forget(self, before: datetime) -> None:
        self._rows = {key: row for key, row in self._rows.items() if row.last_at >= before}


class MemorySessions:
    """The `Sessions` port on a dict."""

    def __init__(self) -> None:
        self._rows: dict[str, Session] = {}

    def add(self, session: Session) -> None:
        self._rows[session.id] = session

    def get(self, session_id: str) -> Session | None:
        return self._rows.get(session_id)

    def seen(self, session_id: str, at: datetime) -> None:
        if session_id in self._rows:
            self._rows[session_id] = replace(self._rows[session_id], seen_at=at)

    def of(self, email: str) -> Sequence[Session]:
        own = sorted((row for row in self._rows.values() if row.email == email), key=lambda row: row.id)
        return sorted(own, key=lambda row: row.authenticated_at, reverse=True)

    def end(self, session_id: str) -> None:
        self._rows.pop(session_id, None)

    def end_all(self, email: str) -> None:
        self._rows = {key: row for key, row in self._rows.items() if row.email != email}

    def forget(self, *, authenticated_before: datetime, seen_before: datetime) -> None:
        self._rows = {
            key: row
            for key, row in self._rows.items()
            if row.authenticated_at >= authenticated_before and row.seen_at >= seen_before
        }


class MemoryTokens:
    """The `Tokens` port on a dict."""

    def __init__(self) -> None:
        self._rows: dict[str, Token] = {}

    def add(self, token: Token) -> None:
        self._rows[token.id] = token

    def find(self, digest: str) -> Token | None:
        return next((row for row in self._rows.values() if row.digest == digest), None)

    def of(self, email: str) -> Sequence[Token]:
        own = sorted((row for row in self._rows.values() if row.email == email), key=lambda row: row.id)
        return sorted(own, key=lambda row: row.made_at, reverse=True)

    def used(self, token_id: str, at: datetime) -> None:
        if token_id in self._rows:
            self._rows[token_id] = replace(self._rows[token_id], last_used_at=at)

    def revoke(self, token_id: str) -> None:
        self._rows.pop(token_id, None)

    def revoke_all(self, email: str) -> None:
        self._rows = {key: row for key, row in self._rows.items() if row.email != email}


class MemoryDenials:
    """The `Denials` port on a list."""

    def __init__(self) -> None:
        self._rows: list[Denial] = []

    def note(self, denial: Denial) -> None:
        self._rows.append(denial)

    def newest(self, limit: int) -> Sequence[Denial]:
        return self._rows[::-1][:limit]


class MemorySealedKeys:
    """The `SealedKeys` port on a dict."""

    def __init__(self) -> None:
        self._rows: dict[str, SealedKey] = {}

    def get(self, email: str) -> SealedKey | None:
        return self._rows.get(email)

    def add(self, key: SealedKey) -> bool:
        return self._rows.setdefault(key.email, key) is key

"""What the portal remembers of forms and of what people opened, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import count
from threading import Lock


class MemoryForms:
    """The `Forms` port on two dicts."""

    def __init__(self) -> None:
        self._sent: dict[str, tuple[str, datetime]] = {}
        self._claims: dict[str, tuple[str, datetime]] = {}
        self._lock = Lock()
        self._marks = count()

    def sent(self, form: str) -> str | None:
        return self._sent[form][0] if form in self._sent else None

    def send(self, form: str, leads_to: str, at: datetime) -> None:
        self._sent.setdefault(form, (leads_to, at))

    def claim(self, form: str, at: datetime, until: datetime) -> str | None:
        with self._lock:
            if form in self._claims and self._claims[form][1] > at:
                return None
            mark = f"claim {next(self._marks)}"
            self._claims[form] = mark, until
            return mark

    def keep(self, form: str, claim: str, until: datetime) -> bool:
        with self._lock:
            is_held = self._claims.get(form, ("", until))[0] == claim
            if is_held:
                self._claims[form] = claim, until
            return is_held

    def give_up(self, form: str, claim: str) -> None:
        with self._lock:
            if self._claims.get(form, ("", None))[0] == claim:
                del self._claims[form]

    def forget(self, before: datetime) -> None:
        self._sent = {form: row for form, row in self._sent.items() if row[1] >= before}
        self._claims = {form: row for form, row in self._claims.items() if row[1] >= before}


class MemoryLooks:
    """The `Looks` port on a dict."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str, str, str], datetime] = {}

    def note(self, session: str, project: str, release: str, subject: str, part: str, at: datetime) -> None:
        self._rows.setdefault((session, project, release, subject, part), at)

    def of(self, session: str, project: str, release: str) -> Mapping[str, frozenset[str]]:
        own = [key for key in self._rows if key[:3] == (session, project, release)]
        return {subject: frozenset(key[4] for key in own if key[3] == subject) for subject in {key[3] for key in own}}

    def carry(self, session: str, into: str) -> None:
        self._rows |= {(into, *key[1:]): at for key, at in self._rows.items() if key[0] == session}

    def forget(self, before: datetime) -> None:
        self._rows = {key: at for key, at in self._rows.items() if at >= before}
